"""Seconds of motion as numbers that do not depend on place, size, heading or side: what exercises are named by.

A pose is described by heights, angles and distances between joints; of what comes in pairs, the smaller and the larger
value.  A window of a few seconds is described by what its poses are like (mean, spread and the outer tenths), by how
fast each joint moves as a share of all, and, in one column, by how fast all are.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from fitlab.analysis.motion import bridged
from fitlab.errors import InputError
from fitlab.geometry import joint_angle
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

SECONDS, STEP_SECONDS = 4.0, 1.0
"""Length of a window, which holds a repetition of most exercises, and from one to the next."""
_LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = ("pelvis", "thorax", *(f"{side}_{joint}" for side in ("left", "right") for joint in _LIMBS))
"""No head: data sets mean different places by it."""
_LAYOUT = Skeleton("described", JOINTS, (-1,) * len(JOINTS))
_SMOOTH_SECONDS = 0.06
_OUTER = (10, 90)  # percentiles
_FASTEST = ("elbow", "wrist", "knee", "ankle")
COLUMNS = 4 * 47 + 10 + 1
"""Of a window: statistics of the poses, shares of the speeds, the speed."""
_STILL = 0.05  # trunk lengths per second: slower than that is no motion


@dataclass(frozen=True, eq=False)
class Windows:
    """A clip in W windows.

    Parameters
    ----------
    frames : int (W, 2)
        [start, stop) of each; a clip that is shorter than a window is one.
    columns : float (W, F)
    """

    frames: np.ndarray
    columns: np.ndarray


def windows(world: PoseSequence) -> Windows:
    """Describes a clip in world space.

    Raises
    ------
    InputError
        If it is not in world space, or a joint of :data:`JOINTS` is never seen.
    """
    return described(body(world), world.fps)


def never_seen(world: PoseSequence) -> tuple[str, ...]:
    """Those of :data:`JOINTS` that are missing in every frame."""
    seen = world.to(_LAYOUT)
    return tuple(joint for joint, lost in zip(JOINTS, seen.missing.T, strict=True) if lost.all())


def body(world: PoseSequence) -> np.ndarray:
    """The joints (T, 14, 3) of :data:`JOINTS` in lengths of the trunk, without gaps and jitter."""
    if world.space != "world":
        raise InputError(f"poses must be in world space, got {world.space} space; lift and ground them first")
    if hidden := never_seen(world):
        raise InputError(f"arms, legs and trunk must be seen, got none of {', '.join(hidden)}; film the whole body")
    seen = world.to(_LAYOUT)
    positions = bridged(seen.positions.reshape(len(seen), -1).astype(float), world.fps).reshape(len(seen), -1, 3)
    positions = gaussian_filter1d(positions, _SMOOTH_SECONDS * world.fps, axis=0, mode="nearest")
    trunk = np.linalg.norm(positions[:, JOINTS.index("thorax")] - positions[:, JOINTS.index("pelvis")], axis=1)
    return positions / max(float(np.median(trunk)), 1e-9)


def described(positions: np.ndarray, fps: float) -> Windows:
    """:func:`windows` of what :func:`body` gives."""
    if len(positions) < 2:  # a single pose is no motion
        return Windows(np.empty((0, 2), int), np.empty((0, COLUMNS)))
    poses, speeds = _poses(positions), _speeds(positions, fps)
    length, step = min(len(positions), max(2, round(SECONDS * fps))), max(1, round(STEP_SECONDS * fps))
    starts = np.arange(0, len(positions) - length + 1, step)
    rows = []
    for start in starts:
        pose, speed = poses[start : start + length], speeds[start : start + length].mean(axis=0)
        overall = speed.mean()
        # Where nobody moves the shares are equal, not those of the jitter.
        shares = (speed + _STILL) / (overall + _STILL)
        rows.append(
            np.concatenate(
                [pose.mean(0), pose.std(0), *np.percentile(pose, _OUTER, axis=0), shares, [np.log(overall + _STILL)]]
            )
        )
    return Windows(np.column_stack([starts, starts + length]), np.array(rows))


def axes(positions: np.ndarray) -> np.ndarray:
    """Front, left and up (T, 3, 3) of the trunk as rows of unit vectors: a rotation."""
    at = {joint: positions[:, number] for number, joint in enumerate(JOINTS)}
    up = _unit(at["thorax"] - at["pelvis"])
    left = at["left_shoulder"] - at["right_shoulder"] + at["left_hip"] - at["right_hip"]
    left = _unit(left - np.einsum("ti,ti->t", left, up)[:, None] * up)
    return np.stack([np.cross(left, up), left, up], axis=1)


def _poses(positions: np.ndarray) -> np.ndarray:
    """Columns (T, 47) of each pose."""
    lowest = positions[..., 2].min(axis=1)
    front, left, up = np.moveaxis(axes(positions), 1, 0)
    shoulder, elbow, wrist, hip, knee, ankle = (_pair(positions, joint) for joint in _LIMBS)  # (T, 2, 3) each
    middle = [positions[:, JOINTS.index(joint), 2] - lowest for joint in ("pelvis", "thorax")]
    apart = [np.linalg.norm(pair[:, 0] - pair[:, 1], axis=1) for pair in (wrist, elbow, knee, ankle)]
    outward = left[:, None] * np.array([1.0, -1.0])[:, None]  # (T, 2, 3): away from the body on either side
    bones = ((wrist, shoulder), (wrist, hip), (wrist, knee), (wrist, ankle), (ankle, hip), (knee, shoulder))
    reaches = ((wrist, shoulder), (knee, hip))
    both = [
        *((end - start)[..., 2] for end, start in (*reaches, (elbow, shoulder), (ankle, hip))),
        wrist[..., 2] - lowest[:, None],
        *(
            joint_angle(*bend)
            for bend in ((shoulder, elbow, wrist), (hip, shoulder, elbow), (shoulder, hip, knee), (hip, knee, ankle))
        ),
        *(np.linalg.norm(end - start, axis=-1) for end, start in bones),
        *(np.einsum("tsi,ti->ts", end - start, front) for end, start in reaches),
        *(np.einsum("tsi,tsi->ts", end - start, outward) for end, start in reaches),
    ]
    sides = np.sort(np.nan_to_num(np.stack(both, axis=1)), axis=2)  # (T, 19, 2)
    return np.column_stack([up[:, 2], front[:, 2], np.abs(left[:, 2]), *middle, *apart, sides.reshape(len(sides), -1)])


def _speeds(positions: np.ndarray, fps: float) -> np.ndarray:
    """Speeds (T, 10) in trunk lengths per second: pelvis, thorax, and the slower and the faster of each pair."""
    speed = np.linalg.norm(np.gradient(positions, axis=0), axis=2) * fps  # (T, 14)
    pairs = [np.sort(_pair(speed, joint), axis=1) for joint in _FASTEST]
    return np.column_stack([speed[:, :2], *pairs])


def _pair(values: np.ndarray, joint: str) -> np.ndarray:
    """Left and right (T, 2, ...) of values (T, 14, ...)."""
    return values[:, [JOINTS.index(f"left_{joint}"), JOINTS.index(f"right_{joint}")]]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
