"""The drive of an exercise: the measure that its file names, or one found in the motion itself.

Finding one: every candidate (how far the pose is from the pose of rest; the first principal
components of the motion, either way up) is cut into repetitions at several levels, and each cut is
judged by the whole motion, not by the candidate: are the pieces alike, do they last alike long, do
they leave little motion over?  Of the cuts that are about as good as the best, the finest wins,
because two repetitions together are alike too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fitlab.analysis.measures import Curve
from fitlab.analysis.repetitions import extents, prominent_peaks, smooth_drive
from fitlab.analysis.results import Repetition
from fitlab.exercises import Drive
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

_JOINTS = (
    *("pelvis", "thorax", "head_top"),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle")),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")),
)
_POSE = Skeleton("pose", _JOINTS, (-1,) * len(_JOINTS))
# Directions of bones know neither place nor size; the short ones count half.
_BONES = (
    ("left_hip", "left_knee", 1.0), ("left_knee", "left_ankle", 1.0), ("right_hip", "right_knee", 1.0),
    ("right_knee", "right_ankle", 1.0), ("pelvis", "thorax", 1.0), ("left_shoulder", "left_elbow", 1.0),
    ("left_elbow", "left_wrist", 1.0), ("right_shoulder", "right_elbow", 1.0), ("right_elbow", "right_wrist", 1.0),
    ("right_hip", "left_hip", 0.5), ("right_shoulder", "left_shoulder", 0.5), ("thorax", "head_top", 0.5),
)  # fmt: skip

_RATE = 15.0  # Hz: enough for repetitions of half a second, and independent of the clip's fps
_SAMPLES = 24  # per repetition, when repetitions are laid over each other
_IRREGULAR, _PAIRED, _ALIKE, _GOOD = 0.5, 0.15, 0.05, 0.25
"""Cost of irregular durations; of a cut that joins two excursions; scores this close are alike; least score:
smooth noise and jitter reach 0.16."""


@dataclass(frozen=True, eq=False)
class FoundDrive:
    """A self-found drive (T,), without unit, and its repetitions; ``score`` says how well they repeat (1 at best)."""

    values: np.ndarray
    repetitions: tuple[Repetition, ...]
    score: float


def named_drive(curve: Curve, drive: Drive, fps: float) -> np.ndarray:
    """The smoothed drive (T,) in the unit of its measure, turned so that rest is low."""
    return smooth_drive(-curve.mean if drive.rest == "high" else curve.mean, fps)


def found_drive(seq: PoseSequence) -> FoundDrive | None:
    """The drive of a motion that nobody named, or None if nothing repeats in it."""
    pose = pose_features(seq)
    times = np.arange(max(2, round(len(seq) / seq.fps * _RATE))) / _RATE * seq.fps  # in frames
    sparse = _at(pose, np.minimum(times, len(seq) - 1))
    motion = principal_components(sparse, 8)
    travelled = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(sparse, axis=0), axis=1))])
    cuts = [cut for candidate in _candidates(sparse, motion) for cut in _cuts(candidate, motion, travelled)]
    if not cuts or max(cut.score for cut in cuts) < _GOOD:
        return None
    best = max(cut.score for cut in cuts)
    chosen = max((cut for cut in cuts if cut.score >= best - _ALIKE), key=lambda cut: (len(cut.turns), cut.score))
    values = np.interp(np.arange(len(seq)), times, chosen.drive)
    samples = np.stack([chosen.starts, chosen.turns, chosen.stops], axis=1)
    spans = np.minimum(np.round(samples / _RATE * seq.fps), len(seq)).astype(int)
    found = tuple(Repetition(index, int(a), int(b), int(min(turn, b - 1))) for index, (a, turn, b) in enumerate(spans))
    return FoundDrive(values, found, chosen.score)


def pose_features(seq: PoseSequence) -> np.ndarray:
    """Smoothed weighted bone directions, (T, 36), of a sequence of any layout and place."""
    pose = seq.to(_POSE)
    columns = []
    for start, end, weight in _BONES:
        bone = (pose[end] - pose[start]).astype(np.float64)
        length = np.linalg.norm(bone, axis=1, keepdims=True)
        columns.append(weight * np.divide(bone, length, out=np.full_like(bone, np.nan), where=length > 1e-6))
    return smooth_drive(np.concatenate(columns, axis=1), seq.fps)


def principal_components(values: np.ndarray, count: int, among: np.ndarray | None = None) -> np.ndarray:
    """The first principal components (n, count) of ``values`` (n, F), largest first.

    They are those of the rows ``among``, if given; all rows are projected onto them.
    """
    chosen = values if among is None else values[among]
    centre = chosen.mean(axis=0)
    _, vectors = np.linalg.eigh((chosen - centre).T @ (chosen - centre))
    return (values - centre) @ vectors[:, ::-1][:, :count]


@dataclass(frozen=True, eq=False)
class _Cut:
    """Repetitions in a candidate drive, in samples at _RATE, and how good they are."""

    drive: np.ndarray
    starts: np.ndarray
    stops: np.ndarray
    turns: np.ndarray
    score: float


def _candidates(sparse: np.ndarray, motion: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Drives and the peaks of their excursions."""
    for nearest in (10, 20):
        distance = _distance_from_rest(sparse, nearest)
        # In the logarithm, coming back by a factor is what counts: large and small repetitions mix.
        logarithm = np.log(np.maximum(distance, 0.15 * np.percentile(distance, 90) + 1e-9))
        for factor in (1.4, 2.0, 3.0):
            yield distance, prominent_peaks(logarithm, np.log(factor))[0]
    for component in motion.T[:3]:
        height = np.ptp(np.percentile(component, [3, 97])) + 1e-9
        for drive in (component, -component):
            for share in (0.15, 0.3, 0.45):
                yield drive, prominent_peaks(drive, share * height)[0]


