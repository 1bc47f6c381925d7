"""C3D: points as motion capture systems store them, through ezc3d; written in millimetres, z up."""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.conventions import in_metres
from fitlab.formats.hints import Hints, joint_name, needed, skeleton_named
from fitlab.poses import PoseSequence


def write(seq: PoseSequence, path: Path) -> None:
    """World-space poses, one point per joint; a missing joint has residual -1, which marks it as invalid."""
    import ezc3d

    if seq.space != "world":
        raise InputError(
            f"poses in a C3D file must be in world space, got {seq.space}; ground them first or choose .npz"
        )
    file = ezc3d.c3d()
    point = file["parameters"]["POINT"]
    point["UNITS"]["value"] = ["mm"]
    point["RATE"]["value"] = [seq.fps]
    point["LABELS"]["value"] = list(seq.skeleton.joints)
    file.add_parameter("POINT", "X_SCREEN", ["+X"])
    file.add_parameter("POINT", "Y_SCREEN", ["+Z"])  # z up
    points = np.ones((4, len(seq.skeleton), len(seq)))
    points[:3] = seq.positions.transpose(2, 1, 0) * 1000.0  # (3, K, T)
    file["data"]["points"] = points
    file["data"]["meta_points"]["residuals"] = np.where(seq.missing.T, -1.0, 0.0)[None]
    file.write(str(path))


def read(path: Path, hints: Hints) -> PoseSequence:
    """Points named like joints, in world space; which axis is up is in POINT:Y_SCREEN, else it is z."""
    import ezc3d

    try:
        file = ezc3d.c3d(str(path))
    except Exception as error:  # ezc3d raises bare RuntimeError, OSError and others from C++
        raise InputError(f"{path} must be a readable C3D file, got {error}; export it again") from error
    point = file["parameters"]["POINT"]
    _must_be_whole(path, file["data"]["points"].shape[-1])
    points = file["data"]["points"][:3].transpose(2, 1, 0).copy()  # (T, K, 3)
    residuals = file["data"]["meta_points"]["residuals"][0].T  # (T, K)
    points[residuals < 0] = np.nan
    units = (point["UNITS"]["value"] or ["mm"])[0].strip().lower()
    points = in_metres(points @ _world_from_file(point, path).T, units, path, hints)
    labels = [joint_name(label) for label in point["LABELS"]["value"][: points.shape[1]]]
    skeleton, order = skeleton_named(labels)
    return PoseSequence(
        points[:, order],
        needed("fps", hints.fps, float(point["RATE"]["value"][0])),
        hints.skeleton or skeleton,
        hints.space or "world",
        history=(f"read_poses({path.name})",),
    )


def _world_from_file(point: Mapping[str, Any], path: Path) -> np.ndarray:
    """(3, 3): x to the right of the screen, z up."""
    right, up = (_axis(point, name, default, path) for name, default in (("X_SCREEN", "+X"), ("Y_SCREEN", "+Z")))
    if abs(right @ up) > 0:
        raise InputError(f"X_SCREEN and Y_SCREEN in {path} must be two axes, got one twice; correct the parameters")
    return np.stack([right, np.cross(up, right), up])


def _axis(point: Mapping[str, Any], name: str, default: str, path: Path) -> np.ndarray:
    said = "".join(point[name]["value"]).strip().upper() if name in point and point[name]["value"] else default
    sign, letter = ("-" if said.startswith("-") else "+"), said.lstrip("+-")
    if letter not in ("X", "Y", "Z"):
        raise InputError(f"POINT:{name} in {path} must be one of +X .. -Z, got {said!r}; correct the parameter")
    return (-1.0 if sign == "-" else 1.0) * np.eye(3)["XYZ".index(letter)]


def _must_be_whole(path: Path, frames: int) -> None:
    """ezc3d reads what there is of a file that was cut off; the file's first block says how much there should be."""
    with path.open("rb") as file:
        block = file.read(512)
        file.seek(512 * (block[0] - 1) + 3)
        intel = file.read(1) == b"\x54"  # the usual byte order of three
    first, last = struct.unpack_from("<HH", block, 6)
    if intel and frames < last - first + 1 < 65535:
        raise InputError(f"{path} must have {last - first + 1} frames, got {frames}; it was cut off, copy it again")
