"""How well 2D detectors do on people: PCK with its uncertainty."""

import numpy as np

from fitlab.metrics import bootstrap_interval
from fitlab.training.people import torso_lengths

THRESHOLD = 0.2
"""A joint is right within this share of the torso."""


def right_joints(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Which joints are where they are labelled.

    Parameters
    ----------
    found, true : (P, K, 2) pixels
        COCO17; NaN in ``true``: not labelled.

    Returns
    -------
    right : float (P, K)
        1 within :data:`THRESHOLD` of the torso, 0 else, NaN where not labelled or the torso is not.
    """
    torso = torso_lengths(true)[:, None]
    error = np.linalg.norm(found - true, axis=-1)
    counted = np.isfinite(true).all(-1) & np.isfinite(torso)
    with np.errstate(invalid="ignore"):
        return np.where(counted, (error <= THRESHOLD * torso).astype(float), np.nan)


def joint_pck(right: np.ndarray) -> np.ndarray:
    """PCK of every joint (K,) in [0, 1]; NaN where it is nowhere labelled."""
    counts = np.isfinite(right).sum(axis=0)
    return np.where(counts > 0, np.nansum(right, axis=0) / np.maximum(counts, 1), np.nan)


def mean_pck(right: np.ndarray) -> float:
    """PCK, mean over the joints that are labelled anywhere; NaN for nobody."""
    joints = joint_pck(right)
    return float(np.nanmean(joints)) if np.isfinite(joints).any() else float("nan")


def pck_interval(right: np.ndarray) -> tuple[float, float]:
    """95 % bootstrap interval of :func:`mean_pck` over people."""
    return bootstrap_interval(right, mean_pck)
