"""What every reader of COCO keypoint labels checks before it believes a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.hints import load_json


def load_coco(path: Path) -> dict[str, Any]:
    """The content of a JSON of COCO keypoint labels: ``images``, ``annotations`` and ``categories`` at least.

    Raises
    ------
    InputError
        If it is no JSON, one of the three is no list of objects, or the keypoints of a category are no list.
    """
    content = load_json(path)
    for part in ("images", "annotations", "categories"):
        entries_of(content, part, path)
    for category in content["categories"]:
        if not isinstance(category.get("keypoints") or [], list):
            raise InputError(
                f"keypoints of category {category.get('id')} of {path} must be a list of names, got "
                f"{category['keypoints']!r}; put them into [ ]"
            )
    return dict(content)


def entries_of(content: Any, part: str, path: Path) -> list[dict[str, Any]]:
    """One part of a file's content; InputError where it is no list of objects, or an id in it is no plain value."""
    entries = content.get(part) if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(
            f"{path} must hold COCO keypoint labels: images, annotations and categories, each a list of objects, got "
            f"others for {part}; export it as COCO keypoints"
        )
    for entry in entries:
        for key in ("id", "image_id", "category_id"):
            if isinstance(entry.get(key), list | dict):
                raise InputError(f"{key} in {part} of {path} must be a number, got {entry[key]!r}; correct it")
    return entries


def by_id(entries: Sequence[dict[str, Any]], kind: str, path: Path) -> dict[int, dict[str, Any]]:
    """Entries by their ``id``; InputError naming the ``kind`` of entry where one is no whole number, or comes twice."""
    found: dict[int, dict[str, Any]] = {}
    for entry in entries:
        if not isinstance(entry.get("id"), int):
            raise InputError(f"ids of {path} must be whole numbers, got {kind} {entry.get('id')!r}; number them anew")
        if entry["id"] in found:
            raise InputError(f"ids of {path} must be unique, got {kind} {entry['id']} twice; number them anew")
        found[entry["id"]] = entry
    return found


def size_of(picture: Mapping[str, Any], where: str) -> np.ndarray:
    """Width and height of an entry of ``images`` in pixels: float64 (2,); InputError without them or a name."""
    size = numbers([picture.get("width"), picture.get("height")], 2)
    if not (np.isfinite(size) & (size > 0)).all() or not picture.get("file_name"):
        told = {key: picture.get(key) for key in ("file_name", "width", "height")}
        raise InputError(
            f"image {picture['id']} of {where} must have file_name, width and height, got {told}; add them"
        )
    return size


def triples_of(values: Any, joints: int, where: str) -> np.ndarray:
    """x, y, visibility of at least so many joints: float64 (J, 3); InputError for anything else."""
    found = numbers(values, len(values) if isinstance(values, list) else 1)
    if not isinstance(values, list) or len(values) % 3 or len(values) < 3 * joints:
        raise InputError(
            f"keypoints of {where} must be x, y, visibility of every joint of its category, "
            f"got {len(found)} numbers; correct the file"
        )
    found = found.reshape(-1, 3)
    if not np.isfinite(found[found[:, 2] > 0]).all() or np.isnan(found[:, 2]).any():
        raise InputError(f"keypoints of {where} must be numbers, got NaN; set their visibility to 0")
    return found


def numbers(values: Any, count: int) -> np.ndarray:
    """So many numbers, NaN for what is none: float64 (count,)."""
    if not isinstance(values, list) or len(values) != count:
        return np.full(count, np.nan)
    return np.array([v if isinstance(v, int | float) else np.nan for v in values], np.float64)
