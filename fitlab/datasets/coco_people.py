"""People labelled with keypoints in photographs, in COCO's layout: one JSON and a folder of images.

Read so: COCO itself, the samples in ``people/``, the Leeds Sports Pose labels in ``lsp/`` (14 joints by
name), what CVAT, Label Studio and Roboflow export (:mod:`fitlab.datasets.labelling_tools`), and anything else whose
``categories`` name the keypoints.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.datasets.coco_checks import by_id, load_coco, numbers, size_of, triples_of
from fitlab.datasets.labelling_tools import picture_file, pictures_beside, plain_name, source_of, with_person_boxes
from fitlab.errors import InputError
from fitlab.skeletons import COCO17, SKELETONS, Skeleton


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
        Subject or clip (``subject``, ``clip`` or ``video`` of the annotation or its image), where the labels say so;
        for Roboflow the clip or picture that the image was made of.
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
    joints: str | Sequence[str] | None = None,
) -> list[LabelledPerson]:
    """The labelled people of one data set.

    Parameters
    ----------
    labels : path of the JSON
    images : path, optional
        Folder of the pictures; default: where COCO and the labelling tools have it beside the JSON.
    skeleton : Skeleton
        Order of the joints in the result.  Joints go by name; one that the data set lacks is not labelled.
    min_keypoints : int
        Leaves out people with fewer labelled joints, and crowds.
    joints : sequence of str, or name of a skeleton, optional
        Names of the file's keypoints in their order, where it has none or only numbers.

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
    content = load_coco(path)
    folders = [Path(images)] if images is not None else pictures_beside(path)
    named = SKELETONS[joints].joints if isinstance(joints, str) and joints in SKELETONS else joints
    orders = {category.get("id"): _order(category, skeleton, named, path) for category in content["categories"]}
    _refuse_unnamed(content["categories"], orders, skeleton, path)
    pictures = by_id(content["images"], "image", path)
    by_id(content["annotations"], "annotation", path)
    people = []
    for annotation in with_person_boxes(content, path):
        where = f"annotation {annotation['id']} of {path}"
        if annotation.get("iscrowd", 0):
            continue
        if annotation.get("image_id") not in pictures or annotation.get("category_id") not in orders:
            raise InputError(f"image and category of {where} must be in the file, got others; add them or leave it out")
        category, picture = annotation["category_id"], pictures[annotation["image_id"]]
        person = _person(annotation, picture, folders, orders[category], where)
        if person is not None and (person.visibility > 0).sum() >= max(min_keypoints, 1):
            people.append(person)
    absent = next((person for person in people if not person.image.is_file()), None)
    if absent is not None:
        raise InputError(
            f"the pictures of {path.name} must lie in {absent.image.parent}, got no {absent.image.name}; name their "
            f"folder (image {absent.image_id})"
        )
    return people


def _order(category: dict[str, Any], skeleton: Skeleton, joints: str | Sequence[str] | None, path: Path) -> np.ndarray:
    """Where each joint of ``skeleton`` is among the category's keypoints, -1 for nowhere: int (K,)."""
    own = [str(name) for name in category.get("keypoints") or ()]
    if isinstance(joints, str):
        raise InputError(f"joints must be a list of names or one of {', '.join(SKELETONS)}, got {joints!r}")
    if joints is not None and len(own) not in (0, len(joints)):
        raise InputError(
            f"joints must be one for each keypoint of category {category.get('id')} of {path}, got {len(joints)} for "
            f"{len(own)}; name all of them in their order"
        )
    names = [plain_name(name) for name in joints or own]
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None and twice in skeleton:
        raise InputError(
            f"keypoints of category {category.get('id')} of {path} must have different names, got {twice} twice; "
            "rename one, or name all in their order: joints=[...]"
        )
    return np.array([names.index(joint) if joint in names else -1 for joint in skeleton.joints])


def _refuse_unnamed(
    categories: Sequence[dict[str, Any]], orders: dict[Any, np.ndarray], skeleton: Skeleton, path: Path
) -> None:
    """Raises InputError where no keypoint is called like a joint of ``skeleton``."""
    if all((order < 0).all() for order in orders.values()):
        names = [str(name) for category in categories for name in category.get("keypoints") or ()]
        raise InputError(
            f"{path} must label joints of {skeleton.name}, got {', '.join(names[:20]) or 'keypoints without names'}; "
            "say what they are, in their order: joints=[nose, left_eye, ...], or joints=coco17"
        )


def _person(
    annotation: dict[str, Any], picture: dict[str, Any], folders: Sequence[Path], order: np.ndarray, where: str
) -> LabelledPerson | None:
    """One annotation; None where none of its joints is labelled."""
    joints = int(order.max()) + 1
    labelled = triples_of(annotation.get("keypoints") or [], joints, where)
    labelled = np.concatenate([labelled, [[0.0, 0.0, 0.0]]])[order]  # -1 takes the last row: not labelled
    visibility = labelled[:, 2].astype(np.int64)
    if not (visibility > 0).any():
        return None
    size, box = size_of(picture, where), numbers(annotation.get("bbox"), 4)
    area = numbers([annotation.get("area")], 1)[0]
    low, high = np.maximum(box[:2], 0), np.minimum(box[:2] + box[2:], size)
    if not (np.isfinite(box).all() and (high > low).all()):
        raise InputError(
            f"box of {where} must lie in its picture {picture['file_name']} of {size[0]:.0f} x {size[1]:.0f} pixels, "
            f"got {annotation.get('bbox')}; correct it"
        )
    return LabelledPerson(
        image=picture_file(folders, str(picture["file_name"])),
        image_size=(int(size[0]), int(size[1])),
        box=box,
        keypoints=np.where(visibility[:, None] > 0, labelled[:, :2], np.nan),
        visibility=visibility,
        area=float(area if area > 0 else box[2] * box[3]),
        image_id=int(picture["id"]),
        annotation_id=int(annotation["id"]),
        slice=str(annotation.get("slice", "")),
        segmentation=annotation.get("segmentation") or None,
        group=_group(annotation) or _group(picture) or source_of(picture),
    )


def _group(entry: dict[str, Any]) -> str:
    return next((f"{key} {entry[key]}" for key in ("subject", "clip", "video") if entry.get(key) is not None), "")
