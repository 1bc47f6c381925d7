"""The person of every clip as the chain sees them, kept on disk: detecting takes most of an hour."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fitlab.errors import InputError
from fitlab.formats import read_poses, write_poses
from fitlab.pipeline import DETECTOR, LIFTER, lifted
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17
from fitlab.synthesis.workers import Tick, make_parts

EXACT_3D, EXACT_2D, VIDEO = "exact 3D", "exact 2D", "video"
INPUTS = (EXACT_3D, EXACT_2D, VIDEO)


def performances(benchmark: Path) -> tuple[str, ...]:
    """``<exercise>-<variant>`` of every performance in a benchmark's folder; raises InputError if there is none."""
    found = tuple(sorted(folder.name for folder in benchmark.glob("clips/*-*") if any(folder.glob("*.mp4"))))
    if not found:
        raise InputError(
            f"the folder must hold FitBench-S, got no clips in {benchmark / 'clips'}; "
            "run: fitlab synth preset=benchmark"
        )
    return found


@dataclass(frozen=True)
class Watcher:
    """Detects and lifts the clips of a performance; a :class:`fitlab.synthesis.workers.Maker`.

    Writes ``<view>.npz`` in world space with ``<view>_towards_camera.npy``, and for :data:`VIDEO` ``<view>_image.npz``
    with what was detected.
    """

    benchmark: Path
    source: str
    detector: str = DETECTOR
    lifter: str = LIFTER

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with the people in the clips of performance ``name``."""
        from fitlab.detectors import detect_video, load_detector
        from fitlab.lifting import ground, load_lifter, towards_camera

        lifter = load_lifter(self.lifter)
        detector = load_detector(self.detector) if self.source == VIDEO else None
        for clip in sorted(self.benchmark.glob(f"clips/{name}/*.mp4")):
            if detector is None:
                image = exact_image(clip)
            else:
                image = detect_video(clip, detector)
                write_poses(image, folder / f"{clip.stem}_image.npz")
            in_camera = lifted(image, lifter)
            write_poses(ground(in_camera, image), folder / f"{clip.stem}.npz")
            np.save(folder / f"{clip.stem}_towards_camera.npy", towards_camera(in_camera))
            tick()


def watch(benchmark: Path, source: str, seen: Path, workers: int) -> None:
    """Puts the people of every clip into ``seen/<performance>/<view>.npz``, or goes on where a run was stopped."""
    names = [name for name in performances(benchmark) if not (seen / name).is_dir()]
    if names:
        seen.mkdir(parents=True, exist_ok=True)
        parts = {name: len(list(benchmark.glob(f"clips/{name}/*.mp4"))) for name in names}
        make_parts(Watcher(benchmark, source), parts, {name: seen / name for name in names}, workers, "clip")


def exact_image(clip: Path) -> PoseSequence:
    """The labelled joints in pixels, (T, 17, 2) COCO17, of the clip at ``clip`` (its mp4)."""
    with np.load(clip.with_suffix(".npz")) as labels:
        size = json.loads(clip.with_suffix(".json").read_text(encoding="utf-8"))["size"]
        return PoseSequence(
            labels["image"], float(labels["fps"]), COCO17, "image", confidence=labels["image_confidence"],
            image_size=(size[0], size[1]),
        )  # fmt: skip


def exact_world(clip: Path) -> PoseSequence:
    """The labelled joints in world space, (T, 17, 3) H36M17, of the clip at ``clip`` (its mp4)."""
    return read_poses(clip.with_suffix(".npz"))
