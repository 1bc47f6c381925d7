"""VideoPose3D's archives: ``data_3d_<name>.npz`` and ``data_2d_<name>_<keypoints>.npz``.

The layout is that of the project's own data (``DATASETS.md`` of VideoPose3D): pickled dictionaries subject -> action ->
arrays; world coordinates in metres, z up; one 2D track per camera.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.geometry import Camera
from fitlab.skeletons import COCO17, H36M17, Skeleton

NAME = "fitlab"


@dataclass(frozen=True, eq=False)
class Take:
    """One movement of one subject, seen by several cameras.

    Parameters
    ----------
    subject, action : str
    h36m : (T, 17, 3) world, metres, H36M17 ; coco : (T, 17, 3) world, metres, COCO17
    cameras : sequence of Camera, all of one size
    fps : float
    """

    subject: str
    action: str
    h36m: np.ndarray
    coco: np.ndarray
    cameras: Sequence[Camera]
    fps: float


def write_archives(takes: Sequence[Take], folder: Path) -> None:
    """Writes ``data_3d_fitlab.npz``, ``data_2d_fitlab_gt.npz`` (H36M17) and ``data_2d_fitlab_coco.npz`` (COCO17).

    The 3D archive also holds ``cameras``: subject -> action -> one dictionary per camera, with the keys of VideoPose3D
    (its ``h36m_dataset.py``): ``orientation`` is the quaternion (w, x, y, z) from camera to world, ``translation`` the
    camera's place in metres, ``focal_length`` and ``center`` pixels.
    """
    positions: dict[str, dict[str, np.ndarray]] = {}
    cameras: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for take in takes:
        positions.setdefault(take.subject, {})[take.action] = take.h36m.astype(np.float32)
        cameras.setdefault(take.subject, {})[take.action] = [_camera(f"{k}", c) for k, c in enumerate(take.cameras)]
    _save(folder / f"data_3d_{NAME}.npz", positions_3d=positions, cameras=cameras)
    for keypoints, skeleton, layout in (("gt", H36M17, "h36m"), ("coco", COCO17, "coco")):
        tracks: dict[str, dict[str, list[np.ndarray]]] = {}
        for take in takes:
            joints = take.h36m if skeleton is H36M17 else take.coco
            seen = [camera.project(joints).astype(np.float32) for camera in take.cameras]
            tracks.setdefault(take.subject, {})[take.action] = seen
        metadata = {
            "layout_name": layout,
            "num_joints": len(skeleton),
            "keypoints_symmetry": _symmetry(skeleton),
            "video_metadata": {take.subject: _video(take) for take in takes},
        }
        _save(folder / f"data_2d_{NAME}_{keypoints}.npz", positions_2d=tracks, metadata=metadata)


def _save(path: Path, **dictionaries: Mapping[str, Any]) -> None:
    arrays = {name: np.array(dictionary, dtype=object) for name, dictionary in dictionaries.items()}
    np.savez_compressed(path, allow_pickle=True, **arrays)


def _camera(name: str, camera: Camera) -> dict[str, Any]:
    from scipy.spatial.transform import Rotation

    width, height = camera.size
    return {
        "id": name,
        "center": [float(value) for value in camera.centre],
        "focal_length": [float(value) for value in camera.focal],
        "radial_distortion": [0.0, 0.0, 0.0],
        "tangential_distortion": [0.0, 0.0],
        "res_w": int(width),
        "res_h": int(height),
        "orientation": Rotation.from_matrix(camera.rotation.T).as_quat(scalar_first=True).tolist(),
        "translation": camera.position.tolist(),
    }


def _symmetry(skeleton: Skeleton) -> list[list[int]]:
    """Indices of the left joints and of their counterparts on the right."""
    left = [k for k, joint in enumerate(skeleton.joints) if joint.startswith("left_")]
    return [left, [skeleton.mirror[k] for k in left]]


def _video(take: Take) -> dict[str, float]:
    width, height = take.cameras[0].size
    return {"w": int(width), "h": int(height), "fps": float(take.fps)}
