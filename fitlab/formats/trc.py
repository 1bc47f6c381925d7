"""TRC: marker trajectories as OpenSim reads them, with y up; here in metres."""

from pathlib import Path

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.conventions import in_metres, y_up, z_up
from fitlab.formats.hints import Hints, joint_name, needed, skeleton_named
from fitlab.poses import PoseSequence


def write(seq: PoseSequence, path: Path) -> None:
    """World-space poses with the world's z as y; a missing joint leaves its fields empty."""
    if seq.space != "world":
        raise InputError(
            f"poses in a TRC file must be in world space, got {seq.space}; ground them first or choose .npz"
        )
    points = y_up(seq.positions.astype(np.float64))  # (T, K, 3)
    rate, joints = f"{seq.fps:.10g}", seq.skeleton.joints
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate}\t{rate}\t{len(seq)}\t{len(joints)}\tm\t{rate}\t1\t{len(seq)}",
        "Frame#\tTime\t" + "\t\t\t".join(joints) + "\t\t",
        "\t\t" + "\t".join(f"X{k}\tY{k}\tZ{k}" for k in range(1, len(joints) + 1)),
        "",
    ]
    for t, (time, row) in enumerate(zip(seq.times, points.reshape(len(seq), -1), strict=True)):
        values = "\t".join("" if np.isnan(value) else f"{value:.6f}" for value in row)
        lines.append(f"{t + 1}\t{time:.6f}\t{values}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(path: Path, hints: Hints) -> PoseSequence:
    """Markers named like joints, y up, in world space."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if len(lines) < 6 or not lines[0].startswith("PathFileType"):
        raise InputError(
            f"{path} must begin with PathFileType and five lines of header, got {lines[:1]}; export it again"
        )
    said = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=False))
    labels = [label for label in lines[3].split("\t")[2:] if label.strip()]
    rows = [line.split("\t") for line in lines[5:] if line.strip()]
    _must_be_whole(path, said, labels, rows)
    values = np.full((len(rows), 3 * len(labels)), np.nan)
    for t, row in enumerate(rows):
        fields = row[2 : 2 + values.shape[1]]
        values[t, : len(fields)] = [float(field) if field.strip() else np.nan for field in fields]
    points = values.reshape(len(rows), len(labels), 3)
    skeleton, order = skeleton_named([joint_name(label) for label in labels])
    return PoseSequence(
        in_metres(z_up(points), said.get("Units", "").strip(), path, hints)[:, order],
        needed("fps", hints.fps, float(said["DataRate"])),
        hints.skeleton or skeleton,
        hints.space or "world",
        history=(f"read_poses({path.name})",),
    )


def _must_be_whole(path: Path, said: dict[str, str], labels: list[str], rows: list[list[str]]) -> None:
    """The header says how much there should be; a row that ends before its last marker was cut off."""
    for what, there in (("NumMarkers", len(labels)), ("NumFrames", len(rows))):
        if int(float(said[what])) != there:
            raise InputError(
                f"{path} must have {said[what]} by its {what}, got {there}; it was cut off or edited, export it again"
            )
    wanted = 2 + 3 * (len(labels) - 1) + 1  # empty fields at the end may be left out, a marker may not begin in none
    short = [t for t, row in enumerate(rows) if len(row) < wanted]
    if short:
        raise InputError(
            f"row {short[0] + 1} of {path} must have {2 + 3 * len(labels)} fields, got {len(rows[short[0]])}; "
            "it was cut off, export it again"
        )
