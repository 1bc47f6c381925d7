"""The user against a reference athlete: brought to the user's time, direction, place and size, then compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from fitlab.analysis.deviations import deviations, segment_directions
from fitlab.analysis.matching import cut_elsewhere, match_repetitions, rested
from fitlab.analysis.measures import facing_left
from fitlab.analysis.motion import pose_directions, principal_components
from fitlab.analysis.results import Comparison, Deviation, Repetition
from fitlab.analysis.retargeting import anchor_joints, limb_lengths, on_tree, paths_of, place, positions_of, retarget
from fitlab.analysis.retiming import curve_through, retime
from fitlab.analysis.segmentation import Segmented
from fitlab.exercises import Exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

_LEAST_FOR_BANDS = 3
"""Fewer repetitions of the reference do not tell what it varies by itself."""
_BAND_PERCENT = 95


def compare(
    user: PoseSequence, user_parts: Segmented, reference: PoseSequence, reference_parts: Segmented, exercise: Exercise
) -> Comparison | None:
    """Compares every repetition of ``user`` with the most similar one of ``reference``.

    Parameters
    ----------
    user, reference : PoseSequence in world space, T and S frames
        Of any frame rates and layouts.
    user_parts, reference_parts : Segmented
        Their repetitions and phases.
    exercise : Exercise
        Its ``tolerances`` name the joint groups.

    Returns
    -------
    comparison : Comparison, or None where the reference has no full repetition

    Notes
    -----
    Time: :mod:`fitlab.analysis.retiming`.  Direction: the rotation about the vertical that brings the
    reference's hips nearest to the user's, once per repetition.  Place: the middle of the ankles, or the
    root where somebody's ankles are never seen.
    Size: the reference's bone directions on the user's bone lengths, so that millimetres mean posture
    and not stature.
    Bands: what the reference's own repetitions differ by, each compared in the same way with the most similar other.
    """
    candidates = [rep for rep in reference_parts.repetitions if rep.full]
    if not candidates or not user_parts.repetitions:
        return None
    mine = on_tree(user)
    skeleton, theirs = mine.skeleton, on_tree(reference, mine.skeleton)
    own, others = paths_of(mine.positions), paths_of(theirs.positions)  # (K, 3, T) and (K, 3, S)
    anchor = anchor_joints(mine, theirs)
    theirs_lengths = limb_lengths(others, skeleton)
    lengths = limb_lengths(own, skeleton, theirs_lengths)
    both = ~np.isnan(lengths) & ~np.isnan(theirs_lengths)
    size = lengths[both].sum() / theirs_lengths[both].sum()

    features, their_features = _of_shared_bones(pose_directions(mine), pose_directions(theirs))
    turned, their_turned = (
        _turned_features(features, -_facing(mine)),
        _turned_features(their_features, -_facing(theirs)),
    )
    repetitions = user_parts.repetitions
    progress = _progress(turned, user_parts.drive, repetitions)
    their_progress = _progress(their_turned, reference_parts.drive, candidates)
    mine_clip = _Clip(own, turned, progress, user_parts.drive, repetitions)
    their_clip = _Clip(others, their_turned, their_progress, reference_parts.drive, candidates)
    retimed, frames = _retimed(mine_clip, their_clip, skeleton)

    ghost_feet, their_feet = np.full(own.shape[1:], np.nan), retimed[anchor].mean(axis=0)
    feet = own[anchor].mean(axis=0)  # (3, T)
    for rep in repetitions:
        span = slice(rep.start, rep.stop)
        moved = their_feet[:, span] - _middle(their_feet[:, span])
        ghost_feet[:, span] = _middle(feet[:, span]) + size * moved
    ghost = place(retarget(retimed, skeleton, lengths), anchor, ghost_feet)
    # Measured bones change their length from frame to frame: posture is compared on rigid ones.
    rigid = place(retarget(own, skeleton, lengths), anchor, feet)
    degrees = deviations(*(segment_directions(paths, skeleton, user.fps) for paths in (own, retimed)))
    apart = rigid - ghost
    millimetres = 1000 * np.sqrt(apart[:, 0] ** 2 + apart[:, 1] ** 2 + apart[:, 2] ** 2)  # (K, T)
    shown = positions_of(ghost)
    known = np.isfinite(shown[..., 0]).astype(np.float32)
    aligned = theirs.replace("on the user's time and body", positions=shown, confidence=known, fps=user.fps)
    bands = _bands(their_clip, skeleton, reference.fps)
    return _summary(degrees, millimetres, aligned, frames, repetitions, exercise, bands)


@dataclass(frozen=True, eq=False)
class _Clip:
    """Paths (K, 3, T), turned bone directions (T, 3 B), progress and drive (T,), and what repetitions are compared."""

    paths: np.ndarray
    turned: np.ndarray
    progress: np.ndarray
    drive: np.ndarray
    repetitions: Sequence[Repetition]


def _retimed(mine: _Clip, theirs: _Clip, skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """Their poses at my times, turned my way, (K, 3, T), and their frames (T,); NaN and -1 between repetitions.

    A clip against itself: every repetition against the most similar other one.
    """
    retimed, frames = np.full(mine.paths.shape, np.nan), np.full(mine.paths.shape[-1], -1)
    for rep, at_moments in zip(mine.repetitions, _moments(mine, theirs), strict=True):
        span = slice(rep.start, rep.stop)
        poses = between(theirs.paths, at_moments)
        retimed[..., span] = _about_vertical(_yaw(poses, mine.paths[..., span], skeleton)) @ poses
        frames[span] = np.round(at_moments)
    return retimed, frames


def _moments(mine: _Clip, theirs: _Clip) -> list[np.ndarray]:
    """The fractional frames of theirs, (n,) for each of my repetitions: of the likest one, timed in the likest way.

    Which is the likest is known once they are timed.  Two that were cut at different places of the way are also timed
    from rest to rest.
    """
    a, b = ((clip.turned, clip.progress) for clip in (mine, theirs))
    reps, mine_rested, theirs_rested = mine.repetitions, *(rested(c.drive, c.repetitions) for c in (mine, theirs))
    found, least = [np.empty(0)] * len(reps), np.full(len(reps), np.inf)
    for column in match_repetitions(*a, reps, *b, theirs.repetitions, to_others=mine is theirs).T:
        others, others_rested = ([each[match] for match in column] for each in (theirs.repetitions, theirs_rested))
        pairs = zip(reps, mine_rested, others, others_rested, strict=True)
        again = [n for n, pair in enumerate(pairs) if cut_elsewhere(mine.drive, *pair[:2], theirs.drive, *pair[2:])]
        as_cut = zip(range(len(reps)), reps, *retime(*a, reps, *b, others), strict=True)
        wider = [mine_rested[n] for n in again]
        at_rest = zip(again, wider, *retime(*a, wider, *b, [others_rested[n] for n in again]), strict=True)
        for n, rep, moments, squared in chain(as_cut, at_rest):
            own = slice(reps[n].start - rep.start, reps[n].stop - rep.start)
            if (left := _distance(squared[own])) < least[n]:
                found[n], least[n] = moments[own], left
    return found


def _distance(squared: np.ndarray) -> float:
    """Mean of the roots of (n,): a few frames in which a limb that flew was taken for a spike must not decide."""
    return float(np.sqrt(np.maximum(squared, 0)).mean())


def _bands(clip: _Clip, skeleton: Skeleton, fps: float) -> dict[str, float]:
    """Joint group -> degrees within which the repetitions of ``clip`` are of one another; none of too few."""
    if len(clip.repetitions) < _LEAST_FOR_BANDS:
        return {}
    retimed, _ = _retimed(clip, clip, skeleton)
    own = deviations(*(segment_directions(paths, skeleton, fps) for paths in (clip.paths, retimed)))
    return {
        group: float(np.nanpercentile(angles, _BAND_PERCENT))
        for group, angles in own.items()
        if not np.isnan(angles).all()
    }


def _of_shared_bones(mine: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bone directions (T, 3 B) and (S, 3 B), 0 for every bone that one of the two never shows."""
    shown = [values.reshape(len(values), -1, 3).any(axis=(0, 2)) for values in (mine, theirs)]  # (B,) each
    shared = np.repeat(shown[0] & shown[1], 3)
    return mine * shared, theirs * shared


