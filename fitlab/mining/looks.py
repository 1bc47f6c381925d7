"""One person looked at several times: as they are, in the mirror, turned by quarters, by another detector."""

from dataclasses import dataclass, replace

import numpy as np

from fitlab.detectors.crops import Crop, Image, cut
from fitlab.detectors.protocol import Detector

TURNS_DEG = (0.0, 90.0, 180.0, 270.0)


@dataclass(frozen=True, eq=False)
class Looks:
    """What came of looking at one person.

    Parameters
    ----------
    turned : (4, K, 2) pixels of the image, turned_sure : (4, K)
        With the crop turned by each of :data:`TURNS_DEG`; the first is the plain look.
    mirrored : (K, 2), mirrored_sure : (K,)
        In the mirror, brought back: sides exchanged.
    second : (K, 2), second_sure : (K,), optional
        By the other detector.
    size : float
        Longer side of the crop in pixels of the image.
    """

    turned: np.ndarray
    turned_sure: np.ndarray
    mirrored: np.ndarray
    mirrored_sure: np.ndarray
    second: np.ndarray | None
    second_sure: np.ndarray | None
    size: float


def look(image: Image, crop: Crop, detector: Detector, second: Detector | None = None) -> Looks:
    """Looks at the person of an upright ``crop``, of the detector's input size, in all ways."""
    turned = [_turned(crop, turn) for turn in TURNS_DEG]
    plain = cut(image, crop)
    views = [plain, *(cut(image, one) for one in turned[1:]), plain[:, ::-1]]
    positions, confidence = detector(np.ascontiguousarray(views))
    mirror = list(detector.skeleton.mirror)
    mirrored = positions[-1, mirror] * (-1, 1) + (crop.size[0], 0)
    other = other_sure = None
    if second is not None:
        theirs = _resized(crop, second.input_size)
        found, sure = second(cut(image, theirs)[None])
        other, other_sure = theirs.to_image(found[0]), sure[0]
    return Looks(
        turned=np.stack([one.to_image(found) for one, found in zip(turned, positions[:-1], strict=True)]),
        turned_sure=confidence[:-1],
        mirrored=crop.to_image(mirrored),
        mirrored_sure=confidence[-1, mirror],
        second=other,
        second_sure=other_sure,
        size=max(crop.extent),
    )


def _turned(crop: Crop, turn_deg: float) -> Crop:
    """The crop turned; by a quarter, one that is not square is enlarged to hold what it held."""
    scale = max(crop.size) / min(crop.size) if turn_deg % 180 else 1.0
    return replace(crop, extent=(scale * crop.extent[0], scale * crop.extent[1]), turn_deg=turn_deg)


def _resized(crop: Crop, size: tuple[int, int]) -> Crop:
    """The smallest crop of another input size that holds ``crop``."""
    scale = max(crop.extent[0] / size[0], crop.extent[1] / size[1])
    return replace(crop, extent=(scale * size[0], scale * size[1]), size=size)
