"""COCO's keypoint layout: labelled pictures of the studio as JSON, part by part and all together.

Read by pycocotools and by :mod:`fitlab.datasets.coco_people`.  docs/datasets.md lists what the studio adds.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fitlab.files import written_whole
from fitlab.geometry import Camera
from fitlab.skeletons import COCO23
from fitlab.synthesis.images import LabelledImage
from fitlab.synthesis.labels import OUTSIDE
from fitlab.synthesis.slices import occluded, slices_of

JPEG_QUALITY = 95

HEADER: dict[str, Any] = {
    "info": {"description": "People who exercise, made by fitlab's studio", "version": "1"},
    "licenses": [{"id": 1, "name": "made by fitlab (Apache-2.0) from Anny (Apache-2.0, data CC0)", "url": ""}],
    "categories": [
        {
            "id": 1,
            "name": "person",
            "supercategory": "person",
            "keypoints": list(COCO23.joints),
            "skeleton": [[parent + 1, child + 1] for parent, child in COCO23.bones],
        }
    ],
}
"""What every file of labels begins with; the first 17 keypoints are COCO's own."""


def write_pictures(pictures: Iterable[LabelledImage], folder: Path, first: int, prefix: str) -> Iterable[None]:
    """Writes ``<number>.jpg`` for every picture, then ``labels.json``; yields after every picture.

    Parameters
    ----------
    first : int
        Number of the first picture.
    prefix : str
        Of ``file_name`` in the JSON.
    """
    labels: dict[str, Any] = HEADER | {"images": [], "annotations": []}
    for number, picture in enumerate(pictures, start=first):
        name = f"{number:08d}.jpg"
        _, coded = cv2.imencode(".jpg", picture.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        (folder / name).write_bytes(coded.tobytes())
        labels["images"].append(image_entry(picture, number, prefix + name))
        labels["annotations"].append(annotation_entry(picture, number))
        yield
    (folder / "labels.json").write_text(json.dumps(labels), encoding="utf-8")


def image_entry(picture: LabelledImage, number: int, file_name: str) -> dict[str, Any]:
    """The entry of ``images``: COCO's own keys and ``camera``."""
    width, height = picture.camera.size
    return {
        "id": number,
        "file_name": file_name,
        "width": width,
        "height": height,
        "license": 1,
        "camera": camera_entry(picture.camera),
    }


def camera_entry(camera: Camera) -> dict[str, Any]:
    """The fields of :class:`fitlab.geometry.Camera`."""
    return {
        "rotation": camera.rotation.tolist(),
        "translation": camera.translation.tolist(),
        "focal": [float(value) for value in camera.focal],
        "centre": [float(value) for value in camera.centre],
        "size": [int(side) for side in camera.size],
    }


def annotation_entry(picture: LabelledImage, number: int) -> dict[str, Any]:
    """The entry of ``annotations``: COCO's own keys and what the studio knows in addition."""
    person, camera = picture.person, picture.camera
    labelled = person.visibility != OUTSIDE
    pixels = np.where(labelled[:, None], person.keypoints, 0)
    triples = [
        [round(float(x), 2), round(float(y), 2), int(v)] for (x, y), v in zip(pixels, person.visibility, strict=True)
    ]
    slices = slices_of(picture.posture, bool(occluded(person.visibility)), picture.speed)
    return {
        "id": number,
        "image_id": number,
        "category_id": 1,
        "iscrowd": 0,
        "keypoints": [value for triple in triples for value in triple],
        "num_keypoints": int(labelled.sum()),
        "bbox": list(person.box),
        "area": int(person.mask.sum()),
        "segmentation": person.run_lengths,
        "slice": picture.posture,
        "slices": slices,
        "exercise": picture.exercise,
        "style": picture.style,
        "phase": picture.phase,
        "mistakes": {name: round(strength, 4) for name, strength in picture.mistakes.items()},
        "speed": round(picture.speed, 3),
        "coco23_world": _metres(picture.coco),
        "coco23_camera": _metres(camera.camera_from_world(picture.coco)),
        "h36m17_world": _metres(picture.h36m),
        "h36m17_camera": _metres(camera.camera_from_world(picture.h36m)),
    }


def merge(parts: Iterable[Path], path: Path) -> None:
    """One JSON of the ``labels.json`` of all ``parts``, in their order; holds one part at a time in memory."""
    folders = list(parts)
    with written_whole(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.write(json.dumps(HEADER)[:-1])
        for key in ("images", "annotations"):
            file.write(f', "{key}": [')
            for number, folder in enumerate(folders):
                entries = json.loads((folder / "labels.json").read_text(encoding="utf-8"))[key]
                file.write((",\n" if number else "\n") + ",\n".join(json.dumps(entry) for entry in entries))
            file.write("\n]")
        file.write("}\n")


def _metres(points: np.ndarray) -> list[list[float]]:
    """To a tenth of a millimetre."""
    return [[round(float(value), 4) for value in point] for point in points]
