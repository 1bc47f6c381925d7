"""People in the frames of the studio's clips, one slice at a time: how detectors do on FitBench-S."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import overload

import numpy as np
from pycocotools import mask as coco_mask
from tqdm.auto import tqdm

from fitlab.errors import InputError
from fitlab.skeletons import COCO17
from fitlab.synthesis.labels import OUTSIDE, VISIBLE
from fitlab.synthesis.slices import SLICES, occluded, slices_of
from fitlab.training.people import Person
from fitlab.video import probe, read_pictures

_MIN_KEYPOINTS = 8  # as of the other sources of people


class FramesOfClips(Sequence[Person]):
    """Frames of one slice, evenly from all clips of a folder; nobody, and a line that says so, where it holds no clips.

    Pictures are decoded when somebody is first asked for, and kept.

    Parameters
    ----------
    folder : path
        A data set of clips that ``fitlab synth`` wrote, e.g. FitBench-S (``preset=benchmark``).
    slice : str
        One of :data:`fitlab.synthesis.slices.SLICES`.
    frames : int
        How many, where there are more.  Frames count that have 8 joints of COCO17 in the picture and one that is seen.
    limit : int, optional
        At most so many.

    Raises
    ------
    InputError
        For an unknown slice; when somebody is asked for, for a clip whose labels are missing or not the studio's.
    """

    def __init__(self, folder: str | Path, slice: str, frames: int = 200, limit: int | None = None) -> None:
        if slice not in SLICES:
            raise InputError(f"slice must be one of {', '.join(SLICES)}, got {slice!r}; correct its name")
        self.slice, self._count = slice, min(frames, limit or frames)
        self._clips = sorted(Path(folder).glob("clips/*/*.mp4"))
        if not self._clips:
            tqdm.write(f"no clips of the studio in {folder}: {slice} is left out")

    def __len__(self) -> int:
        return len(self._people)

    @overload
    def __getitem__(self, number: int) -> Person: ...
    @overload
    def __getitem__(self, number: slice) -> list[Person]: ...
    def __getitem__(self, number: int | slice) -> Person | list[Person]:
        return self._people[number]

    @cached_property
    def _people(self) -> list[Person]:
        found = [(clip, frame) for clip in self._clips for frame in _frames_in(_labels(clip), self.slice)]
        count = min(self._count, len(found))
        evenly = [found[n * len(found) // count] for n in range(count)]  # neighbours are alike
        return [
            person
            for clip, taken in groupby(evenly, key=lambda pair: pair[0])
            for person in _people_of(clip, [frame for _, frame in taken], self.slice)
        ]


def _labels(clip: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(clip.with_suffix(".npz")) as file:
            return {name: file[name] for name in ("posture", "speed", "visibility", "keypoints", "boxes", "masks")}
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            f"labels of {clip} must be the studio's, in the npz beside it, got {error}; make it again with fitlab synth"
        ) from error


def _frames_in(labels: dict[str, np.ndarray], name: str) -> Iterator[int]:
    """The frames of a clip that are of the slice ``name`` and show enough of the person."""
    visibility = labels["visibility"][:, : len(COCO17)]
    enough = ((visibility != OUTSIDE).sum(axis=1) >= _MIN_KEYPOINTS) & (visibility == VISIBLE).any(axis=1)
    described = zip(labels["posture"], occluded(labels["visibility"]), labels["speed"], strict=True)
    for frame, (posture, hidden, speed) in enumerate(described):
        if enough[frame] and name in slices_of(str(posture), bool(hidden), float(speed)):
            yield frame


def _people_of(clip: Path, frames: Sequence[int], name: str) -> Iterator[Person]:
    """The person in these frames, ascending, of a clip."""
    labels, video = _labels(clip), probe(clip)
    for frame, picture in zip(frames, read_pictures(clip, frames), strict=True):
        inside = labels["visibility"][frame, : len(COCO17), None] != OUTSIDE
        keypoints = np.where(inside, labels["keypoints"][frame, : len(COCO17)], np.nan)
        outline = {"size": [video.height, video.width], "counts": bytes(labels["masks"][frame])}
        yield Person(
            picture=np.asarray(picture),
            keypoints=keypoints,
            box=_box_around(labels["boxes"][frame], keypoints),
            area=float(coco_mask.area(outline)),
            name=f"{clip}, frame {frame}",
            outline=outline,
            group=str(clip.parent),
            slice=name,
        )


def _box_around(seen: np.ndarray, keypoints: np.ndarray) -> tuple[float, float, float, float]:
    """left, top, width, height of what is ``seen`` (likewise) and of the joints: a passer-by may leave only a hand."""
    corners = np.vstack([seen[:2], seen[:2] + seen[2:], keypoints])
    (left, top), (right, bottom) = np.nanmin(corners, axis=0), np.nanmax(corners, axis=0)
    return float(left), float(top), float(right - left), float(bottom - top)
