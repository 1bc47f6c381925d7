"""Counts and intervals."""

import numpy as np
import pytest

from fitlab.metrics import bootstrap_interval, count_mae, count_obo


def test_counts_by_hand():
    predicted, true = np.array([10, 9, 12, 0]), np.array([10, 10, 10, 5])
    assert count_mae(predicted, true) == pytest.approx((0 + 0.1 + 0.2 + 1) / 4)
    assert count_obo(predicted, true) == pytest.approx(0.5)


def test_counts_that_cannot_be_compared():
    with pytest.raises(ValueError, match="true counts must be positive, got 0; leave out"):
        count_mae(np.array([1]), np.array([0]))
    with pytest.raises(ValueError, match="equally long lists of counts"):
        count_obo(np.array([1, 2]), np.array([1]))


def test_interval_of_a_mean_covers_as_often_as_it_says(rng):
    """95 % intervals of 200 samples of 40 normal values: the mean lies inside about 190 times."""
    inside = 0
    for seed in range(200):
        low, high = bootstrap_interval(rng.normal(size=40), samples=300, seed=seed)
        inside += low <= 0 <= high
    assert 175 <= inside <= 199


def test_interval_is_the_same_for_the_same_seed_and_narrower_for_a_lower_level(rng):
    values = rng.normal(size=30)
    assert bootstrap_interval(values, seed=3) == bootstrap_interval(values, seed=3)
    assert bootstrap_interval(values, seed=3) != bootstrap_interval(values, seed=4)
    wide, narrow = bootstrap_interval(values), bootstrap_interval(values, level=0.5)
    assert wide[0] < narrow[0] < values.mean() < narrow[1] < wide[1]
    assert bootstrap_interval(np.ones(5), np.median) == (1, 1)


def test_interval_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one observation"):
        bootstrap_interval(np.array([]))
