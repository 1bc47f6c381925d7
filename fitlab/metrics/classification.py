"""Yes-or-no predictions against the truth: how scores rank, answers hold and probabilities tell the truth."""

import numpy as np
from scipy.stats import rankdata


def roc_auc(scores: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve: probability that a positive outscores a negative, ties counting half.

    Parameters
    ----------
    scores : (N,), larger for positives
    truth : (N,) bool

    Raises ValueError unless both classes are there.
    """
    scores, truth = np.asarray(scores, float), _both_classes(truth)
    positives, negatives = truth.sum(), (~truth).sum()
    # Mann-Whitney: the ranks of the positives tell how many negatives lie below each.
    return float((rankdata(scores)[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def balanced_accuracy(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean of the shares of positives and of negatives (N,) that are recognised."""
    predicted, truth = np.asarray(predicted, bool), _both_classes(truth)
    return float((predicted[truth].mean() + (~predicted[~truth]).mean()) / 2)


def precision_recall(predicted: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Share of the positive answers (N,) that are right, and of the positives that are found; NaN where none."""
    predicted, truth = np.asarray(predicted, bool), np.asarray(truth, bool)
    hits = float((predicted & truth).sum())
    return _ratio(hits, predicted.sum()), _ratio(hits, truth.sum())


def f1_score(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN); NaN if nothing is or was called positive."""
    predicted, truth = np.asarray(predicted, bool), np.asarray(truth, bool)
    return _ratio(2.0 * (predicted & truth).sum(), float(predicted.sum()) + truth.sum())


def calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error of the probability of the positive class.

    Parameters
    ----------
    probabilities : (N,) in [0, 1]
    truth : (N,) bool
    bins : int
        Of equal width.

    Returns the mean over bins of |mean probability - share of positives|, weighted by how many fall into
    each (Naeini et al. 2015, AAAI).
    """
    probabilities, truth = np.asarray(probabilities, float), np.asarray(truth, bool)
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    counts = np.bincount(which, minlength=bins)
    gaps = np.bincount(which, probabilities - truth, minlength=bins)  # count x (mean probability - share)
    return float(np.abs(gaps).sum() / counts.sum())


def _both_classes(truth: np.ndarray) -> np.ndarray:
    truth = np.asarray(truth, bool)
    if truth.all() or not truth.any():
        raise ValueError(f"truth must hold positives and negatives, got {truth.sum()} of {len(truth)} positive")
    return truth


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
