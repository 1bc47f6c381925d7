"""Isometric holds (plank, handstand ...): how long the position was held, and where it broke.

A hold is the turn of an excursion: out of rest into the position and back.  It breaks where a rule of the
exercise that looks at this phase is broken for half a second: hips that sag end a plank test, not the
person who lies down afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.analysis.measures import Curve
from fitlab.analysis.repetitions import smooth_drive
from fitlab.analysis.results import Phase
from fitlab.exercises import Exercise, Mistake
from fitlab.signals import runs

_BREAK_SECONDS = 0.5


@dataclass(frozen=True)
class Break:
    """A stretch [start, stop) of frames of a hold in which the rule ``mistake`` is broken."""

    mistake: str
    start: int
    stop: int


@dataclass(frozen=True)
class Hold:
    """One hold.

    Parameters
    ----------
    repetition : int
        Index of the repetition whose turn it is.
    start, stop : int, frames
        In the position.
    duration_s, clean_s : float, seconds
        In the position; and of these before the first break.
    breaks : in order of time
    """

    repetition: int
    start: int
    stop: int
    duration_s: float
    clean_s: float
    breaks: tuple[Break, ...]


def find_holds(
    exercise: Exercise, curves: Mapping[str, Curve], phases: Sequence[Phase], fps: float
) -> tuple[Hold, ...]:
    """The holds of a clip, from its measures and phases (see :func:`fitlab.analysis.segmentation.segment`)."""
    turn = exercise.phase_with_role("turn")
    rules = [rule for rule in exercise.mistakes if rule.phase == turn]
    broken = {rule.name: _broken(rule, curves[rule.measure], fps) for rule in rules}
    holds = []
    for phase in phases:
        if phase.role != "turn" or phase.repetition is None:
            continue
        breaks = [
            Break(name, phase.start + a, phase.start + b)
            for name, mask in broken.items()
            for a, b in runs(mask[phase.start : phase.stop])
            if b - a >= _BREAK_SECONDS * fps
        ]
        breaks.sort(key=lambda stretch: (stretch.start, stretch.mistake))
        clean = (breaks[0].start if breaks else phase.stop) - phase.start
        seconds = (phase.stop - phase.start) / fps
        holds.append(Hold(phase.repetition, phase.start, phase.stop, seconds, clean / fps, tuple(breaks)))
    return tuple(holds)


def _broken(rule: Mistake, curve: Curve, fps: float) -> np.ndarray:
    """(T,) bool: the smoothed measure is beyond the rule's threshold by more than its margin; False where unknown."""
    sign = 1 if rule.direction == "above" else -1
    values = sign * np.reshape(curve.values, (len(curve.values), -1))  # (T, 1 or 2), large is wrong
    unknown = np.isnan(values).all(axis=1)
    values = np.where(np.isnan(values).all(axis=0), np.nan, smooth_drive(values, fps))
    values[unknown] = -np.inf
    if rule.sides == "worst":
        combined = np.nanmax(values, axis=1)
    elif rule.sides == "best":
        combined = np.nanmin(values, axis=1)
    else:
        combined = np.nanmean(values, axis=1)
    return combined > sign * rule.threshold + rule.margin
