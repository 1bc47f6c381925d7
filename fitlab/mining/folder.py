"""What mining leaves on disk: pictures, predictions, a table, a contact sheet, and presets of the studio."""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import yaml
from tqdm.auto import tqdm

from fitlab.datasets.label_book import LABELS, PREDICTIONS
from fitlab.datasets.label_entries import ABSENT, HIDDEN, VISIBLE, annotation, category
from fitlab.detectors.person import SEEN
from fitlab.errors import InputError
from fitlab.files import folder_written_whole, write_text
from fitlab.mining.lookalikes import Catalogue, Lookalike, clip_recipes, picture_preset
from fitlab.mining.miner import Mined
from fitlab.mining.reasons import reasons
from fitlab.mining.sheet import sheet, tile
from fitlab.progress import progress
from fitlab.video import read_pictures

WRITTEN = (PREDICTIONS, "images", "frames.csv", "sheet.jpg", "preset", "config.yaml")
"""What a folder of mined frames holds before anybody labels them."""
JPEG_QUALITY = 95
_SHEET_QUALITY = 88
_BETWEEN_REASONS = "; "


def write_mined(mined: Mined, folder: str | os.PathLike[str], catalogue: Catalogue | None = None) -> pd.DataFrame:
    """Writes the proposed frames of ``mined`` into ``folder``, whole or not at all, and returns their table.

    ``images/`` (whole pictures), ``predictions.json`` (COCO keypoints, for
    :class:`fitlab.datasets.label_book.LabelBook`), ``frames.csv``, ``sheet.jpg`` and, with a catalogue,
    ``preset/lookalikes.yaml`` and ``preset/lookalike_clips.yaml`` for ``fitlab synth --config-dir folder preset=...``.

    Raises
    ------
    InputError
        If ``folder`` holds labels already: they would be lost.
    """
    folder = Path(folder)
    must_hold_no_labels(folder)
    table = frame_table(mined)
    with folder_written_whole(folder, WRITTEN) as made:
        (made / "images").mkdir()
        found = [_annotation(mined, table, row, number) for row, number in enumerate(mined.chosen)]
        content = {
            "info": {"description": "frames proposed by fitlab mine; keypoints are predictions"},
            "categories": [category(mined.skeleton)],
            "images": [_image(mined, table, row, number) for row, number in enumerate(mined.chosen)],
            "annotations": found,
        }
        write_text(made / PREDICTIONS, json.dumps(content, indent=1) + "\n")
        table.to_csv(made / "frames.csv")
        tiles = _write_pictures(mined, table, [one["bbox"] for one in found], made / "images")
        (made / "sheet.jpg").write_bytes(_jpeg(sheet(tiles), _SHEET_QUALITY))
        if catalogue is not None:
            _write_presets(mined, catalogue, made / "preset", folder)
    return table


def must_hold_no_labels(folder: Path) -> None:
    """Raises InputError where corrected labels lie."""
    if (folder / LABELS).exists():
        raise InputError(
            f"the folder of mined frames must hold no {LABELS}, got {folder} with your corrections; choose another name"
        )


def frame_table(mined: Mined) -> pd.DataFrame:
    """One row per proposal: file, clip, frame, time_s, family, doubt, every signal, and why."""
    frames = mined.frames
    rows = [
        {
            "file": f"{row + 1:04d}.jpg",
            "clip": Path(frames.clips[number]).name,
            "frame": int(frames.numbers[number]),
            "time_s": round(float(frames.times[number]), 3),
            "family": int(family) + 1,
            "doubt": round(float(mined.doubt[number]), 4),
            **{name: round(float(values[number]), 4) for name, values in frames.signals.items()},
            "why": _BETWEEN_REASONS.join(why),
        }
        for row, (number, family, why) in enumerate(
            zip(mined.chosen, mined.families, reasons(frames, mined.chosen), strict=True)
        )
    ]
    return pd.DataFrame(rows).set_index("file")


def groups_of(mined: Mined, catalogue: Catalogue) -> list[tuple[list[Lookalike], int]]:
    """Of every family what the studio has like its middle pose, and how many frames it has."""
    return [
        (catalogue.like(mined.frames.positions[middle], mined.skeleton), int((mined.families == family).sum()))
        for family, middle in enumerate(mined.medoids)
    ]


