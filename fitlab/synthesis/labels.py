"""Exact labels: joints in the world and in the picture, and which of them the camera sees."""

import numpy as np

from fitlab.geometry import Camera
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, COCO23, H36M17

_OWN_FLESH_M = 0.13


def world_poses(keypoints: np.ndarray, crowns: np.ndarray, fps: float) -> tuple[PoseSequence, PoseSequence]:
    """COCO23 and H36M17 in world space.

    Joints of one name are the same point in both; what Human3.6M has in addition follows from
    them as :data:`fitlab.skeletons.DERIVED` says, but for the top of the head, which the mesh has.

    Parameters
    ----------
    keypoints : (T, 23, 3) metres ; crowns : (T, 3) metres
    """
    coco = PoseSequence(keypoints, fps, COCO23, "world", history=("synthesis",))
    h36m = coco.to(H36M17)
    positions = np.array(h36m.positions)
    positions[:, H36M17.index("head_top")] = crowns
    return coco, h36m.replace("crown of the mesh", positions=positions)


def image_poses(coco: PoseSequence, camera: Camera) -> PoseSequence:
    """The first 17 joints (COCO17) of ``coco`` (COCO23, world) in the picture; confidence 0 outside of it."""
    pixels = camera.project(coco.positions[:, : len(COCO17)])
    inside = np.all((pixels >= 0) & (pixels < camera.size), axis=-1)  # (T, 17)
    history = (*coco.history, "seen by the camera")
    return PoseSequence(pixels, coco.fps, COCO17, "image", inside.astype(np.float32), camera.size, history)


def visible(vertices: np.ndarray, faces: np.ndarray, keypoints: np.ndarray, camera: Camera) -> np.ndarray:
    """Which keypoints the camera sees: (K,) bool, by an exact test of rays against triangles.

    A keypoint lies inside the body.  It is visible when the first surface on the ray from the
    camera is its own flesh, that is at most 13 cm in front of it, and when it is in the picture.

    Parameters
    ----------
    vertices : (V, 3), faces : (F, 3), keypoints : (K, 3)
        World, metres.
    """
    seen = camera.camera_from_world(vertices).astype(np.float32)
    flat = seen[:, :2] / seen[:, 2:]  # normalised image coordinates
    a, b, c = (flat[faces[:, corner]] for corner in range(3))  # (F, 2) each
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    targets = camera.camera_from_world(keypoints)
    points = targets[:, :2] / targets[:, 2:]  # (K, 2)
    pixels = camera.project(keypoints)
    inside = ((pixels >= 0) & (pixels < camera.size)).all(axis=-1)
    columns, rows = points.astype(np.float32).T[..., None]  # (K, 1) each
    keypoint, face = np.nonzero((low[:, 0] <= columns) & (columns <= high[:, 0]))  # of (K, F), the dear step
    close = (low[face, 1] <= rows[keypoint, 0]) & (rows[keypoint, 0] <= high[face, 1])
    keypoint, face = keypoint[close], face[close]
    ray = points[keypoint]  # (N, 2): every pair of a keypoint and a triangle whose box it is in
    first, second, third = a[face] - ray, b[face] - ray, c[face] - ray
    # Twice the areas of the triangles that the point makes with each edge: of one sign when it lies inside.
    areas = np.stack([_cross(second, third), _cross(third, first), _cross(first, second)], axis=-1)
    hit = ((areas >= 0).all(axis=-1) | (areas <= 0).all(axis=-1)) & (np.abs(areas.sum(axis=-1)) > 1e-12)
    weights = areas[hit] / areas[hit].sum(axis=-1, keepdims=True)
    depths = 1 / np.sum(weights / seen[faces[face[hit]], 2], axis=-1)  # perspective: 1 / depth is linear in the picture
    nearest = np.full(len(keypoints), np.inf)
    np.minimum.at(nearest, keypoint[hit], depths)
    return inside & (nearest > targets[:, 2] - _OWN_FLESH_M)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
