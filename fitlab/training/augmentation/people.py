"""Other people and other places, by masks."""

import cv2
import numpy as np

from fitlab.training.augmentation.sample import Sample, laid_over


def with_second_person(sample: Sample, other: Sample, *, in_front: bool) -> Sample:
    """A second person in the crop (Ghiasi et al., Simple Copy-Paste, 2021).

    Parameters
    ----------
    other : Sample
        Of the same size, with a mask; where the second person stands in it they stand afterwards.
    in_front : bool
        Else behind the first person, as far as their mask is known.
    """
    if other.mask is None:
        raise ValueError("the second person must have a mask, got none; choose one with an outline")
    opacity = other.mask
    if not in_front and sample.mask is not None:
        opacity = opacity * (1 - sample.mask)
    mask = sample.mask
    if in_front and mask is not None:
        mask = mask * (1 - opacity)
    return Sample(laid_over(sample.image, other.image, opacity), sample.keypoints, mask, other.keypoints)


_COARSE = 4  # what fills a person's place is blurred anyway


def emptied(place: Sample) -> np.ndarray:
    """The picture without its person: uint8 (H, W, 3), where they were filled with what is around them.

    By normalised convolution (Knutsson & Westin 1993) with ever wider windows, on a reduced picture.
    """
    if place.mask is None:
        return place.image
    rows, columns = place.mask.shape
    small = (max(1, columns // _COARSE), max(1, rows // _COARSE))
    gone = cv2.dilate(place.mask, np.ones((7, 7), np.uint8))
    known = 1 - cv2.resize(gone, small, interpolation=cv2.INTER_AREA)
    colours = cv2.resize(place.image, small, interpolation=cv2.INTER_AREA) * known[..., None]
    filled = np.zeros(colours.shape, np.float32)
    missing = np.full(known.shape, 255, np.uint8)
    for width in (3, 9, 33, 129):
        weight = cv2.blur(known, (width, width), borderType=cv2.BORDER_REFLECT)
        here = missing & cv2.compare(weight, 0.02, cv2.CMP_GT)
        around = cv2.blur(colours, (width, width), borderType=cv2.BORDER_REFLECT)
        filled = cv2.copyTo(cv2.divide(around, cv2.merge([weight] * 3)), here, filled)
        missing ^= here
        if not missing.any():
            break
    fill = cv2.resize(filled.clip(0, 255).astype(np.uint8), (columns, rows), interpolation=cv2.INTER_CUBIC)
    return laid_over(place.image, fill, gone)


def before(sample: Sample, place: np.ndarray) -> Sample:
    """The person in front of another picture, uint8 (H, W, 3) of the same size; needs the mask."""
    if sample.mask is None:
        raise ValueError("sample must have a mask to be moved elsewhere, got none; choose a person with an outline")
    return sample._replace(image=laid_over(place, sample.image, sample.mask), other=None)
