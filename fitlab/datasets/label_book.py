"""Labels that a person corrects frame by frame: every change is on disk before the next one is made.

A folder holds ``images/``, ``predictions.json`` (COCO keypoints, left as it is) and, from the first change on,
``labels.json``: COCO keypoints of the accepted frames alone, so that every reader of COCO can train on it at any time.
What is not accepted stands in the same file under ``waiting``, which those readers do not look at.
"""

import json
import os
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.datasets.label_entries import ABSENT, HIDDEN, VISIBLE, annotation
from fitlab.errors import InputError, SetupError
from fitlab.files import write_text
from fitlab.formats.hints import load_json

PREDICTIONS, LABELS = "predictions.json", "labels.json"
WAITING, ACCEPTED, REJECTED = "waiting", "accepted", "rejected"
_KEYS = {"images", "annotations", "categories"}


@dataclass(frozen=True)
class _Change:
    number: int
    before: dict[str, Any]
    after: dict[str, Any]


class LabelBook:
    """The frames of a folder, one labelled person in each.

    Parameters
    ----------
    folder : path

    Attributes
    ----------
    at : int
        The frame that is looked at; also kept in the file.
    joints : tuple of K str
    bones : tuple of (int, int)
        Pairs of joints to draw a line between.

    Raises
    ------
    InputError
        If the folder holds neither file, or one that is none of COCO keypoints.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.path = self.folder / LABELS
        source = self.path if self.path.is_file() else self.folder / PREDICTIONS
        if not source.is_file():
            raise InputError(
                f"the folder of labels must hold {PREDICTIONS} or {LABELS}, got {self.folder}; "
                "make it with fitlab mine video=..."
            )
        content = load_json(source)
        if not isinstance(content, dict) or not content.keys() >= _KEYS or not content["categories"]:
            raise InputError(f"{source} must hold COCO keypoint labels: images, annotations and categories")
        self._rest = {key: value for key, value in content.items() if key not in ("images", "annotations", "waiting")}
        self.at = int(content.get("info", {}).get("at", 0))
        self.joints = tuple(content["categories"][0]["keypoints"])
        self.bones = tuple((int(a) - 1, int(b) - 1) for a, b in content["categories"][0].get("skeleton", []))
        self._images, self._people = _frames(content, source, len(self.joints))
        self.at = min(max(self.at, 0), len(self) - 1)
        self._done: list[_Change] = []
        self._undone: list[_Change] = []
        self._written = _stamp(self.path)

    def __len__(self) -> int:
        return len(self._people)

    # ---------------------------------------------------------------- what is there

    def picture(self, number: int) -> Path:
        """File of a frame's picture."""
        name = self._images[number]["file_name"]
        inside = self.folder / "images" / name
        return inside if inside.is_file() else self.folder / name

    def size(self, number: int) -> tuple[int, int]:
        """(width, height) pixels."""
        return int(self._images[number]["width"]), int(self._images[number]["height"])

    def keypoints(self, number: int) -> np.ndarray:
        """(K, 2) pixels, NaN where a joint is absent."""
        triples = self._triples(number)
        return np.where(triples[:, 2:] > 0, triples[:, :2], np.nan)

    def visibility(self, number: int) -> np.ndarray:
        """(K,) int: 0 absent, 1 hidden, 2 visible."""
        return self._triples(number)[:, 2].astype(int)

    def state(self, number: int) -> str:
        """``waiting``, ``accepted`` or ``rejected``."""
        return str(self._people[number].get("state", WAITING))

    def about(self, number: int) -> dict[str, Any]:
        """What else the file says of a frame: of the picture (``clip``, ``time_s``) and the person (``reasons``)."""
        told = {"id", "image_id", "keypoints", "bbox", "category_id", "iscrowd", "area", "num_keypoints", "state"}
        both = self._images[number] | self._people[number]
        return {key: value for key, value in both.items() if key not in told}

    @property
    def tally(self) -> dict[str, int]:
        """State -> how many frames."""
        counts = Counter(self.state(number) for number in range(len(self)))
        return {state: counts[state] for state in (WAITING, ACCEPTED, REJECTED)}

    # ---------------------------------------------------------------- what can be done

    def move(self, number: int, joint: int, place: tuple[float, float]) -> None:
        """Puts a joint at ``place``, pixels, drawn into the picture; one that was absent is then visible."""
        triples = self._triples(number)
        triples[joint] = (*np.clip(place, 0, self.size(number)), triples[joint, 2] or VISIBLE)
        self._set(number, triples)

    def mark(self, number: int, joint: int, visibility: int) -> None:
        """Calls a joint visible (2), hidden (1) or absent (0); an absent one must be put somewhere first."""
        if visibility not in (ABSENT, HIDDEN, VISIBLE):
            raise InputError(f"visibility must be 0, 1 or 2, got {visibility!r}; 0 is absent, 1 hidden, 2 visible")
        triples = self._triples(number)
        if visibility != ABSENT and triples[joint, 2] == ABSENT:
            raise InputError(f"{self.joints[joint]} must be somewhere in the picture, got absent; click where it is")
        triples[joint, 2] = visibility
        self._set(number, triples)

    def label(self, number: int, keypoints: np.ndarray, visibility: np.ndarray) -> None:
        """All joints of a frame at once: (K, 2) pixels and (K,) of 0, 1, 2; what was there can be undone."""
        self._set(number, np.column_stack([keypoints, visibility]).astype(float))

    def decide(self, number: int, state: str) -> None:
        """Accepts a frame for training, rejects it, or lets it wait again."""
        if state not in (WAITING, ACCEPTED, REJECTED):
            raise InputError(f"state must be {WAITING}, {ACCEPTED} or {REJECTED}, got {state!r}; correct the word")
        if state == ACCEPTED and not self.visibility(number).any():
            raise InputError("an accepted frame must have at least one joint, got none; reject it instead")
        self._apply(_Change(number, self._people[number], self._people[number] | {"state": state}))

    def go(self, number: int) -> None:
        """Looks at another frame; beyond the ends it stays at the first or last one."""
        before, self.at = self.at, min(max(number, 0), len(self) - 1)
        if self.at != before:
            self._save_or(lambda: setattr(self, "at", before))

    def undo(self) -> None:
        """Takes back the last change since the book was opened and looks at its frame; nothing where there is none."""
        if self._done:
            change = self._done[-1]
            self._replace(change.number, change.after, change.before)
            self._undone.append(self._done.pop())

    def redo(self) -> None:
        """Makes the change again that was taken back last."""
        if self._undone:
            change = self._undone[-1]
            self._replace(change.number, change.before, change.after)
            self._done.append(self._undone.pop())

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is one to make again."""
        return bool(self._undone)

    # ---------------------------------------------------------------- how it is kept

    def _triples(self, number: int) -> np.ndarray:
        return np.array(self._people[number]["keypoints"], float).reshape(-1, 3)

    def _set(self, number: int, triples: np.ndarray) -> None:
        person = self._people[number]
        visibility = triples[:, 2].astype(int)
        if visibility.any():
            told = annotation(person["id"], person["image_id"], triples[:, :2], visibility, self.size(number))
        else:  # the box stays where the person was
            told = {"keypoints": [0] * triples.size, "num_keypoints": 0}
        # An outline that came with the labels no longer fits; the box is that of the joints.
        kept = {key: value for key, value in person.items() if key != "segmentation"}
        self._apply(_Change(number, person, kept | told | {"category_id": person["category_id"]}))

    def _apply(self, change: _Change) -> None:
        if change.before == change.after:
            return
        self._replace(change.number, change.before, change.after)
        self._done.append(change)
        self._undone.clear()

    def _replace(self, number: int, before: dict[str, Any], after: dict[str, Any]) -> None:
        was_at, self.at = self.at, number
        self._people[number] = after

        def take_back() -> None:
            self._people[number], self.at = before, was_at

        self._save_or(take_back)

    def _save_or(self, take_back: Any) -> None:
        """Writes the file; where that fails, what is in memory is again what is on disk."""
        try:
            if _stamp(self.path) != self._written:
                raise SetupError(
                    f"{self.path} must be changed by one panel at a time, got a change by another; open the folder anew"
                )
            write_text(self.path, json.dumps(self._content(), indent=1) + "\n")
        except BaseException:
            take_back()
            raise
        self._written = _stamp(self.path)

    def _content(self) -> dict[str, Any]:
        parts: dict[bool, dict[str, list[Any]]] = {kind: {"images": [], "annotations": []} for kind in (True, False)}
        for image, person in zip(self._images, self._people, strict=True):
            part = parts[person.get("state") == ACCEPTED]
            if image not in part["images"]:  # of several people
                part["images"].append(image)
            part["annotations"].append(person)
        info = {**self._rest.get("info", {}), "at": self.at}
        return {**self._rest, "info": info, **parts[True], "waiting": parts[False]}


def _frames(content: dict[str, Any], source: Path, joints: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Images and people side by side, by the number of the person."""
    waiting = content.get("waiting", {})
    images = {entry["id"]: entry for entry in (*content["images"], *waiting.get("images", []))}
    people = sorted((*content["annotations"], *waiting.get("annotations", [])), key=lambda entry: entry["id"])
    if not people:
        raise InputError(f"{source} must hold at least one labelled person, got none; mine some frames first")
    for person in people:
        if person.get("image_id") not in images or len(person.get("keypoints", [])) != 3 * joints:
            raise InputError(
                f"annotation {person['id']} of {source} must have its image and {joints} keypoints in the file, got "
                "less; correct it"
            )
    return [images[person["image_id"]] for person in people], [deepcopy(person) for person in people]


def _stamp(path: Path) -> tuple[int, int] | None:
    """When a file was written, and how long it is; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
