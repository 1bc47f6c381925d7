"""Isometric holds: how long, and where they break."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.analysis.holds import find_holds, hold_statistics
from fitlab.analysis.lifted import Lifted
from fitlab.analysis.lifting_errors import MeasureError, described
from fitlab.analysis.measures import Curve
from fitlab.analysis.report import analyse
from fitlab.analysis.results import Phase
from fitlab.exercises import find_exercise
from tests.motions import Squats, held_squat

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
DRIVE = np.interp(np.arange(1200), [80, 100, 1000, 1020], [0.0, 1, 1, 0])


def test_a_clean_hold_lasts_as_long_as_its_phase(plank):
    (hold,) = find_holds(plank, curves(plank), DRIVE, HOLD, FPS)
    assert (hold.start, hold.stop, hold.repetition) == (100, 1000, 0)
    assert hold.duration_s == hold.clean_s == 45.0
    assert hold.breaks == ()


def test_sagging_hips_break_it_where_they_sag(plank):
    hips = np.zeros(1200)
    hips[600:700] = -8.0  # threshold -3.5, margin 1.5
    hips[300:305] = -8.0  # a quarter of a second is no break
    (hold,) = find_holds(plank, curves(plank, hip_above_line=hips), DRIVE, HOLD, FPS)
    (broken,) = hold.breaks
    assert broken.mistake == "hips_sag"
    assert abs(broken.start - 600) <= 1 and abs(broken.stop - 700) <= 1
    assert hold.clean_s == pytest.approx(25.0, abs=0.1) and hold.duration_s == 45.0


def test_what_is_not_seen_breaks_nothing(plank):
    hips = np.full(1200, -8.0)
    hips[:900] = np.nan
    (hold,) = find_holds(plank, curves(plank, hip_above_line=hips), DRIVE, HOLD, FPS)
    assert [b.start for b in hold.breaks] == [900]
    (unseen,) = find_holds(plank, curves(plank, hip_above_line=np.full(1200, np.nan)), DRIVE, HOLD, FPS)
    assert unseen.breaks == () and unseen.judged == 0 and not unseen.checked


def test_what_was_seen_with_little_confidence_could_not_be_checked(plank):
    found = curves(plank, hip_above_line=np.full(1200, -8.0))
    for share, checked in ((0.2, True), (0.8, False)):
        confidence = np.where(np.arange(1200) < 100 + 900 * share, 0.1, 1.0)
        neck = replace(found["neck_angle"], confidence=confidence)
        (hold,) = find_holds(plank, curves(plank) | {"neck_angle": neck}, DRIVE, HOLD, FPS)
        assert hold.judged == pytest.approx(1 - share) and hold.checked == checked
    unsure = replace(found["hip_above_line"], confidence=np.full(1200, 0.1))
    (hold,) = find_holds(plank, found | {"hip_above_line": unsure}, DRIVE, HOLD, FPS)
    assert hold.breaks == () and not hold.checked


def test_what_is_judged_is_the_time_before_the_first_break(plank):
    hips = np.where(np.arange(1200) < 600, np.nan, -8.0)
    (hold,) = find_holds(plank, curves(plank, hip_above_line=hips), DRIVE, HOLD, FPS)
    assert hold.clean_s == 25.0 and hold.judged == 0


def test_sides_count_as_the_rule_says(plank):
    both = np.full((1200, 2), 170.0)
    both[400:600, 0] = 140.0  # one knee: the mean is 155, threshold 157 with margin 5
    (hold,) = find_holds(plank, curves(plank, knee_angle=both), DRIVE, HOLD, FPS)
    assert hold.breaks == ()
    both[400:600] = 140.0
    (hold,) = find_holds(plank, curves(plank, knee_angle=both), DRIVE, HOLD, FPS)
    assert [b.mistake for b in hold.breaks] == ["knees_bent"]


def test_no_turn_no_hold(plank):
    assert find_holds(plank, curves(plank), DRIVE, HOLD[:1], FPS) == ()


def test_a_short_turn_is_no_hold(plank):
    for frames, holds in ((59, 0), (60, 1)):  # 3 s are 60 frames
        turn = (Phase("holding", "turn", 0, 100, 100 + frames),)
        drive = np.interp(np.arange(1200), [80, 100, 100 + frames, 105 + frames], [0.0, 1, 1, 0])
        turn += (Phase("going down", "back", 0, 100 + frames, 105 + frames),)
        assert len(find_holds(plank, curves(plank), drive, turn, FPS)) == holds


def test_lifted_measures_are_corrected_and_their_margin_is_that_of_lifting(plank):
    rule = next(rule for rule in plank.mistakes if rule.name == "hips_sag")  # below -3.5, margin 1.5
    hips = np.zeros(1200)
    hips[600:700] = -8.0

    def broken(azimuth=90.0, **error):
        fit = {"slope": [1.0] * 5, "intercept": [0.0] * 5, "deviation": [0.1] * 5} | error
        known = MeasureError(**fit, rule=described(rule, plank.measures[rule.measure]))
        lifted = Lifted(Squats().poses(), np.full(1200, azimuth), {"hips_sag": known})
        (hold,) = find_holds(plank, curves(plank, hip_above_line=hips), DRIVE, HOLD, FPS, lifted)
        return len(hold.breaks)

    assert broken() == 1
    assert broken(slope=[0.5] * 5) == 0  # it was -4: within the margin
    assert broken(deviation=[4.0] * 5) == 0  # 1.645 x 4 cm
    assert broken(deviation=[0.1, 0.1, 4.0, 0.1, 0.1]) == 0
    assert broken(azimuth=0.0, deviation=[0.1, 0.1, 4.0, 0.1, 0.1]) == 1
    assert broken(azimuth=np.nan, slope=[0.0] * 5) == 1  # from where is unknown: as it is


def test_statistics_are_those_of_the_longest(plank):
    hips = np.zeros(1200)
    hips[600:700] = -8.0
    two = (*HOLD, Phase("holding", "turn", 1, 1040, 1120))
    found = hold_statistics(find_holds(plank, curves(plank, hip_above_line=hips), DRIVE, two, FPS))
    assert found["holds"] == 2 and found["hold_breaks"] == 1
    assert found["longest_hold_s"] == 45.0
    assert found["longest_clean_hold_s"] == pytest.approx(25.0, abs=0.1)
    assert hold_statistics(()) == {}


@pytest.mark.parametrize(("level", "stop"), [(0.7, 1100), (0.4, 1000)])
def test_hips_that_sink_out_of_the_turn_are_held_on_while_they_stay_half_way_up(plank, level, stop):
    drive = np.interp(np.arange(1200), [80, 100, 1000, 1001, 1099, 1101], [0.0, 1, 1, level, level, 0])
    phases = (*HOLD[:2], Phase("going down", "back", 0, 1000, 1102))
    hips = np.where(np.arange(1200) < 1000, 0.0, -8.0)
    (hold,) = find_holds(plank, curves(plank, hip_above_line=hips), drive, phases, FPS)
    assert (hold.start, hold.stop) == (100, pytest.approx(stop, abs=1))
    assert hold.clean_s == pytest.approx(45.0, abs=0.1)
    assert [broken.mistake for broken in hold.breaks] == (["hips_sag"] if level > 0.5 else [])


def test_two_seconds_at_the_top_and_long_below_it_are_a_hold(plank):
    drive = np.interp(np.arange(1200), [80, 100, 140, 141, 1000, 1020], [0.0, 1, 1, 0.7, 0.7, 0])
    phases = (HOLD[0], Phase("holding", "turn", 0, 100, 140), Phase("going down", "back", 0, 140, 1020))
    (hold,) = find_holds(plank, curves(plank), drive, phases, FPS)
    assert (hold.start, hold.stop, hold.cut) == (100, pytest.approx(1006, abs=1), False)


def test_a_slow_repetition_is_no_hold(plank):
    drive = np.interp(np.arange(1200), [80, 160, 180, 260], [0.0, 1, 1, 0])  # 4 s there and back, a second's turn
    phases = (Phase("up", "out", 0, 80, 148), Phase("holding", "turn", 0, 148, 192), Phase("d", "back", 0, 192, 260))
    assert find_holds(plank, curves(plank), drive, phases, FPS) == ()


def test_a_clip_that_ends_while_the_hips_sag_half_way_has_its_rest_from_the_start(plank):
    drive = np.interp(np.arange(1200), [80, 100, 400, 401], [0.0, 1, 1, 0.7])
    phases = (HOLD[0], Phase("holding", "turn", 0, 100, 400), Phase("going down", "back", 0, 400, 405))
    (hold,) = find_holds(plank, curves(plank), drive, phases, FPS)
    assert (hold.start, hold.stop, hold.cut) == (100, 1200, True)


@pytest.mark.parametrize(("first", "last"), [(0, -75), (75, None)])
def test_a_hold_that_the_clip_cuts_runs_to_its_edge(first, last):
    squat = find_exercise("squat")
    assert squat is not None
    (whole,) = analyse(held_squat(20), squat).holds
    assert not whole.cut
    user = held_squat(20)[first:last]
    (hold,) = analyse(user, squat).holds
    assert hold.cut
    if first:
        assert (hold.start, hold.stop) == (0, pytest.approx(whole.stop - first, abs=2))
    else:
        assert (hold.start, hold.stop) == (pytest.approx(whole.start, abs=2), len(user))


def test_a_side_that_is_hidden_is_not_taken_to_stay_out_of_form():
    """The knees sink inwards in the first and the last second; between, only the left one is seen, in form."""
    squat = find_exercise("squat")
    good, bad = held_squat(10, in_form_s=10, inward_cm=14), held_squat(10, in_form_s=0, inward_cm=14)
    (hold,) = analyse(good, squat).holds
    assert hold.breaks == ()
    positions = good.positions.copy()
    for second in (slice(hold.start, hold.start + 30), slice(hold.stop - 30, hold.stop)):
        positions[second] = bad.positions[second]
    (seen,) = analyse(good.replace("out of form", positions=positions), squat).holds
    positions[hold.start + 30 : hold.stop - 30, good.skeleton.index("right_knee")] = np.nan
    (hidden,) = analyse(good.replace("hidden", positions=positions), squat).holds
    assert len(seen.breaks) == 2
    assert hidden.breaks == seen.breaks
