"""The piece of an image that a detector sees, and the exact way there and back."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from fitlab.video import Picture


Image: TypeAlias = "np.ndarray | Picture"
"""An upright RGB image: an array uint8 (H, W, 3), or a picture of a video, which is only coloured under the crop."""


@dataclass(frozen=True)
class Crop:
    """A rectangle of an image, possibly turned, that is scaled to ``size``.

    Coordinates are continuous (see :class:`fitlab.detectors.protocol.Detector`), so that flipping a
    crop of width w maps x to w - x.

    Parameters
    ----------
    centre : (x, y) in image pixels
    extent : (width, height) of the rectangle in image pixels, positive
    size : (width, height) of the crop in pixels
    turn_deg : float
        The rectangle is turned clockwise (as seen) by this angle: a person who lies with the head
        to the right stands upright in a crop with ``turn_deg=90``.
    """

    centre: tuple[float, float]
    extent: tuple[float, float]
    size: tuple[int, int]
    turn_deg: float = 0.0

    @cached_property
    def crop_from_image(self) -> np.ndarray:
        """(2, 3) affine matrix that takes homogeneous image pixels to crop pixels."""
        angle = np.deg2rad(self.turn_deg)
        unturn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        scale = np.divide(self.size, self.extent)
        linear = scale[:, None] * unturn  # (2, 2)
        return np.column_stack([linear, np.divide(self.size, 2) - linear @ self.centre])

    def to_crop(self, points: np.ndarray) -> np.ndarray:
        """Image pixels (..., 2) -> crop pixels (..., 2)."""
        matrix = self.crop_from_image
        return points @ matrix[:, :2].T + matrix[:, 2]

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Crop pixels (..., 2) -> image pixels (..., 2)."""
        matrix = self.crop_from_image
        return (points - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T


def crop_around(
    box: tuple[float, float, float, float], size: tuple[int, int], *, margin: float = 1.25, turn_deg: float = 0.0
) -> Crop:
    """The smallest crop of the aspect ratio of ``size`` that holds ``box`` enlarged by ``margin``.

    Parameters
    ----------
    box : (left, top, width, height) in image pixels, the layout of COCO boxes
    size : (width, height) of the crop
    margin : float
        1.25 is the custom of top-down detectors (Xiao et al., Simple Baselines, 2018).
    """
    left, top, width, height = box
    scale = margin * max(width / size[0], height / size[1])
    return Crop((left + width / 2, top + height / 2), (scale * size[0], scale * size[1]), size, turn_deg)


def cut(image: Image, crop: Crop) -> np.ndarray:
    """The pixels of ``crop``: (H, W, 3) uint8 from an image (H, W, 3) uint8; black outside the image.

    Bilinear; where the image is reduced by more than half it is averaged over areas first, for
    otherwise thin limbs would break up.
    """
    matrix = crop.crop_from_image
    reduction = 1 / np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    step = int(reduction + 1e-6) if reduction > 2 else 1
    left, top, right, bottom = _bounds(image, crop, margin=max(step, 2))
    columns, rows = (right - left) // step, (bottom - top) // step
    if step > 1 and columns and rows:  # averaged over step x step blocks
        part = image[top : top + rows * step, left : left + columns * step]
        source = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.array([[step, 0, left], [0, step, top], [0, 0, 1]], float)
    else:  # never a part: its coordinates would be rounded otherwise than those of the whole
        source = image if isinstance(image, np.ndarray) else image.coloured(slice(top, bottom), slice(left, right))
        matrix = matrix.copy()
    # warpAffine counts from pixel centres: shift by half a pixel on both sides.
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return cv2.warpAffine(source, matrix, crop.size, flags=cv2.INTER_LINEAR)


def _bounds(image: Image, crop: Crop, margin: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of what lies under ``crop`` and within a margin around it, in image pixels."""
    width, height = crop.size
    corners = crop.to_image(np.array([[0, 0], [width, 0], [0, height], [width, height]], float))
    bounds = (image.shape[1], image.shape[0])
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int) - margin, 0, bounds).tolist()
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + margin, 0, bounds).tolist()
    return left, top, right, bottom
