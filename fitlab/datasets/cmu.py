"""CMU Graphics Lab Motion Capture Database: three long trials of gymnastic exercises.

Trials 13_29, 13_30 and 14_14: jumping jacks, jogging, squats, knee raises, arm circles, twists, toe
touches.  Free for any use; the data came from mocap.cs.cmu.edu, funded by NSF EIA-0196217.  Action
segments by mocap6 (Zhou and De la Torre).  One file per trial, ``cmu/13_29.npz``: ``positions``
(T, 31, 3) metres, y up, 120 fps, ``joint_names``, ``segments`` (JSON).
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fitlab.datasets.archives import arrays_in
from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.skeletons import CMU31

TRIALS = ("13_29", "13_30", "14_14")


@dataclass(frozen=True)
class Segment:
    """An action: its name and its frames [start, stop)."""

    action: str
    start: int
    stop: int


def load(root: str | os.PathLike[str], trial: str = "13_29") -> tuple[PoseSequence, list[Segment]]:
    """One trial.

    Parameters
    ----------
    root : path
        Folder that holds ``cmu/``.
    trial : one of :data:`TRIALS`
        Subject and number.

    Returns
    -------
    sequence : PoseSequence
        World space, 120 fps, ``CMU31``.
    segments : list of Segment
        In the order of time, cut off at the end of the recording.

    Raises
    ------
    InputError
        If there is no such trial, or its file cannot be read.
    """
    path = Path(root) / "cmu" / f"{trial}.npz"
    if not path.is_file():
        raise InputError(f"trial must be one of {', '.join(TRIALS)} and lie in {path.parent}, got {trial!r}")
    with arrays_in(path) as archive:
        positions, fps = archive["positions"], float(archive["fps"])
        listed = json.loads(str(archive["segments"]))
    world = np.stack([positions[..., 0], -positions[..., 2], positions[..., 1]], axis=-1)
    sequence = PoseSequence(world, fps, CMU31, "world", history=(f"cmu.load({trial})",))
    return sequence, [Segment(action, start, min(stop, len(sequence))) for action, start, stop in listed]
