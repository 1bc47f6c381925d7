"""How well 2D detectors do on people: PCK with its uncertainty."""

from collections.abc import Sequence

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


def pck_interval(right: np.ndarray, groups: Sequence[str] | None = None) -> tuple[float, float]:
    """95 % bootstrap interval of :func:`mean_pck` over people.

    Parameters
    ----------
    right : (P, K)
        As of :func:`right_joints`.
    groups : P names, optional
        Who belongs together, as the frames of one performance do: then groups are drawn, not people.
    """
    _, group = np.unique(range(len(right)) if groups is None else groups, return_inverse=True)
    counts = np.zeros((group.max() + 1, 2, right.shape[1]))  # right joints, and labelled ones
    np.add.at(counts, group, np.stack([np.nan_to_num(right), np.isfinite(right)], axis=1))
    return bootstrap_interval(counts, _pck_of_counts)


def _pck_of_counts(counts: np.ndarray) -> float:
    """:func:`mean_pck` of the groups whose counts (G, 2, K) these are."""
    found, labelled = counts.sum(axis=0)
    return float(np.mean(found[labelled > 0] / labelled[labelled > 0])) if labelled.any() else float("nan")
