"""What lifting does to the measure of every rule."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from fitlab.analysis.lifted import ONE_SIDED_95
from fitlab.analysis.lifting_errors import Errors, MeasureError, described, fit_error
from fitlab.evaluation.lifted_measures.takes import CAMERAS, Seen
from fitlab.exercises import Exercise, Mistake, find_exercise

_LEAST_MADE = CAMERAS  # examples of a mistake without which nothing is known of it: a repetition, seen by all
_MOST = 5.0


class Example(NamedTuple):
    """One rule in one repetition: its measure as lifted and as it was, seen from ``azimuth`` degrees off the front."""

    exercise: str
    mistake: str
    lifted: float
    true: float
    azimuth: float


def examples(seen: Iterable[Seen]) -> pd.DataFrame:
    """A row for every rule and repetition in which its measure is known, with the fields of :class:`Example`."""
    rows = [
        Example(one.exercise, rule.name, *values)
        for one in seen
        for rule, *values in zip(known_exercise(one.exercise).mistakes, one.lifted, one.true, one.azimuths, strict=True)
        if np.isfinite(values).all()
    ]
    return pd.DataFrame(rows, columns=Example._fields)


def errors_of(examples: pd.DataFrame) -> Errors:
    """The fit for every rule whose mistake was made often enough; mistakes count as :func:`balance` says."""
    errors: dict[str, dict[str, MeasureError]] = {}
    for (exercise, mistake), own in examples.groupby(["exercise", "mistake"], sort=True):
        lifted, true, azimuth = (own[name].to_numpy() for name in ("lifted", "true", "azimuth"))
        rule = _rule(str(exercise), str(mistake))
        if min(beyond(true, rule).sum(), (~beyond(true, rule)).sum()) >= _LEAST_MADE:
            fit = fit_error(lifted, true, azimuth, balance(true, rule))
            fit = replace(fit, rule=described(rule, known_exercise(str(exercise)).measures[rule.measure]))
            errors.setdefault(str(exercise), {})[str(mistake)] = fit
    return errors


def balance(true: np.ndarray, rule: Mistake) -> np.ndarray:
    """Weights (N,) of mean 1 under which the examples beyond the rule's threshold count as much as the others together.

    Most repetitions are right; unbalanced, a view that shows nothing would not say *cannot tell* but *no*.  No example
    counts more than :data:`_MOST` times its share before the mean is brought back to 1, so that a few stay few.
    """
    made = beyond(true, rule)
    if made.all() or not made.any():
        return np.ones(len(true))
    weights = np.where(made, 0.5 / made.mean(), 0.5 / (1 - made.mean())).clip(1 / _MOST, _MOST)
    return weights / weights.mean()


@cache  # asked for every repetition, and read from a file
def known_exercise(name: str) -> Exercise:
    """The exercise of this name, which the studio performs."""
    exercise = find_exercise(name)
    assert exercise is not None  # the studio performs none without a file
    return exercise


def beyond(true: np.ndarray, rule: Mistake) -> np.ndarray:
    """(N,) bool: which measures are beyond the rule's threshold."""
    return true > rule.threshold if rule.direction == "above" else true < rule.threshold


def _rule(exercise: str, mistake: str) -> Mistake:
    return next(rule for rule in known_exercise(exercise).mistakes if rule.name == mistake)


def table(examples: pd.DataFrame, errors: Errors) -> str:
    """A row for every rule, as Markdown: correlation, and by view the slope and the 95 % bound of the error."""
    views = ("front", "oblique", "side", "oblique, behind", "behind")
    lines = [
        f"| exercise | mistake | examples | correlation | margin | {' | '.join(views)} |",
        "|---" * (5 + len(views)) + "|",
    ]
    for name, rules in errors.items():
        for rule, error in rules.items():
            own = examples[(examples.exercise == name) & (examples.mistake == rule)]
            correlation = np.corrcoef(own.lifted, own.true)[0, 1] if own.true.std() > 1e-6 else np.nan
            cells = [f"{s:.2f}, {ONE_SIDED_95 * d:.1f}" for s, d in zip(error.slope, error.deviation, strict=True)]
            row = [name, rule, str(len(own)), f"{correlation:.2f}", f"{_rule(name, rule).margin:g}", *cells]
            lines.append(f"| {' | '.join(row)} |")
    return "\n".join([*lines, ""])
