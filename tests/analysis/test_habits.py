"""What the other repetitions of a clip change, against sums over everything that may have been done."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from fitlab.analysis import habits
from fitlab.analysis.habits import KEPT, together
from tests import oracles

PROBABILITIES = st.lists(st.floats(0.001, 0.999), min_size=1, max_size=6)


@given(PROBABILITIES)
def test_errors_that_are_not_alike_give_the_sum_over_all_that_may_have_been_done(likely):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(habits, "ALIKE", 0.0)
        np.testing.assert_allclose(together(np.array(likely)), oracles.in_a_set(likely, KEPT), rtol=1e-9)


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999), st.integers(2, 9))
def test_errors_that_are_the_same_count_once(own, other, fellows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(habits, "ALIKE", 1.0)
        many = together(np.array([own] + fellows * [other]))[0]
    assert many == pytest.approx(together(np.array([own, other]))[0])


@given(PROBABILITIES, st.floats(0.05, 0.95))
def test_only_what_differs_from_the_neutral_is_evidence(likely, neutral):
    """Odds of each, times the neutral ones, are moved as they are where nothing is neutral but a half."""
    shifted = expit(logit(np.array(likely)) + logit(neutral))
    moved = logit(together(np.array(likely))) + logit(neutral)
    np.testing.assert_allclose(logit(together(shifted, neutral)), moved, atol=1e-9)


def test_repetitions_that_show_nothing_say_nothing():
    np.testing.assert_allclose(together(np.full(10, 0.3), 0.3), 0.3)
    assert together(np.array([0.3] * 9 + [0.95]), np.array([0.3] * 9 + [0.5]))[9] == pytest.approx(0.95)


@given(PROBABILITIES)
def test_what_is_not_known_says_nothing(likely):
    holes = np.insert(np.array(likely), len(likely) // 2, np.nan)
    found = together(holes)
    assert np.isnan(found[len(likely) // 2])
    np.testing.assert_allclose(found[~np.isnan(found)], together(np.array(likely)), rtol=1e-12)


@given(PROBABILITIES)
def test_not_made_mirrors_made(likely):
    np.testing.assert_allclose(1 - together(np.array(likely)), together(1 - np.array(likely)), atol=1e-9)


def test_one_repetition_has_only_itself_to_go_by():
    for likely in (0.0, 0.3, 1.0):
        assert together(np.array([likely])).tolist() == [likely]
    assert together(np.empty(0)).tolist() == []


def test_what_is_certain_of_itself_stays_so():
    np.testing.assert_array_equal(together(np.array([0.0, 1.0, 1.0, 1.0])), [0, 1, 1, 1])


def test_an_open_repetition_is_as_the_others():
    assert together(np.array([0.6, 0.97, 0.97]))[0] > 0.75
    assert together(np.array([0.4, 0.03, 0.03]))[0] < 0.25


def test_what_a_repetition_clearly_shows_of_itself_stands():
    """One of ten that is right is not talked into a mistake, nor the other way round."""
    assert together(np.array([0.05] + 9 * [0.98]))[0] < 0.25
    assert together(np.array([0.95] + 9 * [0.02]))[0] > 0.75


def test_many_that_are_hardly_likely_are_no_certainty():
    """One camera errs alike in like repetitions."""
    assert together(np.full(20, 0.6)).max() < 0.75


def test_no_other_moves_the_odds_further_than_habits_are_kept():
    for others in (0.0, 1.0):
        found = together(np.array([0.5] + 30 * [others]))[0]
        assert abs(found - 0.5) <= KEPT - 0.5 + 1e-9
