"""NumPy archives: fitlab's own, and VideoPose3D's 2D detections."""

import json
import zipfile
from pathlib import Path
from typing import cast

import numpy as np

from fitlab.errors import InputError
from fitlab.formats import videopose3d
from fitlab.formats.hints import Hints, needed
from fitlab.poses import PoseSequence, Space
from fitlab.skeletons import SKELETONS, Skeleton, skeleton_with_joints


def write(seq: PoseSequence, path: Path) -> None:
    """Everything that ``seq`` holds, as arrays and strings without pickle."""
    np.savez_compressed(
        path,
        positions=seq.positions,
        confidence=seq.confidence,
        fps=seq.fps,
        space=seq.space,
        skeleton=seq.skeleton.name,
        joint_names=np.array(seq.skeleton.joints),
        parents=np.array(seq.skeleton.parents),
        image_size=np.array(seq.image_size or (), int),
        history=json.dumps(seq.history),
    )


def read(path: Path, hints: Hints) -> PoseSequence:
    """An archive written by :func:`write`, or a simpler one with at least ``positions`` (T, K, D)."""
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path} must be a NumPy archive, got another kind of file or a part of one; save it again")
    with np.load(path, allow_pickle=False) as archive:
        if "positions_2d" in archive.files:
            return videopose3d.read(path, hints)
        if "positions" not in archive.files:
            raise InputError(
                f"{path} must hold an array 'positions' (T, K, D), got {', '.join(archive.files[:5])} ...; "
                "data sets of many recordings have loaders in fitlab.datasets"
            )
        held = {name: archive[name] for name in archive.files}
    positions = held["positions"]
    if positions.ndim != 3:
        raise InputError(
            f"'positions' in {path} must have shape (T, K, D), got {positions.shape}; add the missing axis"
        )
    space = hints.space or (str(held["space"]) if "space" in held else "image" if positions.shape[-1] == 2 else None)
    size = held.get("image_size", np.array([]))
    return PoseSequence(
        positions,
        needed("fps", hints.fps, float(held["fps"]) if "fps" in held else None),
        needed("skeleton", hints.skeleton, _skeleton(held)),
        cast(Space, needed("space", space)),
        held["confidence"] if "confidence" in held else np.isfinite(positions).all(axis=-1),
        image_size=hints.image_size or ((int(size[0]), int(size[1])) if size.size == 2 else None),
        history=(*json.loads(str(held.get("history", "[]"))), f"read_poses({path.name})"),
    )


def _skeleton(held: dict[str, np.ndarray]) -> Skeleton | None:
    """By joint names and parents if they are there, else by name, else by the number of joints if it is telling."""
    if "joint_names" in held:
        names = tuple(str(name) for name in held["joint_names"])
        known = skeleton_with_joints(names)
        if known is not None:
            return known
        parents = held.get("parents", np.full(len(names), -1))
        return Skeleton(str(held.get("skeleton", "markers")), names, tuple(int(parent) for parent in parents))
    return SKELETONS.get(str(held.get("skeleton")))
