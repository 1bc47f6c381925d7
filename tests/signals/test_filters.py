"""Filters and resampling: closed-form motions in, known motions out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlab.signals import butterworth, one_euro, resample, savitzky_golay
from tests import oracles


def wave(hz, fps, seconds=10.0):
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * fps)) / fps)


def gain(filtered, hz, fps):
    """Amplitude and delay in seconds of a wave in the middle of a recording."""
    middle = slice(len(filtered) // 4, 3 * len(filtered) // 4)
    times = np.arange(len(filtered))[middle] / fps
    phase = 2 * np.pi * hz * times
    sine, cosine = np.linalg.lstsq(np.stack([np.sin(phase), np.cos(phase)], axis=-1), filtered[middle], rcond=None)[0]
    return np.hypot(sine, cosine), -np.arctan2(cosine, sine) / (2 * np.pi * hz)


@pytest.mark.parametrize("fps", [30.0, 50.0, 120.0])
@pytest.mark.parametrize(("share_of_cutoff", "expected"), [(0.1, 1.0), (1.0, np.sqrt(0.5)), (2.2, 0.05)])
def test_butterworth_passes_halves_and_stops(fps, share_of_cutoff, expected):
    cutoff = 6.0
    amplitude, delay = gain(
        butterworth(wave(share_of_cutoff * cutoff, fps), fps, cutoff), share_of_cutoff * cutoff, fps
    )
    assert amplitude == pytest.approx(expected, abs=0.01 if share_of_cutoff <= 1 else 0.05)
    if share_of_cutoff <= 1:
        assert delay == pytest.approx(0, abs=1e-3)


@given(start=st.floats(-10, 10), speed=st.floats(-10, 10), frames=st.integers(1, 80))
def test_uniform_motion_passes_unchanged(start, speed, frames):
    motion = (start + speed * np.arange(frames) / 30)[:, None]
    for smoothed in (butterworth(motion, 30, 6), savitzky_golay(motion, 30, 0.3)):
        np.testing.assert_allclose(smoothed, motion, atol=1e-6)


def test_filtering_twice_in_time_is_filtering_backwards(rng):
    noise = rng.normal(size=(200, 2))
    np.testing.assert_allclose(butterworth(noise, 50, 5), butterworth(noise[::-1], 50, 5)[::-1], atol=2e-2)


def test_filters_leave_missing_frames_missing_and_the_rest_alone(rng):
    noise = rng.normal(size=(100, 3))
    noise[40:45, 1] = np.nan
    for function in (lambda v: butterworth(v, 50, 5), lambda v: savitzky_golay(v, 50, 0.2)):
        smoothed = function(noise)
        np.testing.assert_array_equal(np.isnan(smoothed), np.isnan(noise))
        np.testing.assert_allclose(smoothed[:, [0, 2]], function(noise[:, [0, 2]]))
        np.testing.assert_allclose(smoothed[:40, 1], function(noise[:40, 1]))
        np.testing.assert_allclose(smoothed[45:, 1], function(noise[45:, 1]))


@pytest.mark.parametrize("cutoff", [0, -1, 15, 20])
def test_an_impossible_cutoff_is_refused(cutoff):
    with pytest.raises(ValueError, match=r"cutoff_hz must lie between 0 and fps / 2 = 15, got"):
        butterworth(np.zeros(10), 30, cutoff)


@pytest.mark.parametrize(("degree", "derivative"), [(2, 0), (3, 0), (3, 1), (3, 2), (4, 1)])
def test_savitzky_golay_is_a_polynomial_per_window(rng, degree, derivative):
    values = rng.normal(size=60).cumsum()
    expected = oracles.savitzky_golay(values, 9, degree, derivative, 30.0)
    np.testing.assert_allclose(savitzky_golay(values, 30.0, 0.3, degree, derivative), expected, rtol=1e-6, atol=1e-6)


def test_derivatives_of_a_cubic_are_exact():
    times = np.arange(50) / 25
    np.testing.assert_allclose(savitzky_golay(times**3, 25, 0.4, 3, 1), 3 * times**2, atol=1e-8)
    np.testing.assert_allclose(savitzky_golay(times**3, 25, 0.4, 3, 2), 6 * times, atol=1e-6)


def test_savitzky_golay_of_a_run_that_is_too_short():
    short = np.array([1.0, 2.0, 4.0])
    np.testing.assert_array_equal(savitzky_golay(short, 30, 0.3), short)
    assert np.isnan(savitzky_golay(short, 30, 0.3, derivative=1)).all()
    with pytest.raises(ValueError, match="derivative must lie in 0 to degree = 2, got 3"):
        savitzky_golay(short, 30, 0.3, degree=2, derivative=3)


def test_one_euro_is_the_published_algorithm(rng):
    values = rng.normal(size=100).cumsum()
    expected = oracles.one_euro(values, 30.0, 1.2, 0.3, 1.0)
    np.testing.assert_allclose(one_euro(values, 30.0, 1.2, 0.3, 1.0), expected)
    both = one_euro(np.stack([values, -values], axis=-1), 30.0, 1.2, 0.3)
    np.testing.assert_allclose(both, np.stack([expected, -expected], axis=-1))


def test_one_euro_waits_through_a_gap():
    values = np.r_[np.zeros(10), np.full(5, np.nan), np.ones(60)]
    smoothed = one_euro(values, 30, min_cutoff_hz=1.0, beta=0.0)
    np.testing.assert_array_equal(np.isnan(smoothed), np.isnan(values))
    at_once = one_euro(np.r_[np.zeros(10), np.ones(60)], 30, min_cutoff_hz=1.0, beta=0.0)
    assert 1 > smoothed[15] > at_once[10] > 0  # after six frames it trusts the new value more than after one
    assert smoothed[-1] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("fps_from", "fps_to"), [(30, 50), (50, 30), (120, 30), (30, 30), (29.97, 25), (25, 120)])
def test_a_slow_wave_survives_any_change_of_rate(fps_from, fps_to):
    changed = resample(wave(1.0, fps_from), fps_from, fps_to)
    assert len(changed) == int(np.floor((len(wave(1.0, fps_from)) - 1) * fps_to / fps_from + 1e-6)) + 1
    expected = np.sin(2 * np.pi * np.arange(len(changed)) / fps_to)
    edge = round(0.5 * fps_to)
    np.testing.assert_allclose(changed[edge:-edge], expected[edge:-edge], atol=5e-3)


def test_fast_movement_does_not_come_back_as_slow_movement():
    """13 Hz seen at 15 fps without a filter would look like 2 Hz at full size."""
    assert np.abs(resample(wave(13, 120), 120, 15)[15:-15]).max() < 0.01
    assert np.abs(wave(13, 120)[::8][15:-15]).max() > 0.9


def test_resampling_between_observed_and_missing_is_missing():
    values = np.arange(20.0)
    values[8:12] = np.nan
    doubled = resample(values, 10, 20)
    np.testing.assert_allclose(doubled[:15], np.arange(15) / 2)
    assert np.isnan(doubled[15:24]).all()
    np.testing.assert_allclose(doubled[24:], np.arange(24, 39) / 2)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_the_shortest_recordings(frames):
    values = np.arange(frames, dtype=float)[:, None]
    np.testing.assert_allclose(resample(values, 10, 20)[::2], values)
    np.testing.assert_allclose(resample(values, 20, 10), values[::2], atol=0.2)


def test_a_rate_must_be_positive():
    with pytest.raises(ValueError, match="fps must be positive, got 30 and 0"):
        resample(np.zeros(4), 30, 0)
