"""Learned verdicts beside the rules': from clips to models to a report."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.analysis.learned import learn
from fitlab.analysis.learned_verdicts import labelled, with_learned
from fitlab.analysis.report import analyse
from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from tests.analysis.learning import noisy
from tests.motions import Squats


def report(trunk_deg: float, seed: int = 0, repetitions: int = 5, period_s: float = 2.0):
    rng = np.random.default_rng(seed)
    motion = Squats(trunk_deg=trunk_deg, repetitions=repetitions, period_s=period_s)
    return analyse(noisy(motion.poses(), rng), find_exercise("squat"))


@pytest.fixture(scope="module")
def bows():
    """A mistake that no rule of the squat knows: the trunk leans 28 degrees instead of 12."""
    examples = []
    for person in range(3):
        for period in (1.8, 2.2):
            made = 3 * person + period
            examples += labelled(report(12.0 + person, int(10 * made), period_s=period), [], f"p{person}")
            examples += labelled(report(28.0 + person, int(10 * made) + 1, period_s=period), ["bows"], f"p{person}")
    return learn(examples, "bows")


def test_two_clips_become_examples():
    found = labelled(report(12.0), ["bows"], "me")
    assert len(found) == 5
    assert {(e.mistakes, e.person) for e in found} == {(frozenset(["bows"]), "me")}


def test_a_bad_clip_is_found_bad_in_every_repetition(bows):
    before = report(29.0, 70)
    after = with_learned(before, [bows])
    assert [f.state for f in after.findings if f.mistake == "bows"] == ["yes"] * 5
    assert after.verdicts[-1].state == "yes" and after.verdicts[-1].repetition is None
    assert after.verdicts[: len(before.verdicts)] == before.verdicts
    found = after.mistakes(2)[0]
    assert (found.mistake, found.unit, found.phase) == ("bows", "percent", "whole repetition")
    assert found.confidence == pytest.approx(found.value / 100) and found.severity == pytest.approx(found.excess / 50)
    assert (found.start, found.stop) == (after.repetitions[2].start, after.repetitions[2].stop)
    assert after.advice[0].mistake == "bows" and after.advice[0].repetitions == (0, 1, 2, 3, 4)
    assert "in every repetition" in after.advice[0].text


def test_a_good_clip_keeps_its_praise(bows):
    before = report(12.5, 71)
    after = with_learned(before, [bows])
    assert after.verdicts[-1].state == "no" and after.advice == before.advice
    assert before.advice[0].text.startswith("Well done")


def test_praise_goes_when_a_learned_mistake_is_found(bows):
    before, after = report(29.0, 72), with_learned(report(29.0, 72), [bows])
    assert any("Well done" in a.text for a in before.advice)
    assert not any("Well done" in a.text for a in after.advice)


def test_between_the_examples_it_cannot_tell(bows):
    values = np.linspace(14, 28, 15)
    reports = [with_learned(report(value, 80, repetitions=2), [bows]) for value in values]
    states = [[f.state for f in r.findings if f.mistake == "bows"] for r in reports]
    order = {"no": 0, "cannot_tell": 1, "yes": 2}
    seen = [order[pair[0]] for pair in states]
    assert seen[0] == 0 and seen[-1] == 2 and 1 in seen and seen == sorted(seen)
    unsure = next(f for r in reports for f in r.findings if f.mistake == "bows" and f.state == "cannot_tell")
    assert "too close to even to tell" in unsure.reason and unsure.severity == unsure.confidence == 0


def test_what_resembles_no_example_cannot_be_told(bows):
    odd = report(12.0, 90)
    positions = odd.user.positions.copy()
    for side in ("left", "right"):
        positions[:, odd.user.skeleton.index(f"{side}_wrist"), 2] += 0.8  # the arms held overhead
    overhead = replace(odd, user=odd.user.replace("overhead", positions=positions))
    verdict = with_learned(overhead, [bows]).verdicts[-1]
    assert verdict.state == "cannot_tell" and "resembles none" in verdict.reason


def test_hidden_joints_cannot_be_told(bows):
    seen = report(12.0, 91)
    positions = seen.user.positions.copy()
    positions[:, seen.user.skeleton.index("left_knee")] = np.nan
    confidence = np.where(np.isnan(positions[..., 0]), 0, seen.user.confidence)
    hidden = replace(seen, user=seen.user.replace("hidden", positions=positions, confidence=confidence))
    verdict = with_learned(hidden, [bows]).verdicts[-1]
    assert verdict.state == "cannot_tell" and "does not show left_knee, right_knee" in verdict.reason


def test_no_repetition_no_verdict(bows):
    still = analyse(Squats(thigh_deg=0.5, shank_deg=0.5, trunk_deg=0).poses(), find_exercise("squat"))
    assert with_learned(still, [bows]).verdicts[-1].reason == "no repetition was found"


def test_metrics_hold_it_like_a_rule(bows):
    metrics = with_learned(report(29.0, 73), [bows]).to_metrics()
    assert metrics["reps"][0]["mistakes"][0]["name"] == "bows"
    assert metrics["reps"][0]["mistakes"][0]["advice"]
    assert metrics["verdicts"][-1] == {
        "mistake": "bows", "state": "yes", "reason": metrics["verdicts"][-1]["reason"],
    }  # fmt: skip


def test_names_and_certainty_must_make_sense(bows):
    with pytest.raises(InputError, match="names of their own, got too_shallow twice"):
        with_learned(report(12.0), [replace(bows, name="too_shallow")])
    with pytest.raises(InputError, match=r"at least 0\.5 and below 1, got 1"):
        with_learned(report(12.0), [bows], sure=1)
