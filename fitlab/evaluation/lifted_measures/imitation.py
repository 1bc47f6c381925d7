"""What the default detector might see of exact joints: its errors, imitated.

Errors that stay the same or follow the pose, larger where a part of the body hides the joint; joints that are put onto
the same joint of the other side, which is nearer to the camera; and what :class:`DetectorNoise` adds: errors that
change from frame to frame, joints somewhere else altogether, sides taken for each other, gaps.  Their sizes are those
of films of the studio: :mod:`fitlab.evaluation.lifted_measures.detections` compares the two; what is hidden and what is
put across was fitted by hand to 24 such films, joint by joint.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import convolve1d

from fitlab.geometry import Camera, project_poses
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17
from fitlab.training.lifter_views import DetectorNoise

Range = tuple[float, float]

FOLLOWED = 3
"""Principal components of a clip's motion, which errors follow."""
_TRUNK_RADIUS_M = 0.10
_LIMBS = (("shoulder", "elbow", 0.05), ("elbow", "wrist", 0.04), ("hip", "knee", 0.08), ("knee", "ankle", 0.05))
_PARTS = (
    *((f"{side}_{start}", f"{side}_{end}", radius) for side in ("left", "right") for start, end, radius in _LIMBS),
    *((f"{one}_shoulder", f"{other}_hip", _TRUNK_RADIUS_M) for one in ("left", "right") for other in ("left", "right")),
    ("left_shoulder", "right_shoulder", _TRUNK_RADIUS_M),
    ("left_hip", "right_hip", _TRUNK_RADIUS_M),
    ("left_ear", "right_ear", 0.10),
)
"""Of the body, as capsules: from joint to joint, and their radius in metres."""
_LIMBS_OF_BOTH_SIDES = tuple(
    [COCO17.index(f"{side}_{joint}") for joint in limb]
    for side in ("left", "right")
    for limb in (("elbow", "wrist"), ("knee", "ankle"))
)
_CLEARLY_FARTHER_M = 0.25
_MARGIN = 1.4  # times the radius: within it a joint is not seen well
_PUT_ACROSS = np.array([2.0 if joint.endswith(("elbow", "wrist")) else 0.6 for joint in COCO17.joints])
"""Times a uniform draw, at most 1: the share of the way that hidden joints are put to the other side's.  Half of arms'
go all of it."""
_COMES_AND_GOES = np.hanning(11)[1:-1] / np.hanning(11).sum()  # frames in which a joint goes out of sight


