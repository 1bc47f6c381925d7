"""Labelled pictures on disk, in COCO's layout."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from fitlab.errors import InputError
from fitlab.synthesis.card import Tally
from fitlab.synthesis.coco_writer import merge, write_pictures
from fitlab.synthesis.images import ImageSource
from fitlab.synthesis.workers import Tick


@dataclass(frozen=True)
class PictureSet:
    """Pictures of people in the middle of an exercise; a data set for :func:`fitlab.synthesis.dataset.write_dataset`.

    Writes ``images/<part>/<number>.jpg`` with ``labels.json`` of the part beside them, and ``annotations.json``.

    Parameters
    ----------
    pictures : int
    seed : int
    size, exercises, weights, hidden_views, backgrounds
        As :class:`fitlab.synthesis.images.ImageSource`.
    per_part : int
        Pictures that appear together.

    Raises
    ------
    InputError
        For what cannot be used.
    """

    kind: ClassVar[str] = "pictures"
    unit: ClassVar[str] = "picture"
    room: ClassVar[str] = "images"

    pictures: int
    seed: int = 0
    size: tuple[int, int] = (256, 256)
    exercises: list[str] | None = None
    weights: dict[str, float] | None = None
    hidden_views: float = 0.0
    backgrounds: str | None = None
    per_part: int = 100

    def __post_init__(self) -> None:
        for name in ("pictures", "per_part"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, got {getattr(self, name)}; ask for more")
        self._new_source()

    def _new_source(self) -> ImageSource:
        return ImageSource(self.seed, self.size, self.exercises, self.weights, self.hidden_views, self.backgrounds)

    @cached_property
    def _source(self) -> ImageSource:  # made in the process that draws: windows do not travel
        return self._new_source()

    @property
    def config(self) -> Mapping[str, Any]:
        """The arguments, and the exercises that ``None`` stands for."""
        return asdict(self) | {"size": list(self.size), "exercises": list(self._new_source().exercises)}

    @property
    def parts(self) -> Mapping[str, int]:
        """Name of every part -> how many pictures."""
        starts = range(0, self.pictures, self.per_part)
        return {f"{start // self.per_part:05d}": min(self.per_part, self.pictures - start) for start in starts}

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with the pictures of a part and their labels."""
        start = int(name) * self.per_part
        images = self._source.images(start, start + self.parts[name])
        for _ in write_pictures(images, folder, start, f"{name}/"):
            tick()

    def tally(self, part: Path) -> Tally:
        """What the finished ``part`` holds."""
        found = json.loads((part / "labels.json").read_text(encoding="utf-8"))["annotations"]
        return Tally(
            samples=len(found),
            exercises=Counter(annotation["exercise"] for annotation in found),
            mistakes=Counter(name for annotation in found for name in annotation["mistakes"]),
            slices=Counter(name for annotation in found for name in annotation["slices"]),
        )

    def finish(self, folder: Path) -> None:
        """Writes ``annotations.json`` of all parts."""
        merge((folder / self.room / name for name in self.parts), folder / "annotations.json")
