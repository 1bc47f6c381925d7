"""Units and axes of other programs: metres and z up here, whatever there."""

from pathlib import Path

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.hints import Hints

METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
"""Unit of length -> metres."""

_MANY_JOINTS = 8  # fewer may be part of a body, and of any size
_NOBODY_M = 0.25, 10.0  # no whole person is smaller or larger, whatever the pose
_SOMEBODY_M = 0.5, 3.0  # from a crouch to a stretch


def extent(positions: np.ndarray) -> float:
    """Longest side of the box around the joints (T, K, 3), median over the frames; NaN without joints."""
    seen = positions[np.isfinite(positions).any(axis=(1, 2))]
    if not len(seen):
        return float("nan")
    return float(np.median((np.nanmax(seen, axis=1) - np.nanmin(seen, axis=1)).max(axis=-1)))


def in_metres(positions: np.ndarray, unit: str, path: Path, hints: Hints) -> np.ndarray:
    """Positions (T, K, 3) of a file that says its ``unit``; InputError where a person cannot be of that size.

    Pixels that are called metres (Sports2D's ``*_px_*.trc``) and millimetres that are called metres are common.
    """
    if hints.metres_per_unit is None and unit not in METRES:
        raise InputError(
            f"the unit of length in {path} must be one of {', '.join(METRES)}, got {unit!r}; "
            "say read_poses(path, metres_per_unit=...)"
        )
    metres = positions * (hints.metres_per_unit or METRES[unit])
    size, (low, high) = extent(metres), _NOBODY_M
    if positions.shape[1] >= _MANY_JOINTS and not (np.isnan(size) or low <= size <= high):
        raise InputError(
            f"the person in {path} must be {low:g} to {high:g} m large, got {size:.4g} m by the file's unit {unit!r}; "
            "say read_poses(path, metres_per_unit=...)"
        )
    return metres


def in_guessed_metres(positions: np.ndarray, path: Path, hints: Hints) -> tuple[np.ndarray, str]:
    """Positions (T, K, 3) of a file that says no unit, and what was taken for it: that in which a person fits."""
    if hints.metres_per_unit is not None:
        return positions * hints.metres_per_unit, f"{hints.metres_per_unit:g} m"
    size, (low, high) = extent(positions), _SOMEBODY_M
    for unit, metres in METRES.items():
        if low <= size * metres <= high:
            return positions * metres, unit
    raise InputError(
        f"the person in {path}, which says no unit of length, must be {low:g} to {high:g} m large in one of "
        f"{', '.join(METRES)}, got {size:.4g} units; say read_poses(path, metres_per_unit=...)"
    )


def y_up(points: np.ndarray) -> np.ndarray:
    """World points (..., 3), z up, as programs have them where y is up: x stays, depth is -y."""
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([x, z, -y], axis=-1)


def z_up(points: np.ndarray) -> np.ndarray:
    """The way back from :func:`y_up`."""
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([x, -z, y], axis=-1)
