"""Isometric holds (plank, handstand ...): how long the position was held, and where it broke.

A hold is the turn of an excursion (out of rest into the position and back), and how long it is held on after
it.  It breaks where a rule of the exercise that looks at this phase is broken for half a second: hips that sag
end a plank test, not the person who lies down afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.analysis.lifted import Lifted
from fitlab.analysis.measures import Curve
from fitlab.analysis.mistakes import LEAST_CONFIDENCE, LEAST_SHARE
from fitlab.analysis.phases import TURN
from fitlab.analysis.repetitions import smooth_drive
from fitlab.analysis.results import Phase
from fitlab.exercises import Exercise, Mistake
from fitlab.signals import runs

_BREAK_SECONDS = 0.5
_HOLDS_ON_SECONDS = 1.0
_UNSEEN_SECONDS = 1.0
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
    judged : float in [0, 1]
        Share of the frames before the first break in which every rule of the hold could be checked; 0 without rules.
    cut : bool
        The clip begins or ends during the hold: it lasted longer than that.
    """

    repetition: int
    start: int
    stop: int
    duration_s: float
    clean_s: float
    breaks: tuple[Break, ...]
    judged: float
    cut: bool

    @property
    def checked(self) -> bool:
        """Whether enough was seen to say that the form was kept before the first break."""
        return self.judged >= LEAST_SHARE


def find_holds(
    exercise: Exercise,
    curves: Mapping[str, Curve],
    drive: np.ndarray,
    phases: Sequence[Phase],
    fps: float,
    lifted: Lifted | None = None,
    known: np.ndarray | None = None,
) -> tuple[Hold, ...]:
    """The holds of a clip, from its measures, drive and phases (see :func:`fitlab.analysis.segmentation.segment`).

    Hips that sag may take a plank out of its turn: whoever then stays at least half-way out for a second still holds
    on.  The turn, or what is held on after it, must last 3 s; where the clip cuts the hold, both together.  Measures
    whose joints have a confidence below :data:`~fitlab.analysis.mistakes.LEAST_CONFIDENCE` are unknown.  ``lifted``
    tells of lifted poses how they were seen: measures are corrected by it and margins widened.  Where the
    drive's joints are not ``known`` (T,) for more than a second, the hold is cut.
    """
    turns = [phase for phase in phases if phase.role == "turn"]
    if not turns:
        return ()
    name = exercise.phase_with_role("turn")
    rules = [rule for rule in exercise.mistakes if rule.phase == name]
    followed = {rule.name: _followed(rule, curves[rule.measure], fps) for rule in rules}
    holds = []
    for phase in turns:
        assert phase.repetition is not None  # only rests have none
        start, stop, cut = _held(drive, phase, phases, fps)
        if known is not None:
            gone = [first for first, last in runs(~known[start:stop]) if last - first > _UNSEEN_SECONDS * fps]
            stop, cut = (start + gone[0], True) if gone else (stop, cut)
        longest = stop - start if cut else max(phase.stop - phase.start, stop - phase.stop)
        if longest < _LEAST_SECONDS * fps:
            continue
        breaks = []
        for rule in rules:
            all_values, _ = followed[rule.name]
            values, margin = all_values[start:stop], rule.margin
            if lifted is not None:
                values, margin = lifted.followed(rule, exercise.measures[rule.measure], all_values, start, stop)
            sign = 1 if rule.direction == "above" else -1
            broken = runs(sign * (values - rule.threshold) > margin)  # False where unknown
            breaks += [
                Break(rule.name, start + first, start + last)
                for first, last in broken
                if last - first >= _BREAK_SECONDS * fps
            ]
        breaks.sort(key=lambda stretch: (stretch.start, stretch.mistake))
        clean = (breaks[0].start if breaks else stop) - start
        seen = [followed[rule.name][1][start : start + clean] for rule in rules]
        judged = float(np.all(seen, axis=0).mean()) if seen and clean else float(bool(rules))
        times = (stop - start) / fps, clean / fps
        holds.append(Hold(phase.repetition, start, stop, *times, tuple(breaks), judged, cut))
    return tuple(holds)


def _held(drive: np.ndarray, turn: Phase, phases: Sequence[Phase], fps: float) -> tuple[int, int, bool]:
    """The frames [start, stop) in the position, and whether an end of the clip cuts them.

    The turn, and on to where the way back passes its middle later on, or to an end of the clip that is reached before.
    """
    known = np.flatnonzero(np.isfinite(drive))  # between the gestures
    own = [phase for phase in phases if phase.repetition == turn.repetition]
    others = [phase for phase in phases if phase.repetition not in (None, turn.repetition)]
    first = max([phase.stop for phase in others if phase.stop <= turn.start], default=int(known[0]))
    last = min([phase.start for phase in others if phase.start >= turn.stop], default=int(known[-1]) + 1)
    rest = float(drive[own[0].start : own[-1].stop].min())
    way = float(np.median(drive[turn.start : turn.stop])) - rest
    before, after = drive[first : turn.start][::-1] - rest, drive[turn.stop : last] - rest
    stays = _stays(after, way, fps)
    stop = turn.stop + stays
    # On the way out the position is not yet taken: only what the clip's start cuts off counts.
    start = first if first == known[0] and _stays(before, way, fps) == len(before) else turn.start
    return start, stop, bool(start == known[0] or stop == known[-1] + 1)


def _stays(away: np.ndarray, way: float, fps: float) -> int:
    """For how many frames it is held on in ``away``, the drive above rest from the turn outwards; less than 1 s is 0.

    Unless it never even leaves the turn.
    """
    passed = away < way / 2
    stays = int(np.argmax(passed)) if passed.any() else len(away)
    return stays if stays >= _HOLDS_ON_SECONDS * fps or (away >= TURN * way).all() else 0


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


def _followed(rule: Mistake, curve: Curve, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """(T,) the smoothed measure, of two sides as the rule says, NaN where unknown; and where all of it is known."""
    values = np.reshape(curve.values, (len(curve.values), -1))  # (T, 1 or 2)
    confidence = np.reshape(curve.confidence, (len(values), -1))
    values = np.where(confidence < LEAST_CONFIDENCE, np.nan, values)
    hidden = np.isnan(values)
    known, unknown = np.logical_not(hidden.any(axis=1)), hidden.all(axis=1)
    values = np.where(hidden.all(axis=0), np.nan, smooth_drive(values, fps))
    for side, gaps in zip(values.T, hidden.T, strict=True):  # half a second is bridged, longer the other side tells
        for first, last in runs(gaps):
            if last - first > _BREAK_SECONDS * fps:
                side[first:last] = np.nan
    values[unknown] = 0
    if rule.sides == "mean":
        combined = np.nanmean(values, axis=1)
    elif (rule.direction == "above") == (rule.sides == "worst"):
        combined = np.nanmax(values, axis=1)
    else:
        combined = np.nanmin(values, axis=1)
    combined[unknown] = np.nan
    return combined, known
