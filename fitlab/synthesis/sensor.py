"""From light to the file of a phone: lens, exposure, noise, compression."""

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np


@dataclass(frozen=True)
class Sensor:
    """How the phone takes a picture.

    Parameters
    ----------
    gains : exposure and white balance, of red, green and blue
    vignette : share of the light that is missing in the corners
    blur_px : standard deviation of the lens's blur in a picture whose larger side has 640 pixels
    noise : standard deviation of 8-bit values
    shutter_s : seconds that the shutter is open
    quality : of the JPEG, 0 to 100
    """

    gains: tuple[float, float, float]
    vignette: float
    blur_px: float
    noise: float
    shutter_s: float
    quality: int


def draw_sensor(rng: np.random.Generator, outdoors: bool) -> Sensor:
    """A random phone; indoors it exposes longer and its pictures are noisier."""
    poor = rng.random() < 0.3  # an old phone, a dirty lens, bad light, a messenger that compresses
    gains = rng.uniform(0.6, 1.35) if poor else rng.uniform(0.8, 1.2)
    cast = rng.uniform(0.9, 1.1, 3) if poor else rng.uniform(0.96, 1.04, 3)
    slowest, fastest = (120, 1000) if outdoors else (24, 240)
    return Sensor(
        gains=(float(gains * cast[0]), float(gains * cast[1]), float(gains * cast[2])),
        vignette=float(rng.uniform(0.0, 0.25)),
        blur_px=float(rng.choice([0.8, 1.1, 1.5]) if poor else rng.choice([0.0, 0.4, 0.6, 0.9])),
        noise=float(rng.uniform(3, 7) if poor else rng.uniform(0.5, 2.5) if outdoors else rng.uniform(1, 5)),
        shutter_s=float(1 / np.exp(rng.uniform(np.log(slowest), np.log(fastest)))),
        quality=int(rng.integers(22, 60) if poor else rng.integers(50, 96)),
    )


def rough(rng: np.random.Generator, sensor: Sensor) -> Sensor:
    """The same phone, hasty, in bad light: underexposed, grainy, shaken, a little out of focus, compressed hard."""
    gain = np.exp(rng.uniform(np.log(0.4), 0.0))
    red, green, blue = (float(gain * value) for value in sensor.gains)
    return replace(
        sensor,
        gains=(red, green, blue),
        blur_px=max(sensor.blur_px, float(rng.uniform(0.8, 2.0))),
        noise=max(sensor.noise, float(rng.uniform(3, 9))),
        shutter_s=max(sensor.shutter_s, float(1 / rng.uniform(15, 60))),
        quality=min(sensor.quality, int(rng.integers(18, 50))),
    )


class Development:
    """Turns what is before the lens into the phone's picture.

    Parameters
    ----------
    sensor : Sensor
    size : (width, height) pixels
    start : int
        Where the noise begins; every frame has its own.
    """

    def __init__(self, sensor: Sensor, size: tuple[int, int], start: int) -> None:
        self._sensor, self._size, self._start = sensor, size, start
        x, y = (np.linspace(-1, 1, length, dtype=np.float32) for length in size)
        fall = 1 - (sensor.vignette / 2) * (x[None, :] ** 2 + y[:, None] ** 2)
        self._gain = fall[..., None] * np.array(sensor.gains, np.float32)

    def picture(self, seen: np.ndarray, frame: int) -> np.ndarray:
        """(H, W, 3) uint8 of ``seen`` (H, W, 3) uint8."""
        sensor, (width, height) = self._sensor, self._size
        if blur := sensor.blur_px * max(self._size) / 640:
            seen = cv2.GaussianBlur(seen, (0, 0), blur)
        number = self._start + frame
        down, across = (number * 37) % _SPARE, (number * 23 + number // _SPARE) % _SPARE
        grain = _grain(self._size)[down : down + height, across : across + width]
        lit = cv2.multiply(seen, self._gain, dtype=cv2.CV_32F)
        noisy = cv2.addWeighted(lit, 1, grain, sensor.noise, 0, dtype=cv2.CV_8U)
        _, file = cv2.imencode(
            ".jpg", cv2.cvtColor(noisy, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, sensor.quality)
        )
        return cv2.cvtColor(cv2.imdecode(file, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


_SPARE = 64


@cache
def _grain(size: tuple[int, int]) -> np.ndarray:
    """Noise of about deviation 1, a little larger than the picture, (height + 64, width + 64, 3) float32.

    Phones smooth colour more than brightness.
    """
    rng, shape = np.random.default_rng(1), (size[1] + _SPARE, size[0] + _SPARE)
    light = rng.standard_normal((*shape, 1), np.float32)
    colour = cv2.GaussianBlur(rng.standard_normal((*shape, 3), np.float32), (0, 0), 1.5)
    return 0.8 * light + 2.5 * colour
