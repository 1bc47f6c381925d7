"""Procrustes alignment against Horn's quaternions and against known motions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from fitlab.geometry import procrustes
from tests import oracles


@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.1, 10), points=st.integers(3, 30))
def test_a_known_similarity_is_recovered(seed, scale, points):
    rng = np.random.default_rng(seed)
    source, rotation, translation = (
        rng.normal(size=(points, 3)),
        Rotation.random(rng=rng).as_matrix(),
        rng.normal(size=3),
    )
    target = scale * source @ rotation.T + translation
    found = procrustes(source, target, scale=True)
    assert found.scale == pytest.approx(scale)
    np.testing.assert_allclose(found.apply(source), target, atol=1e-6)
    if points > 3:
        np.testing.assert_allclose(found.rotation, rotation, atol=1e-5)


def test_rotation_is_horns(rng):
    for _ in range(20):
        source, target = rng.normal(size=(2, 12, 3))
        np.testing.assert_allclose(
            procrustes(source, target, scale=False).rotation, oracles.horn_rotation(source, target), atol=1e-9
        )


def test_no_small_change_improves_it(rng):
    source, target = rng.normal(size=(2, 10, 3))
    best = procrustes(source, target, scale=True)
    cost = oracles.similarity_cost(source, target, best.rotation, best.translation, best.scale)
    for axis in np.concatenate([np.eye(3), -np.eye(3)]):
        turned = Rotation.from_rotvec(1e-3 * axis).as_matrix() @ best.rotation
        assert oracles.similarity_cost(source, target, turned, best.translation, best.scale) > cost
        assert oracles.similarity_cost(source, target, best.rotation, best.translation + 1e-3 * axis, best.scale) > cost
    for scale in (0.999, 1.001):
        assert oracles.similarity_cost(source, target, best.rotation, best.translation, best.scale * scale) > cost


def test_mirrored_points_are_not_mirrored_back(rng):
    source = rng.normal(size=(10, 3))
    found = procrustes(source, source * [-1, 1, 1], scale=False)
    assert np.linalg.det(found.rotation) == pytest.approx(1)


def test_many_problems_at_once_are_the_single_ones(rng):
    source, target = rng.normal(size=(2, 4, 5, 9, 3))
    together = procrustes(source, target, scale=True)
    assert together.rotation.shape == (4, 5, 3, 3)
    moved = together.apply(source)
    for i in range(4):
        for j in range(5):
            alone = procrustes(source[i, j], target[i, j], scale=True)
            np.testing.assert_allclose(moved[i, j], alone.apply(source[i, j]), atol=1e-9)


def test_missing_points_and_weightless_points_have_no_say(rng):
    source, target = rng.normal(size=(2, 10, 3))
    holed = source.copy()
    holed[3:5] = np.nan
    keep = np.r_[0:3, 5:10]
    expected = procrustes(source[keep], target[keep], scale=True)
    weights = np.ones(10)
    weights[3:5] = 0
    for found in (procrustes(holed, target, scale=True), procrustes(source, target, scale=True, weights=weights)):
        np.testing.assert_allclose(found.rotation, expected.rotation, atol=1e-9)
        np.testing.assert_allclose(found.translation, expected.translation, atol=1e-9)


def test_weights_count_like_repetition(rng):
    source, target = rng.normal(size=(2, 6, 3))
    repeated = procrustes(np.repeat(source, 3, axis=0)[2:], np.repeat(target, 3, axis=0)[2:], scale=True)
    weighted = procrustes(source, target, scale=True, weights=np.array([1, 3, 3, 3, 3, 3]))
    np.testing.assert_allclose(weighted.rotation, repeated.rotation, atol=1e-9)
    assert weighted.scale == pytest.approx(repeated.scale)


def test_two_dimensions():
    source = np.array([[0.0, 0], [1, 0], [0, 2]])
    quarter = np.array([[0.0, -1], [1, 0]])
    found = procrustes(source, 3 * source @ quarter.T + 5, scale=True)
    np.testing.assert_allclose(found.rotation, quarter, atol=1e-12)
    assert found.scale == pytest.approx(3)


def test_too_few_points_give_nan():
    points = np.full((4, 3), np.nan)
    points[:2] = np.eye(3)[:2]
    assert np.isnan(procrustes(points, points, scale=False).rotation).all()
    assert np.isnan(procrustes(np.ones((4, 3)), np.ones((4, 3)), scale=True).scale)


def test_wrong_shape_is_named():
    with pytest.raises(ValueError, match=r"source must have shape \(..., N, D\) with D = 2 or 3, got \(5,\)"):
        procrustes(np.zeros(5), np.zeros(5), scale=False)
