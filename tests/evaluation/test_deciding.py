"""From which probability on mistakes are said to be made."""

from itertools import product

import numpy as np

from fitlab.evaluation.lifted_measures import deciding
from fitlab.evaluation.lifted_measures.deciding import Judged, judged, levels, levels_by_others
from fitlab.evaluation.lifted_measures.performing import performances
from fitlab.evaluation.lifted_measures.takes import CAMERAS, ERRORS, Seen, observed

RIGHT_ONES = 400


def exercise(*rules: tuple[float, float], seed=0) -> Judged:
    """Right repetitions, and a hundred with each mistake.

    A rule is how far mistakes lie above a probability of a half, in logits, and how much all are spread.
    """
    rng = np.random.default_rng(seed)
    made = np.repeat(np.arange(-1, len(rules)), [RIGHT_ONES] + [100] * len(rules))[:, None] == np.arange(len(rules))
    apart, spread = np.array(rules).T
    logits = np.where(made, apart, -apart) + rng.normal(0, 1, made.shape) * spread
    return Judged(np.where(made, 0.8, 0.0), 1 / (1 + np.exp(-logits)), np.arange(len(made)) % 5)


def figures(own: Judged, chosen: np.ndarray) -> tuple[np.ndarray, float]:
    """F1 of every rule, and how many false answers a right repetition gets."""
    said, made = own.likely >= chosen, own.strengths > 0
    f1 = [2 * (s & m).sum() / (s.sum() + m.sum()) for s, m in zip(said.T, made.T, strict=True)]
    return np.array(f1), said[~made.any(axis=1)].sum(axis=1).mean()


def test_no_other_levels_find_more_for_as_few_alarms(monkeypatch):
    """Against all 46,656 ways to choose."""
    monkeypatch.setattr(deciding, "LEVELS", np.array([0.55, 0.65, 0.75, 0.85, 0.92, 0.97]))
    monkeypatch.setattr(deciding, "ALARMS", 0.02)
    both = {"squat": exercise((2, 1.5), (1, 1.2), (3, 1)), "lunge": exercise((1.5, 1.5), (0.7, 1), (2, 2), seed=1)}
    chosen = levels(both)
    best = 0.0
    tried = {
        name: [(figures(own, np.array(way)), way) for way in product(deciding.LEVELS, repeat=3)]
        for name, own in both.items()
    }
    for (one, _), (other, _) in product(tried["squat"], tried["lunge"]):
        if one[1] + other[1] <= 0.04:
            best = max(best, one[0].sum() + other[0].sum())
    found = [figures(own, chosen[name]) for name, own in both.items()]
    assert sum(alarms for _, alarms in found) <= 0.04
    assert sum(f1.sum() for f1, _ in found) > best - 0.06  # of 6: multipliers reach the corners of what is possible


def test_what_right_repetitions_look_like_needs_a_higher_level(monkeypatch):
    clear, dim = levels({"squat": exercise((3, 1), (1, 1.3))})["squat"]
    assert clear < dim
    monkeypatch.setattr(deciding, "ALARMS", 1.0)
    assert (levels({"squat": exercise((3, 1), (1, 1.3))})["squat"] <= [clear, dim]).all()


def test_weak_mistakes_count_neither_way():
    own = exercise((1, 1))
    weak = own._replace(
        strengths=np.concatenate([own.strengths, np.full((300, 1), 0.3)]),
        likely=np.concatenate([own.likely, np.full((300, 1), 0.99)]),
        fold=np.concatenate([own.fold, np.zeros(300, int)]),
    )
    np.testing.assert_array_equal(levels({"squat": weak})["squat"], levels({"squat": own})["squat"])


def test_levels_of_people_are_chosen_on_others():
    own = exercise((1, 1.2))
    shouting = own._replace(likely=np.where(own.fold[:, None] == 3, 0.999, own.likely))  # right and wrong alike
    by_others = levels_by_others({"squat": shouting})["squat"]
    assert by_others.shape == (5, 1)
    np.testing.assert_array_equal(by_others[3], levels({"squat": own}, without=3)["squat"])
    assert by_others[0] > by_others[3] + 0.1  # where they are counted


def test_levels_are_for_errors_that_were_observed():
    assert sum(map(observed, range(CAMERAS))) == CAMERAS // 2 and not any(observed(n) for n in range(len(ERRORS)))
    round_ = len(performances())
    seen = [
        Seen("squat", round_ * 7, camera, (), (), (), 10.0, (0.7, 0.0), np.zeros(3), ()) for camera in range(CAMERAS)
    ]
    likely = np.arange(2.0 * CAMERAS).reshape(CAMERAS, 2)
    found = judged(seen, likely)
    np.testing.assert_array_equal(found.likely[:, 0] / 2, [n for n in range(CAMERAS) if observed(n)])
    assert found.strengths.shape == (CAMERAS // 2, 2) and set(found.fold) == {7 % 5}
