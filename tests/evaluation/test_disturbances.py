"""Disturbances do what they say."""

import numpy as np

from fitlab.evaluation.disturbances import at_rate, backwards, gaps, jitter, mirrored, moved, outliers
from tests.motions import Squats

POSES = Squats(repetitions=10).poses()


def test_jitter_has_15_mm(rng):
    assert np.isclose((jitter(POSES, rng).positions - POSES.positions).std(), 0.015, rtol=0.02)


def test_a_tenth_leaps(rng):
    leapt = np.abs(outliers(POSES, rng).positions - POSES.positions).max(axis=-1) > 1e-6
    assert np.isclose(leapt.mean(), 0.1, atol=0.01)


def test_no_gap_of_a_joint_outlasts_what_two_may(rng):
    disturbed = gaps(POSES, rng)
    assert 0.1 < disturbed.missing.mean() < 0.25
    assert (disturbed.confidence[disturbed.missing] == 0).all()
    known = ~disturbed.missing
    np.testing.assert_array_equal(disturbed.positions[known], POSES.positions[known])
    whole = disturbed.missing.all(axis=1).sum()
    assert 0.5 * 30 <= whole <= 6 * 0.5 * 30


def test_backwards_and_mirrored_twice_are_what_they_were(rng):
    for disturb in (backwards, mirrored):
        np.testing.assert_array_equal(disturb(disturb(POSES, rng), rng).positions, POSES.positions)
        assert not np.array_equal(disturb(jitter(POSES, rng), rng).positions, POSES.positions)


def test_moved_is_rigid_and_stays_on_the_floor(rng):
    positions = moved(POSES, rng).positions
    np.testing.assert_allclose(positions[..., 2], POSES.positions[..., 2], atol=1e-6)
    apart = np.linalg.norm(positions[:, 3] - positions[:, 8], axis=1)
    np.testing.assert_allclose(apart, np.linalg.norm(POSES.positions[:, 3] - POSES.positions[:, 8], axis=1), atol=1e-5)
    assert np.abs(positions - POSES.positions).max() > 0.1


def test_rates_last_as_long(rng):
    for fps in (15, 120):
        other = at_rate(fps)(POSES, rng)
        assert other.fps == fps and abs(other.duration - POSES.duration) < 0.1
