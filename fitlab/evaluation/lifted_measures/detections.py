"""What errors the default detector makes in films of the studio, beside those that takes imitate.

    python -m fitlab.evaluation.lifted_measures.detections   # eight minutes of two cores, kept in the cache

The people filmed are neither in FitBench-S nor among the takes.
"""

import hashlib
import json
import sys
import zlib
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd

from fitlab.detectors import detect_video, load_detector
from fitlab.detectors.turning import looking
from fitlab.detectors.zoo import weights_file
from fitlab.evaluation.lifted_measures.imitation import FOLLOWED, Imitation
from fitlab.evaluation.lifted_measures.photographs import still_camera
from fitlab.formats import read_poses, write_poses
from fitlab.geometry import Camera, project_poses
from fitlab.pipeline import DETECTOR, LOOKS
from fitlab.poses import PoseSequence
from fitlab.settings import cache_dir
from fitlab.signals import clean
from fitlab.skeletons import COCO17
from fitlab.synthesis.benchmark import VIEWS, FitBench
from fitlab.synthesis.card import studio_digest
from fitlab.synthesis.clip_files import write_clip
from fitlab.synthesis.workers import Tick, make_parts

FAR = 0.1
"""Of the person's size: joints that are off by more lie somewhere else altogether."""

_SEED, _STRIDE = 31_000, 37  # performances are sorted by exercise: striding, also a few clips hold many exercises
_FACE = 5
_FILES, _STILL = ("detected", "exact", "world"), "still.npz"
_ASIDE = 0.06  # of the person's size: as far is a joint at least from that of the other side, and at most from the way


class Film(NamedTuple):
    """A person detected and as they are, in pixels; the same in world space, and a phone held still."""

    detected: PoseSequence
    exact: PoseSequence
    world: PoseSequence
    still: Camera


