"""Takes of mistakes in the studio, lifted, and what was measured in their repetitions."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from fitlab.analysis.features import describe
from fitlab.analysis.lifted import View
from fitlab.analysis.measures import facing_left, measure_curves
from fitlab.analysis.mistakes import judge_repetitions
from fitlab.analysis.recognition import columns
from fitlab.analysis.segmentation import segment
from fitlab.errors import InputError
from fitlab.evaluation.fitbench.answers import matched
from fitlab.evaluation.lifted_measures import imitation
from fitlab.evaluation.lifted_measures.imitation import Imitation
from fitlab.evaluation.lifted_measures.observed_files import ErrorsFile
from fitlab.evaluation.lifted_measures.performing import SEED, performances, performed
from fitlab.exercises import find_exercise
from fitlab.files import write_text
from fitlab.formats import read_poses, write_poses
from fitlab.geometry import Camera
from fitlab.lifting import Lifter, ground, load_lifter, towards_camera, weights_file
from fitlab.pipeline import lifted
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17
from fitlab.synthesis.clips import Clip
from fitlab.synthesis.phones import draw_phone, outermost
from fitlab.synthesis.script import motion_files
from fitlab.synthesis.workers import Tick, make_parts
from fitlab.training.lifter_views import DetectorNoise

CAMERAS = 16
"""That see every take, each with errors of its own: one more costs a tenth of a take (experiments/lifted_measures)."""
ERRORS = (
    Imitation(
        constant=0.0, following=0.0, hidden=0.0, reach=1e-3, lost=0.0,
        rest=DetectorNoise(jitter=(0.002, 0.018), drift=(0.003, 0.02), bias=0.013),
    ),
    Imitation(),
)  # fmt: skip
"""Errors of the exact 2D joints that are lifted, drawn by chance: one and a half times to twice those that lifters are
trained with, and some like the default detector's.  The cameras take turns in four: two have these, two have errors
that the default detector was observed to make (:mod:`fitlab.evaluation.lifted_measures.observed`).  What is learned
from all holds better for what it detects than what is learned from any alone (experiments/lifted_measures)."""
_TURNS = 4
_SIZE = (640, 480)


@dataclass(frozen=True)
class Takes:
    """Rounds of takes, each by another person; a :class:`fitlab.synthesis.workers.Maker` of one folder per take.

    The folder of a take (:func:`fitlab.evaluation.lifted_measures.performing.performed`) holds ``take.json``,
    ``exact.npz`` (world space, H36M17) and what each camera gives once lifted, ``lifted_0.npz`` ... (world space).

    Parameters
    ----------
    lifter : str
        Name or file.
    observed : ErrorsFile
    """

    lifter: str
    observed: ErrorsFile

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with take number ``name``."""
        torch.set_num_threads(1)  # the takes are shared out among the processes
        clip, rng = performed(int(name), _SIZE)
        heads, directions = outermost(clip.performance.motion.heads), []
        for number in range(CAMERAS):
            camera = draw_phone(rng, heads, _SIZE).camera(_SIZE)
            image = self._seen(int(name), number, clip, camera, int(rng.integers(1 << 31)))
            in_camera = lifted(image, self._lifter)
            write_poses(ground(in_camera, image), folder / f"lifted_{number}.npz")
            directions.append(towards_camera(in_camera).tolist())
        write_poses(clip.world, folder / "exact.npz")
        done = clip.performance
        about = {"exercise": clip.exercise, "mistakes": done.mistakes, "repetitions": done.repetitions}
        about |= {"towards_camera": directions, "made_from": self.made_from(name)}
        write_text(folder / "take.json", json.dumps(about))
        tick()

    def _seen(self, take: int, number: int, clip: Clip, camera: Camera, seed: int) -> PoseSequence:
        coco, turn = clip.world_coco.to(COCO17), number % _TURNS
        if turn < len(ERRORS):
            return ERRORS[turn](coco, camera, seed)
        return self.observed.errors.seen(take, coco, clip.repetitions, camera, seed)

    def made_from(self, name: str) -> str:
        """What take number ``name`` rests on: the lifter's weights, what is performed, its motion's file, errors."""
        exercise, mistake = performances()[int(name) % len(performances())]
        digest = hashlib.sha256(weights_file(self.lifter).read_bytes())
        digest.update(f"{exercise} {mistake} {SEED} {CAMERAS} {ERRORS} {_TURNS} {self.observed.path.name}".encode())
        digest.update(Path(imitation.__file__).read_bytes())
        digest.update(motion_files()[exercise].read_bytes())
        return digest.hexdigest()

    def made(self, name: str, folder: Path) -> bool:
        """Whether ``folder`` holds take number ``name`` as it would be made now, but for changes of the studio."""
        about = folder / "take.json"
        return about.exists() and json.loads(about.read_text(encoding="utf-8"))["made_from"] == self.made_from(name)

    @cached_property
    def _lifter(self) -> Lifter:  # loaded in the process that lifts
        return load_lifter(self.lifter)


