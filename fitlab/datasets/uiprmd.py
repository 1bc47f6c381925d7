"""UI-PRMD: ten rehabilitation movements by ten repetitions of eight people, done well and badly.

Vakanski et al., "A data set of human body movements for physical rehabilitation exercises", Data
3(1), 2018; University of Idaho, public domain (ODC-PDDL 1.0).  Vicon (39 skin markers) and Kinect
(22 joints) recorded the same performances; the layout read here is one array per repetition in

    uiprmd/vicon_markers39_50hz_mm.npz    "cor_m01_s01_e01" -> (T, 39, 3) int16, 50 Hz, mm, z up
    uiprmd/kinect_joints22_30hz_mm.npz    "cor_m01_s01_e01" -> (T, 22, 3) int16, 30 Hz, mm, y up

The legs of the Kinect recordings cannot be trusted once they bend: in deep squats the ankles leave the
floor by half a metre, while the Vicon ankles rise by a centimetre.  Pelvis, trunk, head and arms of the two
agree to 4 to 9 cm, and neither is mirrored (``experiments/mocap_agreement``).  Measure legs on ``kind="vicon"``.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from fitlab.datasets.archives import arrays_in
from fitlab.datasets.plug_in_gait import Calibration, calibrate, joint_centres
from fitlab.errors import InputError
from fitlab.poses import PoseSequence, join
from fitlab.skeletons import UIPRMD22, VICON25

Kind = Literal["vicon", "kinect"]

MOVEMENTS = {
    "m01": "deep squat",
    "m02": "hurdle step",
    "m03": "inline lunge",
    "m04": "side lunge",
    "m05": "sit to stand",
    "m06": "standing active straight leg raise",
    "m07": "standing shoulder abduction",
    "m08": "shoulder extension",
    "m09": "shoulder internal-external rotation",
    "m10": "shoulder scaption",
}
SUBJECTS = tuple(f"s{number:02d}" for number in range(1, 9))

_FILES = {"vicon": "vicon_markers39_50hz_mm.npz", "kinect": "kinect_joints22_30hz_mm.npz"}
_FPS = {"vicon": 50.0, "kinect": 30.0}
_BLEND_S = 0.3
_REST_FRAMES = 5
_KINECT_ANKLE_HEIGHT = 0.08  # of the ankle joint above the floor on which the person stands


def load(
    root: str | os.PathLike[str],
    movement: str = "m01",
    subject: str = "s01",
    kind: Kind = "kinect",
    correct: bool = True,
) -> list[PoseSequence]:
    """The repetitions of one movement by one subject, each as recorded.

    Parameters
    ----------
    root : path
        Folder that holds ``uiprmd/``.
    movement, subject : keys of :data:`MOVEMENTS`, one of :data:`SUBJECTS`
    kind : {"kinect", "vicon"}
        Kinect joints as they are (``UIPRMD22``, 30 fps); Vicon markers as joint centres (``VICON25``,
        50 fps; NaN where a marker was lost), see :mod:`fitlab.datasets.plug_in_gait`.
    correct : bool
        Performed well, or badly.

    Returns
    -------
    repetitions : list of PoseSequence in world space
        Up to ten; a repetition that was not recorded is left out.  The floor of Kinect recordings is
        placed 8 cm below the lower ankle as the repetitions begin.

    Raises
    ------
    InputError
        If the file is missing, cannot be read or holds nothing for these arguments.
    """
    prefix = f"{'cor' if correct else 'inc'}_{movement}_{subject}_"
    path = _file(root, kind)
    clips = _read(path, prefix)
    if not clips:
        raise InputError(
            f"{path.name} must hold repetitions called {prefix}*, got none; "
            f"choose a movement of {', '.join(MOVEMENTS)} and a subject of {', '.join(SUBJECTS)}"
        )
    if kind == "vicon":
        person = _calibration(path, subject)
        return [_sequence(joint_centres(clip, person), kind, name) for name, clip in clips.items()]
    ankles = [UIPRMD22.index("left_ankle"), UIPRMD22.index("right_ankle")]
    turned = {name: np.stack([clip[..., 0], -clip[..., 2], clip[..., 1]], axis=-1) for name, clip in clips.items()}
    # Only the rest before each repetition tells where the floor is: bent legs leave it in these recordings.
    lower = np.concatenate([clip[:_REST_FRAMES, ankles, 2].min(axis=1) for clip in turned.values()])
    floor = np.array([0.0, 0.0, np.median(lower) - _KINECT_ANKLE_HEIGHT])
    return [_sequence(clip - floor, kind, name) for name, clip in turned.items()]


def joined(
    root: str | os.PathLike[str],
    movement: str = "m01",
    subject: str = "s01",
    kind: Kind = "kinect",
    correct: bool = True,
) -> tuple[PoseSequence, np.ndarray]:
    """All repetitions one after the other, as if recorded in one go.

    Between two repetitions 0.3 s of smooth transition are put in, so that every recorded frame stays.

    Returns
    -------
    sequence : PoseSequence in world space
    boundaries : int (R, 2)
        Frames [start, stop) of each repetition; R = 10 but for the few that are missing.
    """
    repetitions = load(root, movement, subject, kind, correct)
    between = round(_BLEND_S * _FPS[kind])
    share = np.arange(1, between + 1) / (between + 1)
    share = (share * share * (3 - 2 * share))[:, None, None]  # starts and ends at rest
    parts, boundaries, at = [], [], 0
    for index, repetition in enumerate(repetitions):
        if index:
            last, first = repetitions[index - 1].positions[-1], repetition.positions[0]
            bridge = (1 - share) * last + share * first
            confidence = np.repeat(~np.isnan(bridge[:1, :, 0]), between, axis=0)
            parts.append(repetition.replace("transition", positions=bridge, confidence=confidence))
            at += between
        parts.append(repetition)
        boundaries.append((at, at + len(repetition)))
        at += len(repetition)
    name = f"uiprmd.joined({movement}, {subject}, {kind}, correct={correct})"
    whole = join(parts)
    return PoseSequence(whole.positions, whole.fps, whole.skeleton, "world", history=(name,)), np.array(boundaries)


def _file(root: str | os.PathLike[str], kind: Kind) -> Path:
    if kind not in _FILES:
        raise InputError(f"kind must be one of {', '.join(_FILES)}, got {kind!r}")
    path = Path(root) / "uiprmd" / _FILES[kind]
    if not path.is_file():
        raise InputError(f"the folder of real data must hold uiprmd/{path.name}, got no such file in {root}")
    return path


def _read(path: Path, part: str) -> dict[str, np.ndarray]:
    """Arrays whose key contains ``part`` in metres; (0, 0, 0) is how a lost marker was stored."""
    with arrays_in(path) as archive:
        clips = {key: archive[key] for key in sorted(archive.files) if part in key}
    return {
        key: np.where((clip == 0).all(axis=-1, keepdims=True), np.nan, clip / 1000.0) for key, clip in clips.items()
    }


@lru_cache(maxsize=32)
def _calibration(path: Path, subject: str) -> Calibration:
    """From everything that the subject did, since no single movement bends all joints."""
    return calibrate(list(_read(path, f"_{subject}_").values()))


def _sequence(positions: np.ndarray, kind: Kind, name: str) -> PoseSequence:
    skeleton = UIPRMD22 if kind == "kinect" else VICON25
    return PoseSequence(positions, _FPS[kind], skeleton, "world", history=(f"uiprmd.load({kind}, {name})",))
