"""Isometric holds (plank, handstand ...): how long the position was held, and where it broke.

A hold is the turn of an excursion: out of rest into the position and back.  It breaks where a rule of the
exercise that looks at this phase is broken for half a second: hips that sag end a plank test, not the
person who lies down afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.analysis.lifted import Lifted
from fitlab.analysis.measures import Curve
from fitlab.analysis.repetitions import smooth_drive
from fitlab.analysis.results import Phase
from fitlab.exercises import Exercise, Mistake
from fitlab.signals import runs

_BREAK_SECONDS = 0.5
_HOLDS_ON_SECONDS = 1.0
_LEAST_SECONDS = 3.0  # a shorter turn is a pause of a repetition


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
    exercise: Exercise,
    curves: Mapping[str, Curve],
    drive: np.ndarray,
    phases: Sequence[Phase],
    fps: float,
    lifted: Lifted | None = None,
) -> tuple[Hold, ...]:
    """The holds of a clip, from its measures, drive and phases (see :func:`fitlab.analysis.segmentation.segment`).

    A turn of less than 3 s is no hold.  Hips that sag may take a plank out of its turn: whoever then stays at least
    half-way out for a second still holds on.  ``lifted`` tells of lifted poses how they were seen: measures are
    corrected by it and margins widened.
    """
    turns = [phase for phase in phases if phase.role == "turn" and phase.stop - phase.start >= _LEAST_SECONDS * fps]
    if not turns:
        return ()
    name = exercise.phase_with_role("turn")
    rules = [rule for rule in exercise.mistakes if rule.phase == name]
    followed = {rule.name: _followed(rule, curves[rule.measure], fps) for rule in rules}
    holds = []
    for phase in turns:
        if phase.repetition is None:
            continue
        start, stop = phase.start, _let_go(drive, phase, phases, fps)
        breaks = []
        for rule in rules:
            values, margin = followed[rule.name][start:stop], rule.margin
            if lifted is not None:
                measure = exercise.measures[rule.measure]
                values, margin = lifted.followed(rule, measure, followed[rule.name], start, stop)
            sign = 1 if rule.direction == "above" else -1
            broken = runs(sign * (values - rule.threshold) > margin)  # False where unknown
            breaks += [
                Break(rule.name, start + first, start + last)
                for first, last in broken
                if last - first >= _BREAK_SECONDS * fps
            ]
        breaks.sort(key=lambda stretch: (stretch.start, stretch.mistake))
        clean = (breaks[0].start if breaks else stop) - start
        holds.append(Hold(phase.repetition, start, stop, (stop - start) / fps, clean / fps, tuple(breaks)))
    return tuple(holds)


def _let_go(drive: np.ndarray, turn: Phase, phases: Sequence[Phase], fps: float) -> int:
    """The frame at which the position is given up: the turn's end, or where the way back passes its middle later on."""
    last = max(phase.stop for phase in phases if phase.repetition == turn.repetition)
    back = drive[turn.stop : last]
    if not len(back):
        return turn.stop
    middle = (float(np.median(drive[turn.start : turn.stop])) + float(back.min())) / 2
    passed = back < middle
    stays = int(np.argmax(passed)) if passed.any() else len(back)
    return turn.stop + stays if stays >= _HOLDS_ON_SECONDS * fps else turn.stop


def hold_statistics(holds: Sequence[Hold]) -> dict[str, float]:
    """``holds`` (how many), ``longest_hold_s``, ``longest_clean_hold_s`` and ``hold_breaks``; empty without holds."""
    if not holds:
        return {}
    return {
        "holds": float(len(holds)),
        "longest_hold_s": max(hold.duration_s for hold in holds),
        "longest_clean_hold_s": max(hold.clean_s for hold in holds),
        "hold_breaks": float(sum(len(hold.breaks) for hold in holds)),
    }


def _followed(rule: Mistake, curve: Curve, fps: float) -> np.ndarray:
    """(T,) the smoothed measure, of two sides as the rule says; NaN where it is unknown."""
    values = np.reshape(curve.values, (len(curve.values), -1))  # (T, 1 or 2)
    unknown = np.isnan(values).all(axis=1)
    values = np.where(np.isnan(values).all(axis=0), np.nan, smooth_drive(values, fps))
    values[unknown] = 0
    if rule.sides == "mean":
        combined = np.nanmean(values, axis=1)
    elif (rule.direction == "above") == (rule.sides == "worst"):
        combined = np.nanmax(values, axis=1)
    else:
        combined = np.nanmin(values, axis=1)
    combined[unknown] = np.nan
    return combined
