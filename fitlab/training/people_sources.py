"""Where labelled people come from: the studio, and COCO-style files.  Each source is a sequence of Person."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import overload

import cv2
import numpy as np
from tqdm.auto import tqdm

import fitlab
from fitlab.datasets import coco_people
from fitlab.datasets.coco_people import LabelledPerson
from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.files import written_whole
from fitlab.locations import config_dir
from fitlab.progress import progress
from fitlab.synthesis import make_images
from fitlab.training.people import Person

_AREA_OF_BOX = 0.53  # share of a box that a person covers, MMPose's custom where there is no outline


class SynthesisedPeople(Sequence[Person]):
    """People who exercise in the studio: made once, then read from the cache.

    The cache is named after everything that it depends on, the studio's own source included: a change of any makes
    new pictures.

    Parameters
    ----------
    people : int
        How many pictures.
    seed : int
        Sources of different seeds show different people, in other clothes, rooms and lights, from other cameras.
    cache : path
        Folder of caches.
    exercise : str
    size : int
        Pixels of the square pictures.
    limit : int, optional
        At most so many pictures.
    """

    def __init__(
        self,
        people: int,
        seed: int,
        cache: str | Path,
        exercise: str = "squat",
        size: int = 320,
        limit: int | None = None,
    ) -> None:
        find_exercise(exercise)  # a wrong name is told before an hour of work
        self.people = min(people, limit or people)
        self.seed, self.exercise, self.size = seed, exercise, size
        self.cache = Path(cache)
        self._folder = self.cache / f"people-{self.fingerprint()[:12]}"
        self._pictures: np.ndarray | None = None

    def fingerprint(self) -> str:
        """SHA-256 of what the pictures depend on."""
        digest = hashlib.sha256(json.dumps([self.people, self.seed, self.exercise, self.size]).encode())
        studio = sorted((Path(fitlab.__file__).parent / "synthesis").rglob("*.py"))
        for path in [*studio, config_dir() / "motion" / f"{self.exercise}.yaml"]:
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def __len__(self) -> int:
        return self.people

    @overload
    def __getitem__(self, number: int) -> Person: ...
    @overload
    def __getitem__(self, number: slice) -> list[Person]: ...
    def __getitem__(self, number: int | slice) -> Person | list[Person]:
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        self.make()
        assert self._pictures is not None
        box = self._boxes[number]
        return Person(
            image=self._pictures[number],
            keypoints=self._keypoints[number],
            box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            area=float(_AREA_OF_BOX * box[2] * box[3]),
            name=f"{self._folder.name}, picture {number % len(self)}",
        )

    def make(self) -> None:
        """Renders the pictures unless they are in the cache; opens them."""
        if self._pictures is not None:
            return
        if not (self._folder / "labels.npz").exists():
            self._render()
        self._pictures = np.load(self._folder / "pictures.npy", mmap_mode="r")
        with np.load(self._folder / "labels.npz") as labels:
            self._keypoints, self._boxes = labels["keypoints"], labels["boxes"]

    def _render(self) -> None:
        made = make_images(self.people, self.seed, (self.size, self.size), self.exercise)
        images = list(progress(made, "synthesising people", self.people, "picture"))
        with written_whole(self._folder / "pictures.npy") as partial:
            np.save(partial, np.stack([image.image for image in images]))
        with written_whole(self._folder / "labels.npz") as partial:  # last: where it is, the pictures are complete
            np.savez(partial, keypoints=[image.keypoints for image in images], boxes=[image.box for image in images])


class LabelledPhotographs(Sequence[Person]):
    """People of a COCO keypoint file; nobody, and a line that says so, where there is no such file.

    Parameters
    ----------
    labels : path
        COCO keypoint JSON; any joints, by name.
    min_keypoints : int
        Leaves out people with fewer labelled joints.
    limit : int, optional
        At most so many people.

    Raises
    ------
    InputError
        If the file is none of COCO keypoints or a picture is missing.
    """

    def __init__(self, labels: str | Path, min_keypoints: int = 8, limit: int | None = None) -> None:
        self._people: list[LabelledPerson] = []
        if Path(labels).is_file():
            self._people = coco_people.load(labels, min_keypoints=min_keypoints)[:limit]
        else:
            tqdm.write(f"no labelled photographs at {labels}: they are left out")

    def __len__(self) -> int:
        return len(self._people)

    @overload
    def __getitem__(self, number: int) -> Person: ...
    @overload
    def __getitem__(self, number: slice) -> list[Person]: ...
    def __getitem__(self, number: int | slice) -> Person | list[Person]:
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        labelled = self._people[number]
        name = f"{labelled.image.name}, person {labelled.annotation_id}"
        picture = cv2.imread(str(labelled.image), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise InputError(f"picture of {name} must be an image, got {labelled.image}; replace the file")
        left, top, width, height = labelled.box.tolist()
        return Person(picture, labelled.keypoints, (left, top, width, height), labelled.area, name)
