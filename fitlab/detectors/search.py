"""Finding people anywhere in an image, also small ones and ones who are upside down."""

from dataclasses import dataclass, replace

import numpy as np

from fitlab.detectors.crops import Crop, Image, cut
from fitlab.detectors.person import SEEN, Pose, crop_around, detect
from fitlab.detectors.protocol import Detector

TILE_SIDES = (1.0, 0.6, 0.36, 0.22)
"""Sides of the search tiles as shares of the image's long side, large ones first."""

FOUND = 0.22
"""Mean confidence below which there is nobody."""

CLEAR = 0.35
"""Mean confidence at which the search does not go on to smaller or upside-down tiles."""


@dataclass(frozen=True)
class Found:
    """A person and the crop that shows them whole."""

    pose: Pose
    crop: Crop

    @property
    def prominence(self) -> float:
        """How much a person stands out: well seen, and large in image pixels."""
        seen = self.pose.positions[self.pose.confidence > SEEN]
        return self.pose.score * float(np.ptp(seen, axis=0).max()) if len(seen) else 0.0

    def is_near(self, other: "Found", share: float) -> bool:
        """Whether two people are closer than this share of their crops, and of similar size."""
        extents = max(self.crop.extent), max(other.crop.extent)
        away = np.linalg.norm(np.subtract(self.crop.centre, other.crop.centre))
        return bool(away < share * max(extents) and max(extents) < 2.5 * min(extents))


def find_people(image: np.ndarray, detector: Detector) -> list[Found]:
    """The people who stand out in an image (H, W, 3) uint8 RGB, at most three per size, in no order.

    Large tiles come first; smaller ones and upside-down ones only follow as long as nobody is clearly seen.
    """
    height, width = image.shape[:2]
    people: list[Found] = []
    for sides, turn in ((TILE_SIDES[:2], 0.0), (TILE_SIDES[:2], 180.0), (TILE_SIDES[2:3], 0.0), (TILE_SIDES[3:], 0.0)):
        for side in sides:
            _add_best(people, image, detector, _tiles(width, height, side, detector.input_size, turn))
        if any(found.pose.score >= CLEAR for found in people):
            break
    return people


def find_near(image: Image, detector: Detector, last: Found) -> Found | None:
    """The person of similar size who stands out most within 1.5 crops of where ``last`` was; None without."""
    x, y = last.crop.centre
    steps = [0.75 * side for side in last.crop.extent]
    around = [
        replace(last.crop, centre=(x + column * steps[0], y + row * steps[1]))
        for row in (-1, 0, 1)
        for column in (-1, 0, 1)
    ]
    people: list[Found] = []
    _add_best(people, image, detector, around)
    near = [found for found in people if found.is_near(last, 1.5)]
    return max(near, key=lambda found: found.prominence, default=None)


def _add_best(people: list[Found], image: Image, detector: Detector, tiles: list[Crop]) -> None:
    """Looks into all tiles, and adds to ``people`` whom the best three show."""
    positions, confidence = detector(np.stack([cut(image, tile) for tile in tiles]))
    for best in np.argsort(-confidence.mean(axis=1))[:3]:
        pose = Pose(tiles[best].to_image(positions[best]), confidence[best], detector.skeleton)
        found = _narrowed(image, detector, Found(pose, tiles[best]), people)
        if found is not None and found.pose.score >= FOUND:
            people.append(found)


def _narrowed(image: Image, detector: Detector, found: Found, known: list[Found]) -> Found | None:
    """Lays the crop around the person as long as that makes them better seen; None for someone known already."""
    for _ in range(3):
        crop = crop_around(found.pose, detector.input_size)
        if crop is None:
            break
        crop = replace(crop, turn_deg=found.crop.turn_deg)
        closer = Found(found.pose, crop)
        if any(closer.is_near(other, 0.25) for other in known):
            return None
        pose = detect(detector, image, crop)
        if pose.score <= found.pose.score:
            return closer
        found = Found(pose, crop)
    return found


def _tiles(width: int, height: int, side: float, size: tuple[int, int], turn_deg: float) -> list[Crop]:
    """Crops that cover an image, each of which overlaps the next by half."""
    extent = side * max(width, height)
    columns, rows = (max(1, 1 + int(np.ceil(2 * (length - extent) / extent))) for length in (width, height))
    x = np.linspace(extent / 2, width - extent / 2, columns) if columns > 1 else [width / 2]
    y = np.linspace(extent / 2, height - extent / 2, rows) if rows > 1 else [height / 2]
    scale = extent / min(size)
    wide = (scale * size[0], scale * size[1])
    return [Crop((float(cx), float(cy)), wide, size, turn_deg) for cy in y for cx in x]
