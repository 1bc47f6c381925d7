"""How far two poses of the same size differ, joint group by joint group, in degrees.

Every segment is seen from the one that carries it, so that a bent trunk does not count as raised
arms, nor a bent hip as a bent knee.  A group's deviation is that of its most deviating segment.
"""

import numpy as np
from scipy.ndimage import uniform_filter1d

from fitlab.geometry import joint_angle
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

_SMOOTH_SECONDS = 0.25  # the hip line is short and jitters; the directions seen from it would too
_LIMB_JOINTS = ("hip", "knee", "ankle", "big_toe", "toes", "foot", "shoulder", "elbow", "wrist")
_JOINTS = (
    *("pelvis", "spine", "thorax", "head_top", "nose"),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in _LIMB_JOINTS),
)
_WANTED = Skeleton("compared", _JOINTS, (-1,) * len(_JOINTS))
_UP = np.array([0.0, 0.0, 1.0])


def segment_directions(seq: PoseSequence) -> dict[str, dict[str, np.ndarray]]:
    """The directions that are compared: joint group -> segment -> (T, 3) unit vectors or (T,) joint angles.

    Parameters
    ----------
    seq : PoseSequence in world space, any layout
        NaN in, NaN out.
    """
    pose = seq.to(_WANTED)
    joints = {name: pose[name].astype(np.float64) for name in _JOINTS}
    hips = _smoothed(joints["left_hip"] - joints["right_hip"], seq.fps)
    pelvis = _frame(np.broadcast_to(_UP, hips.shape), hips)
    shoulders = joints["left_shoulder"] - joints["right_shoulder"]
    lower, upper = joints["spine"] - joints["pelvis"], joints["thorax"] - joints["spine"]
    trunk = _frame(upper, shoulders)

    groups: dict[str, dict[str, np.ndarray]] = {
        "head": {
            "head": _seen(trunk, joints["head_top"] - joints["thorax"]),
            "nose": _seen(trunk, joints["nose"] - joints["thorax"]),
        },
        "trunk": {
            "lower trunk": _seen(pelvis, lower),
            "upper trunk": _seen(pelvis, upper),
            "shoulders": _seen(pelvis, shoulders),
        },
        "arms": {},
        "hips": {},
        "knees": {},
        # Without toes all that can be seen of the feet is how they are placed: one in front of the other or level.
        "feet": {"stance": _seen(pelvis, joints["left_ankle"] - joints["right_ankle"])},
    }
    for side in ("left", "right"):
        hip, knee, ankle = (joints[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        shoulder, elbow, wrist = (joints[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist"))
        groups["arms"][f"{side} upper arm"] = _seen(trunk, elbow - shoulder)
        groups["arms"][f"{side} elbow"] = joint_angle(shoulder, elbow, wrist)
        groups["hips"][f"{side} thigh"] = _seen(pelvis, knee - hip)
        groups["knees"][f"{side} shank"] = _seen(_frame(knee - hip, hips), ankle - knee)
        for toe in ("big_toe", "toes", "foot"):
            if not np.isnan(joints[f"{side}_{toe}"]).all():
                groups["feet"][f"{side} foot"] = _seen(_frame(ankle - knee, hips), joints[f"{side}_{toe}"] - ankle)
                break
    return groups


def group_deviations(mine: PoseSequence, other: PoseSequence) -> dict[str, np.ndarray]:
    """Degrees (T,) between two sequences of the same length, by joint group: its most deviating segment."""
    a, b = segment_directions(mine), segment_directions(other)
    result = {}
    for group, segments in a.items():
        shared = [_between(direction, b[group][name]) for name, direction in segments.items() if name in b[group]]
        stacked = np.stack(shared)  # (segments, T)
        known = ~np.isnan(stacked)
        result[group] = np.where(known.any(axis=0), np.where(known, stacked, 0).max(axis=0), np.nan)
    return result


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees (T,) between unit vectors (T, 3), or between joint angles (T,)."""
    if a.ndim == 1:
        return np.abs(a - b)
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), np.einsum("td,td->t", a, b)))


def _frame(axis: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Orthonormal axes (T, 3, 3) as rows: along ``axis``, along ``side`` across it, and the third."""
    first = _unit(axis)
    second = _unit(side - np.einsum("td,td->t", side, first)[:, None] * first)
    return np.stack([first, second, np.cross(first, second)], axis=1)


def _seen(frame: np.ndarray, segment: np.ndarray) -> np.ndarray:
    """The segment's direction (T, 3) in the coordinates of ``frame``."""
    return np.einsum("tij,tj->ti", frame, _unit(segment))


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=np.full_like(vectors, np.nan, dtype=np.float64), where=length > 1e-9)


def _smoothed(vectors: np.ndarray, fps: float) -> np.ndarray:
    """Means over a quarter of a second, of the known frames; NaN where the frame itself is unknown."""
    frames = max(1, round(_SMOOTH_SECONDS * fps))
    known = ~np.isnan(vectors)
    total = uniform_filter1d(np.where(known, vectors, 0.0), frames, axis=0, mode="nearest")
    weight = uniform_filter1d(known.astype(float), frames, axis=0, mode="nearest")
    return np.where(known, total / np.maximum(weight, 1e-9), np.nan)
