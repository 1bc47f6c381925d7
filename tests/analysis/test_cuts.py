"""The best threshold against trying every one."""

import numpy as np
import pytest

from fitlab.analysis.cuts import best_cuts
from tests.oracles import best_cut


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_equals_trying_every_threshold(rng, missing):
    values = rng.integers(0, 12, (14, 60)).astype(float) + rng.normal(0, 0.01, 60)
    values[rng.random(values.shape) < missing] = np.nan
    truth = np.r_[True, True, False, False, rng.random(10) < 0.5]
    values[:4] = np.nan_to_num(values[:4], nan=5.0)  # both kinds are known
    found = best_cuts(values, truth)
    for column in range(60):
        threshold, accuracy = best_cut(values[:, column], truth)
        assert found.accuracy[column] == pytest.approx(accuracy)
        if accuracy:
            assert found.threshold[column] == pytest.approx(threshold)


def test_the_middle_of_the_widest_gap():
    cuts = best_cuts(np.array([[1.0], [2.0], [6.0], [7.0]]), np.array([False, False, True, True]))
    assert (cuts.threshold[0], cuts.accuracy[0]) == (4.0, 1.0)


def test_one_value_cannot_be_cut():
    cuts = best_cuts(np.full((4, 2), 3.0), np.array([False, True, False, True]))
    assert np.isnan(cuts.threshold).all() and (cuts.accuracy == 0).all()
