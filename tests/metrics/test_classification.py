"""Classification figures against counting by hand."""

import numpy as np
import pytest

from fitlab.metrics.classification import balanced_accuracy, calibration_error, f1_score, precision_recall, roc_auc
from tests.oracles import counted_auc, counted_calibration_error


def test_auc_equals_counting_pairs(rng):
    for _ in range(20):
        scores = rng.integers(0, 6, 40)  # many ties
        truth = np.r_[True, False, rng.random(38) < 0.3]
        assert roc_auc(scores, truth) == pytest.approx(counted_auc(scores, truth))


def test_auc_of_one_class_says_what_is_wrong():
    with pytest.raises(ValueError, match="positives and negatives, got 3 of 3"):
        roc_auc([1, 2, 3], [True, True, True])


def test_rates_of_a_known_table():
    truth = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool)
    predicted = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0], bool)
    assert balanced_accuracy(predicted, truth) == pytest.approx((3 / 4 + 5 / 6) / 2)
    assert precision_recall(predicted, truth) == (3 / 4, 3 / 4)
    assert f1_score(predicted, truth) == pytest.approx(6 / 8)


def test_nothing_found_has_no_precision():
    precision, recall = precision_recall(np.zeros(3, bool), np.array([1, 0, 0], bool))
    assert np.isnan(precision) and recall == 0
    assert np.isnan(f1_score(np.zeros(3, bool), np.zeros(3, bool)))


def test_calibration_error_equals_counting_bins(rng):
    probabilities = np.r_[rng.random(200), 0.0, 1.0]
    truth = rng.random(202) < probabilities**2
    assert calibration_error(probabilities, truth) == pytest.approx(counted_calibration_error(probabilities, truth, 10))


def test_overconfidence_is_its_own_size():
    assert calibration_error(np.full(10, 0.95), np.arange(10) < 7) == pytest.approx(0.25)
