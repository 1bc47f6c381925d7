"""The three squat mistakes on figures that make them by a known amount, and every way not to know."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from fitlab.analysis.lifted import View
from fitlab.analysis.lifting_errors import MeasureError, described
from fitlab.analysis.report import analyse
from fitlab.exercises import Exercise, Measure, find_exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17
from tests.motions import Squats, mirrored, turned


@pytest.fixture(scope="module")
def squat() -> Exercise:
    found = find_exercise("squat")
    assert found is not None
    return found


def states(poses: PoseSequence, squat: Exercise) -> dict[str, str]:
    return {verdict.mistake: verdict.state for verdict in analyse(poses, squat).verdicts}


def at_bottom(motion: Squats, greatest: float) -> float:
    """The median over the bottom phase of something that grows with depth to ``greatest``."""
    depth = motion.depth()
    return float(np.median(depth[depth >= 0.85])) * greatest


GOOD = {"knees_inward": "no", "too_shallow": "no", "trunk_forward": "no"}


def test_a_good_squat_has_no_mistake(squat):
    assert states(Squats().poses(), squat) == GOOD


@pytest.mark.parametrize(
    ("motion", "mistake"),
    [
        (Squats(inward_cm=8), "knees_inward"),
        (Squats(thigh_deg=55), "too_shallow"),
        (Squats(trunk_deg=65), "trunk_forward"),
    ],
)
def test_each_mistake_is_found_alone_in_every_repetition(squat, motion, mistake):
    for poses in (motion.poses(), mirrored(motion.poses()), turned(motion.poses(), 140)):
        report = analyse(poses, squat)
        assert {v.mistake: v.state for v in report.verdicts} == {**GOOD, mistake: "yes"}
        assert [f.repetition for f in report.findings if f.state == "yes"] == [0, 1, 2, 3, 4]


def test_size_severity_and_confidence_are_those_of_the_rule(squat):
    motion = Squats(inward_cm=7, fps=60)
    rule = next(rule for rule in squat.mistakes if rule.name == "knees_inward")
    for found in analyse(motion.poses(), squat).mistakes():
        assert found.value == pytest.approx(at_bottom(motion, 7), abs=0.1)
        assert found.excess == pytest.approx(found.value - rule.threshold)
        assert found.severity == pytest.approx(found.excess / (rule.severe - rule.threshold))
        assert found.confidence == pytest.approx(norm.cdf(1.645 * found.excess / rule.margin))
        assert (found.phase, found.joint_group, found.unit) == ("bottom", "knees", "cm")
        assert found.start < found.stop


def test_severity_stops_at_one(squat):
    assert all(found.severity == 1 for found in analyse(Squats(inward_cm=20).poses(), squat).mistakes())


def test_within_the_margin_nobody_can_tell(squat):
    inward = 3 / at_bottom(Squats(), 1.0)
    report = analyse(Squats(inward_cm=inward).poses(), squat)
    verdict = report.verdicts[0]
    assert verdict.state == "cannot_tell" and verdict.confidence == 0
    assert "within 1.5 cm of the limit (at most 3 cm)" in verdict.reason
    assert report.mistakes() == ()


def seen(rule: str, slope: float = 1.0, intercept: float = 0.0, deviation: float = 0.0) -> View:
    """From the front, with an error of one rule's measure that is the same from everywhere."""
    errors = {"squat": {rule: MeasureError([slope] * 5, [intercept] * 5, [deviation] * 5, _of_squat(rule))}}
    return View(np.array([0.0, 1.0, 0.0]), errors)


def _of_squat(name: str) -> str:
    squat = find_exercise("squat")
    rule = next(rule for rule in squat.mistakes if rule.name == name)
    return described(rule, squat.measures[rule.measure])


def test_what_lifting_loses_is_given_back(squat):
    """Knees that come out a third as far inward as they were."""
    motion = Squats(inward_cm=8 / 3)
    assert states(motion.poses(), squat) == GOOD | {"knees_inward": "cannot_tell"}
    report = analyse(motion.poses(), squat, view=seen("knees_inward", slope=3.0))
    for found in report.mistakes():
        assert found.value == pytest.approx(at_bottom(motion, 8), abs=0.1)
        assert f"({found.value / 3:.1f} as lifted)" in found.reason
    assert {v.mistake: v.state for v in report.verdicts} == GOOD | {"knees_inward": "yes"}


