"""The reference's poses on the user's body: its bone directions on the user's bone lengths, at the user's place."""

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
        direction = np.divide(bone, size, out=np.zeros_like(bone), where=size > 1e-9)
        result[:, child] = result[:, parent] + length * direction
    return result


def place(positions: np.ndarray, skeleton: Skeleton, feet: np.ndarray) -> np.ndarray:
    """``positions`` (n, K, 3) shifted so that their :func:`anchor` is at ``feet`` (n, 3)."""
    return positions + (feet - anchor(positions, skeleton))[:, None]


def anchor(positions: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """The middle of the ankles (n, 3), or the root where the skeleton has none."""
    if all(joint in skeleton for joint in _ANKLES):
        feet = positions[:, [skeleton.index(joint) for joint in _ANKLES]].mean(axis=1)
        if not np.isnan(feet).all():
            return feet
    return positions[:, skeleton.parents.index(-1)]


def _outwards(skeleton: Skeleton, lengths: np.ndarray) -> list[tuple[tuple[int, int], float]]:
    """Bones with their lengths, every parent before its children."""

    def depth(joint: int) -> int:
        return 0 if skeleton.parents[joint] < 0 else 1 + depth(skeleton.parents[joint])

    return sorted(zip(skeleton.bones, lengths, strict=True), key=lambda bone: depth(bone[0][1]))
