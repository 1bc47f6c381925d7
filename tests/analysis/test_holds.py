"""Isometric holds: how long, and where they break."""

import numpy as np
import pytest

from fitlab.analysis.holds import find_holds
from fitlab.analysis.measures import Curve
from fitlab.analysis.results import Phase
from fitlab.exercises import find_exercise

FPS = 20.0


@pytest.fixture
def plank():
    exercise = find_exercise("plank")
    assert exercise is not None
    return exercise


def curves(plank, **given):
    """Every measure of a good plank over 60 s, but for those given."""
    good = {"hip_height": 15.0, "hip_above_line": 0.0, "neck_angle": 145.0, "knee_angle": 170.0, "hip_angle": 170.0}
    return {
        name: Curve(given.get(name, np.full(1200, value)), np.ones(1200), plank.measures[name].unit)
        for name, value in good.items()
    }


HOLD = (
    Phase("going up", "out", 0, 80, 100),
    Phase("holding", "turn", 0, 100, 1000),
    Phase("going down", "back", 0, 1000, 1020),
)


def test_a_clean_hold_lasts_as_long_as_its_phase(plank):
    (hold,) = find_holds(plank, curves(plank), HOLD, FPS)
    assert (hold.start, hold.stop, hold.repetition) == (100, 1000, 0)
    assert hold.duration_s == hold.clean_s == 45.0
    assert hold.breaks == ()


def test_sagging_hips_break_it_where_they_sag(plank):
    hips = np.zeros(1200)
    hips[600:700] = -8.0  # threshold -3.5, margin 1.5
    hips[300:305] = -8.0  # a quarter of a second is no break
    (hold,) = find_holds(plank, curves(plank, hip_above_line=hips), HOLD, FPS)
    (broken,) = hold.breaks
    assert broken.mistake == "hips_sag"
    assert abs(broken.start - 600) <= 1 and abs(broken.stop - 700) <= 1
    assert hold.clean_s == pytest.approx(25.0, abs=0.1) and hold.duration_s == 45.0


def test_what_is_not_seen_breaks_nothing(plank):
    hips = np.full(1200, -8.0)
    hips[:900] = np.nan
    (hold,) = find_holds(plank, curves(plank, hip_above_line=hips), HOLD, FPS)
    assert [b.start for b in hold.breaks] == [900]
    (unseen,) = find_holds(plank, curves(plank, hip_above_line=np.full(1200, np.nan)), HOLD, FPS)
    assert unseen.breaks == ()


def test_sides_count_as_the_rule_says(plank):
    both = np.full((1200, 2), 170.0)
    both[400:600, 0] = 140.0  # one knee: the mean is 155, threshold 157 with margin 5
    (hold,) = find_holds(plank, curves(plank, knee_angle=both), HOLD, FPS)
    assert hold.breaks == ()
    both[400:600] = 140.0
    (hold,) = find_holds(plank, curves(plank, knee_angle=both), HOLD, FPS)
    assert [b.mistake for b in hold.breaks] == ["knees_bent"]


def test_no_turn_no_hold(plank):
    assert find_holds(plank, curves(plank), HOLD[:1], FPS) == ()
