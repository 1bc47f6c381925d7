"""Shade on floor and wall: soft shadows of the lamps, and the darkness where something is close."""

import cv2
import numpy as np

from fitlab.geometry import Camera
from fitlab.synthesis.background import plane_to_pixels
from fitlab.synthesis.lights import Lights
from fitlab.synthesis.place import Plane

_CELL_M = 0.04
_HALF_M = 2.4
_FAINT = 0.08  # share of the light below which a lamp casts no shadow that one sees
_CELLS = round(2 * _HALF_M / _CELL_M)

# Height bands over a surface (upper end, metres), how far their darkness spreads (metres) and how much light they take.
_NEAR = ((0.04, 0.03, 0.65), (0.14, 0.07, 0.5), (0.45, 0.18, 0.35), (1.1, 0.42, 0.25))
# Height bands that share one blur of a lamp's shadow: (upper end, height whose blur is taken).
_BANDS = ((0.2, 0.08), (0.7, 0.42), (9.0, 1.1))


class ShadedPlane:
    """A plane that what is in front of it shades.

    Parameters
    ----------
    plane : Plane
    lights : Lights
    middle : (3,)
        World point around which shade is cast; it reaches 2.4 m.
    """

    def __init__(self, plane: Plane, lights: Lights, middle: np.ndarray) -> None:
        self._axes = np.stack([plane.along, plane.up, plane.normal], axis=1).astype(np.float32)
        self._origin = np.array(plane.origin, np.float32)
        self._middle = ((np.asarray(middle, np.float32) - self._origin) @ self._axes)[:2]
        self._plane, self._softness = plane, lights.softness
        whole = lights.on(plane.normal)
        around = (
            np.mean(lights.above) if plane.normal[2] > 0.5 else np.mean(lights.above) / 2 + np.mean(lights.below) / 2
        )
        self._around = float(around / whole.mean())  # share of the light that comes from everywhere
        self._lamps = []
        for lamp in lights.lamps:
            way = np.array(lamp.towards, np.float32) @ self._axes
            if way[2] > 0.08 and (share := float(way[2] * np.mean(lamp.colour) / whole.mean())) > _FAINT:
                self._lamps.append((way[:2] / way[2], share))

    def shade(
        self, points: np.ndarray, areas: np.ndarray, picture: np.ndarray, camera: Camera, mask: np.ndarray
    ) -> None:
        """Darkens ``picture`` (H, W, 3) uint8 by surfaces at ``points`` (N, 3) with ``areas`` (N,) square metres.

        ``mask`` (H, W) is not 0 where the plane is seen.
        """
        seen = (points - self._origin) @ self._axes
        seen[:, :2] -= self._middle
        above = seen[:, 2] > -0.05
        light = self._light(seen[above], areas[above])
        dark = light < 0.985
        rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
        if not len(rows):
            return
        to_metres = np.array(
            [[_CELL_M, 0, self._middle[0] - _HALF_M], [0, _CELL_M, self._middle[1] - _HALF_M], [0, 0, 1]]
        )
        way = plane_to_pixels(self._plane, camera) @ to_metres  # from the corners of cells
        ends = [(x, y, 1) for x in (columns[0], columns[-1] + 1) for y in (rows[0], rows[-1] + 1)]
        (left, top), (right, bottom) = _around(np.array(ends) @ way.T, camera.size)
        if right <= left or bottom <= top:
            return
        part = slice(top, bottom), slice(left, right)
        from_middles = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        to_part = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
        gain = cv2.warpPerspective(
            light, to_part @ way @ from_middles, (right - left, bottom - top), flags=cv2.INTER_LINEAR, borderValue=1.0
        )
        gain[mask[part] == 0] = 1
        picture[part] = cv2.multiply(picture[part], cv2.merge([gain] * 3), dtype=cv2.CV_8U)

    def _light(self, seen: np.ndarray, areas: np.ndarray) -> np.ndarray:
        """(cells, cells) float32 factor for display values of what is left of the light."""
        height = np.maximum(seen[:, 2], 0)
        around = np.ones((_CELLS, _CELLS), np.float32)
        below = 0.0
        for top, spread, share in _NEAR:
            band = (height < top) & (height >= below)
            if band.any():
                around *= 1 - share * _cover(seen[band, :2], areas[band], spread)
            below = top
        light = self._around * around
        lit = self._around
        for slope, strength in self._lamps:
            cast = seen[:, :2] - height[:, None] * slope
            free, below = np.ones((_CELLS, _CELLS), np.float32), 0.0
            for top, middle in _BANDS:
                band = (height < top) & (height >= below)
                if band.any():
                    free *= 1 - _cover(cast[band], areas[band], 0.02 + self._softness * middle)
                below = top
            light += strength * free
            lit += strength
        return np.sqrt(np.clip(light / lit, 0.01, 1))


def _around(corners: np.ndarray, size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The part (x, y), (x, y) of a picture of ``size`` around homogeneous pixels; all of it if some are behind it."""
    if corners[:, 2].min() < 0.05:
        return (0, 0), size
    pixels = corners[:, :2] / corners[:, 2:]
    low = np.clip(pixels.min(axis=0) - 1, 0, size).astype(int)
    high = np.clip(pixels.max(axis=0) + 2, 0, size).astype(int)
    return (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))


def _cover(points: np.ndarray, areas: np.ndarray, spread_m: float) -> np.ndarray:
    """(cells, cells) how much of each cell the surfaces at ``points`` (N, 2) cover when blurred by ``spread_m``."""
    cells = ((points + _HALF_M) * (1 / _CELL_M)).astype(np.int32)
    inside = ((cells >= 0) & (cells < _CELLS)).all(axis=1)
    cells = cells[inside]
    counts = np.bincount(cells[:, 1] * _CELLS + cells[:, 0], weights=areas[inside], minlength=_CELLS * _CELLS)
    density = counts.astype(np.float32).reshape(_CELLS, _CELLS) * (1 / _CELL_M**2)
    sigma = max(spread_m / _CELL_M, 0.8)
    if sigma > 4:  # wide blurs at a quarter of the resolution
        small = cv2.resize(density, (_CELLS // 4, _CELLS // 4), interpolation=cv2.INTER_AREA)
        density = cv2.resize(
            cv2.GaussianBlur(small, (0, 0), sigma / 4), (_CELLS, _CELLS), interpolation=cv2.INTER_LINEAR
        )
    else:
        density = cv2.GaussianBlur(density, (0, 0), sigma)
    return 1 - np.exp(-1.2 * density)