def made_takes(folder: Path, takes: Takes, rounds: int, workers: int) -> list[Path]:
    """The folders of so many rounds of takes in order, made as far as they are not in ``folder`` yet."""
    names = [f"{number:05d}" for number in range(rounds * len(performances()))]
    missing = [name for name in names if not takes.made(name, folder / name)]
    for name in missing:
        shutil.rmtree(folder / name, ignore_errors=True)
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        make_parts(takes, dict.fromkeys(missing, 1), {name: folder / name for name in missing}, workers, "take")
    return [folder / name for name in names]


class Seen(NamedTuple):
    """A repetition as one camera saw it; R rules of its exercise.

    ``lifted`` and ``true`` are the measures of the rules (NaN where there is none), ``azimuths`` the degrees from which
    their phases were seen, ``azimuth`` those of the whole repetition; ``strengths`` of the mistakes, 0 if not made.
    """

    exercise: str
    take: int
    camera: int
    lifted: Sequence[float]
    true: Sequence[float]
    azimuths: Sequence[float]
    azimuth: float
    strengths: Sequence[float]
    columns: np.ndarray
    joints: tuple[str, ...]


def repetitions(folder: Path) -> list[Seen]:
    """The repetitions of a take that are found in what its cameras gave, and can be described."""
    return list(_repetitions(folder))


def _repetitions(folder: Path) -> Iterator[Seen]:
    take = json.loads((folder / "take.json").read_text(encoding="utf-8"))
    exercise = find_exercise(take["exercise"])
    assert exercise is not None  # the studio performs none without a file
    exact = measure_curves(read_poses(folder / "exact.npz"), exercise)
    rules = len(exercise.mistakes)
    for number, direction in enumerate(take["towards_camera"]):
        world = read_poses(folder / f"lifted_{number}.npz")
        parts = segment(world, exercise)
        azimuths = View(np.array(direction), {}).azimuths(facing_left(world))
        measured, true = (
            judge_repetitions(exercise, curves, parts.repetitions, parts.phases) for curves in (parts.curves, exact)
        )
        for strengths, index in zip(take["mistakes"], matched(take["repetitions"], parts.repetitions), strict=True):
            if index is None:
                continue
            rep, own = parts.repetitions[index], slice(index * rules, (index + 1) * rules)
            try:
                described = describe(world[rep.start : rep.stop])
            except InputError:  # too short
                continue
            yield Seen(
                exercise=exercise.name,
                take=int(folder.name),
                camera=number,
                lifted=[verdict.value for verdict in measured[own]],
                true=[verdict.value for verdict in true[own]],
                azimuths=[_median(azimuths[verdict.start : verdict.stop]) for verdict in measured[own]],
                azimuth=_median(azimuths[rep.start : rep.stop]),
                strengths=[strengths.get(rule.name, 0.0) for rule in exercise.mistakes],
                columns=columns(described).astype(np.float32),
                joints=described.joints,
            )


def _median(azimuths: np.ndarray) -> float:
    known = azimuths[np.isfinite(azimuths)]
    return float(np.median(known)) if len(known) else np.nan
