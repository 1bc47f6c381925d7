"""Phases and trimming of motions whose moments are known."""

from itertools import pairwise

import numpy as np

from fitlab.analysis.phases import find_phases
from fitlab.analysis.repetitions import repetitions_in, smooth_drive
from fitlab.analysis.trimming import trim
from fitlab.exercises import find_exercise
from tests.motions import Squats

FPS = 60.0


def parts(motion: Squats):
    drive = smooth_drive(100 * motion.depth(), motion.fps)
    squat = find_exercise("squat")
    assert squat is not None
    repetitions = repetitions_in(drive, motion.fps, 20)
    return drive, repetitions, find_phases(drive, repetitions, squat)


def test_phases_begin_where_the_depth_says():
    motion = Squats(repetitions=3, fps=FPS, period_s=4.0, rest_s=1.0)
    _, repetitions, phases = parts(motion)
    # (1 - cos x) / 2 = 0.85
    arrival = np.arccos(1 - 2 * 0.85) / (2 * np.pi) * motion.period_s
    for rep, start in zip(repetitions, motion.starts_s, strict=True):
        own = [phase for phase in phases if phase.repetition == rep.index]
        assert [phase.name for phase in own] == ["going down", "bottom", "going up"]
        assert (own[0].start, own[-1].stop) == (rep.start, rep.stop)
        bottom = own[1]
        np.testing.assert_allclose(bottom.start / FPS, start + arrival, atol=1.5 / FPS)
        np.testing.assert_allclose(bottom.stop / FPS, start + motion.period_s - arrival, atol=2.5 / FPS)


def test_phases_tile_the_set():
    _, repetitions, phases = parts(Squats(fps=FPS))
    assert phases[0].start == repetitions[0].start and phases[-1].start == repetitions[-1].stop
    assert all(a.stop == b.start for a, b in pairwise(phases))
    assert [p.role for p in phases] == [*["out", "turn", "back", "rest"] * 5]
    assert all(p.repetition is None for p in phases if p.role == "rest")


def test_a_shaky_descent_is_one_descent():
    motion = Squats(repetitions=2, fps=FPS, period_s=5.0)
    depth = motion.depth() + 0.05 * np.sin(np.arange(len(motion.depth())) / FPS * 2 * np.pi * 2) * (motion.depth() > 0)
    drive = smooth_drive(100 * depth, FPS)
    squat = find_exercise("squat")
    assert squat is not None
    phases = find_phases(drive, repetitions_in(drive, FPS, 20), squat)
    assert [p.role for p in phases if p.repetition == 0] == ["out", "turn", "back"]


def test_a_clip_that_starts_at_the_bottom_has_no_descent():
    motion = Squats(repetitions=3, fps=FPS, lead_s=0.0)
    start = int(FPS * motion.period_s / 2)
    drive = smooth_drive(100 * motion.depth()[start:], FPS)
    squat = find_exercise("squat")
    assert squat is not None
    phases = find_phases(drive, repetitions_in(drive, FPS, 20), squat)
    assert [p.role for p in phases if p.repetition == 0] == ["turn", "back"]


def test_trimming_keeps_at_most_half_a_second_of_stillness():
    motion = Squats(fps=FPS, lead_s=3.0)
    drive, repetitions, _ = parts(motion)
    start, stop = trim(drive, repetitions, FPS)
    np.testing.assert_allclose(start / FPS, motion.starts_s[0] - 0.5, atol=0.1)
    np.testing.assert_allclose(stop / FPS, motion.starts_s[-1] + motion.period_s + 0.5, atol=0.1)


def test_trimming_leaves_out_walking_in_and_away():
    motion = Squats(fps=FPS, lead_s=0.2)
    walk = 0.2 * np.abs(np.sin(np.arange(240) / FPS * 2 * np.pi))
    drive = smooth_drive(100 * np.concatenate([walk, motion.depth(), walk]), FPS)
    repetitions = repetitions_in(drive, FPS, 25)
    assert len(repetitions) == 5
    start, stop = trim(drive, repetitions, FPS)
    assert 240 - 6 <= start <= 240 + 0.2 * FPS
    assert len(drive) - 240 - 0.2 * FPS <= stop <= len(drive) - 240 + 6


def test_without_repetitions_the_whole_clip_is_kept():
    assert trim(np.zeros(77), (), FPS) == (0, 77)
