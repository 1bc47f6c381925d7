"""Things put together from boxes, tubes and balls."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

Numbers = Sequence[float] | np.ndarray
"""Three numbers: a place, a size or a colour."""


@dataclass(frozen=True, eq=False)
class Solid:
    """A mesh with plain colours.

    Parameters
    ----------
    faces : (F, 3) int
    vertices, normals, colours : (V, 3) float32
        Metres; unit vectors; red, green and blue, 0 to 255.
    samples : (N, 3) float32, areas : (N,) float32
        Points all over the surface and how much of it each stands for, square metres: what casts shadows.
    """

    faces: np.ndarray
    vertices: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    samples: np.ndarray
    areas: np.ndarray

    def moved(self, rotation: np.ndarray, shift: np.ndarray) -> "Solid":
        """This solid turned by ``rotation`` (3, 3), then moved by ``shift`` (3,)."""
        turned = np.asarray(rotation, np.float32).T
        shift = np.asarray(shift, np.float32)
        return Solid(
            self.faces,
            self.vertices @ turned + shift,
            self.normals @ turned,
            self.colours,
            self.samples @ turned + shift,
            self.areas,
        )

    def at(self, x: float, y: float, z: float = 0.0) -> "Solid":
        """This solid moved."""
        return self.moved(np.eye(3), np.array([x, y, z]))


def joined(solids: Sequence[Solid]) -> Solid:
    """Many solids as one."""
    starts = np.cumsum([0, *(len(solid.vertices) for solid in solids[:-1])])

    def all_of(name: str) -> np.ndarray:
        return np.concatenate([getattr(solid, name) for solid in solids])

    faces = np.concatenate([solid.faces + start for solid, start in zip(solids, starts, strict=True)])
    return Solid(faces, all_of("vertices"), all_of("normals"), all_of("colours"), all_of("samples"), all_of("areas"))


def box(size: Numbers, colour: Numbers, centre: Numbers = (0, 0, 0)) -> Solid:
    """A box of ``size`` (x, y, z) around ``centre``."""
    faces, vertices, normals, samples = _cube()
    half, middle = np.array(size, np.float32) / 2, np.array(centre, np.float32)
    sides = 4 * half[[1, 2, 0]] * half[[2, 0, 1]]  # areas across x, y and z
    areas = np.repeat(np.repeat(sides, 2), len(samples) // 6) / (len(samples) // 6)
    return Solid(faces, vertices * half + middle, normals, _plain(colour, vertices), samples * half + middle, areas)


def tube(
    start: Numbers,
    end: Numbers,
    radius: float,
    colour: Numbers,
    sides: int = 10,
    end_radius: float | None = None,
) -> Solid:
    """A closed cylinder, or a cone cut off, from ``start`` to ``end``."""
    faces, ring, normals, samples = _can(sides)
    first, last = np.array(start, np.float32), np.array(end, np.float32)
    length = float(np.sqrt(((last - first) ** 2).sum()))
    a, b, c = (last - first) / length
    x, y, z = (0.0, c, -b) if abs(a) < 0.9 else (-c, 0.0, a)  # across, by a cross product with x or y
    norm = float(np.sqrt(x * x + y * y + z * z))
    x, y, z = x / norm, y / norm, z / norm
    frame = np.array([(x, y, z), (b * z - c * y, c * x - a * z, a * y - b * x), (a, b, c)], np.float32)
    top = radius if end_radius is None else end_radius

    def placed(points: np.ndarray) -> np.ndarray:
        radii = radius + (top - radius) * points[:, 2:]
        return (
            np.concatenate([points[:, :2] * radii, points[:, 2:] * length], axis=1).astype(np.float32) @ frame + first
        )

    ends = radius * radius + top * top
    areas = np.full(len(samples), (np.pi * (radius + top) * length + np.pi * ends) / len(samples), np.float32)
    return Solid(faces, placed(ring), normals @ frame, _plain(colour, ring), placed(samples), areas)


def ball(centre: Numbers, radii: Numbers, colour: Numbers) -> Solid:
    """An ellipsoid."""
    faces, points = _globe()
    half, middle = np.array(radii, np.float32), np.array(centre, np.float32)
    vertices, normals = points * half + middle, points / half
    normals /= np.sqrt((normals * normals).sum(axis=1, keepdims=True))
    a, b, c = (float(radius) for radius in radii)
    areas = np.full(len(vertices), 4 * np.pi * (a * b + b * c + c * a) / 3 / len(vertices), np.float32)
    return Solid(faces, vertices, normals, _plain(colour, vertices), vertices, areas)


def _plain(colour: Numbers, vertices: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.minimum(np.array(colour, np.float32), 255), vertices.shape)


@cache
def _cube() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    faces: list[tuple[int, int, int]] = []
    vertices: list[np.ndarray] = []
    normals: list[np.ndarray] = []
    samples: list[np.ndarray] = []
    steps = (np.arange(6) + 0.5) / 3 - 1
    for axis in range(3):
        for sign in (-1, 1):
            first, second = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3] * sign
            normal = np.eye(3)[axis] * sign
            start = len(vertices)
            samples += [normal + u * first + v * second for u in steps for v in steps]
            vertices += [
                normal - first - second,
                normal + first - second,
                normal + first + second,
                normal - first + second,
            ]
            normals += [normal] * 4
            faces += [(start, start + 1, start + 2), (start, start + 2, start + 3)]
    return np.array(faces), *(np.array(points, np.float32) for points in (vertices, normals, samples))  # type: ignore[return-value]


@cache
def _can(sides: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    angle = np.arange(sides) * 2 * np.pi / sides
    circle = np.stack([np.cos(angle), np.sin(angle), np.zeros(sides)], axis=1)
    top, up = circle + (0, 0, 1), np.tile([0, 0, 1.0], (sides, 1))
    a, b = np.arange(sides), (np.arange(sides) + 1) % sides
    fan = np.arange(1, sides - 1)
    faces = np.concatenate([
        np.stack([a, b, a + sides], 1), np.stack([b, b + sides, a + sides], 1),
        np.stack([0 * fan, fan + 1, fan], 1) + 2 * sides, np.stack([0 * fan, fan, fan + 1], 1) + 3 * sides,
    ])  # fmt: skip
    vertices, normals = np.concatenate([circle, top, circle, top]), np.concatenate([circle, circle, -up, up])
    samples = np.concatenate([circle[::2] + (0, 0, height) for height in (np.arange(12) + 0.5) / 12])
    samples = np.concatenate([samples, 0.6 * circle[::2], 0.6 * circle[::2] + (0, 0, 1)])
    vertices, normals, samples = (points.astype(np.float32) for points in (vertices, normals, samples))
    return faces, vertices, normals, samples


@cache
def _globe() -> tuple[np.ndarray, np.ndarray]:
    rings, around = 7, 12
    polar, angle = np.meshgrid(np.linspace(0, np.pi, rings), np.arange(around) * 2 * np.pi / around, indexing="ij")
    points = np.stack([np.sin(polar) * np.cos(angle), np.sin(polar) * np.sin(angle), np.cos(polar)], -1).reshape(-1, 3)
    ring, step = np.meshgrid(np.arange(rings - 1), np.arange(around), indexing="ij")
    a, b = ring * around + step, ring * around + (step + 1) % around
    faces = np.concatenate(
        [np.stack([a, a + around, b], -1).reshape(-1, 3), np.stack([b, a + around, b + around], -1).reshape(-1, 3)]
    )
    return faces, points.astype(np.float32)
