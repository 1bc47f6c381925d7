"""People as dots, whose joints can be found again in the pixels."""

import numpy as np

from fitlab.training.augmentation import Sample
from fitlab.training.people import Person

SIDE = 480


def dotted(joint: int, seed: int = 0, *, masked: bool = True) -> Person:
    """Seventeen joints on black with a green dot at one of them; the outline is a disc around everything."""
    rng = np.random.default_rng(seed)
    grid = np.stack([[120 + 60 * (k % 5), 120 + 65 * (k // 5)] for k in range(17)])
    keypoints = grid + rng.uniform(-20, 20, (17, 2))
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    away = np.hypot(x - keypoints[joint, 0], y - keypoints[joint, 1])
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[..., 1] = 255 * (10 - away).clip(0, 1)
    low, high = keypoints.min(0) - 20, keypoints.max(0) + 20
    outline = np.hypot(x - SIDE / 2, y - SIDE / 2) < 0.48 * SIDE if masked else None
    box = (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
    return Person(image, keypoints, box, float(np.prod(high - low)), f"dots {joint} {seed}", outline)


def assert_dot_at(sample: Sample, joint: int, tolerance: float = 0.15, threshold: int = 0) -> None:
    """The dot's middle is where ``joint`` is labelled, unless it is near the border.

    ``threshold``: what is not greener than that is background.
    """
    height, width = sample.image.shape[:2]
    x, y = sample.keypoints[joint]
    if 24 < x < width - 24 and 24 < y < height - 24:
        red, green, blue = (sample.image[..., c].astype(float) for c in range(3))
        weight = (green - np.maximum(red, blue) - threshold).clip(0)
        rows, columns = np.mgrid[:height, :width] + 0.5
        middle = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()
        np.testing.assert_allclose(middle, (x, y), atol=tolerance)
