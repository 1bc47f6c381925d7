"""What a lifted measure probably was, by its error and by the repetition as a whole."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from fitlab.analysis.habits import together
from fitlab.analysis.lifted import SURE, Lifted, Reading, View
from fitlab.analysis.lifting_errors import MeasureError, described
from fitlab.analysis.mistakes import judge_repetitions
from fitlab.analysis.recognition import Recognition
from fitlab.analysis.report import analyse
from fitlab.analysis.segmentation import segment
from fitlab.exercises import find_exercise
from tests.motions import Squats

SQUAT = find_exercise("squat")
RULE = next(rule for rule in SQUAT.mistakes if rule.name == "knees_inward")  # above 3 cm
MEASURE = SQUAT.measures[RULE.measure]
FRONT = np.array([0.0, 1.0, 0.0])


class Sure(Recognition):
    """Recognises every mistake with the same probability."""

    def __init__(self, likely, neutral=0.5):
        object.__setattr__(self, "likely", likely)
        object.__setattr__(self, "neutral", neutral)

    def components(self, seen):
        return np.zeros(1)

    def probability(self, rule, measure, components, value, azimuth_deg):
        return self.likely, self.neutral


def view(likely=None, deviation=2.0) -> View:
    error = MeasureError([1.0] * 5, [0.0] * 5, [deviation] * 5, described(RULE, MEASURE))
    recognition = {} if likely is None else {"squat": Sure(likely)}
    return View(FRONT, {"squat": {RULE.name: error}}, recognition)


def found(motion, seen):
    """Of the only repetition: no other has a say."""
    report = analyse(replace(motion, repetitions=1).poses(), SQUAT, view=seen)
    return report.findings[[rule.name for rule in SQUAT.mistakes].index(RULE.name)]


def test_nothing_known_of_the_exercise_is_no_lifted_person():
    poses = Squats().poses()
    assert Lifted.of(poses, SQUAT, None) is None
    assert Lifted.of(poses, SQUAT, View(FRONT, {"lunge": {}}, {"lunge": Sure(1.0)})) is None
    assert Lifted.of(poses, SQUAT, view(0.5)) is not None


@pytest.mark.parametrize(("likely", "state"), [(0.9, "yes"), (0.76, "yes"), (0.6, "cannot_tell"), (0.1, "no")])
def test_the_repetition_as_a_whole_decides(likely, state):
    for inward in (-2, 8):  # whatever the measure alone says
        verdict = found(Squats(inward_cm=inward), view(likely))
        assert (verdict.state, verdict.probability) == (state, likely)
        assert verdict.confidence == (0 if state == "cannot_tell" else max(likely, 1 - likely))
        doubt = f"by the repetition as a whole the mistake has a probability of {100 * likely:.0f} %"
        assert (doubt in verdict.reason) == (state == "cannot_tell")


@pytest.mark.parametrize(("likely", "inward"), [(0.9, 1.0), (0.9, 9.0), (0.1, 9.0), (0.1, -3.0), (0.6, 4.0)])
def test_the_size_is_on_the_side_that_was_decided(likely, inward):
    """The mean of what the error leaves open there, by numerical integration."""
    motion = Squats(inward_cm=inward)
    deviation = 2.0
    mean = found(motion, view(deviation=deviation)).value
    density = norm(mean, deviation).pdf
    sides = [
        quad(lambda x: x * density(x), low, high)[0] / quad(density, low, high)[0]
        for low, high in ((RULE.threshold - 40, RULE.threshold), (RULE.threshold, RULE.threshold + 40))
    ]
    share = likely if 1 - SURE < likely < SURE else round(likely)
    verdict = found(motion, view(likely, deviation))
    assert verdict.value == pytest.approx((1 - share) * sides[0] + share * sides[1], abs=1e-3)
    if verdict.state != "cannot_tell":
        assert (verdict.excess > 0) == (verdict.state == "yes")


def test_far_within_the_rule_a_mistake_has_hardly_a_size():
    verdict = found(Squats(inward_cm=-20), view(0.99, deviation=0.1))
    assert verdict.state == "yes"
    assert 0 <= verdict.excess < 0.1
    assert np.isfinite(verdict.value)


def test_a_measure_without_its_joints_is_told_by_the_rest():
    """Human3.6M's layout has no heels."""
    sumo = find_exercise("sumo_squat")
    poses = Squats(repetitions=1).poses()
    for likely, state in ((0.9, "yes"), (0.5, "cannot_tell"), (0.05, "no")):
        report = analyse(poses, sumo, view=View(FRONT, {}, {"sumo_squat": Sure(likely)}))
        heels = next(finding for finding in report.findings if finding.mistake == "heels_up")
        assert (heels.state, heels.probability) == (state, likely)
        assert np.isnan(heels.value)
        assert "has no" in heels.reason and f"{100 * likely:.0f} %" in heels.reason
        if state == "yes":
            assert heels.severity == pytest.approx(0.8)
            assert any(piece.mistake == "heels_up" and "Heels up" in piece.text for piece in report.advice)
            assert report.to_metrics()["reps"][0]["mistakes"]
    plain = analyse(poses, sumo, view=View(FRONT, {"sumo_squat": {}}, {}))
    assert next(f for f in plain.findings if f.mistake == "heels_up").state == "cannot_tell"


