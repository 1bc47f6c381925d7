"""Where the person is in the crop, and how they are turned; keypoints move exactly with the pixels.

Turning, scaling and shifting change the :class:`~fitlab.detectors.crops.Crop` before it is cut, and tilting the matrix
by which it is cut, so that the picture is sampled once however many of them there are.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from fitlab.detectors.crops import Crop, crop_around, cut
from fitlab.skeletons import COCO17
from fitlab.training.augmentation.sample import Sample
from fitlab.training.people import Person

_FOCAL = 1.5  # of the camera that tilting imagines, in crop widths: a phone's, as far as a crop shows it


def seen(person: Person, crop: Crop, tilt: np.ndarray | None = None, *, with_mask: bool = False) -> Sample:
    """What ``crop`` shows of ``person``.

    Parameters
    ----------
    tilt : (3, 3), optional
        Homography from crop pixels to crop pixels, see :func:`tilted`.
    with_mask : bool
        Whether the mask is wanted too.
    """
    keypoints = crop.to_crop(person.keypoints)
    matrix = None
    if tilt is not None:
        keypoints = moved(keypoints, tilt)
        matrix = tilt @ _square(crop)

    def taken(layer: np.ndarray) -> np.ndarray:
        return cut(layer, crop) if matrix is None else warped(layer, matrix, crop.size)

    image = person.image
    outline = person.mask(image.shape[:2]) if with_mask else None
    opacity = None if outline is None else 255 * outline.view(np.uint8)
    if image.shape[0] * image.shape[1] <= _WIDENED * crop.size[0] * crop.size[1]:
        image, opacity = _apart(taken(_together(image, opacity)), opacity is not None)
    else:
        image, opacity = taken(image), None if opacity is None else taken(opacity)
    mask = None if opacity is None else opacity / np.float32(255)
    return Sample(image, keypoints.astype(np.float32), mask)


_WIDENED = 4
"""Up to so many times the pixels of its crop a picture is given a fourth channel first: OpenCV samples four sooner than
three, and the same, and the mask comes along."""


def _together(image: np.ndarray, opacity: np.ndarray | None) -> np.ndarray:
    """uint8 (H, W, 4) of (H, W, 3) and (H, W)."""
    both = cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
    if opacity is not None:
        cv2.insertChannel(np.ascontiguousarray(opacity), both, 3)
    return both


def _apart(both: np.ndarray, masked: bool) -> tuple[np.ndarray, np.ndarray | None]:
    return cv2.cvtColor(both, cv2.COLOR_RGBA2RGB), cv2.extractChannel(both, 3) if masked else None


def upright_crop(person: Person, size: tuple[int, int], turn_deg: float = 0.0, margin: float = 1.25) -> Crop:
    """The crop of a top-down detector after the picture has been turned counter-clockwise by ``turn_deg``.

    It holds the person's turned box, enlarged by ``margin``.
    """
    left, top, width, height = person.box
    cos, sin = abs(np.cos(np.deg2rad(turn_deg))), abs(np.sin(np.deg2rad(turn_deg)))
    wide, high = width * cos + height * sin, width * sin + height * cos
    turned = (left + (width - wide) / 2, top + (height - high) / 2, wide, high)
    return crop_around(turned, size, margin=margin, turn_deg=turn_deg)


HALVES = {
    "upper": [COCO17.index(name) for name in COCO17.joints if not name.endswith(("hip", "knee", "ankle"))],
    "lower": [COCO17.index(name) for name in COCO17.joints if name.endswith(("hip", "knee", "ankle"))],
}
"""Joints of COCO17 that half a body shows."""


def half_body_crop(person: Person, half: str, size: tuple[int, int], turn_deg: float = 0.0) -> Crop | None:
    """The crop around the upper or lower half of a person (Wang et al. 2018, as MMPose's RandomHalfBody).

    Parameters
    ----------
    half : {"upper", "lower"}

    Returns
    -------
    crop : Crop or None
        None where fewer than four joints of the half are labelled.
    """
    joints = person.keypoints[HALVES[half]]
    joints = joints[np.isfinite(joints).all(-1)]
    if len(joints) < 4:
        return None
    angle = np.deg2rad(turn_deg)
    turned = joints @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    low, high = turned.min(axis=0), turned.max(axis=0)
    middle = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ ((low + high) / 2)
    width, height = np.maximum(high - low, 0.25 * max(person.box[2:]))  # joints in a line still have flesh around them
    return crop_around(
        (float(middle[0] - width / 2), float(middle[1] - height / 2), float(width), float(height)),
        size,
        margin=1.5,
        turn_deg=turn_deg,
    )


def scaled(crop: Crop, factor: float) -> Crop:
    """The person becomes ``factor`` times as large."""
    return replace(crop, extent=(crop.extent[0] / factor, crop.extent[1] / factor))


def shifted(crop: Crop, right: float, down: float) -> Crop:
    """The person moves right and down in the crop, by these shares of its width and height."""
    (x, y), (width, height), angle = crop.centre, crop.extent, np.deg2rad(crop.turn_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    right, down = right * width, down * height  # the crop goes the other way
    return replace(crop, centre=(x - cos * right + sin * down, y - sin * right - cos * down))


def tilted(size: tuple[int, int], pitch_deg: float, yaw_deg: float) -> np.ndarray:
    """The homography of a crop whose plane is tilted around its middle: feet nearer to the camera, or one side.

    Parameters
    ----------
    size : (width, height) of the crop in pixels
    pitch_deg : float
        Positive: the lower edge comes nearer.
    yaw_deg : float
        Positive: the right edge comes nearer.

    Returns
    -------
    matrix : (3, 3)
        Takes homogeneous crop pixels to crop pixels; the middle stays where it is.
    """
    a, b = math.radians(pitch_deg), math.radians(yaw_deg)
    focal = _FOCAL * size[0]
    x, y = size[0] / 2, size[1] / 2
    to_plane = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]])
    # A point (x, y, 0) of the plane, turned about the first axis, then about the second, then moved away by the focal
    # length; the third axis points away from the camera.
    place = np.array(
        [
            [math.cos(b), -math.sin(b) * math.sin(a), 0],
            [0, math.cos(a), 0],
            [-math.sin(b), -math.cos(b) * math.sin(a), focal],
        ]
    )
    project = np.array([[focal, 0, x], [0, focal, y], [0, 0, 1]])
    matrix: np.ndarray = project @ place @ to_plane
    return matrix / matrix[2, 2]


def moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points (..., 2) after a homography (3, 3)."""
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    return homogeneous[..., :2] / homogeneous[..., 2:]


def warped(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``image`` (H, W) or (H, W, C) under a homography of continuous coordinates; black outside of it.

    Bilinear; an image that is reduced by more than half is averaged over areas first, as
    :func:`fitlab.detectors.crops.cut` does.
    """
    step = _reduction(matrix, size)
    if step > 1:
        rows, columns = image.shape[0] // step, image.shape[1] // step
        image = cv2.resize(image[: rows * step, : columns * step], (columns, rows), interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.diag([step, step, 1.0])
    # warpPerspective counts from pixel centres
    return cv2.warpPerspective(image, _TO_CENTRES @ matrix @ _FROM_CENTRES, size, flags=cv2.INTER_LINEAR)


_FROM_CENTRES = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
_TO_CENTRES = np.linalg.inv(_FROM_CENTRES)


def _reduction(matrix: np.ndarray, size: tuple[int, int]) -> int:
    """By how much the image is reduced in the middle of the crop, as a whole number."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    # A homography M enlarges areas at p by det M / w^3, w = (last row of M) (p, 1).  This is the one back, M^-1, whose
    # last row is (last row of M's cofactors) / det M.
    back = np.array([d * h - e * g, b * g - a * h, a * e - b * d])
    determinant = float(c * back[0] + f * back[1] + i * back[2])
    depth = float(back @ (size[0] / 2, size[1] / 2, 1)) / determinant
    reduction = 1 / math.sqrt(abs(determinant * depth**3))
    return int(reduction + 1e-6) if reduction > 2 else 1


def _square(crop: Crop) -> np.ndarray:
    return np.vstack([crop.crop_from_image, (0, 0, 1)])


def flipped(sample: Sample, mirror: Sequence[int]) -> Sample:
    """The mirror image, in which the left knee has become a right one.

    Parameters
    ----------
    mirror : permutation of length K
        :attr:`fitlab.skeletons.Skeleton.mirror`.
    """
    width = sample.image.shape[1]

    def mirrored(keypoints: np.ndarray) -> np.ndarray:
        keypoints = keypoints[list(mirror)]
        keypoints[:, 0] = width - keypoints[:, 0]
        return keypoints

    return Sample(
        cv2.flip(sample.image, 1),
        mirrored(sample.keypoints),
        None if sample.mask is None else cv2.flip(sample.mask, 1),
        None if sample.other is None else mirrored(sample.other),
    )
