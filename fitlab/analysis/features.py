"""A repetition as numbers that do not depend on place, size, heading or side: what learned mistakes look at.

A repetition is turned to face forward, put to where its pelvis was at rest, divided by the length of its
trunk and cut into ten windows of equal time.  Three families of columns, because people differ in each for
reasons of their own:

=========  ===========================================================================================
posture    joints and directions of bones in every window, and the extremes of the directions
motion     the same, less what they were at the repetition's own rest: how far, not from where
tempo      speed of every joint in every window; jerk, path and duration
=========  ===========================================================================================

A person may do it with the other arm or leg: every repetition is described as it is and mirrored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.signals import bridge_gaps
from fitlab.skeletons import GROUPS, Skeleton

FAMILIES = ("posture", "motion", "tempo")
WINDOWS = 10
_LEAST_FRAMES = WINDOWS
_SMOOTH_SECONDS = 0.06  # below what the third derivative could stand otherwise
_REST_SHARE = 1 / 12  # of the repetition, at its start
_LEAST_KNOWN = 0.5  # of the frames

_NEEDED = ("pelvis", "thorax", "left_hip", "right_hip", "left_shoulder", "right_shoulder")
_LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = (
    *("pelvis", "thorax", "head", "head_top"),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in _LIMBS),
)
"""The joints that can be described, as far as a layout gives them."""
_BONES = (
    *(("pelvis", "thorax"), ("thorax", "head"), ("thorax", "head_top")),
    *(
        (f"{side}_{start}", f"{side}_{end}")
        for side in ("left", "right")
        for start, end in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
    ),
    *(("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")),
)


@dataclass(frozen=True, eq=False)
class Description:
    """A repetition described.

    Parameters
    ----------
    joints : tuple of str
        Those of :data:`JOINTS` that were known in most frames.
    families : family -> float (2, F)
        Columns as the repetition is and as it is mirrored; F depends on ``joints`` only.
    """

    joints: tuple[str, ...]
    families: dict[str, np.ndarray]

    def restricted(self, joints: Sequence[str]) -> "Description":
        """The same for fewer joints; raises InputError where one of them is not described."""
        if lacking := [joint for joint in joints if joint not in self.joints]:
            raise InputError(
                f"the repetition must show {', '.join(joints)}, got none of {', '.join(lacking)}; "
                "film the whole body or learn from poses of the same layout"
            )
        if tuple(joints) == self.joints:
            return self
        kept = {
            family: columns[:, [set(rests_on) <= set(joints) for rests_on in _columns(self.joints)[family]]]
            for family, columns in self.families.items()
        }
        return Description(tuple(joints), kept)


def shown(poses: PoseSequence) -> PoseSequence:
    """The joints that can be described: many repetitions of one clip are described faster from this."""
    return poses.to(_layout(JOINTS))


def describe(poses: PoseSequence) -> Description:
    """Describes one repetition.

    Parameters
    ----------
    poses : PoseSequence in world space
        From leaving rest to being back at rest; ``report.user[rep.start : rep.stop]``.

    Raises
    ------
    InputError
        If it is not in world space, shorter than ten frames, or hips, shoulders and trunk are hidden.
    """
    if poses.space != "world":
        raise InputError(
            f"a repetition must be in world space, got {poses.space} space; lift and ground the poses first"
        )
    if len(poses) < _LEAST_FRAMES:
        raise InputError(
            f"a repetition must have at least {_LEAST_FRAMES} frames, got {len(poses)}; join what belongs together"
        )
    seen = shown(poses)
    lost = dict(zip(JOINTS, seen.missing.mean(axis=0), strict=True))
    known = tuple(joint for joint in JOINTS if max(lost[joint], lost[_other_side(joint)]) < _LEAST_KNOWN)
    if hidden := [joint for joint in _NEEDED if joint not in known]:
        raise InputError(f"a repetition must show hips and shoulders in most frames, got {', '.join(hidden)} hidden")
    positions = np.stack([seen[joint] for joint in known], axis=1)  # (T, K, 3)
    positions = bridge_gaps(positions)  # windows average over what is left
    positions = gaussian_filter1d(positions, _SMOOTH_SECONDS * poses.fps, axis=0, mode="nearest")
    own = _own_axes(positions, known)
    swapped = list(_layout(known).mirror)
    both = [_shape(way, known) for way in (own, own[:, swapped] * [-1, 1, 1])]
    tempo = _tempo(own, poses.fps)
    mirrored = [*(len(known) * row + joint for row in range(len(tempo) // len(known)) for joint in swapped), -1]
    families = {family: np.stack([way[family] for way in both]) for family in ("posture", "motion")}
    return Description(known, families | {"tempo": np.stack([tempo, tempo[mirrored]])})


def column_groups(joints: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Family -> (F,) the joint group (of :data:`fitlab.skeletons.GROUPS`) that each column is about; "" for none."""
    return {
        family: np.array([_group(rests_on[-1]) if rests_on else "" for rests_on in columns])
        for family, columns in _columns(joints).items()
    }


