"""CSV: fitlab's own tables, and MediaPipe landmarks as the Exercise-Correction project stores them."""

from pathlib import Path
from typing import cast

import numpy as np
import pandas

from fitlab.errors import InputError
from fitlab.formats.hints import Hints, joint_name, must_be_image, needed, skeleton_named
from fitlab.poses import PoseSequence, Space
from fitlab.skeletons import BLAZEPOSE33, SKELETONS

_MARK = "# fitlab poses:"
_MEDIAPIPE = {
    f"{side}_{joint}": name.format(side)
    for side in ("left", "right")
    for joint, name in (("mouth", "mouth_{}"), ("big_toe", "{}_foot_index"))
}


def write(seq: PoseSequence, path: Path) -> None:
    """The table of ``seq.to_frame()`` under one line of comment that says fps, space, skeleton and image size."""
    size = "" if seq.image_size is None else f" image_size={seq.image_size[0]}x{seq.image_size[1]}"
    with path.open("w", encoding="utf-8", newline="") as file:
        said = f"fps={seq.fps:.17g} space={seq.space} skeleton={seq.skeleton.name} frames={len(seq)}{size}"
        file.write(f"{_MARK} {said}\n")
        seq.to_frame().to_csv(file, index=False, float_format="%.9g", lineterminator="\n")


def write_landmarks(seq: PoseSequence, path: Path) -> None:
    """MediaPipe's 33 landmarks by its names, x and y as shares of the picture, v the confidence; no depth is known.

    A landmark that is missing leaves x and y empty and has v = 0.
    """
    must_be_image(seq, "a table of MediaPipe landmarks")
    size = np.array(needed("image_size", seq.image_size))
    body = seq.to(BLAZEPOSE33)
    columns: dict[str, np.ndarray] = {}
    for k, joint in enumerate(BLAZEPOSE33.joints):
        name = _MEDIAPIPE.get(joint, joint)
        columns |= {f"{name}_{axis}": body.positions[:, k, d] / size[d] for d, axis in enumerate("xy")}
        columns[f"{name}_v"] = body.confidence[:, k]
    pandas.DataFrame(columns).to_csv(path, index=False, float_format="%.7g", lineterminator="\n")


def read(path: Path, hints: Hints) -> PoseSequence:
    """A table with columns ``<joint>_x, _y[, _z]`` and ``_confidence`` or ``_v``, one row per frame."""
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline()
        table = pandas.read_csv(path, comment="#")
    except (UnicodeDecodeError, pandas.errors.ParserError, pandas.errors.EmptyDataError) as error:
        raise InputError(f"{path} must be a table of comma-separated values, got {error}; export it again") from error
    columns = list(table.columns)
    for column in columns:
        if column.endswith(("_x", "_y", "_z", "_v", "_confidence")) and not pandas.api.types.is_numeric_dtype(
            table[column]
        ):
            words = pandas.to_numeric(table[column], errors="coerce").isna() & table[column].notna()
            if not words.any():  # no rows
                continue
            row = int(np.argmax(words))
            raise InputError(
                f"{path} must hold numbers, got {table[column][row]!r} in {column} of frame {row} (from 0)"
            )
    names = [column.removesuffix("_x") for column in columns if column.endswith("_x")]
    if not names:
        raise InputError(
            f"{path} must have columns <joint>_x, <joint>_y, got {', '.join(columns[:6])} ...; rename them"
        )
    if any(f"{name}_v" in columns for name in names):
        return _landmarks(table, names, path, hints)

    said = dict(word.split("=", 1) for word in first.removeprefix(_MARK).split()) if first.startswith(_MARK) else {}
    if int(said.get("frames", len(table))) != len(table):
        raise InputError(f"{path} must have {said['frames']} frames, got {len(table)}; it was cut off, copy it again")
    axes = "xyz" if f"{names[0]}_z" in columns else "xy"
    positions = np.stack([table[[f"{name}_{axis}" for name in names]].to_numpy(float) for axis in axes], axis=-1)
    confidence = np.isfinite(positions).all(axis=-1)
    if all(f"{name}_confidence" in columns for name in names):
        confidence = table[[f"{name}_confidence" for name in names]].to_numpy(float)
        if np.isnan(confidence).any():
            row, joint = np.argwhere(np.isnan(confidence))[0]
            raise InputError(
                f"every row of {path} must have all columns, got none in {names[joint]}_confidence of frame {row} "
                "(from 0); copy it again, or write 0 for what is missing"
            )
    skeleton, order = skeleton_named([joint_name(name) for name in names])
    if said.get("skeleton") in SKELETONS and SKELETONS[said["skeleton"]].joints == tuple(names):
        skeleton, order = SKELETONS[said["skeleton"]], list(range(len(names)))
    size = tuple(int(number) for number in said["image_size"].split("x")) if "image_size" in said else None
    return PoseSequence(
        positions[:, order],
        needed("fps", hints.fps, float(said["fps"]) if "fps" in said else None, _rate(table)),
        hints.skeleton or skeleton,
        cast(Space, needed("space", hints.space, said.get("space"), "image" if axes == "xy" else None)),
        confidence[:, order],
        image_size=hints.image_size or cast(tuple[int, int] | None, size),
        history=(f"read_poses({path.name})",),
    )


def _landmarks(table: pandas.DataFrame, names: list[str], path: Path, hints: Hints) -> PoseSequence:
    """MediaPipe: x and y as shares of the picture's width and height, v the visibility."""
    width, height = needed("image_size", hints.image_size)
    positions = np.stack(
        [table[[f"{name}_x" for name in names]].to_numpy(float) * width]
        + [table[[f"{name}_y" for name in names]].to_numpy(float) * height],
        axis=-1,
    )
    visibility = table[[f"{name}_v" for name in names]].to_numpy(float).clip(0, 1)
    skeleton, order = skeleton_named([joint_name(name) for name in names])
    return PoseSequence(
        positions[:, order],
        needed("fps", hints.fps),
        hints.skeleton or skeleton,
        "image",
        visibility[:, order],
        image_size=(width, height),
        history=(f"read_poses({path.name})",),
    )


def _rate(table: pandas.DataFrame) -> float | None:
    """Frames per second from a column of times in seconds."""
    if "time" not in table or len(table) < 2:
        return None
    step = float(np.median(np.diff(table["time"].to_numpy(float))))
    return 1 / step if step > 0 else None
