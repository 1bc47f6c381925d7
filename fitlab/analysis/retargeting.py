"""The reference's poses on the user's body: its bone directions on the user's bone lengths, at the user's place."""

from collections.abc import Sequence

import numpy as np

from fitlab.geometry import bone_lengths
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

_ANKLES = ("left_ankle", "right_ankle")


def limb_lengths(seq: PoseSequence, fallback: np.ndarray | None = None) -> np.ndarray:
    """Median length (bones,) of every bone over the clip, metres.

    A bone that is never seen has the length of ``fallback`` (bones,), scaled by the bones that are.
    """
    lengths = np.full(len(seq.skeleton.bones), np.nan)
    measured = bone_lengths(seq)
    seen = ~np.isnan(measured).all(axis=0)
    lengths[seen] = np.nanmedian(measured[:, seen], axis=0)
    if fallback is None or seen.all():
        return lengths
    both = seen & ~np.isnan(fallback)
    ratio = lengths[both].sum() / fallback[both].sum() if both.any() else 1.0
    return np.where(seen, lengths, ratio * fallback)


def retarget(positions: np.ndarray, skeleton: Skeleton, lengths: np.ndarray) -> np.ndarray:
    """Poses with the same bone directions and other bone lengths.

    Parameters
    ----------
    positions : (n, K, 3) metres
    skeleton : Skeleton with one root
    lengths : (bones,) metres, in the order of ``skeleton.bones``

    Returns
    -------
    positions : (n, K, 3), root where it was
        NaN from a missing joint outwards.
    """
    result = np.full(positions.shape, np.nan)
    root = skeleton.parents.index(-1)
    result[:, root] = positions[:, root]
    for (parent, child), length in _outwards(skeleton, lengths):
        bone = positions[:, child] - positions[:, parent]
        size = np.linalg.norm(bone, axis=1, keepdims=True)
        direction = np.divide(bone, size, out=np.where(np.isnan(bone), np.nan, 0.0), where=size > 1e-9)
        result[:, child] = result[:, parent] + length * direction
    return result


def place(positions: np.ndarray, joints: Sequence[int], at: np.ndarray) -> np.ndarray:
    """``positions`` (n, K, 3) shifted so that the middle of ``joints`` is at ``at`` (n, 3)."""
    return positions + (at - positions[:, joints].mean(axis=1))[:, None]


def anchor_joints(*people: PoseSequence) -> list[int]:
    """The joints whose middle tells where each of ``people``, all of one layout, stands.

    The ankles; the root where the layout has no ankles, or somebody's ankles or what lies between them and
    the root are never seen: :func:`retarget` leads from the root outwards.
    """
    skeleton = people[0].skeleton
    if all(joint in skeleton for joint in _ANKLES):
        ankles = [skeleton.index(joint) for joint in _ANKLES]
        legs = [joint for ankle in ankles for joint in _chain(skeleton, ankle)]
        if all((~person.missing[:, legs]).any(axis=0).all() for person in people):
            return ankles
    return [skeleton.parents.index(-1)]


def _chain(skeleton: Skeleton, joint: int) -> list[int]:
    """``joint``, its parent, and so on to the root."""
    return [] if joint < 0 else [joint, *_chain(skeleton, skeleton.parents[joint])]


def _outwards(skeleton: Skeleton, lengths: np.ndarray) -> list[tuple[tuple[int, int], float]]:
    """Bones with their lengths, every parent before its children."""

    return sorted(zip(skeleton.bones, lengths, strict=True), key=lambda bone: len(_chain(skeleton, bone[0][1])))
