"""A room seen by the camera: a floor and a wall with procedural textures, and the shade that a person casts on it."""

from collections.abc import Callable

import cv2
import numpy as np

from fitlab.geometry import Camera

_SHADE_CELL_M = 0.03
_SHADE_HALF_M = 2.1


class Place:
    """A static background for one camera.

    Parameters
    ----------
    camera : Camera
    rng : numpy Generator
        Draws textures, colours and pictures on the wall.
    key_light : (3,)
        Direction towards the main light, for the shadow.
    exposure : (3,)
        Gain of red, green and blue.

    Attributes
    ----------
    picture : (H, W, 3) uint8
        The empty room.
    """

    def __init__(self, camera: Camera, rng: np.random.Generator, key_light: np.ndarray, exposure: np.ndarray) -> None:
        self._slope = key_light[:2] / key_light[2]
        self._strength = float(rng.uniform(0.35, 0.6))
        # One ray at a random place in every pixel, then the blur of a lens: thin joints and far bricks do not alias.
        room = cv2.GaussianBlur(_room(camera, rng), (0, 0), 0.7)
        self.picture = np.clip(room * exposure, 0, 255).astype(np.uint8)
        shape = (camera.size[1], camera.size[0])
        floor, on_floor = _floor_points(camera, _rays(camera))
        floor, on_floor = floor.reshape(*shape, 2), on_floor.reshape(shape)
        cells = (floor + _SHADE_HALF_M) / _SHADE_CELL_M - 0.5
        inside = on_floor & (np.abs(floor) < _SHADE_HALF_M).all(axis=-1)
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        self._shady = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)) if len(rows) else None
        cells[~inside] = -1e3  # outside of the grid: no shade
        self._shade_at = cells.astype(np.float32)

    def shaded(self, vertices: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8: the room with the shade of a mesh with these world ``vertices`` (V, 3).

        Contact shade is the density of vertices near the floor; the soft shadow that of all of
        them, carried along the light to the floor.
        """
        picture = self.picture.copy()
        if self._shady is None:
            return picture
        near = vertices[vertices[:, 2] < 0.10, :2]
        cast = vertices[::3, :2] - vertices[::3, 2:] * self._slope
        contact = cv2.GaussianBlur(_density(near), (0, 0), 1.6)
        shadow = cv2.GaussianBlur(_density(cast), (0, 0), 3.5)
        grid = (1 - 0.75 * np.minimum(contact / 6, 1)) * (1 - self._strength * np.minimum(shadow / 1.5, 1))
        x, y = np.moveaxis(self._shade_at[self._shady], -1, 0)
        light = cv2.remap(grid, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=1.0)
        picture[self._shady] = (picture[self._shady] * light[..., None]).astype(np.uint8)
        return picture


def _density(points: np.ndarray) -> np.ndarray:
    """Points (N, 2) counted in the cells of the shade grid, rows along y."""
    size = int(2 * _SHADE_HALF_M / _SHADE_CELL_M)
    cells = ((points + _SHADE_HALF_M) / _SHADE_CELL_M).astype(int)
    cells = cells[((cells >= 0) & (cells < size)).all(axis=1)]
    counts = np.bincount(cells[:, 1] * size + cells[:, 0], minlength=size * size)
    return counts.reshape(size, size).astype(np.float32)


def _rays(camera: Camera, rng: np.random.Generator | None = None) -> np.ndarray:
    """(H * W, 3) float32 world directions through the middles of the pixels, or through random places in them."""
    width, height = camera.size
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    pixels = np.stack([across.ravel(), down.ravel(), np.ones(width * height, np.float32)], axis=1)
    pixels[:, :2] += 0.5 if rng is None else rng.random((width * height, 2), np.float32)
    (fx, fy), (cx, cy) = camera.focal, camera.centre
    camera_from_pixel = np.array([[1 / fx, 0, -cx / fx], [0, 1 / fy, -cy / fy], [0, 0, 1]])
    return pixels @ (camera.rotation.T @ camera_from_pixel).T.astype(np.float32)


def _floor_points(camera: Camera, rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 2) where ``rays`` (N, 3) meet the floor, and (N,) whether they do."""
    falling = rays[:, 2] < -1e-4
    distance = np.float32(camera.position[2]) / np.where(falling, -rays[:, 2], np.float32(np.inf))
    return camera.position[:2].astype(np.float32) + distance[:, None] * rays[:, :2], falling


def _room(camera: Camera, rng: np.random.Generator) -> np.ndarray:
    """(H, W, 3) float32 of floor and wall, 0 to 255; the wall stands behind the person, turned a little."""
    view = camera.rotation[2, :2] / np.linalg.norm(camera.rotation[2, :2])
    turn = np.radians(rng.uniform(-25, 25))
    normal = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ view
    distance = rng.uniform(1.4, 3.5)
    rays = _rays(camera, rng)
    eye, normal = camera.position.astype(np.float32), normal.astype(np.float32)
    approach = rays[:, :2] @ normal
    to_wall = np.float32(distance - eye[:2] @ normal) / np.where(approach > 1e-4, approach, np.float32(np.inf))
    up = eye[2] + to_wall * rays[:, 2]
    floor, falling = _floor_points(camera, rays)
    is_floor = falling & ((up < 0) | (approach <= 1e-4))
    picture = np.empty_like(rays)
    picture[is_floor] = _ground(floor[is_floor], rng)
    along = (eye[:2] + to_wall[~is_floor, None] * rays[~is_floor, :2]) @ np.array([-normal[1], normal[0]])
    picture[~is_floor] = _wall(along, up[~is_floor], rng)
    return picture.reshape(camera.size[1], camera.size[0], 3)


def _ground(floor: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N, 3) colours of the floor at (N, 2)."""
    x, y = floor.T
    colours = _tone(rng, 50, 210, 0.3) * _FLOORS[rng.integers(len(_FLOORS))](x, y, rng)[:, None]
    if rng.random() < 0.5:  # a training mat
        colours[(np.abs(x + rng.uniform(-0.1, 0.1)) < 0.55) & (np.abs(y) < 0.95)] = _tone(rng, 40, 200, 0.8)
    return colours * (1.05 - 0.05 * np.linalg.norm(floor, axis=1, keepdims=True).clip(0, 6))


def _wall(along: np.ndarray, up: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N, 3) colours of the wall at (N,) metres along and (N,) metres up."""
    tone = _tone(rng, 90, 240, 0.2)
    colours = tone * _WALLS[rng.integers(len(_WALLS))](along, up, rng)[:, None]
    colours[up < rng.uniform(0.05, 0.12)] = tone * 0.6 + 80  # the skirting board
    for _ in range(rng.integers(0, 4)):  # posters, a window, a cupboard
        centre, half = np.array([rng.uniform(-3, 3), rng.uniform(0.6, 2.2)]), rng.uniform([0.2, 0.2], [0.7, 0.9])
        outside = np.maximum(np.abs(along - centre[0]) - half[0], np.abs(up - centre[1]) - half[1])
        inside = outside < 0
        waves = 0.8 + 0.3 * np.sin(along[inside] * rng.uniform(2, 20) + up[inside] * rng.uniform(-20, 20))
        colours[inside] = _tone(rng, 30, 230, 0.8) * waves[:, None]
        colours[inside & (outside > -0.04)] = _tone(rng, 30, 230, 0.2)
    return colours


def _tone(rng: np.random.Generator, low: float, high: float, saturation: float) -> np.ndarray:
    grey = rng.uniform(low, high)
    return (grey * (1 + saturation * rng.uniform(-0.4, 0.4, 3))).astype(np.float32)


def _cloudy(u: np.ndarray, v: np.ndarray, rng: np.random.Generator, scale: float) -> np.ndarray:
    """Smooth pseudo-noise in about [-1, 1]: waves in random directions."""
    total = np.zeros_like(u)
    for _ in range(5):
        a, b, phase = rng.normal(0, scale), rng.normal(0, scale), rng.uniform(0, 6.3)
        total += np.sin(a * u + b * v + phase)
    return total / 2.5


def _plain(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 1 + 0.03 * _cloudy(u, v, rng, 1.5) + 0.02 * _cloudy(u, v, rng, 25)


def _bricks(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    row = np.floor(v / 0.075)
    joint = (np.mod(v / 0.075, 1) < 0.13) | (np.mod(u / 0.25 + 0.5 * np.mod(row, 2), 1) < 0.045)
    brick = 0.9 + 0.08 * np.sin(row * 12.9 + np.floor(u / 0.25) * 78.2)
    return np.where(joint, 1.12, brick) + 0.03 * _cloudy(u, v, rng, 30)


def _panels(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    width = rng.uniform(0.3, 1.2)
    return np.where(np.mod(u / width, 1) < 0.015, 0.7, 1.0) + 0.03 * _cloudy(u, v, rng, 6)


def _planks(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.5:
        u, v = v, u
    plank = np.floor(u / 0.14)
    tone = 0.9 + 0.12 * np.sin(plank * 45.1) + 0.05 * np.sin(60 * u + 4 * np.sin(2 * v + plank))
    return np.where((np.mod(u / 0.14, 1) < 0.03) | (np.mod(v / 1.3 + 0.37 * plank, 1) < 0.004), 0.6, tone)


def _tiles(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    size = rng.uniform(0.3, 0.8)
    joint = (np.mod(u / size, 1) < 0.02) | (np.mod(v / size, 1) < 0.02)
    return np.where(joint, 0.75, 1 + 0.04 * np.sin(np.floor(u / size) * 3.7 + np.floor(v / size) * 9.1))


def _carpet(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 0.95 + 0.06 * _cloudy(u, v, rng, 60) + 0.05 * _cloudy(u, v, rng, 4)


_Texture = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
_WALLS: tuple[_Texture, ...] = (_plain, _plain, _bricks, _panels)
_FLOORS: tuple[_Texture, ...] = (_planks, _tiles, _carpet, _plain)
