"""One person followed through a video: each crop is laid around the joints of the frame before."""

import os

import numpy as np

from fitlab.detectors.crops import Crop
from fitlab.detectors.person import Pose, crop_around, detect
from fitlab.detectors.prefetch import prefetched
from fitlab.detectors.protocol import Detector
from fitlab.detectors.search import find_person
from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.video import probe, read_frames

PRESENT = 0.15
"""Mean confidence below which a crop does not show the person."""

JUMP = 0.2
"""A torso that moves by more than this share of its crop in one frame belongs to somebody else."""

PATIENCE_S = 0.5
"""A person who is lost is awaited for this long where they were; then the whole image is searched as often."""


def detect_video(
    path: str | os.PathLike[str], detector: Detector, *, start_s: float = 0.0, stop_s: float | None = None
) -> PoseSequence:
    """Finds one person in a video and follows them.

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
    follow = Follower(detector, info.fps)
    frames = prefetched(read_frames(path, start, stop), ahead=8)
    poses = [follow(frame) for frame in progress(frames, f"detecting with {detector.name}", total=stop - start)]
    if not any(poses):
        raise InputError(
            f"a person must be visible in {info.path}, got nobody in {len(poses)} frames; "
            "film the whole body, in good light, from a few metres away"
        )
    joints = len(detector.skeleton)
    nobody = Pose(np.full((joints, 2), np.nan), np.zeros(joints), detector.skeleton)
    return PoseSequence(
        positions=np.stack([(pose or nobody).positions for pose in poses]),
        confidence=np.stack([(pose or nobody).confidence for pose in poses]),
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
    """

    def __init__(self, detector: Detector, fps: float) -> None:
        self.detector = detector
        self._patience = max(1, round(PATIENCE_S * fps))  # frames
        self._last: Pose | None = None
        self._crop: Crop | None = None
        self._lost = 0  # frames since the person was seen

    def __call__(self, image: np.ndarray) -> Pose | None:
        """The person in the next image (H, W, 3) uint8 RGB; None where they are not seen."""
        if self._crop is None:
            pose = self._search(image)
        else:
            pose = detect(self.detector, image, self._crop)
            if pose.score < PRESENT or self._is_somebody_else(pose):
                pose = None
        if pose is None:
            self._lost += 1
            if self._lost >= self._patience:
                self._crop = None
            return None
        turn = self._crop.turn_deg if self._crop else 0.0
        self._crop = crop_around(pose, self.detector.input_size, turn) or self._crop
        self._last, self._lost = pose, 0
        return pose

    def _search(self, image: np.ndarray) -> Pose | None:
        if self._lost % self._patience:  # a search of the whole image costs as much as many frames
            return None
        found = find_person(image, self.detector, near=self._last)
        if found is None:
            return None
        self._crop = found.crop
        return found.pose

    def _is_somebody_else(self, pose: Pose) -> bool:
        """Whether the torso went further than a person can between two images."""
        assert self._last is not None and self._crop is not None
        reach = JUMP * max(self._crop.extent) * (1 + self._lost)
        moves = [
            np.linalg.norm(now - before)
            for joint in ("hip", "shoulder")
            if (now := pose.middle(joint)) is not None and (before := self._last.middle(joint)) is not None
        ]
        return bool(moves) and min(moves) > reach
