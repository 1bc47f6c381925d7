"""What is chosen for a picture before anything is drawn: clothes, light, place, props, passer-by, sensor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fitlab.geometry import Camera
from fitlab.synthesis.body import Body
from fitlab.synthesis.clothing import Outfit, draw_outfit
from fitlab.synthesis.contacts import Contacts
from fitlab.synthesis.furniture import AROUND, BEFORE
from fitlab.synthesis.kinematics import UP, turn
from fitlab.synthesis.lights import Lights, draw_lights
from fitlab.synthesis.limbs import Motion
from fitlab.synthesis.passer import STRANGERS
from fitlab.synthesis.place import Place, draw_place, find_pictures
from fitlab.synthesis.props import Held, make_props
from fitlab.synthesis.sensor import Sensor, draw_sensor
from fitlab.synthesis.solids import Solid

_PASSER_SHARE, _BEFORE_SHARE = 0.2, 0.3
_MOST_HIDDEN = 0.35  # of the movement, by something that stands in front
_CLEAR_M = 0.35  # between the movement and what stands around


@dataclass(frozen=True)
class Passer:
    """Stranger ``number`` walks from ``start`` (x, y) along the unit vector ``way``, ``speed`` metres a second."""

    number: int
    start: tuple[float, float]
    way: tuple[float, float]
    speed: float


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything chosen; drawn by :func:`draw_scene`.

    Parameters
    ----------
    outfit : Outfit ; lights : Lights ; place : Place ; sensor : Sensor
    held : tuple of Held
        Props that follow the hands.
    standing : tuple of Solid
        Props and furniture that do not move.
    passer : Passer, optional
    fps : float
        Frames per second of the motion, for motion blur and the passer-by.
    """

    outfit: Outfit
    lights: Lights
    place: Place
    sensor: Sensor
    held: tuple[Held, ...] = ()
    standing: tuple[Solid, ...] = field(default=(), repr=False)
    passer: Passer | None = None
    fps: float = 30.0


