"""The protocol on which lifters are trained and compared: real motion, a fixed split, virtual cameras.

Motion: the Vicon recordings of UI-PRMD (all movements, done well and badly; the ten repetitions of
one movement joined, with 0.3 s of transition between them) and three CMU trials.

    train       UI-PRMD s01 .. s06, CMU 13_29 and 14_14
    validation  UI-PRMD s07, CMU 13_30
    test        UI-PRMD s08

CMU 13_29 and 13_30 show the same person, so only the test part is free of people seen in training.
A lifter's input is ``coco17`` projected by :func:`virtual_cameras`, its target ``h36m17`` in the axes of the
same camera (:func:`fitlab.geometry.project_poses`, :func:`fitlab.geometry.view_poses`).
"""

import os
from dataclasses import dataclass

import numpy as np

from fitlab.datasets import cmu, uiprmd
from fitlab.datasets.face import as_coco17, as_h36m17
from fitlab.errors import InputError
from fitlab.geometry import Camera, pelvis
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.signals import clean, resample_poses, runs

FPS = 30.0
SPLIT: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "train": (("s01", "s02", "s03", "s04", "s05", "s06"), ("13_29", "14_14")),
    "validation": (("s07",), ("13_30",)),
    "test": (("s08",), ()),
}
"""Part -> UI-PRMD subjects, CMU trials."""

PICTURE = (1000, 1000)
"""Width and height in pixels of what the virtual cameras see."""

_SHORTEST_S = 1.0
_BODY_CENTRE = (0.0, 0.0, 0.9)


@dataclass(frozen=True, eq=False)
class MotionClip:
    """A movement in the layout that detectors see and in the layout that lifters give.

    Parameters
    ----------
    name : str
        For instance ``cor_m01_s03``; a recording cut by lost markers gives several, ``cor_m01_s03.0``, ``.1`` ...
    subject : str
        ``s03`` of UI-PRMD, ``cmu13`` of CMU.
    coco17, h36m17 : PoseSequence in world space, 30 fps, nothing missing
        The same frames, moved so that the pelvis is above the origin on average.
    """

    name: str
    subject: str
    coco17: PoseSequence
    h36m17: PoseSequence


def load_protocol(root: str | os.PathLike[str]) -> dict[str, list[MotionClip]]:
    """The clips of the protocol, by part: train, validation, test.

    Parameters
    ----------
    root : path
        Folder that holds ``uiprmd/`` and ``cmu/``.

    Raises
    ------
    InputError
        If a file is missing.
    """
    wanted = [
        (part, subject, movement, correct)
        for part, (subjects, _) in SPLIT.items()
        for subject in subjects
        for movement in uiprmd.MOVEMENTS
        for correct in (True, False)
        if (subject, movement) != ("s03", "m03")  # was not recorded by Vicon
    ]
    clips: dict[str, list[MotionClip]] = {part: [] for part in SPLIT}
    for part, subject, movement, correct in progress(wanted, "motion capture", unit="clip"):
        whole, _ = uiprmd.joined(root, movement, subject, "vicon", correct)
        # Truth is only relieved of glitches, not smoothed like a detection.
        whole = resample_poses(clean(whole, cutoff_hz=12.0), FPS)
        clips[part] += _complete_clips(f"{'cor' if correct else 'inc'}_{movement}_{subject}", subject, whole)
    for part, (_, trials) in SPLIT.items():
        for trial in trials:
            whole, _ = cmu.load(root, trial)
            clips[part] += _complete_clips(f"cmu_{trial}", f"cmu{trial[:2]}", resample_poses(whole, FPS))
    return clips


def virtual_cameras(seed: int, n: int) -> list[Camera]:
    """``n`` cameras around a person at the origin, the same ones for the same seed.

    Drawn uniformly: distance on the floor 2.5 to 6 m, height 0.4 to 2.2 m, any azimuth, focal
    length 0.8 to 1.6 times the picture's width; each looks at the point 0.9 m above the origin.
    """
    if n < 1:
        raise InputError(f"n must be 1 or more cameras, got {n}")
    draw = np.random.default_rng(seed)
    distance, height = draw.uniform(2.5, 6.0, n), draw.uniform(0.4, 2.2, n)
    azimuth, focal = draw.uniform(0.0, 2 * np.pi, n), draw.uniform(0.8, 1.6, n) * PICTURE[0]
    positions = np.stack([distance * np.cos(azimuth), distance * np.sin(azimuth), height], axis=-1)
    return [Camera.looking_at(p, _BODY_CENTRE, float(f), PICTURE) for p, f in zip(positions, focal, strict=True)]


def _complete_clips(name: str, subject: str, whole: PoseSequence) -> list[MotionClip]:
    """The stretches of at least a second in which no joint is missing, moved to the origin."""
    coco17, h36m17 = as_coco17(whole), as_h36m17(whole)
    complete = np.isfinite(np.concatenate([coco17.positions, h36m17.positions], axis=1)).all(axis=(1, 2))
    stretches = [(start, stop) for start, stop in runs(complete) if stop - start >= _SHORTEST_S * FPS]
    clips = []
    for index, (start, stop) in enumerate(stretches):
        shift = pelvis(h36m17[start:stop]).mean(axis=0) * [1.0, 1.0, 0.0]
        coco, h36m = (
            seq.replace("centred", positions=seq.positions - shift) for seq in (coco17[start:stop], h36m17[start:stop])
        )
        clips.append(MotionClip(name if len(stretches) == 1 else f"{name}.{index}", subject, coco, h36m))
    return clips
