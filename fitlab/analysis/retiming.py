"""Which moment of the reference's repetition each frame of the user's repetition is compared with.

First by progress: both are at the same moment when each has gone the same share of its own way, out or
back.  From there dynamic time warping of all bones within a tenth of the repetition, and at last a
fraction of a frame.  Warping sees a tenth of the repetition more on either side: where it begins and ends
was found for each clip by itself, some frames apart.

The same moment is not the most similar pose: a person who leans forward throughout would be matched
with the athlete's deeper moments, and the knees would be blamed for the trunk.  So what each bone
differs by throughout, a rotation, is estimated on that first timing and taken out before warping; and
again on the warped one before the fraction is found.  A moment that is off looks like a rotation, too, of
a bone that swings: only rotations that explain most of a bone's difference are taken out.
"""

from collections.abc import Sequence

import numpy as np

from fitlab.analysis.motion import at
from fitlab.analysis.results import Repetition
from fitlab.signals import dtw

SHARES = np.linspace(0.05, 0.95, 19)
"""Shares of the way, out and back, at which two repetitions are at the same moment."""
_SAME_PLACE = 0.15
"""Of the way: two repetitions that begin, or end, so near to each other on it do so at the same moment."""
_WINDOW = 0.1
"""How far dynamic time warping may leave that timing, as a share of the frames that it sees."""
_JUMP = 2.0
"""Times the mean step between the moments of two frames is a jump."""
_WARPINGS = 2
"""The rotations that are left after the first are better known; a third changes nothing."""
_MARGIN = 0.1
"""Of a repetition, which warping sees on either side of it."""
_MOST = 2.0
"""Times the squared distance that a bone's rotation leaves must be as large without it."""
_FINE = np.linspace(-1.5, 1.5, 13)  # frames around the warped one that are tried
_REACH = 7  # frames that the curve to these goes through