@dataclass(frozen=True)
class Imitation:
    """Errors as a detector makes them, in shares of the person's size in the picture (the diagonal of their box).

    Parameters
    ----------
    constant, following : float
        Standard deviations, of each coordinate, of what stays for the whole clip, and of what follows the pose by a
        random linear map of its first principal components.
    rest : DetectorNoise
        What comes on top, with joints that are somewhere else altogether.
    amount : (low, high)
        Times the first two, drawn per clip: detectors find some people better than others.
    hidden : float
        The first two are 1 + this times as large where the own body hides the joint.
    reach : float
        Hidden joints are put onto the same joint of the other side, the more the nearer that is: by exp(-(d / reach)^2)
        of the distance d, times a share drawn per clip and joint.  Only joints that are farther from the camera than
        that one, and in full only from 25 cm on.
    lost : float
        Chance that the limb of a clip, where it is farther, is put there half of the time, hidden or not and however
        far that is.
    """

    constant: float = 0.006
    following: float = 0.006
    rest: DetectorNoise = DetectorNoise(  # noqa: RUF009 - it is frozen
        jitter=(0.001, 0.005), drift=(0.001, 0.007), bias=0.0, outliers=0.06, swaps=0.06, clean=0.0
    )
    amount: Range = (0.7, 1.8)
    hidden: float = 0.7
    reach: float = 0.11
    lost: float = 0.1

    def __call__(self, coco: PoseSequence, camera: Camera, seed: int) -> PoseSequence:
        """The pixels (T, 17, 2), image space, of world-space joints (T, 17, 3), COCO17, with errors.

        What changes with time is in frames: at 30 a second somebody goes out of sight within a third of a second.
        """
        rng = np.random.default_rng(seed)
        image = project_poses(coco, camera)
        exact = image.positions.astype(np.float64)
        points = camera.camera_from_world(coco.positions)
        size = float(np.linalg.norm(np.ptp(exact, axis=1), axis=-1).mean())
        unseen = convolve1d(behind(points).astype(float), _COMES_AND_GOES, axis=0, mode="nearest")  # (T, K)
        error = self._steady(exact, size, rng) * (1 + self.hidden * unseen[..., None])
        moved = exact + self._onto_the_other_side(exact / size, points[..., 2], unseen, rng) * size + error * size
        screen = torch.from_numpy((moved / camera.size[0]).astype(np.float32))[None]
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 31)))
        noisy = self.rest(screen, generator)[0].numpy() * camera.size[0]
        return image.replace("imitated()", positions=noisy.astype(np.float32))

    def _steady(self, exact: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
        """(T, K, 2): what is constant and what follows the pose."""
        frames, joints, _ = exact.shape
        moved = ((exact - exact.mean(axis=0)) / size).reshape(frames, -1)
        pose, spread, _ = np.linalg.svd(moved - moved.mean(axis=0), full_matrices=False)
        pose = pose[:, :FOLLOWED] * np.sqrt(frames)  # (T, 3) of unit variance
        weight = spread[:FOLLOWED] / max(float(np.linalg.norm(spread[:FOLLOWED])), 1e-12)
        low, high = self.amount
        amount = low * (high / low) ** rng.random()
        constant = self.constant * rng.standard_normal((1, joints, 2))
        following = np.einsum("tc,c,cki->tki", pose, weight, rng.standard_normal((len(weight), joints, 2)))
        return amount * (constant + self.following * following)

    def _onto_the_other_side(
        self, exact: np.ndarray, depth: np.ndarray, unseen: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """(T, K, 2): how far joints are moved to the same joint of the other side, which is nearer to the camera."""
        mirror = list(COCO17.mirror)
        way, farther = exact[:, mirror] - exact, depth - depth[:, mirror]
        drawn = (rng.random(exact.shape[1]) * _PUT_ACROSS).clip(max=1)
        share = unseen * drawn * np.exp(-((np.linalg.norm(way, axis=-1) / self.reach) ** 2))
        for limb in _LIMBS_OF_BOTH_SIDES:
            lost, while_ = rng.random() < self.lost, _some_of_the_time(len(exact), rng)
            if lost:
                share[:, limb] = np.maximum(share[:, limb], while_[:, None])
        return (share * np.clip(farther / _CLEARLY_FARTHER_M, 0, 1))[..., None] * way


def _some_of_the_time(frames: int, rng: np.random.Generator) -> np.ndarray:
    """(T,) in [0, 1]: 1 half of the time, 0 the other half, for about half a second each; fading over nine frames."""
    slow = convolve1d(rng.standard_normal(frames), np.hanning(33)[1:-1], mode="wrap")
    return convolve1d((slow > 0).astype(float), _COMES_AND_GOES, mode="nearest")


def behind(points: np.ndarray) -> np.ndarray:
    """Which joints a part of the own body is before.

    Parameters
    ----------
    points : (T, 17, 3) metres
        COCO17 in camera space.

    Returns
    -------
    hidden : bool (T, 17)
    """
    on_screen, depth = points[..., :2] / points[..., 2:], points[..., 2]
    hidden = np.zeros(depth.shape, bool)
    for start, end, radius in _PARTS:
        ends = [COCO17.index(start), COCO17.index(end)]
        origin, along = on_screen[:, ends[:1]], (on_screen[:, ends[1]] - on_screen[:, ends[0]])[:, None]  # (T, 1, 2)
        length = np.maximum((along**2).sum(axis=-1), 1e-12)
        share = (((on_screen - origin) * along).sum(axis=-1) / length).clip(0, 1)  # (T, K) along the part
        at = depth[:, ends[:1]] + share * (depth[:, ends[1]] - depth[:, ends[0]])[:, None]
        aside = np.linalg.norm(on_screen - origin - share[..., None] * along, axis=-1) * at
        before = (aside < _MARGIN * radius) & (at < depth - radius)
        before[:, ends] = False  # a joint does not hide itself
        hidden |= before
    return hidden
