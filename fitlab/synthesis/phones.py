"""Phone cameras put down somewhere around a person."""

from dataclasses import dataclass

import numpy as np

from fitlab.geometry import Camera


@dataclass(frozen=True)
class Phone:
    """Where the phone stands; the person stands at the origin and looks along -y.

    Parameters
    ----------
    azimuth_deg : float
        0 films the person from the front, 90 from the person's right-hand side, 180 from behind.
    distance_m, height_m : float
        From the person and above the floor.
    view_deg : float
        Angle of view along the longer side of the picture; a phone's main camera has 60 to 70.
    aim_m : float
        Height above the person's feet of the middle of the picture.
    roll_deg : float
        See :meth:`fitlab.geometry.Camera.looking_at`.
    """

    azimuth_deg: float = 30.0
    distance_m: float = 2.8
    height_m: float = 1.0
    view_deg: float = 64.0
    aim_m: float = 0.85
    roll_deg: float = 0.0

    def camera(self, size: tuple[int, int]) -> Camera:
        """The pinhole camera of a picture of ``size`` (width, height) pixels."""
        azimuth = np.radians(self.azimuth_deg)
        stand = np.array([-np.sin(azimuth), -np.cos(azimuth), 0.0]) * self.distance_m + (0, 0, self.height_m)
        focal = max(size) / 2 / np.tan(np.radians(self.view_deg) / 2)
        return Camera.looking_at(stand, (0, 0, self.aim_m), focal, size, self.roll_deg)


def draw_phone(
    rng: np.random.Generator, person_m: float, size: tuple[int, int], azimuths: tuple[float, float]
) -> Phone:
    """A phone that a person of this height might put down to film an exercise: all of the person fits in."""
    view, filled = rng.uniform(56, 70), rng.uniform(0.62, 0.82)  # of the picture's height, standing
    focal = max(size) / 2 / np.tan(np.radians(view) / 2)
    across = rng.uniform(0.5, 0.7)  # arms held forward need room: of the picture's width, seen from the side
    distance = max(person_m * focal / (filled * size[1]), 0.75 * person_m * focal / (across * size[0]))
    return Phone(
        azimuth_deg=float(rng.uniform(*azimuths)),
        distance_m=float(distance),
        height_m=float(rng.uniform(0.5, 1.5)),
        view_deg=float(view),
        aim_m=float(person_m * rng.uniform(0.46, 0.52)),
        roll_deg=float(rng.normal(0, 1)),
    )
