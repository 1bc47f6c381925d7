"""Runs of frames, and gaps between them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fitlab.signals import bridge_gaps, fill_gaps, runs
from fitlab.signals.gaps import by_run
from tests import oracles

N = np.nan


@given(mask=st.lists(st.booleans(), max_size=60))
def test_runs_are_those_counted_by_hand(mask):
    assert runs(np.array(mask, bool)) == oracles.runs(mask)


@pytest.mark.parametrize(
    ("values", "max_frames", "expected"),
    [
        ([0, N, 2], 1, [0, 1, 2]),
        ([0, N, N, 3], 2, [0, 1, 2, 3]),
        ([0, N, N, 3], 1, [0, N, N, 3]),
        ([N, 1, N, 3, N], 5, [N, 1, 2, 3, N]),
        ([N, N], 5, [N, N]),
        ([1, N, N], 5, [1, N, N]),
        ([0, N, 2, N, N, 5], 1, [0, 1, 2, N, N, 5]),
        ([0, N, 2], 0, [0, N, 2]),
    ],
)
def test_short_gaps_between_two_frames_are_filled(values, max_frames, expected):
    np.testing.assert_allclose(fill_gaps(np.array(values), max_frames), expected, atol=1e-12)


@given(
    values=arrays(float, (40, 3), elements=st.floats(-1e3, 1e3)), seed=st.integers(0, 999), longest=st.integers(0, 8)
)
def test_filling_changes_nothing_that_was_observed_and_nothing_in_long_gaps(values, seed, longest):
    holes = np.random.default_rng(seed).random(values.shape) < 0.5
    values[holes] = np.nan
    filled = fill_gaps(values, longest)
    np.testing.assert_array_equal(filled[~holes], values[~holes])
    for column in range(3):
        for start, stop in oracles.runs(holes[:, column]):
            inside = start > 0 and stop < len(values) and stop - start <= longest
            assert np.isfinite(filled[start:stop, column]).all() == inside


def test_a_gap_in_a_movement_is_bridged_along_the_movement():
    times = np.arange(90) / 30
    path = np.stack([np.sin(2 * np.pi * times), np.cos(2 * np.pi * times)], axis=-1)  # a turn per second
    holed = path.copy()
    holed[40:46] = np.nan  # 0.2 s
    bridged = fill_gaps(holed, 10)
    straight = np.stack([np.interp(times, times[~np.isnan(c)], c[~np.isnan(c)]) for c in holed.T], axis=-1)
    assert np.abs(bridged - path).max() < 0.5 * np.abs(straight - path).max()


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_how_an_array_lies_in_memory_does_not_matter(rng, order):
    values = rng.normal(size=(30, 4, 3))
    values[5:8, 1] = np.nan
    values[20, :, 2] = np.nan
    stored = np.ascontiguousarray(values.transpose(order)).transpose(np.argsort(order))
    assert stored.shape == values.shape and (stored.flags.c_contiguous == (order == (0, 1, 2)))
    filled = fill_gaps(stored, 5)
    assert np.isfinite(filled).all() and np.isnan(stored).any()
    np.testing.assert_array_equal(filled, fill_gaps(values, 5))
    np.testing.assert_array_equal(fill_gaps(stored[::-1], 5), fill_gaps(values[::-1].copy(), 5))
    twice = by_run(stored, lambda run: 2 * run)
    np.testing.assert_array_equal(twice, 2 * values)


def test_negative_length_is_refused():
    with pytest.raises(ValueError, match="max_frames must be 0 or more, got -1"):
        fill_gaps(np.zeros(3), -1)


def test_a_function_sees_each_run_by_itself(rng):
    values = rng.normal(size=(30, 2, 2))
    values[10:12, 0] = np.nan
    centred = by_run(values, lambda run: run - run.mean(axis=0))
    np.testing.assert_allclose(centred[:, 1], values[:, 1] - values[:, 1].mean(axis=0))
    np.testing.assert_allclose(centred[:10, 0], values[:10, 0] - values[:10, 0].mean(axis=0))
    np.testing.assert_allclose(centred[12:, 0], values[12:, 0] - values[12:, 0].mean(axis=0))
    assert np.isnan(centred[10:12, 0]).all()


def test_every_gap_is_bridged_straight_and_ends_are_held():
    values = np.array(
        [[np.nan, 1, np.nan], [2, np.nan, np.nan], [np.nan, 3, np.nan], [5, 4, np.nan], [np.nan, 4, np.nan]]
    )
    expected = [[2, 1, np.nan], [2, 2, np.nan], [3.5, 3, np.nan], [5, 4, np.nan], [5, 4, np.nan]]
    np.testing.assert_array_equal(bridge_gaps(values), expected)
    np.testing.assert_array_equal(bridge_gaps(values[:, :, None]), np.array(expected)[:, :, None])
    assert np.isnan(values).sum() == 9  # the argument stays
