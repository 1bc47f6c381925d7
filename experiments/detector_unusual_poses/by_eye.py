"""How much of what counts as wrong is the labels' fault: labels and the default detector compared by eye, blindly.

    python experiments/detector_unusual_poses/by_eye.py sheets   # pictures to judge, into experiments/runs/by_eye
    python experiments/detector_unusual_poses/by_eye.py          # the table of the README, from by_eye.csv

A sheet shows a photograph and, on it, two skeletons: the labels and what the detector finds (in doubt), as A and B in
an order drawn by chance.  Who judges says of every joint on which they are apart, by more than a fifth of the torso,
where it is: at A, at B, at both (nearly), at neither, or that it cannot be told.  Controls are upright photographs,
shown upside down, whose other skeleton is the labels with left and right exchanged: of these the answer is known.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pandas

from fitlab.detectors import load_detector
from fitlab.detectors.crops import crop_around, cut
from fitlab.detectors.turning import looking
from fitlab.files import write_text
from fitlab.metrics import bootstrap_interval
from fitlab.pipeline import DETECTOR, LOOKS
from fitlab.progress import progress
from fitlab.settings import real_data_dir, runs_dir
from fitlab.skeletons import COCO17
from fitlab.training.augmentation import seen, upright_crop
from fitlab.training.detector_scores import right_joints
from fitlab.training.people import Person
from fitlab.training.people_sources import LabelledPhotographs
from fitlab.training.splits import Part
from fitlab.views.overlay import draw_skeleton

ANSWERS = Path(__file__).with_name("by_eye.csv")
SEED, DRAWN, CONTROLS, PIXELS = 7, {"inverted": 72, "horizontal": 32}, 24, 560


class Pair(NamedTuple):
    """A person, the labels and another skeleton, (17, 2) pixels of the picture, and which joints to judge, (17,)."""

    slice: str
    person: Person
    label: np.ndarray
    other: np.ndarray
    apart: np.ndarray


def draw_sheets(folder: Path) -> None:
    """Draws the sheets; ``joints.txt`` is for who judges, ``key.json`` is not."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    drawn = list(_pairs(rng))
    lines, key = [], []
    for number, place in enumerate(rng.permutation(len(drawn))):
        pair, label_is = drawn[place], "AB"[rng.integers(2)]
        skeletons = (pair.label, pair.other) if label_is == "A" else (pair.other, pair.label)
        cv2.imwrite(str(folder / f"{number:03d}.png"), _sheet(pair, skeletons)[..., ::-1])
        lines.append(f"{number:03d}: {', '.join(COCO17.joints[joint] for joint in np.flatnonzero(pair.apart))}\n")
        labelled = int(np.isfinite(pair.label).all(-1).sum())
        key.append({"slice": pair.slice, "person": pair.person.name, "labelled": labelled, "label": label_is})
    write_text(folder / "joints.txt", "".join(lines))
    write_text(folder / "key.json", json.dumps(key, indent=1))
    print(folder)


def _pairs(rng: np.random.Generator) -> Iterator[Pair]:
    photographs = LabelledPhotographs(real_data_dir() / "lsp" / "train.json")
    shares = {"train": 0.7, "validation": 0.1, "test": 0.2}
    detector = looking(load_detector(DETECTOR), LOOKS)
    for name, count in DRAWN.items():
        people = Part(photographs, "test", shares, slice=name)
        for place in progress(rng.permutation(len(people))[:count], f"detecting {name}", count, "person"):
            person = people[int(place)]
            crop = upright_crop(person, detector.input_size)
            found = crop.to_image(detector(seen(person, crop).image[None])[0][0])
            other = np.where(np.isfinite(person.keypoints), found, np.nan)
            yield Pair(name, person, person.keypoints, other, right_joints(other[None], person.keypoints[None])[0] == 0)
    upright = [p for p in Part(photographs, "test", shares, slice="upright") if Path(str(p.picture)).stem[:4] == "lsp_"]
    for place in rng.permutation(len(upright))[:CONTROLS]:
        label = upright[place].keypoints
        yield Pair("control", upright[place], label, label[list(COCO17.mirror)], np.isfinite(label).all(-1))


def _sheet(pair: Pair, skeletons: Sequence[np.ndarray]) -> np.ndarray:
    """(PIXELS, 3 PIXELS, 3): the photograph without and with each skeleton."""
    joints = np.concatenate(skeletons)
    low, high = np.nanmin(joints, axis=0), np.nanmax(joints, axis=0)
    turn = 180.0 if pair.slice == "control" else 0.0
    crop = crop_around((*low, *(high - low)), (PIXELS, PIXELS), turn_deg=turn)
    picture, sure = cut(pair.person.image, crop), np.ones(len(COCO17))
    return np.hstack([picture, *(draw_skeleton(picture, crop.to_crop(joints), sure, COCO17) for joints in skeletons)])


def table(answers: pandas.DataFrame) -> None:
    """Prints how the judges answered, and what share of joints was found if they are right."""
    print(
        "| slice | people | joints judged | the labels are wrong | the detector is | both are right | neither is right "
        "| cannot be told, or the judges differ |"
    )
    print("|---" * 8 + "|")
    for name, own in answers.groupby("slice", sort=False):
        judged = own.dropna(subset="joint")
        agreed = judged["first"].where(judged["first"] == judged["second"], "differ")
        counts = [int((agreed == kind).sum()) for kind in ("detector", "label", "both", "neither")]
        cells = [f"{count} ({count / len(judged):.0%})" for count in (*counts, len(judged) - sum(counts))]
        print(f"| {name} | {own.person.nunique()} | {len(judged)} | {' | '.join(cells)} |")
    for name, own in answers.groupby("slice", sort=False):
        if name == "control":
            continue
        people = np.array([_right_and_counted(person) for _, person in own.groupby("person")])  # (P, 2, 2)
        by_labels, by_eye = (
            np.array([_share(people[:, way]), *bootstrap_interval(people[:, way], _share)]) for way in (0, 1)
        )
        print(f"{name}: found by the labels {by_labels.round(3)}, by eye {by_eye.round(3)}")


def _right_and_counted(rows: pandas.DataFrame) -> np.ndarray:
    """Joints of a person that are right, and that count: by the labels, by eye (each judge has half a say); (2, 2)."""
    labelled, apart = rows.labelled.iloc[0], rows.joint.notna().sum()
    answers = rows[["first", "second"]].to_numpy().ravel()
    right, wrong = np.isin(answers, ["detector", "both"]).sum() / 2, np.isin(answers, ["label", "neither"]).sum() / 2
    same = labelled - apart
    return np.array([[same, labelled], [same + right, same + right + wrong]])


def _share(counts: np.ndarray) -> float:
    right, counted = counts.sum(axis=0)
    return float(right / counted)


if __name__ == "__main__":
    if sys.argv[1:] == ["sheets"]:
        draw_sheets(runs_dir() / "by_eye")
    else:
        table(pandas.read_csv(ANSWERS))
