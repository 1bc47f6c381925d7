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
from fitlab.detectors.crops import Crop, cut
from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.files import written_whole
from fitlab.locations import config_dir
from fitlab.progress import progress
from fitlab.synthesis.clips import Clip, make_clip
from fitlab.training.people import Person

_MARGIN = 1.7  # of a stored picture around its person: room to turn and shift without leaving it
_AREA_OF_BOX = 0.53  # share of a box that a person covers, MMPose's custom where there is no outline


class SynthesisedPeople(Sequence[Person]):
    """People who exercise in the studio: made once, then read from the cache.

    Every clip is another person, in other clothes, another room and before another camera.  The cache is named after
    everything that it depends on, the studio's own source included: a change of any makes new pictures.

    Parameters
    ----------
    people : int
        How many pictures.
    seed : int
        Of the first clip; the clips have this seed and the ones after it.  Sources are disjoint when these are.
    cache : path
        Folder of caches.
    exercises : sequence of str
        The clips go through them in turn.
    per_clip : int
        Pictures from one clip.
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
        exercises: Sequence[str] = ("squat",),
        per_clip: int = 8,
        size: int = 320,
        limit: int | None = None,
    ) -> None:
        self.people = min(people, limit or people)
        self.seed, self.exercises, self.per_clip, self.size = seed, tuple(exercises), min(per_clip, self.people), size
        for exercise in self.exercises:
            find_exercise(exercise)  # a wrong name is told before an hour of work
        self._folder = Path(cache) / f"people-{self.fingerprint()[:12]}"
        self._pictures: np.ndarray | None = None

    def fingerprint(self) -> str:
        """SHA-256 of what the pictures depend on."""
        what = [self.people, self.seed, self.exercises, self.per_clip, self.size, _MARGIN]
        digest = hashlib.sha256(json.dumps(what).encode())
        studio = sorted((Path(fitlab.__file__).parent / "synthesis").rglob("*.py"))
        for path in [*studio, *(config_dir() / "motion" / f"{exercise}.yaml" for exercise in self.exercises)]:
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
        pictures, keypoints, boxes = [], [], []
        clips = -(-self.people // self.per_clip)
        for number in progress(range(clips), "synthesising people", unit="clip"):
            rng = np.random.default_rng((self.seed, number))
            clip = make_clip(
                self.exercises[number % len(self.exercises)],
                repetitions=1,
                seed=self.seed + number,
                size=(480, 640),
                rest_s=(0.3, 0.5),
            )
            frames = np.sort(rng.choice(len(clip), self.per_clip, replace=len(clip) < self.per_clip))
            for frame, picture in zip(frames, clip.frames(frames), strict=True):
                box = _box(clip, frame)
                crop = _around(box, self.size)
                pictures.append(cut(picture, crop))
                keypoints.append(crop.to_crop(clip.image.positions[frame]))
                corners = crop.to_crop(np.array([box[:2], box[:2] + box[2:]]))
                boxes.append(np.concatenate([corners[0], corners[1] - corners[0]]))
        with written_whole(self._folder / "pictures.npy") as partial:
            np.save(partial, np.stack(pictures[: self.people]))
        with written_whole(self._folder / "labels.npz") as partial:  # last: where it is, the pictures are complete
            np.savez(partial, keypoints=np.stack(keypoints[: self.people]), boxes=np.stack(boxes[: self.people]))


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


def _box(clip: Clip, frame: int) -> np.ndarray:
    """left, top, width, height of the whole body."""
    outline = clip.camera.project(clip.vertices(frame))  # (V, 2)
    return np.concatenate([outline.min(0), outline.max(0) - outline.min(0)])


def _around(box: np.ndarray, size: int) -> Crop:
    side = float(_MARGIN * max(box[2:]))
    centre = box[:2] + box[2:] / 2
    return Crop((float(centre[0]), float(centre[1])), (side, side), (size, size))
