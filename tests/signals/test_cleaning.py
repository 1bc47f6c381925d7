"""Cleaning poses: leaps go, gaps close, the movement stays."""

import numpy as np
import pytest

from fitlab.datasets import cmu, uiprmd
from fitlab.poses import PoseSequence
from fitlab.signals import clean, outliers, resample_poses
from fitlab.skeletons import COCO17


@pytest.fixture
def dance():
    """Ten seconds at 30 fps: every joint swings at its own pace around its own place, 1 m wide in all."""
    rng = np.random.default_rng(5)
    times = np.arange(300)[:, None] / 30
    place, swing = rng.uniform(-0.5, 0.5, size=(17, 3)), rng.uniform(0.05, 0.2, size=(17, 3))
    pace = rng.uniform(0.2, 0.8, size=17)
    return PoseSequence(place + swing * np.sin(2 * np.pi * pace * times)[..., None], 30, COCO17, "world")


def with_positions(seq, positions, confidence=None):
    return PoseSequence(positions, seq.fps, seq.skeleton, seq.space, confidence, seq.image_size)


def test_undisturbed_movement_stays(dance):
    cleaned = clean(dance)
    np.testing.assert_allclose(cleaned.positions, dance.positions, atol=0.005)
    np.testing.assert_array_equal(cleaned.confidence, dance.confidence)
    assert cleaned.history == ("clean(min_confidence=0.05, max_gap_s=0.4, cutoff_hz=6): 0.00% dropped",)
    assert not outliers(dance).any()


@pytest.mark.parametrize("frames", [1, 2])
def test_leaps_are_found_and_mended(dance, frames):
    positions, leaps = dance.positions.copy(), [(40, 3), (41, 9), (120, 0), (200, 16)]
    for t, k in leaps:
        positions[t : t + frames, k] += (0.3, -0.4, 0.2)
    found = outliers(with_positions(dance, positions))
    assert {(int(t), int(k)) for t, k in np.argwhere(found)} == {(t + i, k) for t, k in leaps for i in range(frames)}
    cleaned = clean(with_positions(dance, positions))
    np.testing.assert_allclose(cleaned.positions, dance.positions, atol=0.01)
    assert cleaned.confidence[40, 3] == 0.5


def test_jitter_shrinks(dance, rng):
    jitter = rng.normal(scale=0.01, size=dance.positions.shape)
    before = np.abs(jitter).mean()
    after = np.abs(clean(with_positions(dance, dance.positions + jitter)).positions - dance.positions).mean()
    assert after < 0.75 * before


def test_short_gaps_close_and_long_ones_stay(dance):
    positions = dance.positions.copy()
    positions[50:62, 4] = np.nan  # 0.4 s
    positions[100:113, 5] = np.nan
    positions[:5, 6] = np.nan
    cleaned = clean(with_positions(dance, positions))
    expected = np.zeros((300, 17), bool)
    expected[100:113, 5] = expected[:5, 6] = True
    np.testing.assert_array_equal(cleaned.missing, expected)
    assert (cleaned.confidence[50:62, 4] == 0.5).all() and (cleaned.confidence[expected] == 0).all()
    np.testing.assert_allclose(cleaned.positions[50:62, 4], dance.positions[50:62, 4], atol=0.03)


def test_what_nobody_trusts_is_missing(dance):
    confidence = np.full((300, 17), 0.9)
    confidence[:, 7] = 0.04
    confidence[30:33, 2] = 0.04
    cleaned = clean(with_positions(dance, dance.positions, confidence))
    assert cleaned.missing[:, 7].all() and not cleaned.missing[:, 2].any()
    np.testing.assert_allclose(cleaned.confidence[30:33, 2], 0.45)


def test_nothing_seen_at_all_stays_nothing():
    empty = PoseSequence(np.full((20, 17, 2), np.nan), 30, COCO17, "image")
    assert clean(empty).missing.all() and not outliers(empty).any()


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_short_and_slow_recordings(frames):
    seq = PoseSequence(np.zeros((frames, 17, 2)), 8, COCO17, "image", image_size=(640, 480))
    assert len(clean(seq)) == frames and clean(seq).image_size == (640, 480)


def test_resampled_poses_keep_time_and_confidence(dance):
    halved = resample_poses(dance, 15)
    assert (halved.fps, len(halved)) == (15, 150)
    np.testing.assert_allclose(halved.positions[10:-10], dance.positions[::2][10:-10], atol=2e-3)
    assert resample_poses(dance, 30) is dance
    confidence = np.linspace(0, 1, 300)[:, None].repeat(17, axis=1)
    doubled = resample_poses(with_positions(dance, dance.positions, confidence), 60)
    np.testing.assert_allclose(doubled.confidence[:, 0], np.linspace(0, 1, 599), atol=1e-6)


def test_clean_recordings_of_people_hold_few_outliers(real_data):
    sequences = [uiprmd.joined(real_data, m, "s02", "vicon")[0] for m in ("m01", "m04", "m08")]
    jumping, segments = cmu.load(real_data, "13_29")
    assert segments[0].action == "JumpJack"
    sequences.append(resample_poses(jumping[: segments[0].stop], 30))
    for seq in sequences:
        assert outliers(seq).mean() < 0.002


@pytest.mark.parametrize("fps", [30, 60, 120, 240])
def test_leaps_of_eighty_milliseconds_are_found_at_any_frame_rate(dance, fps):
    seq = resample_poses(dance, fps)
    frames = round(0.08 * fps)
    away = 0.4 * np.sin(np.pi * (np.arange(frames) + 0.5) / frames)
    positions = seq.positions.copy()
    positions[4 * fps : 4 * fps + frames, 9, 0] += away
    found = np.argwhere(outliers(with_positions(seq, positions)))
    assert set(found[:, 1]) == {9}
    assert len(found) > 0.6 * frames and found[:, 0].min() >= 4 * fps and found[:, 0].max() < 4 * fps + frames
