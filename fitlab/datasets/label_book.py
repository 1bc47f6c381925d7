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

from fitlab.datasets.coco_checks import by_id, entries_of, load_coco, size_of, triples_of
from fitlab.datasets.label_entries import ABSENT, HIDDEN, VISIBLE, annotation
from fitlab.errors import InputError, SetupError
from fitlab.files import write_text

PREDICTIONS, LABELS = "predictions.json", "labels.json"
WAITING, ACCEPTED, REJECTED = "waiting", "accepted", "rejected"


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
        content = load_coco(source)
        self._rest = {key: value for key, value in content.items() if key not in ("images", "annotations", "waiting")}
        self._info = _info(content, source)
        self.joints, self.bones = _joints_and_bones(content, source)
        self._images, self._people = _frames(content, source, len(self.joints))
        self.at = self._existing(self._info.get("at", 0))
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
        """All joints of a frame at once: (K, 2) pixels and (K,) of 0, 1, 2; what was there can be undone.

        Joints are drawn into the picture; one that is not absent must have a place.
        """
        places, marks, joints = np.asarray(keypoints, float), np.asarray(visibility), len(self.joints)
        if places.shape != (joints, 2) or marks.shape != (joints,):
            raise InputError(
                f"labels of a frame must be ({joints}, 2) pixels and ({joints},) visibilities, got {places.shape} and "
                f"{marks.shape}; give all joints"
            )
        if not np.isin(marks, (ABSENT, HIDDEN, VISIBLE)).all():
            raise InputError(f"visibility must be 0, 1 or 2, got {marks.tolist()}; 0 is absent, 1 hidden, 2 visible")
        self._set(number, np.column_stack([np.clip(places, 0, self.size(number)), marks]))

    def decide(self, number: int, state: str, look_at: int | None = None) -> None:
        """Accepts a frame for training, rejects it, or lets it wait again; then looks at ``look_at`` (see :meth:`go`).

        Both are written at once.
        """
        if state not in (WAITING, ACCEPTED, REJECTED):
            raise InputError(f"state must be {WAITING}, {ACCEPTED} or {REJECTED}, got {state!r}; correct the word")
        if state == ACCEPTED and not self.visibility(number).any():
            raise InputError("an accepted frame must have at least one joint, got none; reject it instead")
        self._apply(_Change(number, self._people[number], self._people[number] | {"state": state}), look_at)

    def go(self, number: int) -> None:
        """Looks at another frame; beyond the ends it stays at the first or last one."""
        before, self.at = self.at, self._existing(number)
        if self.at != before:
            self._save_or(lambda: setattr(self, "at", before))

    def undo(self) -> None:
        """Takes back the last change since the book was opened and looks at its frame; nothing where there is none."""
        if self._done:
            change = self._done[-1]
            self._replace(change.number, change.after, change.before, change.number)
            self._undone.append(self._done.pop())

    def redo(self) -> None:
        """Makes the change again that was taken back last."""
        if self._undone:
            change = self._undone[-1]
            self._replace(change.number, change.before, change.after, change.number)
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

    def _existing(self, number: int) -> int:
        return min(max(number, 0), len(self) - 1)

    def _triples(self, number: int) -> np.ndarray:
        return np.array(self._people[number]["keypoints"], float).reshape(-1, 3)

    def _set(self, number: int, triples: np.ndarray) -> None:
        person = self._people[number]
        visibility = triples[:, 2].astype(int)
        nowhere = np.flatnonzero((visibility > 0) & np.isnan(triples[:, :2]).any(axis=1))
        if nowhere.size:
            raise InputError(f"{self.joints[nowhere[0]]} must be somewhere in the picture, got NaN; mark it absent (0)")
        if visibility.any():
            told = annotation(person["id"], person["image_id"], triples[:, :2], visibility, self.size(number))
        else:  # the box stays where the person was
            told = {"keypoints": [0] * triples.size, "num_keypoints": 0}
        # An outline that came with the labels no longer fits; the box is that of the joints.
        kept = {key: value for key, value in person.items() if key != "segmentation"}
        self._apply(_Change(number, person, kept | told | {"category_id": person["category_id"]}))

    def _apply(self, change: _Change, look_at: int | None = None) -> None:
        if change.before == change.after:
            self.go(self.at if look_at is None else look_at)
            return
        self._replace(change.number, change.before, change.after, change.number if look_at is None else look_at)
        self._done.append(change)
        self._undone.clear()

    def _replace(self, number: int, before: dict[str, Any], after: dict[str, Any], look_at: int) -> None:
        was_at, self.at = self.at, self._existing(look_at)
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
            write_text(self.path, json.dumps(self._content()) + "\n")  # indented it takes twice as long
        except BaseException:
            take_back()
            raise
        self._written = _stamp(self.path)

    def _content(self) -> dict[str, Any]:
        images: dict[bool, dict[int, Any]] = {True: {}, False: {}}  # one entry, also of several people
        people: dict[bool, list[Any]] = {True: [], False: []}
        for image, person in zip(self._images, self._people, strict=True):
            accepted = person.get("state") == ACCEPTED
            images[accepted][image["id"]] = image
            people[accepted].append(person)
        done, waiting = ({"images": [*images[kind].values()], "annotations": people[kind]} for kind in (True, False))
        return {**self._rest, "info": {**self._info, "at": self.at}, **done, "waiting": waiting}


def _info(content: dict[str, Any], source: Path) -> dict[str, Any]:
    """What a file says of itself, and which frame was looked at (``at``)."""
    info = content.get("info") or {}
    if not isinstance(info, dict) or not isinstance(info.get("at", 0), int):
        raise InputError(f"info of {source} must be an object with a whole number at, got {info!r}; take it out")
    return info


def _joints_and_bones(content: dict[str, Any], source: Path) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Names of the joints, and pairs of their numbers from 0, of the first category."""
    first = content["categories"][0] if content["categories"] else {}
    joints, bones = first.get("keypoints") or [], first.get("skeleton") or []
    if not joints:
        raise InputError(f"{source} must name its joints, got none in its first category; add keypoints: [nose, ...]")
    try:
        pairs = tuple((int(one) - 1, int(other) - 1) for one, other in bones)
    except (TypeError, ValueError) as error:
        raise InputError(f"skeleton of {source} must be pairs of joints by number, got {error}; correct it") from error
    return tuple(str(joint) for joint in joints), pairs


def _frames(content: dict[str, Any], source: Path, joints: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Images and people side by side, by the number of the person."""
    waiting = content.get("waiting", {"images": [], "annotations": []})
    waiting_images, waiting_people = (entries_of(waiting, part, source) for part in ("images", "annotations"))
    images = by_id(content["images"], "image", source) | by_id(waiting_images, "image", source)
    people = by_id([*content["annotations"], *waiting_people], "annotation", source)
    if not people:
        raise InputError(f"{source} must hold at least one labelled person, got none; mine some frames first")
    for number, person in people.items():
        where = f"annotation {number} of {source}"
        if person.get("image_id") not in images or "category_id" not in person:
            raise InputError(f"{where} must have its image and category in the file, got less; correct it")
        size_of(images[person["image_id"]], where)
        found = triples_of(person.get("keypoints") or [], joints, where)
        if len(found) != joints:
            raise InputError(f"{where} must have {joints} keypoints, got {len(found)}; correct it")
    ordered = [people[number] for number in sorted(people)]
    return [images[person["image_id"]] for person in ordered], [deepcopy(person) for person in ordered]


def _stamp(path: Path) -> tuple[int, int] | None:
    """When a file was written, and how long it is; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
