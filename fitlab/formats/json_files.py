"""JSON: COCO keypoint data sets, result lists in COCO's or AlphaPose's layout, one OpenPose frame."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.errors import InputError
from fitlab.formats import openpose
from fitlab.formats.hints import Hints, joint_name, load_json, must_be_image, needed, skeleton_named
from fitlab.formats.people import Candidate, follow
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, COCO23, HALPE26, Skeleton


def read(path: Path, hints: Hints) -> PoseSequence:
    """One person's keypoints; which layout it is shows in the content."""
    content = load_json(path)
    if isinstance(content, dict) and "people" in content:
        return openpose.from_frames([content], path, hints)
    if isinstance(content, dict) and {"images", "annotations"} <= content.keys():
        return _read_data_set(content, path, hints)
    if isinstance(content, list) and content and isinstance(content[0], dict) and "keypoints" in content[0]:
        return _read_results(content, path, hints)
    raise InputError(
        f"{path} must hold COCO keypoints (images and annotations), a list of results with keypoints, or an OpenPose "
        f"frame with people, got {_described(content)}; convert it first"
    )


def write(seq: PoseSequence, path: Path) -> None:
    """A COCO keypoint data set with one image per frame and one person.

    Beside COCO's own fields it holds ``info.fps`` and each person's ``confidence`` per keypoint.
    """
    must_be_image(seq, "a COCO file")
    width, height = seq.image_size or (0, 0)
    images, annotations = [], []
    for t, (keypoints, confidence) in enumerate(zip(seq.positions.astype(float), seq.confidence, strict=True)):
        images.append({"id": t, "file_name": f"{t:06d}.jpg", "width": width, "height": height})
        seen = ~np.isnan(keypoints[:, 0])
        if not seen.any():
            continue
        low, high = keypoints[seen].min(axis=0), keypoints[seen].max(axis=0)
        triples = np.column_stack([np.where(seen[:, None], keypoints, 0.0), np.where(seen, 2, 0)])
        annotations.append(
            {
                "id": t + 1,  # pycocotools takes an id of 0 for "none"
                "image_id": t,
                "category_id": 1,
                "keypoints": [round(float(value), 3) for value in triples.ravel()],
                "num_keypoints": int(seen.sum()),
                "bbox": [round(float(value), 3) for value in (*low, *(high - low))],
                "area": round(float(np.prod(high - low)), 3),
                "iscrowd": 0,
                "score": round(float(confidence[seen].mean()), 4),
                "confidence": [round(float(value), 4) for value in confidence],
            }
        )
    bones = [[parent + 1, child + 1] for parent, child in seq.skeleton.bones]
    category = {"id": 1, "name": "person", "keypoints": list(seq.skeleton.joints), "skeleton": bones}
    info = {"description": "fitlab poses", "fps": seq.fps}
    data_set = {"info": info, "images": images, "annotations": annotations, "categories": [category]}
    path.write_text(json.dumps(data_set), encoding="utf-8")


def write_alphapose(seq: PoseSequence, path: Path) -> None:
    """A list of results as AlphaPose writes them: 17 or 26 keypoints (COCO, Halpe), one entry per frame with a person.

    The score is AlphaPose's: mean and largest confidence together.
    """
    must_be_image(seq, "an AlphaPose file")
    if seq.skeleton not in (COCO17, HALPE26):
        raise InputError(
            f"poses in an AlphaPose file must be coco17 or halpe26, got {seq.skeleton.name}; "
            "convert them, seq.to(COCO17)"
        )
    results = []
    for t, (keypoints, confidence) in enumerate(zip(seq.positions, seq.confidence, strict=True)):
        seen = np.isfinite(keypoints[:, 0])
        if not seen.any():
            continue
        low, high = keypoints[seen].min(axis=0), keypoints[seen].max(axis=0)
        triples = np.column_stack([np.nan_to_num(keypoints), confidence])
        results.append(
            {
                "image_id": f"{t}.jpg",
                "category_id": 1,
                "keypoints": [round(float(value), 4) for value in triples.ravel()],
                "score": round(float(confidence[seen].mean() + confidence.max()), 4),
                "box": [round(float(value), 3) for value in (*low, *(high - low))],
                "idx": 1,
            }
        )
    path.write_text(json.dumps(results), encoding="utf-8")


