import numpy as np
import pytest

from fitlab.skeletons import CMU31, COCO23, H36M17, SKELETONS, UIPRMD22, VICON25
from fitlab.synthesis.body import Body, load_template
from fitlab.synthesis.landmarks import anchors_of, fixed_to, known_joints


@pytest.fixture(scope="module")
def body():
    return Body()


def at_rest(body, anchors):
    return anchors.offsets.sum(axis=1) + anchors.weights @ body.heads


@pytest.mark.parametrize("skeleton", [s for s in SKELETONS.values() if s.name != "vicon39"], ids=lambda s: s.name)
def test_weights_sum_to_one_and_hips_and_shoulders_are_known(body, skeleton):
    joints, anchors = known_joints(skeleton), anchors_of(body, skeleton)
    assert {"left_hip", "right_hip", "left_shoulder", "right_shoulder"} <= set(joints) <= set(skeleton.joints)
    np.testing.assert_allclose(anchors.weights.sum(axis=1), 1, atol=1e-4)
    assert len(anchors.offsets) == len(joints)


def test_joints_of_coco_are_the_keypoints(body):
    np.testing.assert_allclose(
        at_rest(body, anchors_of(body, COCO23)), load_template().keypoints @ body.vertices, atol=1e-4
    )


def test_left_and_right_are_mirrored(body):
    for skeleton in (COCO23, VICON25, CMU31, UIPRMD22, H36M17):
        joints = known_joints(skeleton)
        points = dict(zip(joints, at_rest(body, anchors_of(body, skeleton)), strict=True))
        for joint in joints:
            if joint.startswith("left_"):
                other = points[joint.replace("left_", "right_")] * (-1, 1, 1)
                np.testing.assert_allclose(points[joint], other, atol=3e-3, err_msg=f"{skeleton.name} {joint}")


def test_markers_of_a_foot_sit_on_its_skin(body):
    points = dict(zip(known_joints(VICON25), at_rest(body, anchors_of(body, VICON25)), strict=True))
    heel, toes = points["left_heel"], points["left_toes"]
    assert heel[2] == pytest.approx(toes[2])
    assert 0.03 < toes[2] < 0.07
    assert heel[1] - toes[1] > 0.15
    for marker in (heel, toes):
        assert 0.004 < np.linalg.norm(body.vertices - marker, axis=1).min() < 0.012


def test_legs_of_motion_capture_are_where_the_body_turns(body):
    points = dict(zip(known_joints(VICON25), at_rest(body, anchors_of(body, VICON25)), strict=True))
    for joint, bone in (("left_hip", "upperleg01.L"), ("right_knee", "lowerleg01.R"), ("left_ankle", "foot.L")):
        np.testing.assert_allclose(points[joint], body.heads[body.template.bone_index[bone]], atol=1e-5)


def test_fixed_points_rest_where_they_were_put(body):
    points = np.array([[0.1, 0.2, 0.3], [0.0, 0.0, 1.7]])
    np.testing.assert_allclose(at_rest(body, fixed_to(body, ["foot.L", "head"], points)), points, atol=1e-6)
