"""Which repetitions are compared, and how far both reach: against loops written out, and in closed form."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.analysis.matching import cut_elsewhere, match_repetitions, rested
from fitlab.analysis.results import Repetition
from tests import oracles
from tests.motions import swinging


def test_the_most_alike_repetition_is_that_of_the_least_distance_after_the_best_rotations(rng):
    user, progress, reps = swinging(rng, (30, 45, 38))
    other, their_progress, theirs = swinging(rng, (50, 33))
    mixed = np.concatenate([other, user[::-1] + 0.1 * rng.normal(size=user.shape)])
    mixed_progress = np.concatenate([their_progress, progress[::-1]])
    edge = len(other)
    candidates = [*theirs, *(Repetition(9, edge + a, edge + b, edge + (a + b) // 2) for a, b in ((0, 38), (38, 83)))]
    found = match_repetitions(user, progress, reps, mixed, mixed_progress, candidates)
    expected = [
        sorted(
            range(len(candidates)),
            key=lambda m: oracles.rotated_distance(user, progress, rep, mixed, mixed_progress, candidates[m]),
        )[:2]
        for rep in reps
    ]
    assert found.tolist() == expected
    to_others = match_repetitions(user, progress, reps, user, progress, reps, to_others=True)
    assert all(rep not in row for rep, row in enumerate(to_others.tolist()))
    assert match_repetitions(user, progress, reps[:2], user, progress, reps[:2], to_others=True).tolist() == [[1], [0]]


def two_steps() -> np.ndarray:
    """Out in 20 frames, back in 20 to a tenth of the way, still for 20, and down to rest in 20; then the same again."""
    once = np.interp(np.arange(80), [0, 20, 40, 60, 79], [0, 1, 0.1, 0.1, 0])
    return np.concatenate([np.zeros(10), once, np.zeros(5), once, np.zeros(10)])


@pytest.mark.parametrize("stops", [(50, 135), (89, 135), (50, 174)])
def test_who_rests_in_two_steps_is_followed_to_the_second(stops):
    progress = two_steps()
    cut = [Repetition(0, 10, stops[0], 30), Repetition(1, 95, stops[1], 115)]
    whole = rested(progress, cut)
    assert [(rep.start, rep.turn) for rep in whole] == [(10, 30), (95, 115)]
    assert [progress[rep.stop - 1] for rep in whole] == [0, 0]
    assert whole[0].stop <= 95 and whole[1].stop <= len(progress)


def test_a_repetition_grows_by_its_length_at_most_and_not_into_another():
    falling = np.concatenate([np.linspace(0, 1, 11), np.linspace(1, -5, 100)])
    (alone,) = rested(falling, [Repetition(0, 0, 21, 10)])
    assert (alone.start, alone.stop) == (0, 42)
    first, second = rested(falling, [Repetition(0, 0, 21, 10), Repetition(1, 30, 40, 35)])
    assert first.stop == 30 and second.start >= 21


def test_ends_at_different_places_on_the_way_are_told():
    progress = two_steps()
    early, late = Repetition(0, 10, 52, 30), Repetition(0, 10, 89, 30)
    whole = rested(progress, [late])[0]
    assert cut_elsewhere(progress, early, whole, progress, late, whole)
    assert cut_elsewhere(progress, late, whole, progress, early, whole)
    assert not cut_elsewhere(progress, early, whole, 7 * progress + 3, replace(early, stop=56), whole)
