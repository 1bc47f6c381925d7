"""Where labelled people come from: the studio, and COCO-style files.  Each source is a sequence of Person."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tqdm.auto import tqdm

from fitlab.datasets import coco_people
from fitlab.errors import InputError
from fitlab.synthesis.card import studio_digest
from fitlab.synthesis.dataset import write_dataset
from fitlab.synthesis.picture_set import PictureSet
from fitlab.training.people import People, Person


class LabelledPhotographs(People):
    """People of a COCO keypoint file.

    Also reads what ``fitlab synth`` writes as pictures, with the outlines.

    Parameters
    ----------
    labels : path
        COCO keypoint JSON; any joints, by name.  Joints of COCO17 that it lacks are not labelled.
    min_keypoints : int
        Leaves out people with fewer labelled joints.
    limit : int, optional
        At most so many people.
    images : path, optional
        Folder of the pictures, where it is not beside the labels.
    joints : sequence of str, or name of a skeleton, optional
        Names of the file's keypoints in their order, where it has none.
    optional : bool
        Where there is no such file: nobody, and a line that says so.

    Raises
    ------
    InputError
        For a file that is not there, wrong labels (see :func:`fitlab.datasets.coco_people.load`), missing pictures.
    """

    def __init__(
        self,
        labels: str | Path,
        min_keypoints: int = 8,
        limit: int | None = None,
        images: str | Path | None = None,
        joints: str | Sequence[str] | None = None,
        optional: bool = False,
    ) -> None:
        self._people: list[Person] = []
        if Path(labels).is_file():
            self._people = people_of(Path(labels), min_keypoints, images=images, joints=joints)[:limit]
        elif optional:
            tqdm.write(f"no labelled photographs at {labels}: they are left out")
        else:
            raise InputError(f"labels must be a COCO keypoint file, got {labels}, which is not there; correct the path")

    def __len__(self) -> int:
        return len(self._people)

    def _at(self, number: int) -> Person:
        return self._people[number]


def people_of(
    labels: Path,
    min_keypoints: int = 8,
    group: str = "",
    images: str | Path | None = None,
    joints: str | Sequence[str] | None = None,
) -> list[Person]:
    """The people of a COCO keypoint file; ``group`` is that of those for whom the file names none."""
    return [
        Person(
            picture=found.image,
            keypoints=found.keypoints,
            box=(float(found.box[0]), float(found.box[1]), float(found.box[2]), float(found.box[3])),
            area=found.area,
            name=f"{found.image.name}, person {found.annotation_id}",
            outline=found.segmentation,
            group=f"{labels}: {found.group}" if found.group else group,
            slice=found.slice,
        )
        for found in coco_people.load(labels, images, min_keypoints=min_keypoints, joints=joints)
    ]


class SynthesisedPeople(People):
    """People who exercise in the studio: made once by several processes, then read from the cache.

    The cache is named after everything that it depends on, the studio's own source included: a change of any makes
    new pictures.  A run that was stopped while they were made goes on where it was.

    Parameters
    ----------
    people : int
        How many pictures.
    seed : int
        Sources of different seeds show different people, in other clothes, rooms and lights, from other cameras.
    cache : path
        Folder of caches.
    exercises : sequence of str, optional
        Default: all that the studio performs.
    size : int
        Pixels of the square pictures.
    weights : mapping, optional
        How much likelier postures and fast moments are, see :class:`fitlab.synthesis.images.ImageSource`.
    hidden_views : float in [0, 1]
        Share of pictures from where few joints are seen.
    min_keypoints : int
        Leaves out people of whom fewer joints are in the picture.
    workers : int, optional
        Processes that make them; default: one per core.
    limit : int, optional
        Makes at most so many pictures.
    """

    def __init__(
        self,
        people: int,
        seed: int,
        cache: str | Path,
        exercises: Sequence[str] | None = None,
        size: int = 256,
        weights: Mapping[str, float] | None = None,
        hidden_views: float = 0.0,
        min_keypoints: int = 8,
        workers: int | None = None,
        limit: int | None = None,
    ) -> None:
        self._set = PictureSet(
            pictures=min(people, limit or people),
            seed=seed,
            size=(size, size),
            exercises=None if exercises is None else list(exercises),
            # 2 and 2.0 are the same pictures.
            weights=None if weights is None else {name: float(weight) for name, weight in weights.items()},
            hidden_views=hidden_views,
        )  # a wrong name is told here, before an hour of work
        self._min_keypoints, self._workers = min_keypoints, workers
        self.seed, self.cache = seed, Path(cache)
        self.folder = self.cache / f"people-{self.fingerprint()[:12]}"
        self._people: list[Person] | None = None

    def fingerprint(self) -> str:
        """SHA-256 of what the pictures depend on."""
        return hashlib.sha256(json.dumps([self._set.config, studio_digest()]).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self.made())

    def _at(self, number: int) -> Person:
        return self.made()[number]

    def made(self) -> list[Person]:
        """All people, after those pictures are made that are not in the cache."""
        if self._people is None:
            if not (self.folder / "card.json").exists():
                write_dataset(self._set, self.folder, self._workers)  # type: ignore[arg-type]  # ClassVars do as well
            # All pictures of a seed stay together in a split: twenty in a row show one person.
            self._people = people_of(
                self.folder / "annotations.json", self._min_keypoints, group=f"studio, seed {self.seed}"
            )
        return self._people
