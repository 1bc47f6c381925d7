"""People in photographs and in studio pictures, labelled alike."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from fitlab.datasets import coco_people
from fitlab.errors import InputError
from fitlab.progress import progress
from fitlab.skeletons import COCO17
from fitlab.synthesis import LabelledImage, make_images
from fitlab.synthesis.labels import OUTSIDE, VISIBLE
from fitlab.synthesis.script import motion_files
from fitlab.synthesis.slices import occluded, slices_of

Box = tuple[float, float, float, float]

LEEDS = ("upright", "horizontal", "inverted")

FACE = [COCO17.index(joint) for joint in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
BODY = [joint for joint in range(len(COCO17)) if joint not in FACE]
"""The twelve joints that every data set labels."""

_MIN_KEYPOINTS = 8
_ROUND_BODY = 1.2  # from the box around the twelve joints to the person's: head, hands, feet and flesh

# MPII's list of 16 joints, those that COCO has.
_MPII = (
    "right_ankle right_knee right_hip left_hip left_knee left_ankle - - - - "
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist"
).split()


@dataclass(frozen=True, eq=False)
class Example:
    """One labelled person in one picture.

    Parameters
    ----------
    picture : (H, W, 3) uint8 RGB
    keypoints : (17, 2) pixels, COCO17
        NaN where a joint is not labelled.
    visible : (17,) bool
        Labelled and not hidden.
    area : float
        Pixels**2 of the person's mask; NaN where there is none.
    mask_box : (x, y, width, height) pixels, optional
        Around the mask.
    name : str
        Of the photograph or of the exercise.
    slices : tuple of str
        Of the studio, see :mod:`fitlab.synthesis.slices`.
    """

    picture: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray
    area: float
    name: str
    mask_box: Box | None = None
    slices: tuple[str, ...] = ()

    @property
    def box(self) -> Box:
        """The person's: of the mask where there is one, else of the joints."""
        return self.mask_box or self.box_of_joints

    @property
    def box_of_joints(self) -> Box:
        """The box around the labelled ones of the twelve joints, enlarged by 1.2: the same for all data sets."""
        low, high = np.nanmin(self.keypoints[BODY], axis=0), np.nanmax(self.keypoints[BODY], axis=0)
        width, height = _ROUND_BODY * (high - low)
        x, y = (low + high) / 2
        return float(x - width / 2), float(y - height / 2), float(width), float(height)

    @property
    def torso(self) -> float:
        """Pixels of the longer diagonal from shoulder to hip; NaN where neither is labelled."""
        ends = self.keypoints[
            [COCO17.index(f"{side}_{part}") for part in ("shoulder", "hip") for side in ("left", "right")]
        ]
        lengths = np.linalg.norm(ends[[0, 1]] - ends[[3, 2]], axis=1)
        return float(np.nanmax(lengths)) if np.isfinite(lengths).any() else float("nan")


def photographs(root: Path, *, of_leeds: int) -> dict[str, list[Example]]:
    """The people of ``people/``, and ``of_leeds`` of each slice of ``lsp/``.

    Returns
    -------
    examples : by group: "COCO", "AI Challenger", "MPII", "Leeds upright", "Leeds horizontal", "Leeds inverted"

    Raises
    ------
    InputError
        If the folders are not there.
    """
    people = {
        "COCO": coco_people.load(root / "people" / "coco" / "test_coco.json", min_keypoints=_MIN_KEYPOINTS),
        "AI Challenger": coco_people.load(root / "people" / "aic" / "test_aic.json", min_keypoints=_MIN_KEYPOINTS),
    }
    leeds = coco_people.load(root / "lsp" / "train.json", min_keypoints=12)
    draw = np.random.default_rng(0)
    for part in LEEDS:
        those = [person for person in leeds if person.slice == part]
        people[f"Leeds {part}"] = [those[k] for k in draw.permutation(len(those))[:of_leeds]]
    examples = {name: [_labelled(person, name) for person in group] for name, group in people.items()}
    examples["MPII"] = list(_mpii(root / "people" / "mpii"))
    return examples


def _labelled(person: coco_people.LabelledPerson, name: str) -> Example:
    x, y, width, height = person.box.tolist()
    masked = name == "COCO"  # elsewhere the area is that of the box
    return Example(
        picture=_read(person.image),
        keypoints=person.keypoints,
        visible=person.visibility == 2,
        area=person.area if masked else float("nan"),
        name=person.image.name,
        mask_box=(x, y, width, height) if masked else None,
    )


def _mpii(folder: Path) -> Iterator[Example]:
    for person in json.loads((folder / "test_mpii.json").read_text(encoding="utf-8")):
        keypoints = np.full((len(COCO17), 2), np.nan)
        for joint, place, seen in zip(_MPII, person["joints"], person["joints_vis"], strict=True):
            if joint != "-" and seen:
                keypoints[COCO17.index(joint)] = place
        yield Example(
            _read(folder / person["image"]),
            keypoints,
            np.isfinite(keypoints).all(axis=1),
            float("nan"),
            person["image"],
        )


def _read(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise InputError(f"photographs must be images, got {path}; fetch the file again")
    return picture


def studio(pictures: int, size: int = 320, seed: int = 0) -> list[Example]:
    """About ``pictures`` pictures of the studio, equally many of each exercise, labelled as COCO's annotators do.

    They leave out hidden joints of the face (of the 12 people here 14 of 15), and label those of the body mostly (16 of
    25): here all of them.  People with fewer than 8 labels are left out as in :func:`photographs`.

    Parameters
    ----------
    size : int
        Pixels of the square pictures.
    """
    exercises = tuple(motion_files())
    each = -(-pictures // len(exercises))
    made = chain.from_iterable(
        make_images(each, seed=seed + number, size=(size, size), exercises=exercise)
        for number, exercise in enumerate(exercises)
    )
    examples = map(_drawn, progress(made, "drawing the studio's pictures", each * len(exercises), "picture"))
    return [example for example in examples if np.isfinite(example.keypoints[:, 0]).sum() >= _MIN_KEYPOINTS]


def _drawn(picture: LabelledImage) -> Example:
    visibility = picture.person.visibility[: len(COCO17)]
    labelled = visibility != OUTSIDE
    labelled[FACE] = visibility[FACE] == VISIBLE
    return Example(
        picture=picture.image,
        keypoints=np.where(labelled[:, None], picture.person.keypoints[: len(COCO17)], np.nan),
        visible=picture.visible,
        area=float(picture.person.mask.sum()),
        name=picture.exercise,
        mask_box=picture.box,
        slices=tuple(slices_of(picture.posture, bool(occluded(visibility)), picture.speed)),
    )
