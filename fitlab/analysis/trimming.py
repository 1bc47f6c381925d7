"""Where in the clip the exercise is: around the repetitions, by control points, by activity or by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import uniform_filter1d

from fitlab.analysis.measures import curves
from fitlab.analysis.motion import RATE, body_motion
from fitlab.analysis.repetitions import smooth_drive
from fitlab.analysis.results import Repetition
from fitlab.errors import InputError
from fitlab.exercises import Exercise, Measure
from fitlab.geometry import pelvis
from fitlab.poses import PoseSequence
from fitlab.signals import runs

_PAUSE_SECONDS = 0.5
"""Standing still before the first and after the last repetition that belongs to the exercise."""
_LEAST_SECONDS = 0.5
"""What lies between two gestures lasts at least so long."""
_STILL = 0.1
"""Share of the repetitions' median top speed below which the drive stands still."""
_WALKING = 0.4  # m/s of the pelvis across the floor, over a second: a slow walk is 0.8, a lunge's step less than 0.3
_MOVING = 0.25  # per second: how fast the bones' directions change (the weighted norm of motion.pose_features)
_BRIEF_SECONDS = 2.0
"""Pauses shorter than this interrupt no activity, activities shorter than this are none."""


@dataclass(frozen=True)
class ControlPoint:
    """A condition that marks a moment: a measure beyond a threshold for a while, like hands over the head.

    Parameters
    ----------
    threshold : float, in the unit of the measure
        The mean of both sides counts.
    seconds : float
        How long at least.
    """

    measure: Measure
    direction: Literal["above", "below"]
    threshold: float
    seconds: float = 0.5


HANDS_UP = ControlPoint(Measure("hands_height", "height", ("head_top", "wrist")), "above", 0.0)
"""Both hands above the head."""
HIPS_LOW = ControlPoint(Measure("hip_height", "height", ("ankle", "hip")), "below", 50.0)
"""Hips less than half a metre above the ankles: squatting, sitting, on the floor."""


def trim(drive: np.ndarray, repetitions: Sequence[Repetition], fps: float) -> tuple[int, int]:
    """The frames [start, stop) of the exercise; the whole clip when there are no repetitions.

    Walking in, setting up and walking away are left out: around the repetitions at most half a
    second is kept, and only as long as the drive stands still.

    Parameters
    ----------
    drive : (T,)
        The smoothed drive that the repetitions were found in; NaN where the exercise is not.
    """
    if not repetitions:
        return 0, len(drive)
    speed = np.abs(np.gradient(drive))
    still = speed < _STILL * np.median([np.nanmax(speed[rep.start : rep.stop]) for rep in repetitions])
    most = round(_PAUSE_SECONDS * fps)
    start, stop = repetitions[0].start, repetitions[-1].stop
    before, after = still[max(0, start - most) : start][::-1], still[stop : stop + most]
    return start - _leading(before), stop + _leading(after)


def control_spans(seq: PoseSequence, point: ControlPoint) -> list[tuple[int, int]]:
    """The stretches [start, stop) of a world-space sequence in which a control point's condition holds.

    Raises
    ------
    InputError
        If a joint of its measure is never seen.
    """
    curve = curves(seq, {point.measure.name: point.measure})[point.measure.name]
    if np.isnan(curve.mean).all():
        lacking = ", ".join(curve.missing_joints or point.measure.joints)
        raise InputError(f"the control point's joints must be seen, got none of {lacking}; choose another measure")
    values = smooth_drive(curve.mean, seq.fps)
    mask = values > point.threshold if point.direction == "above" else values < point.threshold
    return [(start, stop) for start, stop in runs(mask) if stop - start >= point.seconds * seq.fps]


