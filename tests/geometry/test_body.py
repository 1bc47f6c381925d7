"""Angles, bones and the body's own axes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from fitlab.geometry import body_axes, bone_lengths, joint_angle, pelvis, to_body
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17, UIPRMD22, VICON39
from tests import oracles

# Faces -y in a right-handed world with z up, so that the person's left is +x.
STANDING = {
    "nose": (0, -0.1, 1.7),
    "left_shoulder": (0.2, 0, 1.5),
    "right_shoulder": (-0.2, 0, 1.5),
    "left_hip": (0.1, 0, 1),
    "right_hip": (-0.1, 0, 1),
    "left_knee": (0.1, -0.02, 0.5),
    "right_knee": (-0.1, -0.02, 0.5),
    "left_ankle": (0.1, 0, 0.1),
    "right_ankle": (-0.1, 0, 0.1),
}


def standing(rotation=None, shift=(0, 0, 0), frames=2, skeleton=COCO17):
    positions = np.full((frames, len(skeleton), 3), np.nan)
    for joint, place in STANDING.items():
        if joint in skeleton:
            positions[:, skeleton.index(joint)] = place
    if rotation is not None:
        positions = positions @ rotation.T
    return PoseSequence(positions + np.array(shift), 30, skeleton, "world")


points = st.lists(st.floats(-100, 100), min_size=3, max_size=3).map(np.array)
rotations = st.integers(0, 2**32 - 1).map(lambda seed: Rotation.random(rng=np.random.default_rng(seed)).as_matrix())


@pytest.mark.parametrize("dimensions", [2, 3])
def test_joint_angle_is_the_law_of_cosines(rng, dimensions):
    a, b, c = rng.normal(size=(3, 50, dimensions))
    expected = [oracles.joint_angle(*triple) for triple in zip(a, b, c, strict=True)]
    np.testing.assert_allclose(joint_angle(a, b, c), expected, atol=1e-5)


@pytest.mark.parametrize("degrees", [0, 1e-6, 30, 90, 135, 180 - 1e-6, 180])
def test_joint_angle_of_a_known_bend_keeps_its_digits(degrees):
    bend = np.radians(degrees)
    c = np.array([[np.cos(bend), np.sin(bend), 0.0]])
    assert joint_angle(np.array([[1.0, 0, 0]]), np.zeros((1, 3)), c)[0] == pytest.approx(degrees, abs=1e-9)


def test_joint_angle_is_nan_without_a_joint_or_a_limb():
    here, there, missing = np.zeros((1, 3)), np.ones((1, 3)), np.full((1, 3), np.nan)
    assert np.isnan(joint_angle(missing, here, there)).all()
    assert np.isnan(joint_angle(here, here, there)).all()


@given(a=points, b=points, c=points, rotation=rotations)
def test_joint_angle_does_not_depend_on_the_point_of_view(a, b, c, rotation):
    angle, turned = joint_angle(a, b, c), joint_angle(rotation @ a, rotation @ b, rotation @ c)
    if min(np.linalg.norm(a - b), np.linalg.norm(c - b)) > 1e-3:
        assert turned == pytest.approx(angle, abs=1e-4)
        assert joint_angle(c, b, a) == pytest.approx(angle, abs=1e-9)


def test_bone_lengths_are_distances(rng):
    seq = PoseSequence(rng.normal(size=(4, 17, 3)), 30, H36M17, "world")
    lengths = bone_lengths(seq)
    assert lengths.shape == (4, 16)
    np.testing.assert_allclose(lengths, oracles.bone_lengths(seq.positions.astype(float), H36M17.bones), rtol=1e-6)


def test_separate_markers_have_no_bones(rng):
    assert bone_lengths(PoseSequence(rng.normal(size=(4, 39, 3)), 50, VICON39, "world")).shape == (4, 0)


def test_pelvis_is_the_joint_or_the_middle_of_the_hips(rng):
    seq = PoseSequence(rng.normal(size=(4, 22, 3)), 30, UIPRMD22, "world")
    np.testing.assert_array_equal(pelvis(seq), seq["pelvis"])
    np.testing.assert_allclose(pelvis(standing()), [[0, 0, 1]] * 2)


def test_axes_of_a_person_who_stands():
    right, forward, up = body_axes(standing())[0]
    np.testing.assert_allclose(right, [-1, 0, 0], atol=1e-7)
    np.testing.assert_allclose(forward, [0, -1, 0], atol=1e-7)
    np.testing.assert_allclose(up, [0, 0, 1], atol=1e-7)


@given(rotation=rotations)
def test_axes_turn_with_a_person_who_lies_or_stands_on_the_hands(rotation):
    np.testing.assert_allclose(body_axes(standing(rotation))[0], body_axes(standing())[0] @ rotation.T, atol=1e-6)


@given(rotation=rotations)
def test_body_space_is_the_same_from_everywhere(rotation):
    moved = to_body(standing(rotation, shift=(3, -2, 0.5)))
    assert moved.space == "body"
    np.testing.assert_allclose(moved.positions, to_body(standing()).positions, atol=2e-6)
    np.testing.assert_allclose(moved["nose"][0], [0, 0.1, 0.7], atol=2e-6)  # ahead of and above the pelvis
    assert moved["left_knee"][0, 0] < 0 < moved["right_knee"][0, 0]


def test_axes_are_missing_when_a_hip_is_missing_or_the_trunk_has_no_length():
    seq = standing(frames=3)
    positions = seq.positions.copy()
    positions[0, COCO17.index("left_hip")] = np.nan
    for joint in ("left_shoulder", "right_shoulder"):
        positions[1, COCO17.index(joint)] = (0, 0, 1)
    axes = body_axes(seq.replace("broken", positions=positions))
    assert np.isnan(axes[:2]).any(axis=(1, 2)).all()
    assert np.isfinite(axes[2]).all()


def test_axes_need_three_coordinates():
    flat = PoseSequence(np.zeros((1, 17, 2)), 30, COCO17, "image")
    with pytest.raises(ValueError, match=r"three coordinates, got image space; lift it"):
        body_axes(flat)