def _own_axes(positions: np.ndarray, joints: tuple[str, ...]) -> np.ndarray:
    """(T, K, 3): x to the person's left at rest, y ahead, z up (left-handed); 0 at the pelvis at rest, the trunk 1."""
    at = {joint: positions[:, k] for k, joint in enumerate(joints)}
    rest = slice(0, max(3, round(_REST_SHARE * len(positions))))
    left = (at["left_hip"] - at["right_hip"] + at["left_shoulder"] - at["right_shoulder"])[rest].mean(axis=0)
    left[2] = 0
    length, trunk = np.linalg.norm(left), np.linalg.norm(at["thorax"] - at["pelvis"], axis=1).mean()
    if not (length > 1e-6 and trunk > 1e-6):
        raise InputError(
            "a repetition must begin with a hip and shoulder line to turn it by, got a person without width"
        )
    left /= length
    axes = np.array([left, [left[1], -left[0], 0.0], [0.0, 0.0, 1.0]])
    return (positions - at["pelvis"][rest].mean(axis=0)) @ axes.T / trunk


@cache
def _layout(joints: tuple[str, ...]) -> Skeleton:
    return Skeleton("described", joints, (-1,) * len(joints))


def _shape(positions: np.ndarray, joints: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Posture and motion of one repetition (T, K, 3) in its own axes; :func:`_columns` tells what each rests on."""
    starts, ends = np.array([[joints.index(joint) for joint in bone] for bone in _bones(joints)]).T
    bones = positions[:, ends] - positions[:, starts]
    bones /= np.maximum(np.sqrt(np.einsum("tbi,tbi->tb", bones, bones)), 1e-9)[..., None]
    rest = slice(0, max(3, round(_REST_SHARE * len(positions))))
    (places, top, bottom, at_rest), (ways, right, left, from_rest) = (
        (_windows(values), values.max(axis=0), values.min(axis=0), values[rest].mean(axis=0))
        for values in (positions, bones)
    )
    return {
        "posture": _joined(places, ways, right, left),
        "motion": _joined(
            places - at_rest,
            ways - from_rest,
            top - at_rest,
            bottom - at_rest,
            right - from_rest,
            left - from_rest,
        ),
    }


def _tempo(positions: np.ndarray, fps: float) -> np.ndarray:
    """Tempo of one repetition (T, K, 3) in its own axes."""
    frames = len(positions)
    steps = np.gradient(positions, axis=0)
    speed = np.linalg.norm(steps * fps, axis=2)  # (T, K), trunks per second
    jerk = np.gradient(np.gradient(steps, axis=0), axis=0) * fps**3
    shake = np.log(np.linalg.norm(jerk, axis=2).mean(axis=0) + 1e-9)
    path = speed.mean(axis=0) * frames / fps
    return _joined(_windows(speed), shake, path, np.array([np.log(frames / fps)]))


def _columns(joints: tuple[str, ...]) -> dict[str, list[tuple[str, ...]]]:
    """Family -> for each column the joints that it rests on, the one that it is about last; none for the duration."""
    places: list[tuple[str, ...]] = [(joint,) for joint in joints]
    bones: list[tuple[str, ...]] = list(_bones(joints))
    three = [place for place in places for _ in range(3)], [bone for bone in bones for _ in range(3)]
    return {
        "posture": three[0] * WINDOWS + three[1] * (WINDOWS + 2),
        "motion": three[0] * WINDOWS + three[1] * WINDOWS + three[0] * 2 + three[1] * 2,
        "tempo": places * (WINDOWS + 2) + [()],
    }


def _bones(joints: tuple[str, ...]) -> list[tuple[str, str]]:
    return [bone for bone in _BONES if set(bone) <= set(joints)]


def _windows(values: np.ndarray) -> np.ndarray:
    """The mean of ``values`` (T, ...) in ten windows of equal time, those of :func:`numpy.array_split`."""
    long, short = len(values) % WINDOWS, len(values) // WINDOWS
    lengths = np.where(np.arange(WINDOWS) < long, short + 1, short)
    starts = np.cumsum(lengths) - lengths
    return np.add.reduceat(values, starts, axis=0) / lengths.reshape(-1, *[1] * (values.ndim - 1))


def _joined(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate([part.ravel() for part in parts])


def _other_side(joint: str) -> str:
    sides = {"left": "right", "right": "left"}
    side, _, rest = joint.partition("_")
    return f"{sides[side]}_{rest}" if side in sides else joint


def _group(joint: str) -> str:
    bare = joint.removeprefix("left_").removeprefix("right_")
    return next((group for group, members in GROUPS.items() if bare in members), "")
