"""People in the frames of the studio's clips, one slice at a time: how detectors do on FitBench-S."""

import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path

import numpy as np
from pycocotools import mask as coco_mask

from fitlab.errors import InputError
from fitlab.progress import progress
from fitlab.skeletons import COCO17
from fitlab.synthesis.labels import OUTSIDE, VISIBLE
from fitlab.synthesis.slices import SLICES, occluded, slices_of
from fitlab.training.people import People, Person
from fitlab.video import probe, read_pictures

_MIN_KEYPOINTS = 8  # as of the other sources of people


class FramesOfClips(People):
    """Frames of one slice, evenly from all such frames of a folder of clips; nobody where it holds none.

    Pictures are decoded when somebody is first asked for, and kept.

    Parameters
    ----------
    folder : path
        A data set of clips that ``fitlab synth`` wrote, e.g. FitBench-S (``preset=benchmark``).
    slice : str
        One of :data:`fitlab.synthesis.slices.SLICES`.
    view : str, optional
        Only clips of this name, FitBench-S's camera; default: all.
    count : int
        How many, where there are more.  Frames count that have 8 joints of COCO17 in the picture and one that is seen.
    limit : int, optional
        At most so many.

    Raises
    ------
    InputError
        For an unknown slice or no count; when somebody is asked for, for a clip without the studio's labels.
    """

    def __init__(
        self, folder: str | Path, slice: str, view: str | None = None, count: int = 200, limit: int | None = None
    ) -> None:
        if slice not in SLICES:
            raise InputError(f"slice must be one of {', '.join(SLICES)}, got {slice!r}; correct its name")
        if count < 1:
            raise InputError(f"count of frames must be positive, got {count}; correct it")
        self.folder, self.slice, self.view = Path(folder), slice, view
        self._count = count if limit is None else min(count, limit)

    def __len__(self) -> int:
        return len(self._people)

    def _at(self, number: int) -> Person:
        return self._people[number]

    @cached_property
    def _people(self) -> list[Person]:
        found = _frames_by_slice(self.folder, self.view).get(self.slice, [])
        count = min(self._count, len(found))
        evenly = [found[n * len(found) // count] for n in range(count)]  # neighbours are alike
        by_clip = [(clip, [frame for _, frame in taken]) for clip, taken in groupby(evenly, key=lambda pair: pair[0])]
        return [
            person
            for clip, frames in progress(by_clip, f"reading {self.slice} frames", unit="clip")
            for person in _people_of(clip, frames, self.slice)
        ]


@cache
def _frames_by_slice(folder: Path, view: str | None) -> Mapping[str, list[tuple[Path, int]]]:
    """Slice -> clips and frames that show enough of the person, in the clips' order."""
    found = defaultdict(list)
    for clip in progress(sorted(folder.glob(f"clips/*/{view or '*'}.mp4")), "reading labels", unit="clip"):
        visibility, posture, speed = _labels(clip, "visibility", "posture", "speed")
        joints = visibility[:, : len(COCO17)]
        enough = ((joints != OUTSIDE).sum(axis=1) >= _MIN_KEYPOINTS) & (joints == VISIBLE).any(axis=1)
        hidden = occluded(visibility)
        for frame in np.flatnonzero(enough).tolist():
            for name in slices_of(str(posture[frame]), bool(hidden[frame]), float(speed[frame])):
                found[name].append((clip, frame))
    return found


def _labels(clip: Path, *names: str) -> list[np.ndarray]:
    """The named arrays of a clip's labels, each as long as the clip."""
    try:
        with np.load(clip.with_suffix(".npz")) as file:
            arrays = [file[name] for name in names]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"labels of {clip} must be the studio's, in the npz beside it, got {error}; make it again with fitlab synth"
        ) from error
    if any(len(array) != probe(clip).frames for array in arrays):
        raise InputError(f"labels of {clip} must be as long as the clip; make it again with fitlab synth")
    return arrays


def _people_of(clip: Path, frames: Sequence[int], name: str) -> Iterator[Person]:
    """The person in these frames, ascending, of a clip."""
    visibility, points, boxes, masks = _labels(clip, "visibility", "keypoints", "boxes", "masks")
    video = probe(clip)
    for frame, picture in zip(frames, read_pictures(clip, frames), strict=True):
        inside = visibility[frame, : len(COCO17), None] != OUTSIDE
        keypoints = np.where(inside, points[frame, : len(COCO17)], np.nan)
        outline = {"size": [video.height, video.width], "counts": bytes(masks[frame])}
        yield Person(
            picture=np.asarray(picture),
            keypoints=keypoints,
            box=_box_around(boxes[frame], keypoints),
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
