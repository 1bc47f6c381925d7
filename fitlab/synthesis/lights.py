"""Light on people and things, per vertex: one to three lamps with soft shadows, the sky or ceiling, and the floor."""

from dataclasses import dataclass

import cv2
import numpy as np

from fitlab.synthesis.actors import SHADE_OF_WHITE
from fitlab.synthesis.solids import Solid

_CELL_M = 0.03


@dataclass(frozen=True)
class Lamp:
    """A far light: ``towards`` (3,) is the unit direction to it, ``colour`` its linear red, green and blue."""

    towards: tuple[float, float, float]
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class Lights:
    """All light of a scene, linear; 1 shows a colour as it is.

    ``above`` and ``below`` come from everywhere: from the ceiling or sky, and back from the floor.  ``softness`` is how
    fast a shadow blurs with the distance from what casts it, in metres per metre.
    """

    lamps: tuple[Lamp, ...]
    above: tuple[float, float, float]
    below: tuple[float, float, float]
    softness: float

    def on(self, normal: np.ndarray) -> np.ndarray:
        """(..., 3) light on surfaces with unit ``normal`` (..., 3) that nothing shades."""
        up = 0.5 + 0.5 * np.asarray(normal, float)[..., 2:]
        light = up * self.above + (1 - up) * np.array(self.below)
        for lamp in self.lamps:
            light = light + np.maximum(np.asarray(normal) @ np.array(lamp.towards), 0)[..., None] * lamp.colour
        return light


def draw_lights(rng: np.random.Generator, outdoors: bool) -> Lights:
    """One to three lamps; outdoors the sun or a covered sky."""
    warmth = rng.uniform(-0.08, 0.12)
    tint = np.array([1 + warmth, 1.0, 1 - warmth])
    cloudy = outdoors and rng.random() < 0.4
    main = rng.uniform(0.15, 0.3) if cloudy else rng.uniform(0.5, 1.0) if outdoors else rng.uniform(0.3, 0.8)
    lamps = [Lamp(_direction(rng, *((22, 65) if outdoors else (32, 80))), _rgb(main * tint))]
    for _ in range(0 if outdoors else rng.integers(0, 3)):
        lamps.append(Lamp(_direction(rng, 15, 70), _rgb(rng.uniform(0.1, 0.3) * (1 + rng.uniform(-0.08, 0.08, 3)))))
    above = _rgb(rng.uniform(0.4, 0.65) * (2 - tint if outdoors else (1 + tint) / 2))
    below = _rgb(rng.uniform(0.18, 0.34) * tint)
    lit = Lights(
        tuple(lamps), above, below, rng.uniform(0.02, 0.08) if outdoors and not cloudy else rng.uniform(0.1, 0.3)
    )
    # The phone's automatic exposure: what faces up and towards the camera is neither dark nor burnt out.
    gain = rng.uniform(0.85, 1.15) / float(
        np.mean(lit.on(np.array([[0, 0, 1.0], [0, -1.0, 0], [1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0]])))
    )
    return Lights(
        tuple(Lamp(lamp.towards, _rgb(gain * np.array(lamp.colour))) for lamp in lamps),
        _rgb(gain * np.array(above)), _rgb(gain * np.array(below)), lit.softness,
    )  # fmt: skip


