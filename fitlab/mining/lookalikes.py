"""What the studio can film that looks like a mined pose: exercise, moment and camera direction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fitlab.mining.shapes import shape_distances
from fitlab.progress import progress
from fitlab.skeletons import COCO17, Skeleton, conversion
from fitlab.synthesis.body import Body
from fitlab.synthesis.images import known_exercises
from fitlab.synthesis.labels import world_poses
from fitlab.synthesis.motion import perform
from fitlab.synthesis.phones import Phone
from fitlab.synthesis.slices import POSTURES, postures

_FPS = 5.0
_AZIMUTHS_DEG = tuple(range(0, 360, 30))
_HEIGHTS_M = (0.4, 1.4)  # a phone on the floor, one on a stand
_DISTANCE_M = 3.5
_RARE = 0.1  # weight of postures that were not mined


@dataclass(frozen=True)
class Lookalike:
    """A moment of an exercise seen from a side.

    Parameters
    ----------
    exercise, phase : str
    posture : str
        See :mod:`fitlab.synthesis.slices`.
    azimuth_deg, height_m : float
        Where the phone is, see :class:`fitlab.synthesis.phones.Phone`.
    distance : float
        Shape distance to the mined pose (:func:`fitlab.mining.shapes.shape_distances`).
    """

    exercise: str
    phase: str
    posture: str
    azimuth_deg: float
    height_m: float
    distance: float


class Catalogue:
    """Everything that the studio performs, by an average adult, five times a second, from 24 sides.

    Parameters
    ----------
    exercises : sequence of str, optional
        Default: all.

    Attributes
    ----------
    poses : (M, 17, 2)
        COCO17, as the camera sees them.

    Raises
    ------
    InputError
        For an exercise that the studio does not perform.
    """

    def __init__(self, exercises: Sequence[str] | None = None) -> None:
        body = Body()
        poses, self._entries = [], []
        for exercise in progress(known_exercises(exercises), "what the studio performs", unit="exercise"):
            rng = np.random.default_rng(0)
            done = perform(body, exercise, mistakes={}, repetitions=1, fps=_FPS, rng=rng, rest_s=(0.2, 0.5))
            motion = done.motion
            joints = world_poses(
                body.keypoints(motion.rotations, motion.heads), body.crowns(motion.rotations, motion.heads), _FPS
            )[0].positions
            kinds = postures(joints, body.height)
            for azimuth in _AZIMUTHS_DEG:
                for height in _HEIGHTS_M:
                    seen = _camera(joints, azimuth, height).project(joints[:, : len(COCO17)])
                    poses.append(seen)
                    self._entries += [
                        (exercise, phase, str(kind), float(azimuth), height)
                        for phase, kind in zip(done.phases, kinds, strict=True)
                    ]
        self.poses = np.concatenate(poses)

    def like(self, pose: np.ndarray, skeleton: Skeleton, n: int = 3) -> list[Lookalike]:
        """The best moment of each of the ``n`` exercises that look most like ``pose`` (K, 2), the nearest first."""
        joints = _as_coco17(pose, skeleton)
        distances = shape_distances(joints[None], self.poses)[0]
        found: dict[str, Lookalike] = {}
        for number in np.argsort(distances, kind="stable"):
            exercise, phase, posture, azimuth, height = self._entries[number]
            if exercise not in found and np.isfinite(distances[number]):
                found[exercise] = Lookalike(exercise, phase, posture, azimuth, height, float(distances[number]))
                if len(found) == n:
                    break
        return list(found.values())

    def shares(self, exercises: Sequence[str]) -> dict[str, float]:
        """Posture -> its share of the moments of these exercises, each exercise counted alike."""
        total: dict[str, float] = dict.fromkeys(POSTURES, 0.0)
        for exercise in exercises:
            kinds = Counter(entry[2] for entry in self._entries if entry[0] == exercise)
            for posture, count in kinds.items():
                total[posture] += count / sum(kinds.values()) / len(exercises)
        return total


def _camera(joints: np.ndarray, azimuth_deg: float, height_m: float) -> Any:
    middle = (joints.min(axis=(0, 1)) + joints.max(axis=(0, 1))) / 2
    about = (float(middle[0]), float(middle[1]))
    phone = Phone(azimuth_deg, _DISTANCE_M, height_m, aim_m=float(middle[2]), about_m=about)
    return phone.camera((480, 480))


def _as_coco17(pose: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    if skeleton == COCO17:
        return pose
    weights = conversion(skeleton, COCO17)  # (17, K), NaN rows for joints that cannot be had
    return np.stack([row @ pose if np.isfinite(row).all() else np.full(2, np.nan) for row in weights])


def picture_preset(groups: Sequence[tuple[Sequence[Lookalike], int]], catalogue: Catalogue) -> dict[str, Any]:
    """Arguments of :class:`fitlab.synthesis.picture_set.PictureSet` that make more poses like the mined ones.

    Parameters
    ----------
    groups : sequence of (lookalikes, frames)
        Of every family of poses its lookalikes, the nearest first, and how many frames it has.  Families without
        lookalikes do not count.

    Returns
    -------
    arguments : dict
        ``exercises``, and ``weights`` by which the postures come as often as among the mined frames; one that was not
        mined is a tenth as likely as it would be.
    """
    exercises = sorted({one.exercise for found, _ in groups for one in found})
    wanted: Counter[str] = Counter()
    for found, frames in groups:
        if found:
            wanted[found[0].posture] += frames
    usual = catalogue.shares(exercises)
    weights = {
        posture: round(max(wanted[posture] / wanted.total() / usual[posture], _RARE), 2)
        for posture in POSTURES
        if usual[posture]
    }
    return {"exercises": exercises, "weights": weights}


def clip_recipes(groups: Sequence[tuple[Sequence[Lookalike], int]]) -> Mapping[str, dict[str, Any]]:
    """Recipes of :func:`fitlab.synthesis.make_clip`: each family's nearest exercise from the same side.

    A family without lookalikes has no recipe; the others keep their numbers.
    """
    return {
        f"family_{number}_{found[0].exercise}": {
            "exercise": found[0].exercise,
            "seed": number,
            "repetitions": 2,
            "azimuth_deg": found[0].azimuth_deg,
        }
        for number, (found, _) in enumerate(groups, start=1)
        if found
    }
