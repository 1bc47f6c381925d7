"""People labelled with keypoints in photographs, in COCO's layout: one JSON and a folder of images.

Read so: COCO itself, the samples in ``people/``, the Leeds Sports Pose labels in ``lsp/`` (14 joints by
name), and anything else whose ``categories`` name the keypoints.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.hints import joint_name, load_json
from fitlab.skeletons import COCO17, Skeleton


@dataclass(frozen=True, eq=False)
class LabelledPerson:
    """One person in one picture.

    Parameters
    ----------
    image : Path
    image_size : (width, height) pixels
    box : float64 (4,)
        x, y, width, height in pixels: COCO's ``bbox``.
    keypoints : float64 (K, 2)
        Pixels, NaN where a joint is not labelled.
    visibility : int64 (K,)
        COCO's: 0 not labelled, 1 labelled though hidden, 2 visible.
    area : float
        Pixels**2 of the person's segment, for :func:`fitlab.metrics.oks`.
    image_id, annotation_id : int
        Of the JSON.
    slice : str
        ``upright``, ``horizontal``, ``inverted`` where the labels say so, else empty.
    segmentation : mapping or list, optional
        COCO's run lengths or polygons of the person.
    group : str
        Subject or clip (``subject``, ``clip`` or ``video`` of the annotation or its image), where the labels say so.
    """

    image: Path
    image_size: tuple[int, int]
    box: np.ndarray
    keypoints: np.ndarray
    visibility: np.ndarray
    area: float
    image_id: int
    annotation_id: int
    slice: str = ""
    segmentation: Any = None
    group: str = ""


def load(
    labels: str | os.PathLike[str],
    images: str | os.PathLike[str] | None = None,
    *,
    skeleton: Skeleton = COCO17,
    min_keypoints: int = 1,
) -> list[LabelledPerson]:
    """The labelled people of one data set.

    Parameters
    ----------
    labels : path of the JSON
    images : path, optional
        Folder of the pictures; by default ``images/`` beside the JSON if there is one, else the JSON's own.
    skeleton : Skeleton
        Order of the joints in the result.  Joints go by name; one that the data set lacks is not labelled.
    min_keypoints : int
        Leaves out people with fewer labelled joints, and crowds.

    Returns
    -------
    people : list of LabelledPerson, in the order of the JSON

    Raises
    ------
    InputError
        If the JSON is not one of COCO keypoints or shares no joint with ``skeleton``; and, with file and id, if an id
        comes twice, a picture is missing, a box lies outside of its picture or keypoints are none.
    """
    path = Path(labels)
    if not path.is_file():
        raise InputError(f"the file of labels must exist, got {path}; check the name")
    content = load_json(path)
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= content.keys():
        raise InputError(f"{path} must hold COCO keypoint labels: images, annotations and categories")
    folder = Path(images) if images is not None else _image_folder(path)
    orders = {category["id"]: _order(category, skeleton) for category in content["categories"]}
    if all((order < 0).all() for order in orders.values()):
        raise InputError(f"{path} must label joints of {skeleton.name}, got none of {', '.join(skeleton.joints)}")
    pictures = _by_id(content["images"], "image", path)
    _by_id(content["annotations"], "annotation", path)
    people = []
    for annotation in content["annotations"]:
        where = f"annotation {annotation['id']} of {path}"
        if annotation.get("iscrowd", 0):
            continue
        if annotation.get("image_id") not in pictures or annotation.get("category_id") not in orders:
            raise InputError(f"image and category of {where} must be in the file, got others; add them or leave it out")
        category, picture = annotation["category_id"], pictures[annotation["image_id"]]
        people.append(_person(annotation, picture, folder, orders[category], where))
    people = [person for person in people if (person.visibility > 0).sum() >= max(min_keypoints, 1)]
    absent = next((person for person in people if not person.image.is_file()), None)
    if absent is not None:
        raise InputError(
            f"the pictures of {path.name} must lie in {folder}, got no {absent.image.name}; name their folder "
            f"(image {absent.image_id})"
        )
    return people


def _by_id(entries: Sequence[dict[str, Any]], kind: str, path: Path) -> dict[Any, dict[str, Any]]:
    found: dict[Any, dict[str, Any]] = {}
    for entry in entries:
        if entry.get("id") in found:
            raise InputError(f"ids of {path} must be unique, got {kind} {entry['id']} twice; number them anew")
        found[entry.get("id")] = entry
    return found


def _image_folder(labels: Path) -> Path:
    beside = labels.parent / "images"
    return beside if beside.is_dir() else labels.parent


def _order(category: dict[str, Any], skeleton: Skeleton) -> np.ndarray:
    """Where each joint of ``skeleton`` is among the category's keypoints, -1 for nowhere: int (K,)."""
    names: Sequence[str] = [_plain(name) for name in category.get("keypoints", [])]
    return np.array([names.index(joint) if joint in names else -1 for joint in skeleton.joints])


def _plain(name: str) -> str:
    """'Right Shoulder', 'right_shoulder', 'RShoulder' -> 'right_shoulder'."""
    return joint_name(name.replace(" ", "_").lower() if " " in name else name)


def _person(
    annotation: dict[str, Any], picture: dict[str, Any], folder: Path, order: np.ndarray, where: str
) -> LabelledPerson:
    joints = int(order.max()) + 1
    numbers = annotation.get("keypoints", [])
    if len(numbers) % 3 or len(numbers) < 3 * joints:
        raise InputError(
            f"keypoints of {where} must be x, y, visibility of every joint of its category, "
            f"got {len(numbers)} numbers; correct the file"
        )
    triples = np.array(numbers, np.float64).reshape(-1, 3)
    if not np.isfinite(triples[triples[:, 2] > 0]).all() or np.isnan(triples[:, 2]).any():
        raise InputError(f"keypoints of {where} must be numbers, got NaN; set their visibility to 0")
    triples = np.concatenate([triples, [[0.0, 0.0, 0.0]]])[order]  # -1 takes the last row: not labelled
    visibility = triples[:, 2].astype(np.int64)
    box = np.array(annotation["bbox"], np.float64)
    width, height = int(picture["width"]), int(picture["height"])
    if (visibility > 0).any():
        low, high = np.maximum(box[:2], 0), np.minimum(box[:2] + box[2:], (width, height))
        if not (np.isfinite(box).all() and (high > low).all()):
            raise InputError(
                f"box of {where} must lie in its picture {picture['file_name']} of {width} x {height} pixels, "
                f"got {box.tolist()}; correct it"
            )
    return LabelledPerson(
        image=folder / picture["file_name"],
        image_size=(width, height),
        box=box,
        keypoints=np.where(visibility[:, None] > 0, triples[:, :2], np.nan),
        visibility=visibility,
        area=float(annotation.get("area") or box[2] * box[3]),
        image_id=int(picture["id"]),
        annotation_id=int(annotation["id"]),
        slice=str(annotation.get("slice", "")),
        segmentation=annotation.get("segmentation") or None,
        group=_group(annotation) or _group(picture),
    )


def _group(entry: dict[str, Any]) -> str:
    return next((f"{key} {entry[key]}" for key in ("subject", "clip", "video") if entry.get(key) is not None), "")