def retime(
    user: np.ndarray,
    user_progress: np.ndarray,
    user_reps: Sequence[Repetition],
    reference: np.ndarray,
    reference_progress: np.ndarray,
    reference_reps: Sequence[Repetition],
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The reference's moment, in fractional frames, for every frame of every repetition of the user.

    Parameters
    ----------
    user, reference : (T, 3 B) and (S, 3 B)
        Directions of B bones in every frame of both clips, nothing missing; not smoothed: that would change fast
        repetitions more than slow ones.
    user_progress, reference_progress : (T,) and (S,)
        How far from rest the movement is, in any unit; low at rest.
    user_reps, reference_reps : of equal length
        Each of the user's repetitions, and the one of the reference that it is compared with.

    Returns
    -------
    moments : one (n,) per repetition
        Never falling, for the user's frames from ``start`` to ``stop``; up to a tenth of it outside of the reference's
        repetition, where that was cut elsewhere.
    left : one (n,) per repetition
        The squared distance of the two at the most alike moments, before these are kept from falling, without what
        bones differ by throughout.
    """
    if not user_reps:
        return [], []
    theirs_ways = {rep: ways(reference_progress, rep) for rep in set(reference_reps)}
    by_progress, mine, within = [], [], []
    for rep, other in zip(user_reps, reference_reps, strict=True):
        frames = _with_margin(rep, len(user))
        marks = _same_share(ways(user_progress, rep), theirs_ways[other])
        beyond = np.minimum(frames - rep.start, 0) + np.maximum(frames - rep.stop + 1, 0)
        pace = (other.stop - other.start) / (rep.stop - rep.start)
        by_progress.append(np.clip(np.interp(frames, *marks) + pace * beyond, 0, len(reference) - 1))
        mine.append(user[frames])
        within.append(slice(rep.start - frames[0], rep.stop - frames[0]))
    # Turning the user to the reference is as good as the other way round, and the reference stays one.
    warped, paired = by_progress, [at(reference, moments) for moments in by_progress]
    turned = _without_constant_rotation(mine, paired)
    for _ in range(_WARPINGS):
        warped = [_warped(*pieces, reference) for pieces in zip(turned, paired, warped, strict=True)]
        paired = [at(reference, moments) for moments in warped]
        turned = _without_constant_rotation(mine, paired)
    refined, apart = _refined(turned, reference, warped)
    moments = [np.maximum.accumulate(each[part]) for each, part in zip(refined, within, strict=True)]
    return moments, [each[part] for each, part in zip(apart, within, strict=True)]


def _with_margin(rep: Repetition, frames: int) -> np.ndarray:
    """The frames of a repetition and of its margins, as far as the clip has them."""
    margin = int(np.ceil(_MARGIN * (rep.stop - rep.start)))
    return np.arange(max(rep.start - margin, 0), min(rep.stop + margin, frames))


def _warped(mine: np.ndarray, paired: np.ndarray, moments: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The moments (n,) of the frames ``paired`` (n, 3 B), moved to where dynamic time warping finds ``mine`` (n, 3 B).

    They stay between the first and the last one.  Where they go on much faster than as a rule, what the reference
    (S, 3 B) shows between them is looked at, too: nothing would match it otherwise.
    """
    window = max(3, int(np.ceil(_WINDOW * len(mine))))
    steps = np.diff(moments)
    if (pieces := np.ceil(steps / max(_JUMP * steps.mean(), 1e-9))).max() > 1:
        places = np.concatenate([[0], np.cumsum(np.maximum(pieces, 1))])
        moments = np.interp(np.arange(places[-1] + 1), places, moments)
        paired = at(reference, moments)
    path = dtw(mine, paired, window=window).path
    matched = np.bincount(path[:, 0], weights=path[:, 1]) / np.bincount(path[:, 0])
    return np.interp(matched, np.arange(len(moments)), moments)


Way = tuple[np.ndarray, np.ndarray]


def _same_share(mine: tuple[Way, Way], theirs: tuple[Way, Way]) -> tuple[np.ndarray, np.ndarray]:
    """Moments at which both have gone the same share of their own ways: (marks,) of the user and of the reference.

    The outer mark is where both begin or end, if that is about the same place on their ways; else, as a clip may begin
    on the way, the share at which mine does.
    """
    found = []
    for (my_frames, my_share), (their_frames, their_share) in zip(mine, theirs, strict=True):
        shares = np.concatenate([my_share[:1], SHARES[my_share[0] < SHARES]])
        moments = np.interp(shares, their_share, their_frames)
        if abs(my_share[0] - their_share[0]) < _SAME_PLACE:
            moments[0] = their_frames[0]
        found.append((np.interp(shares, my_share, my_frames), moments))
    marks = np.concatenate([np.stack(way) for way in found], axis=1)  # (2, marks)
    marks = marks[:, np.lexsort(marks[::-1])]
    rising = np.concatenate([[True], np.diff(marks[0]) > 0])
    return marks[0, rising], np.maximum.accumulate(marks[1, rising])


def ways(progress: np.ndarray, rep: Repetition) -> tuple[Way, Way]:
    """Out and back, both read from rest to the turn: frames, and the share of the excursion gone by each of them."""
    rest = progress[rep.start : rep.stop].min()
    height = max(progress[rep.turn] - rest, 1e-9)
    out, back = np.arange(rep.start, rep.turn + 1), np.arange(rep.stop - 1, rep.turn - 1, -1)
    tie_breaker = 1e-9  # keeps the shares rising, as np.interp wants them
    return tuple(  # type: ignore[return-value]
        (way.astype(float), np.maximum.accumulate((progress[way] - rest) / height) + tie_breaker * np.arange(len(way)))
        for way in (out, back)
    )


def _without_constant_rotation(mine: Sequence[np.ndarray], paired: Sequence[np.ndarray]) -> list[np.ndarray]:
    """``mine``, each (n, 3 B), every bone rotated by what brings it nearest to ``paired``, of the same shape.

    Kabsch's solution for each bone, over all frames of a repetition and its margins.  A bone stays as it is where the
    rotation explains less than most of how far it is off (:data:`_MOST`).
    """
    bones = [values.reshape(len(values), -1, 3).transpose(1, 2, 0) for values in mine]  # (B, 3, n)
    theirs = [values.reshape(len(values), -1, 3).swapaxes(0, 1) for values in paired]  # (B, n, 3)
    moments = np.stack([a @ b for a, b in zip(bones, theirs, strict=True)])  # (R, B, 3, 3)
    u, _, vt = np.linalg.svd(moments)
    u[..., -1] *= np.linalg.det(u @ vt)[..., None]
    back = (u @ vt).swapaxes(-1, -2)
    squares = np.stack([(a**2).sum(axis=(1, 2)) + (b**2).sum(axis=(1, 2)) for a, b in zip(bones, theirs, strict=True)])
    off = squares - 2 * np.trace(moments, axis1=-2, axis2=-1)  # (R, B) squared distances
    left = squares - 2 * (back.swapaxes(-1, -2) * moments).sum(axis=(-2, -1))
    back[off <= _MOST * left] = np.eye(3)
    return [
        np.ascontiguousarray((turn @ own).transpose(2, 0, 1)).reshape(values.shape)
        for turn, own, values in zip(back, bones, mine, strict=True)
    ]


def _refined(
    mine: Sequence[np.ndarray], reference: np.ndarray, warped: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The most alike moments within one and a half frames of those ``warped``, and the squared distances there.

    ``mine`` and ``warped`` are one (n, 3 B) and one (n,) per repetition, and so are both results, (n,).
    """
    lengths = [len(moments) for moments in warped]
    moments = np.concatenate(warped)[:, None]
    first, last = (np.repeat([each[end] for each in warped], lengths)[:, None] for end in (0, -1))
    tried = np.clip(moments + _FINE, first, last)  # (N, tries)
    low, weights = curve_through(tried, len(reference))
    rows = np.concatenate([2 * reference[:1] - reference[1:2], reference, 2 * reference[-1:] - reference[-2:-1]])
    # |mine - interpolated|^2 from products: the poses between two frames need not be written out.
    lowest = low[:, :1]
    near = lowest + np.arange(_REACH)  # (N, reach) of the rows, of which frame f is f + 1
    products = np.empty(near.shape)
    for own, frames, part, ends in zip(mine, *_split(lengths, near, products), warped, strict=True):
        start, stop = min(int(ends[0]), len(reference) - 2), int(ends[-1]) + 4
        inside = np.clip(frames - start, 0, min(stop, len(rows)) - start - 1)
        part[:] = np.take_along_axis(own @ rows[start:stop].T, inside, axis=1)
    lagged = [np.einsum("sf,sf->s", rows[: len(rows) - lag], rows[lag:]) for lag in range(4)]
    distances = np.zeros(tried.shape)
    for one in range(4):
        toward = np.take_along_axis(products, low - lowest + one, axis=1)
        distances += weights[one] * (weights[one] * lagged[0][low + one] - 2 * toward)
        for other in range(one + 1, 4):
            distances += 2 * weights[one] * weights[other] * lagged[other - one][low + one]
    found, apart = _lowest(tried, distances)
    apart += np.concatenate([np.einsum("nf,nf->n", own, own) for own in mine])
    return tuple(_split(lengths, found, apart))  # type: ignore[return-value]


def _lowest(places: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each row (n, tries) is lowest, and how low, (n,) each: on the parabola through it and its neighbours.

    Places are equally far apart, but for those at the ends, which may be the same.
    """
    lowest, rows = heights.argmin(axis=1), np.arange(len(places))
    around = np.clip(lowest, 1, heights.shape[1] - 2)[:, None] + np.arange(-1, 2)
    (left, middle, right), (before, at_middle, after) = (
        np.take_along_axis(values, around, axis=1).T for values in (places, heights)
    )
    slope, bend = (after - before) / 2, before - 2 * at_middle + after
    inside = (bend > 0) & (np.abs(slope) < bend) & np.isclose(middle - left, right - middle) & (right > middle)
    steps = np.where(inside, -slope / np.where(inside, bend, 1), 0)
    return (
        np.where(inside, middle + steps * (right - middle), places[rows, lowest]),
        np.where(inside, at_middle + slope * steps / 2, heights[rows, lowest]),
    )


def curve_through(moments: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """The frame below each moment (...) of a clip of so many frames, and what the four around weigh, (4, ...).

    They are the one before it, itself and two after it, on the cubic with their slopes (Catmull and Rom 1974): half-way
    between two of 30 frames a second a fast limb is a degree or two off the straight line.  The clip must go on in
    straight lines for a frame at either end.
    """
    low = np.clip(np.floor(moments).astype(int), 0, max(frames - 2, 0))
    s = moments - low
    weights = (((2 - s) * s - 1) * s, (3 * s - 5) * s * s + 2, ((4 - 3 * s) * s + 1) * s, (s - 1) * s * s)
    return low, np.stack(weights) / 2


def _split(lengths: Sequence[int], *joined: np.ndarray) -> list[list[np.ndarray]]:
    """Each of ``joined`` (N, ...) in parts of these lengths."""
    return [np.split(values, np.cumsum(lengths)[:-1]) for values in joined]
