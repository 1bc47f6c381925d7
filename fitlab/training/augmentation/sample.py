"""A labelled crop, which every augmentation takes and gives."""

from typing import NamedTuple

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


def laid_over(image: np.ndarray, layer: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """``layer`` in front of ``image``, both uint8 (H, W, 3); ``opacity`` float (H, W) in [0, 1]."""
    opacity = np.ascontiguousarray(opacity, np.float32)
    mixed: np.ndarray = cv2.blendLinear(np.ascontiguousarray(layer), np.ascontiguousarray(image), opacity, 1 - opacity)
    return mixed
