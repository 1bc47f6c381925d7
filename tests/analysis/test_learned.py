"""Learned mistakes on people who differ in size, heading and tempo."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.analysis.features import describe
from fitlab.analysis.learned import Example, learn
from fitlab.errors import InputError
from tests.analysis.learning import examples, moved, noisy, repetition


@pytest.fixture(scope="module")
def model():
    return learn(examples(), "knees_inward")


def test_somebody_new_is_told_right_and_wrong(model, rng):
    new = [describe(noisy(moved(repetition(inward), 1.1, 200.0), rng)) for inward in (0.0, 1.0, 8.0, 9.0)]
    probability = model.probabilities(new)
    assert (probability[:2] < 0.4).all() and (probability[2:] > 0.9).all()


def test_more_of_the_mistake_is_more_probable(model):
    probability = model.probabilities([describe(repetition(inward)) for inward in np.linspace(-2, 10, 7)])
    assert (np.diff(probability) > 0).all()


def test_the_knees_are_blamed(model):
    assert model.blamed([describe(repetition(9.0))]) == ["knees"]


def test_evidence_is_of_people_held_out(model):
    evidence = model.evidence
    assert (evidence.examples, evidence.mistaken, evidence.people, evidence.held_out) == (48, 24, 4, "people")
    assert evidence.auc > 0.95 and evidence.calibration_error < 0.15


def test_labels_by_chance_give_chance():
    """The held-out figures must not see their own labels: shuffled, they fall to chance."""
    rng = np.random.default_rng(0)
    aucs = []
    for _ in range(5):
        order = rng.permutation(len(examples()))
        shuffled = [replace(e, mistakes=examples()[k].mistakes) for e, k in zip(examples(), order, strict=True)]
        aucs.append(learn(shuffled, "knees_inward").evidence.auc)
    assert 0.3 < np.mean(aucs) < 0.65


def test_side_does_not_matter():
    """A mistake of one arm learned on the right is found on the left."""
    rng = np.random.default_rng(1)

    def raising(side: str, height: float):
        seq = repetition(0.0)
        positions = seq.positions.copy()
        lift = height * np.sin(np.linspace(0, np.pi, len(seq)))
        positions[:, seq.skeleton.index(f"{side}_wrist"), 2] += lift + rng.normal(0, 0.005, len(seq))
        return describe(seq.replace("arm", positions=positions))

    learned_from = [
        Example(raising("right", 0.9 if low else 1.4 + 0.05 * n), frozenset(["low"] if low else []), f"p{n % 3}")
        for n in range(9)
        for low in (True, False)
    ]
    model = learn(learned_from, "low")
    assert model.probabilities([raising("left", 0.9)])[0] > 0.7
    assert model.probabilities([raising("left", 1.5)])[0] < 0.3


def test_what_resembles_nothing_is_novel(model, rng):
    upright = noisy(repetition(3.0), rng)
    fallen = upright.replace("fallen", positions=upright.positions[..., [0, 2, 1]] * [1, 1, -1])
    assert model.novelties([describe(fallen)])[0] > 1 > model.novelties([describe(upright)])[0]


def test_personal_models_judge_against_the_own_mean():
    """Everybody's own stance hides the mistake until it is taken off."""
    offsets = [0.0, 10.0, 20.0, 30.0]
    made = [
        Example(describe(repetition(offset + 6 * bad + 0.2 * n)), frozenset(["in"] if bad else []), f"p{person}")
        for person, offset in enumerate(offsets)
        for n in range(5)
        for bad in (True, False)
    ]
    personal, general = learn(made, "in", personal=True), learn(made, "in")
    assert personal.evidence.auc > 0.98 > general.evidence.auc
    history = [describe(repetition(15.0 + 6 * bad + 0.2 * n)) for n in range(3) for bad in (True, False)]
    good, bad = personal.probabilities([history[1], history[0]], history)
    assert good < 0.3 and bad > 0.7
    with pytest.raises(InputError, match="at least 4 earlier repetitions of the person, got 0"):
        personal.probabilities(history)


def test_one_person_is_held_out_by_repetition():
    alone = learn([e for e in examples() if e.person == "p0"], "knees_inward")
    assert alone.evidence.held_out == "repetitions" and alone.evidence.people == 1


def test_too_few_examples_say_how_many():
    few = [e for e in examples() if not e.mistakes] + [e for e in examples() if e.mistakes][:3]
    with pytest.raises(InputError, match=r"at least 4 repetitions with 'knees_inward' .* got 3 and 24"):
        learn(few, "knees_inward")
