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
        If the JSON is not one of COCO keypoints, shares no joint with ``skeleton``, or a picture is missing.
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
    pictures = {image["id"]: image for image in content["images"]}
    people = [
        _person(annotation, pictures[annotation["image_id"]], folder, orders[annotation["category_id"]])
        for annotation in content["annotations"]
        if not annotation.get("iscrowd", 0)
    ]
    people = [person for person in people if (person.visibility > 0).sum() >= max(min_keypoints, 1)]
    absent = next((person.image for person in people if not person.image.is_file()), None)
    if absent is not None:
        raise InputError(f"the pictures of {path.name} must lie in {folder}, got no {absent.name}; name their folder")
    return people


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


def _person(annotation: dict[str, Any], picture: dict[str, Any], folder: Path, order: np.ndarray) -> LabelledPerson:
    triples = np.array(annotation["keypoints"], np.float64).reshape(-1, 3)
    triples = np.concatenate([triples, [[0.0, 0.0, 0.0]]])[order]  # -1 takes the last row: not labelled
    visibility = triples[:, 2].astype(np.int64)
    box = np.array(annotation["bbox"], np.float64)
    return LabelledPerson(
        image=folder / picture["file_name"],
        image_size=(int(picture["width"]), int(picture["height"])),
        box=box,
        keypoints=np.where(visibility[:, None] > 0, triples[:, :2], np.nan),
        visibility=visibility,
        area=float(annotation.get("area") or box[2] * box[3]),
        image_id=int(picture["id"]),
        annotation_id=int(annotation["id"]),
        slice=str(annotation.get("slice", "")),
    )
