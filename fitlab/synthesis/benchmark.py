"""FitBench-S: every exercise, right and with each mistake, seen by four cameras; always the same.

The manifest that travels with the package holds hashes of the labels and of the pictures of every clip.
``python -m fitlab.synthesis.benchmark FOLDER`` freezes it anew from what ``fitlab synth preset=benchmark`` wrote there.
"""

import json
import sys
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from fitlab.errors import InputError
from fitlab.files import write_text
from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.card import DatasetCard, Tally
from fitlab.synthesis.checks import frame_rate, whole
from fitlab.synthesis.clip_files import write_clip
from fitlab.synthesis.clip_set import tally_of_clips
from fitlab.synthesis.clips import Clip
from fitlab.synthesis.images import known_exercises
from fitlab.synthesis.motion import perform
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.script import load_motion
from fitlab.synthesis.workers import Tick

MANIFEST = Path(__file__).with_name("fitbench_s.json")

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
_PROBES = 2  # frames of a clip whose hashes the manifest holds: a test draws these alone


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


@dataclass(frozen=True)
class Agreement:
    """How the clips in a folder compare with the manifest.

    ``labels`` and ``frames`` name the clips whose labels or pictures differ; ``unknown`` those that the manifest lacks.
    """

    clips: int
    labels: tuple[str, ...]
    frames: tuple[str, ...]
    unknown: tuple[str, ...]

    def __str__(self) -> str:
        if not self.clips:
            return "FitBench-S: nothing to compare"
        if len(self.unknown) == self.clips:
            return "FitBench-S: there is no manifest of these clips, nothing is frozen"
        if not (self.labels or self.frames or self.unknown):
            return f"FitBench-S: labels and pictures of all {self.clips} clips agree with the manifest"
        lines = [f"FitBench-S: {self.clips} clips do not all agree with the manifest"]
        for what, names in (("labels", self.labels), ("pictures", self.frames), ("not in the manifest", self.unknown)):
            if names:
                more = ", ..." if len(names) > 5 else ""
                lines.append(f"  {what}: {len(names)} differ ({', '.join(names[:5])}{more})")
        return "\n".join(lines)


def compare(folder: Path, manifest: Path = MANIFEST) -> Agreement:
    """Holds the clips in ``folder`` against ``manifest``."""
    frozen = json.loads(manifest.read_text(encoding="utf-8"))["clips"] if manifest.exists() else {}
    found = _entries(folder)

    def differ(key: str) -> tuple[str, ...]:
        return tuple(name for name, entry in found.items() if name in frozen and frozen[name][key] != entry[key])

    unknown = tuple(name for name in found if name not in frozen)
    return Agreement(len(found), differ("labels_sha256"), differ("frames_sha256"), unknown)


def freeze(folder: Path, manifest: Path = MANIFEST) -> int:
    """Writes the manifest of the finished benchmark in ``folder``; returns how many clips it holds.

    Raises
    ------
    InputError
        If there is no finished data set in ``folder``, or one that was changed.
    """
    card = DatasetCard.read(folder)
    if changed := card.changed(folder):
        raise InputError(f"the data set in {folder} must be as its card says, got {changed[0]} changed; make it again")
    entries = _entries(folder)
    content = {"config": card.config, "studio": card.studio, "made_with": card.made_with, "clips": entries}
    write_text(manifest, json.dumps(content, indent=0) + "\n")
    return len(entries)


def _entries(folder: Path) -> dict[str, dict[str, Any]]:
    """``<performance>/<view>`` -> hashes of the clip."""
    found = {}
    for path in sorted(folder.glob("clips/*/*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        hashes = told["frame_hashes"]
        probes = np.linspace(0, len(hashes) - 1, _PROBES + 2).astype(int)[1:-1]
        found[f"{path.parent.name}/{path.stem}"] = {
            "frames": len(hashes),
            **{key: told[key] for key in ("motion_sha256", "labels_sha256", "frames_sha256")},
            "probes": {str(frame): hashes[frame] for frame in probes},
        }
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m fitlab.synthesis.benchmark FOLDER")
    sys.stdout.write(f"{MANIFEST}: {freeze(Path(sys.argv[1]))} clips\n")
