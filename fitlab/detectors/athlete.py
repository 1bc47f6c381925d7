"""Who in a video is the athlete: the person who is large, well seen, moves, and stays."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fitlab.detectors.person import SEEN
from fitlab.detectors.prefetch import prefetched
from fitlab.detectors.protocol import Detector
from fitlab.detectors.search import Found, find_people
from fitlab.progress import progress
from fitlab.video import key_frames, read_pictures

LOOKS = (5, 25)
"""Moments of the video that are looked at, and how many more where nobody was found in them."""

PLACE = 0.25
"""Share of a crop within which two sightings are of one place, from left to right: exercise moves up and down."""

STILL = 0.25
"""Weight of somebody who does not move at all; one who moves entirely weighs 1."""


@dataclass(frozen=True)
class Sighting:
    """A person in one frame of a video."""

    frame: int
    found: Found


def find_athlete(path: Path, start: int, stop: int, detector: Detector) -> Sighting | None:
    """The person to follow, at an early moment at which they are well seen; None where nobody is found.

    People are weighed by confidence, size and movement, for a bystander is often as large as the athlete and nearer
    to the camera, and by how many of the looks show somebody in their place, for somebody who walks by moves most.
    Movement is what differs from the median of the looks, which needs a camera that stands still; with a moving one
    everybody differs alike.  The first sighting in the place of the best one, and half as good, is taken.
    """
    few, more = (_moments(path, start, stop, looks) for looks in LOOKS)
    sightings = _look(path, few, detector, "looking for the person") or _look(
        path, np.setdiff1d(more, few), detector, "nobody yet, looking at more pictures"
    )
    if not sightings:
        return None
    best, most = max(sightings, key=lambda pair: pair[1])
    return next(
        sighting
        for sighting, weight in sightings
        if weight >= 0.5 * most and (sighting is best or _same_place(sighting.found, best.found))
    )


def _moments(path: Path, start: int, stop: int, looks: int) -> np.ndarray:
    """About ``looks`` frames spread over the interval: key frames, which cost least, where there are enough."""
    even = np.unique(np.linspace(start, stop, looks, endpoint=False).astype(int))
    keys = key_frames(path)
    keys = keys[(keys >= start) & (keys < stop)]
    if len(keys) < min(4, len(even)):
        return even
    return keys[np.unique(np.abs(keys[:, None] - even).argmin(axis=0))]


def _look(path: Path, frames: np.ndarray, detector: Detector, what: str) -> list[tuple[Sighting, float]]:
    """Everybody found in these frames and their weights, ordered by frame and weight."""
    if not len(frames):
        return []
    people, thumbnails = [], []
    # One thread decodes, for several would first decode pictures that come after the one wanted.
    pictures = prefetched(read_pictures(path, frames.tolist(), threads=1), ahead=1)
    for image in map(np.asarray, progress(pictures, what, total=len(frames))):
        people.append(find_people(image, detector))
        thumbnails.append(_thumbnail(image))
    background = np.median(thumbnails, axis=0)
    weighed = []
    for frame, found_here, thumbnail in zip(frames, people, thumbnails, strict=True):
        moving = np.abs(thumbnail - background) > 20  # grey levels: above noise, below limbs on most grounds
        for found in found_here:
            there = float(np.mean([any(_same_place(found, other) for other in seen) for seen in people]))
            weight = found.prominence * (STILL + (1 - STILL) * _share(moving, found)) * there
            weighed.append((Sighting(int(frame), found), weight))
    return sorted(weighed, key=lambda pair: (pair[0].frame, -pair[1]))


def _same_place(one: Found, other: Found) -> bool:
    """Whether two people are in one place from left to right, and of similar size."""
    small, large = sorted((max(one.crop.extent), max(other.crop.extent)))
    away = abs(one.crop.centre[0] - other.crop.centre[0])
    return away < PLACE * large and large < 2.5 * small


_REDUCTION = 8


def _thumbnail(image: np.ndarray) -> np.ndarray:
    height, width = (max(1, side // _REDUCTION) for side in image.shape[:2])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _share(moving: np.ndarray, found: Found) -> float:
    """Share of a person's joints and bones that lie on something that moves."""
    pose = found.pose
    seen = pose.confidence > SEEN
    bones = [(a, b) for a, b in pose.skeleton.bones if seen[a] and seen[b]]
    if not bones:
        return 0.0
    along = np.linspace(0, 1, 5)[:, None, None]
    ends = pose.positions[np.array(bones)]  # (bones, 2, 2)
    points = (ends[:, 0] + along * (ends[:, 1] - ends[:, 0])).reshape(-1, 2) // _REDUCTION  # (5 bones, 2)
    x, y = points.astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < moving.shape[1]) & (y < moving.shape[0])
    return float(moving[y[inside], x[inside]].mean()) if inside.any() else 0.0
