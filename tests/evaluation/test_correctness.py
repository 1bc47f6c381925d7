"""Leaving people out: who answers for whom, and what is counted."""

import numpy as np
import pytest

from fitlab.evaluation import correctness
from fitlab.evaluation.correctness import (
    Answers,
    held_out,
    learned,
    pooled,
    proposed_rule,
    shipped_rules,
    tables,
    told_and_right,
    whole,
)
from fitlab.exercises import find_exercise
from fitlab.metrics import roc_auc
from tests.analysis.learning import examples, repetition


def test_nobody_answers_for_themselves():
    people = np.array(["a", "a", "b", "c", "c", "c"])
    asked = []

    def answer(out):
        asked.append(set(people[out]))
        return np.full(out.sum(), len(asked) / 10)

    assert held_out(answer, people).tolist() == [0.1, 0.1, 0.2, 0.3, 0.3, 0.3]
    assert asked == [{"a"}, {"b"}, {"c"}]


def test_a_recorded_repetition_turns_where_it_is_farthest_from_rest():
    found = whole(repetition(0.0), find_exercise("squat"))
    assert [phase.role for phase in found.phases] == ["out", "turn", "back"]
    assert found.repetitions[0].turn == pytest.approx(30, abs=2)  # of 60 frames


def test_shipped_rules_rank_by_their_worst_excess():
    found = shipped_rules([repetition(inward) for inward in (0.0, 2.0, 6.0)], find_exercise("squat"))
    assert (np.diff(found) > 0).all() and found[0] < 0.5 < found[2]


def test_a_proposed_rule_is_searched_on_the_other_people(rng):
    people = np.repeat(["a", "b", "c"], 20)
    truth = np.tile(np.repeat([True, False], 10), 3)
    values = rng.normal(0, 1, (60, 3))
    values[:, 1] += 4 * truth
    found = proposed_rule(values, np.ones(3), truth, people)
    assert np.mean((found > 0.5) == truth) > 0.9
    # The labels of the person who is left out do not matter to that person's answers.
    other = np.where(people == "b", ~truth, truth)
    np.testing.assert_array_equal(proposed_rule(values, np.ones(3), other, people)[people == "b"], found[people == "b"])


def test_learned_answers_do_not_see_the_labels_of_the_person_left_out():
    made = list(examples(people=3, each=6))
    made = [correctness.Example(e.description, frozenset(["incorrect"] if e.mistakes else []), e.person) for e in made]
    people = np.array([e.person for e in made])
    truth = np.array([bool(e.mistakes) for e in made])
    found = learned(made, people)
    assert roc_auc(found["learned"], truth) > 0.9 and roc_auc(found["known"], truth) > 0.9
    flipped = [
        correctness.Example(e.description, frozenset([] if e.mistakes else ["incorrect"]), e.person)
        if e.person == "p1"
        else e
        for e in made
    ]
    again = learned(flipped, people)
    for way in ("learned", "known"):
        np.testing.assert_array_equal(again[way][people == "p1"], found[way][people == "p1"])


def test_what_is_told_and_right():
    probabilities, truth = np.array([0.9, 0.72, 0.6, 0.3, 0.1]), np.array([True, False, False, False, False])
    assert told_and_right(probabilities, truth) == pytest.approx((4 / 5, 3 / 4))


def test_tables_pool_all_movements():
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 2 == 0
    ways = ["proposed", "learned", "both", "known", *map(correctness._mixed, correctness._MIXTURES)]

    def answers(shipped: bool) -> Answers:
        values = {way: np.clip(truth * 0.6 + rng.random(40) * 0.4, 0, 1) for way in ways}
        return Answers(truth, values | {"shipped": values["both"] if shipped else np.full(40, np.nan)})

    made = {"m01": answers(True), "m02": answers(False)}
    page = tables(made)
    assert "| m02 hurdle step | 40 | - | 1.000 / 1.000 |" in page
    assert "| **pooled** | 80 |" in page and len(pooled(list(made.values())).truth) == 80
    assert "| 10 earlier, 20% of them incorrect | 1.000 | 1.000 |" in page


def test_recorded_shoulder_abduction_is_judged_well(real_data):
    found = correctness.movement_answers(real_data, "m07", "kinect")  # half a minute: everything, for one movement
    assert found.row("learned")[0] > 0.95 and found.row("known")[0] > 0.95
