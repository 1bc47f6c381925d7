import numpy as np
import pytest

from fitlab.skeletons import COCO23
from fitlab.synthesis.body import Body
from fitlab.synthesis.fit_pose import fit_angles
from fitlab.synthesis.joint_priors import joint_priors
from fitlab.synthesis.landmarks import anchors_of
from fitlab.synthesis.rig import Angles, Rig


@pytest.fixture(scope="module")
def rig():
    return Rig(Body())


@pytest.fixture(scope="module")
def anchors(rig):
    return rig.fold(anchors_of(rig.body, COCO23))


def resting(rig, frames):
    return Angles(np.repeat(rig.rest["root"][None], frames, axis=0), np.zeros((frames, len(rig.joints), 3)))


def turned(rig, frames, **degrees):
    angles = resting(rig, frames)
    for joint, values in degrees.items():
        angles.turns[:, rig.joints.index(joint.replace("_", ".")), 0] = np.radians(values)
    return angles


def towards(points, weights):
    return lambda now, part: (now - points[part], np.broadcast_to(weights[part][..., None], now.shape))


def test_points_are_reached(rig, anchors):
    true = turned(rig, 3, hip_L=-60.0, knee_L=70.0, shoulder_R=-50.0)
    points = rig.points(rig.place(true), anchors)
    found = fit_angles(
        rig, resting(rig, 3), anchors, towards(points, np.full(points.shape[:2], 1e3)), fps=None, enough=1e-6
    )
    np.testing.assert_allclose(rig.points(rig.place(found), anchors), points, atol=2e-3)


def test_without_points_joints_rest(rig, anchors):
    start = turned(rig, 2, knee_L=40.0, neck=30.0, ankle_R=-20.0)
    nothing = towards(np.zeros((2, 23, 3)), np.zeros((2, 23)))
    found = fit_angles(rig, start, anchors, nothing, fps=None, enough=1e-9)
    rest = [joint != "root" for joint in rig.joints]
    np.testing.assert_allclose(found.turns[:, rest], 0, atol=1e-3)


def test_a_frame_without_points_lies_between_its_neighbours(rig, anchors):
    """Banded normal equations tie the frames together: at constant speed the one in the middle is half-way."""
    degrees = np.linspace(0, 40, 9)
    true = turned(rig, 9, hip_L=-degrees, knee_L=degrees)
    points = rig.points(rig.place(true), anchors)
    weights = np.full(points.shape[:2], 1e3)
    weights[4] = 0
    start = turned(rig, 9, hip_L=-degrees, knee_L=degrees)
    start.turns[4] = 0
    found = fit_angles(rig, start, anchors, towards(points, weights), fps=100.0, enough=1e-8)
    np.testing.assert_allclose(rig.points(rig.place(found), anchors)[4], points[4], atol=8e-3)


def test_knees_do_not_bend_backwards(rig, anchors):
    """The ankle is asked to be where only a knee that is bent forwards by 40 degrees would bring it."""
    points = rig.points(rig.place(turned(rig, 1, knee_L=-40.0)), anchors)
    weights = np.full((1, 23), 100.0)
    found = fit_angles(rig, resting(rig, 1), anchors, towards(points, weights), fps=None)
    assert np.degrees(found.turns[0, rig.joints.index("knee.L"), 0]) > -20


def test_priors_of_left_and_right_are_mirrored(rig):
    priors = joint_priors(rig)
    assert set(priors) == set(rig.joints) - {"root"}
    for joint in ("shoulder", "elbow", "hip"):
        left, right = priors[f"{joint}.L"], priors[f"{joint}.R"]
        np.testing.assert_allclose(np.abs(np.linalg.det(left.axes)), 1, atol=1e-9)
        # rotation vectors are mirrored as axial vectors: across the plane x = 0 only x keeps its sign
        np.testing.assert_allclose(np.abs(left.axes.T @ (right.axes * [[1], [-1], [-1]])), np.eye(3), atol=0.05)
        assert left.deviations == right.deviations
