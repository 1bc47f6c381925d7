"""How far two poses of the same size differ, joint group by joint group, in degrees.

Every segment is seen from the one that carries it, so that a bent trunk does not count as raised
arms, nor a bent hip as a bent knee.  A group's deviation is that of its most deviating segment.

Paths are (joints, 3, frames) here: numpy adds up long rows many times faster than triples.
"""

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import uniform_filter1d

from fitlab.analysis.retargeting import paths_of
from fitlab.geometry import joint_angle
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton, conversion

Directions = Mapping[str, Mapping[str, np.ndarray]]

_SMOOTH_SECONDS = 0.25  # the hip line is short and jitters; the directions seen from it would too
_LIMB_JOINTS = ("hip", "knee", "ankle", "big_toe", "toes", "foot", "shoulder", "elbow", "wrist")
_JOINTS = (
    *("pelvis", "spine", "thorax", "head_top", "nose"),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in _LIMB_JOINTS),
)
_WANTED = Skeleton("compared", _JOINTS, (-1,) * len(_JOINTS))
_UP = np.array([[0.0], [0.0], [1.0]])


def group_deviations(mine: PoseSequence, other: PoseSequence) -> dict[str, np.ndarray]:
    """Degrees (T,) between two sequences of the same length, by joint group: its most deviating segment."""
    a, b = (segment_directions(paths_of(seq.positions), seq.skeleton, seq.fps) for seq in (mine, other))
    return deviations(a, b)


def deviations(a: Directions, b: Directions) -> dict[str, np.ndarray]:
    """Degrees (T,) between two persons' directions, by joint group: that of its most deviating segment."""
    result = {}
    for group, segments in a.items():
        shared = [_between(direction, b[group][name]) for name, direction in segments.items() if name in b[group]]
        stacked = np.stack(shared)  # (segments, T)
        known = ~np.isnan(stacked)
        result[group] = np.where(known.any(axis=0), np.where(known, stacked, 0).max(axis=0), np.nan)
    return result


def segment_directions(paths: np.ndarray, skeleton: Skeleton, fps: float) -> Directions:
    """The directions that are compared.

    Parameters
    ----------
    paths : (K, 3, T), world space
        Of the joints of ``skeleton``.  NaN in, NaN out.

    Returns
    -------
    directions : joint group -> segment -> (3, T) unit vectors or (T,) joint angles in degrees
    """
    unseen = np.full(paths.shape[1:], np.nan)
    joints = {}
    for name, recipe in zip(_JOINTS, conversion(skeleton, _WANTED), strict=True):
        used = np.flatnonzero(recipe)  # NaN counts as nonzero
        joints[name] = unseen if np.isnan(recipe).any() else sum(recipe[k] * paths[k] for k in used)
    hips = _smoothed(joints["left_hip"] - joints["right_hip"], fps)
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
        groups["arms"][f"{side} elbow"] = joint_angle(shoulder.T, elbow.T, wrist.T)
        groups["hips"][f"{side} thigh"] = _seen(pelvis, knee - hip)
        groups["knees"][f"{side} shank"] = _seen(_frame(knee - hip, hips), ankle - knee)
        for toe in ("big_toe", "toes", "foot"):
            if not np.isnan(joints[f"{side}_{toe}"]).all():
                groups["feet"][f"{side} foot"] = _seen(_frame(ankle - knee, hips), joints[f"{side}_{toe}"] - ankle)
                break
    return groups


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees (T,) between unit vectors (3, T), or between joint angles (T,)."""
    if a.ndim == 1:
        return np.abs(a - b)
    return np.degrees(np.arctan2(_length(_cross(a, b)), _dot(a, b)))


def _frame(axis: np.ndarray, side: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orthonormal axes, each (3, T): along ``axis``, along ``side`` across it, and the third."""
    first = _unit(axis)
    second = _unit(side - _dot(side, first) * first)
    return first, second, _cross(first, second)


def _seen(frame: tuple[np.ndarray, np.ndarray, np.ndarray], segment: np.ndarray) -> np.ndarray:
    """The segment's direction (3, T) in the coordinates of ``frame``."""
    direction = _unit(segment)
    return np.stack([_dot(axis, direction) for axis in frame])


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = _length(vectors)
    return np.divide(vectors, length, out=np.full(vectors.shape, np.nan), where=length > 1e-9)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.sqrt(_dot(vectors, vectors))


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _smoothed(vectors: np.ndarray, fps: float) -> np.ndarray:
    """Means over a quarter of a second, of the known frames; NaN where the frame itself is unknown."""
    frames = max(1, round(_SMOOTH_SECONDS * fps))
    known = ~np.isnan(vectors)
    total = uniform_filter1d(np.where(known, vectors, 0.0), frames, axis=1, mode="nearest")
    weight = uniform_filter1d(known.astype(float), frames, axis=1, mode="nearest")
    return np.where(known, total / np.maximum(weight, 1e-9), np.nan)
