"""Which way is up, and which way the person faces, in camera space."""

import numpy as np

from fitlab.geometry import body_axes, joint_angle
from fitlab.lifting.contacts import REST_HEIGHTS, TOUCHING
from fitlab.poses import PoseSequence

LEVEL = np.array([0.0, -1.0, 0.0])
"""Up for a level camera: y points down."""

_MAX_TILT_DEG = 35.0  # nobody films steeper; a plank's axis lies beyond it
_STRETCHED_DEG = 155.0
_MIN_SECONDS = 0.25


def up_direction(seq: PoseSequence) -> np.ndarray:
    """Up as a unit vector (3,) in camera space, from the best evidence there is.

    1. The person stands: legs and hips stretched, feet together, the line from the ankles to the
       shoulders within 35 degrees of the camera's own up; a quarter of a second of that is needed.
       The median line is up.  One stretched side (walking) will do where it is never both.
    2. The person rests on three points or more (plank, all fours, lying): up is the tilt of the
       camera that brings most of them to their height above one floor.
    3. Otherwise the camera is taken as level.
    """
    for sides in (2, 1):
        axis, stands = standing_axis(seq, sides)
        if stands.sum() >= max(3, _MIN_SECONDS * seq.fps):
            up = np.median(axis[stands], axis=0)
            return up / np.linalg.norm(up)
    return _up_of_supports(seq)


def standing_axis(seq: PoseSequence, sides: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors from the ankles to the shoulders (T, 3), and whether the person stands (T,) bool.

    ``sides`` says how many legs have to be stretched from the shoulder to the ankle.
    """
    joint = {name: seq[name].astype(np.float64) for name in seq.skeleton.joints}
    ankles = (joint["left_ankle"] + joint["right_ankle"]) / 2
    line = (joint["left_shoulder"] + joint["right_shoulder"]) / 2 - ankles
    height = np.linalg.norm(line, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        axis = line / height[:, None]
        stands = axis @ LEVEL > np.cos(np.radians(_MAX_TILT_DEG))
        stands &= np.linalg.norm(joint["left_ankle"] - joint["right_ankle"], axis=-1) < 0.5 * height
        stretched = np.zeros(len(seq), int)
        for side in ("left", "right"):
            hip, knee = joint[f"{side}_hip"], joint[f"{side}_knee"]
            straight = joint_angle(hip, knee, joint[f"{side}_ankle"]) > _STRETCHED_DEG
            stretched += straight & (joint_angle(joint[f"{side}_shoulder"], hip, knee) > _STRETCHED_DEG)
    return axis, stands & (stretched >= sides)


def _up_of_supports(seq: PoseSequence) -> np.ndarray:
    """The tilt of the camera about its x axis under which most parts of the body beyond two rest on one floor."""
    whole = np.flatnonzero(~seq.missing.any(axis=1))
    if not len(whole):
        return LEVEL
    joints = seq.positions[whole[:: -(-len(whole) // 300)]].astype(np.float64)  # 300 frames tell as much as all
    tilts = np.radians(np.arange(-_MAX_TILT_DEG, _MAX_TILT_DEG + 1))
    ups = np.stack([0 * tilts, -np.cos(tilts), np.sin(tilts)], axis=-1)  # (N, 3)
    above = np.einsum("nd,tkd->ntk", ups, joints[:, TOUCHING]) - REST_HEIGHTS[TOUCHING]
    clearance = above - above.min(axis=2, keepdims=True)
    resting = np.exp(-((clearance / 0.04) ** 2)).sum(axis=2) - 2.0  # (N, T)
    # Two points, the feet, say nothing of the floor between them: a raised heel would tilt it.
    score = resting.clip(min=0).mean(axis=1) - (tilts / np.radians(30)) ** 2
    return ups[score.argmax()]


def world_from_camera(seq: PoseSequence, up: np.ndarray) -> np.ndarray:
    """Rotation (3, 3) that turns ``up`` to z and the person's first facing to y.

    The first half second counts.  Somebody who faces the floor or the ceiling points along y with
    the head.
    """
    axes = body_axes(seq)[: max(1, round(seq.fps / 2))]
    axes = axes[~np.isnan(axes).any(axis=(1, 2))]
    right, _, trunk = np.median(axes, axis=0) if len(axes) else np.array([[1.0, 0, 0], [0, 0, -1.0], [0, -1.0, 0]])
    facing = np.cross(trunk, right)
    across = facing - (facing @ up) * up
    if np.linalg.norm(across) < 0.5:
        across = trunk - (trunk @ up) * up
    if np.linalg.norm(across) < 1e-6:
        across = np.cross(up, [1.0, 0.0, 0.0])
    ahead = across / np.linalg.norm(across)
    return np.stack([np.cross(ahead, up), ahead, up])
