"""Augmentations of crops for 2D detectors, as pure functions; keypoints move exactly with the pixels.

Turning, scaling and shifting change the :class:`~fitlab.detectors.crops.Crop` before it is cut, so that the picture is
sampled once however many of them there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from fitlab.detectors.crops import Crop, crop_around, cut
from fitlab.training.people import Person


class Sample(NamedTuple):
    """A labelled crop: what a network is trained on."""

    image: np.ndarray
    """uint8 (H, W, 3), RGB."""
    keypoints: np.ndarray
    """float32 (K, 2), x and y in pixels of the crop, which they may leave; NaN where not labelled."""


def seen(person: Person, crop: Crop) -> Sample:
    """What ``crop`` shows of ``person``."""
    return Sample(cut(person.image, crop), crop.to_crop(person.keypoints).astype(np.float32))


def upright_crop(person: Person, size: tuple[int, int], turn_deg: float = 0.0, margin: float = 1.25) -> Crop:
    """The crop of a top-down detector after the picture has been turned counter-clockwise by ``turn_deg``.

    It holds the person's turned box, enlarged by ``margin``.
    """
    left, top, width, height = person.box
    cos, sin = abs(np.cos(np.deg2rad(turn_deg))), abs(np.sin(np.deg2rad(turn_deg)))
    wide, high = width * cos + height * sin, width * sin + height * cos
    turned = (left + (width - wide) / 2, top + (height - high) / 2, wide, high)
    return crop_around(turned, size, margin=margin, turn_deg=turn_deg)


def scaled(crop: Crop, factor: float) -> Crop:
    """The person becomes ``factor`` times as large."""
    return replace(crop, extent=(crop.extent[0] / factor, crop.extent[1] / factor))


def shifted(crop: Crop, right: float, down: float) -> Crop:
    """The person moves right and down in the crop, by these shares of its width and height."""
    width, height = crop.size
    centre = crop.to_image(np.array([width * (0.5 - right), height * (0.5 - down)]))
    return replace(crop, centre=(float(centre[0]), float(centre[1])))


def flipped(sample: Sample, mirror: Sequence[int]) -> Sample:
    """The mirror image, in which the left knee has become a right one.

    Parameters
    ----------
    mirror : permutation of length K
        :attr:`fitlab.skeletons.Skeleton.mirror`.
    """
    keypoints = sample.keypoints[list(mirror)]
    keypoints[:, 0] = sample.image.shape[1] - keypoints[:, 0]
    return Sample(np.ascontiguousarray(sample.image[:, ::-1]), keypoints)


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
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)[..., None]
    values = grey + saturation * (image - grey)
    values = brightness * (grey.mean() + contrast * (values - grey.mean()))
    return values.clip(0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Augmentation:
    """How crops vary in training; every range is drawn from uniformly.

    Parameters
    ----------
    turn_deg : float
        Crops are turned by up to this angle either way: 180 is the full circle.
    turn_share : float in [0, 1]
        Share of the crops that are turned at all.
    scale : (low, high)
        Factor on the person's size.
    shift : float
        By up to this share of the crop in both directions.
    flip : float in [0, 1]
        Share of the crops that are mirrored.
    colour : float in [0, 1)
        Brightness, contrast and saturation vary by factors within 1 - colour .. 1 + colour.
    """

    turn_deg: float = 0.0
    turn_share: float = 1.0
    scale: tuple[float, float] = (1.0, 1.0)
    shift: float = 0.0
    flip: float = 0.0
    colour: float = 0.0

    def __call__(
        self, person: Person, size: tuple[int, int], mirror: Sequence[int], rng: np.random.Generator
    ) -> Sample:
        """One random crop of ``person``, of (width, height) ``size``."""
        turn = rng.uniform(-self.turn_deg, self.turn_deg) if rng.random() < self.turn_share else 0.0
        crop = upright_crop(person, size, turn)
        crop = scaled(crop, rng.uniform(*self.scale))
        crop = shifted(crop, *rng.uniform(-self.shift, self.shift, 2))
        sample = seen(person, crop)
        if rng.random() < self.flip:
            sample = flipped(sample, mirror)
        if self.colour:
            sample = Sample(coloured(sample.image, *rng.uniform(1 - self.colour, 1 + self.colour, 3)), sample.keypoints)
        return sample
