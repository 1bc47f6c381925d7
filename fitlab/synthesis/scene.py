"""What is chosen for a picture before anything is drawn: clothes, light, place, props, passer-by, sensor."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fitlab.geometry import Camera
from fitlab.synthesis.clothing import Outfit, draw_outfit
from fitlab.synthesis.posture import Contacts, Motion


@dataclass(frozen=True)
class Sensor:
    """How the phone turns light into a picture.

    ``gains`` of red, green and blue: exposure and white balance; ``noise`` the standard deviation of 8-bit values.
    """

    gains: tuple[float, float, float]
    noise: float


@dataclass(frozen=True)
class Scene:
    """Everything chosen; drawn by :func:`draw_scene`.

    ``key_light`` is the direction towards the main light, ``ambient`` the share of light from everywhere.
    """

    outfit: Outfit
    key_light: tuple[float, float, float]
    ambient: float
    sensor: Sensor


def draw_scene(
    rng: np.random.Generator,
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
        The movement, or as much of it as will be filmed: things are put where it does not go.
    fps : float
        Of the motion, for the motion blur.
    props : sequence of str
        What the exercise needs, names of ``PROPS``.
    contacts : mapping, optional
        Where hands and feet touch (``Performance.contacts``): there the bars are.
    backgrounds : Path, optional
        Folder of pictures to film in front of instead of made-up places.
    """
    outfit = draw_outfit(rng)
    light = np.array([rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0.9, 2.0)])
    light /= np.linalg.norm(light)
    gains = rng.uniform(0.85, 1.12) * rng.uniform(0.96, 1.04, 3)
    return Scene(
        outfit,
        (float(light[0]), float(light[1]), float(light[2])),
        float(rng.uniform(0.4, 0.55)),
        Sensor((float(gains[0]), float(gains[1]), float(gains[2])), float(rng.uniform(1.0, 4.0))),
    )
