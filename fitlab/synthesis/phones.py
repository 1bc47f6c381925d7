"""Phone cameras put down, or held, somewhere around a person."""

from dataclasses import dataclass

import numpy as np

from fitlab.geometry import Camera

_MARGIN_M = 0.13  # of flesh, clothes and hair around the bones that are framed
_DIRECTIONS = 128
_NEAREST_M = 0.8  # to the movement; phones are not put closer


@dataclass(frozen=True)
class Phone:
    """Where the phone is; a person who stands at the origin looks along -y.

    Parameters
    ----------
    azimuth_deg : float
        0 films the person from the front, 90 from the person's right-hand side, 180 from behind.
    distance_m, height_m : float
        From ``about_m`` along the floor, and above the floor.
    view_deg : float
        Angle of view along the longer side of the picture; a phone's main camera has 60 to 70.
    aim_m : float
        Height above the floor of the middle of the picture.
    roll_deg : float
        See :meth:`fitlab.geometry.Camera.looking_at`.
    about_m : (x, y)
        Place on the floor that the phone is aimed at.
    shake : float
        How unsteady the hand is that holds the phone: 0 for a phone that leans on something, 1 for a usual hand.
    """

    azimuth_deg: float = 30.0
    distance_m: float = 2.8
    height_m: float = 1.0
    view_deg: float = 64.0
    aim_m: float = 0.85
    roll_deg: float = 0.0
    about_m: tuple[float, float] = (0.0, 0.0)
    shake: float = 0.0

    def camera(self, size: tuple[int, int]) -> Camera:
        """The pinhole camera of a picture of ``size`` (width, height) pixels, held still."""
        return self._camera(size, np.zeros(3), np.zeros(3), 0.0)

    def cameras(self, size: tuple[int, int], frames: int, fps: float, rng: np.random.Generator) -> tuple[Camera, ...]:
        """One camera per frame: those of a hand that shakes by ``shake``; the same one throughout if it is 0.

        Hands tremble and sway slowly: the sum of a few waves of 0.2 to 3 Hz, about 4 mm and 0.25 degrees
        (root mean square) at ``shake`` 1.
        """
        if self.shake == 0:
            return (self.camera(size),) * frames
        times = np.arange(frames) / fps
        frequencies = rng.uniform(0.2, 1.0, (6, 6)) * np.geomspace(1, 3, 6)[:, None]  # (wave, coordinate)
        phases = rng.uniform(0, 2 * np.pi, (6, 6))
        waves = np.sin(2 * np.pi * times[:, None, None] * frequencies + phases) / np.geomspace(1, 3, 6)[:, None]
        unrest = self.shake * waves.sum(axis=1)  # (frames, 6), root mean square about 1
        metres = self.distance_m * np.tan(np.radians(0.25)) * unrest[:, 3:]
        return tuple(
            self._camera(size, 0.004 * moved, aim, 0.2 * float(roll))
            for moved, aim, roll in zip(unrest[:, :3], metres, unrest[:, 5], strict=True)
        )

    def _camera(self, size: tuple[int, int], moved: np.ndarray, aim: np.ndarray, roll_deg: float) -> Camera:
        azimuth = np.radians(self.azimuth_deg)
        about = np.array([*self.about_m, 0.0])
        away = np.array([-np.sin(azimuth), -np.cos(azimuth), 0.0]) * self.distance_m
        stand = about + away + (0, 0, self.height_m) + moved
        return Camera.looking_at(
            stand, about + (0, 0, self.aim_m) + aim, _focal(size, self.view_deg), size, self.roll_deg + roll_deg
        )


def draw_phone(
    rng: np.random.Generator, points: np.ndarray, size: tuple[int, int], azimuths: tuple[float, float] = (-180, 180)
) -> Phone:
    """A phone that somebody might put down to film a movement: all of it stays in the picture, and large.

    Parameters
    ----------
    points : (..., 3) metres
        World points that the movement passes through, for instance ``motion.heads``.
    size : (width, height) pixels
    azimuths : (low, high) degrees
    """
    points = outermost(points)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    azimuth, view, height = rng.uniform(*azimuths), rng.uniform(56, 70), rng.uniform(0.4, 1.6)
    filled, off, roll = rng.uniform(0.66, 0.86), rng.uniform(-1, 1, 2), rng.normal(0, 1.2)
    shake = float(rng.random() < 0.4) * rng.uniform(0.4, 1.4)
    towards = np.array([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))])
    reach = float(np.max((middle[:2] - points[:, :2]) @ towards))  # of the movement towards the phone
    about, aim, distance = middle[:2], float(middle[2]), reach + 4.0
    right = np.array([towards[1], -towards[0]])
    focal, size_px = _focal(size, view), np.array(size, float)
    for _ in range(8):  # from the size and the middle of what is seen to distance and aim
        level, tilt = np.hypot(distance, height - aim), (height - aim) / distance
        ahead = (points[:, :2] - about) @ towards + distance
        depth = (ahead + tilt * (height - points[:, 2])) * (distance / level)
        across = (points[:, :2] - about) @ right / depth * focal
        down = (height - points[:, 2] - tilt * ahead) * (distance / level) / depth * focal
        flesh = _MARGIN_M * focal / distance
        low = np.array([across.min(), down.min()]) - flesh
        high = np.array([across.max(), down.max()]) + flesh
        spare = np.maximum(size_px - (high - low), 0)
        shift = ((low + high) / 2 + 0.25 * off * spare) * distance / focal
        about, aim = about + shift[0] * right, aim - float(shift[1])
        # What is near grows faster than the distance shrinks: the distance to the nearest points is scaled.
        wanted = reach + (distance - reach) * float(np.max((high - low) / size_px)) / filled
        distance = max((distance + 2 * wanted) / 3, reach + _NEAREST_M)
    return Phone(
        float(azimuth),
        float(distance),
        float(height),
        float(view),
        aim,
        float(roll),
        (float(about[0]), float(about[1])),
        float(shake),
    )


def outermost(points: np.ndarray) -> np.ndarray:
    """Those (M, 3) of the points (..., 3) that lie farthest in one of many directions: corners of their convex hull.

    They stand for all of them in :func:`draw_phone`; who draws many phones for one movement gives these, a few hundred.
    """
    points = np.asarray(points, float).reshape(-1, 3)
    number = np.arange(_DIRECTIONS) + 0.5
    height, azimuth = 1 - 2 * number / _DIRECTIONS, np.pi * (1 + np.sqrt(5)) * number  # Fibonacci's lattice
    level = np.sqrt(1 - height * height)
    directions = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), height])
    return points[np.unique((points @ directions).argmax(axis=0))]


def _focal(size: tuple[int, int], view_deg: float) -> float:
    """Pixels, for an angle of view along the longer side."""
    return float(max(size) / 2 / np.tan(np.radians(view_deg) / 2))
