"""What readers share: what the caller knows, joint names of other programs, who is who in a crowd."""

import json
import pickle
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fitlab.errors import InputError
from fitlab.poses import PoseSequence, Space
from fitlab.skeletons import SKELETONS, Skeleton

UNREADABLE = (
    OSError,
    KeyError,
    IndexError,
    TypeError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    pickle.UnpicklingError,
)
"""What libraries raise on files that are cut off or of another kind (ValueError is handled for itself)."""

Value = TypeVar("Value")


@dataclass(frozen=True)
class Hints:
    """What the caller says about a file; None where nothing was said."""

    fps: float | None = None
    skeleton: Skeleton | None = None
    space: Space | None = None
    image_size: tuple[int, int] | None = None
    clip: str | None = None
    metres_per_unit: float | None = None


def needed(name: str, *values: Value | None) -> Value:
    """The first value that is not None; InputError naming the argument ``name`` where there is none."""
    for value in values:
        if value is not None:
            return value
    where = f"{name}=... on the command line, or " if name in ("fps", "image_size") else ""
    raise InputError(
        f"{name} must be given for this file, which does not say it; use {where}read_poses(path, {name}=...)"
    )


def must_be_image(seq: PoseSequence, files: str) -> None:
    """InputError where ``seq`` is not in image space, the only one that ``files`` have."""
    if seq.space != "image":
        raise InputError(
            f"poses in {files} must be in image space, got {seq.space}; choose .npz, .csv, .nc, .trc, .c3d or .bvh"
        )


def load_json(path: Path) -> Any:
    """The content of a JSON file; InputError where it is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} must be a JSON file, got {error}; check that it is complete") from error


_SYNONYMS = {
    "hip": "pelvis",
    "mid_hip": "pelvis",
    "c_hip": "pelvis",
    "mouth_left": "left_mouth",
    "mouth_right": "right_mouth",
    "left_foot_index": "left_big_toe",
    "right_foot_index": "right_big_toe",
}


def joint_name(label: str) -> str:
    """A joint's name as fitlab spells it: RBigToe, R_BigToe, rightBigToe -> right_big_toe."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", label.strip()).lower()
    words = re.sub(r"[\s\-.]+", "_", words)
    side, _, rest = words.partition("_")
    name = f"{'right' if side == 'r' else 'left'}_{rest}" if rest and side in ("r", "l") else words
    return _SYNONYMS.get(name, name)


def skeleton_named(names: Sequence[str]) -> tuple[Skeleton, list[int]]:
    """The known skeleton with exactly these joints in any order, and where each of its joints is in ``names``.

    Unknown sets of names become a skeleton without bones, called "markers", in the order given.
    """
    for skeleton in SKELETONS.values():
        if set(skeleton.joints) == set(names):
            return skeleton, [list(names).index(joint) for joint in skeleton.joints]
    return Skeleton("markers", tuple(names), (-1,) * len(names)), list(range(len(names)))
