"""What camera and light do to the pixels; no label moves."""

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
    grey = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as OpenCV's
    # All three are linear in the colours, so they are one matrix.
    matrix = brightness * contrast * (saturation * np.eye(3) + (1 - saturation) * grey)
    mean = float(np.dot(grey, cv2.mean(image)[:3]))
    offset = brightness * (1 - contrast) * mean
    values: np.ndarray = cv2.transform(image, np.column_stack([matrix, np.full(3, offset)]))
    return values


def exposed(image: np.ndarray, stops: float) -> np.ndarray:
    """Light times 2**stops before the camera's curve (gamma 2.2): highlights are cut off, shadows stay dark."""
    levels = np.arange(256) / 255
    curve = (255 * (levels**2.2 * 2.0**stops).clip(0, 1) ** (1 / 2.2) + 0.5).astype(np.uint8)
    lit: np.ndarray = cv2.LUT(image, curve)
    return lit


def streak(length: float, angle_deg: float) -> np.ndarray:
    """Kernel of a motion blur, float32 (S, S), S odd, sum 1: a line through its middle.

    Parameters
    ----------
    length : float
        Pixels.
    angle_deg : float
        Of the line, from x towards y.
    """
    side = 2 * int(np.ceil(length / 2)) + 1
    angle, middle = np.deg2rad(angle_deg), side // 2
    reach = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    points = middle + np.linspace(-1, 1, 8 * side)[:, None] * reach  # (P, 2)
    kernel = np.zeros((side, side), np.float32)
    low = np.floor(points).astype(int)
    part = points - low
    for dx in (0, 1):  # every point is shared by the four pixels around it, so that the middle stays exact
        for dy in (0, 1):
            share = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
            np.add.at(kernel, ((low[:, 1] + dy).clip(0, side - 1), (low[:, 0] + dx).clip(0, side - 1)), share)
    return kernel / kernel.sum()


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
