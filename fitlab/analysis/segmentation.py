"""A clip taken apart: its measures, drive, repetitions and phases."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fitlab.analysis.drives import found_drive, named_drive
from fitlab.analysis.measures import Curve, measure_curves, seen
from fitlab.analysis.phases import find_phases
from fitlab.analysis.results import Phase, Repetition
from fitlab.analysis.trimming import between_gestures
from fitlab.exercises import Exercise
from fitlab.poses import PoseSequence

_UNSEEN_S = 1.0
"""A measure that is unknown for longer, up to an end of the clip, is not taken to stay what it was."""


@dataclass(frozen=True, eq=False)
class Segmented:
    """What :func:`segment` found in a clip of T frames.

    Parameters
    ----------
    curve : (T,)
        The drive as its measure has it (high knee angle at rest), without gaps and spikes; of two sides their
        mean, one of them or the outer one, see :func:`fitlab.analysis.drives.named_drive`.
    drive : (T,)
        The same smoothed, without gaps and turned so that rest is low.
    """

    curves: Mapping[str, Curve]
    curve: np.ndarray
    drive: np.ndarray
    repetitions: tuple[Repetition, ...]
    phases: tuple[Phase, ...]


def segment_between_gestures(seq: PoseSequence, exercise: Exercise) -> Segmented:
    """:func:`segment` of what lies between the gestures that the exercise's file states, in frames of the whole clip.

    ``curve`` and ``drive`` are NaN outside of them.  Raises InputError where a stated gesture is
    not made (:func:`fitlab.analysis.trimming.between_gestures`).
    """
    return _segment_within(seq, exercise, *between_gestures(seq, exercise), measure_curves(seq, exercise))


def segment(seq: PoseSequence, exercise: Exercise, curves: Mapping[str, Curve] | None = None) -> Segmented:
    """Finds the drive, the repetitions and their phases in a world-space sequence.

    ``curve`` and ``drive`` are NaN before the drive's measure is first seen and after it is last seen, where that is
    longer than a second: who left the picture does not hold on.  ``curves`` are its measures, where they are known.
    """
    curves = measure_curves(seq, exercise) if curves is None else curves
    if exercise.drive is not None:
        first, last = _shown(seen(seq, exercise.measures[exercise.drive.measure]), round(_UNSEEN_S * seq.fps))
        if (first, last) != (0, len(seq)):
            return _segment_within(seq, exercise, first, last, curves)
    if exercise.drive is None:
        found = found_drive(seq)
    else:
        found = named_drive(seq, exercise.measures[exercise.drive.measure], exercise.drive)
    if found is None:
        unknown = np.full(len(seq), np.nan)
        return Segmented(curves, unknown, unknown, (), ())
    if found.throughout:
        phases: tuple[Phase, ...] = (Phase(exercise.phase_with_role("turn"), "turn", 0, 0, len(seq)),)
    else:
        phases = find_phases(found.values, found.repetitions, exercise)
    return Segmented(curves, found.curve, found.values, found.repetitions, phases)


def _segment_within(
    seq: PoseSequence, exercise: Exercise, first: int, last: int, curves: Mapping[str, Curve]
) -> Segmented:
    """:func:`segment` of the frames [first, last), in frames of ``seq``, whose measures are ``curves``."""
    if (first, last) == (0, len(seq)):
        return segment(seq, exercise, curves)
    part = segment(seq[first:last], exercise)
    outside = (first, len(seq) - last)
    return Segmented(
        curves,
        np.pad(part.curve, outside, constant_values=np.nan),
        np.pad(part.drive, outside, constant_values=np.nan),
        tuple(
            replace(rep, start=rep.start + first, stop=rep.stop + first, turn=rep.turn + first)
            for rep in part.repetitions
        ),
        tuple(replace(phase, start=phase.start + first, stop=phase.stop + first) for phase in part.phases),
    )


def _shown(known: np.ndarray, patience: int) -> tuple[int, int]:
    """The frames [first, last) of a clip without those at its ends that are not ``known`` (T,) for so long."""
    if not known.any():
        return 0, len(known)
    first, last = int(np.argmax(known)), len(known) - int(np.argmax(known[::-1]))
    return first if first > patience else 0, last if len(known) - last > patience else len(known)
