import numpy as np
import pytest

from fitlab.metrics import bootstrap_interval
from fitlab.training.detector_scores import mean_pck, pck_interval


def test_the_interval_is_that_of_the_mean_over_people(rng):
    right = np.where(rng.random((40, 5)) < 0.1, np.nan, rng.random((40, 5)) < 0.7)
    right[:, 4] = np.nan  # nowhere labelled
    assert pck_interval(right) == pytest.approx(bootstrap_interval(right, mean_pck))


def test_frames_of_one_performance_are_no_independent_people(rng):
    performances = (rng.random((10, 5)) < 0.7).astype(float)
    right, groups = np.repeat(performances, 20, axis=0), [f"clip {number // 20}" for number in range(200)]
    assert pck_interval(right, groups) == pytest.approx(pck_interval(performances))
    low, high = pck_interval(right)
    assert high - low < 0.5 * np.diff(pck_interval(right, groups))[0]
