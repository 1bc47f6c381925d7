"""Repetitions of isometric exercises: a position is taken, held and left; or held throughout the clip."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from fitlab.analysis.phases import turn_span
from fitlab.analysis.repetitions import extents, repetitions_in
from fitlab.analysis.results import Repetition
from fitlab.exercises import Drive

_STEADY_S = 0.5
"""Standard deviation of the Gaussian that takes the wobbling off a hold."""
_HELD_S = 1.5
"""What stays at its turn for less is a wobble, too."""
_THROUGHOUT_S = 3.0
"""A clip that is as short as that shows no hold."""


def held_repetitions(drive: np.ndarray, fps: float, minimum_range: float) -> tuple[Repetition, ...]:
    """The holds in a smoothed drive (T,), low at rest, as repetitions.

    Parameters
    ----------
    minimum_range : float, unit of the drive
        Smaller excursions are no holds.
    """
    steady = gaussian_filter1d(drive, _STEADY_S * fps, mode="nearest")
    held = [rep for rep in repetitions_in(steady, fps, minimum_range) if _turn_s(steady, rep, fps) >= _HELD_S]
    if not held:
        return ()
    # What was smoothed away counts again for when the position is taken and left.
    peaks = np.array([rep.start + int(drive[rep.start : rep.stop].argmax()) for rep in held])
    starts, stops = extents(drive, peaks)
    return tuple(
        Repetition(index, int(start), int(stop), int(peak), rep.full)
        for index, (rep, start, stop, peak) in enumerate(zip(held, starts, stops, peaks, strict=True))
    )


def held_throughout(curve: np.ndarray, fps: float, drive: Drive) -> bool:
    """Whether a clip without excursions shows a position that is held all the time.

    Parameters
    ----------
    curve : (T,)
        The drive's measure, as it is measured.
    """
    if drive.held_beyond is None or len(curve) < _THROUGHOUT_S * fps or np.isnan(curve).all():
        return False
    level = float(np.nanmedian(curve))
    return level > drive.held_beyond if drive.rest == "low" else level < drive.held_beyond


def _turn_s(drive: np.ndarray, rep: Repetition, fps: float) -> float:
    first, last = turn_span(drive, rep)
    return (last - first) / fps
