"""Detection: python -m tests.bench.bench_detector [speed] [accuracy] [slices] [--data ../shared/data] [--repeats 3]

speed     on the 1768 x 994 clip: frames/s of the bare detector on ready-made crops, of detection + tracking on decoded
          pictures, and of the whole: decoding and the search for the athlete included
accuracy  OKS on the 12 people of people/coco with at least 8 keypoints, in crops around the labelled boxes
slices    PCK@0.2 of the torso on Leeds Sports Pose by slice, in upright crops and in crops turned upside down
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from fitlab.datasets import coco_people
from fitlab.datasets.coco_people import LabelledPerson
from fitlab.detectors import Detector, detect_video, load_detector
from fitlab.detectors.athlete import find_athlete
from fitlab.detectors.crops import Crop, crop_around, cut
from fitlab.detectors.person import Pose
from fitlab.detectors.person import crop_around as crop_around_pose
from fitlab.detectors.tracking import Follower
from fitlab.metrics import oks
from fitlab.skeletons import COCO17
from fitlab.video import probe, read_frames, read_pictures

NAMES = ("movenet_lightning", "movenet_thunder")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["speed", "accuracy"])
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[3] / "shared" / "data")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    for name in NAMES:
        detector = load_detector(name)
        if "speed" in chosen.parts:
            speed(detector, chosen.data / "clips" / "walk_sports2d.mp4", chosen.repeats)
        if "accuracy" in chosen.parts:
            accuracy(detector, chosen.data / "people" / "coco" / "test_coco.json")
        if "slices" in chosen.parts:
            slices(detector, chosen.data / "lsp" / "train.json")


def speed(detector: Detector, clip: Path, repeats: int) -> None:
    poses = detect_video(clip, detector)  # warms up too
    crops = []
    for t, frame in enumerate(read_frames(clip)):
        pose = Pose(poses.positions[t], poses.confidence[t], COCO17)
        crop = crop_around_pose(pose, detector.input_size) or crop_around((600, 100, 200, 300), detector.input_size)
        crops.append(cut(frame, crop)[None])
    info = probe(clip)
    first = find_athlete(clip, 0, info.frames, detector)
    decoded = list(read_pictures(clip, range(first.frame, info.frames)))

    def follow() -> None:
        follower = Follower(detector, info.fps, first.found)
        for picture in decoded:
            follower(picture)

    runs = {
        "bare": (len(crops), lambda: [detector(crop) for crop in crops]),
        "tracking": (len(decoded), follow),
        "video": (len(crops), lambda: detect_video(clip, detector)),
    }
    wall, cpu = ({what: [] for what in runs} for _ in range(2))
    for _ in range(repeats):  # taken in turns, so that other work on the machine falls on all
        for what, (frames, run) in runs.items():
            start, start_cpu = time.perf_counter(), time.process_time()
            run()
            wall[what].append((time.perf_counter() - start) / frames)
            cpu[what].append((time.process_time() - start_cpu) / frames)
    bare = min(wall["bare"])
    print(f"{detector.name}, best of {repeats}")
    for what in runs:
        each = min(wall[what])
        print(
            f"  {what:<9} {1 / each:6.1f} frames/s   ratio {each / bare:.2f}   "
            f"{1000 * min(cpu[what]):5.1f} ms of processor time a frame"
        )


def accuracy(detector: Detector, labels: Path) -> None:
    people = coco_people.load(labels, min_keypoints=8)
    found = [_found(detector, person) for person in people]
    similarity = [oks(pose, person.keypoints, person.area) for pose, person in zip(found, people, strict=True)]
    print(f"{detector.name:<18} OKS {np.mean(similarity):.3f} on {len(people)} people")


def slices(detector: Detector, labels: Path, most: int = 150) -> None:
    people = coco_people.load(labels, min_keypoints=12)
    order = np.random.default_rng(0).permutation(len(people))
    for name in ("upright", "horizontal", "inverted"):
        chosen = [people[i] for i in order if people[i].slice == name][:most]
        for turn in (0.0, 180.0):
            shares = [_pck(_found(detector, person, turn), person) for person in chosen]
            print(
                f"{detector.name:<18} {name:<10} turned {turn:3.0f}  PCK@0.2 {np.nanmean(shares):.3f} of {len(chosen)}"
            )


def _found(detector: Detector, person: LabelledPerson, turn_deg: float = 0.0) -> np.ndarray:
    image = cv2.cvtColor(cv2.imread(str(person.image)), cv2.COLOR_BGR2RGB)
    crop: Crop = crop_around(tuple(person.box), detector.input_size, turn_deg=turn_deg)
    return crop.to_image(detector(cut(image, crop)[None])[0][0])


def _pck(found: np.ndarray, person: LabelledPerson) -> float:
    joints = person.keypoints
    across = [("left_shoulder", "right_hip"), ("right_shoulder", "left_hip")]
    torso = max(np.linalg.norm(joints[COCO17.index(a)] - joints[COCO17.index(b)]) for a, b in across)
    away = np.linalg.norm(found - joints, axis=1)
    return float(np.mean(away[np.isfinite(away)] < 0.2 * torso))


if __name__ == "__main__":
    main()
