"""Slices: which kind of picture a frame makes, so that a mean hides no weakness."""

import numpy as np

from fitlab.skeletons import COCO17, COCO23
from fitlab.synthesis.labels import VISIBLE

POSTURES = ("upright", "bent", "floor", "inverted")
"""Every frame is one of them, see :func:`postures`."""

SLICES = (*POSTURES, "occluded", "fast")
"""A frame is of one posture, and may be occluded or fast as well."""

_UPRIGHT_DEG, _INVERTED_DEG = 45.0, 115.0
_LOW, _LYING = 0.4, 0.12  # heights of the shoulders, in body heights
_OCCLUDED = 0.5
FAST_M_S = 1.5


def postures(joints: np.ndarray, height_m: float) -> np.ndarray:
    """(T,) str, one of :data:`POSTURES`, by the line from the hips to the shoulders.

    ``inverted``: it points down, more than 115 degrees from vertical, and the shoulders do not lie on the floor
    (handstand, downward dog; not a bridge).  Else ``floor``: the shoulders are lower than 0.4 body heights (lying,
    sitting, planks, push-ups).  Else ``upright`` within 45 degrees of vertical, or ``bent``.

    Parameters
    ----------
    joints : (T, 23, 3) world, metres, COCO23
    height_m : float
        The person's height.
    """
    shoulders = joints[:, [COCO23.index("left_shoulder"), COCO23.index("right_shoulder")]].mean(axis=1)
    hips = joints[:, [COCO23.index("left_hip"), COCO23.index("right_hip")]].mean(axis=1)
    trunk = shoulders - hips
    inclination = np.degrees(np.arccos(trunk[:, 2] / np.linalg.norm(trunk, axis=1)))
    high = shoulders[:, 2] / height_m
    hanging = (inclination > _INVERTED_DEG) & (high > _LYING)
    return np.select([hanging, high < _LOW, inclination < _UPRIGHT_DEG], ["inverted", "floor", "upright"], "bent")


def speeds(joints: np.ndarray, fps: float) -> np.ndarray:
    """(T,) m/s of the fastest of the 17 joints of COCO; ``joints`` (T, K >= 17, 3) world, metres."""
    if len(joints) < 2:
        return np.zeros(len(joints))
    moved = np.gradient(joints[:, : len(COCO17)].astype(np.float64), 1 / fps, axis=0)
    return np.linalg.norm(moved, axis=-1).max(axis=-1)


def occluded(visibility: np.ndarray) -> np.ndarray:
    """(...) bool: more than half of the 17 joints of COCO are hidden or outside; ``visibility`` (..., K >= 17)."""
    return (visibility[..., : len(COCO17)] != VISIBLE).mean(axis=-1) > _OCCLUDED


def slices_of(posture: str, is_occluded: bool, speed_m_s: float) -> list[str]:
    """The slices of one frame."""
    return [posture, *["occluded"] * bool(is_occluded), *["fast"] * bool(speed_m_s > FAST_M_S)]