def test_what_the_view_leaves_open_cannot_be_told(squat):
    poses = Squats(repetitions=1, inward_cm=8).poses()
    report = analyse(poses, squat, view=seen("knees_inward", deviation=10.0))
    found = report.verdicts[0]
    assert (found.mistake, found.state, found.deviation) == ("knees_inward", "cannot_tell", 10.0)
    assert "(at most 3 cm is right), but may be off by 16.4 cm when seen from the front" in found.reason
    surer = analyse(poses, squat, view=seen("knees_inward", deviation=2.0)).mistakes(0)[0]
    assert surer.confidence == pytest.approx(norm.cdf(surer.excess / 2.0))


def test_an_answer_is_right_with_three_in_four(squat):
    poses = Squats(repetitions=1, inward_cm=8).poses()
    excess = analyse(poses, squat).mistakes(0)[0].excess
    for sure, state in ((0.77, "yes"), (0.73, "cannot_tell")):
        view = seen("knees_inward", deviation=excess / norm.ppf(sure))
        assert analyse(poses, squat, view=view).findings[0].state == state


def test_an_error_says_nothing_of_another_rule_of_the_same_name(squat):
    """One's own exercise of a known name, whose rule looks at something else."""
    other = replace(
        squat, measures={**squat.measures, "knee_inward": Measure("knee_inward", "off_line", ("hip", "knee", "ankle"))}
    )
    poses = Squats(inward_cm=8).poses()
    view = seen("knees_inward", intercept=-50.0)
    assert analyse(poses, squat, view=view).findings[0].state == "no"
    assert analyse(poses, other, view=view).findings == analyse(poses, other).findings


def test_from_nowhere_nothing_can_be_told(squat, monkeypatch):
    monkeypatch.setattr(View, "azimuths", lambda self, left: np.full(len(left), np.nan))
    report = analyse(Squats(inward_cm=8).poses(), squat, view=seen("knees_inward"))
    assert report.findings[0].state == "cannot_tell" and "hips and shoulders are hidden" in report.findings[0].reason
    assert report.findings[1].state == "no"  # a rule without an error


def test_a_corrected_angle_is_an_angle(squat):
    report = analyse(Squats().poses(), squat, view=seen("too_shallow", intercept=-300.0))
    rule = next(rule for rule in squat.mistakes if rule.name == "too_shallow")
    low = -90.0 if squat.measures[rule.measure].kind == "elevation" else 0.0
    assert next(f for f in report.findings if f.mistake == "too_shallow").value == low


def test_a_view_never_makes_a_rule_surer_than_its_own_margin(squat):
    poses = Squats(inward_cm=8).poses()
    plain, viewed = (analyse(poses, squat, view=view).mistakes(0)[0] for view in (None, seen("knees_inward")))
    assert viewed.deviation == plain.deviation == 1.5 / 1.645
    assert viewed.confidence == pytest.approx(plain.confidence)


def test_a_view_says_nothing_of_other_exercises(squat):
    poses = Squats(inward_cm=8).poses()
    view = View(np.array([0.0, 1.0, 0.0]), {"lunge": {"knees_inward": MeasureError([0.0] * 5, [0.0] * 5, [9.0] * 5)}})
    assert analyse(poses, squat, view=view).findings == analyse(poses, squat).findings


@pytest.mark.parametrize("share_of_repetitions", [1, 3])
def test_single_repetitions_are_named(squat, share_of_repetitions):
    good, bad = Squats(repetitions=1), Squats(repetitions=1, inward_cm=9)
    clips = [bad if index < share_of_repetitions else good for index in range(4)]
    positions = np.concatenate([clip.poses().positions for clip in clips])
    report = analyse(PoseSequence(positions, 30, H36M17, "world"), squat)
    assert [found.repetition for found in report.mistakes()] == list(range(share_of_repetitions))
    assert f"in {share_of_repetitions} of 4 repetitions" in report.verdicts[0].reason


def test_joints_of_some_confidence_are_judged(squat):
    poses = Squats(inward_cm=9).poses()
    report = analyse(poses.replace("unsure", confidence=np.full(poses.confidence.shape, 0.25)), squat)
    assert {v.mistake: v.state for v in report.verdicts}["knees_inward"] == "yes"


def test_uncertain_joints_cannot_be_judged(squat):
    poses = Squats(inward_cm=9).poses()
    confidence = np.ones(poses.confidence.shape)
    confidence[:, H36M17.index("left_knee")] = 0.15
    report = analyse(poses.replace("unsure", confidence=confidence), squat)
    assert {v.mistake: v.state for v in report.verdicts} == {
        "knees_inward": "cannot_tell", "too_shallow": "cannot_tell", "trunk_forward": "no",
    }  # fmt: skip
    assert "confidence 0.15" in report.verdicts[0].reason


