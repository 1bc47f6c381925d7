"""What lies outside the slider is not analysed."""

import numpy as np
import pytest

from fitlab.analysis.lifted import View
from fitlab.analysis.lifting_errors import MeasureError, described
from fitlab.exercises import find_exercise
from fitlab.views.trimmer import Trimmer
from tests.motions import Squats

MOTION = Squats(repetitions=4, lead_s=2.0)


@pytest.fixture
def trimmer():
    return Trimmer(MOTION.poses(), find_exercise("squat"), Squats(repetitions=2).poses())


def test_it_starts_where_the_analysis_trims(trimmer):
    start, stop = trimmer.span_s
    assert start == pytest.approx(1.5, abs=0.2) and stop == pytest.approx(MOTION.starts_s[-1] + 2 + 0.5, abs=0.2)
    assert len(trimmer.report.repetitions) == 4
    assert len(trimmer._chart.layout.shapes) == 4 + 2


def test_the_slider_cuts(trimmer):
    trimmer.slider.value = (MOTION.starts_s[1] - 0.2, MOTION.starts_s[3] - 0.1)
    assert len(trimmer.report.repetitions) == 2
    assert trimmer.report.comparison is not None
    assert len(trimmer.report.user) == pytest.approx((MOTION.starts_s[3] - MOTION.starts_s[1] + 0.1) * 30, abs=2)


def test_a_lifted_person_is_judged_as_one():
    squat = find_exercise("squat")
    rule = squat.mistakes[0]
    error = MeasureError([1.0] * 5, [0.0] * 5, [99.0] * 5, described(rule, squat.measures[rule.measure]))
    view = View(np.array([0.0, 1.0, 0.0]), {"squat": {rule.name: error}})
    plain, lifted = (Trimmer(MOTION.poses(), squat, view=v).report.findings[0].state for v in (None, view))
    assert (plain, lifted) == ("no", "cannot_tell")


def test_too_short_a_piece_keeps_the_report_and_says_so(trimmer):
    before = trimmer.report
    trimmer.slider.value = (1.0, 1.2)
    assert trimmer.report is before
    assert "0.5 s" in trimmer._note.value


def test_handles_that_meet_say_so(trimmer):
    before = trimmer.report
    trimmer.slider.value = (1.0, 1.0)
    assert trimmer.report is before
    assert "in order" in trimmer._note.value


def test_what_is_left_is_said_and_from_where_the_report_counts(trimmer):
    trimmer.slider.value = (2.0, 8.0)
    assert "2.00 to 8.00 s" in trimmer._note.value and "count from there" in trimmer._note.value
    trimmer.slider.value = (0.0, 8.0)
    assert "count from there" not in trimmer._note.value
