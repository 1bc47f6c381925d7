"""Clips to learn exercises from: performed ones, and mixtures of them that are none."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from fitlab.analysis.postures import JOINTS, axes, body, described
from fitlab.evaluation.lifted_measures.performing import SEED, performances
from fitlab.exercises import find_exercise
from fitlab.formats import read_poses
from fitlab.progress import progress

NONE = "none"
CAMERAS = 4  # the first of those that see a take: with exact joints, five clips of every take
PERFORMED, TEMPO, OTHER_ARMS = "performed", "at another tempo", "arms of another"
MIXED_ARMS, MIXED_LEG, HELD = "none: arms of another", "none: a leg of another", "none: standing still in it"
KINDS = (PERFORMED, TEMPO, OTHER_ARMS, MIXED_ARMS, MIXED_LEG, HELD)
_TEMPO = 1.8  # times as fast or slow, at most
_ON_ARMS = ("side_plank",)
"""Stand on an arm that none of their measures looks at."""
_HOLDS = ("downward_dog", "handstand", "plank", "side_plank")
"""Who stands still in them performs them."""
_ARM, _LEG = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")
_HELD_SECONDS = 0.3  # faster than that is the jitter that is left of who stands still
_LIKE = 90  # percentile of how far clips of an exercise lie from its mean, within which a mixture resembles it


@dataclass(frozen=True, eq=False)
class Example:
    """A clip in windows: its exercise or :data:`NONE`, the round of its people, which of :data:`KINDS`, if lifted."""

    name: str
    round: int
    kind: str
    lifted: bool
    columns: np.ndarray


@dataclass(frozen=True, eq=False)
class Clip:
    """What :func:`fitlab.analysis.postures.body` gives of one camera of a take, or of its exact joints."""

    exercise: str
    round: int
    lifted: bool
    positions: np.ndarray
    fps: float


def clips(folders: Sequence[Path]) -> list[Clip]:
    """Every take five times: exact, and as the first :data:`CAMERAS` saw it."""
    found = []
    for folder in progress(folders, "reading", unit="take"):
        exercise = json.loads((folder / "take.json").read_text(encoding="utf-8"))["exercise"]
        for name in ("exact", *(f"lifted_{number}" for number in range(CAMERAS))):
            poses = read_poses(folder / f"{name}.npz")
            found.append(
                Clip(exercise, int(folder.name) // len(performances()), name != "exact", body(poses), poses.fps)
            )
    return found


def examples(made: Sequence[Clip], held_out: Collection[int] = ()) -> list[Example]:
    """The clips and what is made of them, at other tempi, see :data:`KINDS`.

    Exercises of which no measure looks at the arms are performed with any arms.  What is to be none, but lies as near
    to the mean of an exercise as nine tenths of its clips, is left out.  Only people of one round are mixed; clips of
    the rounds ``held_out`` say nothing of what an exercise looks like.
    """
    rng = np.random.default_rng(SEED)
    found = [_example(clip, PERFORMED, clip.positions) for clip in progress(made, "describing", unit="clip")]
    like = _Likeness([example for example in found if example.round not in held_out])
    partners = {number: [clip for clip in made if clip.round == number] for number in {clip.round for clip in made}}
    free = {name for name in {clip.exercise for clip in made} if _arms_are_free(name)}
    for clip in progress(made, "mixing", unit="clip"):
        others = partners[clip.round]
        for kind, positions in _made_of(clip, others[rng.integers(len(others))], clip.exercise in free, rng):
            example = _example(clip, kind, positions, clip.fps * np.exp(rng.uniform(-1, 1) * np.log(_TEMPO)))
            if example.name != NONE or not like(example):
                found.append(example)
    return found


def with_arms(positions: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A body (T, 14, 3) that moves its arms as another does, seen from the trunk and stretched to the same length."""
    return _with(positions, other, (("left", _ARM), ("right", _ARM)))


def with_leg(positions: np.ndarray, other: np.ndarray, side: str) -> np.ndarray:
    """A body (T, 14, 3) that moves one leg as another does."""
    return _with(positions, other, ((side, _LEG),))


def still(positions: np.ndarray, frame: int, fps: float) -> np.ndarray:
    """A body (T, 14, 3) that stays in its pose of one frame; what is left is its jitter."""
    slow = gaussian_filter1d(positions, _HELD_SECONDS * fps, axis=0, mode="nearest")
    return positions[frame] + positions - slow


def _made_of(clip: Clip, other: Clip, free: bool, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    """Some of the kinds for each clip: together about as many as there are clips."""
    if rng.random() < 0.5:
        yield TEMPO, clip.positions
    if free:
        yield OTHER_ARMS, with_arms(clip.positions, other.positions)
    elif other.exercise != clip.exercise and rng.random() < 0.35:
        yield MIXED_ARMS, with_arms(clip.positions, other.positions)
    if other.exercise != clip.exercise and rng.random() < 0.2:
        yield MIXED_LEG, with_leg(clip.positions, other.positions, str(rng.choice(["left", "right"])))
    if clip.exercise not in _HOLDS and rng.random() < 0.25:
        yield HELD, still(clip.positions, int(rng.integers(len(clip.positions))), clip.fps)


def _example(clip: Clip, kind: str, positions: np.ndarray, fps: float | None = None) -> Example:
    name = clip.exercise if kind in (PERFORMED, TEMPO, OTHER_ARMS) else NONE
    return Example(name, clip.round, kind, clip.lifted, described(positions, fps or clip.fps).columns)


def _with(positions: np.ndarray, other: np.ndarray, limbs: Sequence[tuple[str, Sequence[str]]]) -> np.ndarray:
    stretched = other[np.linspace(0, len(other) - 1, len(positions)).round().astype(int)]
    turn = np.einsum("tai,taj->tij", axes(positions), axes(stretched))  # from the other's trunk to this one
    mixed = positions.copy()
    for side, limb in limbs:
        joints = [JOINTS.index(f"{side}_{joint}") for joint in limb]
        for start, end in zip(joints, joints[1:], strict=False):
            bone = np.einsum("tij,tj->ti", turn, stretched[:, end] - stretched[:, start])
            mixed[:, end] = mixed[:, start] + bone
    return mixed


def _arms_are_free(name: str) -> bool:
    if name in _ON_ARMS:
        return False
    exercise = find_exercise(name)
    assert exercise is not None  # the studio performs none without a file
    looked_at = {joint for measure in exercise.measures.values() for joint in measure.joints}
    return not looked_at & {"elbow", "wrist"}


class _Likeness:
    """Whether a clip lies as near to the mean of an exercise as the clips of that exercise do."""

    def __init__(self, performed: Sequence[Example]) -> None:
        rows = np.array([example.columns.mean(axis=0) for example in performed])
        self.centre, self.spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
        names = np.array([example.name for example in performed])
        self.means, self.reach = [], []
        for name in np.unique(names):
            own = (rows[names == name] - self.centre) / self.spread
            self.means.append(own.mean(axis=0))
            self.reach.append(np.percentile(_rms(own - own.mean(axis=0)), _LIKE))

    def __call__(self, example: Example) -> bool:
        place = (example.columns.mean(axis=0) - self.centre) / self.spread
        return bool((_rms(place - np.array(self.means)) <= np.array(self.reach)).any())


def _rms(rows: np.ndarray) -> np.ndarray:
    return np.sqrt((rows**2).mean(axis=1))
