"""Whole clips taken apart: several sets, walking, arms that swing, sides that alternate, cameras that move."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlab.analysis.segmentation import segment
from fitlab.analysis.sets import find_sets
from fitlab.exercises import Exercise, find_exercise
from fitlab.poses import PoseSequence, join
from fitlab.signals import resample_poses
from tests.motions import Squats, bent, figure, mirrored, turned


def known(name: str) -> Exercise:
    exercise = find_exercise(name)
    assert exercise is not None
    return exercise


def counts(seq: PoseSequence, name: str = "squat") -> tuple[int, int]:
    """Repetitions by name and without."""
    return len(segment(seq, known(name)).repetitions), len(segment(seq, known("any")).repetitions)


def swung(seq: PoseSequence, joint: str, degrees: np.ndarray, axis: str = "x") -> PoseSequence:
    """Everything beyond ``joint`` rotated by ``degrees`` (T,), frame by frame."""
    frames = [bent(seq[t : t + 1], joint, degree, axis).positions for t, degree in enumerate(degrees)]
    return seq.replace(f"swung({joint})", positions=np.concatenate(frames))


def walk(seconds: float, fps: float = 30.0, start_m: float = 0.0) -> PoseSequence:
    """Legs and arms that swing, the body moving along y at 1 m/s."""
    frames = round(seconds * fps)
    standing = Squats(repetitions=1, lead_s=seconds, fps=fps).poses()[:frames]
    swing = 25 * np.sin(2 * np.pi * np.arange(frames) / fps)
    for joint, sign in (("left_hip", 1), ("right_hip", -1), ("left_shoulder", -1), ("right_shoulder", 1)):
        standing = swung(standing, joint, sign * swing)
    for knee, phase in (("left_knee", 0.0), ("right_knee", np.pi)):
        standing = swung(standing, knee, -30 * np.maximum(0, np.sin(2 * np.pi * np.arange(frames) / fps + phase)))
    ahead = start_m + np.arange(frames) / fps
    return standing.replace("walk", positions=standing.positions + np.stack([0 * ahead, ahead, 0 * ahead], 1)[:, None])


def test_sets_with_rests_between_them():
    squats = Squats(repetitions=5)
    rest = Squats(repetitions=1, lead_s=12.0).poses()[:360]
    clip = join([squats.poses(), rest, squats.poses(), rest, squats.poses()])
    for exercise in ("squat", "any"):
        found = segment(clip, known(exercise)).repetitions
        assert len(found) == 15
        assert [len(s.repetitions) for s in find_sets(found, 30)] == [5, 5, 5]


def test_walking_in_between_and_away_is_no_repetition():
    squats = Squats(repetitions=5).poses()
    clip = join([walk(5, start_m=-5), squats, walk(8), turned(squats, 0, (0, 8, 0)), walk(5, start_m=8)])
    found = segment(clip, known("squat")).repetitions
    assert len(found) == 10
    assert [len(s.repetitions) for s in find_sets(found, 30)] == [5, 5]


def test_swinging_arms_are_no_squats():
    squats = Squats(repetitions=5).poses()
    swing = np.sin(2 * np.pi * np.arange(len(squats)) / 23)
    lively = swung(swung(squats, "left_shoulder", 30 * swing), "right_shoulder", -30 * swing)
    assert len(segment(lively, known("squat")).repetitions) == 5
    assert counts(swung(swung(squats, "left_shoulder", 8 * swing), "right_shoulder", -8 * swing)) == (5, 5)


def test_alternating_arms_count_each_by_name_and_the_pair_without():
    standing = Squats(repetitions=1, lead_s=10.0).poses()[:480]
    phase = 2 * np.pi * np.arange(480) / 60
    # One arm is on its way down while the other one goes up: their mean hardly moves.
    clip = swung(standing, "left_elbow", 50 * (1 - np.cos(phase)))
    clip = swung(clip, "right_elbow", 50 * (1 + np.cos(phase)))
    named, free = counts(clip, "biceps_curl")
    assert 15 <= named <= 17
    assert free in (7, 8, 9)


@pytest.mark.parametrize("name", ["squat", "any"])
def test_one_side_alone_counts(name):
    standing = Squats(repetitions=1, lead_s=10.0).poses()[:480]
    clip = swung(standing, "left_shoulder", 45 * (1 - np.cos(2 * np.pi * np.arange(480) / 80)), axis="y")
    assert len(segment(clip, known("lateral_raise" if name == "squat" else name)).repetitions) == 6


@pytest.mark.parametrize("name", ["squat", "any"])
def test_pauses_at_the_bottom_and_changing_tempo(name):
    parts = []
    for seconds, pause in ((1.2, 0.0), (2.0, 3.0), (3.5, 1.0), (1.5, 0.5), (2.5, 2.0), (1.8, 0.0)):
        way = (1 - np.cos(np.linspace(0, np.pi, round(15 * seconds)))) / 2
        parts += [way, np.ones(round(30 * pause)), way[::-1], np.zeros(15)]
    motion = Squats()
    depth = np.concatenate([np.zeros(30), *parts, np.zeros(30)])
    clip = figure(depth, 30, motion.shank_deg, motion.thigh_deg, motion.trunk_deg, 0)
    assert len(segment(clip, known(name)).repetitions) == 6


@pytest.mark.parametrize("name", ["squat", "any"])
def test_a_camera_that_is_pushed(name):
    squats = Squats(repetitions=6).poses()
    positions = squats.positions.copy()
    positions[200:] = turned(squats, 20, (0.4, -0.3, 0.1)).positions[200:]
    assert len(segment(squats.replace("pushed", positions=positions), known(name)).repetitions) == 6


@pytest.mark.parametrize("name", ["squat", "any"])
def test_a_half_repetition_is_marked(name):
    found = segment(Squats(repetitions=6, depths=(1, 1, 0.45, 1, 0.9, 1)).poses(), known(name)).repetitions
    assert [rep.full for rep in found] == [True, True, False, True, True, True]


@pytest.mark.parametrize("name", ["squat", "any"])
def test_a_clip_that_starts_at_the_bottom_is_not_turned_upside_down(name):
    motion = Squats(repetitions=6, rest_s=0.6)
    start = motion.lead_s + motion.period_s / 2
    found = segment(motion.poses()[round(30 * start) :], known(name)).repetitions
    assert [rep.full for rep in found] == [False] + [True] * 5
    np.testing.assert_allclose([rep.start / 30 for rep in found[1:]], motion.starts_s[1:] - start, atol=0.2)


@settings(max_examples=12, deadline=None)
@given(
    repetitions=st.integers(3, 8),
    period=st.floats(1.2, 4.0),
    rest=st.floats(0.2, 1.5),
    fps=st.sampled_from([15.0, 30.0, 60.0, 120.0]),
    degrees=st.floats(0, 360),
    name=st.sampled_from(["squat", "any"]),
)
def test_what_does_not_change_the_count(repetitions, period, rest, fps, degrees, name):
    motion = Squats(repetitions=repetitions, period_s=period, rest_s=rest)
    poses, exercise = motion.poses(), known(name)
    backwards = poses.replace("backwards", positions=poses.positions[::-1])
    for other in (poses, backwards, mirrored(poses), resample_poses(poses, fps), turned(poses, degrees, (3, -2, 0))):
        assert len(segment(other, exercise).repetitions) == repetitions
