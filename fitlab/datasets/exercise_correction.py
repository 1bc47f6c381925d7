"""Exercise-Correction: frames of real people filmed at home, as MediaPipe landmarks, each with a label.

Ngo Q. B., https://github.com/NgoQuocBao1010/Exercise-Correction, MIT licence.  One row is one frame; rows that follow
each other mostly come from one clip, with the frames in between left out.  The files read here:

    exercise_correction/lunge/err.test.csv    "L": the front knee is over the toes, "C": it is not; at the bottom
    exercise_correction/bicep/test.csv        "L": leaning back, "C": correct
    exercise_correction/squat/test.csv        "down", "up"; also squat/train.csv

Coordinates are divided by the picture's width (x, and z, whose zero is the hips) and height (y), and the width of
the picture is not given: it is 16:9 where it can be told (:func:`bone_spread`).
"""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.skeletons import BLAZEPOSE33

FILES = {
    "lunge": "lunge/err.test.csv",
    "curl": "bicep/test.csv",
    "squat": "squat/test.csv",
    "squat_train": "squat/train.csv",
}
ASPECT = 16 / 9
"""Width of the pictures by their height."""
_NAMES = {"left_foot_index": "left_big_toe", "right_foot_index": "right_big_toe"}
_TRUNK_METRES = 0.5  # hips to shoulders of an adult: only angles are judged, which do not depend on it
_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


@dataclass(frozen=True, eq=False)
class Frames:
    """Labelled frames.

    Parameters
    ----------
    landmarks : float (N, K, 3)
        As stored: x divided by width, y (down) by height, z by width.
    visibility : float (N, K) in [0, 1]
    joints : K names of :data:`fitlab.skeletons.BLAZEPOSE33`
    labels : (N,) str
    """

    landmarks: np.ndarray
    visibility: np.ndarray
    joints: tuple[str, ...]
    labels: np.ndarray

    def world(self, aspect: float = ASPECT, depth: float = 0.0, fps: float = 30.0) -> PoseSequence:
        """The frames as if they were a clip, in world space.

        Parameters
        ----------
        aspect : float
            Width of the picture by its height.
        depth : float
            What z counts beside x.  0 puts everybody into the plane of the picture: right for who is filmed from the
            side, and angles are then those of the picture.

        Returns
        -------
        sequence : (N, 33, 3), the picture's vertical taken for the world's (a phone that stands upright)
            x to the right in the picture, y away from the camera; shoulders to hips 0.5 m on average (of the median
            frame); the lowest landmark of all frames at z = 0.  Joints that the file lacks are missing.
        """
        x, y, z = np.moveaxis(self.landmarks, -1, 0)
        positions = np.stack([aspect * x, depth * aspect * z, -y], axis=-1)
        columns = [self.joints.index(joint) for joint in _TRUNK]
        shoulders, hips = positions[:, columns[:2]].mean(axis=1), positions[:, columns[2:]].mean(axis=1)
        positions *= _TRUNK_METRES / np.median(np.linalg.norm(shoulders - hips, axis=1))
        positions[..., 2] -= positions[..., 2].min()
        places = [BLAZEPOSE33.index(joint) for joint in self.joints]
        everybody = np.full((len(positions), len(BLAZEPOSE33), 3), np.nan)
        confidence = np.zeros(everybody.shape[:2])
        everybody[:, places], confidence[:, places] = positions, np.clip(self.visibility, 0, 1)
        return PoseSequence(
            everybody,
            fps,
            BLAZEPOSE33,
            "world",
            confidence,
            history=(f"exercise_correction({aspect=:.3g}, {depth=:g})",),
        )


def load(root: str | os.PathLike[str], name: str) -> Frames:
    """The frames of one of :data:`FILES`, in the folder of real data ``root``.

    Raises
    ------
    InputError
        If there is no such file, or it is not laid out as above.
    """
    if name not in FILES:
        raise InputError(f"name must be one of {', '.join(FILES)}, got {name!r}")
    path = Path(root) / "exercise_correction" / FILES[name]
    if not path.is_file():
        raise InputError(
            f"the folder of real data must hold exercise_correction/{FILES[name]}, got no such file in {root}"
        )
    header, *rows = _table(path)
    stored = [column.removesuffix("_x") for column in header if column.endswith("_x")]
    expected = ["label", *(f"{joint}_{axis}" for joint in stored for axis in "xyzv")]
    if header != expected or not rows or not set(_TRUNK) <= set(stored):
        raise InputError(
            f"{path} must hold label, then x, y, z, v of every joint, got {', '.join(header[:6]) or 'nothing'} ...; "
            "take the file as its owners publish it"
        )
    try:
        values = np.array([row[1:] for row in rows], float).reshape(len(rows), len(stored), 4)
    except ValueError as error:
        raise InputError(f"{path} must hold a number in every column, got {error}; take the file again") from None
    joints = tuple(_NAMES.get(joint, joint) for joint in stored)
    return Frames(values[..., :3], values[..., 3], joints, np.array([row[0] for row in rows]))


def _table(path: Path) -> list[list[str]]:
    """The cells of a CSV file, row by row; one row without cells for an empty file."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.reader(lines)) or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} must be a CSV file, got {error}; take the file again") from error


def bone_spread(frames: Frames, aspect: float, depth: float = 0.0) -> float:
    """How little constant the lengths of thighs and shins are: mean quartile distance / median over the four bones.

    Legs do not change their length: the aspect of the picture that keeps them is the true one where people move in the
    plane of the picture, and the same holds of ``depth`` where they do not.  No label is looked at.
    """
    seq = frames.world(aspect, depth)
    spreads = []
    for side in ("left", "right"):
        for first, second in (("hip", "knee"), ("knee", "ankle")):
            length = np.linalg.norm(seq[f"{side}_{first}"] - seq[f"{side}_{second}"], axis=1)
            spreads.append(np.subtract(*np.percentile(length, [75, 25])) / np.median(length))
    return float(np.mean(spreads))
