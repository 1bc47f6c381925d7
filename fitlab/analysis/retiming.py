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
_REACH = 5  # frames that these lie between


def match_repetitions(
    user: np.ndarray,
    user_progress: np.ndarray,
    user_reps: Sequence[Repetition],
    reference: np.ndarray,
    reference_progress: np.ndarray,
    reference_reps: Sequence[Repetition],
    *,
    to_others: bool = False,
) -> np.ndarray:
    """Indices of the two repetitions of the reference that are most like each of the user's, (repetitions, 2).

    The likest comes first; (repetitions, 1) where there is no other.  ``to_others``: both are the same, and a
    repetition is matched with other ones.

    Arguments as of :func:`retime`.  How the bones move counts, not what they differ by throughout:
    the distance of two repetitions is what remains after the best rotation of each bone.
    """
    a = _at_shares(user, user_progress, user_reps)  # (n, 2 shares, B, 3)
    b = _at_shares(reference, reference_progress, reference_reps)
    moments = a.transpose(2, 0, 3, 1)[:, :, None] @ b.transpose(2, 0, 1, 3)[:, None]  # (B, n, m, 3, 3)
    # Kabsch's sum of singular values, the last one with the determinant's sign.
    sizes = np.sqrt(np.maximum(np.linalg.eigvalsh(moments.swapaxes(-1, -2) @ moments), 0))
    sizes[..., 0] *= np.sign(np.linalg.det(moments))
    distances = np.sum(a**2, axis=(1, 2, 3))[:, None] + np.sum(b**2, axis=(1, 2, 3)) - 2 * sizes.sum(axis=(0, -1))
    if to_others:
        np.fill_diagonal(distances, np.inf)
    return distances.argsort(axis=1, kind="stable")[:, : min(2, len(reference_reps) - to_others)]


def unlikeness(
    user: np.ndarray, user_reps: Sequence[Repetition], reference: np.ndarray, moments: Sequence[np.ndarray]
) -> np.ndarray:
    """What is left between each of the user's repetitions and the reference at its ``moments``, (repetitions,).

    The mean squared distance of bone directions, after the best rotation of each bone; arguments as of :func:`retime`.
    """
    theirs = [at(reference, own) for own in moments]
    mine = _without_constant_rotation([user[rep.start : rep.stop] for rep in user_reps], theirs)
    return np.array([np.mean((a - b) ** 2) for a, b in zip(mine, theirs, strict=True)])


def _at_shares(features: np.ndarray, progress: np.ndarray, reps: Sequence[Repetition]) -> np.ndarray:
    """Bone directions (repetitions, 2 shares, B, 3) when each share of the way has been gone, out and back."""
    moments = [np.interp(_SHARES, share, frames) for rep in reps for frames, share in _ways(progress, rep)]
    return at(features, np.concatenate(moments)).reshape(len(reps), 2 * len(_SHARES), -1, 3)


def retime(
    user: np.ndarray,
    user_progress: np.ndarray,
    user_reps: Sequence[Repetition],
    reference: np.ndarray,
    reference_progress: np.ndarray,
    reference_reps: Sequence[Repetition],
) -> list[np.ndarray]:
    """The reference's moment, in fractional frames, for every frame of every repetition of the user.

    Parameters
    ----------
    user, reference : (T, 3 B) and (S, 3 B)
        Directions of B bones in every frame of both clips.
    user_progress, reference_progress : (T,) and (S,)
        How far from rest the movement is, in any unit; low at rest.
    user_reps, reference_reps : of equal length
        Each of the user's repetitions, and the one of the reference that it is compared with.

    Returns
    -------
    moments : one (n,) per repetition
        Never falling, for the user's frames from ``start`` to ``stop``.
    """
    if not user_reps:
        return []
    pairs = list(zip(user_reps, reference_reps, strict=True))
    theirs_ways = {rep: _ways(reference_progress, rep) for rep in set(reference_reps)}
    by_progress, mine, paired = [], [], []
    for rep, other in pairs:
        marks = _same_share(_ways(user_progress, rep), theirs_ways[other])
        by_progress.append(np.interp(np.arange(rep.start, rep.stop), *marks))
        mine.append(user[rep.start : rep.stop])
        paired.append(at(reference, by_progress[-1]))
    # Turning the user to the reference is as good as the other way round, and the reference stays one.
    mine = _without_constant_rotation(mine, paired)
    warped = [_warped(*pieces) for pieces in zip(mine, paired, by_progress, strict=True)]
    return _refined(mine, reference, warped, reference_reps)


