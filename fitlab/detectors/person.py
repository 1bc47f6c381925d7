"""One person in one image, and the crop to look for them in next."""

from dataclasses import dataclass

import numpy as np

from fitlab.detectors.crops import Crop, Image, cut
from fitlab.detectors.protocol import Detector
from fitlab.skeletons import Skeleton

SEEN = 0.2
"""A joint with less confidence does not say where the person is (MIN_CROP_KEYPOINT_SCORE of the tutorial below)."""


@dataclass(frozen=True)
class Pose:
    """A person in one image.

    Attributes
    ----------
    positions : float (K, 2), image pixels
    confidence : float (K,) in [0, 1]
    skeleton : Skeleton
        With hips and shoulders.
    """

    positions: np.ndarray
    confidence: np.ndarray
    skeleton: Skeleton

    @property
    def score(self) -> float:
        """Mean confidence over the joints."""
        return float(self.confidence.mean())

    def middle(self, joint: str) -> np.ndarray | None:
        """(2,) mean of the left and right ``joint`` as far as they are seen; None where neither is."""
        sides = [self.skeleton.index(f"{side}_{joint}") for side in ("left", "right")]
        seen = [side for side in sides if self.confidence[side] > SEEN]
        return self.positions[seen].mean(axis=0) if seen else None


def detect(detector: Detector, image: Image, crop: Crop) -> Pose:
    """The person in one crop of an image."""
    positions, confidence = detector(cut(image, crop)[None])
    return Pose(crop.to_image(positions[0]), confidence[0], detector.skeleton)


def crop_around(pose: Pose, size: tuple[int, int]) -> Crop | None:
    """The crop in which the person of ``pose`` will be in the next frame; None where the torso is not seen.

    Follows determine_crop_region of the TensorFlow Hub tutorial "MoveNet: Ultra fast and accurate pose detection
    model" (2021): centred on the hips, wide enough for 1.9 times the torso and 1.2 times the whole body.
    It is upright, whatever the person does.  On photographs MoveNet likes people who are upside down better in turned
    crops; but crops that are turned with the torso keep upside down who lies down or stands up after it, and lose more
    than they gain (experiments/fitbench).  Looking again at turned crops, where in doubt, is for
    :mod:`fitlab.detectors.turning`.

    Parameters
    ----------
    size : (width, height) of the crop in pixels
    """
    hips, shoulders = pose.middle("hip"), pose.middle("shoulder")
    if hips is None or shoulders is None:
        return None
    names = [f"{side}_{joint}" for joint in ("hip", "shoulder") for side in ("left", "right")]
    torso = pose.positions[[pose.skeleton.index(name) for name in names]]
    body = pose.positions[pose.confidence > SEEN]
    reach = np.maximum(1.9 * np.abs(torso - hips).max(axis=0), 1.2 * np.abs(body - hips).max(axis=0))  # (2,)
    scale = max(2 * reach / size)  # image pixels per crop pixel
    if scale * min(size) < 8:  # all joints in one spot: nobody
        return None
    return Crop((float(hips[0]), float(hips[1])), (scale * size[0], scale * size[1]), size)
