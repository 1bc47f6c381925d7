"""Repetitions in a drive: excursions from rest and back.

A drive is a signal that leaves rest, turns and comes back once per repetition, oriented so that rest
is low.  Peaks count by their prominence, which is hysteresis without a fixed level: between two
repetitions the drive must have come back by a share of the motion's own range, so that neither a
pause at the turn nor a drift of the rest counts.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.signal import find_peaks

from fitlab.analysis.results import Repetition

_RETURN = 0.35
"""Share of the typical excursion by which the drive must come back between two repetitions."""
_HALF = 0.6
"""An excursion of less than this share of the typical one is a half repetition."""
_LEFT_REST = 0.1
"""Share of the excursion at which rest has surely been left."""
_STILL = 0.05
"""Share of a stroke's greatest speed below which the drive stands still."""
_SET_UP = 0.5
"""A half excursion before or after the set, shorter than this share of the others, is no repetition."""


def smooth_drive(values: np.ndarray, fps: float) -> np.ndarray:
    """A drive or several, (T,) or (T, F), without gaps, spikes and jitter.

    Gaps are bridged by straight lines and outer ones hold the nearest value (a column that is
    missing altogether becomes 0); a median over 0.15 s removes spikes, a Gaussian with a standard
    deviation of 0.08 s (half power at 1.7 Hz) the jitter.
    """
    columns = np.array(values, np.float64).reshape(len(values), -1)  # (T, F)
    frames = np.arange(len(columns))
    known = ~np.isnan(columns)
    for column in np.flatnonzero(~known.all(axis=0)):
        seen = known[:, column]
        columns[:, column] = np.interp(frames, frames[seen], columns[seen, column]) if seen.any() else 0.0
    width = 2 * round(0.075 * fps) + 1
    columns = median_filter(columns, size=(width, 1), mode="nearest")
    return gaussian_filter1d(columns, 0.08 * fps, axis=0, mode="nearest").reshape(np.shape(values))


def repetitions_in(drive: np.ndarray, fps: float, minimum_range: float) -> tuple[Repetition, ...]:
    """The repetitions in a smoothed drive.

    Parameters
    ----------
    drive : (T,), any unit, low at rest
        See :func:`smooth_drive`.
    minimum_range : float, unit of the drive
        Smaller excursions are no repetitions.
    """
    candidates, prominences = prominent_peaks(drive, max(minimum_range, 1e-9))
    if len(candidates) == 0:
        return ()
    # Large excursions say what is typical: small ones may be fidgeting and more numerous.
    typical = np.median(prominences[prominences >= 0.5 * prominences.max()])
    peaks = candidates[prominences >= _RETURN * typical]
    starts, stops = extents(drive, peaks)
    full = _is_full(drive, peaks, starts, stops)
    kept = _without_set_up(peaks, starts, stops, full)
    return tuple(
        Repetition(index, int(starts[k]), int(stops[k]), int(peaks[k]), bool(full[k])) for index, k in enumerate(kept)
    )


def prominent_peaks(drive: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Peaks of at least this prominence and their prominences; a clip's ends may be peaks too."""
    low = drive.min()
    peaks, found = find_peaks(np.concatenate([[low], drive, [low]]), prominence=least)
    peaks, prominences = peaks - 1, found["prominences"]
    # Of peaks that are exactly as high each counts as prominent, however shallow the valley between them.
    kept: list[int] = []
    for k, peak in enumerate(peaks):
        if kept and drive[peaks[kept[-1]] : peak].min() > drive[peak] - least:
            continue
        kept.append(k)
    return peaks[kept], prominences[kept]


def extents(drive: np.ndarray, peaks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the excursion of every peak starts and stops, [start, stop) frames.

    From the peak outwards to where the drive is within 10 % of the lowest point before the next
    peak, and on from there until it stands still.
    """
    spacing = int(np.median(np.diff(peaks))) if len(peaks) > 1 else len(drive)
    before = np.concatenate([[max(0, peaks[0] - 2 * spacing)], peaks[:-1]])
    after = np.concatenate([peaks[1:], [min(len(drive) - 1, peaks[-1] + 2 * spacing)]])
    starts = [peak - _stroke(drive[first : peak + 1][::-1]) for first, peak in zip(before, peaks, strict=True)]
    stops = [peak + _stroke(drive[peak : last + 1]) + 1 for peak, last in zip(peaks, after, strict=True)]
    stops[:-1] = np.minimum(stops[:-1], starts[1:])  # both may claim the lowest frame between them
    return np.array(starts), np.array(stops)


def _stroke(outward: np.ndarray) -> int:
    """Frames from the peak (first value) to rest, in a drive that leads away from the peak."""
    outward = outward[: int(outward.argmin()) + 1]
    height = outward[0] - outward[-1]
    left_rest = np.flatnonzero(outward <= outward[-1] + _LEFT_REST * height)
    if height <= 0:
        return 0
    fall = -np.diff(outward)
    still = np.flatnonzero(fall[left_rest[0] :] < _STILL * fall.max())
    return int(left_rest[0] + still[0]) if len(still) else len(outward) - 1


def _is_full(drive: np.ndarray, peaks: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Whether each excursion goes far enough, and both its ways are in the clip."""
    ends = np.stack([drive[starts], drive[stops - 1]], axis=1)  # (n, 2)
    rest = np.median(ends.min(axis=1))
    height = drive[peaks] - rest
    typical = np.median(height[height >= 0.5 * height.max()])
    cut_off = np.stack([starts == 0, stops == len(drive)], axis=1) & (drive[peaks][:, None] - ends < _HALF * typical)
    return (height >= _HALF * typical) & ~cut_off.any(axis=1)


def _without_set_up(peaks: np.ndarray, starts: np.ndarray, stops: np.ndarray, full: np.ndarray) -> np.ndarray:
    """Indices of the excursions that are repetitions: steps into place and away are not."""
    if not full.any():
        return np.arange(len(peaks))
    durations = stops - starts
    short = ~full & (durations < _SET_UP * np.median(durations[full]))
    first, last = np.flatnonzero(full)[[0, -1]]
    outside = (np.arange(len(peaks)) < first) | (np.arange(len(peaks)) > last)
    return np.flatnonzero(~(short & outside))
