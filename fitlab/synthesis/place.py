"""Where a scene plays: a home, a gym, outdoors or before somebody's picture."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fitlab.errors import InputError
from fitlab.geometry import Camera
from fitlab.synthesis.textures import VARIANTS
from fitlab.synthesis.walls import tone

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Plane:
    """A plane with a texture.

    ``origin``, ``along`` and ``up`` (3,) span it, ``normal`` points to the camera.  ``colour`` is what ``texture`` and
    its ``variant`` vary; ``turned`` swaps the directions of the texture.
    """

    origin: Three
    along: Three
    up: Three
    texture: str
    variant: int
    turned: bool
    colour: Three

    @property
    def normal(self) -> np.ndarray:
        """(3,) unit vector."""
        (a, b, c), (x, y, z) = self.along, self.up
        return np.array([b * z - c * y, c * x - a * z, a * y - b * x])


@dataclass(frozen=True)
class Mat:
    """A mat on the floor: ``middle`` (x, y) and sizes in metres; at a heading of 0 degrees its length is along y."""

    middle: tuple[float, float]
    width_m: float
    length_m: float
    heading_deg: float
    colour: Three


@dataclass(frozen=True)
class Place:
    """Where a scene plays.

    Parameters
    ----------
    kind : str
        home, gym, outdoors or picture.
    planes : tuple of Plane
        The floor first, then the wall behind; perhaps one at the side and a ceiling.
    mat : Mat, optional
    seed : int
        Draws what is on the wall.
    picture : Path, optional
        What is seen instead of the planes.
    """

    kind: str
    planes: tuple[Plane, ...]
    mat: Mat | None
    seed: int
    picture: Path | None = None


_FLOORS = {
    "home": ("planks", "planks", "parquet", "carpet", "tiles"),
    "gym": ("rubber", "rubber", "planks", "concrete", "carpet"),
    "outdoors": ("grass", "grass", "asphalt", "paving", "concrete"),
}
_WALLS = {
    "home": ("plain", "plaster", "wallpaper", "bricks", "panels"),
    "gym": ("plain", "concrete", "bricks", "panels"),
    "outdoors": ("plain",),  # all painted over
}
_WOODS = (
    (182, 140, 98),
    (150, 108, 72),
    (205, 172, 130),
    (120, 84, 58),
    (170, 160, 148),
    (222, 202, 172),
    (92, 66, 50),
)
_CASTS = (
    (1.0, 1.0, 1.0),
    (1.0, 1.0, 1.0),
    (1.05, 1.0, 0.92),
    (1.06, 0.99, 0.86),
    (0.93, 0.98, 1.06),
    (0.94, 1.02, 0.95),
    (0.85, 0.95, 1.1),
)
_COLOURS = {
    "grass": ((96, 128, 58), (120, 142, 70), (84, 104, 56), (146, 142, 84)),
    "asphalt": ((98, 98, 100), (120, 118, 116), (140, 84, 72), (80, 110, 84)),
    "paving": ((150, 142, 134), (160, 110, 92), (128, 128, 130)),
    "rubber": ((48, 48, 52), (62, 62, 66), (56, 66, 84), (84, 84, 86)),
    "bricks": ((164, 92, 72), (184, 120, 96), (206, 202, 196), (120, 112, 106)),
}


def draw_place(
    rng: np.random.Generator, camera: Camera, points: np.ndarray, mat: bool, pictures: tuple[Path, ...] = ()
) -> Place:
    """A place around a movement through ``points`` (N, 3), behind it as ``camera`` sees it.

    ``mat`` asks for a mat under the athlete.  Where there are ``pictures``, one of them is the place.
    """
    kind = str(rng.choice(["home", "gym", "outdoors"], p=[0.42, 0.36, 0.22]))
    middle, eye = (points.min(axis=0) + points.max(axis=0)) / 2, camera.position
    below = middle * (1, 1, 0)
    reach = float(np.linalg.norm(points[:, :2] - middle[:2], axis=1).max())
    view, turn = (middle - eye)[:2], np.radians(rng.uniform(-25, 25))
    behind = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ view / np.linalg.norm(view)
    aside = np.array([behind[1], -behind[0], 0.0])
    away = rng.uniform(12, 30) if kind == "outdoors" else reach + rng.uniform(0.5, 3.2)
    back = below + away * np.array([*behind, 0.0])
    planes = [_surface(rng, str(rng.choice(_FLOORS[kind])), below, (1.0, 0, 0), (0, 1.0, 0), (50, 200))]
    wall = _surface(rng, str(rng.choice(_WALLS[kind])), back, aside, (0, 0, 1.0), (110, 242))
    planes.append(wall)
    if kind != "outdoors":
        if rng.random() < 0.5:
            side = rng.choice([-1.0, 1.0]) * aside
            clear = max(float(np.max((points - middle) @ side)), float((eye - middle) @ side))
            corner = back + side * (clear + rng.uniform(0.4, 2.5))
            forward = -behind * (side @ aside)
            planes.append(replace(wall, origin=_three(corner), along=_three(np.array([*forward, 0.0]))))
        height = max(rng.uniform(2.4, 3.6), float(points[:, 2].max()) + 0.15, float(eye[2]) + 0.5)
        ceiling = _surface(rng, "plain", below + (0, 0, height), (0, 1.0, 0), (1.0, 0, 0), (0, 0))
        planes.append(replace(ceiling, colour=_three(tone(rng, 200, 245, 0.04))))
    lies = mat or (kind != "outdoors" and rng.random() < 0.25)
    picture = pictures[rng.integers(len(pictures))] if pictures else None
    return Place(
        "picture" if picture else kind,
        tuple(planes),
        _draw_mat(rng, points) if lies else None,
        int(rng.integers(2**31)),
        picture,
    )


def _draw_mat(rng: np.random.Generator, points: np.ndarray) -> Mat:
    """Under the movement; along the body of somebody who lies."""
    middle = ((points.min(axis=0) + points.max(axis=0)) / 2)[:2]
    longest = np.linalg.svd(points[:, :2] - middle, full_matrices=False)[2][0]
    x, y = longest if np.ptp(points[:, 2]) < 1.3 else (0.0, 1.0)
    off = middle + rng.normal(0, 0.05, 2)
    return Mat(
        (float(off[0]), float(off[1])),
        float(rng.uniform(0.6, 1.0)),
        float(rng.uniform(1.7, 2.0)),
        float(np.degrees(np.arctan2(x, y)) + rng.normal(0, 4)),
        _three(tone(rng, 30, 170, 0.9)),
    )


def find_pictures(folder: Path) -> tuple[Path, ...]:
    """The pictures in a folder, in order of their names; InputError if there is no folder or no picture in it."""
    if not folder.is_dir():
        raise InputError(f"backgrounds must be a folder with pictures, got {folder}; correct the path")
    found = tuple(sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURES))
    if not found:
        raise InputError(f"backgrounds must hold at least one of {' '.join(PICTURES)}, got none in {folder}; add one")
    return found


def _surface(
    rng: np.random.Generator,
    texture: str,
    origin: np.ndarray,
    along: np.ndarray | Three,
    up: np.ndarray | Three,
    brightness: tuple[float, float],
) -> Plane:
    if texture in ("planks", "parquet"):
        colour = np.array(_WOODS[rng.integers(len(_WOODS))]) * rng.uniform(0.85, 1.1)
    elif texture in _COLOURS:
        choices = _COLOURS[texture]
        colour = np.array(choices[rng.integers(len(choices))]) * rng.uniform(0.85, 1.1)
    else:
        colour = tone(rng, *brightness, 0.12) * _CASTS[rng.integers(len(_CASTS))]
    return Plane(
        _three(origin),
        _three(along),
        _three(up),
        texture,
        int(rng.integers(VARIANTS)),
        bool(rng.random() < 0.5) and texture != "bricks",
        _three(np.clip(colour, 0, 250)),
    )


def _three(values: np.ndarray | Three) -> Three:
    first, second, third = (float(value) for value in values)
    return first, second, third