def test_a_hidden_joint_cannot_be_judged(squat):
    poses = Squats(trunk_deg=70).poses()
    positions = poses.positions.copy()
    positions[:, H36M17.index("thorax")] = np.nan
    verdict = analyse(PoseSequence(positions, 30, H36M17, "world"), squat).verdicts[2]
    assert verdict.state == "cannot_tell" and "hidden" in verdict.reason


def test_a_joint_that_the_skeleton_lacks_cannot_be_judged(squat):
    toe = replace(squat.measures["knee_inward"], joints=("big_toe", "knee"))
    report = analyse(Squats().poses(), replace(squat, measures={**squat.measures, "knee_inward": toe}))
    assert report.verdicts[0].state == "cannot_tell"
    assert "left_big_toe, right_big_toe" in report.verdicts[0].reason


def test_the_worse_side_counts_where_the_rule_says_so(squat):
    poses = Squats().poses()
    positions = poses.positions.copy()
    positions[:, H36M17.index("right_knee"), 0] -= 0.08 * Squats().depth()  # the right is at positive x
    lopsided = PoseSequence(positions, 30, H36M17, "world")
    mean = analyse(lopsided, squat).findings[0]
    worst_rule = tuple(replace(rule, sides="worst") for rule in squat.mistakes)
    worst = analyse(lopsided, replace(squat, mistakes=worst_rule)).findings[0]
    assert worst.value == pytest.approx(2 * mean.value, abs=0.3)
    assert worst.state == "yes" and worst.reason.startswith("right knee inward")
    best_rule = tuple(replace(rule, sides="best") for rule in squat.mistakes)
    best = analyse(lopsided, replace(squat, mistakes=best_rule)).findings[0]
    assert best.value == pytest.approx(0, abs=0.3) and best.reason.startswith("left knee inward")


def test_below_is_the_mirror_of_above(squat):
    rule = replace(squat.mistakes[1], measure="knee_angle", direction="below", threshold=90, margin=5, severe=40)
    found = analyse(Squats().poses(), replace(squat, mistakes=(rule,))).findings[0]
    assert found.state == "yes" and "should be at least 90" in found.reason
    assert found.excess == pytest.approx(90 - found.value)


def test_a_rest_phase_is_judged_after_the_repetition(squat):
    locked = {"measure": "knee_angle", "phase": "standing", "direction": "below", "threshold": 160.0}
    rule = replace(squat.mistakes[1], **locked, margin=3.0, severe=120.0)
    findings = analyse(Squats(repetitions=3).poses(), replace(squat, mistakes=(rule,))).findings
    assert [f.state for f in findings] == ["no", "no", "no"]
    cut = Squats(repetitions=3, lead_s=0.0).poses()
    findings = analyse(cut, replace(squat, mistakes=(rule,))).findings
    assert [f.state for f in findings] == ["no", "no", "cannot_tell"]  # the clip ends with the last one
    assert "does not show" in findings[-1].reason


def test_a_way_that_the_clip_cuts_off_is_not_judged_by_the_next_repetition(squat):
    motion = Squats(repetitions=3, lead_s=0.0, rest_s=0.0, trunk_deg=65)
    rule = replace(squat.mistakes[2], phase="going down", threshold=5.0, severe=60.0)
    report = analyse(motion.poses()[30:], replace(squat, mistakes=(rule,)))  # begins at the first bottom
    first, second = report.findings[:2]
    assert (first.state, second.state) == ("cannot_tell", "yes")
    assert "does not show the phase 'going down'" in first.reason


def test_without_repetitions_nothing_can_be_told(squat):
    report = analyse(Squats(thigh_deg=2, shank_deg=1).poses(), squat)
    assert report.repetitions == ()
    assert {v.state for v in report.verdicts} == {"cannot_tell"}
    assert {v.reason for v in report.verdicts} == {"no repetition was found"}


def test_medians_hold_against_jitter(squat, rng):
    poses = Squats(inward_cm=8).poses()
    noisy = poses.replace("jitter", positions=poses.positions + rng.normal(scale=0.01, size=poses.positions.shape))
    assert states(noisy, squat) == {**GOOD, "knees_inward": "yes"}


def test_a_turn_that_the_clip_does_not_show_is_not_judged(squat):
    motion = Squats(repetitions=4)
    for share in (0.38, 0.42):  # of the last repetition, on the way down
        report = analyse(motion.poses()[: round((motion.starts_s[3] + share * motion.period_s) * motion.fps)], squat)
        assert [rep.full for rep in report.repetitions] == [True, True, True, False]
        last = [finding for finding in report.findings if finding.repetition == 3]
        assert {finding.state for finding in last} == {"cannot_tell"}
        assert all("the clip does not show" in finding.reason for finding in last)
        assert {verdict.mistake: verdict.state for verdict in report.verdicts} == GOOD
