import numpy as np
import pytest

from fitlab.synthesis.contacts import Contact, Stance
from fitlab.synthesis.posture import Poser
from fitlab.synthesis.reach import within_reach
from tests.synthesis.posing import controls_of, feet_planted


def hanging(poser, share, bar):
    """Hands on a bar at height ``bar`` (T,), held as firmly as ``share`` says."""
    across = poser.rest["upperarm01.L"][0]
    place = {".L": across, ".R": -across}
    return {
        f"hand{side}": Contact(share, np.stack([np.full_like(bar, x), 0 * bar, bar], axis=1))
        for side, x in place.items()
    }


def test_what_is_within_reach_is_left_alone(body):
    poser, controls = Poser(body, Stance()), controls_of(lean=[10.0, 20.0])
    pelvis = np.array([[0, 0, 0.7], [0, 0.05, 0.6]])
    moved, found = within_reach(poser, controls, pelvis, feet_planted(poser, 2))
    np.testing.assert_array_equal(found, pelvis)
    np.testing.assert_array_equal(moved["lean"], controls["lean"])


def test_a_trunk_too_high_comes_down_until_the_arms_reach(body):
    poser, controls = Poser(body, Stance()), controls_of(lean=[0.0] * 3)
    bar = np.full(3, 1.0)
    contacts = hanging(poser, np.ones(3), bar)
    pelvis = np.array([[0, 0, 1.5], [0, 0, 1.2], [0, 0, 1.0]])
    moved, found = within_reach(poser, controls, pelvis, contacts)
    for side in (".L", ".R"):
        arm = poser.arm_joints(moved, poser.trunk(moved), found, side, contacts)
        np.testing.assert_allclose(arm.end, contacts[f"hand{side}"].place, atol=1e-3)
    assert found[0, 2] < 1.5
    np.testing.assert_allclose(found[:, 0], 0, atol=1e-3)  # nothing pulls to one side


def test_hands_that_are_let_go_pull_less_and_less(body):
    poser, shares = Poser(body, Stance()), np.array([1.0, 0.9, 0.5, 0.1, 0.0])
    controls, pelvis = controls_of(lean=[0.0] * 5), np.array([[0, 0, 1.6]] * 5)
    _, found = within_reach(poser, controls, pelvis, hanging(poser, shares, np.full(5, 1.0)))
    pulled = 1.6 - found[:, 2]
    assert np.all(np.diff(pulled) <= 1e-6)
    assert pulled[0] > 0.1
    assert pulled[-1] == 0


@pytest.mark.parametrize("height", [0.5, 0.85, 1.1, 1.4])
def test_a_shoulder_is_an_upper_arm_away_from_an_elbow_that_is_planted(body, height):
    """Whether the trunk is too low or too high; straight below the shoulder the way is the shortest: the pelvis's."""
    poser, controls, pelvis = Poser(body, Stance()), controls_of(lean=[90.0]), np.array([[0, 0, height]])
    place = poser.free_points(controls, poser.trunk(controls))
    contacts = {
        f"elbow{side}": Contact(np.ones(1), np.array([[*place[f"hand{side}"][0, :2], 0.042]])) for side in (".L", ".R")
    }
    moved, found = within_reach(poser, controls, pelvis, contacts)
    for side in (".L", ".R"):
        arm = poser.arm_joints(moved, poser.trunk(moved), found, side, contacts)
        np.testing.assert_allclose(arm.middle, contacts[f"elbow{side}"].place, atol=1e-3)


def test_without_anything_planted_nothing_moves(body):
    poser, controls = Poser(body, Stance()), controls_of(lean=[0.0])
    pelvis = np.array([[0, 0, 2.0]])
    np.testing.assert_array_equal(within_reach(poser, controls, pelvis, {})[1], pelvis)
