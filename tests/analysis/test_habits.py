"""What the other repetitions of a clip change, against sums over every habit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlab.analysis import habits
from fitlab.analysis.habits import ALIKE, KEPT, together
from tests import oracles

PROBABILITIES = st.lists(st.floats(0.001, 0.999), min_size=1, max_size=8)


@given(PROBABILITIES)
def test_it_is_the_sum_over_habits(likely):
    np.testing.assert_allclose(together(np.array(likely)), oracles.in_a_set(likely, KEPT, ALIKE), rtol=1e-9)


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


def test_an_open_repetition_is_as_the_others():
    assert together(np.array([0.5, 0.95, 0.95]))[0] > 0.75
    assert together(np.array([0.5, 0.05, 0.05]))[0] < 0.25


def test_what_a_repetition_clearly_shows_of_itself_stands():
    """One of ten that is right is not talked into a mistake, nor the other way round."""
    assert together(np.array([0.02] + 9 * [0.98]))[0] < 0.25
    assert together(np.array([0.98] + 9 * [0.02]))[0] > 0.75


def test_many_that_are_hardly_likely_are_no_certainty():
    """One camera errs alike in like repetitions."""
    assert together(np.full(20, 0.6)).max() < 0.75
    assert together(np.array([1.0, 0.0, np.nan])).tolist()[2:] == pytest.approx([np.nan], nan_ok=True)


def test_no_other_moves_the_odds_further_than_habits_are_kept():
    for others in (0.0, 1.0):
        found = together(np.array([0.5] + 30 * [others]))[0]
        assert abs(found - 0.5) <= habits.KEPT - 0.5 + 1e-9
