import numpy as np
import pytest

from fitlab.skeletons import COCO23
from fitlab.synthesis.body import Body
from fitlab.synthesis.landmarks import anchors_of, fixed_to
from fitlab.synthesis.rig import Angles, Rig


@pytest.fixture(scope="module")
def rig():
    return Rig(Body())


def drawn(rig, rng, degrees, frames=4):
    return Angles(rng.normal(0, 1, (frames, 3)), np.radians(rng.normal(0, degrees, (frames, len(rig.joints), 3))))


def test_every_bone_moves_with_one_segment(rig):
    bones = [bone for segment in rig.segments for bone in segment.bones]
    assert sorted(bones) == sorted(rig.body.template.bones)
    assert all(segment.parent < index for index, segment in enumerate(rig.segments))


def test_at_rest_every_bone_is_where_it_rests(rig):
    at_rest = Angles(rig.rest["root"][None], np.zeros((1, len(rig.joints), 3)))
    motion = rig.motion(rig.place(at_rest))
    np.testing.assert_allclose(motion.heads[0], rig.body.heads, atol=1e-5)
    np.testing.assert_allclose(motion.rotations[0], np.tile(np.eye(3), (len(rig.rest), 1, 1)), atol=1e-6)


def test_points_are_the_keypoints_of_the_skinned_mesh(rig, rng):
    placed = rig.place(drawn(rig, rng, 30))
    motion = rig.motion(placed)
    points = rig.points(placed, rig.fold(anchors_of(rig.body, COCO23)))
    np.testing.assert_allclose(points, rig.body.keypoints(motion.rotations, motion.heads), atol=2e-4)


def test_bones_keep_their_lengths(rig, rng):
    motion = rig.motion(rig.place(drawn(rig, rng, 40)))
    index = rig.body.template.bone_index
    for upper, lower in (("upperleg01.L", "lowerleg01.L"), ("lowerarm01.R", "wrist.R"), ("spine03", "spine02")):
        rest = np.linalg.norm(rig.body.heads[index[lower]] - rig.body.heads[index[upper]])
        length = np.linalg.norm(motion.heads[:, index[lower]] - motion.heads[:, index[upper]], axis=-1)
        np.testing.assert_allclose(length, rest, rtol=1e-4)


@pytest.mark.parametrize(("degrees", "tolerance"), [(0.0, 1e-4), (40.0, 0.25)])
def test_derivatives_equal_differences(rig, rng, degrees, tolerance):
    """Exactly at rest; turned, the joints that are spread over several bones are only close."""
    angles, anchors = drawn(rig, rng, degrees), rig.fold(anchors_of(rig.body, COCO23))
    jacobian = rig.jacobian(rig.place(angles), anchors)
    assert jacobian.shape == (4, 23, 3, rig.degrees_of_freedom)
    spread = ("lumbar", "thoracic", "neck", "girdle.L", "girdle.R", "hip.L", "hip.R")  # hips turn buttocks by a share
    for freedom in range(rig.degrees_of_freedom):
        step = np.zeros((4, rig.degrees_of_freedom))
        step[:, freedom] = 1e-5
        ends = [rig.points(rig.place(angles.moved(sign * step)), anchors) for sign in (1, -1)]
        exact = freedom < 3 or rig.joints[(freedom - 3) // 3] not in spread
        atol = 1e-4 if exact else tolerance
        np.testing.assert_allclose(jacobian[..., freedom], (ends[0] - ends[1]) / 2e-5, atol=atol)


def test_a_knee_moves_the_foot_and_not_the_thigh(rig):
    anchors = rig.fold(fixed_to(rig.body, ["upperleg02.L", "foot.L"], np.array([[0.1, 0, 0.7], [0.2, 0, 0.05]])))
    at_rest = Angles(rig.rest["root"][None], np.zeros((1, len(rig.joints), 3)))
    at = 3 + 3 * rig.joints.index("knee.L")
    jacobian = rig.jacobian(rig.place(at_rest), anchors)[0, :, :, at]  # about the axis to the left
    lever = np.array([0.2, 0, 0.05]) - rig.rest["lowerleg01.L"]
    np.testing.assert_allclose(jacobian, [np.zeros(3), np.cross([1, 0, 0], lever)], atol=1e-9)
