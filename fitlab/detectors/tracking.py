"""One person followed through a video: each crop is laid around the joints of the frame before."""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from fitlab.detectors.athlete import find_athlete
from fitlab.detectors.crops import Crop, Image
from fitlab.detectors.home import Home, is_at
from fitlab.detectors.person import SEEN, Pose, crop_around, detect
from fitlab.detectors.prefetch import prefetched
from fitlab.detectors.protocol import Detector
from fitlab.detectors.search import Found, find_near, find_people
from fitlab.detectors.turning import TURNED_DEG, torso_turns
from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.video import Picture, probe, read_pictures

PRESENT = 0.2
"""Mean confidence below which a crop does not show the person."""

SURELY = 0.3
"""Mean confidence from which somebody at home, or in a turned crop, is the athlete; a place without anybody must not
pass for one."""

PATIENCE_S = 0.5
"""A person who is lost is awaited for this long where they were; then their surroundings are searched as often."""

_AGAIN_S = 0.1  # a person who is not seen is looked for in turned crops as often

ANYWHERE_S = 2.0
"""After this long they may be anywhere, and of any size."""

FASTEST = 3.0
"""Mean speed of an athlete's joints in sizes of the body (the longer side of the box around it) per second: 99 % of the
moments of the studio's burpees are slower."""

COMMON = 5
"""Joints that must be seen in two images for their motion to be known."""

_CHUNK = 24  # frames decoded at a time to be read backwards

_AHEAD = 16  # decoded pictures that wait for the network

_DECODERS = max(1, (os.cpu_count() or 2) - 1)  # threads: one core is left to the network


def detect_video(
    path: str | os.PathLike[str], detector: Detector, *, start_s: float = 0.0, stop_s: float | None = None
) -> PoseSequence:
    """Finds the athlete in a video (:func:`fitlab.detectors.athlete.find_athlete`) and follows them.

    Parameters
    ----------
    start_s, stop_s : float
        The part of the video to look at, in seconds; default: all of it.

    Returns
    -------
    PoseSequence in image space
        Of the detector's skeleton; frames in which the person was not seen are missing.

    Raises
    ------
    InputError
        If the video cannot be used (see :func:`fitlab.video.probe`) or nobody is found in it.
    """
    info = probe(path)
    end_s = info.duration_s if stop_s is None else min(stop_s, info.duration_s)
    start, stop = round(start_s * info.fps), round(end_s * info.fps)
    if not 0 <= start < stop:
        raise InputError(
            f"start_s and stop_s must enclose at least one frame of {info.path}, got {start_s} to {stop_s}; "
            f"the video lasts {info.duration_s:.2f} s"
        )
    # Most athletes are there from the start: these pictures are decoded while they are looked for.
    with closing(prefetched(_pictures(info.path, start, stop), _AHEAD)) as from_start:
        first = find_athlete(info.path, start, stop, detector)
        if first is None:
            raise InputError(
                f"a person must be visible in {info.path}, got nobody in {stop - start} frames; "
                "film the whole body, in good light, from a few metres away"
            )
        if first.frame == start:
            pictures = from_start
        else:
            from_start.close()
            pictures = prefetched(_pictures(info.path, first.frame, stop), _AHEAD)
        onwards, back = (Follower(detector, info.fps, first.found) for _ in range(2))
        forwards = map(onwards, pictures)
        backwards = _until_gone(_backwards(info.path, start, first.frame), back)
        steps = progress(chain(forwards, backwards), f"detecting with {detector.name}", total=stop - start)
        poses = list(steps)
    later, earlier = poses[: stop - first.frame], poses[stop - first.frame :]
    for part, follower in ((later, onwards), (earlier, back)):
        for image in follower.strangers:
            part[image] = None
    earlier.reverse()
    before_they_came = [None] * (first.frame - start - len(earlier))

    joints = len(detector.skeleton)
    nobody = Pose(np.full((joints, 2), np.nan), np.zeros(joints), detector.skeleton)
    found = [pose or nobody for pose in before_they_came + earlier + later]
    return PoseSequence(
        positions=np.stack([pose.positions for pose in found]),
        confidence=np.stack([pose.confidence for pose in found]),
        fps=info.fps,
        skeleton=detector.skeleton,
        space="image",
        image_size=(info.width, info.height),
        history=(f"detect_video({info.path.name}, {detector.name}, frames {start}:{stop})",),
    )


