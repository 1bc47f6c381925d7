"""Several clips on disk, each made by a recipe."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar

from fitlab.errors import InputError
from fitlab.synthesis.card import Tally
from fitlab.synthesis.checks import mapping
from fitlab.synthesis.clip_files import write_clip
from fitlab.synthesis.clips import make_clip
from fitlab.synthesis.workers import Tick


@dataclass(frozen=True)
class ClipSet:
    """Clips; a data set for :func:`fitlab.synthesis.dataset.write_dataset`.

    Writes ``clips/<name>/<name>.mp4`` and its labels for every clip.

    Parameters
    ----------
    clips : mapping
        Name of the clip -> arguments of :func:`fitlab.synthesis.clips.make_clip`.

    Raises
    ------
    InputError
        For a recipe that cannot be used; none is rendered before.
    """

    kind: ClassVar[str] = "clips"
    unit: ClassVar[str] = "frame"
    room: ClassVar[str] = "clips"

    clips: dict[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_frames", checked_recipes(self.clips))

    @property
    def config(self) -> Mapping[str, Any]:
        """The recipes."""
        return {"clips": self.clips}

    @property
    def parts(self) -> Mapping[str, int]:
        """Name of every clip -> how many frames."""
        frames: Mapping[str, int] = self.__dict__["_frames"]
        return frames

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with a clip."""
        write_clip(make_clip(**self.clips[name]), folder, name, tick=tick)

    def tally(self, part: Path) -> Tally:
        """What the finished ``part`` holds, see :func:`tally_of_clips`."""
        return tally_of_clips(part)

    def finish(self, folder: Path) -> None:
        """Clips stand for themselves."""


def checked_recipes(recipes: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Name of every clip -> how many frames; InputError for recipes that cannot be used."""
    if not recipes:
        raise InputError("a preset must hold at least one clip, got none; see configs/preset")
    known = signature(make_clip).parameters
    frames = {}
    for name, given in recipes.items():
        recipe = mapping(f"clip {name}", given)
        if unknown := sorted(set(recipe) - set(known)):
            raise InputError(
                f"clip {name} must be made of {', '.join(known)}, got {', '.join(unknown)}; correct the key"
            )
        frames[name] = len(make_clip(**recipe))
    return frames


def tally_of_clips(part: Path) -> Tally:
    """Frames by slice, clips by exercise, repetitions by mistake, of all clips in ``part``."""
    total = Tally()
    for path in sorted(part.glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        total += Tally(
            samples=told["frames"],
            exercises=Counter([told["exercise"]]),
            mistakes=Counter(name for repetition in told["mistakes"] for name in repetition),
            slices=Counter(told["slices"]),
        )
    return total
