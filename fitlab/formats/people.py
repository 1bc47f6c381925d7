"""Files with several people in a picture: following one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_FURTHEST = 0.5  # of the person's size, by which the joints may move on average between two frames
_FORGET_S = 1.0


@dataclass(frozen=True, eq=False)
class Candidate:
    """A person in one picture: keypoints (K, 2) in pixels, NaN where missing; confidence (K,) in [0, 1]."""

    keypoints: np.ndarray
    confidence: np.ndarray

    @property
    def size(self) -> float:
        """Diagonal of the box around the keypoints, pixels; 0 without keypoints."""
        if np.isnan(self.keypoints).all():
            return 0.0
        return float(np.linalg.norm(np.nanmax(self.keypoints, axis=0) - np.nanmin(self.keypoints, axis=0)))


def follow(frames: Sequence[Sequence[Candidate]], joints: int, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Follows one person through frames with any number of people.

    Begins with the largest and best seen person of the first frame that has one, and takes in
    every later frame the person whose joints moved least; further than half of the person's size is
    somebody else.  After a second without the person, the search begins anew.

    Returns
    -------
    positions : (T, joints, 2), confidence : (T, joints)
        NaN and 0 in frames without the person.
    """
    positions = np.full((len(frames), joints, 2), np.nan)
    confidence = np.zeros((len(frames), joints))
    last: Candidate | None = None
    unseen = 0
    for t, people in enumerate(frames):
        people = [person for person in people if person.size > 0]
        if last is None or unseen > _FORGET_S * fps:
            chosen = max(people, key=lambda person: person.size * person.confidence.mean(), default=None)
        else:
            previous = last
            chosen = min(people, key=lambda person: _moved(previous, person), default=None)
            if chosen is not None and _moved(previous, chosen) > _FURTHEST * previous.size:
                chosen = None
        unseen = unseen + 1 if chosen is None else 0
        if chosen is not None:
            positions[t], confidence[t], last = chosen.keypoints, chosen.confidence, chosen
    return positions, confidence


def _moved(before: Candidate, after: Candidate) -> float:
    """Mean distance of the joints seen in both, pixels; infinite when there are none."""
    distance = np.linalg.norm(after.keypoints - before.keypoints, axis=-1)
    return float(np.nanmean(distance)) if np.isfinite(distance).any() else float("inf")
