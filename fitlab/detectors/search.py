"""Finding a person anywhere in an image, also one who is small or upside down."""

from dataclasses import dataclass

import numpy as np

from fitlab.detectors.crops import Crop, cut
from fitlab.detectors.person import Pose, crop_around, detect
from fitlab.detectors.protocol import Detector

TILE_SIDES = (1.0, 0.6, 0.36, 0.22)
"""Sides of the search tiles as shares of the image's long side, large ones first."""

FOUND = 0.22
"""Mean confidence below which there is nobody."""

CLEAR = 0.35
"""Mean confidence at which the search does not go on to smaller tiles."""


@dataclass(frozen=True)
class Found:
    """A person and the crop that shows them whole."""

    pose: Pose
    crop: Crop


def find_person(image: np.ndarray, detector: Detector, near: Pose | None = None) -> Found | None:
    """The person who stands out most in an image (H, W, 3) uint8 RGB; None where there is nobody.

    Tiles of falling size are searched until somebody is clearly seen.  Of several people the one wins who is seen
    best and is largest, or, where ``near`` is given, who is closest to that person last seen.
    """
    candidates: list[Found] = []
    for side in TILE_SIDES:
        tiles = _tiles(image.shape[1], image.shape[0], side, detector.input_size)
        positions, confidence = detector(np.stack([cut(image, tile) for tile in tiles]))
        for tile in np.argsort(-confidence.mean(axis=1))[:3]:
            pose = Pose(tiles[tile].to_image(positions[tile]), confidence[tile], detector.skeleton)
            found = _narrowed(image, detector, Found(pose, tiles[tile]))
            if found.pose.score >= FOUND:
                candidates.append(found)
        if any(found.pose.score >= CLEAR for found in candidates):
            break
    return max(candidates, key=lambda found: _preference(found, near), default=None)


def _tiles(width: int, height: int, side: float, size: tuple[int, int]) -> list[Crop]:
    """Crops that cover an image with half of each overlapping the next; the large ones also upside down."""
    extent = side * max(width, height)
    columns, rows = (max(1, 1 + int(np.ceil(2 * (length - extent) / extent))) for length in (width, height))
    x = np.linspace(extent / 2, width - extent / 2, columns) if columns > 1 else [width / 2]
    y = np.linspace(extent / 2, height - extent / 2, rows) if rows > 1 else [height / 2]
    scale = extent / min(size)
    return [
        Crop((float(cx), float(cy)), (scale * size[0], scale * size[1]), size, turn)
        for turn in ((0.0, 180.0) if side > 0.5 else (0.0,))
        for cy in y
        for cx in x
    ]


def _narrowed(image: np.ndarray, detector: Detector, found: Found) -> Found:
    """Lays the crop around the person as long as that makes them better seen."""
    for _ in range(3):
        crop = crop_around(found.pose, detector.input_size, found.crop.turn_deg)
        if crop is None:
            break
        pose = detect(detector, image, crop)
        if pose.score <= found.pose.score:
            break
        found = Found(pose, crop)
    return found


def _preference(found: Found, near: Pose | None) -> float:
    extent = max(found.crop.extent)
    if near is None:
        return found.pose.score * float(np.sqrt(extent))
    away = np.linalg.norm(found.pose.positions.mean(axis=0) - near.positions.mean(axis=0))
    return found.pose.score / float(1 + away / extent)
