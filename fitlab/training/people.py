"""Labelled people in pictures: what detectors are trained and measured on."""

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import cv2
import numpy as np

from fitlab.errors import InputError
from fitlab.skeletons import COCO17


@dataclass(frozen=True, eq=False)
class Person:
    """One labelled person; the picture is read when it is looked at.

    Parameters
    ----------
    picture : uint8 (H, W, 3), RGB, or path of a picture
    keypoints : float (17, 2)
        COCO17, pixels of the image, x right, y down; NaN where not labelled.
    box : (left, top, width, height) in pixels
    area : float
        Pixels that the person covers (COCO's ``area``).
    name : str
        File and number, for messages.
    outline : bool (H, W), or COCO's run lengths or polygons, optional
        Where the person is seen.
    group : str
        Of people who must not be parted in a split: subject, clip.  Empty: the picture.
    slice : str
        What is hard about the pose, e.g. ``inverted``; empty: not known.
    weight : float, not negative
        How much this person's labels count in the loss.
    """

    picture: np.ndarray | Path = field(repr=False)
    keypoints: np.ndarray = field(repr=False)
    box: tuple[float, float, float, float]
    area: float
    name: str
    outline: Any = field(default=None, repr=False)
    group: str = ""
    slice: str = ""
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.keypoints.shape != (len(COCO17), 2):
            raise InputError(f"keypoints of {self.name} must be (17, 2) in COCO order, got {self.keypoints.shape}")
        if np.isinf(self.keypoints).any():
            raise InputError(
                f"keypoints of {self.name} must be finite or NaN, got infinite ones; make them NaN (not labelled)"
            )
        if np.isnan(self.keypoints).all():
            raise InputError(
                f"keypoints of {self.name} must hold at least one position, got none; leave the person out"
            )
        if not (np.isfinite(self.box).all() and self.box[2] > 0 and self.box[3] > 0):
            raise InputError(
                f"box of {self.name} must be left, top, width, height in pixels, got {self.box}; correct it"
            )

    @property
    def image(self) -> np.ndarray:
        """uint8 (H, W, 3), RGB.  Raises InputError where the file holds no picture."""
        if isinstance(self.picture, np.ndarray):
            return self.picture
        read = cv2.imread(str(self.picture), cv2.IMREAD_COLOR_RGB)
        if read is None:
            raise InputError(f"picture of {self.name} must be an image, got {self.picture}; replace the file")
        return read

    def mask(self, size: tuple[int, int]) -> np.ndarray | None:
        """bool (H, W): where the person is seen; None where that is not known.

        Parameters
        ----------
        size : (H, W) of the picture
            Polygons do not say it, and it is not read again for that.
        """
        if self.outline is None or isinstance(self.outline, np.ndarray):
            return self.outline
        from pycocotools import mask as coco_mask

        if isinstance(self.outline, Mapping):
            packed: Any = self.outline
            if isinstance(packed["counts"], list):
                packed = coco_mask.frPyObjects(packed, *packed["size"])
        else:
            packed = coco_mask.merge(coco_mask.frPyObjects(self.outline, *size))
        columns: np.ndarray = coco_mask.decode(packed).T  # run lengths go down the columns
        return cv2.transpose(columns).view(bool)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the picture, of the file's bytes where it is one."""
        if isinstance(self.picture, Path):
            return _digest(str(self.picture), self.picture.stat().st_mtime_ns)
        return hashlib.sha256(np.ascontiguousarray(self.picture).tobytes()).hexdigest()


_digests: dict[tuple[str, int], str] = {}  # a file is looked at by each split that it takes part in


def _digest(path: str, modified: int) -> str:
    if (path, modified) not in _digests:
        _digests[path, modified] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return _digests[path, modified]


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


class People(Sequence[Person]):
    """People one after another; a subclass says how many they are and gives one by number."""

    @abstractmethod
    def _at(self, number: int) -> Person:
        """Person ``number``, at least 0 and below the length."""

    @overload
    def __getitem__(self, number: int) -> Person: ...
    @overload
    def __getitem__(self, number: slice) -> list[Person]: ...
    def __getitem__(self, number: int | slice) -> Person | list[Person]:
        chosen = range(len(self))[number]  # counts from the end, and refuses, as lists do
        return self._at(chosen) if isinstance(chosen, int) else [self._at(n) for n in chosen]


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
