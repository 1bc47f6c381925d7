"""Softmax regression of the exercise on windows of motion."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from fitlab.analysis.naming import Namer
from fitlab.evaluation.exercise_names.examples import NONE, Example

_PENALTY = 10.0
_ROUNDS = 300


def learn(examples: Sequence[Example]) -> Namer:
    """What names the examples' exercises, every window of every example counting alike."""
    names = tuple(sorted({example.name for example in examples} - {NONE}))
    columns = np.concatenate([example.columns for example in examples])
    known = {name: number for number, name in enumerate((*names, NONE))}
    truth = np.concatenate([np.full(len(example.columns), known[example.name]) for example in examples])
    centre, spread = columns.mean(axis=0), np.maximum(columns.std(axis=0), 1e-6)
    blank = Namer(names, centre, spread, np.zeros((columns.shape[1] + 1, len(known))))
    return replace(blank, weights=fit_softmax(blank.scores(columns), truth, len(known), _PENALTY))


def fit_softmax(columns: np.ndarray, truth: np.ndarray, classes: int, penalty: float) -> np.ndarray:
    """Weights (F + 1, C) of a small log loss of ``truth`` (n,) in [0, C) with a ridge penalty.

    L-BFGS, 300 steps: where many columns say the same, the last digits of the loss are not worth the rest.

    The last row holds offsets, which are not penalised; half of ``penalty`` times the squared length of the rest is
    added to the sum of the losses.
    """
    rows, wanted = np.column_stack([columns, np.ones(len(columns))]), np.eye(classes)[truth]
    held = np.append(np.full(columns.shape[1], penalty), 0.0)[:, None]  # (F + 1, 1)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(-1, classes)
        logs = log_softmax(rows @ weights, axis=1)
        slope = rows.T @ (np.exp(logs) - wanted) + held * weights
        return float(-(logs * wanted).sum() + (held * weights**2).sum() / 2), slope.ravel()

    start = np.zeros(rows.shape[1] * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS})
    return np.asarray(found.x).reshape(-1, classes)
