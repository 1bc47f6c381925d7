"""A labelled crop, which every augmentation takes and gives."""

from typing import NamedTuple, TypeAlias

import cv2
import numpy as np


class Sample(NamedTuple):
    """A labelled crop: what a network is trained on."""

    image: np.ndarray
    """uint8 (H, W, 3), RGB."""
    keypoints: np.ndarray
    """float32 (K, 2), x and y in pixels of the crop, which they may leave; NaN where not labelled."""
    mask: np.ndarray | None = None
    """float32 (H, W) in [0, 1]: how much of each pixel is the person; None where that is not known."""
    other: np.ndarray | None = None
    """float32 (K, 2): joints of a second person in the crop, whom the network is not asked for."""


Part: TypeAlias = tuple[slice, slice]
"""Rows and columns of a crop."""


def laid_over(image: np.ndarray, layer: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """``layer`` in front of ``image``, both uint8 (H, W, 3); ``opacity`` float32 (H, W) in [0, 1]."""
    part = touched(opacity)
    mixed = image.copy()
    share = opacity[part]
    if share.size:
        mixed[part] = cv2.blendLinear(layer[part], image[part], share, 1 - share)
    return mixed


def around(centre: np.ndarray, radius: float, size: tuple[int, int]) -> Part:
    """The part of a crop of ``size`` = (width, height) within ``radius`` of a point, along both axes."""
    low, high = np.floor(centre - radius).astype(int).tolist(), np.ceil(centre + radius).astype(int).tolist()
    return grown((slice(low[1], high[1]), slice(low[0], high[0])), 0, size)


def grown(part: Part, margin: int, size: tuple[int, int]) -> Part:
    """``part`` with a margin, as far as a crop of ``size`` = (width, height) goes, and at least one pixel of it."""
    starts = [min(max(along.start - margin, 0), end - 1) for along, end in zip(part, size[::-1], strict=True)]
    stops = [min(along.stop + margin, end) for along, end in zip(part, size[::-1], strict=True)]
    rows, columns = (slice(start, max(start + 1, stop)) for start, stop in zip(starts, stops, strict=True))
    return rows, columns


def touched(opacity: np.ndarray) -> Part:
    """The smallest part outside of which ``opacity`` float32 (H, W) is 0."""
    left, top, width, height = cv2.boundingRect(cv2.compare(opacity, 0, cv2.CMP_GT))
    return slice(top, top + height), slice(left, left + width)