@dataclass(frozen=True)
class Filming:
    """Films people like those of FitBench-S, detects and keeps them; a :class:`fitlab.synthesis.workers.Maker`.

    Every part is one repetition of an exercise, right or with a mistake, from one of the benchmark's views.
    """

    detector: str
    looks: str

    def folder(self) -> Path:
        """In the cache, named after all that a part depends on but its number."""
        weights = hashlib.sha256(weights_file(self.detector).read_bytes()).hexdigest()
        told = json.dumps([_SEED, _STRIDE, weights, self.looks, studio_digest()])
        return cache_dir() / f"detected-{hashlib.sha256(told.encode()).hexdigest()[:12]}"

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with film number ``name``, see :class:`Film`."""
        filmed = FitBench(seed=_SEED, repetitions=1)  # other people say more than repetitions
        number = int(name) * _STRIDE % len(filmed.performances)
        views = list(VIEWS)
        view = views[zlib.crc32(f"{number:05d} {_SEED}".encode()) % len(views)]
        clip = filmed.clips(filmed.performances[number])[view]
        with TemporaryDirectory() as beside:
            video = write_clip(clip, beside, view, tick=lambda: None)
            image = detect_video(video, looking(load_detector(self.detector), self.looks))
        for file, poses in zip(_FILES, (image, clip.image, clip.world_coco.to(COCO17)), strict=True):
            write_poses(poses, folder / f"{file}.npz")
        np.savez(folder / _STILL, **asdict(clip.camera))
        tick()


def filmed(films: int, detector: str, looks: str, workers: int) -> list[Film]:
    """So many films, made as far as they are not in the cache."""
    filming = Filming(detector, looks)
    targets = {f"{number:05d}": filming.folder() / f"{number:05d}" for number in range(films)}
    missing = {name: 1 for name, target in targets.items() if not target.is_dir()}
    if missing:
        filming.folder().mkdir(parents=True, exist_ok=True)
        make_parts(filming, missing, targets, workers, "film")
    return [_film(target) for target in targets.values()]


def _film(folder: Path) -> Film:
    with np.load(folder / _STILL) as kept:
        still = still_camera(kept)
    detected, exact, world = (read_poses(folder / f"{file}.npz") for file in _FILES)
    return Film(detected, exact, world, still)


def imitated(film: Film, seed: int) -> tuple[PoseSequence, PoseSequence]:
    """What a quarter of the cameras of takes make of a film's person, but at its frame rate, and the exact joints.

    Both of the phone held still.
    """
    return Imitation()(film.world, film.still, seed), project_poses(film.world, film.still)


def errors_in(detected: PoseSequence, exact: PoseSequence) -> dict[str, float]:
    """Errors of the joints below the face once they are cleaned, in shares of the person's size.

    Returns
    -------
    errors : dict
        ``far``: share of the joints off by more than :data:`FAR`; ``across``: of those that lie apart from the same
        joint of the other side, the share that is put at least half of the way to it.  Of all errors, each coordinate
        clipped at :data:`FAR`, root mean squares over coordinates: ``constant``, each joint's median; ``changing``,
        what is left without the mean; ``following``, its part within the span of the clip's first principal components
        of motion; ``rest``, the other part; and ``jitter``, what of that changes from frame to frame.
    """
    true = exact.positions.astype(np.float64)
    size = float(np.linalg.norm(np.ptp(true, axis=1), axis=-1).mean())
    seen = clean(detected).to(COCO17).positions.astype(np.float64)
    seen = np.where(np.isnan(seen), true, seen)  # what is missing is not wrong
    error = (seen - true)[:, _FACE:] / size  # (T, 12, 2)
    flat = np.clip(error, -FAR, FAR).reshape(len(error), -1)
    moved = (true - true.mean(axis=0))[:, _FACE:].reshape(len(error), -1)
    changing = flat - flat.mean(axis=0)
    basis = np.linalg.svd(moved, full_matrices=False)[0][:, :FOLLOWED]
    following = basis @ (basis.T @ changing)
    rest = changing - following
    return {
        "far": float((np.linalg.norm(error, axis=-1) > FAR).mean()),
        "across": _across(true, error, size),
        "constant": float(np.sqrt((np.median(flat, axis=0) ** 2).mean())),
        "changing": float(changing.std()),
        "following": float(following.std()),
        "rest": float(rest.std()),
        "jitter": float(np.diff(rest, axis=0).std() / np.sqrt(2)),
    }


def _across(true: np.ndarray, error: np.ndarray, size: float) -> float:
    way = (true[:, list(COCO17.mirror)] - true)[:, _FACE:] / size
    length = np.linalg.norm(way, axis=-1)
    share = (error * way).sum(axis=-1) / np.maximum(length**2, 1e-9)
    aside = np.linalg.norm(error - share[..., None] * way, axis=-1)
    apart = length > _ASIDE
    put = apart & (share > 0.5) & (share < 1.5) & (aside < _ASIDE)
    return float(put.sum() / max(apart.sum(), 1))


def main() -> None:
    """Prints the table."""
    parser = ArgumentParser(description="A detector's errors in films of the studio, and those that takes imitate.")
    parser.add_argument("--films", type=int, default=48)
    parser.add_argument("--detector", default=DETECTOR)
    parser.add_argument("--looks", default=LOOKS)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    films = filmed(given.films, given.detector, given.looks, given.workers)
    rows = {
        given.detector: pd.DataFrame([errors_in(film.detected, film.exact) for film in films]),
        "imitated in takes": pd.DataFrame([errors_in(*imitated(film, number)) for number, film in enumerate(films)]),
    }
    parts = list(next(iter(rows.values())).columns)
    lines = [f"| median (mean) of the films | {' | '.join(parts)} |", "|---" * (1 + len(parts)) + "|"]
    for name, errors in rows.items():
        told = [f"{errors[column].median():.4f} ({errors[column].mean():.4f})" for column in errors]
        lines.append(f"| {name} | " + " | ".join(told) + " |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
