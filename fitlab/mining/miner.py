"""The frames of unlabelled clips that are most worth labelling."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from fitlab.detectors.protocol import Detector
from fitlab.errors import InputError
from fitlab.mining.clips import Frames, joined, look_through
from fitlab.mining.doubts import borda
from fitlab.mining.selection import apart_in_time, farthest_first, k_medoids
from fitlab.mining.shapes import nearest, shape_distances
from fitlab.skeletons import Skeleton

GAP_S = 0.5
"""No two proposed frames of a clip are closer."""

POOL = 2
"""Proposals are chosen for being different out of so many times as many most doubtful frames.

That is the pre-filter of Zhdanov 2019, "Diverse mini-batch active learning"; a larger pool gives more kinds of poses,
fewer of which the detector gets wrong.
"""

FAMILIES = 6
"""Groups of similar poses that the proposals are sorted into, at most."""


@dataclass(frozen=True, eq=False)
class Mined:
    """Frames worth labelling.

    Parameters
    ----------
    frames : Frames
        All N that were looked at.
    skeleton : Skeleton
    doubt : (N,) in [0, 1]
        Mean rank of each frame over its signals.
    chosen : (n,) int
        The proposals, by family, within it by falling doubt.
    families : (n,) int
        Family of each proposal, 0 the largest.
    medoids : (families,) int
        Index into ``frames`` of the pose in the middle of each family.
    """

    frames: Frames
    skeleton: Skeleton
    doubt: np.ndarray
    chosen: np.ndarray
    families: np.ndarray
    medoids: np.ndarray


def mine(
    videos: Sequence[str | os.PathLike[str]],
    detector: Detector,
    *,
    second: Detector | None = None,
    known: np.ndarray | None = None,
    n: int = 50,
    every_s: float = 0.5,
) -> Mined:
    """Proposes ``n`` frames of ``videos`` for labelling: where ``detector`` contradicts itself, each another pose.

    Parameters
    ----------
    second : Detector, optional
        Of the same skeleton: where the two disagree is in doubt as well.
    known : (M, K, 2), optional
        Poses that the detector was trained on, in the order of its skeleton: poses unlike them are in doubt as well.
    n : int
        At most so many.
    every_s : float
        Seconds between two frames that are looked at.

    Raises
    ------
    InputError
        If ``n`` is below 1, the skeletons differ, or no clip can be used; a clip among several that cannot be used is
        named and left out.
    """
    if n < 1:
        raise InputError(f"n must be at least 1, got {n}; ask for more frames")
    if not videos:
        raise InputError("videos must hold at least one clip, got none; write video=set.mp4")
    if second is not None and second.skeleton != detector.skeleton:
        raise InputError(
            f"the second detector must find the joints of {detector.skeleton.name}, got those of "
            f"{second.skeleton.name}; choose another one"
        )
    parts = []
    for video in videos:
        try:
            parts.append(look_through(video, detector, second=second, every_s=every_s))
        except InputError as error:
            if len(videos) == 1:
                raise
            tqdm.write(f"left out: {error}")
    if not parts:
        raise InputError(f"at least one of {len(videos)} clips must be usable, got none; see the lines above")
    frames = joined(parts)
    if known is not None:
        mirror = detector.skeleton.mirror
        frames.signals["unknown"] = nearest(_seen(frames), known, mirror)[0]
    return propose(frames, detector.skeleton, n)


def propose(frames: Frames, skeleton: Skeleton, n: int) -> Mined:
    """The ``n`` frames to label, of those that were looked at.

    Ranks by doubt, keeps the most doubtful ones that are :data:`GAP_S` apart, and of the first :data:`POOL` times ``n``
    takes those that differ most, beginning with the most doubtful one.
    """
    doubt = borda(frames.signals)
    pool = apart_in_time(frames.clips, frames.times, doubt, GAP_S, limit=POOL * n)
    distances = shape_distances(frames.positions[pool], frames.positions[pool], skeleton.mirror)
    taken = farthest_first(distances, n, 0)
    chosen = pool[taken]
    middles, families = k_medoids(distances[np.ix_(taken, taken)], FAMILIES)
    order = np.lexsort((-doubt[chosen], families))
    return Mined(frames, skeleton, doubt, chosen[order], families[order], chosen[middles])


def _seen(frames: Frames) -> np.ndarray:
    """Poses without the joints outside of the picture, which labels do not have either."""
    inside = np.all((frames.positions >= 0) & (frames.positions <= frames.sizes[:, None]), axis=-1)
    return np.where(inside[..., None], frames.positions, np.nan)
