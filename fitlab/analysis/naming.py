"""Which exercise is it?  Told from the motion itself, among those that the studio performs, or that it is none."""

import math
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

import fitlab
from fitlab.analysis.postures import COLUMNS, JOINTS, Windows, never_seen, windows
from fitlab.errors import InputError
from fitlab.files import written_whole
from fitlab.poses import PoseSequence
from fitlab.signals import runs

NAMES_FILE = Path(fitlab.__file__).parent / "weights" / "exercise_names.npz"
SURE = 0.7
"""Mean probability of an exercise, in the windows that show it, below which a clip is not named after it."""
LEAST_WINDOWS = 3
"""That must show it one after the other; in a clip of few windows half of them.  See experiments/exercise_names."""
_FAR = 4.0  # standard deviations beyond which a column says no more
_FORMAT = "fitlab exercise names 1"


@dataclass(frozen=True, eq=False)
class Namer:
    """A softmax regression on windows of motion.

    Parameters
    ----------
    names : tuple of C str
    centre, spread : (F,)
        Of the columns of :mod:`fitlab.analysis.postures`.
    weights : (F + 1, C + 1)
        Of the standardised columns, and offsets in the last row; the last column is "none of them".
    """

    names: tuple[str, ...]
    centre: np.ndarray
    spread: np.ndarray
    weights: np.ndarray

    def __call__(self, columns: np.ndarray) -> np.ndarray:
        """Probabilities (W, C + 1) for the columns (W, F) of windows; the last is that of none."""
        return softmax(self.scores(columns) @ self.weights[:-1] + self.weights[-1], axis=1)

    def scores(self, columns: np.ndarray) -> np.ndarray:
        """The columns (W, F) standardised."""
        return np.clip((columns - self.centre) / self.spread, -_FAR, _FAR)


@dataclass(frozen=True)
class Span:
    """Where one exercise is in a clip: its frames [start, stop), to about two seconds, and its mean probability."""

    exercise: str
    start: int
    stop: int
    probability: float


@dataclass(frozen=True)
class Naming:
    """What a clip shows.

    Parameters
    ----------
    exercise : str or None
        The one that the most windows show; None where none does, or not for sure, or only for a moment.
    probability : float
        Of the one that the most windows show, mean over these windows; 0 where none shows any.
    likely : tuple of (exercise, probability)
        The three likeliest in these windows, in that order; empty where no window shows any.
    spans : tuple of Span
        In order of time; what is not in one shows no known exercise.
    hidden : tuple of str
        Joints that are never seen, without which nothing can be told.
    """

    exercise: str | None
    probability: float
    likely: tuple[tuple[str, float], ...]
    spans: tuple[Span, ...]
    hidden: tuple[str, ...] = ()

    def to_metrics(self, fps: float) -> dict[str, Any]:
        """For ``metrics.json``: plain numbers, strings, lists and dicts."""
        return {
            "exercise": self.exercise,
            "likely": {name: round(probability, 4) for name, probability in self.likely},
            "spans": [
                {
                    "exercise": span.exercise,
                    "start_s": round(span.start / fps, 4),
                    "end_s": round(span.stop / fps, 4),
                    "probability": round(span.probability, 4),
                }
                for span in self.spans
            ],
        }


def name_exercise(world: PoseSequence, namer: Namer | None = None) -> Naming:
    """Tells which exercise a clip shows, and where.

    Walking in, pauses and movements that resemble no known exercise are none.  A clip of several exercises is named
    after the one that lasts longest, and ``spans`` tells where each is.

    Parameters
    ----------
    world : PoseSequence in world space
    namer : Namer, optional
        Default: the one that travels with fitlab.

    Raises
    ------
    InputError
        If it is not in world space.
    """
    namer = known_names() if namer is None else namer
    if hidden := never_seen(world):
        return Naming(None, 0.0, (), (), hidden)
    seen = windows(world)
    return naming_of(namer, seen.columns, _edges(seen, len(world)))


def naming_of(namer: Namer, columns: np.ndarray, edges: Sequence[int] | None = None) -> Naming:
    """:func:`name_exercise` of windows (W, F); ``edges`` (W + 1,) are the frames between them, without which no spans.

    Where two windows meet, the frame lies half-way between their middles.
    """
    found = namer(columns)  # (W, C + 1)
    best = found.argmax(axis=1)
    counts = np.bincount(best, minlength=len(namer.names) + 1)[:-1]
    if not counts.any():
        return Naming(None, 0.0, (), ())
    longest = int(counts.argmax())
    own = best == longest
    mean = found[own, :-1].mean(axis=0)
    likely = tuple((namer.names[number], float(mean[number])) for number in np.argsort(-mean)[:3])
    at_once = max(stop - start for start, stop in runs(own))
    sure = mean[longest] >= SURE and at_once >= min(LEAST_WINDOWS, math.ceil(len(best) / 2))
    spans = () if edges is None else tuple(_spans(found, namer.names, edges))
    return Naming(namer.names[longest] if sure else None, float(mean[longest]), likely, spans)


def known_names() -> Namer:
    """The namer that travels with fitlab."""
    return _read(NAMES_FILE)


def write_names(namer: Namer, path: str | os.PathLike[str]) -> None:
    """Writes a namer as an npz that :func:`read_names` reads."""
    with written_whole(path) as partial, Path(partial).open("wb") as file:
        np.savez_compressed(
            file,
            format=np.array(_FORMAT),
            joints=np.array(JOINTS),
            names=np.array(namer.names),
            columns=np.stack([namer.centre, namer.spread]).astype(np.float32),
            weights=namer.weights.astype(np.float16),
        )


def read_names(path: str | os.PathLike[str]) -> Namer:
    """What :func:`write_names` wrote; raises InputError for any other file."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if str(archive["format"]) != _FORMAT or tuple(archive["joints"]) != JOINTS:
                raise ValueError("another format")
            names = tuple(str(name) for name in archive["names"])
            centre, spread = archive["columns"].astype(float)
            weights = archive["weights"].astype(float)
        if len(centre) != COLUMNS or weights.shape != (COLUMNS + 1, len(names) + 1):
            raise ValueError(f"{len(centre)} columns and weights of shape {weights.shape}")
    except (OSError, ValueError, LookupError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"names must be a file of fitlab.evaluation.exercise_names, got {str(path)!r}: {error}; make it again"
        ) from error
    return Namer(names, centre, spread, weights)


_read = cache(read_names)


def _edges(seen: Windows, frames: int) -> list[int]:
    middles = seen.frames.mean(axis=1)
    return [0, *np.round((middles[1:] + middles[:-1]) / 2).astype(int).tolist(), frames]


def _spans(found: np.ndarray, names: tuple[str, ...], edges: Sequence[int]) -> Iterator[Span]:
    """Runs of windows of one name."""
    best = found.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1)).tolist()
    for start, stop in zip(starts, [*starts[1:], len(best)], strict=True):
        if best[start] < len(names):
            yield Span(names[best[start]], edges[start], edges[stop], float(found[start:stop, best[start]].mean()))
