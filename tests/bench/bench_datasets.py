"""Data sets of the studio: labelled pictures a second, whether memory stays flat, how long a minute of video takes.

python -m tests.bench.bench_datasets [pictures=N] [clip]

Memory needs Linux: it is read from /proc.
"""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from fitlab.synthesis import make_clip, write_clip
from fitlab.synthesis.dataset import write_dataset
from fitlab.synthesis.picture_set import PictureSet


def pictures(number: int = 1000, workers: int = 2) -> None:
    """Pictures of 256x256 with labels, written by two processes; and how large those are over time."""
    chosen = PictureSet(number, weights={"floor": 2.0, "inverted": 6.0, "fast": 3.0}, hidden_views=0.4)
    sizes: list[tuple[float, int, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        done = threading.Event()
        watch = threading.Thread(target=_watch, args=(Path(folder), sizes, done))
        watch.start()
        start = time.perf_counter()
        write_dataset(chosen, folder, workers)
        whole = time.perf_counter() - start
        done.set()
        watch.join()
    first = next(at for at, made, _ in sizes if made)
    print(f"{number} pictures of 256x256, {workers} processes: {number / whole:.1f} a second,")
    print(f"  {number / (whole - first):.1f} without the {first:.0f} s in which the processes start")
    for share in (0.1, 0.25, 0.5, 0.75, 1.0):
        made, kilobytes = min(((made, size) for _, made, size in sizes), key=lambda one: abs(one[0] - share * number))
        print(f"  after {made:>6} pictures the largest process holds {kilobytes / 1024:.0f} MB")


def _watch(folder: Path, sizes: list[tuple[float, int, int]], done: threading.Event) -> None:
    """Every half second: the time, how many pictures are there, and the kilobytes of the largest child."""
    start = time.perf_counter()
    while not done.wait(0.5):
        children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
        pids = [pid for found in children for pid in found.read_text().split()]
        held = [_kilobytes(pid) for pid in pids]
        # os.walk passes over folders that are renamed meanwhile; Path.rglob raises.
        made = sum(name.endswith(".jpg") for _, _, names in os.walk(folder) for name in names)
        sizes.append((time.perf_counter() - start, made, max(held, default=0)))


def _kilobytes(pid: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def clip() -> None:
    """A minute of 640x480 at 30 frames a second, with labels and encoding, by one process."""
    for exercise in ("squat", "jumping_jack", "deadlift"):
        made = make_clip(exercise, seed=1, repetitions=3)
        next(made.filmed([0]))
        wall, cpu = time.perf_counter(), time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            write_clip(made, folder, "clip", tick=lambda: None)
        wall, cpu = (
            (now - then) / len(made) for now, then in ((time.perf_counter(), wall), (time.process_time(), cpu))
        )
        print(f"{exercise:<14} a minute takes {1800 * wall:.0f} s; {1000 * cpu:.0f} ms of processor time a frame")


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["pictures=1000", "clip"]
    for name in chosen:
        what, _, number = name.partition("=")
        if what == "pictures":
            pictures(int(number or 1000))
        else:
            clip()
