"""The runner that counts recorded people, on motions whose counts are known."""

import numpy as np
import pytest

from fitlab.datasets import uiprmd
from fitlab.evaluation import repetitions as module
from fitlab.evaluation.repetitions import (
    Counted,
    RecordedSet,
    cmu_table,
    count,
    counting_table,
    fed,
    movement_exercises,
    online_table,
    robustness_table,
)
from fitlab.exercises import find_exercise
from tests.motions import Squats


def recorded(motion: Squats, movement: str = "m01", kind: str = "vicon", correct: bool = True) -> RecordedSet:
    boundaries = np.stack([motion.starts_s, motion.starts_s + motion.period_s], axis=1)
    return RecordedSet(movement, "s01", kind, correct, motion.poses(), boundaries)


@pytest.fixture
def squat():
    exercise = find_exercise("squat")
    assert exercise is not None
    return exercise


@pytest.fixture
def ways(squat):
    anything = find_exercise("any")
    assert anything is not None
    return {"by name": {"m01": squat}, "without": {"m01": anything}}


def test_a_known_motion_is_counted_and_its_boundaries_are_near(squat):
    counted = count(recorded(Squats(repetitions=4)), squat)
    assert counted.spans.shape == (4, 2)
    assert counted.errors_s.shape == (8,) and counted.errors_s.max() < 0.15
    assert count(recorded(Squats(thigh_deg=1, shank_deg=1)), squat).errors_s.size == 0


def test_errors_are_to_the_nearest_boundary():
    counted = Counted(recorded(Squats(repetitions=2)), np.array([[1.1, 2.8]]))  # true: 1 to 3, 3.5 to 5.5
    np.testing.assert_allclose(counted.errors_s, [0.1, 0.2, 2.4, 2.7])


def test_the_table_adds_up_and_names_what_went_wrong(squat):
    right, wrong = recorded(Squats()), recorded(Squats(), kind="kinect", correct=False)
    table = counting_table([count(right, squat), Counted(wrong, np.array([[1.0, 3.0], [3.5, 5.5]]))])
    assert "| m01 deep squat | 2 | 0.500 | 0.300 | 0.500 |" in table
    assert "| all, vicon | 1 | 1.000 | 0.000 | 1.000 |" in table
    assert "m02" not in table
    assert "Off by more than one: m01 s01 kinect incorrect: 2 of 5." in table


def test_every_movement_has_an_exercise_with_a_drive():
    exercises = movement_exercises()
    assert list(exercises) == list(uiprmd.MOVEMENTS)
    for exercise in exercises.values():
        assert exercise.drive is not None and exercise.drive.measure in exercise.measures


def test_disturbed_squats_keep_their_count(ways):
    table = robustness_table([recorded(Squats(repetitions=6, rest_s=0.6))], ways)
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert len(rows) == len(module.DISTURBANCES) + 1
    assert all(row.endswith("| 1 | 1.000 | 1.000 |") for row in rows), table


def test_feeding_counts_as_the_whole_clip_does(ways, squat):
    announced, late = fed(Squats(fps=15).poses(), squat)
    assert announced == 5 and len(late) == 5 and 0 < min(late) <= max(late) <= 0.8
    table = online_table([recorded(Squats(fps=15))], ways)
    assert "| by name | 1 | 1.000 | 1.000 | 1.000 |" in table


def test_recorded_gymnastics_are_counted_as_by_eye(real_data):
    rows = [line.strip("| ").split(" | ") for line in cmu_table(real_data).splitlines()[2:]]
    assert len(rows) == len(module.COUNTED_BY_EYE)
    for trial, action, eye, named, _, free in rows:
        assert int(named) == int(eye), (trial, action)
        # Without a name left and right knee are one.
        assert int(free) == (int(eye) // 2 if action == "KneeRaise" else int(eye)), (trial, action)


@pytest.mark.parametrize("movement", list(uiprmd.MOVEMENTS))
def test_recorded_movements_by_name(real_data, movement):
    for kind in ("vicon", "kinect"):
        seq, frames = uiprmd.joined(real_data, movement, "s02", kind)  # type: ignore[arg-type]
        counted = count(RecordedSet(movement, "s02", kind, True, seq, frames / seq.fps), movement_exercises()[movement])
        assert abs(len(counted.spans) - len(frames)) <= 1
        assert np.median(counted.errors_s) < 0.5  # of this one set; the tables have all
