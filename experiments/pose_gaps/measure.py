"""How well do a detector's contradictions find the photographs that it gets wrong?

    python experiments/pose_gaps/measure.py [movenet_lightning] [photographs]

Leeds Sports Pose, a random sample with seed 0; wrong: more than half of the labelled joints further off than a fifth of
the torso.  ``path`` needs video and is not measured.
"""

import sys

import cv2
import numpy as np
import pandas
from scipy.stats import spearmanr

from fitlab.datasets import coco_people
from fitlab.detectors import load_detector
from fitlab.detectors.crops import crop_around
from fitlab.metrics.classification import roc_auc
from fitlab.mining.clips import judged
from fitlab.mining.doubts import borda
from fitlab.mining.looks import look
from fitlab.mining.miner import POOL
from fitlab.mining.selection import farthest_first
from fitlab.mining.shapes import nearest, shape_distances
from fitlab.progress import progress
from fitlab.settings import real_data_dir
from fitlab.skeletons import COCO17
from fitlab.training.people import torso_lengths

N = 50


def main(name: str = "movenet_lightning", photographs: int = 800) -> None:
    """Prints the tables."""
    detector = load_detector(name)
    second = load_detector("movenet_lightning" if name == "movenet_thunder" else "movenet_thunder")
    people = coco_people.load(real_data_dir() / "lsp" / "train.json")
    chosen = np.sort(np.random.default_rng(0).choice(len(people), photographs, replace=False))
    found, off = [], []
    for number in progress(chosen, f"looking with {name}", unit="photograph"):
        person = people[number]
        crop = crop_around(tuple(person.box), detector.input_size)
        found.append(look(cv2.imread(str(person.image), cv2.IMREAD_COLOR_RGB), crop, detector, second))
        away = np.linalg.norm(found[-1].turned[0] - person.keypoints, axis=1) / torso_lengths(person.keypoints)
        off.append(np.mean(away[np.isfinite(away)] > 0.2))
    off, wrong = np.array(off), np.array(off) > 0.5
    positions, _, _, signs = judged(found)
    known = np.stack([p.keypoints for p in coco_people.load(real_data_dir() / "people" / "coco" / "test_coco.json")])
    signs["unknown"] = nearest(positions, known, COCO17.mirror)[0]

    own = {sign: signs[sign] for sign in ("mirror", "turn", "unsure")}
    rows = {**signs, "doubt (mirror, turn, unsure)": borda(own)}
    rows["doubt, second"] = borda(own | {"second": signs["second"]})
    rows["doubt, unknown"] = borda(own | {"unknown": signs["unknown"]})
    rows["doubt, both"] = borda(signs)
    table = {}
    for row, values in rows.items():
        first = np.argsort(-values, kind="stable")[:N]
        table[row] = {
            "AUC": roc_auc(np.nan_to_num(values, nan=np.nanmedian(values)), wrong),
            "Spearman": spearmanr(values, off, nan_policy="omit")[0],
            f"wrong of {N}": wrong[first].mean(),
            "joints off": off[first].mean(),
        }
    print(f"{name}, {photographs} photographs, {wrong.mean():.3f} wrong, {off.mean():.3f} of the joints off\n")
    print(pandas.DataFrame(table).T.round(3).to_string(), end="\n\n")

    order = np.argsort(-borda(own), kind="stable")
    spread = {f"the {N} most doubtful": order[:N]}
    for pool in (POOL, 4, 8):
        distances = shape_distances(positions[order[: pool * N]], positions[order[: pool * N]], COCO17.mirror)
        spread[f"farthest first out of {pool * N}"] = order[farthest_first(distances, N, 0)]
    rows = {}
    for row, taken in spread.items():
        apart = shape_distances(positions[taken], positions[taken], COCO17.mirror) + 9 * np.eye(len(taken))
        rows[row] = {"wrong": wrong[taken].mean(), "distance to the nearest other": apart.min(axis=1).mean()}
    print(pandas.DataFrame(rows).T.round(3).to_string())


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:3]))
