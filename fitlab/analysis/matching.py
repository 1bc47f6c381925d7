"""Which repetition of the reference each of the user's is compared with, and how far both would reach."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fitlab.analysis.motion import at
from fitlab.analysis.results import Repetition
from fitlab.analysis.retiming import SHARES, ways

_ELSEWHERE = 0.03
"""Of the way: two repetitions whose ends are farther apart on it were cut elsewhere."""


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


def _at_shares(features: np.ndarray, progress: np.ndarray, reps: Sequence[Repetition]) -> np.ndarray:
    """Bone directions (repetitions, 2 shares, B, 3) when each share of the way has been gone, out and back."""
    moments = [np.interp(SHARES, share, frames) for rep in reps for frames, share in ways(progress, rep)]
    return at(features, np.concatenate(moments)).reshape(len(reps), 2 * len(SHARES), -1, 3)


def rested(drive: np.ndarray, reps: Sequence[Repetition]) -> list[Repetition]:
    """The repetitions, each from where it is nearest to rest to where it is again.

    They grow by their own length at most, and not into the one before or after.  Who comes to rest in two steps, slowly
    at the end, is cut at the first of them or at the second, as a degree decides.

    Parameters
    ----------
    drive : (T,)
        How far from rest the movement is, in any unit; low at rest.  NaN where it is not known.
    """
    drive = np.where(np.isnan(drive), np.inf, drive)
    befores, afters = [0, *(rep.stop for rep in reps)], [*(rep.start for rep in reps), len(drive)]
    found = []
    for rep, before, after in zip(reps, befores[:-1], afters[1:], strict=True):
        length = rep.stop - rep.start
        first, last = max(min(before, rep.start), rep.start - length), min(max(after, rep.stop), rep.stop + length)
        start = rep.start - int(drive[first : rep.start + 1][::-1].argmin())
        stop = rep.stop + int(drive[rep.stop - 1 : last].argmin())
        found.append(replace(rep, start=start, stop=stop))
    return found


def cut_elsewhere(
    drive: np.ndarray,
    rep: Repetition,
    whole: Repetition,
    others: np.ndarray,
    other: Repetition,
    whole_other: Repetition,
) -> bool:
    """Whether two repetitions begin, or end, at different places on the ways of their :func:`rested` selves."""
    mine, theirs = (
        (values[[cut.start, cut.stop - 1]] - values[[rest.start, rest.stop - 1]])
        / np.maximum(values[cut.turn] - values[[rest.start, rest.stop - 1]], 1e-9)
        for values, cut, rest in ((drive, rep, whole), (others, other, whole_other))
    )
    return bool(np.abs(mine - theirs).max() > _ELSEWHERE)
