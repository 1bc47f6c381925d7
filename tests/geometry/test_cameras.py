"""Cameras: known pictures, and there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlab.geometry import Camera, project_poses, view_poses
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17

coordinates = st.floats(-5, 5)
places = st.tuples(coordinates, coordinates, coordinates)


def camera(**changes):
    """Four metres in front of a person who faces -y, at a height of one metre."""
    given_ = {"position": (0, -4, 1), "target": (0, 0, 1), "focal_px": 1000, "size": (1280, 720)} | changes
    return Camera.looking_at(**given_)


def test_a_metre_at_four_metres_is_a_quarter_of_the_focal_length():
    pixels = camera().project([[0, 0, 1], [1, 0, 1], [0, 0, 2]])
    np.testing.assert_allclose(pixels, [[640, 360], [890, 360], [640, 110]])


def test_the_left_of_somebody_facing_the_camera_is_on_the_right():
    assert camera().project([[0.2, 0, 1]])[0, 0] > 640


def test_rolling_the_camera_clockwise_turns_the_picture_anticlockwise():
    np.testing.assert_allclose(camera(roll_deg=90).project([[1, 0, 1]]), [[640, 110]], atol=1e-9)


def test_looking_straight_down_puts_world_y_up():
    pixels = camera(position=(0, 0, 5), target=(0, 0, 0)).project([[0, 1, 0], [1, 0, 0]])
    np.testing.assert_allclose(pixels, [[640, 160], [840, 360]], atol=1e-9)


@given(position=places, target=places, roll=st.floats(-180, 180), point=places)
def test_there_and_back(position, target, roll, point):
    if np.linalg.norm(np.subtract(position, target)) < 1e-3:
        return
    eye = camera(position=position, target=target, roll_deg=roll)
    np.testing.assert_allclose(eye.world_from_camera(eye.camera_from_world(point)), point, atol=1e-9)
    np.testing.assert_allclose(eye.position, position, atol=1e-9)
    np.testing.assert_allclose(eye.project(target), (640, 360), atol=1e-6)
    assert np.linalg.det(eye.rotation) == pytest.approx(1)


def test_what_is_behind_the_camera_is_not_in_the_picture():
    assert np.isnan(camera().project([[0, -5, 1], [0, -4, 1]])).all()


def test_projection_of_poses_keeps_what_is_known(rng):
    world = PoseSequence(rng.uniform(-0.5, 0.5, size=(3, 17, 3)), 25, COCO17, "world", rng.uniform(size=(3, 17)))
    seen = project_poses(world, camera())
    assert (seen.space, seen.image_size, seen.fps) == ("image", (1280, 720), 25)
    np.testing.assert_allclose(seen.positions, camera().project(world.positions), rtol=1e-6)
    np.testing.assert_array_equal(seen.confidence, world.confidence)


def test_poses_in_camera_axes_have_the_pelvis_at_the_origin_and_project_to_the_same_picture(rng):
    world = PoseSequence(rng.uniform(-0.5, 0.5, size=(3, 17, 3)), 25, COCO17, "world")
    eye = camera(roll_deg=20, position=(2, -3, 1.5))
    relative = view_poses(world, eye)
    assert relative.space == "camera"
    hips = (relative["left_hip"] + relative["right_hip"]) / 2
    np.testing.assert_allclose(hips, 0, atol=1e-6)
    root = eye.camera_from_world((world["left_hip"] + world["right_hip"]) / 2)
    absolute = relative.positions + root[:, None]
    pixels = absolute[..., :2] / absolute[..., 2:] * eye.focal + eye.centre
    np.testing.assert_allclose(pixels, project_poses(world, eye).positions, atol=1e-2)


def test_only_world_poses_can_be_projected():
    body = PoseSequence(np.zeros((1, 17, 3)), 25, COCO17, "body")
    for function in (project_poses, view_poses):
        with pytest.raises(ValueError, match=r"world space, got body; ground it"):
            function(body, camera())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rotation": 2 * np.eye(3)}, "rotation must be an orthogonal"),
        ({"rotation": np.diag([-1.0, 1, 1])}, "determinant 1, got -1"),
        ({"translation": np.array([0, np.nan, 0])}, "translation must be three finite"),
        ({"focal": (0, 100)}, "focal and size must be positive"),
    ],
)
def test_impossible_cameras_are_refused(changes, message):
    parts = {"rotation": np.eye(3), "translation": np.zeros(3), "focal": (1, 1), "centre": (0, 0), "size": (2, 2)}
    with pytest.raises(ValueError, match=message):
        Camera(**(parts | changes))


def test_a_camera_cannot_look_at_itself():
    with pytest.raises(ValueError, match="target must differ"):
        camera(target=(0, -4, 1))
