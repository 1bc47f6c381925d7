"""Rules from good and bad clips whose difference is known."""

import time
from dataclasses import replace

import numpy as np
import pytest
import yaml

from fitlab.analysis.proposals import RuleExamples, propose_rules, rule_examples
from fitlab.analysis.report import analyse
from fitlab.errors import InputError
from fitlab.exercises import find_exercise, load_exercise, rule_yaml
from fitlab.locations import config_dir
from tests.analysis.learning import noisy
from tests.motions import Squats


def clip(seed: int, **motion):
    rng = np.random.default_rng(seed)
    depths = tuple(rng.uniform(0.94, 1.0, 5))
    return noisy(Squats(depths=depths, **motion).poses(), rng)


@pytest.fixture(scope="module")
def leaning() -> RuleExamples:
    squat = find_exercise("squat")
    return rule_examples(squat, [clip(0, trunk_deg=20)], [clip(1, trunk_deg=44)])


def test_the_cause_is_found_with_a_threshold_half_way(leaning):
    found = propose_rules(leaning)
    best = found.proposals[0]
    assert (best.rule.measure, best.rule.phase, best.rule.direction) == ("trunk_inclination", "bottom", "above")
    assert best.rule.threshold == pytest.approx(31, abs=2.5)
    assert best.rule.margin == pytest.approx(6, abs=1.5)
    assert (best.precision, best.recall, found.precision, found.recall) == (1, 1, 1, 1)
    assert leaning.counts(best.rule) == {
        "good": {"yes": 0, "cannot_tell": 0, "no": 5}, "bad": {"yes": 5, "cannot_tell": 0, "no": 0},
    }  # fmt: skip


def test_too_little_of_something_is_below(rng):
    examples = rule_examples(find_exercise("squat"), [clip(2, trunk_deg=44)], [clip(3, trunk_deg=20)])
    best = propose_rules(examples).proposals[0].rule
    assert (best.measure, best.direction) == ("trunk_inclination", "below")
    assert best.severe < best.threshold - best.margin


def test_every_proposal_passes_the_exercise_reader_and_judges_new_clips(leaning):
    content = yaml.safe_load((config_dir() / "exercise" / "squat.yaml").read_text())
    proposals = propose_rules(leaning, name="leans").proposals
    assert 1 < len(proposals) <= 5
    for proposal in proposals:
        exercise = load_exercise(content | {"mistakes": yaml.safe_load(rule_yaml(proposal.rule))})
        assert exercise.mistakes == (proposal.rule,)
    exercise = load_exercise(content | {"mistakes": yaml.safe_load(rule_yaml(proposals[0].rule))})
    assert analyse(clip(5, trunk_deg=45), exercise).verdicts[0].state == "yes"
    assert "unlike in the good" in analyse(clip(5, trunk_deg=45), exercise).advice[0].text
    assert analyse(clip(6, trunk_deg=21), exercise).verdicts[0].state == "no"


def test_no_two_proposals_are_of_the_same_measure_and_phase(leaning):
    rules = [proposal.rule for proposal in propose_rules(leaning, most=8).proposals]
    assert len({(rule.measure, rule.phase) for rule in rules}) == len(rules) == 8


def test_chance_is_told_by_the_search_that_is_left_out():
    """Clips without a difference: some candidate always looks good, the honest figures do not."""
    squat = find_exercise("squat")
    balanced = []
    for seed in range(4):
        examples = rule_examples(squat, [clip(20 + seed)], [clip(30 + seed)])
        found = propose_rules(examples)
        balanced.append(np.nan_to_num(found.precision))
    assert np.mean(balanced) < 0.75


def test_counts_follow_a_slider(leaning):
    rule = propose_rules(leaning).proposals[0].rule
    begun = time.perf_counter()
    yes = [leaning.counts(replace(rule, threshold=t, severe=t + 40))["bad"]["yes"] for t in range(20, 60, 2)]
    assert (time.perf_counter() - begun) / len(yes) < 0.05
    assert yes[0] == 5 and yes[-1] == 0 and yes == sorted(yes, reverse=True)


def test_too_few_repetitions_say_so():
    with pytest.raises(InputError, match="2 good and 2 bad repetitions, got 5 and 1"):
        rule_examples(find_exercise("squat"), [clip(0)], [Squats(repetitions=1).poses()])


def test_nothing_measured_says_so(leaning):
    hidden = [
        replace(c, curves={k: replace(v, values=np.full_like(v.values, np.nan)) for k, v in c.curves.items()})
        for c in leaning.clips
    ]
    with pytest.raises(InputError, match="nothing known in most repetitions"):
        propose_rules(replace(leaning, clips=tuple(hidden)))


def test_what_one_of_the_groups_hides_is_not_proposed():
    """The shoulders of the few good examples are out of the picture; most examples show them."""
    good, bad = Squats(repetitions=2).poses(), Squats(repetitions=10, inward_cm=8).poses()
    positions = good.positions.copy()
    for joint in ("thorax", "left_shoulder", "right_shoulder"):
        positions[:, good.skeleton.index(joint)] = np.nan
    squat = find_exercise("squat")
    found = propose_rules(rule_examples(squat, [good.replace("cut off", positions=positions)], [bad]), most=100)
    measures = {proposal.rule.measure for proposal in found.proposals}
    assert measures and "trunk_inclination" not in measures
    assert found.proposals[0].recall == 1
