"""Which moment of the reference's repetition each frame of the user's repetition is compared with.

Phase by phase first: out with out, turn with turn, back with back, whatever each takes.  Inside that,
dynamic time warping within a tenth of the repetition, and at last a fraction of a frame.
"""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist

from fitlab.analysis.phases import turn_span
from fitlab.analysis.results import Repetition
from fitlab.signals import dtw

_WINDOW = 0.1
"""How far dynamic time warping may leave the phases' own timing, as a share of the repetition."""
_SAMPLES = 10  # per phase, when repetitions are matched
_FINE = np.linspace(-1.5, 1.5, 25)  # frames around the warped one that are tried


def marks(drive: np.ndarray, rep: Repetition) -> np.ndarray:
    """The frames (4,) between which the phases lie: start, arrival at the turn, leaving it, last frame."""
    first, last = turn_span(drive, rep)
    return np.maximum.accumulate(np.array([rep.start, first, max(first, last - 1), rep.stop - 1], float))


def match_repetitions(
    user: np.ndarray, user_marks: Sequence[np.ndarray], reference: np.ndarray, reference_marks: Sequence[np.ndarray]
) -> np.ndarray:
    """Index of the reference's repetition that is most like each of the user's, (repetitions,).

    ``user`` (T, F) and ``reference`` (S, F) are features of each frame.
    """
    grid = np.concatenate([np.linspace(phase, phase + 1, _SAMPLES, endpoint=False) for phase in range(3)])

    def sampled(features: np.ndarray, of: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack([at(features, np.interp(grid, range(4), each)).ravel() for each in of])

    return cdist(sampled(user, user_marks), sampled(reference, reference_marks)).argmin(axis=1)


def retime(user: np.ndarray, user_marks: np.ndarray, reference: np.ndarray, reference_marks: np.ndarray) -> np.ndarray:
    """The reference's moment, in fractional frames, for every frame of one repetition of the user.

    Parameters
    ----------
    user, reference : (T, F) and (S, F)
        Features of every frame of both clips.
    user_marks, reference_marks : (4,)
        Of the two repetitions, see :func:`marks`.

    Returns
    -------
    moments : (n,)
        Never falling, for the user's frames from the first mark to the last.
    """
    start, stop = int(user_marks[0]), int(user_marks[-1]) + 1
    mine = user[start:stop]
    reference_marks = _where_the_clip_cuts(user, user_marks, reference, reference_marks)
    frames = np.arange(len(mine), dtype=float)
    by_phase = np.interp(frames + start, *_rising(user_marks, reference_marks))
    window = max(3, int(np.ceil(_WINDOW * len(mine))))
    path = dtw(mine, at(reference, by_phase), window=window).path
    matched = np.bincount(path[:, 0], weights=path[:, 1]) / np.bincount(path[:, 0])
    return _refined(mine, reference, np.interp(matched, frames, by_phase), reference_marks[0], reference_marks[-1])


def _where_the_clip_cuts(
    user: np.ndarray, user_marks: np.ndarray, reference: np.ndarray, reference_marks: np.ndarray
) -> np.ndarray:
    """The reference's marks, the outer ones moved to where the user is when the clip begins or ends."""
    first, arrival, leaving, last = reference_marks.astype(int)
    if user_marks[0] == 0:
        first += int(np.linalg.norm(reference[first : arrival + 1] - user[0], axis=1).argmin())
    if user_marks[-1] == len(user) - 1:
        last = leaving + int(np.linalg.norm(reference[leaving : last + 1] - user[-1], axis=1).argmin())
    return np.array([first, arrival, leaving, last], float)


def _rising(user_marks: np.ndarray, reference_marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The marks without those at which the user's time stands still."""
    keep = np.concatenate([[True], np.diff(user_marks) > 0])
    return user_marks[keep], reference_marks[keep]


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
