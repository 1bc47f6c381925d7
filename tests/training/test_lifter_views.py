"""Virtual cameras agree with the geometry room; a detector's errors are of the size that was asked for."""

import numpy as np
import pytest
import torch

from fitlab.skeletons import COCO17
from fitlab.training.lifter_motion import RandomMotion
from fitlab.training.lifter_views import DetectorNoise, RandomCameras, _bridged, training_pair


@pytest.fixture(scope="module")
def clips():
    return RandomMotion(40)(64, torch.Generator().manual_seed(0))


def test_cameras_are_rotations_and_keep_up_up(clips):
    points, _ = RandomCameras()(clips, torch.Generator().manual_seed(1))
    before, after = torch.cdist(clips[0, 0], clips[0, 0]), torch.cdist(points[0, 0], points[0, 0])
    torch.testing.assert_close(before, after, atol=2e-3, rtol=1e-3)
    # Of two points one above the other, the upper has the smaller y; handedness is kept.
    high = clips.clone()
    high[:, :, 0] = high[:, :, 1] + torch.tensor([0.0, 0.0, 1.0])
    seen, _ = RandomCameras()(high, torch.Generator().manual_seed(1))
    assert (seen[:, :, 0, 1] < seen[:, :, 1, 1]).all()
    triple = clips[:, 0, [5, 6, 11, 13]]
    turned = RandomCameras()(clips, torch.Generator().manual_seed(1))[0][:, 0, [5, 6, 11, 13]]
    edges, edges_seen = triple[:, 1:] - triple[:, :1], turned[:, 1:] - turned[:, :1]
    torch.testing.assert_close(torch.linalg.det(edges), torch.linalg.det(edges_seen), atol=1e-4, rtol=1e-3)


def test_the_screen_is_the_pinhole_projection_in_half_image_widths(clips):
    cameras = RandomCameras(focal=(1.2, 1.2))
    points, screen = cameras(clips, torch.Generator().manual_seed(1))
    torch.testing.assert_close(screen, 2 * 1.2 * points[..., :2] / points[..., 2:], atol=1e-5, rtol=1e-5)


def test_people_are_in_front_of_the_camera_and_mostly_in_the_picture(clips):
    points, screen = RandomCameras()(clips, torch.Generator().manual_seed(1))
    assert points[..., 2].min() > 0.3
    assert (screen[..., 0].abs() < 1.3).float().mean() > 0.95


def test_targets_are_relative_to_the_pelvis_and_inputs_exact_without_noise(clips):
    keypoints, target = training_pair(clips, RandomCameras(), None, torch.Generator().manual_seed(1))
    points, screen = RandomCameras()(clips, torch.Generator().manual_seed(1))
    torch.testing.assert_close(keypoints, screen[:, :, :17])
    torch.testing.assert_close(target, points[:, :, 17:] - points[:, :, 17:18])


def noisy(clips, **errors):
    silent = {
        "jitter": (0, 0),
        "drift": (0, 0),
        "bias": 0,
        "outliers": 0,
        "swaps": 0,
        "gaps": 0,
        "clean": 0,
    }
    exact, _ = training_pair(clips, RandomCameras(), None, torch.Generator().manual_seed(1))
    disturbed = DetectorNoise(**{**silent, **errors})(exact, torch.Generator().manual_seed(2))
    size = (exact.amax(2) - exact.amin(2)).norm(dim=-1).mean(1)[:, None, None, None]
    return exact, (disturbed - exact) / size, disturbed


def test_without_any_error_nothing_changes(clips):
    exact, _, disturbed = noisy(clips)
    torch.testing.assert_close(exact, disturbed, atol=1e-6, rtol=0)


def test_jitter_has_the_size_asked_for_and_no_memory(clips):
    _, error, _ = noisy(clips, jitter=(0.01, 0.01))
    assert error.std() == pytest.approx(0.01 * 1.19 * 1.09, rel=0.15)  # heavy tails, joints differ
    following = (error[:, 1:] * error[:, :-1]).mean() / error.square().mean()
    assert abs(following) < 0.05


@pytest.mark.parametrize("kind", ["jitter", "drift"])
def test_errors_from_none_up_to_the_size_asked_for(clips, kind):
    """Half of the clips have less than half of the error; none has more than all of it."""
    _, whole, _ = noisy(clips, **{kind: (0.01, 0.01)})
    _, some, _ = noisy(clips, **{kind: (0, 0.01)})
    share = (some.square().sum((1, 2, 3)) / whole.square().sum((1, 2, 3))).sqrt()  # (B,)
    assert share.max() <= 1.001
    assert share.median() == pytest.approx(0.5, abs=0.15)


def test_drift_remembers(clips):
    _, error, _ = noisy(clips, drift=(0.01, 0.01))
    following = (error[:, 1:] * error[:, :-1]).mean() / error.square().mean()
    assert following > 0.9


def test_hips_err_more_than_eyes(clips):
    _, error, _ = noisy(clips, jitter=(0.01, 0.01))
    assert error[:, :, COCO17.index("left_hip")].std() > 3 * error[:, :, COCO17.index("left_eye")].std()


def test_a_swap_exchanges_sides_for_a_while(clips):
    exact, error, disturbed = noisy(clips, swaps=1.0)
    frames = (error.abs().amax((2, 3)) > 1e-6).float().mean(1)  # share of each clip's frames
    assert 0.05 < frames.mean() < 0.6
    together, swapped = exact.flatten(0, 1), disturbed.flatten(0, 1)
    torch.testing.assert_close(together.sum(1), swapped.sum(1), atol=1e-4, rtol=1e-4)  # nothing appears or is lost


def test_lost_stretches_are_straight_lines():
    frames = 12
    path = torch.arange(frames, dtype=torch.float32).square().reshape(1, frames, 1, 1).expand(1, frames, 1, 2)
    lost = torch.zeros(1, frames, 1, dtype=torch.bool)
    lost[0, 3:6] = lost[0, :1] = lost[0, -2:] = True
    found = _bridged(path, lost)[0, :, 0, 0].numpy()
    seen = ~lost[0, :, 0].numpy()
    at = np.arange(frames)
    np.testing.assert_allclose(found, np.interp(at, at[seen], at[seen] ** 2))


def test_a_joint_lost_throughout_stays_where_it_is():
    path = torch.arange(9, dtype=torch.float32).square().reshape(1, 9, 1, 1).expand(1, 9, 1, 2)
    torch.testing.assert_close(_bridged(path, torch.ones(1, 9, 1, dtype=torch.bool)), path)
