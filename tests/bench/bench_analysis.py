"""The analysis: python -m tests.bench.bench_analysis [speed] [dtw] [memory] [--data ../shared/data]

speed     ten minutes of recorded squats (UI-PRMD, Kinect) at 30 fps on one core, best of five: alone (wanted: under
          1 s) and against an athlete (likewise)
dtw       fitlab.signals.dtw on the features that the comparison warps, against the C code of dtaidistance called as
          its manual says, on the same pair in turns, best of each
memory    what the analysis of two to eight times ten minutes holds at most: linear
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from dtaidistance import dtw_ndim

from fitlab.analysis.motion import pose_features
from fitlab.analysis.report import analyse
from fitlab.datasets import uiprmd
from fitlab.exercises import find_exercise
from fitlab.poses import PoseSequence, join
from fitlab.signals import dtw

MINUTES, FPS = 10, 30


def squats(data: Path, minutes: float) -> PoseSequence:
    seq, _ = uiprmd.joined(data, "m01", "s01", "kinect")
    frames = round(minutes * 60 * FPS)
    return join([seq] * int(np.ceil(frames / len(seq))))[:frames]


def spent(run: Callable[[], object]) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    run()
    return time.process_time() - start


def speed(data: Path) -> None:
    user, (athlete, _) = squats(data, MINUTES), uiprmd.joined(data, "m01", "s02", "kinect")
    squat = find_exercise("squat")
    anything = find_exercise("any")
    runs = {
        "squat": lambda: analyse(user, squat),
        "squat, with an athlete": lambda: analyse(user, squat, athlete),
        "any": lambda: analyse(user, anything),
        "any, with an athlete": lambda: analyse(user, anything, athlete),
    }
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(5):  # taken in turns, so that other work on the machine falls on all
        best = {name: min(best[name], spent(run)) for name, run in runs.items()}
    print(f"{MINUTES} minutes at {FPS} fps, {len(user)} frames, {len(analyse(user, squat).repetitions)} repetitions")
    for name, seconds in best.items():
        print(f"  {name:<24} {seconds:.2f} s of processor time")


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
    for times in (2, 4, 8):
        command = [
            sys.executable,
            "-m",
            "tests.bench.bench_analysis",
            "peak",
            "--data",
            str(data),
            "--times",
            str(times),
        ]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(f"{times * MINUTES} minutes: {told.strip()}")


def peak(data: Path, times: int) -> None:
    user, (athlete, _) = squats(data, times * MINUTES), uiprmd.joined(data, "m01", "s02", "kinect")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    analyse(user, find_exercise("squat"), athlete)
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{more:.0f} MB more than the poses, {more / times:.0f} MB per ten minutes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["speed", "dtw", "memory"])
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[3] / "shared" / "data")
    parser.add_argument("--times", type=int, default=1, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    parts = {"speed": speed, "dtw": warping, "memory": memory, "peak": lambda data: peak(data, chosen.times)}
    for part in chosen.parts:
        parts[part](chosen.data)


if __name__ == "__main__":
    main()
