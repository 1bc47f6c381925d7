"""The threshold that separates two groups best, for many candidates at once."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Cuts:
    """The best cut of each of C candidates.

    Parameters
    ----------
    threshold : float (C,)
        NaN where a candidate has no two different values.
    accuracy : float (C,) in [0, 1]
        Balanced: mean of the shares of positives above and of negatives below.
    """

    threshold: np.ndarray
    accuracy: np.ndarray


def best_cuts(values: np.ndarray, truth: np.ndarray) -> Cuts:
    """Cuts every column where ``value > threshold`` tells positives best.

    Parameters
    ----------
    values : (n, C)
        NaN is unknown and counts for nothing.
    truth : (n,) bool

    Notes
    -----
    The threshold is the middle between two neighbouring values; of cuts that are equally good, the one in the
    widest gap.
    """
    order = np.argsort(values, axis=0)  # NaN last
    ranked = np.take_along_axis(values, order, axis=0)
    positive = truth[order] & np.isfinite(ranked)
    negative = ~truth[order] & np.isfinite(ranked)
    with np.errstate(invalid="ignore", divide="ignore"):
        above = 1 - np.cumsum(positive, axis=0) / positive.sum(axis=0)  # positives above the cut after each rank
        below = np.cumsum(negative, axis=0) / negative.sum(axis=0)
        accuracy = ((above + below) / 2)[:-1]
        gaps = np.diff(ranked, axis=0)  # (n - 1, C), NaN beyond the known
        accuracy = np.where(gaps > 0, accuracy, -1.0)
        best = accuracy >= accuracy.max(axis=0, initial=-1.0) - 1e-12
        rank = np.argmax(np.where(best & (gaps > 0), gaps, -1.0), axis=0)
    columns = np.arange(values.shape[1])
    found = accuracy[rank, columns]
    threshold = (ranked[rank, columns] + ranked[rank + 1, columns]) / 2
    usable = np.isfinite(found) & (found >= 0)
    return Cuts(np.where(usable, threshold, np.nan), np.where(usable, found, 0.0))
