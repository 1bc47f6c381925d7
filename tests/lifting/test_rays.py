"""Poses put back onto the rays on which a camera saw them."""

import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.geometry import Camera, project_poses, view_poses
from fitlab.lifting import on_rays
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17

SIZE = (1000, 800)
CAMERA = Camera.looking_at(np.array([0.0, -4.0, 1.2]), np.array([0.0, 0.0, 0.9]), 1000.0, SIZE)


def person(frames=40):
    """The same random person in COCO's and in Human3.6M's joints, world space; sways slowly."""
    rng = np.random.default_rng(3)
    coco = rng.uniform([-0.4, -0.3, 0.0], [0.4, 0.3, 1.8], (17, 3))
    sway = np.stack([0.1 * np.sin(np.arange(frames) / 8), np.zeros(frames), np.zeros(frames)], axis=1)
    world = PoseSequence(coco + sway[:, None], 30, COCO17, "world")
    return world, world.to(H36M17)


def error(seq, true):
    known = [k for k, joint in enumerate(H36M17.joints) if joint in COCO17]
    return np.linalg.norm(seq.positions[:, known] - true.positions[:, known], axis=-1)


def test_what_is_right_stays():
    coco, h36m = person()
    image, true = project_poses(coco, CAMERA), view_poses(h36m, CAMERA)
    assert error(on_rays(true, image), true).max() < 2e-3


def test_errors_across_the_picture_vanish_and_those_in_depth_stay():
    coco, h36m = person()
    image, true = project_poses(coco, CAMERA), view_poses(h36m, CAMERA)
    offset = np.zeros_like(true.positions)
    offset[:, H36M17.index("left_knee")] = [0.08, -0.03, 0.0]  # pulled towards the midline
    offset[:, H36M17.index("right_wrist")] = [0.0, 0.0, 0.10]
    moved = on_rays(true.replace("bent", positions=true.positions + offset), image)
    after = error(moved, true).mean(axis=0)
    known = [joint for joint in H36M17.joints if joint in COCO17]
    assert after[known.index("left_knee")] < 0.015
    assert 0.08 < after[known.index("right_wrist")] < 0.12


def test_a_joint_that_the_detector_did_not_see_stays_with_the_network():
    coco, h36m = person()
    image, true = project_poses(coco, CAMERA), view_poses(h36m, CAMERA)
    positions = np.array(image.positions)
    positions[:, COCO17.index("left_knee")] = np.nan
    moved = on_rays(true, image.replace("hidden", positions=positions))
    assert np.isfinite(moved.positions).all()
    assert error(moved, true).max() < 5e-3


@pytest.mark.parametrize(("confidence", "left"), [(0.5, 0.0), (0.2, 0.0), (0.1, 0.5), (0.0, 1.0)])
def test_confidence_counts_up_to_where_it_is_trusted(confidence, left):
    """A joint that is found surely may have a confidence of a half; below a fifth it counts less."""
    coco, h36m = person()
    image, true = project_poses(coco, CAMERA), view_poses(h36m, CAMERA)
    sure = np.full(image.confidence.shape, 0.6, np.float32)
    sure[:, COCO17.index("left_knee")] = confidence
    offset = np.zeros_like(true.positions)
    offset[:, H36M17.index("left_knee")] = [0.08, 0.0, 0.0]
    wrong = true.replace("wrong", positions=true.positions + offset)
    found = on_rays(wrong, image.replace("unsure", confidence=sure))
    knee = np.abs(found.positions - true.positions)[:, H36M17.index("left_knee"), 0]
    np.testing.assert_allclose(knee, 0.08 * left, atol=0.012)


def test_a_joint_that_the_detector_lost_its_way_with_stays_with_the_network():
    coco, h36m = person()
    image, true = project_poses(coco, CAMERA), view_poses(h36m, CAMERA)
    positions = np.array(image.positions)
    positions[:, COCO17.index("left_ankle")] += [300, 0]  # more than a metre off
    moved = on_rays(true, image.replace("wrong", positions=positions))
    known = [joint for joint in H36M17.joints if joint in COCO17]
    assert error(moved, true)[:, known.index("left_ankle")].max() < 0.15


def test_missing_frames_stay_missing():
    coco, h36m = person()
    image, true = project_poses(coco, CAMERA), view_poses(h36m, CAMERA)
    positions = np.array(true.positions)
    positions[5] = np.nan
    moved = on_rays(true.replace("gap", positions=positions), image)
    assert moved.missing[5].all() and not moved.missing[6].any()


def test_the_pixels_must_be_those_that_were_lifted():
    coco, h36m = person()
    image, true = project_poses(coco, CAMERA), view_poses(h36m, CAMERA)
    with pytest.raises(InputError, match="pass what was lifted"):
        on_rays(true, image[:10])
    with pytest.raises(InputError, match="camera space"):
        on_rays(h36m, image)


def test_frames_that_were_not_lifted_leave_their_neighbours_in_place():
    """Shoulders and elbows alone are seen for a second: enough for a place, not for a pose."""
    coco, h36m = person(100)
    image, true = project_poses(coco, CAMERA), view_poses(h36m, CAMERA)
    positions, pixels = np.array(true.positions), np.array(image.positions)
    positions[40:70] = np.nan
    seen = [COCO17.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("shoulder", "elbow")]
    pixels[40:70, [k for k in range(len(COCO17)) if k not in seen]] = np.nan
    confidence = np.isfinite(pixels[..., 0]).astype(np.float32)
    moved = on_rays(
        true.replace("gap", positions=positions),
        image.replace("seen from above", positions=pixels, confidence=confidence),
    )
    assert np.nanmax(error(moved, true.replace("relative", positions=true.positions - true.positions[:, :1]))) < 2e-3