@pytest.mark.parametrize(("confidence", "states"), [(0.09, ("cannot_tell",) * 2), (0.11, ("yes", "no"))])
def test_unsure_joints_are_told_by_the_whole_repetition_and_hidden_ones_are_not(confidence, states):
    """What a repetition tells as a whole was learned from joints that the detector was as unsure of."""
    poses = Squats().poses()
    unsure = np.ones(poses.confidence.shape)
    unsure[:, poses.skeleton.index("left_knee")] = confidence  # the other leg is seen
    for likely, state in zip((0.9, 0.1), states, strict=True):
        finding = analyse(poses.replace("unsure", confidence=unsure), SQUAT, view=view(likely)).findings[0]
        assert finding.state == state and f"confidence {confidence:.2f}" in finding.reason
        assert np.isnan(finding.value)
        assert ("by the repetition as a whole" in finding.reason) == (confidence > 0.1)


def test_repetitions_that_cannot_be_described_are_judged_by_their_measure():
    """At four frames a second a repetition has too few of them."""
    verdict = found(Squats(inward_cm=9, fps=4), view(0.01))
    assert verdict.state == "yes"


def of_rule(report, name):
    return [finding for finding in report.findings if finding.mistake == name]


def test_of_half_repetitions_only_how_far_they_go_is_told():
    motion = Squats(repetitions=4, depths=(1, 1, 0.4, 1), inward_cm=9)
    for seen in (view(0.9), view(), View(FRONT, {}, {"squat": Sure(0.9)})):
        report = analyse(motion.poses(), SQUAT, view=seen)
        assert [rep.full for rep in report.repetitions] == [True, True, False, True]
        knees = of_rule(report, "knees_inward")
        assert [finding.state for finding in knees] == ["yes", "yes", "cannot_tell", "yes"]
        assert "half repetition" in knees[2].reason and np.isnan(knees[2].probability)
        assert of_rule(report, "too_shallow")[2].state == "yes"
    far = analyse(replace(motion, inward_cm=18).poses(), SQUAT, view=view(0.9))
    assert of_rule(far, "knees_inward")[2].state == "yes"  # both say so
    for seen in (view(0.1), view(0.6), view()):
        assert of_rule(analyse(replace(motion, inward_cm=18).poses(), SQUAT, view=seen), "knees_inward")[2].state == (
            "cannot_tell"
        )
    judged_as_exact = analyse(motion.poses(), SQUAT)
    assert of_rule(judged_as_exact, "too_shallow")[2].state == "yes"
    assert of_rule(judged_as_exact, "knees_inward")[0].state == "yes"


def test_of_a_repetition_that_the_clip_cuts_off_nothing_is_recognised():
    motion = Squats(repetitions=4, inward_cm=9)
    middle = round((motion.starts_s[3] + 0.7 * motion.period_s) * motion.fps)  # on the way up
    report = analyse(motion.poses()[:middle], SQUAT, view=view(0.9))
    assert [rep.full for rep in report.repetitions] == [True, True, True, False]
    last = [finding for finding in report.findings if finding.repetition == 3]
    assert {finding.state for finding in last} == {"cannot_tell"}
    assert any("only a part of this half repetition" in finding.reason for finding in last)


