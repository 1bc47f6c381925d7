"""How far labels are to be trusted: wrong ones are found by asking a detector that was trained elsewhere."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from fitlab.detectors import Detector, load_detector
from fitlab.detectors.download import sha256_of
from fitlab.detectors.zoo import weights_file
from fitlab.files import write_text
from fitlab.progress import progress
from fitlab.training.augmentation import seen, upright_crop
from fitlab.training.detector_scores import right_joints
from fitlab.training.people import People, Person

QUARTERS_DEG = (0.0, 90.0, 180.0, 270.0)

DOUBTED, TRUSTED = 0.15, 0.5
"""Agreement up to which a person's labels do not count at all, and from which on they count in full."""


def agreement(people: Sequence[Person], detector: Detector) -> np.ndarray:
    """Share of each person's labelled joints that ``detector`` finds too, at the quarter turn at which it finds most.

    Found means within 0.2 of the torso.  All four quarter turns are tried because a detector of daily life is often
    wrong about people who are upside down, and right about the same picture turned; a label that is wrong is so at
    every turn.

    Returns
    -------
    shares : float (P,) in [0, 1]
        1 where no torso is labelled, since nothing can be said there.
    """
    best = np.zeros(len(people))
    for number, person in enumerate(progress(people, "asking about labels", total=len(people), unit="person")):
        crops = [upright_crop(person, detector.input_size, turn) for turn in QUARTERS_DEG]
        positions, _ = detector(np.stack([seen(person, crop).image for crop in crops]))
        found = np.stack([crop.to_image(p) for crop, p in zip(crops, positions, strict=True)])
        right = right_joints(found, np.repeat(person.keypoints[None], len(crops), axis=0))  # (4, K)
        best[number] = np.nanmean(right, axis=1).max() if np.isfinite(right).any() else 1.0
    return best


def weights_of(shares: np.ndarray) -> np.ndarray:
    """Weights in the loss: 0 up to :data:`DOUBTED`, 1 from :data:`TRUSTED` on, a line between.

    Gross errors (somebody else labelled, joints of another body part, all of them shifted) leave next to no agreement.
    A hard pose with right labels keeps half of it at some turn, as torso and head are mostly found, and counts in full:
    otherwise training would lose just the poses that the detector does not know yet.
    """
    return ((np.asarray(shares, float) - DOUBTED) / (TRUSTED - DOUBTED)).clip(0, 1)


class Trusted(People):
    """People whose labels count by how far a detector agrees with them; those with weight 0 are left out.

    For data with gross label errors, such as Leeds Sports Pose Extended.  Never for people to test with.

    Parameters
    ----------
    people : sequence of Person
    cache : path
        Folder of caches; the same weights are asked once about the same labels.
    detector : str
        Name in the zoo or path of weights; not what is trained, but what was there before.
    """

    def __init__(self, people: Sequence[Person], cache: str | Path, detector: str = "movenet_lightning") -> None:
        self._from, self._cache, self._detector = people, Path(cache), detector

    @cached_property
    def people(self) -> list[Person]:
        """Those who are left, with their weights; found out when first asked for."""
        everybody = self._from[:]
        if not everybody:
            return []
        weights = weights_of(self._agreement(everybody))
        return [_weighed(p, float(weight)) for p, weight in zip(everybody, weights, strict=True) if weight > 0]

    def _agreement(self, people: Sequence[Person]) -> np.ndarray:
        digest = hashlib.sha256(f"{self._detector} {sha256_of(weights_file(self._detector))}".encode())
        for person in people:
            digest.update(person.digest.encode() + np.ascontiguousarray(person.keypoints).tobytes())
        path = self._cache / f"agreement-{digest.hexdigest()[:12]}.json"
        if not path.exists():
            shares = agreement(people, load_detector(self._detector))
            write_text(path, json.dumps([round(float(share), 4) for share in shares]))
        return np.array(json.loads(path.read_text(encoding="utf-8")))

    def __len__(self) -> int:
        return len(self.people)

    def _at(self, number: int) -> Person:
        return self.people[number]


def _weighed(person: Person, weight: float) -> Person:
    return replace(person, weight=weight * person.weight)