def _facing(seq: PoseSequence) -> float:
    """Angle (radians, about the vertical) of the person's left, over the whole clip."""
    left = np.nansum(facing_left(seq), axis=0)
    return float(np.arctan2(left[1], left[0]))


def _progress(features: np.ndarray, drive: np.ndarray, repetitions: Sequence[Repetition]) -> np.ndarray:
    """How far out the whole body is, (T,): the repetitions' first principal component, growing with the drive.

    It tells the moment of a movement better than the drive does, which may itself be what differs.  Where sides take
    turns, one goes out where the other goes back: each repetition has a sign of its own.
    """
    inside = np.concatenate([np.arange(rep.start, rep.stop) for rep in repetitions])
    progress = principal_components(features, 1, inside)[:, 0].copy()
    for rep in repetitions:
        own = slice(rep.start, rep.stop)
        if np.cov(progress[own], drive[own])[0, 1] < 0:
            progress[own] *= -1
    return progress


def _turned_features(features: np.ndarray, angle: float) -> np.ndarray:
    """Bone directions (T, 3 B) rotated about the vertical."""
    bones = features.reshape(len(features), -1, 3)
    return (bones @ _about_vertical(angle).T).reshape(features.shape)


def _about_vertical(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _yaw(poses: np.ndarray, target: np.ndarray, skeleton: Skeleton) -> float:
    """The rotation about the vertical that brings the hip lines of ``poses`` nearest to those of ``target``.

    Both (K, 3, n).  Procrustes in the plane, in closed form: atan2 of the summed cross and dot products.
    """
    left, right = skeleton.index("left_hip"), skeleton.index("right_hip")
    a, b = ((each[left] - each[right])[:2] for each in (poses, target))
    return float(np.arctan2(np.nansum(a[0] * b[1] - a[1] * b[0]), np.nansum(a * b)))


def between(paths: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Paths (K, 3, S) at fractional frames (n,), on the curve of :func:`curve_through`: (K, 3, n).

    Beside a gap, too, they go on in straight lines.
    """
    low, weights = curve_through(moments, paths.shape[-1])
    last = paths.shape[-1] - 1
    before, first, second, after = (paths[..., np.clip(low + step, 0, last)] for step in (-1, 0, 1, 2))
    before = np.where(np.isnan(before) | (low == 0), 2 * first - second, before)
    after = np.where(np.isnan(after) | (low + 2 > last), 2 * second - first, after)
    found = sum(weight * poses for weight, poses in zip(weights, (before, first, second, after), strict=True))
    # At a frame it is what it is, also where the next one is hidden.
    return np.where(moments == low, first, np.where(moments == low + 1, second, found))


def _summary(
    degrees: Mapping[str, np.ndarray],
    millimetres: np.ndarray,
    aligned: PoseSequence,
    frames: np.ndarray,
    repetitions: Sequence[Repetition],
    exercise: Exercise,
    bands: Mapping[str, float],
) -> Comparison:
    angles, distances, per_repetition, groups = {}, {}, {}, {}
    spans = np.array([(rep.start, rep.stop) for rep in repetitions])
    for group in exercise.groups:
        members = list(aligned.skeleton.groups.get(group, ()))
        if not members or np.isnan(millimetres[members]).all() or np.isnan(degrees[group]).all():
            continue  # one of the two skeletons does not have it
        pair = angles[group], distances[group] = degrees[group], _mean(millimetres[members], axis=0)
        per_repetition[group] = np.stack([_means_within(values, spans) for values in pair], axis=1)
        mean_deg, max_deg, mean_mm = _mean(angles[group]), np.nanmax(angles[group]), _mean(distances[group])
        band = bands.get(group, np.nan)
        beyond = _mean(np.maximum(angles[group] - np.nan_to_num(band), 0))
        groups[group] = Deviation(float(mean_deg), float(max_deg), float(mean_mm), band, float(beyond))
    return Comparison(groups, per_repetition, angles, distances, aligned, frames)


def _middle(points: np.ndarray) -> np.ndarray:
    """Median (3, 1) of the known points (3, n); NaN where there are none."""
    known = np.sort(points[:, ~np.isnan(points[0])], axis=1)
    count = known.shape[1]
    if count == 0:
        return np.full((3, 1), np.nan)
    return (known[:, [(count - 1) // 2]] + known[:, [count // 2]]) / 2


def _means_within(values: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Mean (n,) of the known among ``values`` (T,) within each span [start, stop) of ``spans`` (n, 2)."""
    known = ~np.isnan(values)
    sums, counts = (
        np.diff(np.concatenate([[0], np.cumsum(column)])[spans])[:, 0] for column in (np.where(known, values, 0), known)
    )
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _mean(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    """Mean of the known values; NaN where there are none, without a warning."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    return np.where(count > 0, np.where(known, values, 0).sum(axis=axis) / np.maximum(count, 1), np.nan)
