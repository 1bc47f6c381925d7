"""The analysis: python -m tests.bench.bench_analysis [speed] [dtw] [memory] [--data ../shared/data]

speed     ten minutes of recorded squats (UI-PRMD, Kinect) at 30 fps on one core, best of five: alone (wanted: under
          1 s) and against an athlete (likewise); and of people whom the studio made and the shipped lifter lifted, with
          what is known of it: where the camera was, what lifting does to measures, how mistakes show
dtw       fitlab.signals.dtw on the features that the comparison warps, against the C code of dtaidistance called as
          its manual says, on the same pair in turns, best of each
memory    what the analysis of ten minutes, twice and four times that, holds at most beside the poses: linear
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from dtaidistance import dtw_ndim

from fitlab.analysis.lifted import View
from fitlab.analysis.motion import pose_features
from fitlab.analysis.report import analyse
from fitlab.datasets import uiprmd
from fitlab.exercises import find_exercise
from fitlab.geometry import project_poses
from fitlab.lifting import ground, load_lifter
from fitlab.pipeline import LIFTER, lifted, view_of
from fitlab.poses import PoseSequence, join
from fitlab.signals import dtw
from fitlab.skeletons import COCO17
from fitlab.synthesis import make_clip
from fitlab.synthesis.phones import draw_phone

MINUTES, FPS = 10, 30


def squats(data: Path, minutes: float) -> PoseSequence:
    seq, _ = uiprmd.joined(data, "m01", "s01", "kinect")
    frames = round(minutes * 60 * FPS)
    return join([seq] * int(np.ceil(frames / len(seq))))[:frames]


def lifted_person(exercise: str) -> tuple[PoseSequence, View]:
    """Ten minutes of a take of the studio, over and over: exact 2D joints, lifted, and how they were seen."""
    take, size = make_clip(exercise, repetitions=8, seed=5, size=(640, 480)), (640, 480)
    camera = draw_phone(np.random.default_rng(3), take.performance.motion.heads, size).camera(size)
    image = project_poses(take.world_coco.to(COCO17), camera)
    in_camera = lifted(image, load_lifter(LIFTER))
    view, world = view_of(in_camera, LIFTER), ground(in_camera, image)
    frames = round(MINUTES * 60 * world.fps)
    return join([world] * int(np.ceil(frames / len(world))))[:frames], view


def spent(run: Callable[[], object]) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    run()
    return time.process_time() - start


def speed(data: Path) -> None:
    user, (athlete, _) = squats(data, MINUTES), uiprmd.joined(data, "m01", "s02", "kinect")
    squat = find_exercise("squat")
    anything, push_up = find_exercise("any"), find_exercise("push_up")
    (squatting, squats_seen), (pushing, push_ups_seen) = lifted_person("squat"), lifted_person("push_up")
    runs = {
        "squat": lambda: analyse(user, squat),
        "squat, with an athlete": lambda: analyse(user, squat, athlete),
        "any": lambda: analyse(user, anything),
        "any, with an athlete": lambda: analyse(user, anything, athlete),
        "lifted squats": lambda: analyse(squatting, squat, view=squats_seen),
        "lifted squats, with an athlete": lambda: analyse(squatting, squat, athlete, squats_seen),
        "lifted push-ups": lambda: analyse(pushing, push_up, view=push_ups_seen),
    }
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(5):  # taken in turns, so that other work on the machine falls on all
        best = {name: min(best[name], spent(run)) for name, run in runs.items()}
    print(f"{MINUTES} minutes at {FPS} fps, {len(user)} frames, {len(analyse(user, squat).repetitions)} repetitions")
    for name, seconds in best.items():
        print(f"  {name:<30} {seconds:.2f} s of processor time")


def warping(data: Path) -> None:
    (mine, _), (theirs, _) = (uiprmd.joined(data, "m01", subject, "kinect") for subject in ("s01", "s02"))
    for frames, window in ((75, 8), (600, None), (1800, None), (1800, 180)):
        a, b = (pose_features(seq)[:frames] for seq in (mine, theirs))
        rounds = max(3, 200_000 // (frames * (window or frames)))
        runs = {
            "fitlab": lambda a=a, b=b, window=window: dtw(a, b, window),
            "dtaidistance": lambda a=a, b=b, window=window: dtw_ndim.warping_path(a, b, use_c=True, window=window),
        }
        best = dict.fromkeys(runs, float("inf"))
        for _ in range(rounds):
            best = {name: min(best[name], spent(run)) for name, run in runs.items()}
        print(
            f"dtw of {len(a)} x {len(b)} frames, window {window}: fitlab {1000 * best['fitlab']:.2f} ms, "
            f"dtaidistance {1000 * best['dtaidistance']:.2f} ms, ratio {best['fitlab'] / best['dtaidistance']:.2f}"
        )


def memory(data: Path) -> None:
    athlete, _ = uiprmd.joined(data, "m01", "s02", "kinect")
    for times in (1, 2, 4):
        user = squats(data, times * MINUTES)
        tracemalloc.start()  # knows every array; the system's peak would be that of loading the poses
        analyse(user, find_exercise("squat"), athlete)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        print(f"{times * MINUTES} minutes: {peak:.0f} MB at most, {peak / times:.1f} MB per ten minutes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["speed", "dtw", "memory"])
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[3] / "shared" / "data")
    chosen = parser.parse_args()
    parts = {"speed": speed, "dtw": warping, "memory": memory}
    for part in chosen.parts:
        parts[part](chosen.data)


if __name__ == "__main__":
    main()
