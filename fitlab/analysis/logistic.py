"""Logistic regression, also with more columns than rows, and what makes a probability of a score."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

_ROUNDS, _CLOSE = 50, 1e-7
NEARLY_CONSTANT = 1e-3
"""Columns that spread by less than this share of the widest one say nothing: they are not blown up."""


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear score of F columns: ``(columns - centre) / spread @ weights + offset``.

    Parameters
    ----------
    centre, spread, weights : float (F,)
    offset : float
    """

    centre: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    offset: float

    def parts(self, columns: np.ndarray) -> np.ndarray:
        """What every column adds to the score, (n, F), for ``columns`` (n, F)."""
        return (columns - self.centre) / self.spread * self.weights

    def __call__(self, columns: np.ndarray) -> np.ndarray:
        """The score (n,) in logits."""
        return self.parts(columns).sum(axis=1) + self.offset


def fit_linear(columns: np.ndarray, truth: np.ndarray, penalties: tuple[float, ...]) -> list[Linear]:
    """Logistic regression with a ridge penalty, one for each of ``penalties``.

    Parameters
    ----------
    columns : (n, F)
        Standardised inside.
    truth : (n,) bool
    penalties : positive
        Half of it times the squared length of the weights is added to the negative log likelihood.
    """
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.maximum(spread, max(NEARLY_CONSTANT * spread.max(), 1e-12))
    fits = fit_weights((columns - centre) / spread, truth, penalties)
    return [Linear(centre, spread, weights, offset) for weights, offset in fits]


def fit_weights(columns: np.ndarray, truth: np.ndarray, penalties: tuple[float, ...]) -> list[tuple[np.ndarray, float]]:
    """Weights (F,) and offset of :func:`fit_linear` for columns (n, F) that are taken as large as they are.

    Notes
    -----
    Newton's method (iteratively reweighted least squares).  Where there are more columns than rows it works in the row
    space of the columns, which holds the solution (representer theorem): n unknowns however large F is.  The offset is
    not penalised.
    """
    centre = columns.mean(axis=0)
    centred = columns - centre
    back = _span(centred) if len(columns) < columns.shape[1] else None
    rows = centred if back is None else centred @ back
    found = []
    for penalty in penalties:
        scores, offset = _newton(rows, truth.astype(float), penalty)
        weights = scores if back is None else back @ scores
        found.append((weights, offset - float(centre @ weights)))
    return found


def _span(centred: np.ndarray) -> np.ndarray:
    """Orthonormal directions (F, k) in which rows (n, F) of mean zero differ; for fewer rows than columns."""
    squares, vectors = np.linalg.eigh(centred @ centred.T)
    kept = squares > 1e-9 * squares[-1]
    return centred.T @ (vectors[:, kept] / np.sqrt(squares[kept]))


def fit_platt(scores: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Slope and offset with which ``expit(slope * score + offset)`` is a calibrated probability (Platt 1999).

    The targets are Platt's, (N+ + 1) / (N+ + 2) and 1 / (N- + 2) instead of 1 and 0, so that scores that separate
    perfectly do not become certainties.  A slope below zero (scores worse than chance) is replaced by zero.

    Parameters
    ----------
    scores : (n,), from models that have not seen the row
    truth : (n,) bool
    """
    positives, negatives = truth.sum(), (~truth).sum()
    targets = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    spread = float(scores.std()) or 1.0
    weights, offset = _newton(scores[:, None] / spread, targets, 1e-6)
    if weights[0] < 0:
        return 0.0, float(np.log((positives + 1) / (negatives + 1)))
    return float(weights[0]) / spread, offset


def log_loss(logits: np.ndarray, truth: np.ndarray) -> float:
    """Mean negative log likelihood of ``truth`` (n,) under ``logits`` (n,)."""
    return float(np.mean(np.logaddexp(0, np.where(truth, -logits, logits))))


def _newton(rows: np.ndarray, targets: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    """Weights (r,) and offset that minimise the penalised log loss of ``targets`` (n,) in [0, 1]."""
    rows = np.column_stack([rows, np.ones(len(rows))])
    ridge = np.full(rows.shape[1], penalty)
    ridge[-1] = 1e-9  # only to keep the system regular
    weights = np.zeros(rows.shape[1])
    loss = _loss(rows, targets, ridge, weights)
    for _ in range(_ROUNDS):
        probability = expit(rows @ weights)
        slope = rows.T @ (probability - targets) + ridge * weights
        curvature = (rows * (probability * (1 - probability))[:, None]).T @ rows + np.diag(ridge)
        step = np.linalg.solve(curvature, slope)
        share = 1.0
        while share > 1e-4 and _loss(rows, targets, ridge, weights - share * step) > loss + 1e-12:
            share /= 2
        weights = weights - share * step
        loss = _loss(rows, targets, ridge, weights)
        if np.abs(share * step).max() < _CLOSE:
            break
    return weights[:-1], float(weights[-1])


def _loss(rows: np.ndarray, targets: np.ndarray, ridge: np.ndarray, weights: np.ndarray) -> float:
    logits = rows @ weights
    return float((np.logaddexp(0, logits) - targets * logits).sum() + (ridge * weights**2).sum() / 2)
