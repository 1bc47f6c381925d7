"""Repetitions in a drive: excursions from rest and back.

A drive is a signal that leaves rest, turns and comes back once per repetition, oriented so that rest
is low.  Peaks count by their prominence, which is hysteresis without a fixed level: between two
repetitions the drive must have come back by a share of the way, so that neither a pause at the turn
nor a drift of the rest counts.  Where the motion of the whole body is known, it decides about small
excursions and about those outside the set.
"""

import numpy as np
from scipy.signal import find_peaks

from fitlab.analysis.motion import RATE, Motion, bridged, smooth, without_spikes
from fitlab.analysis.results import Repetition

_RETURN = 0.35
"""Share of an excursion by which the drive must come back on both of its sides."""
SURE = 0.35
"""An excursion of this share of the typical one is a repetition, whatever the rest of the body does."""
_LEAST = 0.12
"""A smaller excursion, of at least this share, is one if the body moves as in the others ..."""
ALIKE = 0.7
"""... that is if its motion correlates with theirs by this much."""
UNLIKE = 0.3
"""An excursion outside the set that correlates by less is a step into place or away; a small one of the other leg is
a repetition from here on."""
HALF = 0.6
"""An excursion of less than this share of the typical one, of the same leg where they take turns, is a half one."""
_LEFT_REST = 0.1
"""Share of the excursion at which rest has surely been left."""
_STILL = 0.05
"""Share of a stroke's greatest speed below which the drive stands still."""
_SET_UP = 0.5
"""A half excursion before or after the set, shorter than this share of the others, is no repetition."""


def smooth_drive(values: np.ndarray, fps: float) -> np.ndarray:
    """A drive or several, (T,) or (T, F), without gaps, spikes and jitter.

    Gaps are bridged, outer ones hold the nearest value (a column that is missing altogether becomes 0);
    a median over 0.15 s removes spikes, a Gaussian with a standard deviation of 0.08 s (half power at
    1.7 Hz) the jitter.
    """
    columns = np.nan_to_num(bridged(np.reshape(values, (len(values), -1)), fps))  # (T, F)
    return smooth(without_spikes(columns, fps), fps).reshape(np.shape(values))


def repetitions_in(
    drive: np.ndarray,
    fps: float,
    minimum_range: float,
    motion: Motion | None = None,
    leg: np.ndarray | None = None,
) -> tuple[Repetition, ...]:
    """The repetitions in a smoothed drive.

    Parameters
    ----------
    drive : (T,), any unit, low at rest
        See :func:`smooth_drive`.
    minimum_range : float, unit of the drive
        Smaller excursions are no repetitions.
    motion : Motion, optional
        Of the whole body, to tell small repetitions from fidgeting and the set from steps into place;
        without it small excursions do not count.
    leg : (T,), optional
        Where legs take turns, whose turn it is, in any two values. One camera may show the far leg's way much shorter,
        so the repetitions of each are compared with its own; half of ``minimum_range`` does beside one of all of it.
    """
    least = max(minimum_range, 1e-9)
    candidates, prominences = prominent_peaks(drive, least if leg is None else least / 2)
    if len(candidates) == 0 or prominences.max() < least:
        return ()
    typical = typical_size(prominences)
    kept = prominences >= (SURE if motion is None else _LEAST) * typical
    peaks, prominences = candidates[kept], prominences[kept]
    starts, stops = extents(drive, peaks)
    far, cut = completeness(drive, peaks, starts, stops, leg)
    if motion is not None:
        turns, first, last = (RATE / fps * frames for frames in (peaks, starts, stops))
        sure = prominences >= SURE * typical
        kept = _moves_alike(motion, turns, first, last, sure, cut, leg is not None)
        if not kept.all():
            peaks = peaks[kept]
            starts, stops = extents(drive, peaks)
            far, cut = completeness(drive, peaks, starts, stops, leg)
    full = far & ~cut.any(axis=1)
    kept = _without_set_up(peaks, starts, stops, full, cut)
    return tuple(
        Repetition(index, int(starts[k]), int(stops[k]), int(peaks[k]), bool(full[k])) for index, k in enumerate(kept)
    )


