"""Known motion in the world, seen in camera space around a fixed pelvis, comes back to where it was."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlab.errors import InputError
from fitlab.geometry import Camera, bone_lengths, project_poses, view_poses
from fitlab.lifting import ground, towards_camera
from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17
from tests.lifting.closed_form import ANKLE, jump, plank, squat, standing, walk

LEVEL = Camera.looking_at((2.5, 3.0, 0.9), (0, 0, 0.9), 1000.0, (1000, 900))
TILTED = Camera.looking_at((2.5, 3.0, 2.2), (0, 0, 0.9), 1000.0, (1000, 900))  # 18 degrees down


def error_mm(grounded, motion):
    """Largest distance of a joint from where it was, the first pelvis put above the origin."""
    expected = motion.positions - motion.positions[0, 0] * [1, 1, 0]
    return np.linalg.norm(grounded.positions - expected, axis=-1).max() * 1000


@pytest.mark.parametrize("camera", [LEVEL, TILTED], ids=["level", "tilted"])
@pytest.mark.parametrize(
    ("motion", "tolerance_mm"),
    [(squat(), 0.1), (squat(sway=0.2), 2), (plank(), 6), (walk(), 20)],
    ids=["squat", "squat backwards", "push-up", "walk"],
)
@pytest.mark.parametrize("with_image", [False, True])
def test_motion_comes_back(motion, tolerance_mm, camera, with_image):
    image = project_poses(motion, camera) if with_image else None
    assert error_mm(ground(view_poses(motion, camera), image), motion) < tolerance_mm


def test_the_hip_sinks_in_a_squat():
    pelvis = ground(view_poses(squat(depth=0.35), LEVEL))["pelvis"][:, 2]
    assert np.ptp(pelvis) == pytest.approx(0.35, abs=1e-3)


@pytest.mark.parametrize(
    ("motion", "bound_m"), [(squat(), 0.01), (squat(sway=0.2), 0.01), (walk(), 0.01), (plank(), 0.02)]
)
def test_feet_do_not_slide_even_when_the_lifter_is_noisy(motion, bound_m, rng):
    """Noise of 15 mm that wanders slowly, as lifters make it, on every joint."""
    camera_space = view_poses(motion, TILTED)
    knots = rng.normal(0, 0.015, (len(motion) // 10 + 2, 17, 3))
    at = np.arange(len(motion)) / 10
    low, share = at.astype(int), (at % 1)[:, None, None]
    noise = (1 - share) * knots[low] + share * knots[low + 1]
    grounded = ground(camera_space.replace("noise", positions=camera_space.positions + noise - noise[:, :1]))
    for side in ("left", "right"):
        truth, found = motion[f"{side}_ankle"], grounded[f"{side}_ankle"]
        for start, stop in resting(truth):
            inner = found[start + 4 : stop - 4, :2]
            if len(inner) > 2:
                assert np.linalg.norm(inner - np.median(inner, axis=0), axis=1).max() < bound_m


def resting(path):
    still = np.linalg.norm(np.diff(path, axis=0), axis=1) < 1e-4
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still, [0]])))
    return edges.reshape(-1, 2)


def test_a_jump_is_seen_with_the_image_only():
    motion = jump(height=0.3)
    camera_space = view_poses(motion, LEVEL)
    with_image = ground(camera_space, project_poses(motion, LEVEL))
    assert np.ptp(with_image["pelvis"][:, 2]) == pytest.approx(0.3, abs=0.03)
    assert error_mm(with_image, motion) < 60  # at take-off and landing
    assert np.ptp(ground(camera_space)["pelvis"][:, 2]) < 0.01


@settings(max_examples=20, deadline=None)
@given(azimuth=st.floats(-180, 180), height=st.floats(0.3, 1.8))
def test_the_camera_is_where_it_was(azimuth, height):
    """Its direction from the person, who first faces +y; as far as the picture's middle shows it."""
    motion, turn = squat(60), np.radians(azimuth)
    away = np.array([np.sin(turn), np.cos(turn), 0.0])
    camera = Camera.looking_at(tuple(4 * away + [0, 0, height]), (0, 0, 0.9), 1000.0, (1000, 900))
    found = towards_camera(view_poses(motion, camera))
    facing = motion.positions[0, H36M17.index("right_hip")] - motion.positions[0, H36M17.index("left_hip")]
    ahead = np.array([-facing[1], facing[0], 0.0]) / np.linalg.norm(facing)  # up x right
    right = np.array([ahead[1], -ahead[0], 0.0])
    np.testing.assert_allclose(found / np.linalg.norm(found[:2]), [away @ right, away @ ahead, found[2]], atol=0.02)


@settings(max_examples=20, deadline=None)
@given(azimuth=st.floats(-180, 180), height=st.floats(0.3, 2.5), distance=st.floats(2.5, 6))
def test_neither_the_camera_nor_the_heading_matters(azimuth, height, distance):
    """The person always first faces +y, wherever the camera stands."""
    motion, turn = squat(60), np.radians(azimuth)
    camera = Camera.looking_at(
        (distance * np.cos(turn), distance * np.sin(turn), height), (0, 0, 0.9), 1000.0, (1000, 900)
    )
    assert error_mm(ground(view_poses(motion, camera)), motion) < 0.2


def test_lying_people_point_along_y_with_the_head():
    body = standing(np.tile([[0.0, 0.0, 0.95]], (60, 1)), 30)
    lying = body.positions[..., [0, 2, 1]] * [1, 1, -1] + [0, 0, 0.1]  # on the back, head towards +y
    world = ground(view_poses(PoseSequence(lying, 30, H36M17, "world"), LEVEL))
    assert (world["head_top"] - world["pelvis"])[:, 1].min() > 0.7
    assert world.positions[..., 2].min() > -0.03
    assert world.positions[..., 2].max() < 0.4


def test_limbs_keep_their_length():
    motion = walk()
    grounded = ground(view_poses(motion, TILTED))
    np.testing.assert_allclose(bone_lengths(grounded), bone_lengths(motion), atol=2e-3)


def test_the_floor_is_below_the_lower_ankle():
    grounded = ground(view_poses(squat(), TILTED))
    assert grounded["left_ankle"][:, 2] == pytest.approx(ANKLE, abs=2e-3)


def test_missing_frames_stay_missing():
    camera_space = view_poses(squat(), LEVEL)
    positions = camera_space.positions.copy()
    positions[20:30] = np.nan
    positions[50, 3] = np.nan
    grounded = ground(camera_space.replace("gap", positions=positions))
    assert (grounded.missing == np.isnan(positions[..., 0])).all()


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_short_sequences(frames):
    motion = squat()[:frames]
    assert error_mm(ground(view_poses(motion, LEVEL)), motion) < 1


def test_what_cannot_be_grounded_is_refused():
    motion = squat()
    with pytest.raises(InputError, match="camera space, got world"):
        ground(motion)
    with pytest.raises(InputError, match="same 180 frames, got 10"):
        ground(view_poses(motion, LEVEL), project_poses(motion[:10], LEVEL))
    nobody = view_poses(motion, LEVEL).replace("lost", positions=np.full((180, 17, 3), np.nan))
    with pytest.raises(InputError, match="every joint"):
        ground(nobody)
