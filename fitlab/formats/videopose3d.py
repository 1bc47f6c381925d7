"""VideoPose3D's archives of 2D detections (`data_2d_*.npz`).

``positions_2d`` is a pickled dictionary {subject: {action: [(T, K, 2) per camera]}} in pixels, ``metadata``
one with ``video_metadata``.  A pickle can run any code, so only what such a file needs is let in.
"""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.hints import Hints, needed
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17, Skeleton

_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("_codecs", "encode"),
}


class _DataOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of poses")
        return super().find_class(module, name)


def read(path: Path, hints: Hints) -> PoseSequence:
    """One camera's detections; ``hints.clip`` says which where the file holds several."""
    held = {name: _object(path, name) for name in ("positions_2d", "metadata")}
    clips = {
        f"{subject}/{action}/{camera}": np.asarray(track)
        for subject, actions in held["positions_2d"].items()
        for action, tracks in actions.items()
        for camera, track in enumerate(tracks)
    }
    name = hints.clip or (next(iter(clips)) if len(clips) == 1 else None)
    if name not in clips:
        raise InputError(
            f"clip must name one of the {len(clips)} recordings in {path}, got {hints.clip!r}; "
            f"choose from {', '.join(list(clips)[:8])} ..."
        )
    positions = clips[name][..., :2]
    layout = held["metadata"].get("layout_name", "")
    skeleton: Skeleton | None = {"coco": COCO17, "h36m": H36M17}.get(layout) if positions.shape[1] == 17 else None
    video = held["metadata"].get("video_metadata", {}).get(name.split("/")[0], {})
    return PoseSequence(
        positions,
        needed("fps", hints.fps, video.get("fps")),
        needed("skeleton", hints.skeleton, skeleton),
        "image",
        image_size=hints.image_size or ((int(video["w"]), int(video["h"])) if "w" in video else None),
        history=(f"read_poses({path.name}, clip={name})",),
    )


def _object(path: Path, name: str) -> Any:
    """The one object in ``name``.npy of the archive, unpickled with nothing but arrays allowed."""
    with zipfile.ZipFile(path) as archive:
        data = io.BytesIO(archive.read(f"{name}.npy"))
    version = np.lib.format.read_magic(data)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = reader(data)
    if not dtype.hasobject or shape != ():
        raise InputError(f"'{name}' in {path} must be a dictionary, got an array of shape {shape}")
    return _DataOnly(data).load().item()
