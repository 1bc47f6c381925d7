"""A clip on disk: an mp4 and its labels."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.files import written_whole
from fitlab.progress import progress
from fitlab.synthesis.clips import Clip
from fitlab.synthesis.labels import camera_poses
from fitlab.synthesis.slices import SLICES, occluded, slices_of


def write_clip(
    clip: Clip, folder: str | os.PathLike[str], name: str, *, tick: Callable[[], None] | None = None
) -> Path:
    """Writes ``<name>.mp4``, ``<name>.npz`` and ``<name>.json`` and returns the path of the mp4.

    Each appears whole or not at all, the mp4 last: where there is one, its labels are complete.  docs/datasets.md
    describes what is in them.  The npz is also a pose file of fitlab (``formats.read_poses`` gives ``world``).
    ``tick`` is called after every frame instead of drawing a bar.

    Raises
    ------
    SetupError
        If ``folder`` cannot be written or the disk is full.
    """
    from fitlab.video import VideoWriter

    folder = Path(folder)
    path = folder / f"{name}.mp4"
    seen, hashes = [], []
    filmed = clip.filmed() if tick else progress(clip.filmed(), f"rendering {name}", total=len(clip))
    with VideoWriter(path, clip.fps, clip.size) as video:
        for picture, person in filmed:
            packed = person.run_lengths["counts"]
            seen.append((person.keypoints, person.visibility, person.box, str(packed).encode("ascii")))
            hashes.append(frame_hash(picture))
            video.write(picture)
            if tick:
                tick()
        keypoints, visibility, boxes, masks = (np.stack(column) for column in zip(*seen, strict=True))
        arrays = motion_arrays(clip) | {
            "keypoints": keypoints.astype(np.float32),
            "visibility": visibility,
            "boxes": boxes.astype(np.float32),
            "masks": masks,
        }
        with written_whole(folder / f"{name}.npz") as partial:
            np.savez_compressed(partial, **arrays)
        side = sidecar(clip)
        side |= {
            "slices": _frames_per_slice(clip, visibility),
            **_digests(arrays, side, hashes),
            "frame_hashes": hashes,
        }
        with written_whole(folder / f"{name}.json") as partial:
            partial.write_text(json.dumps(side, indent=1), encoding="utf-8")
    return path


def stored_hashes(path: Path) -> tuple[dict[str, str], list[str]]:
    """Digests of the clip at ``path``, computed anew from its labels; and the hashes of its frames as drawn.

    Raises OSError, ValueError, KeyError, EOFError or BadZipFile for files that are not those of a clip.
    """
    side = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with np.load(path.with_suffix(".npz")) as file:
        arrays = {name: file[name] for name in file.files}
    hashes: list[str] = side["frame_hashes"]
    return _digests(arrays, side, hashes), hashes


def _digests(arrays: Mapping[str, np.ndarray], side: Mapping[str, Any], hashes: list[str]) -> dict[str, str]:
    before = {name: values for name, values in arrays.items() if name not in _SEEN}
    return {
        "motion_sha256": labels_digest(before, side),
        "labels_sha256": labels_digest(arrays, side),
        "frames_sha256": hashlib.sha256("".join(hashes).encode()).hexdigest(),
    }


_SEEN = ("keypoints", "visibility", "boxes", "masks")
"""The arrays that are known once a clip is rendered."""


def frame_hash(picture: np.ndarray) -> str:
    """The first 16 digits of the SHA-256 of a picture (H, W, 3) uint8, before it is encoded."""
    return hashlib.sha256(np.ascontiguousarray(picture).tobytes()).hexdigest()[:16]


def labels_digest(arrays: Mapping[str, np.ndarray], side: Mapping[str, Any]) -> str:
    """SHA-256 of labels: of arrays to 0.1 mm and 0.0001 pixels, and of what the sidecar says of the performance."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        values = np.asarray(arrays[name])
        rounded = np.round(values.astype(np.float64) * 1e4).astype(np.int64) if values.dtype.kind == "f" else values
        digest.update(f"{name} {rounded.dtype.str} {rounded.shape}".encode() + np.ascontiguousarray(rounded).tobytes())
    told = {key: side[key] for key in ("exercise", "repetitions", "phases", "mistakes", "style")}
    digest.update(json.dumps(told, sort_keys=True).encode())
    return digest.hexdigest()


def motion_arrays(clip: Clip) -> dict[str, Any]:
    """The labels that are known before anything is rendered."""
    camera_joints = camera_poses(clip.world, clip.cameras)
    return {
        "positions": clip.world.positions,
        "fps": clip.fps,
        "space": clip.world.space,
        "skeleton": clip.world.skeleton.name,
        "world_coco": clip.world_coco.positions,
        "image": clip.image.positions,
        "image_confidence": clip.image.confidence,
        "camera_joints": (camera_joints - camera_joints[:, :1]).astype(np.float32),
        "camera_pelvis": camera_joints[:, 0].astype(np.float32),
        "camera_coco": camera_poses(clip.world_coco, clip.cameras).astype(np.float32),
        "camera_rotation": np.stack([camera.rotation for camera in clip.cameras]),
        "camera_translation": np.stack([camera.translation for camera in clip.cameras]),
        "posture": clip.postures,
        "speed": clip.speeds.astype(np.float32),
    }


def _frames_per_slice(clip: Clip, visibility: np.ndarray) -> dict[str, int]:
    found = [slices_of(*frame) for frame in zip(clip.postures, occluded(visibility), clip.speeds, strict=True)]
    return {name: sum(name in of_frame for of_frame in found) for name in SLICES}


def sidecar(clip: Clip) -> dict[str, Any]:
    """What the JSON says of a clip before anything is rendered."""
    return {
        "exercise": clip.exercise,
        "seed": clip.seed,
        "fps": clip.fps,
        "size": list(clip.size),
        "frames": len(clip),
        "style": clip.performance.style,
        "phenotype": clip.body.phenotype,
        "stretch": dict(clip.body.stretch),
        "height_m": clip.body.height,
        "repetitions": [list(bounds) for bounds in clip.repetitions],
        "mistakes": list(clip.mistakes),
        "phases": list(clip.phases),
        "camera": {key: np.asarray(value).tolist() for key, value in asdict(clip.camera).items()},
        "joints": {
            "image": clip.image.skeleton.name,
            "positions": clip.world.skeleton.name,
            "world_coco": clip.world_coco.skeleton.name,
            "keypoints": clip.world_coco.skeleton.name,
        },
    }