def shade(
    lights: Lights, points: np.ndarray, normals: np.ndarray, casting: np.ndarray, eye: np.ndarray, hollow: np.ndarray
) -> np.ndarray:
    """Light on the vertices of a body, as :class:`PersonActor` takes it.

    Parameters
    ----------
    points, normals : (V, 3) float32
        World; normals of any length.
    casting : (N, 3)
        Points of surfaces that shade the body, among them its own.
    eye : (3,)
        Where the camera is.
    hollow : (at most V,)
        Share of the light that folds let in; 1 for the rest.

    Returns
    -------
    light : (V, 3) uint8
    """
    unit = normals / np.maximum(np.sqrt(np.einsum("vi,vi->v", normals, normals)), 1e-6)[:, None]
    up = 0.5 + 0.5 * unit[:, 2]
    sky = 0.35 + 0.65 * open_sky(points, unit, casting, np.array([0.0, 0.0, 1.0]), 0.25, 0.12)
    near_floor = 0.45 + 0.55 * np.clip(points[:, 2] * 4, 0, 1)
    from_above, from_below = up * sky, (1 - up) * near_floor
    from_above[: len(hollow)] *= hollow
    from_below[: len(hollow)] *= hollow
    light = np.outer(from_above, np.array(lights.above, np.float32))
    light += np.outer(from_below, np.array(lights.below, np.float32))
    for number, lamp in enumerate(lights.lamps):
        towards = np.array(lamp.towards, np.float32)
        facing = np.maximum((unit @ towards + 0.15) / 1.15, 0)  # wraps a little round, as in skin
        if number == 0:
            facing *= open_sky(points, unit, casting, towards, 0.05, 0.04)
            half = eye.astype(np.float32) - points
            half /= np.sqrt(np.einsum("vi,vi->v", half, half))[:, None]
            half += towards
            shine = np.einsum("vi,vi->v", half, unit) / np.sqrt(np.einsum("vi,vi->v", half, half))
            for _ in range(4):
                shine = np.maximum(shine, 0) * shine  # to the 16th power
            facing *= 1 + 0.3 * shine
        light += np.outer(facing, np.array(lamp.colour, np.float32))
    return np.minimum(np.sqrt(light) * np.float32(SHADE_OF_WHITE), 255).astype(np.uint8)


def lit(lights: Lights, solid: Solid) -> np.ndarray:
    """(V, 3) uint8 colours of a solid in the light; close to the floor it is darker."""
    light = lights.on(solid.normals) * (0.6 + 0.4 * np.clip(solid.vertices[:, 2:] / 0.3, 0, 1))
    return np.clip(solid.colours * np.sqrt(light), 0, 255).astype(np.uint8)


def open_sky(
    points: np.ndarray, unit: np.ndarray, casting: np.ndarray, towards: np.ndarray, fades_m: float, blur_m: float
) -> np.ndarray:
    """(V,) how free the way from the points (V, 3) with normals ``unit`` is in the direction ``towards``, from 0 to 1.

    A height map of ``casting`` (N, 3) across the direction: what lies well below the highest point of its
    surroundings is shaded.
    """
    x, y, z = towards
    first = np.array([0, z, -y] if abs(x) < 0.8 else [-z, 0, x])
    first = first / np.sqrt(first @ first)
    second = np.array([y * first[2] - z * first[1], z * first[0] - x * first[2], x * first[1] - y * first[0]])
    basis = np.stack([first / _CELL_M, second / _CELL_M, towards], axis=1).astype(np.float32)
    blockers = casting @ basis  # two coordinates across the direction, in cells, and one towards the light
    low = blockers[:, :2].min(axis=0) - 2
    columns, rows = (int(size) for size in blockers[:, :2].max(axis=0) - low + 3)
    cells = (blockers[:, :2] - low).astype(np.int32)
    height = np.full(rows * columns, -1e3, np.float32)
    np.maximum.at(height, cells[:, 1] * columns + cells[:, 0], blockers[:, 2])
    height = cv2.dilate(height.reshape(rows, columns), np.ones((3, 3), np.uint8)).ravel()
    along = (points + np.float32(0.02) * unit) @ basis
    depth = along[:, 2] + np.float32(0.05)
    blocked = np.zeros(len(points), np.float32)
    radius = blur_m / _CELL_M
    for dx, dy in ((-radius, -0.4 * radius), (0.9 * radius, -0.6 * radius), (0.1 * radius, radius)):
        column = np.clip(along[:, 0] + np.float32(dx - low[0]), 0, columns - 1).astype(np.int32)
        row = np.clip(along[:, 1] + np.float32(dy - low[1]), 0, rows - 1).astype(np.int32)
        blocked += np.clip((height[row * columns + column] - depth) * np.float32(1 / fades_m), 0, 1)
    return 1 - blocked / 3


def _direction(rng: np.random.Generator, lowest_deg: float, highest_deg: float) -> tuple[float, float, float]:
    azimuth, height = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(lowest_deg, highest_deg))
    return _rgb(np.array([np.cos(height) * np.cos(azimuth), np.cos(height) * np.sin(azimuth), np.sin(height)]))


def _rgb(values: np.ndarray) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third
