"""Pinhole cameras: where they stand, and what they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.geometry.body import pelvis
from fitlab.poses import PoseSequence


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera without lens distortion.

    Camera axes: x right, y down, z forward (into the scene).

    Parameters
    ----------
    rotation : (3, 3)
        camera_from_world, determinant 1.
    translation : (3,) metres
        The world's origin in camera coordinates: ``p_camera = rotation @ p_world + translation``.
    focal : (fx, fy) pixels
    centre : (cx, cy) pixels
        Principal point.
    size : (width, height) pixels
    """

    rotation: np.ndarray
    translation: np.ndarray
    focal: tuple[float, float]
    centre: tuple[float, float]
    size: tuple[int, int]

    def __post_init__(self) -> None:
        rotation, translation = np.array(self.rotation, np.float64), np.array(self.translation, np.float64)
        if rotation.shape != (3, 3) or not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6):
            raise ValueError(f"rotation must be an orthogonal 3 x 3 matrix, got {rotation.tolist()}")
        if np.linalg.det(rotation) < 0:
            raise ValueError("rotation must have determinant 1, got -1; it mirrors: swap the sign of one axis")
        if translation.shape != (3,) or not np.isfinite(translation).all():
            raise ValueError(f"translation must be three finite numbers, got {translation.tolist()}")
        if min(self.focal) <= 0 or min(self.size) <= 0:
            raise ValueError(f"focal and size must be positive, got {self.focal} and {self.size}")
        for name, value in {"rotation": rotation, "translation": translation}.items():
            value.setflags(write=False)
            object.__setattr__(self, name, value)

    @classmethod
    def looking_at(
        cls,
        position: Sequence[float] | np.ndarray,
        target: Sequence[float] | np.ndarray,
        focal_px: float,
        size: tuple[int, int],
        roll_deg: float = 0.0,
    ) -> Camera:
        """A camera at ``position`` with ``target`` in the middle of its picture.

        Parameters
        ----------
        position, target : (3,) metres in world space (z up)
        focal_px : float, pixels
        size : (width, height) pixels
        roll_deg : float
            Turn about the viewing direction; positive turns the camera clockwise as seen from
            behind it, so the picture turns anticlockwise.  At 0 the world's z points up in the
            picture (when looking straight down or up: the world's y).
        """
        position, target = np.asarray(position, np.float64), np.asarray(target, np.float64)
        forward = target - position
        if np.linalg.norm(forward) < 1e-9:
            raise ValueError(f"target must differ from position, got {target.tolist()} for both")
        forward = forward / np.linalg.norm(forward)
        up = np.array([0.0, 1.0, 0.0]) if abs(forward[2]) > 1 - 1e-9 else np.array([0.0, 0.0, 1.0])
        right = np.cross(forward, up)
        right = right / np.linalg.norm(right)
        down = np.cross(forward, right)
        cosine, sine = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
        rotation = np.stack([cosine * right + sine * down, cosine * down - sine * right, forward])
        centre = (size[0] / 2, size[1] / 2)
        return cls(rotation, -rotation @ position, (focal_px, focal_px), centre, size)

    @property
    def position(self) -> np.ndarray:
        """The camera's place in the world, (3,) metres."""
        return -self.rotation.T @ self.translation

    def camera_from_world(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) in metres in camera axes, float64."""
        return np.asarray(points, np.float64) @ self.rotation.T + self.translation

    def world_from_camera(self, points: np.ndarray) -> np.ndarray:
        """Inverse of :meth:`camera_from_world`."""
        return (np.asarray(points, np.float64) - self.translation) @ self.rotation

    def project(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) in metres -> pixels (..., 2), x right, y down.

        NaN for points at or behind the camera.  Points outside the picture keep their coordinates.
        """
        seen = self.camera_from_world(points)
        depth = np.where(seen[..., 2:] > 1e-6, seen[..., 2:], np.nan)
        return seen[..., :2] / depth * self.focal + self.centre


def project_poses(seq: PoseSequence, camera: Camera) -> PoseSequence:
    """World-space poses as ``camera`` sees them, in image space.  Raises ValueError for another space."""
    _must_be_world(seq)
    return PoseSequence(
        camera.project(seq.positions),
        seq.fps,
        seq.skeleton,
        "image",
        seq.confidence,
        image_size=camera.size,
        history=(*seq.history, "project_poses()"),
    )


def view_poses(seq: PoseSequence, camera: Camera) -> PoseSequence:
    """World-space poses in the axes of ``camera``, pelvis at the origin: the target of a lifter."""
    _must_be_world(seq)
    positions = (seq.positions - pelvis(seq)[:, None]) @ camera.rotation.T
    return seq.replace("view_poses()", positions=positions, space="camera")


def _must_be_world(seq: PoseSequence) -> None:
    if seq.space != "world":
        raise ValueError(f"seq must be in world space, got {seq.space}; ground it first (fitlab.lifting.ground)")
