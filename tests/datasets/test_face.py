"""Faces of people whose motion capture has none."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fitlab.datasets.face import as_coco17, as_h36m17, axes_from, face_joints, with_face
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17, UIPRMD22


@pytest.fixture
def person():
    """Faces -y; left is +x."""
    positions = np.zeros((2, 22, 3))
    for joint, place in {
        "head": (0, 0, 1.6), "left_shoulder": (0.2, 0, 1.4), "right_shoulder": (-0.2, 0, 1.4), "thorax": (0, 0, 1.4),
        "left_hip": (0.1, 0, 0.9), "right_hip": (-0.1, 0, 0.9), "pelvis": (0, 0, 0.9),
    }.items():  # fmt: skip
        positions[:, UIPRMD22.index(joint)] = place
    return PoseSequence(positions, 30, UIPRMD22, "world")


def test_the_nose_is_in_front_and_the_left_eye_on_the_left(person):
    seq = with_face(person)
    np.testing.assert_allclose(seq["nose"][0], [0, -0.122, 1.58], atol=1e-6)
    np.testing.assert_allclose(seq["left_eye"][0], [0.032, -0.083, 1.622], atol=1e-6)
    np.testing.assert_allclose(seq["head_top"][0], [0, 0, 1.73], atol=1e-6)
    assert with_face(seq) is seq


def test_both_layouts_are_complete(person):
    assert not as_coco17(person).missing.any() and as_coco17(person).skeleton is COCO17
    assert not as_h36m17(person).missing.any() and as_h36m17(person).skeleton is H36M17


def test_a_face_is_as_certain_as_the_head(person):
    confidence = np.ones((2, 22))
    confidence[1, UIPRMD22.index("head")] = 0.3
    seq = with_face(PoseSequence(person.positions, 30, UIPRMD22, "world", confidence))
    np.testing.assert_allclose(seq.confidence[:, seq.skeleton.index("left_ear")], [1, 0.3])


def test_the_face_turns_with_the_head(rng):
    rotation = Rotation.random(rng=rng).as_matrix()
    centre, axes = np.zeros((1, 3)), axes_from(up=np.array([[0.0, 0, 2]]), left=np.array([[3.0, 0, 1]]))
    np.testing.assert_allclose(axes[0], [[1, 0, 0], [0, -1, 0], [0, 0, 1]], atol=1e-12)
    for name, place in face_joints(centre, axes).items():
        np.testing.assert_allclose(face_joints(centre, axes @ rotation.T)[name], place @ rotation.T, atol=1e-12)
