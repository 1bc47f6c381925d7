"""Motion for training lifters: the protocol's recordings, kept in one small file, and the studio's exercises."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from fitlab.datasets.lifting_protocol import MotionClip, load_protocol
from fitlab.errors import InputError
from fitlab.files import written_whole
from fitlab.formats.hints import UNREADABLE
from fitlab.progress import progress
from fitlab.skeletons import COCO17, H36M17
from fitlab.synthesis.images import known_exercises
from fitlab.synthesis.motion_set import MotionSet

Part = Literal["train", "validation", "test"]

_REPETITIONS = 2  # of a take: more bodies and cameras in the same time than with three

PAIR_MIRROR = (*COCO17.mirror, *(len(COCO17) + k for k in H36M17.mirror))
"""Permutation that swaps left and right of the 34 joints of a :class:`Recording`."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One movement of one person.

    Parameters
    ----------
    name : str
    group : str
        What it is counted under: the movement, or the data set.
    part : {"train", "validation", "test"}
    fps : float
    joints : float32 (T, 34, 3)
        COCO's 17 joints, then Human3.6M's 17; metres, z up, floor at 0; nothing missing.
    """

    name: str
    group: str
    part: Part
    fps: float
    joints: np.ndarray


def found_recordings(source: str | Path) -> list[Recording]:
    """The recordings of a file written by :func:`write_recordings`, or of a folder of real data sets.

    An empty list where there is neither.  Raises InputError for a file of another kind.
    """
    path = Path(source)
    if path.is_file():
        return _read(path)
    if not (path / "uiprmd").is_dir():
        return []
    parts = load_protocol(path)
    return [_recording(clip, part) for part, clips in parts.items() for clip in clips]  # type: ignore[arg-type]


def studio_recordings(takes: int, seed: int, exercises: Sequence[str] | None = None) -> list[Recording]:
    """Exercises of the studio, with mistakes of any strength in some repetitions, every take by another body.

    Parameters
    ----------
    takes : int
        To train on, the exercises in turns; besides, one of each to validate and one to test on.
    exercises : sequence of str, optional
        Default: all that the studio performs.

    Returns
    -------
    recordings : list
        Empty for no takes.  Their groups are ``studio, <exercise>``.
    """
    if takes == 0:
        return []
    names = known_exercises(exercises)
    parts: list[Part] = [*["test"] * len(names), *["validation"] * len(names), *["train"] * takes]  # type: ignore[list-item]
    studio = MotionSet(len(parts), seed, list(names), repetitions=_REPETITIONS, cameras=1)
    recordings = []
    for number, part in enumerate(progress(parts, "exercises of the studio", unit="take")):
        take, clip = studio.take(number)
        joints = np.concatenate([clip.world_coco.to(COCO17).positions, clip.world.positions], axis=1)
        recordings.append(Recording(f"studio_{take.subject}", f"studio, {clip.exercise}", part, clip.fps, joints))
    return recordings


def write_recordings(recordings: Sequence[Recording], path: str | Path) -> None:
    """Writes them as a compressed npz: the change from frame to frame in whole millimetres, which packs well."""
    millimetres = np.concatenate([np.round(r.joints * 1000).astype(np.int16) for r in recordings])
    with written_whole(path) as partial:
        np.savez_compressed(
            partial,
            names=[r.name for r in recordings],
            groups=[r.group for r in recordings],
            parts=[r.part for r in recordings],
            fps=[r.fps for r in recordings],
            lengths=[len(r.joints) for r in recordings],
            changes=np.diff(millimetres, axis=0, prepend=np.int16(0)),
        )


def _read(path: Path) -> list[Recording]:
    try:
        with np.load(path) as data:
            joints = np.cumsum(data["changes"], axis=0, dtype=np.int16).astype(np.float32) / 1000
            clips = np.split(joints, np.cumsum(data["lengths"])[:-1])
            columns = (data["names"], data["groups"], data["parts"], data["fps"], clips)
    except (*UNREADABLE, ValueError) as error:
        raise InputError(
            f"recordings must be a file of fitlab's write_recordings, got {str(path)!r}: {error}; make it again"
        ) from error
    return [Recording(str(n), str(g), str(p), float(f), j) for n, g, p, f, j in zip(*columns, strict=True)]  # type: ignore[arg-type]


def _recording(clip: MotionClip, part: Part) -> Recording:
    joints = np.concatenate([clip.coco17.positions, clip.h36m17.positions], axis=1)
    group = "CMU" if clip.name.startswith("cmu") else clip.name.split("_")[1]
    return Recording(clip.name, group, part, clip.coco17.fps, joints)
