import numpy as np
import pytest

from fitlab.synthesis.controls import SIDES
from fitlab.synthesis.feet import Feet, between, to_left
from fitlab.synthesis.kinematics import UP, turn
from fitlab.synthesis.parts import Parts
from tests.synthesis.posing import controls_of

TOE_OUT = 12.0


@pytest.fixture(scope="module")
def feet(body):
    return Feet(Parts(body), TOE_OUT)


def test_ankle_and_ball_of_a_standing_foot_belong_together(feet, rng):
    controls = controls_of(heel=[0, 20, 70.0], turn=[0, 5, -10.0])
    for side in SIDES:
        ball = rng.normal(0, 0.3, (3, 3))
        np.testing.assert_allclose(feet.ball_of(controls, side, feet.ankle_of(controls, side, ball)), ball)


def test_a_lifted_heel_lifts_the_ankle_and_feet_point_outwards(feet):
    controls = controls_of(heel=[0, 30, 60.0])
    heights = feet.ankle_of(controls, ".L", np.zeros((3, 3)))[:, 2]
    assert np.all(np.diff(heights) > 0.03)
    for side, sign in SIDES.items():
        ahead = feet.standing(controls_of(), side)[0] @ (0, -1, 0)
        assert np.degrees(np.arctan2(sign * ahead[0], -ahead[1])) == pytest.approx(TOE_OUT)


def test_the_ball_of_a_foot_is_as_high_as_what_it_stands_on(body, feet):
    """On the sole and on the toes as in the rest pose, on its edge by half of its width."""
    rest = body.heads[body.template.bone_index["toe2-1.L"]][2]
    lifted = feet.ball_height(controls_of(heel=[0, 30, 60.0]), ".L")
    np.testing.assert_allclose(lifted, rest, atol=1e-3)
    edge = feet.ball_height(controls_of(roll=[70.0], leg_with_trunk=1), ".L")
    assert 0.045 < edge[0] < 0.075


def test_a_foot_half_on_the_floor_is_half_turned(feet):
    controls, shank = controls_of(point=[40.0] * 3), np.repeat(np.eye(3)[None], 3, axis=0)
    foot, _ = feet.turned(controls, ".L", shank, np.array([0, 0.5, 1.0]))
    np.testing.assert_allclose(foot[2], feet.standing(controls, ".L")[2], atol=1e-9)
    np.testing.assert_allclose(foot[0], feet.turned(controls, ".L", shank, None)[0][0], atol=1e-9)
    way = [np.arccos((np.trace(foot[k].T @ foot[k + 1]) - 1) / 2) for k in range(2)]
    assert way[0] == pytest.approx(way[1], rel=1e-6)


def test_no_skin_of_a_foot_is_below_the_height_that_it_needs(body, feet, rng):
    """Against all vertices of the foot, turned as one piece."""
    names = [
        name for name in body.template.bones if name == "foot.L" or (name.startswith("toe") and name.endswith(".L"))
    ]
    mine = np.isin(body.template.main_bone, [body.template.bone_index[name] for name in names])
    skin = body.vertices[mine] - body.heads[body.template.bone_index["foot.L"]]
    for pitch in (-40, 0, 25, 60, 130):
        rotation = turn(UP, 20) @ turn(np.array([1.0, 0, 0]), pitch)
        height = feet.above_floor(".L", rotation[None], rotation[None])[0]
        assert height == pytest.approx(-(skin @ rotation.T)[:, 2].min(), abs=2e-3)


def test_turns_between():
    start, end = turn(UP, np.array([10.0])), turn(UP, np.array([50.0]))
    np.testing.assert_allclose(between(start, end, np.array([0.25])), turn(UP, np.array([20.0])), atol=1e-9)
    np.testing.assert_allclose(to_left(np.array([90.0]))[0] @ (0, 0, 1), (1, 0, 0), atol=1e-9)
