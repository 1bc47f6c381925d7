"""Labelled people in pictures: what detectors are trained and measured on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fitlab.errors import InputError
from fitlab.skeletons import COCO17


@dataclass(frozen=True, eq=False)
class Person:
    """One labelled person.

    Parameters
    ----------
    image : uint8 (H, W, 3), RGB
    keypoints : float (17, 2)
        COCO17, pixels of the image, x right, y down; NaN where not labelled.
    box : (left, top, width, height) in pixels
    area : float
        Pixels that the person covers (COCO's ``area``).
    name : str
        File and number, for messages.
    """

    image: np.ndarray = field(repr=False)
    keypoints: np.ndarray = field(repr=False)
    box: tuple[float, float, float, float]
    area: float
    name: str

    def __post_init__(self) -> None:
        if self.keypoints.shape != (len(COCO17), 2):
            raise InputError(f"keypoints of {self.name} must be (17, 2) in COCO order, got {self.keypoints.shape}")
        if np.isinf(self.keypoints).any() or not np.isfinite(self.keypoints).any():
            raise InputError(
                f"keypoints of {self.name} must hold at least one position, got none; leave the person out"
            )
        if not (np.isfinite(self.box).all() and self.box[2] > 0 and self.box[3] > 0):
            raise InputError(
                f"box of {self.name} must be left, top, width, height in pixels, got {self.box}; correct it"
            )


def torso_lengths(keypoints: np.ndarray) -> np.ndarray:
    """The ruler of PCK: from a shoulder to the opposite hip, the longer of the two diagonals.

    Parameters
    ----------
    keypoints : (..., 17, 2)
        COCO17; NaN where not labelled.

    Returns
    -------
    lengths : (...)
        NaN where neither diagonal is labelled.
    """
    diagonals = [
        np.linalg.norm(keypoints[..., COCO17.index(shoulder), :] - keypoints[..., COCO17.index(hip), :], axis=-1)
        for shoulder, hip in (("left_shoulder", "right_hip"), ("right_shoulder", "left_hip"))
    ]
    return np.fmax(*diagonals)


@dataclass(frozen=True)
class Slice:
    """People who are measured together.

    Parameters
    ----------
    people : sequence of Person
    turn_deg : float
        The pictures are turned counter-clockwise by this angle first.
    """

    people: Sequence[Person]
    turn_deg: float = 0.0
