"""What the rules look at: joint angles, segment inclinations, heights and offsets over time.

Directions are the person's own: up is the world's vertical, left is the horizontal part of the hip
and shoulder lines together, forward = left x up (world space is right-handed).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import uniform_filter1d

from fitlab.exercises import Exercise, Measure
from fitlab.geometry import joint_angle
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton, conversion

FACING = ("left_hip", "right_hip", "left_shoulder", "right_shoulder")
"""The joints that tell which way the person faces."""
_TRUNK = ("pelvis", "thorax")
_FACING_SECONDS = 0.5  # a person turns slowly, a hip line jitters: average over this long
_UPRIGHT = 0.1  # sine of the angle to the vertical (6 degrees) below which a line has no side that is above it

_UNSEEN = 0.05
"""Confidence below which a joint is a guess at where somebody might be."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A measure over T frames.

    Parameters
    ----------
    values : float64 (T,), or (T, 2) for left and right
        NaN where a joint is missing.
    confidence : float (T,) or (T, 2) in [0, 1]
        Of the least certain joint that the value rests on.
    unit : {"deg", "cm"}
    missing_joints : joints that the skeleton cannot give
    """

    values: np.ndarray
    confidence: np.ndarray
    unit: str
    missing_joints: tuple[str, ...] = ()

    @cached_property
    def mean(self) -> np.ndarray:
        """(T,): the mean of both sides; the one that is there where the other is missing."""
        return self.values if self.values.ndim == 1 else _mean_of_sides(self.values)


def measure_curves(seq: PoseSequence, exercise: Exercise) -> dict[str, Curve]:
    """Every measure of ``exercise`` over a world-space sequence: name -> :class:`Curve`."""
    return curves(seq, exercise.measures)


def joints_for(measures: Iterable[Measure]) -> tuple[str, ...]:
    """The joints that :func:`curves` looks at."""
    wanted = (joint for measure in measures for side in _sides(measure) for joint in (*side, *_axis(measure)))
    return tuple(dict.fromkeys(wanted) | dict.fromkeys(FACING))


def curves(seq: PoseSequence, measures: Mapping[str, Measure], left: np.ndarray | None = None) -> dict[str, Curve]:
    """Every one of ``measures`` over a world-space sequence: name -> :class:`Curve`.

    ``left`` (T, 3): what counts as the person's left, see :func:`facing_left`; else as the person faces.
    """
    table = _Joints(seq, joints_for(measures.values()), left)
    found = {}
    for name, measure in measures.items():
        sides = [table.side(measure, joints) for joints in _sides(measure)]
        values, confidence = (np.stack(column, axis=-1) for column in zip(*sides, strict=True))  # (T, 1 or 2)
        if not measure.sided:
            values, confidence = values[:, 0], confidence[:, 0]
        needed = (joint for side in _sides(measure) for joint in (*side, *_axis(measure)))
        lacking = tuple(joint for joint in needed if joint in table.lacking)
        found[name] = Curve(values, confidence, measure.unit, tuple(dict.fromkeys(lacking)))
    return found


def seen(seq: PoseSequence, measure: Measure) -> np.ndarray:
    """(T,) bool: whether the joints of a side are there, also where they have no value (a line that stands upright)."""
    joints = joints_for([measure])
    wanted = seq.to(Skeleton("measured", joints, (-1,) * len(joints)))
    missing = wanted.missing | (wanted.confidence < _UNSEEN)
    sides = [[joints.index(joint) for joint in (*side, *_axis(measure))] for side in _sides(measure)]
    return np.any([~missing[:, side].any(axis=1) for side in sides], axis=0)


def facing_left(seq: PoseSequence) -> np.ndarray:
    """The person's left in a world-space sequence: horizontal unit vectors (T, 3), averaged over half a second.

    NaN where neither hips nor shoulders are seen.  The person faces left x up.
    """
    return _Joints(seq, FACING).left


def _sides(measure: Measure) -> list[tuple[str, ...]]:
    """The joints of the measure: once, or for the left and the right side."""
    if not measure.sided:
        return [measure.joints]
    return [tuple(side + joint if joint in measure.sided_joints else joint for joint in measure.joints)
            for side in ("left_", "right_")]  # fmt: skip


def _axis(measure: Measure) -> tuple[str, ...]:
    """Joints that a measure needs besides those that it names."""
    return _TRUNK if measure.kind == "stride" else ()


class _Joints:
    """Positions (T, 3) and confidence (T,) by joint name, and the person's directions."""

    def __init__(self, seq: PoseSequence, names: tuple[str, ...], left: np.ndarray | None = None) -> None:
        wanted = Skeleton("measured", names, (-1,) * len(names))
        weights = conversion(seq.skeleton, wanted)
        self.lacking = {joint for joint, row in zip(wanted.joints, weights, strict=True) if np.isnan(row).any()}
        self.seq = seq.to(wanted)
        self.left = self._facing() if left is None else left  # (T, 3)

    def _facing(self) -> np.ndarray:
        """The person's left as a horizontal unit vector (T, 3), averaged over half a second."""
        across = np.nan_to_num(self["left_hip"] - self["right_hip"])
        across += np.nan_to_num(self["left_shoulder"] - self["right_shoulder"])
        across[:, 2] = 0
        frames = max(1, round(_FACING_SECONDS * self.seq.fps))
        smooth = uniform_filter1d(across, frames, axis=0, mode="nearest")
        length = np.linalg.norm(smooth, axis=1, keepdims=True)
        return np.divide(smooth, length, out=np.full_like(smooth, np.nan), where=length > 1e-6)

    def __getitem__(self, joint: str) -> np.ndarray:
        return self.seq[joint].astype(np.float64)

    def side(self, measure: Measure, joints: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Values (T,) and confidence (T,) of the measure for these joints."""
        points = [self[joint] for joint in joints]
        needed = [self.seq.skeleton.index(joint) for joint in (*joints, *_axis(measure))]
        confidence = self.seq.confidence[:, needed].min(axis=1)
        values = self._values(measure.kind, points, inward=-1.0 if joints[-1].startswith("left_") else 1.0)
        return values, np.where(np.isnan(values), 0.0, confidence)

    def _values(self, kind: str, points: list[np.ndarray], inward: float) -> np.ndarray:
        """(T,); ``inward`` is the sign of the midline's direction along the person's left."""
        if kind == "joint_angle":
            return joint_angle(*points)
        segment = points[1] - points[0]  # (T, 3)
        rise, run = segment[:, 2], np.linalg.norm(segment[:, :2], axis=1)
        if kind == "inclination":
            return np.degrees(np.arctan2(run, rise))
        if kind == "elevation":
            return np.degrees(np.arctan2(rise, run))
        if kind == "slope":
            return np.degrees(np.arctan2(np.abs(rise), run))
        if kind == "height":
            return 100 * rise
        if kind == "forward":
            forward = np.stack([self.left[:, 1], -self.left[:, 0]], axis=1)  # left x up, horizontal
            return 100 * np.einsum("td,td->t", segment[:, :2], forward)
        if kind == "inward":
            return 100 * inward * np.einsum("td,td->t", segment, self.left)
        if kind == "off_line":
            return 100 * inward * self._off_line(points)
        if kind == "above_line":
            return 100 * _above_line(*points)
        if kind == "stride":
            return 100 * self._stride(points)
        raise ValueError(f"kind must be one of fitlab.exercises.KINDS, got {kind!r}")

    def _stride(self, points: list[np.ndarray]) -> np.ndarray:
        """Metres (T,), the mean of two distances along the trunk."""
        trunk = self["thorax"] - self["pelvis"]
        apart = [np.abs(np.einsum("td,td->t", points[n] - points[n + 1], trunk)) for n in (0, 2)]
        length = np.linalg.norm(trunk, axis=1)
        return np.divide(np.mean(apart, axis=0), length, out=np.full(len(length), np.nan), where=length > 1e-6)

    def _off_line(self, points: list[np.ndarray]) -> np.ndarray:
        """Metres (T,) by which the second point is left of the line first-third, in the frontal plane."""
        flat = [np.stack([np.einsum("td,td->t", point, self.left), point[:, 2]], axis=1) for point in points]
        line, offset = flat[2] - flat[0], flat[1] - flat[0]  # (T, 2): left, up
        # The line from hip to ankle points down; seen with left to the right, left of it is positive.
        cross = offset[:, 1] * line[:, 0] - offset[:, 0] * line[:, 1]
        return cross / np.linalg.norm(line, axis=1)


def _above_line(first: np.ndarray, second: np.ndarray, third: np.ndarray) -> np.ndarray:
    """Metres (T,) by which the second point is above the line first-third, across it; NaN where the line is upright."""
    line = third - first  # (T, 3)
    with np.errstate(invalid="ignore", divide="ignore"):
        line /= np.linalg.norm(line, axis=1, keepdims=True)
    across = np.array([0.0, 0.0, 1.0]) - line[:, 2:] * line
    length = np.linalg.norm(across, axis=1)
    above = np.einsum("td,td->t", second - first, across)
    return np.divide(above, length, out=np.full_like(above, np.nan), where=length > _UPRIGHT)


def _mean_of_sides(values: np.ndarray) -> np.ndarray:
    """(T, 2) -> (T,), NaN only where both are."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0).sum(axis=1) / np.maximum(count, 1), np.nan)
