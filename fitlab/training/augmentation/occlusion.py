"""What hides parts of the person: cut-outs, props, and pieces of other people.  Labels stay."""

from collections.abc import Callable

import cv2
import numpy as np

from fitlab.training.augmentation.sample import Part, Sample, around, grown, laid_over, touched
from fitlab.training.augmentation.textures import ball, bar, polygon, surface


def cut_out(sample: Sample, left: float, top: float, width: float, height: float, rng: np.random.Generator) -> Sample:
    """A rectangle of noise or of one colour (DeVries & Taylor 2017; Zhong et al. 2020).

    Parameters
    ----------
    left, top, width, height : float
        Shares of the crop.
    """
    rows, columns = sample.image.shape[:2]
    x, y = round(left * columns), round(top * rows)
    part = np.s_[max(y, 0) : max(round((top + height) * rows), 0), max(x, 0) : max(round((left + width) * columns), 0)]
    image = sample.image.copy()
    shape = image[part].shape
    image[part] = rng.integers(0, 256, shape if rng.random() < 0.5 else 3, np.uint8)
    if sample.mask is None:
        return sample._replace(image=image)
    mask = sample.mask.copy()
    mask[part] = 0
    return sample._replace(image=image, mask=mask)


def hidden(sample: Sample, part: Part, layer: np.ndarray, opacity: np.ndarray) -> Sample:
    """``layer`` uint8 in front of ``part`` of the crop, where ``opacity`` float32 of the part's shape is above 0."""
    mask = sample.mask
    if mask is not None:
        mask = mask.copy()
        mask[part] *= 1 - opacity
    return sample._replace(image=_covered(sample.image, part, layer, opacity), mask=mask)


def _covered(image: np.ndarray, part: Part, layer: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    image = image.copy()
    image[part] = laid_over(image[part], layer, opacity)
    return image


def with_prop(sample: Sample, at: np.ndarray, length: float, rng: np.random.Generator) -> Sample:
    """A prop of a gym in front of the person: a bar with plates, a ball, a box, a pole, or something of no known shape.

    Parameters
    ----------
    at : (2,)
        Its middle, pixels of the crop.
    length : float
        Of its longest side, pixels.
    """
    rows, columns = sample.image.shape[:2]
    size = (columns, rows)
    opacity = _SHAPES[rng.integers(len(_SHAPES))](at, length, size, rng)
    if opacity is None:
        part, layer, opacity = _ball_at(at, length, size, rng)
    else:
        part = grown(touched(opacity), _SHADOW, size)
        layer, opacity = surface(size, rng, part), opacity[part]
    if rng.random() < 0.5:  # a soft shadow, a little below
        move = np.array([[1.0, 0, rng.uniform(-4, 4)], [0, 1, 4]])
        shade = cv2.warpAffine(cv2.GaussianBlur(opacity, (0, 0), 3), move, opacity.shape[::-1])
        sample = sample._replace(image=_covered(sample.image, part, np.zeros_like(layer), 0.4 * shade))
    return hidden(sample, part, layer, opacity)


_SHADOW = 20
"""Pixels around a prop that its shadow may reach: a blur of radius 12, moved by less than 6."""


def _direction(rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _barbell(at: np.ndarray, length: float, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    along = _direction(rng) * length / 2
    opacity = bar(at - along, at + along, max(2.0, 0.05 * length), size)
    plate, thick = rng.uniform(0.15, 0.4) * length, rng.uniform(0.04, 0.15) * length
    for end in (-0.85, 0.85):
        middle = at + end * along
        step = along / np.linalg.norm(along) * thick / 2
        opacity = np.maximum(opacity, bar(middle - step, middle + step, plate, size))
    return opacity


def _pole(at: np.ndarray, length: float, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    along = _direction(rng) * 2 * max(size)  # from border to border
    return bar(at - along, at + along, max(3.0, rng.uniform(0.05, 0.3) * length), size)


def _box(at: np.ndarray, length: float, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    along = _direction(rng) * length / 2
    return bar(at - along, at + along, rng.uniform(0.3, 1.0) * length, size)


def _blob(at: np.ndarray, length: float, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    radii = length / 2 * rng.uniform(0.4, 1.0, 12)
    return polygon(at + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1), size)


def _ball(at: np.ndarray, length: float, size: tuple[int, int], rng: np.random.Generator) -> None:
    """Balls bring their own colours."""


_SHAPES: tuple[Callable[..., np.ndarray | None], ...] = (_barbell, _pole, _box, _blob, _ball)


def _ball_at(
    at: np.ndarray, length: float, size: tuple[int, int], rng: np.random.Generator
) -> tuple[Part, np.ndarray, np.ndarray]:
    radius = max(3, round(length / 2))
    colours, opacity = ball(radius, rng)
    part = around(at, radius + 1 + _SHADOW, size)
    move = np.column_stack([np.eye(2), at - radius])
    return part, _moved_to(part, colours, move), _moved_to(part, opacity, move)


def _moved_to(part: Part, layer: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """What ``part`` shows of ``layer`` under an affine matrix (2, 3) of pixel centres; nothing outside of it."""
    rows, columns = part
    matrix = matrix.copy()
    matrix[:, 2] -= columns.start, rows.start
    return cv2.warpAffine(layer, matrix, (columns.stop - columns.start, rows.stop - rows.start))


def with_piece(
    sample: Sample, source: Sample, at: np.ndarray, length: float, centre: np.ndarray, rng: np.random.Generator
) -> Sample:
    """A piece cut from another person's outline in front of this one: somebody's limb, with its own cloth and skin.

    Parameters
    ----------
    source : Sample
        With its mask.
    at : (2,)
        Where the middle of the piece comes to lie, pixels of the crop.
    length : float
        Its diameter, pixels of the crop.
    centre : (2,)
        Around where it is cut out, pixels of ``source``.
    """
    if source.mask is None:
        raise ValueError("source must have a mask, got none; choose a person with an outline")
    rows, columns = sample.image.shape[:2]
    piece = np.zeros_like(source.mask)
    middle = (16 * (centre - 0.5)).round().astype(int).tolist()
    cv2.circle(piece, middle, round(8 * length), 1.0, cv2.FILLED, shift=4)
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([turn, at - turn @ centre])
    matrix[:, 2] += turn @ (0.5, 0.5) - 0.5
    part = around(at, length / 2 + 2, (columns, rows))
    return hidden(sample, part, _moved_to(part, source.image, matrix), _moved_to(part, source.mask * piece, matrix))
