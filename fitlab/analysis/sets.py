"""Sets: runs of repetitions with rest between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.analysis.results import Repetition

_REST_SECONDS = 6.0
"""Nobody who goes on with a set waits longer; rests between sets last from half a minute to minutes."""
_REST_REPETITIONS = 2.0
"""Slow repetitions are followed by longer pauses: so many of them make a rest."""


@dataclass(frozen=True)
class RepetitionSet:
    """A set: its frames [start, stop), first to last repetition, and which repetitions it holds."""

    index: int
    start: int
    stop: int
    repetitions: tuple[int, ...]


def find_sets(repetitions: Sequence[Repetition], fps: float) -> tuple[RepetitionSet, ...]:
    """The sets that repetitions, in order of time, fall into.

    A new one begins after a pause of more than 6 s that also is longer than two typical repetitions.
    """
    if not repetitions:
        return ()
    starts, stops = np.array([(rep.start, rep.stop) for rep in repetitions]).T
    rest = max(_REST_SECONDS * fps, _REST_REPETITIONS * float(np.median(stops - starts)))
    firsts = np.concatenate([[0], np.flatnonzero(starts[1:] - stops[:-1] > rest) + 1, [len(starts)]])
    return tuple(
        RepetitionSet(index, int(starts[a]), int(stops[b - 1]), tuple(rep.index for rep in repetitions[a:b]))
        for index, (a, b) in enumerate(zip(firsts[:-1], firsts[1:], strict=True))
    )
