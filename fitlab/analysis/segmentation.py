"""A clip taken apart: its measures, drive, repetitions and phases."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fitlab.analysis.drives import found_drive, named_drive
from fitlab.analysis.measures import Curve, measure_curves
from fitlab.analysis.phases import find_phases
from fitlab.analysis.results import Phase, Repetition
from fitlab.analysis.trimming import between_gestures
from fitlab.exercises import Exercise
from fitlab.poses import PoseSequence


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
    first, last = between_gestures(seq, exercise)
    if (first, last) == (0, len(seq)):
        return segment(seq, exercise)
    part = segment(seq[first:last], exercise)
    outside = (first, len(seq) - last)
    return Segmented(
        measure_curves(seq, exercise),
        np.pad(part.curve, outside, constant_values=np.nan),
        np.pad(part.drive, outside, constant_values=np.nan),
        tuple(
            replace(rep, start=rep.start + first, stop=rep.stop + first, turn=rep.turn + first)
            for rep in part.repetitions
        ),
        tuple(replace(phase, start=phase.start + first, stop=phase.stop + first) for phase in part.phases),
    )


def segment(seq: PoseSequence, exercise: Exercise) -> Segmented:
    """Finds the drive, the repetitions and their phases in a world-space sequence."""
    curves = measure_curves(seq, exercise)
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
