"""The drive of an exercise: the measure that its file names, or one found in the motion itself.

A named measure of both sides can be followed as their mean, on either side or as the side that is
farther out: people raise one arm, or both, or one after the other.  The whole body's motion decides:
the way whose repetitions are most alike and leave the least motion over.

Finding one: every candidate (how far the pose is from the pose of rest; the first principal
components of the motion, either way up) is cut into repetitions at several levels, and each cut is
judged by the whole motion, not by the candidate: are the pieces alike, do they last alike long, do
they leave little motion over?  Of the cuts that are about as good as the best, the finest wins,
because two repetitions together are alike too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fitlab.analysis.held import held_repetitions, held_throughout
from fitlab.analysis.measures import Curve, curves, joints_for
from fitlab.analysis.motion import RATE, Motion, body_motion, sample_times, steady, trusted
from fitlab.analysis.repetitions import (
    ALIKE,
    UNLIKE,
    completeness,
    extents,
    likeness_of,
    prominent_peaks,
    repetitions_in,
    smooth_drive,
)
from fitlab.analysis.results import Repetition
from fitlab.exercises import Drive, Measure
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

_GOOD, _ALIKE, _BETTER = 0.25, 0.05, 0.1
"""The least score of repetitions (smooth noise and jitter reach 0.16); scores this close are alike,
this far apart are not."""
_TURNS = 1.5
"""So many times as many repetitions make sides that take turns."""
_PAIRED, _CUT_OFF = 0.15, 0.05
"""Cost of a cut that joins two excursions; of each repetition that the clip's ends would cut off."""
_RETURNED = 0.85
"""A repetition ends nearer to where it began than this share of its way (recorded ones: 0.05 to 0.8)."""
_REST, _FOLDING, _NEAR = 0.1, 0.5, 0.25
"""Weight of the evidence that a drive's low end is rest; of folding within it.  Near is within this
share of the range."""


@dataclass(frozen=True, eq=False)
class FoundDrive:
    """A drive and its repetitions.

    Parameters
    ----------
    curve, values : (T,)
        As it is measured, and smoothed and turned so that rest is low; the same where it was self-found.
    repetitions : in order of time
    score : float
        How well they repeat, 1 at best.
    throughout : bool
        The one repetition is a position that is held from the first frame to the last.
    """

    curve: np.ndarray
    values: np.ndarray
    repetitions: tuple[Repetition, ...]
    score: float
    throughout: bool = False


def named_drive(seq: PoseSequence, measure: Measure, drive: Drive) -> FoundDrive:
    """The drive that an exercise names, followed in the way that the motion bears out.

    Parameters
    ----------
    seq : PoseSequence in world space
    measure : Measure
        The one that ``drive`` names.
    """
    seq = trusted(seq)
    joints = joints_for([measure])
    as_seen = seq.to(Skeleton("drive", joints, (-1,) * len(joints)))
    of_measure = steady(as_seen)
    curve = curves(of_measure, {measure.name: measure})[measure.name]
    if drive.held_beyond is not None:
        known = np.isfinite(curves(as_seen, {measure.name: measure})[measure.name].mean)
        return _isometric(curve.mean, known, seq.fps, drive, drive.held_beyond)
    motion = body_motion(seq)
    leg = _leg_ahead(of_measure, measure) if measure.kind == "stride" else None
    ways = []
    for values in _ways(curve, drive):
        smoothed = _turned(values, seq.fps, drive)
        repetitions = repetitions_in(smoothed, seq.fps, drive.minimum_range, motion, leg)
        ways.append(FoundDrive(values, smoothed, repetitions, _score(repetitions, seq.fps, motion)))
    best = max(ways, key=lambda way: way.score)
    chosen = best if best.score > ways[0].score + _BETTER else ways[0]
    # Sides that take turns: each on its own repeats, too, but half as often as both.
    outer = ways[-1]
    more = len(outer.repetitions) >= _TURNS * len(chosen.repetitions)
    return outer if more and outer.score >= chosen.score - 2 * _BETTER else chosen


def _leg_ahead(seq: PoseSequence, measure: Measure) -> np.ndarray:
    """(T,) bool: of the two whose distance along the trunk a stride is, the first is the farther up."""
    first, second = measure.joints[:2]
    return np.einsum("td,td->t", seq[first] - seq[second], seq["thorax"] - seq["pelvis"]) > 0  # NaN: not


