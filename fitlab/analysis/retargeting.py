"""The reference's poses on the user's body: its bone directions on the user's bone lengths, at the user's place.

Paths are (joints, 3, frames): numpy adds up long rows many times faster than triples.
"""

from collections.abc import Sequence

import numpy as np

from fitlab.poses import PoseSequence
from fitlab.signals import fill_gaps
from fitlab.skeletons import H36M17, Skeleton

_ANKLES = ("left_ankle", "right_ankle")


def on_tree(seq: PoseSequence, skeleton: Skeleton | None = None) -> PoseSequence:
    """In ``skeleton``; without one in its own layout, or in Human3.6M's where that is no single tree.

    Gaps of up to half a second are filled.
    """
    if skeleton is None:
        skeleton = seq.skeleton if seq.skeleton.parents.count(-1) == 1 else H36M17
    seq = seq.to(skeleton)
    positions = fill_gaps(seq.positions, round(0.5 * seq.fps))
    known = np.where(np.isfinite(positions[..., 0]), np.maximum(seq.confidence, 0.1), 0)
    return seq.replace("gaps filled", positions=positions, confidence=known)


def paths_of(positions: np.ndarray) -> np.ndarray:
    """Positions (T, K, 3) joint by joint: (K, 3, T) float64."""
    return np.ascontiguousarray(positions.transpose(1, 2, 0), dtype=np.float64)


def positions_of(paths: np.ndarray) -> np.ndarray:
    """Paths (K, 3, T) frame by frame: (T, K, 3)."""
    return np.ascontiguousarray(paths.transpose(2, 0, 1))


def limb_lengths(paths: np.ndarray, skeleton: Skeleton, fallback: np.ndarray | None = None) -> np.ndarray:
    """Median length (bones,) of every bone over the clip, in the unit of ``paths`` (K, 3, T).

    A bone that is never seen has the length of ``fallback`` (bones,), scaled by the bones that are; NaN without one.
    """
    lengths = np.full(len(skeleton.bones), np.nan)
    for number, (parent, child) in enumerate(skeleton.bones):
        length = _length(paths[child] - paths[parent])
        known = length[~np.isnan(length)]
        if len(known):
            lengths[number] = np.median(known)
    seen = ~np.isnan(lengths)
    if fallback is None or seen.all():
        return lengths
    both = seen & ~np.isnan(fallback)
    ratio = lengths[both].sum() / fallback[both].sum() if both.any() else 1.0
    return np.where(seen, lengths, ratio * fallback)


def retarget(paths: np.ndarray, skeleton: Skeleton, lengths: np.ndarray) -> np.ndarray:
    """Poses with the same bone directions and other bone lengths.

    Parameters
    ----------
    paths : (K, 3, n)
    skeleton : Skeleton with one root
    lengths : (bones,) in the unit of ``paths``, in the order of ``skeleton.bones``

    Returns
    -------
    paths : (K, 3, n), root where it was
        NaN from a missing joint outwards.
    """
    result = np.full(paths.shape, np.nan)
    root = skeleton.parents.index(-1)
    result[root] = paths[root]
    for (parent, child), length in _outwards(skeleton, lengths):
        bone = paths[child] - paths[parent]
        size = _length(bone)
        direction = np.divide(bone, size, out=np.where(np.isnan(bone), np.nan, 0.0), where=size > 1e-9)
        result[child] = result[parent] + length * direction
    return result


def place(paths: np.ndarray, joints: Sequence[int], at: np.ndarray) -> np.ndarray:
    """``paths`` (K, 3, n) shifted so that the middle of ``joints`` is at ``at`` (3, n)."""
    return paths + (at - paths[joints].mean(axis=0))


def anchor_joints(*people: PoseSequence) -> list[int]:
    """The joints whose middle tells where each of ``people``, all of one layout, stands.

    The ankles; the root where the layout has no ankles, or somebody's ankles or what lies between them and
    the root are never seen: :func:`retarget` leads from the root outwards.
    """
    skeleton = people[0].skeleton
    if all(joint in skeleton for joint in _ANKLES):
        ankles = [skeleton.index(joint) for joint in _ANKLES]
        legs = [joint for ankle in ankles for joint in skeleton.chain(ankle)]
        if all((~person.missing[:, legs]).any(axis=0).all() for person in people):
            return ankles
    return [skeleton.parents.index(-1)]


def _outwards(skeleton: Skeleton, lengths: np.ndarray) -> list[tuple[tuple[int, int], float]]:
    """Bones with their lengths, every parent before its children."""

    return sorted(zip(skeleton.bones, lengths, strict=True), key=lambda bone: len(skeleton.chain(bone[0][1])))


def _length(vectors: np.ndarray) -> np.ndarray:
    """(n,) of vectors (3, n)."""
    return np.sqrt(vectors[0] ** 2 + vectors[1] ** 2 + vectors[2] ** 2)
