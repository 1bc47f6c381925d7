"""Signs that a detector errs, computed from what it says alone: pure functions over many frames."""

from collections.abc import Mapping

import numpy as np
from scipy.stats import rankdata

from fitlab.detectors.person import SEEN


def disagreement(
    one: np.ndarray, other: np.ndarray, sure: np.ndarray, also_sure: np.ndarray, size: np.ndarray
) -> np.ndarray:
    """How far two looks at the same people put the joints apart.

    Parameters
    ----------
    one, other : (N, K, 2) pixels
    sure, also_sure : (N, K)
        Confidence of either; joints that neither sees (:data:`fitlab.detectors.person.SEEN`) do not count.
    size : (N,) pixels
        The longer side of the crop.

    Returns
    -------
    apart : (N,)
        Mean over the joints, as a share of ``size``; NaN where no joint is seen.
    """
    seen = np.maximum(sure, also_sure) > SEEN
    away = np.linalg.norm(one - other, axis=-1)  # (N, K)
    with np.errstate(invalid="ignore"):
        mean: np.ndarray = np.where(seen, away, 0).sum(axis=1) / np.where(seen.any(axis=1), seen.sum(axis=1), np.nan)
    return mean / size


def surest(confidence: np.ndarray) -> np.ndarray:
    """(N,) int: which of V looks, (N, V, K), has the highest mean confidence; the first one among equals."""
    best: np.ndarray = confidence.mean(axis=2).argmax(axis=1)
    return best


def off_path(positions: np.ndarray, frames: np.ndarray, step: int) -> np.ndarray:
    """Distance of joints from the path through the frames ``step`` and ``2 step`` before and after.

    The path is the cubic through the four neighbours (Lagrange), so motion of constant jerk scores 0.

    Parameters
    ----------
    positions : (T, K, 2) pixels, NaN where missing
    frames : (N,) int
        The frames that are asked about.
    step : int
        Frames between neighbours.

    Returns
    -------
    distances : (N, K) pixels
        NaN where a neighbour is missing or outside of the clip.
    """
    expected = np.zeros((len(frames), *positions.shape[1:]))
    for offset, weight in ((-2, -1 / 6), (-1, 2 / 3), (1, 2 / 3), (2, -1 / 6)):
        at = frames + offset * step
        inside = (at >= 0) & (at < len(positions))
        neighbour = np.where(inside[:, None, None], positions[np.clip(at, 0, len(positions) - 1)], np.nan)
        expected += weight * neighbour
    return np.linalg.norm(positions[frames] - expected, axis=-1)


def ranks(values: np.ndarray) -> np.ndarray:
    """(N,) in [0, 1]: the share of the other frames with a lower value, ties shared; NaN stays NaN."""
    known = np.isfinite(values)
    found = np.full(len(values), np.nan)
    if known.sum() > 1:
        found[known] = (rankdata(values[known]) - 1) / (known.sum() - 1)
    elif known.any():
        found[known] = 0.5
    return found


def borda(signals: Mapping[str, np.ndarray]) -> np.ndarray:
    """(N,) in [0, 1]: the mean rank over the signals that a frame has (Borda count); 0 for one that has none.

    Ranks need neither weights nor a common unit.
    """
    table = np.stack([ranks(values) for values in signals.values()])
    count = np.isfinite(table).sum(axis=0)
    total: np.ndarray = np.nansum(table, axis=0) / np.maximum(count, 1)
    return total
