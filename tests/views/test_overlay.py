import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17
from fitlab.video import VideoWriter, probe, read_frame
from fitlab.views.overlay import draw_skeleton, write_overlay
from fitlab.views.palette import LIGHT

SIZES = [(97, 131), (320, 240), (1768, 994), (720, 1280)]


def person(size):
    """A standing person who fills a picture of this (width, height): left joints at the right of the picture."""
    rows = [0.1, 0.08, 0.08, 0.1, 0.1, 0.25, 0.25, 0.4, 0.4, 0.5, 0.5, 0.5, 0.5, 0.7, 0.7, 0.92, 0.92]
    sides = [0.0] + [0.04, -0.04] * 2 + [0.2, -0.2] + [0.24, -0.24] * 2 + [0.12, -0.12] * 3
    return np.column_stack([0.5 + np.array(sides), rows]) * size


def colour(name):
    return np.array([int(LIGHT[name][i : i + 2], 16) for i in (1, 3, 5)])


@pytest.mark.parametrize("size", SIZES)
def test_sides_have_their_colours_at_any_resolution(size):
    grey = np.full((size[1], size[0], 3), 128, np.uint8)
    joints = person(size)
    drawn = draw_skeleton(grey, joints, np.ones(17), COCO17)
    assert drawn.shape == grey.shape and drawn.dtype == np.uint8
    assert (grey == 128).all(), "the picture given stays as it was"
    for side in ("left", "right"):
        for joint in ("knee", "elbow", "ankle"):
            x, y = joints[COCO17.index(f"{side}_{joint}")].astype(int)
            assert np.abs(drawn[y, x] - colour(side)).max() < 40, (side, joint)


def test_less_sure_is_fainter_and_missing_is_not_drawn():
    grey = np.full((480, 640, 3), 128, np.uint8)
    joints = person((640, 480))

    def strength(confidence):
        return np.abs(draw_skeleton(grey, joints, np.full(17, confidence), COCO17).astype(int) - 128).sum()

    assert strength(0.6) > 1.5 * strength(0.3) > strength(0.1) > 0
    np.testing.assert_array_equal(draw_skeleton(grey, np.full((17, 2), np.nan), np.zeros(17), COCO17), grey)
    without_legs = joints.copy()
    without_legs[13:] = np.nan
    drawn = draw_skeleton(grey, without_legs, np.ones(17), COCO17)
    np.testing.assert_array_equal(drawn[300:], grey[300:])


def test_joints_outside_the_picture_do_no_harm():
    grey = np.full((240, 320, 3), 128, np.uint8)
    for shift in ((-100, 0), (0, 200), (5000, 0), (-1e12, 1e12), (310, 230), (-319, -239)):
        assert draw_skeleton(grey, person((320, 240)) + shift, np.ones(17), COCO17).shape == grey.shape


@pytest.fixture
def grey_clip(tmp_path):
    path = tmp_path / "grey.mp4"
    with VideoWriter(path, 25, (320, 240)) as writer:
        for _ in range(8):
            writer.write(np.full((240, 320, 3), 128, np.uint8))
    return path


def poses(frames=8, fps=25.0, size=(320, 240)):
    walking = person((320, 240)) + np.arange(frames)[:, None, None] * (4, 0)
    return PoseSequence(walking, fps, COCO17, "image", image_size=size)


def test_the_skeleton_is_on_its_frame(grey_clip, tmp_path):
    write_overlay(grey_clip, poses(), tmp_path / "overlay.mp4")
    info = probe(tmp_path / "overlay.mp4")
    assert (info.width, info.height, info.frames, info.fps) == (320, 240, 8, 25)
    knee = COCO17.index("left_knee")
    for t in (0, 7):
        x, y = poses().positions[t, knee].astype(int)
        frame = read_frame(tmp_path / "overlay.mp4", t).astype(int)
        assert np.abs(frame[y, x] - colour("left")).max() < 60
        assert frame[y, x, 2] - frame[y, x, 0] > 60  # blue


def test_a_clip_of_the_video(grey_clip, tmp_path):
    write_overlay(grey_clip, poses(3), tmp_path / "overlay.mp4", start=5)
    assert probe(tmp_path / "overlay.mp4").frames == 3


def test_poses_of_something_else_are_refused(grey_clip, tmp_path):
    world = PoseSequence(np.zeros((8, 17, 3)), 25, COCO17, "world")
    for wrong, message in (
        (world, "image space"),
        (poses(size=(640, 480)), "pixels"),
        (poses(fps=30.0), "25 fps"),
        (poses(9), "8 frames"),
    ):
        with pytest.raises(InputError, match=message):
            write_overlay(grey_clip, wrong, tmp_path / "overlay.mp4")
    assert not (tmp_path / "overlay.mp4").exists()


def test_the_bone_from_the_nose_has_the_colour_of_its_side():
    grey = np.full((480, 640, 3), 128, np.uint8)
    joints = np.full((17, 2), np.nan)
    joints[:3] = (320, 300), (520, 150), (120, 150)  # the nose, the left eye, the right eye
    drawn = draw_skeleton(grey, joints, np.ones(17), COCO17)
    for side, x in (("left", 420), ("right", 220)):
        assert np.abs(drawn[225, x] - colour(side)).max() < 40, side
