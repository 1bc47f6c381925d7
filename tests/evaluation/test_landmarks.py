"""Rules on single frames, and stages from a drive."""

import numpy as np
import pytest

from fitlab.analysis.results import Verdict
from fitlab.analysis.segmentation import segment
from fitlab.datasets import exercise_correction
from fitlab.evaluation.landmarks import RULES, agreement, fitted_depth, is_down, judged
from fitlab.exercises import find_exercise
from tests.motions import Squats, figure


def test_every_frame_gets_the_rules_verdict():
    depth = np.linspace(0, 1, 11)
    found = judged(figure(depth, 30, 30, 85, 100, 0.0), find_exercise("squat"), "trunk_forward")
    assert [v.repetition for v in found] == list(range(11))
    np.testing.assert_allclose([v.value for v in found], 100 * depth, atol=0.01)
    assert [v.state for v in found] == ["no"] * 5 + ["cannot_tell"] + ["yes"] * 5  # 50 degrees, margin 5


def verdict(excess: float, state: str) -> Verdict:
    return Verdict("m", state, "", "trunk", "bottom", "deg", excess=excess)  # type: ignore[arg-type]


def test_agreement_by_hand():
    verdicts = [verdict(9, "yes"), verdict(2, "cannot_tell"), verdict(-1, "cannot_tell"), verdict(-8, "no"),
                verdict(7, "yes"), verdict(float("nan"), "cannot_tell")]  # fmt: skip
    found = agreement(verdicts, np.array([1, 1, 1, 0, 0, 0], bool))
    assert (found.precision, found.recall, found.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert found.macro_f1 == pytest.approx(2 / 3)
    assert found.told == 0.5 and found.told_f1 == pytest.approx(2 / 3)
    assert found.auc == pytest.approx(7 / 9)


def test_down_is_the_half_of_a_repetition_around_its_turn():
    motion = Squats(repetitions=3, period_s=2.0)
    down = is_down(segment(motion.poses(), find_exercise("squat")))
    true = motion.depth() > 0.5
    assert np.mean(down == true) > 0.97 and down.any() and not down.all()


def test_nothing_is_down_where_nobody_moves():
    assert not is_down(segment(Squats(thigh_deg=0, shank_deg=0, trunk_deg=0).poses(), find_exercise("squat"))).any()


@pytest.mark.parametrize("name", list(RULES))
def test_recorded_mistakes_are_found_without_training(real_data, name):
    exercise, mistake, _ = RULES[name]
    frames = exercise_correction.load(real_data, name)
    found = agreement(judged(frames.world(), find_exercise(exercise), mistake), frames.labels == "L")
    assert found.f1 >= 0.90 and found.macro_f1 >= 0.90


def test_recorded_stages(real_data):
    depth = fitted_depth(exercise_correction.load(real_data, "squat_train"))
    frames = exercise_correction.load(real_data, "squat")
    down = is_down(segment(frames.world(depth=depth), find_exercise("squat")))
    assert np.mean(down == (frames.labels == "down")) >= 0.95
