"""Phases of a repetition, from how far along its excursion the drive is.

Position, not velocity, decides: a slow or shaky descent still is one descent, and a pause at the
turn belongs to the turn.
"""

from collections.abc import Sequence

import numpy as np

from fitlab.analysis.results import Phase, Repetition
from fitlab.exercises import Exercise

TURN = 0.85
"""Share of a repetition's own excursion from which it is at its turn."""
_AT_REST = 0.15
"""Share of it within which the drive is still at rest."""


def find_phases(drive: np.ndarray, repetitions: Sequence[Repetition], exercise: Exercise) -> tuple[Phase, ...]:
    """The phases of every repetition and the rests between them, in order of time.

    Parameters
    ----------
    drive : (T,), low at rest
        See :func:`fitlab.analysis.repetitions.smooth_drive`.

    Returns
    -------
    phases : out, turn and back tile each repetition; rest phases (``repetition`` None) fill the frames between and
        follow the last one for as long as the drive stays at rest, at most a quarter of that repetition.  A way that
        the clip cuts off is left out.
    """
    names = {phase.role: phase.name for phase in exercise.phases}
    phases: list[Phase] = []
    for rep in repetitions:
        if phases and phases[-1].stop < rep.start:
            phases.append(Phase(names["rest"], "rest", None, phases[-1].stop, rep.start))
        first, last = turn_span(drive, rep)
        for role, start, stop in (("out", rep.start, first), ("turn", first, last), ("back", last, rep.stop)):
            if start < stop:
                phases.append(Phase(names[role], role, rep.index, start, stop))  # type: ignore[arg-type, index]
    if repetitions and (after := _rest_after(drive, repetitions[-1])) > repetitions[-1].stop:
        phases.append(Phase(names["rest"], "rest", None, repetitions[-1].stop, after))
    return tuple(phases)


def _rest_after(drive: np.ndarray, rep: Repetition) -> int:
    """The frame until which the drive stays at rest after ``rep``."""
    ending = drive[rep.stop : rep.stop + (rep.stop - rep.start) // 4]
    level = drive[rep.stop - 1]
    left = np.abs(ending - level) > _AT_REST * (drive[rep.turn] - level)
    return rep.stop + (int(np.argmax(left)) if left.any() else len(ending))


def turn_span(drive: np.ndarray, rep: Repetition) -> tuple[int, int]:
    """The frames [start, stop) of a repetition at its turn, from its first to its last being there."""
    span = drive[rep.start : rep.stop]
    out, back = span[: rep.turn - rep.start + 1], span[rep.turn - rep.start :]
    top = drive[rep.turn]
    first = rep.start + int(np.argmax(out >= out.min() + TURN * (top - out.min())))
    last = rep.stop - int(np.argmax(back[::-1] >= back.min() + TURN * (top - back.min())))
    return first, last