def test_where_the_gestures_end_is_where_a_repetition_is_cut_off():
    poses = Squats(repetitions=4, depths=(1, 1, 0.4, 1), inward_cm=18).poses()
    segmented = segment(poses, SQUAT)
    rep = segmented.repetitions[2]
    lifted = Lifted.of(poses, SQUAT, view(0.9))

    def told(shown):
        verdicts = judge_repetitions(SQUAT, segmented.curves, [rep], segmented.phases, lifted, shown)
        return next(verdict for verdict in verdicts if verdict.mistake == RULE.name)

    assert told(None).state == "yes"
    for shown in ((0, rep.stop), (rep.start, len(poses))):
        assert told(shown).state == "cannot_tell" and "only a part" in told(shown).reason


def test_of_a_half_repetition_a_value_that_is_not_known_agrees_with_nothing():
    """No error is known of the rule's measure, and the skeleton lacks its joints."""
    sumo = find_exercise("sumo_squat")
    poses = Squats(repetitions=4, depths=(1, 1, 0.4, 1)).poses()
    report = analyse(poses, sumo, view=View(FRONT, {}, {"sumo_squat": Sure(0.9)}))
    assert [rep.full for rep in report.repetitions] == [True, True, False, True]
    heels = of_rule(report, "heels_up")
    assert [finding.state for finding in heels] == ["yes", "yes", "cannot_tell", "yes"]


class OneByOne(Recognition):
    """Recognises the mistake of one rule with one probability after the other, and nothing else."""

    def __init__(self, *likely, rule="heels_up"):
        object.__setattr__(self, "likely", iter(likely))
        object.__setattr__(self, "rule", rule)

    def components(self, seen):
        return np.zeros(1)

    def probability(self, rule, measure, components, value, azimuth_deg):
        return (next(self.likely), 0.5) if rule.name == self.rule else None


def test_without_sizes_the_likeliest_repetition_is_the_nearest():
    view_of_heels = View(FRONT, {}, {"sumo_squat": OneByOne(0.05, 0.2, 0.1)})
    report = analyse(Squats(repetitions=3).poses(), find_exercise("sumo_squat"), view=view_of_heels)
    heels = next(verdict for verdict in report.verdicts if verdict.mistake == "heels_up")
    assert heels.state == "no" and "nearest in repetition 2" in heels.reason


def one_by_one(motion, *likely):
    """The verdicts on the knees of squats whose repetitions are recognised with these probabilities."""
    error = MeasureError([1.0] * 5, [0.0] * 5, [2.0] * 5, described(RULE, MEASURE))
    seen = View(FRONT, {"squat": {RULE.name: error}}, {"squat": OneByOne(*likely, rule=RULE.name)})
    return of_rule(analyse(motion.poses(), SQUAT, view=seen), RULE.name)


def test_an_open_repetition_is_told_by_the_others():
    motion = Squats(repetitions=4, inward_cm=3)
    own = (0.98, 0.6, 0.98, 0.98)
    knees = one_by_one(motion, *own)
    assert [finding.state for finding in knees] == ["yes", "yes", "yes", "yes"]
    np.testing.assert_allclose([finding.probability for finding in knees], together(np.array(own)))
    assert all(finding.excess > 0 for finding in knees)
    assert ["other repetitions tell" in finding.reason for finding in knees] == [False, True, False, False]
    clear = one_by_one(motion, 0.98, 0.02, 0.98, 0.98)
    assert [finding.state for finding in clear] == ["yes", "no", "yes", "yes"]
    open_still = one_by_one(motion, 0.5, 0.6, 0.5, 0.5)
    assert {finding.state for finding in open_still} == {"cannot_tell"}
    assert "by the repetition as a whole the mistake has a probability of 60 %" in open_still[1].reason
    assert "by the repetition as a whole and by the others the mistake has a probability of 5" in open_still[0].reason


def test_a_repetition_is_made_doubtful_by_the_others():
    doubtful = one_by_one(Squats(repetitions=4, inward_cm=3), 0.03, 0.8, 0.03, 0.03)[1]
    assert doubtful.state == "cannot_tell"
    assert "by the repetition as a whole and by the others the mistake has" in doubtful.reason
    assert "the other repetitions tell" not in doubtful.reason


