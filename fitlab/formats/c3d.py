"""C3D: points as motion capture systems store them, through ezc3d; millimetres, z up."""

import struct
from pathlib import Path

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.hints import Hints, joint_name, needed, skeleton_named
from fitlab.poses import PoseSequence

_METRES = {"m": 1.0, "mm": 0.001, "cm": 0.01}


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
    """Points named like joints, in world space, z up."""
    import ezc3d

    try:
        file = ezc3d.c3d(str(path))
    except Exception as error:  # ezc3d raises bare RuntimeError, OSError and others from C++
        raise InputError(f"{path} must be a readable C3D file, got {error}; export it again") from error
    point = file["parameters"]["POINT"]
    _must_be_whole(path, file["data"]["points"].shape[-1])
    units = (point["UNITS"]["value"] or ["mm"])[0].strip().lower()
    if units not in _METRES:
        raise InputError(f"POINT:UNITS in {path} must be one of {', '.join(_METRES)}, got {units!r}")
    points = file["data"]["points"][:3].transpose(2, 1, 0) * _METRES[units]  # (T, K, 3)
    residuals = file["data"]["meta_points"]["residuals"][0].T  # (T, K)
    points[residuals < 0] = np.nan
    labels = [joint_name(label) for label in point["LABELS"]["value"][: points.shape[1]]]
    skeleton, order = skeleton_named(labels)
    return PoseSequence(
        points[:, order],
        needed("fps", hints.fps, float(point["RATE"]["value"][0])),
        hints.skeleton or skeleton,
        hints.space or "world",
        history=(f"read_poses({path.name})",),
    )


def _must_be_whole(path: Path, frames: int) -> None:
    """ezc3d reads what there is of a file that was cut off; the file's first block says how much there should be."""
    with path.open("rb") as file:
        block = file.read(512)
        file.seek(512 * (block[0] - 1) + 3)
        intel = file.read(1) == b"\x54"  # the usual byte order of three
    first, last = struct.unpack_from("<HH", block, 6)
    if intel and frames < last - first + 1 < 65535:
        raise InputError(f"{path} must have {last - first + 1} frames, got {frames}; it was cut off, copy it again")