def _turned(values: np.ndarray, fps: float, drive: Drive) -> np.ndarray:
    return smooth_drive(-values if drive.rest == "high" else values, fps)


def _isometric(values: np.ndarray, known: np.ndarray, fps: float, drive: Drive, beyond: float) -> FoundDrive:
    """The drive of a position that is held if the measure (T,), ``known`` (T,) there, is beyond a value."""
    smoothed = _turned(values, fps, drive)
    repetitions = held_repetitions(smoothed, fps, drive.minimum_range)
    beyond = -beyond if drive.rest == "high" else beyond
    throughout = not repetitions and held_throughout(smoothed, known, fps, drive.minimum_range, beyond)
    if throughout:
        repetitions = (Repetition(0, 0, len(values), len(values) // 2),)
    return FoundDrive(values, smoothed, repetitions, 0.0, throughout)


def _ways(curve: Curve, drive: Drive) -> list[np.ndarray]:
    """The ways (T,) to follow a measure: both sides' mean first, either side, whichever is farther out."""
    if curve.values.ndim == 1:
        return [curve.values]
    sides = [side for side in curve.values.T if not np.isnan(side).all()]
    if len(sides) < 2:
        return [curve.mean]
    outer = np.fmin(*sides) if drive.rest == "high" else np.fmax(*sides)
    return [curve.mean, *sides, outer]


def _score(repetitions: tuple[Repetition, ...], fps: float, motion: Motion) -> float:
    """How well repetitions (of a clip at ``fps``) repeat; 0 for fewer than two."""
    full = np.array([rep.full for rep in repetitions], bool)
    if full.sum() < 2:
        return 0.0
    starts, stops = np.array([(rep.start, rep.stop) for rep in repetitions]).T * (RATE / fps)
    return motion.score(starts, stops, full, either_way=True)


def found_drive(seq: PoseSequence) -> FoundDrive | None:
    """The drive of a motion that nobody named, or None if nothing repeats in it."""
    motion = body_motion(trusted(seq))
    cuts = [cut for candidate in _candidates(motion) for cut in _cuts(candidate, motion)]
    cuts = [cut for cut in cuts if cut.score >= _GOOD]
    if not cuts:
        return None
    merits = np.array([cut.score + _REST * _at_rest(cut, motion) for cut in cuts])
    alike = np.flatnonzero(merits >= merits.max() - _ALIKE)
    kept = {k: _kept(cuts[k], motion) for k in alike}
    best = max(alike, key=lambda k: (_fineness(cuts[k], kept[k]), merits[k]))
    chosen = cuts[best]
    values = np.interp(np.arange(len(seq)), sample_times(len(seq), seq.fps), chosen.drive)
    samples = np.stack([chosen.starts, chosen.turns, chosen.stops], axis=1)
    spans = np.minimum(np.round(samples / RATE * seq.fps), len(seq)).astype(int)
    found = tuple(
        Repetition(index, int(a), int(b), int(min(turn, b - 1)), bool(full))
        for index, ((a, turn, b), full) in enumerate(zip(spans[kept[best]], chosen.full[kept[best]], strict=True))
    )
    return FoundDrive(values, values, found, chosen.score)


@dataclass(frozen=True, eq=False)
class _Cut:
    """Repetitions in a candidate drive, in samples at RATE, and how good they are."""

    drive: np.ndarray
    starts: np.ndarray
    stops: np.ndarray
    turns: np.ndarray
    far: np.ndarray
    cut: np.ndarray
    score: float

    @property
    def full(self) -> np.ndarray:
        """(n,) bool: goes far enough, both ways in the clip."""
        return self.far & ~self.cut.any(axis=1)


def _kept(cut: _Cut, motion: Motion) -> np.ndarray:
    """Which of a cut's pieces are repetitions, (n,): of those that the clip cuts off the ones like the others.

    As of small excursions and of those outside the set where a drive is named: that go less far must be more alike.
    """
    at_edge = cut.cut[:, 0] | cut.cut[:, 1]
    if not at_edge.any():
        return ~at_edge
    likeness = likeness_of(motion, cut.turns, cut.starts, cut.stops, ~at_edge, cut.cut)
    return ~at_edge | (likeness >= np.where(cut.far, UNLIKE, ALIKE))


def _fineness(cut: _Cut, kept: np.ndarray) -> int:
    """How many repetitions a cut holds; two that the clip cuts off are as much as one."""
    halves = int(np.sum(kept & cut.cut.any(axis=1)))
    return int(kept.sum()) - halves // 2


def _at_rest(cut: _Cut, motion: Motion) -> float:
    """Evidence that the low end of a cut's drive is rest, from -1.5 to 1.5.

    People dwell at rest between repetitions, and rest unfolded: limbs straight, along the trunk.
    """
    low, high = np.percentile(cut.drive, [3, 97])
    span = slice(int(cut.starts[0]), int(cut.stops[-1]))
    along = (cut.drive[span] - low) / max(high - low, 1e-9)
    near, far, unfolded = along < _NEAR, along > 1 - _NEAR, motion.unfolded[span]
    if not (near.any() and far.any()):
        return -1.5
    folding = float(np.clip(unfolded[near].mean() - unfolded[far].mean(), -1, 1))
    return float(near.mean() - far.mean()) + _FOLDING * folding


def _candidates(motion: Motion) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Drives and the peaks of their excursions."""
    for nearest in (10, 20):
        distance = _distance_from_rest(motion.pose, nearest)
        # In the logarithm, coming back by a factor is what counts: large and small repetitions mix.
        logarithm = np.log(np.maximum(distance, 0.15 * np.percentile(distance, 90) + 1e-9))
        for factor in (1.4, 2.0, 3.0):
            yield distance, prominent_peaks(logarithm, np.log(factor))[0]
    for component in motion.components.T[:3]:
        height = np.ptp(np.percentile(component, [3, 97])) + 1e-9
        for drive in (component, -component):
            for share in (0.15, 0.3, 0.45):
                yield drive, prominent_peaks(drive, share * height)[0]


def _cuts(candidate: tuple[np.ndarray, np.ndarray], motion: Motion) -> Iterator[_Cut]:
    """The cut at the candidate's peaks, and the two that join its excursions in pairs."""
    drive, peaks = candidate
    if len(peaks) < 2:
        return
    starts, stops = extents(drive, peaks)
    if (stops - starts < 4).any():
        return
    far, cut = completeness(drive, peaks, starts, stops)
    cut_off = cut[:, 0] | cut[:, 1]
    if (~cut_off).sum() < 2 or _ends_elsewhere(motion, starts, peaks, stops)[~cut_off].mean() > 0.5:
        return
    score = motion.score(starts, stops, ~cut_off) - _CUT_OFF * float(np.sum(cut_off))
    yield _Cut(drive, starts, stops, peaks, far, cut, score)
    for first in (0, 1):
        a, b = starts[first::2], stops[first + 1 :: 2]
        pairs = min(len(a), len(b))
        if pairs >= 2:
            whole = np.ones(pairs, bool)
            score = motion.score(a[:pairs], b[:pairs], whole) - _PAIRED
            none = np.zeros((pairs, 2), bool)
            yield _Cut(drive, a[:pairs], b[:pairs], peaks[first::2][:pairs], whole, none, score)


def _ends_elsewhere(motion: Motion, starts: np.ndarray, turns: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Which pieces lead the body from one pose to another, (n,) bool: wobbles of a descent; repetitions return."""
    first, middle, last = (motion.components[frames] for frames in (starts, turns, stops - 1))
    way = np.maximum(np.linalg.norm(middle - first, axis=1), np.linalg.norm(middle - last, axis=1))
    return np.linalg.norm(last - first, axis=1) > _RETURNED * way


def _distance_from_rest(sparse: np.ndarray, share: float) -> np.ndarray:
    """Distance (n,) of every pose from the pose of rest: the one closest to ``share`` per cent of all poses."""
    anchors = sparse[np.linspace(0, len(sparse) - 1, min(len(sparse), 300)).astype(int)]
    squares = (anchors**2).sum(axis=1)[:, None] - 2 * anchors @ sparse.T + (sparse**2).sum(axis=1)
    radius = np.percentile(squares, share, axis=1)
    rest = np.median(anchors[np.argsort(radius)[: max(3, len(anchors) // 20)]], axis=0)
    return np.linalg.norm(sparse - rest, axis=1)