def _warped(mine: np.ndarray, paired: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """The moments (n,) of the frames ``paired`` (n, 3 B), moved to where dynamic time warping finds ``mine`` (n, 3 B).

    They stay between the first and the last one.
    """
    window = max(3, int(np.ceil(_WINDOW * len(mine))))
    path = dtw(mine, paired, window=window).path
    matched = np.bincount(path[:, 0], weights=path[:, 1]) / np.bincount(path[:, 0])
    return np.interp(matched, np.arange(len(mine)), moments)


Way = tuple[np.ndarray, np.ndarray]


def _same_share(mine: tuple[Way, Way], theirs: tuple[Way, Way]) -> tuple[np.ndarray, np.ndarray]:
    """Moments at which both have gone the same share of their own ways: (marks,) of the user and of the reference.

    Where a clip begins or ends on the way, the outer mark is the share at which it does.
    """
    found = []
    for (my_frames, my_share), (their_frames, their_share) in zip(mine, theirs, strict=True):
        shares = np.concatenate([my_share[:1], _SHARES[my_share[0] < _SHARES]])
        found.append((np.interp(shares, my_share, my_frames), np.interp(shares, their_share, their_frames)))
    marks = np.concatenate([np.stack(way) for way in found], axis=1)  # (2, marks)
    marks = marks[:, np.lexsort(marks[::-1])]
    rising = np.concatenate([[True], np.diff(marks[0]) > 0])
    return marks[0, rising], np.maximum.accumulate(marks[1, rising])


def _ways(progress: np.ndarray, rep: Repetition) -> tuple[Way, Way]:
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

    Kabsch's solution for each bone, over all frames of a repetition.
    """
    bones = [values.reshape(len(values), -1, 3).transpose(1, 2, 0) for values in mine]  # (B, 3, n)
    theirs = [values.reshape(len(values), -1, 3).swapaxes(0, 1) for values in paired]  # (B, n, 3)
    u, _, vt = np.linalg.svd(np.stack([a @ b for a, b in zip(bones, theirs, strict=True)]))  # (R, B, 3, 3)
    u[..., -1] *= np.linalg.det(u @ vt)[..., None]
    back = (u @ vt).swapaxes(-1, -2)
    return [
        np.ascontiguousarray((turn @ own).transpose(2, 0, 1)).reshape(values.shape)
        for turn, own, values in zip(back, bones, mine, strict=True)
    ]


def _refined(
    mine: Sequence[np.ndarray], reference: np.ndarray, warped: Sequence[np.ndarray], reps: Sequence[Repetition]
) -> list[np.ndarray]:
    """The most alike moments within one and a half frames of those ``warped``, kept from falling.

    ``mine`` and ``warped`` are one (n, 3 B) and one (n,) per repetition, ``reps`` what each is compared with.
    """
    lengths = [len(moments) for moments in warped]
    moments = np.concatenate(warped)[:, None]
    first, last = (np.repeat([each[end] for each in warped], lengths)[:, None] for end in (0, -1))
    tried = np.clip(moments + _FINE, first, last)  # (N, tries)
    low = np.floor(tried).astype(int)
    share = tried - low
    # |mine - interpolated|^2 from products: the poses between two frames need not be written out.
    near = np.floor(np.maximum(moments + _FINE[0], first)).astype(int) + np.arange(_REACH)  # (N, reach)
    products = np.empty(near.shape)
    for own, frames, part, rep in zip(mine, *_split(lengths, near, products), reps, strict=True):
        inside = np.clip(frames - rep.start, 0, rep.stop - rep.start - 1)
        part[:] = np.take_along_axis(own @ reference[rep.start : rep.stop].T, inside, axis=1)
    below = np.take_along_axis(products, low - near[:, :1], axis=1)
    above = np.take_along_axis(products, low - near[:, :1] + 1, axis=1)
    squares = np.einsum("sf,sf->s", reference, reference)
    steps = np.append(np.einsum("sf,sf->s", reference[:-1], reference[1:]), squares[-1])
    high = np.minimum(low + 1, len(reference) - 1)
    distances = (
        (1 - share) * ((1 - share) * squares[low] + 2 * share * steps[low] - 2 * below)
        + share * (share * squares[high] - 2 * above)
    )  # fmt: skip
    best = np.take_along_axis(tried, distances.argmin(axis=1)[:, None], axis=1)[:, 0]
    return [np.maximum.accumulate(part) for part in _split(lengths, best)[0]]


def _split(lengths: Sequence[int], *joined: np.ndarray) -> list[list[np.ndarray]]:
    """Each of ``joined`` (N, ...) in parts of these lengths."""
    return [np.split(values, np.cumsum(lengths)[:-1]) for values in joined]


def at(values: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """``values`` (S, ...) at fractional indices (n,), linearly between neighbours."""
    low = np.clip(np.floor(moments).astype(int), 0, len(values) - 1)
    high = np.minimum(low + 1, len(values) - 1)
    share = (moments - low).reshape(-1, *[1] * (values.ndim - 1))
    return values[low] * (1 - share) + values[high] * share
