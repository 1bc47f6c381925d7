"""Where the exercise is: by gestures, by activity, by hand (around repetitions: test_phases)."""

import numpy as np
import pytest
import yaml

from fitlab.analysis.report import analyse
from fitlab.analysis.trimming import (
    HANDS_UP,
    HIPS_LOW,
    ControlPoint,
    active_spans,
    between_gestures,
    control_spans,
    trim_between,
    trim_by_hand,
)
from fitlab.errors import InputError
from fitlab.exercises import Exercise, Measure, exercise_files, find_exercise, load_exercise
from fitlab.poses import PoseSequence, join
from tests.motions import Squats, turned

STANDING = Squats(repetitions=1, lead_s=20.0).poses()


def hands_up(seconds: float) -> PoseSequence:
    still = STANDING[: round(30 * seconds)]
    positions = still.positions.copy()
    for side in ("left", "right"):
        for joint, above in (("elbow", 0.28), ("wrist", 0.55)):
            shoulder = positions[:, still.skeleton.index(f"{side}_shoulder")]
            positions[:, still.skeleton.index(f"{side}_{joint}")] = shoulder + np.array([0, 0, above])
    return still.replace("hands up", positions=positions)


@pytest.fixture
def with_gestures() -> Exercise:
    content = yaml.safe_load(exercise_files()["squat"].read_text())
    content["measures"]["hands_height"] = {"kind": "height", "joints": ["head_top", "wrist"]}
    gesture = {"measure": "hands_height", "direction": "above", "threshold": 0, "seconds": 0.5}
    return load_exercise({**content, "start": gesture, "end": gesture})


def test_an_exercise_lies_between_the_gestures_of_its_file(with_gestures):
    before, squats = Squats(repetitions=2).poses(), Squats(repetitions=3).poses()
    clip = join([before, hands_up(1), squats, hands_up(1), before])
    first = len(before) + 30
    report = analyse(clip, with_gestures, squats)
    alone = analyse(squats, find_exercise("squat"), squats)
    assert len(report.repetitions) == 3
    for rep, expected in zip(report.repetitions, alone.repetitions, strict=True):
        assert abs(rep.start - expected.start - first) <= 2 and abs(rep.turn - expected.turn - first) <= 2
    assert first - 2 <= report.trimmed[0] and report.trimmed[1] <= first + len(squats) + 2
    assert np.isnan(report.drive[: first - 2]).all() and len(report.drive) == len(clip)
    assert {p.repetition for p in report.phases} == {0, 1, 2, None}
    assert [(f.mistake, f.state) for f in report.findings] == [(f.mistake, f.state) for f in alone.findings]
    assert report.comparison is not None and max(d.mean_deg for d in report.comparison.groups.values()) < 1
    assert len(analyse(clip, find_exercise("squat")).repetitions) == 7


def test_a_gesture_that_is_not_made_or_leaves_nothing_between(with_gestures):
    with pytest.raises(InputError, match=r"the gesture must be made: hands_height above 0 cm for 0\.5 s"):
        analyse(Squats().poses(), with_gestures)
    with pytest.raises(InputError, match=r"at least 0\.5 s between its gestures, got 0\.\d\d s"):
        between_gestures(join([hands_up(1), STANDING[:9], hands_up(1)]), with_gestures)


def test_hands_up_begin_and_end_the_exercise():
    squats = Squats().poses()
    clip = join([STANDING[:60], hands_up(1), squats, hands_up(1), STANDING[:90]])
    start, stop = trim_between(clip, HANDS_UP, HANDS_UP)
    assert abs(start - 90) <= 2 and abs(stop - (90 + len(squats))) <= 2
    assert trim_between(clip, start=HANDS_UP)[1] == len(clip)
    assert trim_between(clip, end=HANDS_UP)[0] == 0
    assert trim_between(clip) == (0, len(clip))


def test_a_short_or_missing_gesture():
    clip = join([STANDING[:60], hands_up(0.3), STANDING[:60]])
    assert control_spans(clip, HANDS_UP) == []
    with pytest.raises(InputError, match=r"gesture must be made: hands_height above 0 cm for 0.5 s"):
        trim_between(clip, start=HANDS_UP)
    once = join([STANDING[:60], hands_up(1), STANDING[:60]])
    with pytest.raises(InputError, match="before the end gesture"):
        trim_between(once, HANDS_UP, HANDS_UP)


def test_low_hips_are_found_where_the_squat_is_low():
    motion = Squats(repetitions=3, period_s=4.0)
    spans = control_spans(motion.poses(), HIPS_LOW)
    assert len(spans) == 3
    middles = np.array(spans).mean(axis=1) / 30
    np.testing.assert_allclose(middles, motion.starts_s + 2, atol=0.05)


def test_joints_that_are_never_seen():
    point = ControlPoint(Measure("heels", "height", ("left_heel", "left_knee")), "above", 0)
    with pytest.raises(InputError, match="got none of left_heel"):
        control_spans(STANDING, point)


def test_activity_is_neither_walking_nor_standing():
    squats = Squats(repetitions=5, rest_s=0.3, lead_s=0.1).poses()
    still = STANDING[:300]
    frames = np.arange(120)
    walking = STANDING[:120].positions + np.stack([0 * frames, -4 + frames / 30, 0 * frames], axis=1)[:, None]
    walk_in = STANDING[:120].replace("walk", positions=walking)
    clip = join([walk_in, squats, still, squats, turned(still, 0)])
    spans = active_spans(clip)
    expected = [(120, 120 + len(squats)), (420 + len(squats), 420 + 2 * len(squats))]
    assert len(spans) == 2
    np.testing.assert_allclose(spans, expected, atol=30)  # speeds are means over a second
    assert active_spans(still) == []


def test_by_hand():
    assert trim_by_hand(STANDING, 1.0, 2.5) == (30, 75)
    assert trim_by_hand(STANDING, 0, STANDING.duration) == (0, len(STANDING))
    for start, stop in ((2, 1), (-1, 2), (0, 1e3)):
        with pytest.raises(InputError, match="must be in order and within"):
            trim_by_hand(STANDING, start, stop)


def test_nothing_moves_in_a_single_picture():
    assert active_spans(Squats(repetitions=1).poses()[:1]) == []
