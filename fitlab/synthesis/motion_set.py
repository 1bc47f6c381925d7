"""Motion in 3D and the cameras that see it, without pictures: what temporal lifters are trained on."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from fitlab.errors import InputError
from fitlab.skeletons import COCO17
from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.card import Tally
from fitlab.synthesis.checks import frame_rate, whole
from fitlab.synthesis.clips import Clip, checked_size
from fitlab.synthesis.images import known_exercises
from fitlab.synthesis.motion import perform
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.script import load_motion
from fitlab.synthesis.slices import slices_of
from fitlab.synthesis.videopose3d_writer import Take, write_archives
from fitlab.synthesis.workers import Tick

_MISTAKE_SHARE = 0.4  # of the takes for each mistake; of their repetitions, half show it


@dataclass(frozen=True)
class MotionSet:
    """Takes of exercises; a data set for :func:`fitlab.synthesis.dataset.write_dataset`.

    Writes ``motion/<part>/`` with VideoPose3D's archives (:mod:`fitlab.synthesis.videopose3d_writer`) and
    ``takes.json``: what is done in every take, frame by frame.  Every take has a subject of its own.

    Parameters
    ----------
    takes : int
    seed : int
    exercises : list of str, optional
        Default: all that the studio performs; they take turns.
    repetitions : int
        Of the exercise in every take.
    cameras : int
        That see every take.
    size : (width, height) pixels
    fps : float
    per_part : int
        Takes that appear together, in one set of archives.

    Raises
    ------
    InputError
        For what cannot be used.
    """

    kind: ClassVar[str] = "motion"
    unit: ClassVar[str] = "take"
    room: ClassVar[str] = "motion"

    takes: int
    seed: int = 0
    exercises: list[str] | None = None
    repetitions: int = 3
    cameras: int = 4
    size: tuple[int, int] = (640, 480)
    fps: float = 30.0
    per_part: int = 50

    def __post_init__(self) -> None:
        for name in ("takes", "repetitions", "cameras", "per_part"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, got {getattr(self, name)}; ask for more")
        whole("seed", self.seed, 0)
        frame_rate(self.fps)
        checked_size(self.size)
        known_exercises(self.exercises)

    @property
    def config(self) -> Mapping[str, Any]:
        """The arguments, and the exercises that ``None`` stands for."""
        return asdict(self) | {"size": list(self.size), "exercises": list(known_exercises(self.exercises))}

    @property
    def parts(self) -> Mapping[str, int]:
        """Name of every part -> how many takes."""
        starts = range(0, self.takes, self.per_part)
        return {f"{start // self.per_part:05d}": min(self.per_part, self.takes - start) for start in starts}

    def take(self, number: int) -> tuple[Take, Clip]:
        """Take ``number``, and all of its labels, seen by the first camera."""
        rng = np.random.default_rng([self.seed, 4, number])
        exercises = known_exercises(self.exercises)
        exercise = exercises[number % len(exercises)]
        shown = {
            name: (rng.uniform(0, 1, self.repetitions) * (rng.random(self.repetitions) < 0.5)).tolist()
            for name in load_motion(exercise).mistakes
            if rng.random() < _MISTAKE_SHARE
        }
        body = Body(draw_phenotype(rng))
        performance = perform(
            body, exercise, mistakes=shown, repetitions=self.repetitions, fps=self.fps, rng=rng, rest_s=(0.5, 1.5)
        )
        size = checked_size(self.size)
        cameras = [draw_phone(rng, performance.motion.heads, size).camera(size) for _ in range(self.cameras)]
        clip = Clip(exercise, body, performance, cameras[0], self.fps, number)
        coco = clip.world_coco.positions[:, : len(COCO17)]
        return Take(f"S{number:06d}", exercise, clip.world.positions, coco, cameras, self.fps), clip

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with the archives of a part."""
        start = int(name) * self.per_part
        takes, told = [], {}
        for number in range(start, start + self.parts[name]):
            take, clip = self.take(number)
            takes.append(take)
            told[take.subject] = _told(clip)
            tick()
        write_archives(takes, folder)
        (folder / "takes.json").write_text(json.dumps(told), encoding="utf-8")

    def tally(self, part: Path) -> Tally:
        """What the finished ``part`` holds; mistakes are counted by repetitions, slices by frames."""
        found = json.loads((part / "takes.json").read_text(encoding="utf-8")).values()
        return Tally(
            samples=len(found),
            exercises=Counter(take["exercise"] for take in found),
            mistakes=Counter(name for take in found for repetition in take["mistakes"] for name in repetition),
            slices=sum((Counter(take["slices"]) for take in found), Counter()),
        )

    def finish(self, folder: Path) -> None:
        """Parts stand for themselves."""


def _told(clip: Clip) -> dict[str, Any]:
    slices = Counter(
        name
        for posture, speed in zip(clip.postures, clip.speeds, strict=True)
        for name in slices_of(str(posture), False, float(speed))
    )
    return {
        "exercise": clip.exercise,
        "style": clip.performance.style,
        "fps": clip.fps,
        "frames": len(clip),
        "phenotype": clip.body.phenotype,
        "repetitions": [list(bounds) for bounds in clip.repetitions],
        "mistakes": list(clip.mistakes),
        "phases": list(clip.phases),
        "slices": dict(sorted(slices.items())),
    }
