"""The rotation, translation and scale that bring one set of points closest to another."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Similarity:
    """``target = scale * rotation @ source + translation``.

    Parameters
    ----------
    rotation : (..., D, D), determinant 1
    translation : (..., D), unit of the target
    scale : (...), 1 for a rigid motion
    """

    rotation: np.ndarray
    translation: np.ndarray
    scale: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Moves points (..., N, D); leading axes are those of the similarity or broadcast against them."""
        scale = np.asarray(self.scale)[..., None, None]
        turned = np.einsum("...ij,...nj->...ni", self.rotation, np.asarray(points, np.float64))
        return scale * turned + self.translation[..., None, :]


def procrustes(source: np.ndarray, target: np.ndarray, *, scale: bool, weights: np.ndarray | None = None) -> Similarity:
    """Least-squares alignment of ``source`` onto ``target``; reflections are excluded.

    Kabsch (1976) without scale, Umeyama (IEEE PAMI 13(4), 1991, eq. 40-43) with it; weighted, and
    for many pairs at once.

    Parameters
    ----------
    source, target : (..., N, D), D = 2 or 3
        Corresponding points; leading axes are independent problems and broadcast.  A point that is
        NaN in either has no say.
    scale : bool
        Estimate a scale, too.
    weights : (..., N), optional
        Non-negative; default 1.

    Returns
    -------
    similarity : Similarity
        All NaN where fewer than D points take part, or (with scale) the source is a single place.
    """
    source, target = np.broadcast_arrays(np.asarray(source, np.float64), np.asarray(target, np.float64))
    if source.ndim < 2 or source.shape[-1] not in (2, 3):
        raise ValueError(
            f"source must have shape (..., N, D) with D = 2 or 3, got {source.shape}; name the points' axis"
        )
    dimensions = source.shape[-1]
    there = np.isfinite(source).all(-1) & np.isfinite(target).all(-1)  # (..., N)
    w = there.astype(np.float64) if weights is None else np.where(there, weights, 0.0)
    total = w.sum(-1)
    usable = ((w > 0).sum(-1) >= dimensions) & (total > 0)
    w = w / np.where(usable, total, 1.0)[..., None]

    source, target = np.where(there[..., None], source, 0.0), np.where(there[..., None], target, 0.0)
    source_mean = np.einsum("...n,...nd->...d", w, source)
    target_mean = np.einsum("...n,...nd->...d", w, target)
    a, b = source - source_mean[..., None, :], target - target_mean[..., None, :]
    covariance = np.einsum("...n,...ni,...nj->...ij", w, b, a)  # (..., D, D)
    u, singular, vt = np.linalg.svd(covariance)
    signs = np.ones_like(singular)
    signs[..., -1] = np.where(np.linalg.det(u) * np.linalg.det(vt) < 0, -1.0, 1.0)
    rotation = np.einsum("...ij,...j,...jk->...ik", u, signs, vt)
    factor = np.ones_like(total)
    if scale:
        variance = np.einsum("...n,...nd,...nd->...", w, a, a)
        usable &= variance > 0
        factor = (singular * signs).sum(-1) / np.where(variance > 0, variance, 1.0)
    translation = target_mean - factor[..., None] * np.einsum("...ij,...j->...i", rotation, source_mean)

    rotation = np.where(usable[..., None, None], rotation, np.nan)
    translation = np.where(usable[..., None], translation, np.nan)
    return Similarity(rotation, translation, np.where(usable, factor, np.nan))