class Follower:
    """Follows one person from image to image.

    Parameters
    ----------
    detector : Detector
        Its skeleton must have hips and shoulders.
    fps : float
        Images per second.
    found : Found
        The person, in the first image or one before it.

    Attributes
    ----------
    lost : int
        Images since the person was last seen.
    strangers : list of int
        Images so far, counted from 0, in which somebody else was followed (or nobody, meanwhile), as turned out later;
        from where they were a third of a body off.
    """

    def __init__(self, detector: Detector, fps: float, found: Found) -> None:
        self.detector = detector
        self.fps = fps
        self.lost = 0
        self.strangers: list[int] = []
        self._images = 0
        self._home = Home(fps, found)
        self._last = found
        self._crop: Crop | None = found.crop

    def __call__(self, image: Image) -> Pose | None:
        """The person in the next image; None where they are not seen."""
        found = self._searched(image) if self._crop is None else self._where_expected(image, self._crop)
        home = self._home.left(found)
        if home is not None and (at_home := self._at(image, home)) is not None:
            found = at_home
            self.strangers += range(self._images - self._home.back(), self._images)
        self._images += 1
        if found is None:
            self.lost += 1
            if self.lost >= PATIENCE_S * self.fps:
                self._crop = None
            return None
        self.lost = 0
        self._last = found
        self._crop = crop_around(found.pose, self.detector.input_size) or replace(found.crop, turn_deg=0.0)
        return found.pose

    def _where_expected(self, image: Image, crop: Crop) -> Found | None:
        found = self._look(image, crop)
        if found.pose.score < PRESENT:
            return self._turned(image, crop)
        if self._way(found.pose) > 1:  # somebody who walks by is often better seen than the athlete
            others = (self._look(image, other) for other in _other_crops(self._last.pose, crop))
            found = next((one for one in others if one.pose.score >= PRESENT and self._way(one.pose) <= 1), found)
        return None if self._is_somebody_else(found.pose) else found

    def _turned(self, image: Image, crop: Crop) -> Found | None:
        """The person in a crop turned like their torso: some detectors see nobody who is upside down."""
        turn_deg = _lean(self._last.pose)
        if turn_deg == 0 or self.lost % max(1, round(_AGAIN_S * self.fps)):
            return None
        found = self._look(image, replace(crop, turn_deg=turn_deg))
        return found if found.pose.score >= SURELY and self._way(found.pose) <= 1 else None

    def _look(self, image: Image, crop: Crop) -> Found:
        return Found(detect(self.detector, image, crop), crop)

    def _at(self, image: Image, home: Found) -> Found | None:
        """The person who is still at ``home``, for a detector that rather sees whoever walks by."""
        for crop in (home.crop, *_other_crops(home.pose, home.crop)):
            found = self._look(image, crop)
            if found.pose.score >= SURELY and is_at(home, found):
                return found
        return None

    def _way(self, pose: Pose) -> float:
        """How far the joints went since the last pose, as a share of how far they may; NaN if too few are seen."""
        before = self._last.pose
        seen = before.confidence > SEEN
        both = seen & (pose.confidence > SEEN)
        if both.sum() < COMMON:
            return float("nan")
        moved = np.linalg.norm(pose.positions - before.positions, axis=-1)[both].mean()
        size = np.ptp(before.positions[seen], axis=0).max()
        return float(moved / ((0.05 + (1 + self.lost) * FASTEST / self.fps) * max(size, 1.0)))

    def _is_somebody_else(self, pose: Pose) -> bool:
        """Whether the torso went further than a person can: a crop is some 2.5 m wide, a sprinter runs 8 m/s."""
        reach = max(self._last.crop.extent) * min(0.05 + (1 + self.lost) * 3.2 / self.fps, 0.5)
        before = self._last.pose
        moves = [
            np.linalg.norm(here - there)
            for joint in ("hip", "shoulder")
            if (here := pose.middle(joint)) is not None and (there := before.middle(joint)) is not None
        ]
        return bool(moves) and bool(min(moves) > reach)

    def _searched(self, image: Image) -> Found | None:
        if self.lost % max(1, round(PATIENCE_S * self.fps)):  # a search costs as much as many frames
            return None
        if self.lost < ANYWHERE_S * self.fps:
            return find_near(image, self.detector, self._last)
        return max(find_people(np.asarray(image), self.detector), key=lambda found: found.prominence, default=None)


def _other_crops(before: Pose, crop: Crop) -> Iterator[Crop]:
    """Crops in which the person of an earlier pose stands out: turned like their torso, and smaller."""
    for share in (1.0, 0.75):
        for turn_deg in dict.fromkeys((_lean(before), 0.0)):
            if (share, turn_deg) != (1.0, crop.turn_deg):  # that was the first look
                yield replace(crop, extent=(share * crop.extent[0], share * crop.extent[1]), turn_deg=turn_deg)


def _lean(pose: Pose) -> float:
    """By how many degrees a crop must be turned for the torso to be upright; 0 where it is about so, or not seen."""
    turn_deg = float(torso_turns(pose.positions[None], pose.confidence[None], pose.skeleton)[0])
    return turn_deg if abs(turn_deg) > TURNED_DEG else 0.0  # also for NaN


def _until_gone(pictures: Iterable[Picture], follower: Follower) -> Iterator[Pose | None]:
    """Follows backwards in time, until the person was not there yet."""
    for picture in prefetched(pictures, _AHEAD):
        yield follower(picture)
        if follower.lost >= ANYWHERE_S * follower.fps:
            return


def _pictures(path: Path, start: int, stop: int) -> Iterator[Picture]:
    return read_pictures(path, range(start, stop), threads=_DECODERS)


def _backwards(path: Path, start: int, stop: int) -> Iterator[Picture]:
    """Frames ``stop - 1`` down to ``start``."""
    for end in range(stop, start, -_CHUNK):
        yield from reversed(list(_pictures(path, max(start, end - _CHUNK), end)))
