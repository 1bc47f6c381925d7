"""What camera and light do to the pixels; no label moves."""

import math
from functools import cache

import cv2
import numpy as np

from fitlab.training.augmentation.sample import Sample, laid_over


def coloured(image: np.ndarray, brightness: float, contrast: float, saturation: float) -> np.ndarray:
    """Another exposure of a uint8 (H, W, 3) RGB image.

    Parameters
    ----------
    brightness : float
        Factor on every value.
    contrast : float
        Factor on the distance from the mean grey.
    saturation : float
        Factor on the distance of a pixel's colour from its own grey; 0 is a grey picture.
    """
    # All three are linear in the colours, so they are one matrix.
    matrix = np.empty((3, 4))
    matrix[:, :3] = brightness * contrast * (saturation * _EYE + (1 - saturation) * _GREY)
    matrix[:, 3] = brightness * (1 - contrast) * float(_GREY @ cv2.mean(image)[:3])
    values: np.ndarray = cv2.transform(image, matrix)
    return values


_EYE, _GREY = np.eye(3), np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as OpenCV's


def exposed(image: np.ndarray, stops: float) -> np.ndarray:
    """Light times 2**stops before the camera's curve (gamma 2.2): highlights are cut off, shadows stay dark."""
    curve = (255 * np.minimum(_LIGHT * 2.0**stops, 1) ** (1 / 2.2) + 0.5).astype(np.uint8)
    lit: np.ndarray = cv2.LUT(image, curve)
    return lit


_LIGHT = (np.arange(256) / 255) ** 2.2


def streak(length: float, angle_deg: float) -> np.ndarray:
    """Kernel of a motion blur, float32 (rows, columns), both odd, sum 1: a line through its middle, without a border.

    Parameters
    ----------
    length : float
        Pixels.
    angle_deg : float
        Of the line, from x towards y.
    """
    angle = np.deg2rad(angle_deg)
    reach = np.round(length / 2 * np.array([np.cos(angle), np.sin(angle)]), 9)  # of a right angle the cosine is not 0
    middle = np.ceil(np.abs(reach)).astype(int)
    columns, rows = (2 * middle + 1).tolist()
    # Every point is shared by the four pixels around it, so that the middle stays exact.  The last may be a pixel
    # further on, of which its share is nothing.
    points = middle + np.linspace(-1, 1, 16 * math.ceil(length / 2) + 8)[:, None] * reach  # (P, 2)
    low = np.floor(points).astype(int)
    right, down = (points - low).T
    place = low[:, 1] * (columns + 1) + low[:, 0]
    places = [place, place + 1, place + columns + 1, place + columns + 2]
    shares = [(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down]
    kernel = np.bincount(np.concatenate(places), np.concatenate(shares), (rows + 1) * (columns + 1))
    return (kernel.reshape(rows + 1, columns + 1)[:rows, :columns] / len(points)).astype(np.float32)


def limb_blurred(sample: Sample, start: int, end: int, length: float, *, across: bool) -> Sample:
    """A limb that moved while the shutter was open; the rest stays sharp.

    Parameters
    ----------
    start, end : int
        Joints of the limb, e.g. elbow and wrist.
    length : float
        Of the streaks, pixels.
    across : bool
        Whether it moved across its direction, as limbs do that swing; else along it, as in a punch.
    """
    ends = sample.keypoints[[start, end]]
    bone = ends[1] - ends[0]
    reach = float(np.linalg.norm(bone))
    if not np.isfinite(ends).all() or reach < 1:
        return sample
    rows, columns = sample.image.shape[:2]
    margin = 0.4 * reach + length
    low = np.floor(ends.min(axis=0) - margin).astype(int).clip(0)
    high = np.ceil(ends.max(axis=0) + margin).astype(int).clip(max=(columns, rows))
    if (high <= low).any():
        return sample
    part = np.s_[low[1] : high[1], low[0] : high[0]]
    width = max(1, round(0.5 * reach + length))
    opacity = np.zeros((high[1] - low[1], high[0] - low[0]), np.float32)
    start_at, end_at = ((16 * (end - low - 0.5)).round().astype(int).tolist() for end in ends)
    cv2.line(opacity, start_at, end_at, 1.0, width, shift=4)
    opacity = cv2.blur(opacity, (width // 2 * 2 + 1, width // 2 * 2 + 1))
    angle = np.rad2deg(np.arctan2(bone[1], bone[0])) + (90 if across else 0)
    image = sample.image.copy()
    blurred = cv2.filter2D(image[part], -1, streak(length, float(angle)), borderType=cv2.BORDER_REPLICATE)
    image[part] = laid_over(image[part], blurred, opacity)
    return sample._replace(image=image)


def shaken(image: np.ndarray, length: float, angle_deg: float) -> np.ndarray:
    """The blur of a hand that was not still; see :func:`streak`."""
    blurred: np.ndarray = cv2.filter2D(image, -1, streak(length, angle_deg), borderType=cv2.BORDER_REFLECT_101)
    return blurred


def noisy(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """A small sensor in little light: shot noise that grows with the root of the light, and blotches of colour.

    Parameters
    ----------
    strength : float
        Standard deviation at middle grey, in levels of 255.
    """
    rows, columns = image.shape[:2]
    blotch = cv2.resize(_normal(rng, rows // 4 + 1, columns // 4 + 1), (columns, rows))
    noise = cv2.addWeighted(_normal(rng, rows, columns), 1.0, blotch, 0.5, 0)
    levels = cv2.LUT(image, (strength * np.sqrt((np.arange(256) + 16) / 144)).astype(np.float32))
    return cv2.add(image, cv2.multiply(levels, noise), dtype=cv2.CV_8U)


_POOL_SIDE = 640


@cache
def _pool() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((_POOL_SIDE, _POOL_SIDE, 3), np.float32)


def _normal(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Normal numbers (H, W, 3) from anywhere in a pool: to draw new ones for a crop would take longer than the rest."""
    if max(rows, columns) >= _POOL_SIDE:
        return rng.standard_normal((rows, columns, 3), np.float32)
    y, x = rng.integers(_POOL_SIDE - rows), rng.integers(_POOL_SIDE - columns)
    return _pool()[y : y + rows, x : x + columns]


def compressed(image: np.ndarray, quality: int) -> np.ndarray:
    """What JPEG of this quality (1 to 100) leaves of an RGB image."""
    _, coded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB)


def softened(image: np.ndarray, factor: float) -> np.ndarray:
    """The picture of a camera with ``factor`` times fewer pixels a side, enlarged again."""
    rows, columns = image.shape[:2]
    small = (max(1, round(columns / factor)), max(1, round(rows / factor)))
    return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (columns, rows))