def _cuts(candidate: tuple[np.ndarray, np.ndarray], motion: np.ndarray, travelled: np.ndarray) -> Iterator[_Cut]:
    """The cut at the candidate's peaks, and the two that join its excursions in pairs."""
    drive, peaks = candidate
    if len(peaks) < 2:
        return
    starts, stops = extents(drive, peaks)
    if (stops - starts < 4).any():
        return
    yield _Cut(drive, starts, stops, peaks, _score(motion, travelled, starts, stops))
    for first in (0, 1):
        a, b = starts[first::2], stops[first + 1 :: 2]
        pairs = min(len(a), len(b))
        if pairs >= 2:
            score = _score(motion, travelled, a[:pairs], b[:pairs]) - _PAIRED
            yield _Cut(drive, a[:pairs], b[:pairs], peaks[first::2][:pairs], score)


def _score(motion: np.ndarray, travelled: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> float:
    """Likeness of the pieces x share of the motion that they hold - irregularity of their durations."""
    durations = np.log(stops - starts)
    irregular = np.mean(np.abs(durations - np.median(durations)))
    held = np.sum(travelled[stops - 1] - travelled[starts]) / max(travelled[-1], 1e-9)
    return float(_likeness(motion, starts, stops) * held - _IRREGULAR * irregular)


def _likeness(motion: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> float:
    """Mean correlation of every piece, stretched to the same length, with the mean of the others."""
    steps = starts[:, None] + (stops - 1 - starts)[:, None] * np.linspace(0, 1, _SAMPLES)
    pieces = _at(motion, steps.ravel()).reshape(len(starts), _SAMPLES, -1)
    pieces = (pieces - pieces.mean(axis=1, keepdims=True)).reshape(len(starts), -1)
    pieces /= np.maximum(np.linalg.norm(pieces, axis=1, keepdims=True), 1e-9)
    others = pieces.sum(axis=0) - pieces
    others /= np.maximum(np.linalg.norm(others, axis=1, keepdims=True), 1e-9)
    return float(np.mean(np.einsum("nf,nf->n", pieces, others)))


def _distance_from_rest(sparse: np.ndarray, share: float) -> np.ndarray:
    """Distance (n,) of every pose from the pose of rest: the one closest to ``share`` per cent of all poses."""
    anchors = sparse[np.linspace(0, len(sparse) - 1, min(len(sparse), 300)).astype(int)]
    squares = (anchors**2).sum(axis=1)[:, None] - 2 * anchors @ sparse.T + (sparse**2).sum(axis=1)
    radius = np.percentile(squares, share, axis=1)
    rest = np.median(anchors[np.argsort(radius)[: max(3, len(anchors) // 20)]], axis=0)
    return np.linalg.norm(sparse - rest, axis=1)


def _at(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """``values`` (n, F) at fractional indices, linearly between neighbours."""
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    share = (at - low)[:, None]
    return values[low] * (1 - share) + values[high] * share