def test_what_nothing_is_seen_of_says_nothing():
    """A recogniser that says 30 % where it sees nothing."""
    report = analyse(Squats(repetitions=4).poses(), SQUAT, view=View(FRONT, {}, {"squat": Sure(0.3, neutral=0.3)}))
    np.testing.assert_allclose([finding.probability for finding in report.findings], 0.3)


def test_half_repetitions_say_nothing_of_others():
    motion = Squats(repetitions=3, depths=(1, 0.4, 1), inward_cm=3)
    knees = one_by_one(motion, 0.7, 0.99, 0.7)
    whole = one_by_one(Squats(repetitions=2, inward_cm=3), 0.7, 0.7)
    assert [knees[0].probability, knees[2].probability] == [finding.probability for finding in whole]


def test_without_recognition_others_have_a_say_too():
    """The value alone is on the right side of the threshold in the second repetition, hardly; the others tell."""
    motion = Squats(repetitions=3, depths=(1, 0.68, 1), inward_cm=7)
    deviation = 2.5
    found_in = of_rule(analyse(motion.poses(), SQUAT, view=view(deviation=deviation)), RULE.name)
    own = of_rule(analyse(motion.poses(), SQUAT), RULE.name)[1].value
    likely = norm.cdf((own - RULE.threshold) / deviation)
    assert 0.5 < likely < 0.75 < found_in[1].probability
    assert found_in[1].state == "yes" and found_in[1].value > own
    assert "by its measure" not in found_in[1].reason and "the other repetitions tell" in found_in[1].reason


def test_a_slight_say_moves_a_value_slightly():
    own = of_rule(analyse(Squats(repetitions=1, inward_cm=7).poses(), SQUAT), RULE.name)[0]
    reading = Reading(own.value, 2.5, norm.cdf(own.excess / 2.5), 0.0)
    assert reading.settled(RULE, MEASURE, reading.probability).value == pytest.approx(own.value)
    assert reading.settled(RULE, MEASURE, reading.probability + 1e-4).value == pytest.approx(own.value, abs=0.01)
    told_otherwise = reading.settled(RULE, MEASURE, 0.1)
    assert told_otherwise.value < RULE.threshold and told_otherwise.decided


def unsure_of_the_left_knee(poses, frames, confidence):
    unsure = np.ones(poses.confidence.shape)
    unsure[frames, poses.skeleton.index("left_knee")] = confidence
    return poses.replace("unsure", confidence=unsure)


@pytest.mark.parametrize("likely", [0.9, 0.1])
def test_of_a_clip_what_was_measured_is_told_first(likely):
    """A repetition whose measure is not to be had has a probability, which says nothing of how large a mistake is."""
    motion = Squats(repetitions=3, inward_cm=9)
    middle = analyse(motion.poses(), SQUAT).repetitions[1]
    poses = unsure_of_the_left_knee(motion.poses(), slice(middle.start, middle.stop), 0.15)
    report = analyse(poses, SQUAT, view=view(likely))
    first, second, _ = of_rule(report, RULE.name)
    assert np.isfinite(first.value) and np.isnan(second.value) and first.state == second.state
    clip = next(finding for finding in report.verdicts if finding.mistake == RULE.name)
    assert np.isfinite(clip.value) and "repetition 2:" not in clip.reason
    if likely > 0.5:
        (piece,) = (piece for piece in report.advice if piece.mistake == RULE.name)
        assert not middle.start <= piece.start < middle.stop


@pytest.mark.parametrize("confidence", [0.05, 0.15])
def test_of_a_half_repetition_unsure_joints_tell_nothing(confidence):
    motion = Squats(repetitions=4, depths=(1, 1, 0.4, 1), inward_cm=18)
    assert of_rule(analyse(motion.poses(), SQUAT, view=view(0.9)), "too_shallow")[2].state == "yes"
    half = analyse(motion.poses(), SQUAT).repetitions[2]
    poses = unsure_of_the_left_knee(motion.poses(), slice(half.start, half.stop), confidence)
    report = analyse(poses, SQUAT, view=view(0.9))
    for name in ("too_shallow", RULE.name):
        finding = of_rule(report, name)[2]
        assert finding.state == "cannot_tell" and f"confidence {confidence:.2f}" in finding.reason
