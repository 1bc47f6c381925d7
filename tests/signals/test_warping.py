"""Dynamic time warping against the recursion written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlab.signals import dtw
from tests import oracles


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
    features=st.integers(1, 3),
    window=st.none() | st.integers(1, 6),
)
def test_cost_and_path(seed, rows, columns, features, window):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(rows, features)), rng.normal(size=(columns, features))
    alignment = dtw(a, b, window)
    assert alignment.cost == pytest.approx(oracles.dtw(a, b, window))

    path = alignment.path
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [rows - 1, columns - 1]
    steps = np.diff(path, axis=0)
    assert ((steps >= 0) & (steps <= 1)).all() and (steps.sum(axis=1) >= 1).all()
    squares = ((a[path[:, 0]] - b[path[:, 1]]) ** 2).sum()
    assert np.sqrt(squares) == pytest.approx(alignment.cost)


def test_a_movement_done_slower_is_found_again():
    times = np.linspace(0, 1, 200)
    pace = times + 0.1 * np.sin(2 * np.pi * times)
    motion = lambda t: np.stack([np.sin(6 * t), np.cos(4 * t)], axis=-1)  # noqa: E731
    path = dtw(motion(pace), motion(times)).path
    assert np.abs(times[path[:, 1]] - pace[path[:, 0]]).max() < 0.02


def test_equal_sequences_lie_on_the_diagonal(rng):
    a = rng.normal(size=(50, 4))
    alignment = dtw(a, a)
    assert alignment.cost == 0
    np.testing.assert_array_equal(alignment.path, np.stack([np.arange(50)] * 2, axis=-1))


def test_a_window_keeps_the_path_near_the_diagonal(rng):
    path = dtw(rng.normal(size=(80, 2)), rng.normal(size=(80, 2)), window=5).path
    assert np.abs(path[:, 0] - path[:, 1]).max() < 5


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((3, 2)), np.zeros((3, 1)), r"shapes \(T, F\) and \(S, F\), got \(3, 2\) and \(3, 1\)"),
        (np.zeros(3), np.zeros(3), r"got \(3,\) and \(3,\)"),
        (np.zeros((0, 2)), np.zeros((3, 2)), "at least one frame each, got 0 and 3"),
        (np.full((3, 2), np.nan), np.zeros((3, 2)), "finite, got NaN or infinity; fill the gaps"),
    ],
)
def test_what_cannot_be_aligned(a, b, message):
    with pytest.raises(ValueError, match=message):
        dtw(a, b)
