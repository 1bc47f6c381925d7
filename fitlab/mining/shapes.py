"""How far apart poses are, whatever their place and size; a person on the head is another pose than one who stands."""

from collections.abc import Sequence

import numpy as np

from fitlab.progress import progress

MIN_COMMON = 6
"""Poses with fewer joints in common cannot be compared."""

_AT_ONCE = 32  # rows of the table computed together


def shape_distances(poses: np.ndarray, others: np.ndarray, mirror: Sequence[int] | None = None) -> np.ndarray:
    """Chordal distance in Kendall's pre-shape space: both poses moved to their mean and scaled to norm 1.

    That is ``sqrt(2 - 2 r)``, r being the correlation of the coordinates (Kendall 1984, "Shape manifolds, Procrustean
    metrics, and complex projective spaces", without the rotation).  Only joints that both poses have count.

    Parameters
    ----------
    poses : (N, K, 2), others : (M, K, 2)
        x right, y down, in any unit; NaN where missing.
    mirror : permutation of K, optional
        :attr:`fitlab.skeletons.Skeleton.mirror`: a pose and its mirror image then count as the same, as they do in
        training that flips.

    Returns
    -------
    distances : (N, M) in [0, 2]
        NaN for pairs with fewer than :data:`MIN_COMMON` joints in common, or all of them in one place.
    """
    if mirror is not None:
        flipped = others[:, list(mirror)] * (-1, 1)
        return np.fmin(shape_distances(poses, others), shape_distances(poses, flipped))
    centred = _centred(others)
    rows = [_distances(poses[k : k + _AT_ONCE], *centred) for k in range(0, len(poses), _AT_ONCE)]
    return np.concatenate(rows) if rows else np.zeros((0, len(others)))


def _distances(poses: np.ndarray, b: np.ndarray, has_b: np.ndarray) -> np.ndarray:
    a, has_a = _centred(poses)
    common = has_a @ has_b.T  # (N, M) joints
    # Moments over the common joints of each pair, all as products of matrices.
    variance_a, variance_b = (a**2).sum(axis=2) @ has_b.T, has_a @ (b**2).sum(axis=2).T
    covariance = a.reshape(len(a), -1) @ b.reshape(len(b), -1).T
    for axis in range(2):
        sum_a, sum_b = a[..., axis] @ has_b.T, has_a @ b[..., axis].T
        with np.errstate(divide="ignore", invalid="ignore"):
            variance_a -= sum_a**2 / common
            variance_b -= sum_b**2 / common
            covariance -= sum_a * sum_b / common
    flat = (variance_a < 1e-9) | (variance_b < 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = covariance / np.sqrt(variance_a * variance_b)
    r[flat | (common < MIN_COMMON)] = np.nan
    distances: np.ndarray = np.sqrt(np.clip(2 - 2 * r, 0, 4))
    return distances


def _centred(poses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Poses around their mean and of spread 1, 0 where missing, and which joints there are; for exact sums."""
    has = np.isfinite(poses).all(axis=-1)  # (N, K)
    there = np.where(has[..., None], poses, 0.0).astype(np.float64)
    count = np.maximum(has.sum(axis=1), 1)[:, None, None]
    there = np.where(has[..., None], there - there.sum(axis=1, keepdims=True) / count, 0.0)
    spread = np.sqrt((there**2).sum(axis=(1, 2), keepdims=True))
    return there / np.maximum(spread, 1e-9), has.astype(np.float64)


def nearest(
    poses: np.ndarray, others: np.ndarray, mirror: Sequence[int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the nearest of ``others`` and its index; NaN and -1 where none can be compared.

    Returns
    -------
    distances : (N,), indices : (N,) int
    """
    if not len(others):
        return np.full(len(poses), np.nan), np.full(len(poses), -1)
    least, found = np.empty(len(poses)), np.empty(len(poses), int)
    for start in progress(range(0, len(poses), _AT_ONCE), "comparing with known poses", unit="block"):
        rows = slice(start, start + _AT_ONCE)
        table = np.nan_to_num(shape_distances(poses[rows], others, mirror), nan=np.inf)
        least[rows], found[rows] = table.min(axis=1), table.argmin(axis=1)
    comparable = np.isfinite(least)
    return np.where(comparable, least, np.nan), np.where(comparable, found, -1)
