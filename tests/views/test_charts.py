"""Charts draw the report's numbers; notebooks and documents rely on their titles and units."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fitlab.analysis.report import analyse
from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.views import charts, palette
from tests.motions import held_squat
from tests.views.squatting import REPETITION, squat_report


def test_curves_hold_the_measures_and_mark_repetitions_and_mistakes() -> None:
    report = squat_report()
    figure = charts.curves(report, ["knee_inward", "trunk_inclination"])
    by_name = {trace.name: trace for trace in figure.data}
    np.testing.assert_allclose(by_name["Left"].y, report.curves["knee_inward"][:, 0])
    np.testing.assert_allclose(by_name["You"].y, report.curves["trunk_inclination"])
    assert sum(trace.name == "Athlete" for trace in figure.data) == 2
    colours = [shape.fillcolor for shape in figure.layout.shapes]
    assert colours.count(palette.with_alpha(palette.LIGHT["mistake"], 0.18)) == 2  # repetitions 2 and 4, one measure
    shades = [colours.count(palette.with_alpha(palette.LIGHT["accent"], alpha)) for alpha in (0.13, 0.06)]
    assert shades == [6, 4]  # repetitions 1, 3, 5 and 2, 4, in two rows
    assert figure.layout.yaxis.title.text == "Knee inward (cm)"
    assert len(charts.curves(report).data) == sum(2 if v.ndim == 2 else 1 for v in report.curves.values()) + len(
        report.curves
    )


def test_comparison_is_red_beyond_the_tolerance() -> None:
    report = squat_report()
    bars = charts.comparison(report).data[0]
    over = [d.mean_deg > report.exercise.tolerances[g] for g, d in report.comparison.groups.items()]
    assert [colour == palette.LIGHT["mistake"] for colour in bars.marker.color] == over
    assert list(bars.x) == [deviation.mean_deg for deviation in report.comparison.groups.values()]
    assert any(over)
    varied = {name: replace(found, band_deg=90.0) for name, found in report.comparison.groups.items()}
    bars, marks = charts.comparison(replace(report, comparison=replace(report.comparison, groups=varied))).data
    assert set(bars.marker.color) == {palette.LIGHT["reference"]} and set(marks.x) == {90.0}


def test_repetitions_are_stacked_to_their_length() -> None:
    report = squat_report()
    figure = charts.repetitions(report)
    total = np.sum([trace.y for trace in figure.data], axis=0)
    np.testing.assert_allclose(total, REPETITION / report.fps)


def test_holds_are_bars_with_the_time_out_of_form() -> None:
    report = analyse(held_squat(8, in_form_s=5), find_exercise("squat"))
    (hold,) = report.holds
    whole, lost = charts.holds(report).data
    assert list(whole.x) == [hold.duration_s]
    (broken,) = hold.breaks
    assert lost.base[0] == pytest.approx((broken.start - hold.start) / report.fps)
    assert lost.x[0] == pytest.approx((broken.stop - broken.start) / report.fps)
    assert lost.customdata[0] == ["Knees inward", lost.x[0]]  # %{x} would be where it ends
    assert "%{x" not in lost.hovertemplate
    assert whole.text[0].endswith(f"in form for the first {hold.clean_s:.1f} s")
    assert len(charts.holds(analyse(held_squat(), find_exercise("squat"))).data) == 1


def test_a_table_writes_numbers_with_their_decimals() -> None:
    frame = pd.DataFrame({"lifter": ["published", "fitness"], "mpjpe_mm": [52.16, np.nan], "frames": [3, 4]})
    cells = charts.table(frame, "Lifters").data[0].cells
    assert [list(column) for column in cells.values] == [["published", "fitness"], ["52.2", "–"], ["3", "4"]]
    assert list(cells.align) == ["left", "right", "right"]


def test_charts_of_what_is_not_there_say_so() -> None:
    report = squat_report(exercise=False, athlete=False)
    with pytest.raises(InputError, match="measures must be some of"):
        charts.curves(report)
    with pytest.raises(InputError, match="measures must be some of knee_angle"):
        charts.curves(squat_report(), ["elbow"])
    with pytest.raises(InputError, match="must hold holds"):
        charts.holds(report)
    with pytest.raises(InputError, match="must hold a comparison"):
        charts.comparison(report)
