"""FitBench-S: every exercise, right and with each mistake, seen by four cameras; always the same.

:mod:`fitlab.synthesis.manifest` holds what was made against what was frozen.
"""

import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from fitlab.errors import InputError
from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.card import Tally
from fitlab.synthesis.checks import frame_rate, whole
from fitlab.synthesis.clip_files import write_clip
from fitlab.synthesis.clip_set import tally_of_clips
from fitlab.synthesis.clips import Clip
from fitlab.synthesis.images import known_exercises
from fitlab.synthesis.motion import perform
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.script import load_motion
from fitlab.synthesis.workers import Tick

RIGHT = "right"
"""The variant without mistakes."""

_LONG, _SHORT = 448, 336
VIEWS: Mapping[str, tuple[tuple[float, float], tuple[int, int]]] = {
    "front": ((-15.0, 15.0), (_SHORT, _LONG)),
    "oblique": ((35.0, 60.0), (_LONG, _SHORT)),
    "side": ((80.0, 100.0), (_LONG, _SHORT)),
    "behind": ((130.0, 200.0), (_SHORT, _LONG)),
}
"""View -> azimuths in degrees, on either side of the person, and size (width, height) in pixels."""

_WEAKEST = 0.5  # strength of a mistake
_REST_S = (0.3, 0.6)


@dataclass(frozen=True)
class FitBench:
    """The benchmark; a data set for :func:`fitlab.synthesis.dataset.write_dataset`.

    Writes ``clips/<exercise>-<variant>/<view>.mp4`` and its labels, the variant being ``right`` or a mistake.  One
    person and performance is seen by all :data:`VIEWS`.

    Parameters
    ----------
    seed : int
    fps : float
    repetitions : int
    exercises : list of str, optional
        Default: all that the studio performs.

    Raises
    ------
    InputError
        For what cannot be used.
    """

    kind: ClassVar[str] = "clips"
    unit: ClassVar[str] = "clip"
    room: ClassVar[str] = "clips"

    seed: int = 2026
    fps: float = 20.0
    repetitions: int = 2
    exercises: list[str] | None = None

    def __post_init__(self) -> None:
        if self.repetitions < 1:
            raise InputError(f"repetitions must be at least 1, got {self.repetitions}; ask for more")
        whole("seed", self.seed, 0)
        frame_rate(self.fps)
        known_exercises(self.exercises)

    @property
    def config(self) -> Mapping[str, Any]:
        """The arguments, and the exercises that ``None`` stands for."""
        return asdict(self) | {"exercises": list(known_exercises(self.exercises))}

    @property
    def performances(self) -> tuple[str, ...]:
        """``<exercise>-<variant>`` of all."""
        return tuple(
            f"{exercise}-{variant}"
            for exercise in known_exercises(self.exercises)
            for variant in (RIGHT, *load_motion(exercise).mistakes)
        )

    @property
    def parts(self) -> Mapping[str, int]:
        """Name of every performance -> how many clips."""
        return dict.fromkeys(self.performances, len(VIEWS))

    def clips(self, name: str) -> dict[str, Clip]:
        """View -> clip of a performance; the same on every call."""
        exercise, _, variant = name.partition("-")
        number = zlib.crc32(name.encode())  # of the name, so that another exercise does not change this one
        rng = np.random.default_rng([self.seed, 5, number])
        body = Body(draw_phenotype(rng))
        mistakes = {} if variant == RIGHT else {variant: rng.uniform(_WEAKEST, 1, self.repetitions).tolist()}
        made = perform(
            body,
            exercise,
            mistakes=mistakes,
            repetitions=self.repetitions,
            fps=self.fps,
            rng=rng,
            rest_s=_REST_S,
        )
        found = {}
        for view, (azimuths, size) in VIEWS.items():
            low, high = azimuths if rng.random() < 0.5 else (-azimuths[1], -azimuths[0])
            phone = draw_phone(rng, made.motion.heads, size, (low, high))
            cameras = phone.cameras(size, len(made.motion), self.fps, rng)
            found[view] = Clip(exercise, body, made, cameras, self.fps, number)
        return found

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with the clips of a performance."""
        for view, clip in self.clips(name).items():
            write_clip(clip, folder, view, tick=lambda: None)
            tick()

    def tally(self, part: Path) -> Tally:
        """What the finished ``part`` holds: clips, by exercise; repetitions by mistake; frames by slice."""
        total = tally_of_clips(part)
        total.samples = len(VIEWS)
        return total

    def finish(self, folder: Path) -> None:
        """Clips stand for themselves."""
