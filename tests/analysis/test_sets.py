"""Sets: which pauses are rests between them."""

import numpy as np

from fitlab.analysis.results import Repetition
from fitlab.analysis.sets import find_sets


def repetitions(starts_s: list[float], duration_s: float, fps: float = 30) -> tuple[Repetition, ...]:
    frames = np.round(np.array(starts_s) * fps).astype(int)
    length = round(duration_s * fps)
    return tuple(Repetition(k, int(a), int(a) + length, int(a) + length // 2) for k, a in enumerate(frames))


def test_a_rest_divides_and_a_pause_does_not():
    found = find_sets(repetitions([1, 4, 11.5, 14, 40, 43], 2.0), 30)  # pauses of 1, 5.5, 0.5, 24 and 1 s
    assert [s.repetitions for s in found] == [(0, 1, 2, 3), (4, 5)]
    assert [(s.index, s.start, s.stop) for s in found] == [(0, 30, 480), (1, 1200, 1350)]


def test_slow_repetitions_have_longer_pauses():
    slow = repetitions([0, 20, 40, 85], 10.0)  # pauses of 10, 10 and 35 s
    assert [len(s.repetitions) for s in find_sets(slow, 30)] == [3, 1]


def test_none_and_one():
    assert find_sets((), 30) == ()
    (only,) = find_sets(repetitions([2], 2), 30)
    assert (only.start, only.stop, only.repetitions) == (60, 120, (0,))