def typical_size(sizes: np.ndarray) -> float:
    """Excursions of at least this size hold half of all that is travelled: few giants or many dwarfs hardly matter."""
    ordered = np.sort(sizes)[::-1]
    return float(ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)])


def prominent_peaks(drive: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Peaks of at least this prominence that come back on both sides, and their prominences.

    The prominence must also be a share of how high the peak stands above its deeper side: the last
    wobble of a pause at the turn is prominent, but on the wrong side.  A clip's ends may be peaks too.
    """
    low = drive.min()
    peaks, _ = find_peaks(np.concatenate([[low], drive, [low]]), prominence=least)
    peaks = peaks - 1
    if len(peaks) == 0:
        return peaks, np.zeros(0)
    valleys = np.minimum.reduceat(drive, np.concatenate([[0], peaks]))  # n + 1
    heights = drive[peaks]
    while True:
        valleys[0], valleys[-1] = min(valleys[:2]), min(valleys[-2:])  # what lies beyond the clip is not known
        deeper, nearer = np.minimum(valleys[:-1], valleys[1:]), np.maximum(valleys[:-1], valleys[1:])
        prominences = heights - nearer
        doubt = np.minimum(prominences / least, prominences / np.maximum(heights - deeper, 1e-12) / _RETURN)
        worst = int(doubt.argmin())
        if doubt[worst] >= 1 or len(peaks) == 1:
            return peaks, prominences
        joined = min(valleys[worst : worst + 2])
        peaks, heights, valleys = np.delete(peaks, worst), np.delete(heights, worst), np.delete(valleys, worst)
        valleys[worst] = joined


def extents(drive: np.ndarray, peaks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the excursion of every peak starts and stops, [start, stop) frames.

    From the peak outwards to where the drive is within 10 % of the lowest point before the next
    peak, and on from there until it stands still.
    """
    spacing = int(np.median(np.diff(peaks))) if len(peaks) > 1 else len(drive)
    before = np.concatenate([[max(0, peaks[0] - 2 * spacing)], peaks[:-1]])
    after = np.concatenate([peaks[1:], [min(len(drive) - 1, peaks[-1] + 2 * spacing)]])
    starts = peaks - _strokes(drive[::-1], len(drive) - 1 - peaks, len(drive) - 1 - before)
    stops = peaks + _strokes(drive, peaks, after) + 1
    stops[:-1] = np.minimum(stops[:-1], starts[1:])  # both may claim the lowest frame between them
    return starts, stops


def _strokes(drive: np.ndarray, peaks: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Frames (n,) from every peak to rest, which lies after it, at most at ``bounds`` (n,); all strokes at once."""
    lengths = bounds - peaks + 1
    first = np.cumsum(lengths) - lengths  # where each stroke begins among the values of all
    stroke = np.repeat(np.arange(len(peaks)), lengths)
    values = drive[np.arange(len(stroke)) - first[stroke] + peaks[stroke]]
    lowest = np.minimum.reduceat(values, first)
    bottom = _first_true(values == lowest[stroke], first)
    height = drive[peaks] - lowest
    left_rest = _first_true(values <= (lowest + _LEFT_REST * height)[stroke], first)
    fall = np.append(values[:-1] - values[1:], 0.0)
    places = np.arange(len(stroke))
    falling = places < bottom[stroke]
    steepest = np.maximum.reduceat(np.where(falling, fall, -np.inf), first)
    resting = (places >= left_rest[stroke]) & (fall < _STILL * steepest[stroke])
    still = np.minimum(_first_true(resting | ~falling, first), bottom)
    return np.where(height > 0, still - first, 0)


def _first_true(mask: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The first place in ``mask`` that is true from each of ``first`` on; there must be one."""
    places = np.flatnonzero(mask)
    return places[np.searchsorted(places, first)]


def completeness(
    drive: np.ndarray, peaks: np.ndarray, starts: np.ndarray, stops: np.ndarray, leg: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Which excursions go far enough to be full ones, and which the clip cuts off.

    ``leg`` as of :func:`repetitions_in`: excursions of a leg are compared with its own.

    Returns
    -------
    far : bool (n,)
    cut : bool (n, 2)
        The clip begins on the way out, or ends on the way back: that way is less than 60 % of what it should be.
    """
    ends = np.stack([drive[starts], drive[stops - 1]], axis=1)  # (n, 2)
    rest = np.median(ends.min(axis=1))
    height = drive[peaks] - rest
    whose = np.zeros(len(peaks)) if leg is None else leg[peaks]
    typical = np.empty_like(height)
    for one in np.unique(whose):
        own = height[whose == one]
        typical[whose == one] = np.median(own[own >= 0.5 * own.max()])
    ways = drive[peaks][:, None] - ends
    at_edge = np.stack([starts == 0, stops == len(drive)], axis=1)
    cut = at_edge & (ways < HALF * np.minimum(ways.max(axis=1), typical)[:, None])
    return height >= HALF * typical, cut


def _moves_alike(
    motion: Motion,
    peaks: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
    sure: np.ndarray,
    cut: np.ndarray,
    taking_turns: bool,
) -> np.ndarray:
    """Which excursions are repetitions, by the body: small ones that are like the others, none outside that is not.

    ``peaks``, ``starts`` and ``stops`` are in samples of ``motion``.  A small one may be the far leg's, which is like
    the near one's only as far as the camera shows it.
    """
    few = sure.sum() < 3  # too few to say what a repetition looks like, but for the other leg's
    if few and not taking_turns:
        return sure
    likeness = likeness_of(motion, peaks, starts, stops, sure, cut)
    kept = np.where(sure, True, likeness >= (UNLIKE if taking_turns else ALIKE))
    if few:
        return kept
    inside = np.flatnonzero(sure & (likeness >= UNLIKE))
    if len(inside):
        outside = (np.arange(len(sure)) < inside[0]) | (np.arange(len(sure)) > inside[-1])
        in_clip = (starts > RATE / 2) & (stops < len(motion.travelled) - RATE / 2)
        kept &= ~(outside & in_clip & (likeness < UNLIKE))
    return kept


def likeness_of(
    motion: Motion, peaks: np.ndarray, starts: np.ndarray, stops: np.ndarray, typical: np.ndarray, cut: np.ndarray
) -> np.ndarray:
    """:meth:`Motion.likeness` of excursions, in samples; those that the clip cuts off by the way that is there."""
    likeness = motion.likeness(starts, stops, typical)
    for side, (first, last) in enumerate([(peaks, stops), (starts, peaks + 1)]):
        if cut[:, side].any():
            likeness = np.where(cut[:, side], motion.likeness(first, last, typical), likeness)
    return likeness


def _without_set_up(
    peaks: np.ndarray, starts: np.ndarray, stops: np.ndarray, full: np.ndarray, cut: np.ndarray
) -> np.ndarray:
    """Indices of the excursions that are repetitions: steps into place and away are not."""
    if not full.any():
        return np.arange(len(full))
    # What the clip cuts off takes at least as long as what is seen, and twice as long as the way that is whole.
    there = np.where(cut[:, 0], 2 * (stops - peaks), np.where(cut[:, 1], 2 * (peaks + 1 - starts), 0))
    durations = np.maximum(stops - starts, there)
    short = ~full & (durations < _SET_UP * np.median(durations[full]))
    first, last = np.flatnonzero(full)[[0, -1]]
    outside = (np.arange(len(full)) < first) | (np.arange(len(full)) > last)
    return np.flatnonzero(~(short & outside))
