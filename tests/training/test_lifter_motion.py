"""Random motion: bodies hold together, angles mean what they say, and the same seed draws the same clips."""

import pytest
import torch

from fitlab.skeletons import COCO17, H36M17
from fitlab.training.lifter_body import ANGLES, BODY18, Proportions, limits, positions, to_h36m
from fitlab.training.lifter_motion import RandomMotion
from fitlab.training.lifter_programmes import ARMS, LEGS


@pytest.fixture(scope="module")
def body():
    return Proportions.random(1, torch.Generator().manual_seed(0))


def pose(body, **degrees):
    """Joints by name of one body in one pose; angles that are not named are 0."""
    angles = torch.zeros(1, 1, len(ANGLES))
    for name, value in degrees.items():
        angles[..., ANGLES.index(name)] = value
    joints = positions(angles, body)[0, 0]
    return {name: joints[k] for k, name in enumerate(BODY18.joints)}


def test_at_rest_the_body_stands_and_its_left_is_left(body):
    at = pose(body)
    assert at["head_top"][2] > at["left_shoulder"][2] > at["left_hip"][2] > at["left_knee"][2] > at["left_ankle"][2]
    assert at["left_hip"][0] < 0 < at["right_hip"][0]  # x to the right
    assert at["nose"][1] > 0.05  # y forward


@pytest.mark.parametrize(
    ("angle", "joint", "axis", "sign"),
    [
        ("left_hip_flex", "left_knee", 1, 1), ("left_knee_flex", "left_ankle", 1, -1),
        ("left_hip_abduct", "left_ankle", 0, -1), ("right_hip_abduct", "right_ankle", 0, 1),
        ("right_arm_raise", "right_wrist", 1, 1), ("right_elbow_flex", "right_wrist", 1, 1),
        ("spine_flex", "nose", 1, 1), ("head_flex", "nose", 2, -1), ("pitch", "head_top", 1, 1),
        ("roll", "head_top", 0, 1), ("yaw", "nose", 0, -1), ("left_shrug", "left_shoulder", 2, 1),
    ],
)  # fmt: skip
def test_angles_move_joints_where_their_names_say(body, angle, joint, axis, sign):
    moved = pose(body, **{angle: 25.0})[joint] - pose(body)[joint]
    assert sign * moved[axis] > 0.01


@pytest.mark.parametrize(("side", "sign"), [("left", -1), ("right", 1)])
def test_an_arm_raised_in_the_plane_at_90_degrees_points_sideways(body, side, sign):
    at = pose(body, **{f"{side}_arm_raise": 90.0, f"{side}_arm_plane": 90.0})
    arm = at[f"{side}_elbow"] - at[f"{side}_shoulder"]
    torch.testing.assert_close(arm / arm.norm(), torch.tensor([float(sign), 0.0, 0.0]), atol=1e-5, rtol=0)


def test_bones_keep_their_length_in_every_pose(body):
    generator = torch.Generator().manual_seed(1)
    lowest, highest = limits().clamp(-180, 180)
    angles = lowest + (highest - lowest) * torch.rand(1, 200, len(ANGLES), generator=generator)
    joints = positions(angles, body)
    for one, other in (
        ("left_hip", "left_knee"),
        ("right_elbow", "right_wrist"),
        ("left_ear", "head_top"),
        ("left_hip", "right_hip"),
    ):
        length = (joints[:, :, BODY18.index(one)] - joints[:, :, BODY18.index(other)]).norm(dim=-1)
        torch.testing.assert_close(length, length[:, :1].expand_as(length))


def test_human36m_joints_follow_from_the_body(body):
    h36m = to_h36m(positions(torch.zeros(1, 1, len(ANGLES)), body))[0, 0]
    assert h36m.shape == (17, 3)
    torch.testing.assert_close(h36m[H36M17.index("pelvis")], torch.zeros(3))


def test_clips_are_smooth_finite_and_on_the_floor():
    clips = RandomMotion(60, (30.0, 30.0))(256, torch.Generator().manual_seed(0))
    assert clips.shape == (256, 60, 34, 3)
    assert torch.isfinite(clips).all()
    speed = clips.diff(dim=1).norm(dim=-1) * 30
    assert speed.median() < 1.0  # m/s
    assert speed.quantile(0.99) < 8.0
    lowest = clips[:, :, : len(COCO17), 2].amin((1, 2))
    assert (lowest > 0.0).all()
    assert lowest.median() < 0.08


def test_many_orientations_are_drawn_but_most_people_are_upright():
    clips = RandomMotion(1)(2000, torch.Generator().manual_seed(0))
    joint = dict(zip(H36M17.joints, clips[:, 0, len(COCO17) :].unbind(1), strict=True))
    trunk = joint["thorax"] - joint["pelvis"]
    up = (trunk / trunk.norm(dim=-1, keepdim=True))[:, 2]
    assert (up > 0.7).float().mean() > 0.5
    assert (up.abs() < 0.5).float().mean() > 0.15  # lying, planks
    assert (up < -0.7).float().mean() > 0.02  # inverted


def test_the_same_seed_draws_the_same_clips():
    one, again = (RandomMotion(9)(4, torch.Generator().manual_seed(5)) for _ in range(2))
    other = RandomMotion(9)(4, torch.Generator().manual_seed(6))
    assert torch.equal(one, again)
    assert not torch.allclose(one, other)


@pytest.mark.parametrize("programme", [*LEGS.values(), *ARMS.values()])
def test_programmes_name_angles_that_exist(programme):
    known = {angle.removeprefix("left_").removeprefix("right_") for angle in ANGLES}
    assert {*programme.rest, *programme.peak} <= known
    assert all(low <= high for low, high in (*programme.rest.values(), *programme.peak.values()))