def _read_data_set(content: Mapping[str, Any], path: Path, hints: Hints) -> PoseSequence:
    """Each image is a frame, in the order of the ids."""
    images = sorted(content["images"], key=lambda image: image["id"])
    if not images:
        raise InputError(f"{path} must list at least one image, got none; an image is a frame")
    names = content.get("categories", [{}])[0].get("keypoints")
    order: list[int] | None = None
    skeleton = hints.skeleton
    if skeleton is None and names:
        skeleton, order = skeleton_named([joint_name(name) for name in names])
    skeleton = needed("skeleton", skeleton)
    people: dict[Any, list[Candidate]] = {image["id"]: [] for image in images}
    for annotation in content["annotations"]:
        if annotation.get("num_keypoints", 1) > 0 and annotation["image_id"] in people:
            people[annotation["image_id"]].append(_candidate(annotation, skeleton, order, path))
    fps = needed("fps", hints.fps, content.get("info", {}).get("fps"))
    positions, confidence = follow([people[image["id"]] for image in images], len(skeleton), fps)
    size = (images[0].get("width") or 0, images[0].get("height") or 0)
    return PoseSequence(
        positions,
        fps,
        skeleton,
        "image",
        confidence,
        hints.image_size or (size if all(size) else None),
        history=(f"read_poses({path.name})",),
    )


def _read_results(results: Sequence[Mapping[str, Any]], path: Path, hints: Hints) -> PoseSequence:
    """``image_id`` numbers the frames, as a number or as the digits of a file name (AlphaPose)."""
    numbers = [_frame_number(result["image_id"], path) for result in results]
    joints = len(results[0]["keypoints"]) // 3
    by_number = {len(s): s for s in (COCO17, COCO23, HALPE26)}
    skeleton = needed("skeleton", hints.skeleton, by_number.get(joints))
    frames: list[list[Candidate]] = [[] for _ in range(min(numbers), max(numbers) + 1)]
    for number, result in zip(numbers, results, strict=True):
        frames[number - min(numbers)].append(_candidate(result, skeleton, None, path))
    fps = needed("fps", hints.fps)
    positions, confidence = follow(frames, len(skeleton), fps)
    history = (f"read_poses({path.name})",)
    return PoseSequence(positions, fps, skeleton, "image", confidence, hints.image_size, history=history)


def _candidate(person: Mapping[str, Any], skeleton: Skeleton, order: list[int] | None, path: Path) -> Candidate:
    """COCO's labels have visibility 0, 1 or 2 in third place, results a score."""
    triples = np.array(person["keypoints"], float).reshape(-1, 3)
    if len(triples) != len(skeleton):
        raise InputError(
            f"people in {path} must have {len(skeleton)} keypoints for skeleton {skeleton.name!r}, got {len(triples)}; "
            "name the skeleton that the file was made with"
        )
    third = np.array(person["confidence"], float) if "confidence" in person else triples[:, 2]
    seen = triples[:, 2] > 0
    keypoints, confidence = np.where(seen[:, None], triples[:, :2], np.nan), np.where(seen, third.clip(0, 1), 0.0)
    return Candidate(keypoints, confidence) if order is None else Candidate(keypoints[order], confidence[order])


def _frame_number(image_id: int | str, path: Path) -> int:
    digits = re.findall(r"\d+", str(image_id))
    if not digits:
        raise InputError(f"image_id in {path} must hold the number of the frame, got {image_id!r}; number the pictures")
    return int(digits[-1])


def _described(content: Any) -> str:
    if isinstance(content, dict):
        return f"an object with {', '.join(list(content)[:5]) or 'nothing in it'}"
    return f"a list of {len(content)} entries" if isinstance(content, list) else type(content).__name__
