"""How far a lifter is off: the four metrics of the field on sequences with known 3D."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas

from fitlab.lifting.lifter import Lifter
from fitlab.metrics import joint_errors, mpjpe, mpjve, n_mpjpe, p_mpjpe
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.skeletons import H36M17

_MM = 1000.0


class LiftingClip(NamedTuple):
    """A sequence that was seen by a camera and is known in 3D."""

    name: str
    slice: str
    """What the clip is counted under: an exercise, a data set, a view."""
    image: PoseSequence
    camera: PoseSequence
    """The truth, Human3.6M joints, same frames as ``image``."""


class Scores(NamedTuple):
    """How far a lifter is off."""

    slices: pandas.DataFrame
    """Index: the slices and ``all``.  Columns: ``frames`` in which a joint could be compared, and in mm ``mpjpe``,
    ``p_mpjpe`` (after a similarity alignment per frame), ``n_mpjpe`` (after scaling per frame) and ``mpjve`` (mm per
    frame), as defined in section 5 of Pavllo et al. (2019)."""
    joints: pandas.DataFrame
    """Index: Human3.6M joints.  Column ``mpjpe`` in mm."""


def score_lifter(lifter: Lifter, clips: Sequence[LiftingClip]) -> Scores:
    """Errors by slice and by joint, every frame counting the same."""
    predicted = _lifted(lifter, clips)
    slices = dict.fromkeys(clip.slice for clip in clips)
    rows = {
        name: _scores([pair for pair, clip in zip(predicted, clips, strict=True) if clip.slice == name])
        for name in slices
    }
    errors = np.concatenate([joint_errors(*pair) for pair in predicted])  # (frames, 17)
    return Scores(
        slices=pandas.DataFrame.from_dict({**rows, "all": _scores(predicted)}, orient="index"),
        joints=pandas.DataFrame({"mpjpe": np.nanmean(errors, axis=0) * _MM}, index=list(H36M17.joints)),
    )


def _lifted(lifter: Lifter, clips: Iterable[LiftingClip]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Prediction and truth of every clip, (T, 17, 3) metres relative to the pelvis."""
    pairs = []
    for clip in progress(list(clips), f"lifting with {lifter.name}", unit="clip"):
        true = clip.camera.to(H36M17).positions.astype(np.float64)
        pairs.append((lifter(clip.image).positions.astype(np.float64), true - true[:, :1]))
    return pairs


def _scores(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    predicted, true = (np.concatenate(side) for side in zip(*pairs, strict=True))
    # Velocity knows no step from one clip to the next.
    steps = np.array([len(side) - 1 for side, _ in pairs])
    speed_errors = np.array([mpjve(*pair) if len(pair[0]) > 1 else 0.0 for pair in pairs])
    return {
        "frames": float(np.isfinite(joint_errors(predicted, true)).any(axis=1).sum()),
        "mpjpe": float(mpjpe(predicted, true)) * _MM,
        "p_mpjpe": float(p_mpjpe(predicted, true)) * _MM,
        "n_mpjpe": float(n_mpjpe(predicted, true)) * _MM,
        "mpjve": float(np.average(speed_errors, weights=np.maximum(steps, 1))) * _MM,
    }
