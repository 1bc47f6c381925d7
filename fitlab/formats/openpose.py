"""OpenPose: one JSON per frame, {"people": [{"pose_keypoints_2d": [x, y, c, ...]}]}, 25 keypoints (BODY_25)."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.hints import Hints, load_json, must_be_image, needed
from fitlab.formats.people import Candidate, follow
from fitlab.poses import PoseSequence
from fitlab.skeletons import OPENPOSE25, Skeleton

ENDING = "_keypoints.json"


def is_folder(path: Path) -> bool:
    """Whether ``path`` is a folder of OpenPose's frames."""
    return path.is_dir() and next(path.glob(f"*{ENDING}"), None) is not None


def read(path: Path, hints: Hints) -> PoseSequence:
    """A folder of frames, in the order of their names."""
    return from_frames([load_json(file) for file in sorted(path.glob(f"*{ENDING}"))], path, hints)


def write(seq: PoseSequence, folder: Path) -> None:
    """One file per frame into ``folder``, as OpenPose numbers them; joints become BODY_25's by name.

    A frame without a joint has no people.
    """
    must_be_image(seq, "OpenPose files")
    body = seq.to(OPENPOSE25)
    for t, (keypoints, confidence) in enumerate(zip(body.positions, body.confidence, strict=True)):
        triples = np.column_stack([np.nan_to_num(keypoints), confidence])  # (0, 0, 0) is what was not found
        numbers = [round(float(value), 4) for value in triples.ravel()]
        people = [{"person_id": [-1], "pose_keypoints_2d": numbers}] if np.isfinite(keypoints).any() else []
        content = json.dumps({"version": 1.3, "people": people})
        (folder / f"poses_{t:012d}{ENDING}").write_text(content, encoding="utf-8")


def from_frames(frames: list[Any], path: Path, hints: Hints) -> PoseSequence:
    """The contents of the frames' files."""
    skeleton = hints.skeleton or OPENPOSE25
    fps = needed("fps", hints.fps)
    people = [[_candidate(person, skeleton, path) for person in frame["people"]] for frame in frames]
    positions, confidence = follow(people, len(skeleton), fps)
    return PoseSequence(
        positions, fps, skeleton, "image", confidence, hints.image_size, history=(f"read_poses({path.name})",)
    )


def _candidate(person: dict[str, Any], skeleton: Skeleton, path: Path) -> Candidate:
    keypoints = np.array(person["pose_keypoints_2d"], float).reshape(-1, 3)
    if len(keypoints) != len(skeleton):
        raise InputError(
            f"people in {path} must have {len(skeleton)} keypoints for skeleton {skeleton.name!r}, "
            f"got {len(keypoints)}; run OpenPose with --model_pose BODY_25 or name the skeleton"
        )
    seen = keypoints[:, 2] > 0  # OpenPose gives (0, 0, 0) for what it does not find
    return Candidate(np.where(seen[:, None], keypoints[:, :2], np.nan), keypoints[:, 2].clip(0, 1))
