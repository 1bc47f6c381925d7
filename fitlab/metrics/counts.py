"""Repetition counts against the truth, and intervals around any mean."""

from collections.abc import Callable

import numpy as np


def count_mae(predicted: np.ndarray, true: np.ndarray) -> float:
    """Mean of |predicted - true| / true over videos (Hu et al., TransRAC, CVPR 2022, eq. 5).

    Parameters
    ----------
    predicted, true : (N,) counts, true > 0
    """
    predicted, true = _counts(predicted, true)
    if (true <= 0).any():
        raise ValueError(f"true counts must be positive, got {true.min():g}; leave out videos without repetitions")
    return float((np.abs(predicted - true) / true).mean())


def count_obo(predicted: np.ndarray, true: np.ndarray) -> float:
    """Off-by-one accuracy: share of videos (N,) with |predicted - true| <= 1 (TransRAC, eq. 6)."""
    predicted, true = _counts(predicted, true)
    return float((np.abs(predicted - true) <= 1).mean())


def bootstrap_interval(
    values: np.ndarray,
    statistic: Callable[[np.ndarray], float] = np.mean,
    *,
    level: float = 0.95,
    samples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13).

    Parameters
    ----------
    values : (N, ...)
        Independent observations along axis 0: videos or people, not frames of one video.
    statistic : function of an array like ``values``
    level : float in (0, 1)
    samples : int
    seed : int

    Returns
    -------
    low, high : float
    """
    values = np.asarray(values)
    if len(values) == 0:
        raise ValueError("values must hold at least one observation, got none")
    draw = np.random.default_rng(seed)
    drawn = [statistic(values[draw.integers(0, len(values), len(values))]) for _ in range(samples)]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _counts(predicted: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    predicted, true = np.asarray(predicted, np.float64), np.asarray(true, np.float64)
    if predicted.shape != true.shape or predicted.ndim != 1 or len(true) == 0:
        raise ValueError(
            f"predicted and true must be equally long lists of counts, got {predicted.shape} and {true.shape}"
        )
    return predicted, true