def draw_scene(
    rng: np.random.Generator,
    body: Body,
    camera: Camera,
    motion: Motion,
    *,
    fps: float = 30.0,
    props: Sequence[str] = (),
    contacts: Contacts | None = None,
    backgrounds: Path | None = None,
) -> Scene:
    """Chooses a scene for ``motion`` seen by ``camera``.

    Parameters
    ----------
    motion : Motion
        The whole movement of ``body``: things are put where it does not go.
    fps : float
        Of the motion.
    props : sequence of str
        What the exercise needs, names of :data:`fitlab.synthesis.props.PROPS`.
    contacts : mapping, optional
        Where hands and feet touch (``Performance.contacts``): there the bars are.
    backgrounds : Path, optional
        Folder of pictures to film in front of instead of made-up places.

    Raises
    ------
    InputError
        For an unknown prop, or a folder without pictures.
    """
    outfit = draw_outfit(rng, body.phenotype["gender"])  # first: the same person wears the same, whatever they do
    points = motion.heads[:: max(1, len(motion) // 40)].reshape(-1, 3).astype(float)
    pictures = find_pictures(Path(backgrounds)) if backgrounds is not None else ()
    place = draw_place(rng, camera, points, "mat" in props, pictures)
    outdoors = place.kind == "outdoors"
    held, fixed = make_props(props, rng, body, motion, contacts or {}, camera.position)
    standing = [*fixed, *_around(rng, place, camera, points), *_before(rng, place, camera, points)]
    return Scene(
        outfit=outfit,
        lights=draw_lights(rng, outdoors),
        place=place,
        sensor=draw_sensor(rng, outdoors),
        held=held,
        standing=tuple(standing),
        passer=_passer(rng, place, camera, points, len(motion) / fps) if rng.random() < _PASSER_SHARE else None,
        fps=fps,
    )


def _around(rng: np.random.Generator, place: Place, camera: Camera, points: np.ndarray) -> list[Solid]:
    """Furniture behind and beside the movement, none of it in front."""
    chosen: list[Solid] = []
    kinds = AROUND[place.kind]
    if not kinds:
        return chosen
    spots: list[tuple[np.ndarray, float]] = []
    middle, view, aside = _axes(camera, points)
    for _ in range(rng.integers(0, 5)):
        solid = kinds[rng.integers(len(kinds))](rng)
        radius = float(np.linalg.norm(solid.vertices[:, :2], axis=1).max())
        spot = (
            middle + view * rng.uniform(-0.2, 4.0 if place.kind != "outdoors" else 9.0) + aside * rng.uniform(-3.0, 3.0)
        )
        free = np.linalg.norm(points[:, :2] - spot, axis=1).min() > radius + _CLEAR_M
        free &= all(np.linalg.norm(spot - other) > radius + size for other, size in spots)
        sideways = abs((spot - camera.position[:2]) @ aside)
        ahead = (spot - middle) @ view
        free &= ahead > 0.3 + radius or sideways > radius + 1.2
        if free and _inside(place, spot, radius) and np.linalg.norm(spot - camera.position[:2]) > radius + 0.8:
            spots.append((spot, radius))
            heading = float(np.degrees(np.arctan2(view[0], view[1]))) + rng.choice([0, 0, 90, -90]) + rng.normal(0, 8)
            chosen.append(solid.moved(turn(UP, -heading), np.array([*spot, 0.0])))
    return chosen


def _before(rng: np.random.Generator, place: Place, camera: Camera, points: np.ndarray) -> list[Solid]:
    """Sometimes something between the phone and the athlete, which hides a part of the legs or arms."""
    if rng.random() > _BEFORE_SHARE:
        return []
    kinds = BEFORE[place.kind]
    solid = kinds[rng.integers(len(kinds))](rng)
    radius = float(np.linalg.norm(solid.vertices[:, :2], axis=1).max())
    middle, view, aside = _axes(camera, points)
    away = float((middle - camera.position[:2]) @ view)
    reach = float(np.max((middle - points[:, :2]) @ view)) + _CLEAR_M + radius
    if away - reach < 0.5 + radius:
        return []
    spot = middle - view * rng.uniform(reach, away - 0.5 - radius) + aside * rng.normal(0, 0.35)
    solid = solid.moved(turn(UP, rng.uniform(0, 360)), np.array([*spot, 0.0]))
    outline, seen = camera.project(solid.vertices), camera.project(points)
    hidden = ((seen >= outline.min(axis=0)) & (seen <= outline.max(axis=0))).all(axis=1).mean()
    return [solid] if hidden < _MOST_HIDDEN else []


def _passer(
    rng: np.random.Generator, place: Place, camera: Camera, points: np.ndarray, seconds: float
) -> Passer | None:
    """Somebody who crosses the picture behind the athlete, or in front where there is room."""
    middle, view, aside = _axes(camera, points)
    away = float((middle - camera.position[:2]) @ view)
    back = float(np.max((points[:, :2] - middle) @ view)) + 0.6
    front = float(np.max((middle - points[:, :2]) @ view)) + 0.6
    before = rng.random() < 0.3 and away - front > 1.0
    for spare in (1.8, 0.9, 0.3):
        crossing = middle + view * (-rng.uniform(front, away - 0.9) if before else back + rng.uniform(0, spare))
        if _inside(place, crossing, 0.3):
            break
    else:
        return None
    way = aside * rng.choice([-1.0, 1.0]) + view * rng.uniform(-0.15, 0.15)
    way /= np.linalg.norm(way)
    speed, when = rng.uniform(0.9, 1.5), rng.uniform(0, seconds)
    start = crossing - way * (speed * when - rng.normal(0, 0.5))
    return Passer(
        int(rng.integers(STRANGERS)), (float(start[0]), float(start[1])), (float(way[0]), float(way[1])), float(speed)
    )


def _axes(camera: Camera, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middle of the movement, and unit vectors on the floor away from the camera and to its right, (2,) each."""
    middle = ((points.min(axis=0) + points.max(axis=0)) / 2)[:2]
    view = middle - camera.position[:2]
    view /= np.linalg.norm(view)
    return middle, view, np.array([view[1], -view[0]])


def _inside(place: Place, spot: np.ndarray, margin: float) -> bool:
    """Whether all walls are at least ``margin`` metres away."""
    if place.kind == "picture":
        return True
    at = np.array([*spot, 0.0])
    return all((at - plane.origin) @ plane.normal > margin for plane in place.planes if abs(plane.normal[2]) < 0.5)
