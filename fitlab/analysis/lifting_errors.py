"""What lifting does to a measure, by the direction from which the person was seen.

A lifter draws poses to the mean, and what one camera cannot see it guesses.  For every rule the errors are learned once
from motion that is known exactly (:mod:`fitlab.evaluation.lifted_measures`).  With them a lifted value is brought back
to what it probably was if mistakes are as likely as not, and it is known how far off that may be: a rule that the view
leaves open answers *cannot tell*.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from fitlab.errors import InputError
from fitlab.exercises import Measure, Mistake
from fitlab.files import write_text

AZIMUTHS = (0.0, 45.0, 90.0, 135.0, 180.0)
"""Degrees between where the person faces and where the camera is: front, side, behind.  Left and right are alike."""

_WIDTH = 45.0  # degrees; between two azimuths both count by nearness
_SLOPE_DEVIATION = 0.5  # of the slope about 1 before anything is known
_BORROWED = 2.0  # examples' worth of the error over all views that every azimuth starts with
_LEAST = 4.0  # examples below which an azimuth takes what holds over all views

Values = TypeVar("Values", float, np.ndarray)


@dataclass(frozen=True)
class MeasureError:
    """The linear fit ``true = intercept + slope * lifted``, and what it leaves open, at every one of :data:`AZIMUTHS`.

    Parameters
    ----------
    slope, intercept, deviation : 5 floats each
        ``deviation`` is the standard deviation of the truth about the fit; ``intercept`` and it are in the measure's
        unit.
    rule : str
        What was measured, see :func:`described`: of another rule of the same name the error says nothing.

    Raises
    ------
    ValueError
        If there are not five finite numbers each, or a deviation is negative.
    """

    slope: Sequence[float]
    intercept: Sequence[float]
    deviation: Sequence[float]
    rule: str = ""

    def __post_init__(self) -> None:
        values = np.array([self.slope, self.intercept, self.deviation], float)
        if values.shape != (3, len(AZIMUTHS)) or not np.isfinite(values).all() or (values[2] < 0).any():
            raise ValueError(f"slope, intercept and deviation must be {len(AZIMUTHS)} finite numbers each")

    def corrected(self, lifted: Values, azimuth_deg: float) -> tuple[Values, float]:
        """What ``lifted`` probably was, and the standard deviation of that, seen from ``azimuth_deg`` in [0, 180]."""
        slope, intercept, deviation = (
            float(np.interp(azimuth_deg, AZIMUTHS, values)) for values in (self.slope, self.intercept, self.deviation)
        )
        return intercept + slope * lifted, deviation


def described(rule: Mistake, measure: Measure) -> str:
    """All that a rule's value depends on, in one line; the threshold is not part of it."""
    return f"{measure.kind} of {', '.join(measure.joints)}; {rule.phase}; {rule.direction}; {rule.sides}"


Errors = Mapping[str, Mapping[str, MeasureError]]
"""Exercise -> mistake -> error of the measure that its rule looks at."""


def fit_error(
    lifted: np.ndarray, true: np.ndarray, azimuth_deg: np.ndarray, weights: np.ndarray | None = None
) -> MeasureError:
    """The error of a measure from (N,) examples: Bayesian linear regression at every azimuth, nearer views count more.

    ``weights`` (N,) say how much each example counts besides; default: 1.

    The slope is expected to be 1 (a Gaussian prior about it: Bishop, Pattern Recognition and Machine Learning, 2006,
    eq. 3.50), so that few examples change little; the error left at an azimuth starts from that over all views.  It is
    that of values like the examples': far from their middle it is larger.
    """
    weights = np.ones(len(lifted)) if weights is None else weights
    everywhere = _regression(lifted, true, weights, None)
    fits = []
    for azimuth in AZIMUTHS:
        near = weights * np.clip(1 - np.abs(azimuth_deg - azimuth) / _WIDTH, 0, None)
        few = near.sum() < _LEAST
        fits.append(everywhere if few else _regression(lifted, true, near, everywhere[2]))
    slope, intercept, deviation = np.round(np.transpose(fits), 4).tolist()
    return MeasureError(slope, intercept, deviation)


def _regression(
    lifted: np.ndarray, true: np.ndarray, weights: np.ndarray, usual: float | None
) -> tuple[float, float, float]:
    """Slope, intercept and deviation; ``usual`` is the deviation over all views."""
    total = weights.sum()
    x, y = lifted - weights @ lifted / total, true - weights @ true / total
    spread, together = max(weights @ x**2, 1e-12), weights @ (x * y)
    noise = weights @ (y - together / spread * x) ** 2 / max(total - 2, 1)
    prior = noise / _SLOPE_DEVIATION**2
    slope = (together + prior) / (spread + prior)
    left = weights @ (y - slope * x) ** 2
    variance = left / total if usual is None else (left + _BORROWED * usual**2) / (total + _BORROWED)
    intercept = (weights @ true - slope * (weights @ lifted)) / total
    return slope, intercept, float(np.sqrt(variance * (1 + 1 / total)))


def write_errors(errors: Errors, path: str | Path) -> None:
    """Writes them as JSON, a line for every rule."""
    rows = [
        f' "{name}": {{\n'
        + ",\n".join(f'  "{rule}": {json.dumps(asdict(error))}' for rule, error in rules.items())
        + "}"
        for name, rules in errors.items()
    ]
    write_text(Path(path), "{\n" + ",\n".join(rows) + "\n}\n")


def read_errors(path: str | Path) -> Errors:
    """What :func:`write_errors` wrote; raises InputError for any other file."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        return {name: {rule: MeasureError(**fit) for rule, fit in rules.items()} for name, rules in content.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"errors of measures must be a file of fitlab.evaluation.lifted_measures, got {str(path)!r}: {error}; "
            "make it again"
        ) from error
