"""Logistic regression and calibration against slow minimisation and known distributions."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from fitlab.analysis.logistic import fit_linear, fit_platt, log_loss


def test_equals_minimising_the_penalised_loss_directly(rng):
    columns = rng.normal(0, [1.0, 5.0, 0.2], (60, 3)) + 2
    truth = rng.random(60) < expit(columns @ [1.0, -0.3, 2.0] - 2)
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)

    def loss(unknown):
        logits = standard @ unknown[:3] + unknown[3]
        return np.sum(np.logaddexp(0, logits) - truth * logits) + 5.0 * np.sum(unknown[:3] ** 2) / 2

    slow = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
    fast = fit_linear(columns, truth, (5.0,))[0]
    np.testing.assert_allclose([*fast.weights, fast.offset], slow, atol=1e-4)
    np.testing.assert_allclose(fast(columns), standard @ slow[:3] + slow[3], atol=1e-4)


def test_more_columns_than_rows_is_the_same_solution(rng):
    columns = rng.normal(size=(12, 40))
    truth = np.arange(12) % 2 == 0
    model = fit_linear(columns, truth, (1.0,))[0]
    residual = truth - expit(model(columns))
    # Stationarity: the penalised weights are the rows' combination by their residuals.
    standard = (columns - model.centre) / model.spread
    np.testing.assert_allclose(model.weights, standard.T @ residual, atol=1e-5)
    assert residual.sum() == pytest.approx(0, abs=1e-5)


def test_parts_add_up_to_the_score(rng):
    columns = rng.normal(size=(10, 4))
    model = fit_linear(columns, columns[:, 0] > 0, (1.0,))[0]
    np.testing.assert_allclose(model.parts(columns).sum(axis=1) + model.offset, model(columns))


def test_a_constant_column_does_no_harm(rng):
    columns = np.column_stack([rng.normal(size=30), np.full(30, 7.0)])
    model = fit_linear(columns, columns[:, 0] > 0, (1.0,))[0]
    assert abs(model.weights[1]) < 1e-9 and np.isfinite(model(columns)).all()


def test_calibration_recovers_a_known_slope(rng):
    scores = rng.normal(0, 3, 20000)
    truth = rng.random(20000) < expit(0.5 * scores - 1)
    slope, offset = fit_platt(scores, truth)
    assert slope == pytest.approx(0.5, abs=0.03) and offset == pytest.approx(-1, abs=0.08)


def test_perfect_separation_stays_unsure():
    scores = np.repeat([-1.0, 1.0], 10)
    slope, offset = fit_platt(scores, scores > 0)
    assert expit(slope + offset) == pytest.approx(11 / 12, abs=1e-3)  # Platt's target


def test_scores_worse_than_chance_tell_the_base_rate():
    scores = np.repeat([-1.0, 1.0], [30, 10])
    slope, offset = fit_platt(scores, scores < 0)
    assert slope == 0 and expit(offset) == pytest.approx(31 / 42)


def test_log_loss_by_hand():
    logits = np.log([3.0, 1 / 3])  # probabilities 3/4 and 1/4
    assert log_loss(logits, np.array([True, True])) == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2)