def trim_between(
    seq: PoseSequence, start: ControlPoint | None = None, end: ControlPoint | None = None
) -> tuple[int, int]:
    """The frames [start, stop) from after the first ``start`` gesture to before the last ``end`` gesture.

    The clip's own start or end where a gesture is not asked for.

    Raises
    ------
    InputError
        If a gesture is not made, or the ends are the wrong way round.
    """
    first, last = 0, len(seq)
    if start is not None:
        first = _spans_of(seq, start)[0][1]
    if end is not None:
        last = _spans_of(seq, end)[-1][0]
    if first >= last:
        raise InputError(
            f"the start gesture must be made before the end gesture, got {first / seq.fps:.2f} s and "
            f"{last / seq.fps:.2f} s; trim by hand or choose other thresholds"
        )
    return first, last


def between_gestures(seq: PoseSequence, exercise: Exercise) -> tuple[int, int]:
    """The frames [start, stop) between the gestures that an exercise's file states; the whole clip if it states none.

    Raises
    ------
    InputError
        If a stated gesture is not made, they come the wrong way round or hold less than half a second.
    """
    points = [
        None
        if gesture is None
        else ControlPoint(exercise.measures[gesture.measure], gesture.direction, gesture.threshold, gesture.seconds)
        for gesture in (exercise.start, exercise.end)
    ]
    first, last = trim_between(seq, *points)
    if (first, last) != (0, len(seq)) and last - first < _LEAST_SECONDS * seq.fps:
        raise InputError(
            f"the exercise must last at least {_LEAST_SECONDS:g} s between its gestures, got "
            f"{(last - first) / seq.fps:.2f} s; take start and end out of the exercise, or give a longer clip"
        )
    return first, last


def trim_by_hand(seq: PoseSequence, start_s: float, stop_s: float) -> tuple[int, int]:
    """The frames [start, stop) of the seconds that a person chose; raises InputError if they are not in the clip."""
    if not 0 <= start_s < stop_s <= seq.duration + 1 / seq.fps:
        raise InputError(
            f"start_s and stop_s must be in order and within {seq.duration:.2f} s, got {start_s:g} and {stop_s:g}; "
            "choose a part of the clip"
        )
    first = min(round(start_s * seq.fps), len(seq) - 1)
    return first, max(first + 1, min(round(stop_s * seq.fps), len(seq)))


def active_spans(seq: PoseSequence) -> list[tuple[int, int]]:
    """The stretches [start, stop) in which the person moves on the spot, whatever the movement.

    Walking in, standing, resting between sets and walking away are none: the pelvis crosses the floor,
    or the bones keep their directions, or nobody is seen.  Pauses of less than 2 s are part of an activity.
    """
    if len(seq) < 2:
        return []
    travelled = np.interp(
        np.arange(len(seq)) / seq.fps * RATE, np.arange(len(motion := body_motion(seq).travelled)), motion
    )
    second = max(1, round(seq.fps))
    moving = uniform_filter1d(np.gradient(travelled) * seq.fps, second, mode="nearest") > _MOVING
    place = smooth_drive(pelvis(seq)[:, :2], seq.fps)
    velocity = uniform_filter1d(np.gradient(place, axis=0) * seq.fps, second, axis=0, mode="nearest")
    walking = np.linalg.norm(velocity, axis=1) > _WALKING
    active = moving & ~walking & ~seq.missing.all(axis=1)
    brief = _BRIEF_SECONDS * seq.fps
    for start, stop in runs(~active):
        if start > 0 and stop < len(seq) and stop - start < brief and not walking[start:stop].any():
            active[start:stop] = True
    return [(start, stop) for start, stop in runs(active) if stop - start >= brief]


def _spans_of(seq: PoseSequence, point: ControlPoint) -> list[tuple[int, int]]:
    spans = control_spans(seq, point)
    if not spans:
        wanted = f"{point.measure.name} {point.direction} {point.threshold:g} {point.measure.unit}"
        raise InputError(
            f"the gesture must be made: {wanted} for {point.seconds:g} s, got none in {seq.duration:.1f} s; "
            "choose another threshold or trim by hand"
        )
    return spans


def _leading(mask: np.ndarray) -> int:
    """How many values at the start of ``mask`` are True."""
    return len(mask) if mask.all() else int(np.argmin(mask))
