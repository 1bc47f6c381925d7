"""Cleaning detected or captured poses before anything is measured on them."""

import warnings

import numpy as np
from scipy.ndimage import median_filter

from fitlab.poses import PoseSequence
from fitlab.signals.filters import butterworth, resample
from fitlab.signals.gaps import bridge_gaps, fill_gaps

_SIZED_FRAMES = 1000  # so many tell the size of the person
_NORMAL = 1.4826  # standard deviation / median absolute deviation of a normal distribution


def clean(
    seq: PoseSequence, *, min_confidence: float = 0.05, max_gap_s: float = 0.4, cutoff_hz: float = 6.0
) -> PoseSequence:
    """Drops what cannot be trusted, fills short gaps, and smooths.

    In this order: positions with confidence below ``min_confidence`` and :func:`outliers` become
    missing; gaps of at most ``max_gap_s`` are filled (:func:`~fitlab.signals.fill_gaps`); a
    zero-lag Butterworth filter smooths what is there.  Longer gaps stay missing.

    Parameters
    ----------
    seq : PoseSequence in any space
    min_confidence : float in [0, 1]
    max_gap_s : float, seconds
        A limb that is out of sight for longer may have done anything.
    cutoff_hz : float
        Lowered to 0.4 * fps in slow recordings, which hold no faster movement.

    Returns
    -------
    cleaned : PoseSequence
        Filled positions have half the confidence of the less certain end of their gap.
    """
    dropped = outliers(seq) | (seq.confidence < min_confidence)
    positions = np.where(dropped[..., None], np.nan, seq.positions)
    confidence = np.where(dropped, np.nan, seq.confidence)
    confidence[np.isnan(positions[..., 0])] = np.nan

    max_frames = round(max_gap_s * seq.fps)
    positions = fill_gaps(positions, max_frames)
    was_missing = np.isnan(confidence)
    before, after = _last_observed(confidence), _last_observed(confidence[::-1])[::-1]
    confidence = np.where(was_missing, 0.5 * np.fmin(before, after), confidence)

    positions = butterworth(positions, seq.fps, min(cutoff_hz, 0.4 * seq.fps))
    return seq.replace(
        f"clean(min_confidence={min_confidence:g}, max_gap_s={max_gap_s:g}, cutoff_hz={cutoff_hz:g}): "
        f"{dropped[~seq.missing].mean() if not seq.missing.all() else 0:.2%} dropped",
        positions=positions,
        confidence=np.nan_to_num(confidence),
    )


def outliers(seq: PoseSequence, window_s: float = 0.2, threshold: float = 5.0, tolerance: float = 0.05) -> np.ndarray:
    """Positions that leap out of their joint's path for a moment.

    A Hampel filter on the path: the residual is the distance to the running median over
    ``window_s``; an outlier's residual exceeds ``threshold`` times the robust spread of the
    residuals around it (over five windows, so that fast movement has a wide band) plus
    ``tolerance`` times the person's size (median diagonal of the box around the joints).

    The defaults flag 0.1 % of the joints of undisturbed UI-PRMD Kinect and CMU recordings and
    find 99 % of leaps of 0.15 to 0.4 of the person's size that last one or two frames at 30 fps.

    Returns
    -------
    outlying : bool (T, K)
        False where a position is missing.
    """
    window = max(5, 2 * int(window_s * seq.fps / 2) + 1)
    least = tolerance * _person_size(seq)
    paths = np.ascontiguousarray(np.nan_to_num(bridge_gaps(seq.positions)).transpose(1, 2, 0))  # (K, D, T)
    found = np.zeros(seq.missing.shape, bool)
    # Whatever leaps by so much bends its path as sharply within 33 ms somewhere: the other joints need no medians.
    lag = max(1, round(seq.fps / 30))
    turns = paths[..., 2 * lag :] - 2 * paths[..., lag:-lag] + paths[..., : -2 * lag]
    bends = np.linalg.norm(turns, axis=1).max(axis=1, initial=0)  # (K,)
    for joint in np.flatnonzero(bends > least):
        smooth = [median_filter(row, size=window, mode="nearest") for row in paths[joint]]
        residual = np.linalg.norm(paths[joint] - smooth, axis=0)  # (T,)
        spread = _NORMAL * median_filter(residual, size=5 * window, mode="nearest")
        found[:, joint] = residual > threshold * spread + least
    return found & ~seq.missing


def resample_poses(seq: PoseSequence, fps: float) -> PoseSequence:
    """The same movement at another frame rate, see :func:`~fitlab.signals.resample`.

    Confidence is interpolated linearly; frame 0 stays frame 0.
    """
    if fps == seq.fps:
        return seq
    positions = resample(seq.positions, seq.fps, fps)
    places = np.arange(len(positions)) * (seq.fps / fps)
    below = np.minimum(places.astype(int), len(seq) - 1)
    share = (places - below)[:, None]
    confidence = (1 - share) * seq.confidence[below] + share * seq.confidence[np.minimum(below + 1, len(seq) - 1)]
    return seq.replace(f"resample_poses({fps:g})", positions=positions, confidence=confidence.clip(0, 1), fps=fps)


def _person_size(seq: PoseSequence) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # frames, or sequences, with nobody in them
        some = seq.positions[:: max(1, len(seq) // _SIZED_FRAMES)]
        extent = np.nanmax(some, axis=1) - np.nanmin(some, axis=1)  # (T, D)
        size = float(np.nanmedian(np.linalg.norm(extent, axis=-1)))
    return size if np.isfinite(size) else 0.0


def _last_observed(values: np.ndarray) -> np.ndarray:
    """Each value, or where it is NaN the last one before it; NaN before the first.  (T, K)."""
    frames = np.arange(len(values))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, frames), axis=0)
    return np.where(last >= 0, np.take_along_axis(values, np.maximum(last, 0), axis=0), np.nan)