def _write_pictures(
    mined: Mined, table: pd.DataFrame, boxes: Sequence[tuple[float, float, float, float]], folder: Path
) -> list[np.ndarray]:
    """Writes the pictures of the proposals, each clip read once, and returns their tiles of the sheet.

    One picture at a time is in memory: 500 of 1080p would take 3 GB.
    """
    frames = mined.frames
    wanted: dict[Path, list[tuple[int, int]]] = defaultdict(list)
    for row, number in enumerate(mined.chosen):
        wanted[frames.clips[number]].append((int(frames.numbers[number]), row))
    tiles = {}
    for row, picture in progress(_read(wanted), "writing pictures", total=len(mined.chosen)):
        (folder / str(table.index[row])).write_bytes(_jpeg(picture, JPEG_QUALITY))
        number, caption = mined.chosen[row], f"{row + 1}  family {mined.families[row] + 1}"
        positions, confidence = frames.positions[number], frames.confidence[number]
        tiles[row] = tile(picture, boxes[row], positions, confidence, mined.skeleton, caption)
    return [tiles[row] for row in range(len(mined.chosen))]


def _jpeg(picture: np.ndarray, quality: int) -> bytes:
    _, coded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return coded.tobytes()


def _read(wanted: Mapping[Path, list[tuple[int, int]]]) -> Iterator[tuple[int, np.ndarray]]:
    """The row and the picture of every (frame, row) that is wanted of each clip."""
    for clip, pairs in wanted.items():
        ordered = sorted(pairs)
        numbers = [number for number, _ in ordered]
        for (_, row), picture in zip(ordered, read_pictures(clip, numbers), strict=True):
            yield row, np.asarray(picture)


def _image(mined: Mined, table: pd.DataFrame, row: int, number: int) -> dict[str, Any]:
    width, height = (int(side) for side in mined.frames.sizes[number])
    entry = table.iloc[row]
    return {
        "id": row + 1,
        "file_name": str(table.index[row]),
        "width": width,
        "height": height,
        "clip": str(entry["clip"]),
        "frame": int(entry["frame"]),
        "time_s": float(entry["time_s"]),
    }


def _annotation(mined: Mined, table: pd.DataFrame, row: int, number: int) -> dict[str, Any]:
    """The predicted person: joints outside of the picture are absent, those that are hardly seen hidden."""
    frames = mined.frames
    positions, confidence = frames.positions[number], frames.confidence[number]
    size = (int(frames.sizes[number][0]), int(frames.sizes[number][1]))
    inside = ((positions >= 0) & (positions <= size)).all(axis=-1)
    visibility = np.where(inside, np.where(confidence > SEEN, VISIBLE, HIDDEN), ABSENT)
    if not visibility.any():  # the detector is lost altogether: all joints wait at the edge
        positions, visibility = np.clip(positions, 0, size), np.full(len(visibility), HIDDEN)
    return annotation(row + 1, row + 1, positions, visibility, size) | {
        "score": round(float(confidence.mean()), 4),
        "confidence": [round(float(value), 4) for value in confidence],
        "family": int(mined.families[row]) + 1,
        "doubt": round(float(mined.doubt[number]), 4),
        "reasons": str(table["why"].iloc[row]).split(_BETWEEN_REASONS),
    }


def _write_presets(mined: Mined, catalogue: Catalogue, folder: Path, final: Path) -> None:
    """Writes both presets; none where the studio has nothing like any family."""
    groups = groups_of(mined, catalogue)
    if not any(found for found, _ in groups):
        tqdm.write("the studio performs nothing like these frames: no preset is written")
        return
    folder.mkdir()
    told = [f"# family {n}, {frames} frames: {_words(found)}" for n, (found, frames) in enumerate(groups, start=1)]
    command = f"# fitlab synth --config-dir {final} preset="
    _write_preset(
        folder / "lookalikes.yaml",
        [f"{command}lookalikes", "# Labelled pictures of poses like the mined ones.", *told],
        {"defaults": ["unusual_poses", "_self_"], "dataset": picture_preset(groups, catalogue)},
    )
    _write_preset(
        folder / "lookalike_clips.yaml",
        [f"{command}lookalike_clips", "# The same as clips, from the same side.", *told],
        {
            "clips": dict(clip_recipes(groups)),
            "dataset": {"_target_": "fitlab.synthesis.clip_set.ClipSet", "clips": "${clips}"},
        },
    )


def _words(found: Sequence[Lookalike]) -> str:
    each = (f"{one.exercise} ({one.phase}) from {one.azimuth_deg:.0f}°, {one.distance:.2f} away" for one in found)
    return ", ".join(each) or "nothing is like it"


def _write_preset(path: Path, comments: list[str], content: dict[str, Any]) -> None:
    lines = ["# @package _global_", *comments, yaml.safe_dump(content, sort_keys=False, default_flow_style=None)]
    write_text(path, "\n".join(lines))
