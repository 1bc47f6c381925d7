"""How sure one must be of a mistake to say so, rule by rule.

One probability for all rules asks too much where a mistake shows clearly and too little where right repetitions look
like it: heels that leave the floor, of a person whose heels no joint shows.  So the levels are chosen together: those
at which most is found (mean F1) while few right repetitions are called wrong.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fitlab.evaluation.lifted_measures.recognising import FOLDS, folds
from fitlab.evaluation.lifted_measures.takes import Seen, observed

ALARMS = 0.03
"""False answers that a right repetition may get, over all rules of its exercise, mean of the exercises."""
LEVELS = np.arange(0.55, 0.985, 0.01)
"""Among which each rule's is chosen."""
_PRICES = np.geomspace(1e-3, 1e3, 241)  # of false answers, in F1


class Judged(NamedTuple):
    """Repetitions of an exercise by what was learned from other people.

    Parameters
    ----------
    strengths, likely : (n, R)
        Of the mistakes, 0 if not made; and the probability of each.
    fold : (n,)
    """

    strengths: np.ndarray
    likely: np.ndarray
    fold: np.ndarray


def judged(seen: Sequence[Seen], likely: np.ndarray) -> Judged:
    """Those with errors as the default detector makes them, which is what levels are for."""
    own = np.array([observed(one.camera) for one in seen])
    return Judged(np.array([one.strengths for one in seen])[own], likely[own], folds(seen)[own])


def levels(exercises: Mapping[str, Judged], *, without: int | None = None) -> dict[str, np.ndarray]:
    """The probability (R,) from which on each mistake of every exercise is said to be made.

    By a Lagrange multiplier, the price of a false answer: the least at which there are no more than :data:`ALARMS`.
    Repetitions with a mistake at a strength below a half count neither way; nor do those of the fold ``without``.
    """
    curves = {name: _curves(own.strengths[kept], own.likely[kept]) for name, own in exercises.items()
              for kept in (own.fold != without,)}  # fmt: skip
    rules = sum(len(found) for found, _ in curves.values())
    for price in _PRICES:
        chosen = {
            name: (found / rules - price * false / len(curves)).argmax(axis=1)
            for name, (found, false) in curves.items()
        }
        alarms = sum(false[np.arange(len(false)), chosen[name]].sum() for name, (_, false) in curves.items())
        if alarms <= ALARMS * len(curves):
            break
    return {name: LEVELS[own] for name, own in chosen.items()}


def levels_by_others(exercises: Mapping[str, Judged]) -> dict[str, np.ndarray]:
    """The levels (FOLDS, R) for each fold, as chosen on the others."""
    found = [levels(exercises, without=held) for held in range(FOLDS)]
    return {name: np.stack([own[name] for own in found]) for name in exercises}


def _curves(strengths: np.ndarray, likely: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F1, and the share of right repetitions that are called wrong, (R, L) at each of the levels."""
    clear = ~((strengths > 0) & (strengths < 0.5)).any(axis=1)
    made, said = strengths[clear] > 0, likely[clear][..., None] >= LEVELS  # (n, R), (n, R, L)
    hits = (said & made[..., None]).sum(axis=0)
    f1 = 2 * hits / np.maximum(said.sum(axis=0) + made.sum(axis=0)[:, None], 1)
    return f1, said[~made.any(axis=1)].mean(axis=0)
