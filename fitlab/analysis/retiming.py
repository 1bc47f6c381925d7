"""Which moment of the reference's repetition each frame of the user's repetition is compared with.

First by progress: both are at the same moment when each has gone the same share of its own way, out or
back.  From there dynamic time warping of all bones within a tenth of the repetition, and at last a
fraction of a frame.

The same moment is not the most similar pose: a person who leans forward throughout would be matched
with the athlete's deeper moments, and the knees would be blamed for the trunk.  So what each bone
differs by throughout, a rotation, is estimated on that first timing and taken out before warping.
"""

from collections.abc import Sequence

import numpy as np

from fitlab.analysis.results import Repetition
from fitlab.signals import dtw

_SHARES = np.linspace(0.05, 0.95, 19)
"""Shares of the way, out and back, at which two repetitions are at the same moment."""
_WINDOW = 0.1
"""How far dynamic time warping may leave that timing, as a share of the repetition."""
_FINE = np.linspace(-1.5, 1.5, 25)  # frames around the warped one that are tried


def match_repetitions(
    user: np.ndarray,
    user_progress: np.ndarray,
    user_reps: Sequence[Repetition],
    reference: np.ndarray,
    reference_progress: np.ndarray,
    reference_reps: Sequence[Repetition],
) -> np.ndarray:
    """Index of the reference's repetition that is most like each of the user's, (repetitions,).

    Arguments as of :func:`retime`.  How the bones move counts, not what they differ by throughout:
    the distance of two repetitions is what remains after the best rotation of each bone.
    """
    a = _at_shares(user, user_progress, user_reps)  # (n, 2 shares, B, 3)
    b = _at_shares(reference, reference_progress, reference_reps)
    u, sizes, vt = np.linalg.svd(np.einsum("nsbi,msbj->nmbij", a, b))
    sizes[..., -1] *= np.linalg.det(u @ vt)
    distances = np.sum(a**2, axis=(1, 2, 3))[:, None] + np.sum(b**2, axis=(1, 2, 3)) - 2 * sizes.sum(axis=(2, 3))
    return distances.argmin(axis=1)


def _at_shares(features: np.ndarray, progress: np.ndarray, reps: Sequence[Repetition]) -> np.ndarray:
    """Bone directions (repetitions, 2 shares, B, 3) when each share of the way has been gone, out and back."""
    moments = [np.interp(_SHARES, share, frames) for rep in reps for frames, share in _ways(progress, rep)]
    return at(features, np.concatenate(moments)).reshape(len(reps), 2 * len(_SHARES), -1, 3)


def retime(
    user: np.ndarray,
    user_progress: np.ndarray,
    user_rep: Repetition,
    reference: np.ndarray,
    reference_progress: np.ndarray,
    reference_rep: Repetition,
) -> np.ndarray:
    """The reference's moment, in fractional frames, for every frame of one repetition of the user.

    Parameters
    ----------
    user, reference : (T, 3 B) and (S, 3 B)
        Directions of B bones in every frame of both clips.
    user_progress, reference_progress : (T,) and (S,)
        How far from rest the movement is, in any unit; low at rest.
    user_rep, reference_rep : Repetition

    Returns
    -------
    moments : (n,)
        Never falling, for the user's frames from ``start`` to ``stop``.
    """
    mine, theirs = user[user_rep.start : user_rep.stop], reference[reference_rep.start : reference_rep.stop]
    frames = np.arange(len(mine), dtype=float)
    marks = _same_share(user_progress, user_rep, reference_progress, reference_rep)
    by_progress = np.interp(frames + user_rep.start, *marks) - reference_rep.start
    unbent = _without_constant_rotation(theirs, at(theirs, by_progress), mine)
    window = max(3, int(np.ceil(_WINDOW * len(mine))))
    path = dtw(mine, at(unbent, by_progress), window=window).path
    matched = np.bincount(path[:, 0], weights=path[:, 1]) / np.bincount(path[:, 0])
    moments = np.interp(matched, frames, by_progress)
    return reference_rep.start + _refined(mine, unbent, moments, by_progress[0], by_progress[-1])


def _same_share(
    user_progress: np.ndarray, user_rep: Repetition, reference_progress: np.ndarray, reference_rep: Repetition
) -> tuple[np.ndarray, np.ndarray]:
    """Moments at which both have gone the same share of their own way: (marks,) of the user and of the reference.

    Where a clip begins or ends on the way, the outer mark is the share at which it does.
    """
    pairs = []
    for mine, theirs in zip(_ways(user_progress, user_rep), _ways(reference_progress, reference_rep), strict=True):
        outer = mine[1][0]
        shares = [outer, *(share for share in _SHARES if share > outer)]
        pairs += [(np.interp(share, mine[1], mine[0]), np.interp(share, theirs[1], theirs[0])) for share in shares]
    marks = np.array(sorted(pairs))  # (marks, 2)
    rising = np.concatenate([[True], np.diff(marks[:, 0]) > 0])
    return marks[rising, 0], np.maximum.accumulate(marks[rising, 1])


def _ways(progress: np.ndarray, rep: Repetition) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Out and back, both read from rest to the turn: frames, and the share of the excursion gone by each of them."""
    rest = progress[rep.start : rep.stop].min()
    height = max(progress[rep.turn] - rest, 1e-9)
    out, back = np.arange(rep.start, rep.turn + 1), np.arange(rep.stop - 1, rep.turn - 1, -1)
    tie_breaker = 1e-9  # keeps the shares rising, as np.interp wants them
    return tuple(  # type: ignore[return-value]
        (way.astype(float), np.maximum.accumulate((progress[way] - rest) / height) + tie_breaker * np.arange(len(way)))
        for way in (out, back)
    )


def _without_constant_rotation(reference: np.ndarray, paired: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """``reference`` (S, 3 B), every bone rotated by what brings ``paired`` nearest to ``mine``, both (n, 3 B).

    Kabsch's solution for each bone, over all frames of the repetition.
    """
    bones, theirs, own = (values.reshape(len(values), -1, 3) for values in (reference, paired, mine))
    u, _, vt = np.linalg.svd(np.einsum("nbi,nbj->bij", own, theirs))
    u[..., -1] *= np.linalg.det(u @ vt)[:, None]
    return np.einsum("bij,sbj->sbi", u @ vt, bones).reshape(reference.shape)


def _refined(mine: np.ndarray, reference: np.ndarray, moments: np.ndarray, first: float, last: float) -> np.ndarray:
    """The most alike moment within one and a half frames of each, kept from falling."""
    tried = np.clip(moments[:, None] + _FINE, first, last)  # (n, tries)
    candidates = at(reference, tried.ravel()).reshape(*tried.shape, -1)
    squares = np.sum((candidates - mine[:, None]) ** 2, axis=-1)
    return np.maximum.accumulate(tried[np.arange(len(tried)), squares.argmin(axis=1)])


def at(values: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """``values`` (S, ...) at fractional indices (n,), linearly between neighbours."""
    low = np.clip(np.floor(moments).astype(int), 0, len(values) - 1)
    high = np.minimum(low + 1, len(values) - 1)
    share = (moments - low).reshape(-1, *[1] * (values.ndim - 1))
    return values[low] * (1 - share) + values[high] * share
