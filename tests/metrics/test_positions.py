"""Errors of 3D joints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from fitlab.metrics import joint_errors, mpjpe, mpjve, n_mpjpe, p_mpjpe
from tests import oracles


@pytest.fixture
def pair(rng):
    return rng.normal(size=(2, 20, 17, 3))


def test_mpjpe_and_p_mpjpe_are_those_of_the_loops(pair):
    predicted, true = pair
    assert mpjpe(predicted, true) == pytest.approx(oracles.mpjpe(predicted, true))
    assert p_mpjpe(predicted, true) == pytest.approx(oracles.p_mpjpe(predicted, true))


def test_a_shift_by_a_known_distance(pair):
    _, true = pair
    assert mpjpe(true + (30, 40, 0), true) == pytest.approx(50)
    np.testing.assert_allclose(joint_errors(true + (30, 40, 0), true), 50)
    assert mpjve(true + (30, 40, 0), true) == pytest.approx(0, abs=1e-12)


def test_velocity_error_of_a_drift(pair):
    _, true = pair
    drift = np.arange(20)[:, None, None] * np.array([3.0, 4.0, 0.0])
    assert mpjve(true + drift, true) == pytest.approx(5)
    assert mpjve(true + drift, true, fps=30) == pytest.approx(150)


@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.2, 5))
def test_what_each_metric_forgives(seed, scale):
    rng = np.random.default_rng(seed)
    true = rng.normal(size=(3, 17, 3))
    turned = true @ Rotation.random(rng=rng).as_matrix().T
    assert p_mpjpe(scale * turned + rng.normal(size=3), true) == pytest.approx(0, abs=1e-6)
    assert n_mpjpe(scale * true, true) == pytest.approx(0, abs=1e-9)


@given(seed=st.integers(0, 2**32 - 1))
def test_more_freedom_never_costs_squares(seed):
    rng = np.random.default_rng(seed)
    predicted, true = rng.normal(size=(2, 1, 17, 3))
    scales = np.linspace(0, 2, 41)
    squares = [((s * predicted - true) ** 2).sum() for s in scales]
    best = (predicted * true).sum() / (predicted**2).sum()
    assert ((best * predicted - true) ** 2).sum() <= min(squares) + 1e-9
    assert n_mpjpe(predicted, true) == pytest.approx(mpjpe(best * predicted, true))


def test_missing_joints_do_not_count(pair):
    predicted, true = pair
    holed, labels = predicted.copy(), true.copy()
    holed[:, 3] = np.nan
    labels[0, 5] = np.nan
    assert mpjpe(holed, labels) == pytest.approx(oracles.mpjpe(holed, labels))
    keep = [k for k in range(17) if k != 3]
    assert p_mpjpe(holed, true) == pytest.approx(p_mpjpe(predicted[:, keep], true[:, keep]))
    assert n_mpjpe(holed, true) == pytest.approx(n_mpjpe(predicted[:, keep], true[:, keep]))
    nothing = np.full_like(true, np.nan)
    assert all(np.isnan(metric(nothing, true)) for metric in (mpjpe, p_mpjpe, n_mpjpe, mpjve))


@pytest.mark.parametrize("metric", [mpjpe, p_mpjpe, n_mpjpe, mpjve, joint_errors])
def test_shapes_must_agree(metric):
    with pytest.raises(ValueError, match=r"must both have shape \(..., K, 3\), got \(4, 17, 3\) and \(4, 16, 3\)"):
        metric(np.zeros((4, 17, 3)), np.zeros((4, 16, 3)))


def test_velocity_needs_two_frames():
    with pytest.raises(ValueError, match="T >= 2"):
        mpjve(np.zeros((1, 17, 3)), np.zeros((1, 17, 3)))
