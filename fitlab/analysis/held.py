"""Repetitions of isometric exercises: a position is taken, held and left; or held throughout the clip."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from fitlab.analysis.repetitions import extents, repetitions_in
from fitlab.analysis.results import Repetition
from fitlab.signals import runs

_STEADY_S = 0.5
"""Standard deviation of the Gaussian that takes the wobbling off a hold."""
_HELD_S = 2.0
"""What is more than half-way out for less is a wobble, too, or an attempt."""
_THROUGHOUT_S = 3.0
"""A clip that is shorter shows no hold."""
_SEEN = 0.5
"""Share of the frames of a hold in which it must be seen."""


def held_repetitions(drive: np.ndarray, fps: float, minimum_range: float) -> tuple[Repetition, ...]:
    """The holds in a smoothed drive (T,), low at rest, as repetitions.

    Where the clip cuts a hold, its repetition begins or ends with the clip.

    Parameters
    ----------
    minimum_range : float, unit of the drive
        Smaller excursions are no holds.
    """
    steady = _steady(drive, fps)
    found = repetitions_in(steady, fps, minimum_range)
    spans: dict[tuple[int, int], Repetition] = {}  # wobbling may split an excursion
    for index, rep in enumerate(found):
        first = found[index - 1].stop if index else 0
        last = found[index + 1].start if index + 1 < len(found) else len(drive)
        held = _position(steady, rep, first, last)
        if held[1] - held[0] >= _HELD_S * fps:
            spans.setdefault(held, rep)
    if not spans:
        return ()
    turns = np.array([_typical(drive, *held) for held in spans])
    starts, stops = extents(drive, turns)
    return tuple(
        Repetition(
            index,
            0 if held[0] == 0 else int(start),
            len(drive) if held[1] == len(drive) else int(stop),
            int(turn),
            rep.full,
        )
        for index, ((held, rep), start, stop, turn) in enumerate(zip(spans.items(), starts, stops, turns, strict=True))
    )


def held_throughout(drive: np.ndarray, known: np.ndarray, fps: float, minimum_range: float, beyond: float) -> bool:
    """Whether a clip shows a position that nobody takes or leaves.

    Parameters
    ----------
    drive : (T,), low at rest
        Without gaps.
    known : bool (T,)
        Where it was measured, not bridged.
    beyond : float
        What the drive must exceed, on the side away from rest.
    """
    if len(drive) < _THROUGHOUT_S * fps or known.mean() < _SEEN:
        return False
    steady = _steady(drive, fps)
    leaves = repetitions_in(steady, fps, 2 * minimum_range)
    return not leaves and float(np.percentile(steady, 10)) > beyond


def _steady(drive: np.ndarray, fps: float) -> np.ndarray:
    return np.asarray(gaussian_filter1d(drive, _STEADY_S * fps, mode="nearest"))


def _position(steady: np.ndarray, rep: Repetition, first: int, last: int) -> tuple[int, int]:
    """The frames [start, stop) around the turn that are more than half-way out, of those from ``first`` to ``last``.

    Half of the way to where most of the excursion is, for people overshoot while they get into position.
    """
    part = steady[first:last]
    half = (part.min() + np.percentile(steady[rep.start : rep.stop], 75)) / 2
    return next((first + start, first + stop) for start, stop in runs(part > half) if start <= rep.turn - first < stop)


def _typical(drive: np.ndarray, start: int, stop: int) -> int:
    """The frame in the middle half of a hold that is as far out as most of it."""
    quarter = (stop - start) // 4
    inner = drive[start + quarter : stop - quarter]
    return start + quarter + int(np.abs(inner - np.median(inner)).argmin())
