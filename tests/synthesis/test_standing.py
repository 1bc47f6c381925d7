import numpy as np
import pytest

from fitlab.synthesis.body import Body
from fitlab.synthesis.standing import BALLS, floor_points, planted, stands

FPS = 50.0


def step():
    """(T, 3): a second of standing, a step of 0.4 m in half a second, a second of standing."""
    share = np.concatenate([np.zeros(50), np.linspace(0, 1, 25), np.ones(50)])
    return np.stack([0.4 * share, 0 * share, 0.05 + 0.4 * share * (1 - share)], axis=1)


def test_a_step_is_between_two_stands():
    found = stands({"left_toes": step()}, "left_", FPS)
    assert len(found) == 2
    assert found[0][0] == 0
    assert found[1][1] == 125
    assert found[0][1] == pytest.approx(50, abs=3)
    assert found[1][0] == pytest.approx(75, abs=3)


def test_a_foot_that_is_held_up_does_not_stand():
    held = step()
    held[:30, 2] += 0.3
    assert stands({"left_toes": held}, "left_", FPS)[0][0] >= 30


def test_feet_of_a_handstand_do_not_stand():
    assert stands({"left_toes": step() + (0, 0, 1.8)}, "left_", FPS) == []


def test_without_toes_the_ankle_tells():
    nothing = np.full((125, 3), np.nan)
    assert len(stands({"left_toes": nothing, "left_ankle": step()}, "left_", FPS)) == 2


def test_without_a_foot_nothing_stands():
    assert stands({"right_toes": step()}, "left_", FPS) == []
    assert stands({"left_toes": np.full((9, 3), np.nan)}, "left_", FPS) == []


def test_a_planted_foot_stays_and_is_let_go_gently(rng):
    track = step() + rng.normal(0, 0.002, (125, 3))
    contact = planted(track, 0.03, [(0, 50), (75, 125)], FPS)
    np.testing.assert_allclose(contact.place[:50], np.tile([*track[:50, :2].mean(axis=0), 0.03], (50, 1)))
    np.testing.assert_allclose(contact.place[60], track[60])
    assert (contact.share[:45] == 1).all()
    assert (contact.share[50:75] == 0).all()
    assert 0 < contact.share[49] < contact.share[47] < 1
    assert contact.share[-1] == 1  # a recording does not end with a step


def test_points_that_may_meet_the_floor_do_so_at_rest():
    body = Body()
    anchors, heights = floor_points(body)
    points = anchors.offsets.sum(axis=1) + anchors.weights @ body.heads
    feet = points[:, 2] < 0.05
    assert feet.sum() == 16
    assert (points[feet, 2] >= heights[feet] - 1e-6).all()
    for side, ball in BALLS.items():
        np.testing.assert_allclose(points[ball], body.heads[body.template.bone_index[f"toe2-1{side}"]], atol=1e-5)
