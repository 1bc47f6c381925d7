"""How labelling tools write COCO keypoints, where they differ from COCO: CVAT, Label Studio, Roboflow.

Read off their writers: CVAT's datumaro (``plugins/data_formats/coco/exporter.py``), Label Studio's SDK
(``converter/converter.py``, ``converter/keypoints.py``), Roboflow's page on the format (COCO Keypoint).
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.datasets.coco_checks import numbers
from fitlab.errors import InputError
from fitlab.formats.hints import joint_name

_ROUNDED = 1.0  # pixels by which Label Studio's rounding may carry a joint over the edge of its box

_FRAME = re.compile(r"(?P<clip>.+_(mp4|mov|avi|mkv|webm|m4v))-\d+", re.IGNORECASE)  # of a video, as Roboflow names it


def plain_name(name: str) -> str:
    """'Right Shoulder', 'right-shoulder', 'RShoulder', 'shoulder_right', 'Shoulder (R)' -> 'right_shoulder'."""
    words = re.sub(r"[\s\-.()]+", "_", name.strip()).strip("_")
    *rest, side = words.split("_")
    if rest and side.lower() in ("left", "right", "l", "r"):
        words = "_".join([side, *rest])
    return joint_name(words.lower() if "_" in words else words)


def pictures_beside(labels: Path) -> list[Path]:
    """Folders in which the pictures of a file of labels may lie, the likeliest first.

    ``images/`` beside it (COCO, Label Studio), its own (Roboflow), and ``images/`` beside its folder, in which CVAT has
    one more for each subset that ``annotations/person_keypoints_<subset>.json`` is named after.
    """
    above = labels.parent.parent / "images"
    subset = labels.stem.removeprefix("person_keypoints_")
    return [labels.parent / "images", labels.parent, above / subset, above]


def picture_file(folders: Sequence[Path], name: str) -> Path:
    """Where a picture lies: in the first folder that has it, else where it should be in the first that exists.

    Names of Windows are understood; of paths and addresses on Label Studio's server the last part counts.
    """
    name = name.replace("\\", "/")
    if Path(name).is_file() and Path(name).is_absolute():
        return Path(name)
    if name.startswith("/") or "://" in name:
        name = name.rsplit("/", 1)[-1]
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    return found or next((folder for folder in folders if folder.is_dir()), folders[0]) / name


def source_of(picture: Mapping[str, Any]) -> str:
    """What a picture of Roboflow was made of: a clip, or a picture with its augmented versions; else empty.

    All of it must be in one part of a split.
    """
    extra = picture.get("extra")
    name = extra.get("name") if isinstance(extra, Mapping) else None
    before, mark, _ = str(picture.get("file_name", "")).partition(".rf.")  # then a hash
    if not (name or mark):
        return ""
    frame = _FRAME.match(before if mark else str(name))
    return f"clip {frame['clip']}" if frame else f"picture {name or before}"


def with_person_boxes(content: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    """The annotations of a file; in Label Studio's, people have the box that was drawn around them.

    Label Studio writes the joints of a picture as one annotation with a box that is tight around them, and rectangles
    as others.  The rectangle that holds all joints is the person's.

    Raises
    ------
    InputError
        If joints lie in several rectangles: they are of several people, and the file does not say of whom.  If a
        rectangle is not made of numbers.
    """
    annotations: list[dict[str, Any]] = content["annotations"]
    info = content.get("info")
    if not isinstance(info, Mapping) or info.get("contributor") != "Label Studio":
        return annotations
    boxes: dict[Any, list[np.ndarray]] = defaultdict(list)
    for annotation in annotations:
        if "keypoints" not in annotation and annotation.get("bbox"):
            boxes[annotation.get("image_id")].append(_rectangle(annotation, path))
    return [_boxed(a, boxes[a.get("image_id")], path) if a.get("keypoints") else a for a in annotations]


def _rectangle(annotation: Mapping[str, Any], path: Path) -> np.ndarray:
    box = numbers(annotation["bbox"], 4)
    if not np.isfinite(box).all():
        raise InputError(
            f"bbox of annotation {annotation.get('id')} of {path} must be x, y, width, height, got "
            f"{annotation['bbox']!r}; correct it"
        )
    return box


def _boxed(annotation: dict[str, Any], boxes: list[np.ndarray], path: Path) -> dict[str, Any]:
    keypoints = annotation["keypoints"]
    if not isinstance(keypoints, list) or len(keypoints) % 3:
        return annotation  # the reader says what is wrong
    triples = numbers(keypoints, len(keypoints)).reshape(-1, 3)
    joints = triples[triples[:, 2] > 0, :2]
    inside = [_inside(joints, box) for box in boxes]
    whole = [box for box, held in zip(boxes, inside, strict=True) if len(joints) and held.all()]
    if whole:
        box = min(whole, key=lambda box: box[2] * box[3])
        return annotation | {"bbox": box.tolist(), "area": float(box[2] * box[3])}
    if sum(bool(held.any()) for held in inside) > 1:
        raise InputError(
            f"image {annotation.get('image_id')} of {path} must show one labelled person, got joints in several boxes: "
            "Label Studio's COCO export mixes them; label one person per picture, or export from CVAT or Roboflow"
        )
    return annotation


def _inside(joints: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Which joints (N, 2) a box holds: bool (N,)."""
    held: np.ndarray = ((joints >= box[:2] - _ROUNDED) & (joints <= box[:2] + box[2:] + _ROUNDED)).all(axis=1)
    return held
