"""The pictures of an exercise's file hold its numbers and the report's."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.analysis.report import analyse
from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.views import explained, palette
from tests.motions import Squats, held_squat
from tests.views.squatting import squat_report

SQUAT = find_exercise("squat")


def words_of(figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def lines_at(figure) -> list[float]:
    """Heights of the lines across the whole plot."""
    return [shape.y0 for shape in figure.layout.shapes if shape.type == "line"]


def test_the_drive_has_its_phases_its_usual_way_and_the_count() -> None:
    motion = Squats(repetitions=4, depths=(1, 1, 0.45, 1))
    report = analyse(motion.poses(), SQUAT)
    figure = explained.drive(report)
    rest, half, usual = lines_at(figure)
    assert rest == pytest.approx(180, abs=1)
    assert usual == pytest.approx(motion.knee_deg, abs=1.5)
    assert half == pytest.approx(rest + 0.6 * (usual - rest))
    assert [text for text in words_of(figure) if text.startswith("<b>")] == [
        "<b>1</b>", "<b>2</b>", "<b>3</b> half", "<b>4</b>",
    ]  # fmt: skip
    bands = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert len(bands) == len(report.phases)
    turns = [trace for trace in figure.data if trace.line.dash == "dash"]
    for rep, turn in zip(report.repetitions, turns, strict=True):
        assert turn.y[0] == pytest.approx(rest + 0.85 * (report.drive[rep.turn] - rest))
    names = [trace.name for trace in figure.data if trace.name]
    assert "bottom (turn)" in names and "standing (rest)" in names


def test_a_rule_has_its_limits_and_every_verdict_in_its_colour() -> None:
    parts = [Squats(repetitions=1, inward_cm=inward).poses() for inward in (0, 9, 3)]
    joined = parts[0].replace("set", positions=np.concatenate([part.positions for part in parts]),
                              confidence=np.concatenate([part.confidence for part in parts]))  # fmt: skip
    report = analyse(joined, SQUAT)
    figure = explained.rule(report, "knees_inward")
    asked = next(rule for rule in SQUAT.mistakes if rule.name == "knees_inward")
    assert lines_at(figure) == [asked.threshold, asked.severe]
    margins = [
        (shape.y0, shape.y1) for shape in figure.layout.shapes if shape.xref == "x domain" and shape.y0 != shape.y1
    ]
    assert (asked.threshold - asked.margin, asked.threshold + asked.margin) in margins
    told = [trace for trace in figure.data if trace.line.width == 4]
    found = [finding for finding in report.findings if finding.mistake == "knees_inward"]
    assert [finding.state for finding in found] == ["no", "yes", "cannot_tell"]
    assert [trace.y[0] for trace in told] == [finding.value for finding in found]
    assert [trace.line.color for trace in told] == [palette.LIGHT[name] for name in ("good", "mistake", "unsure")]


def test_of_two_sides_the_one_that_counts_is_there_where_the_other_is_hidden() -> None:
    report = squat_report()
    knees = np.array(report.curves["knee_inward"])
    knees[:10, 0] = np.nan
    worst = tuple(replace(rule, sides="worst") for rule in SQUAT.mistakes)
    curves = dict(report.curves) | {"knee_inward": knees}
    figure = explained.rule(replace(report, exercise=replace(SQUAT, mistakes=worst), curves=curves), "knees_inward")
    for name, side in zip(("left", "right"), knees.T, strict=True):
        np.testing.assert_array_equal(next(trace for trace in figure.data if trace.name == name).y, side)


def test_a_rule_of_lifted_poses_is_refused() -> None:
    with pytest.raises(InputError, match="got lifted ones"):
        explained.rule(replace(squat_report(), lifted=True), "knees_inward")


def test_a_rule_shows_where_it_broke_a_hold() -> None:
    report = analyse(held_squat(8, in_form_s=5), SQUAT)
    (broken,) = report.holds[0].breaks
    figure = explained.rule(report, "knees_inward")
    assert any(trace.name == "form lost" for trace in figure.data)
    spans = [(shape.x0, shape.x1) for shape in figure.layout.shapes]
    assert (broken.start / report.fps, broken.stop / report.fps) in spans


def test_a_deviation_has_the_tolerance_and_the_means() -> None:
    report = squat_report()
    figure = explained.deviation(report, "knees")
    assert lines_at(figure) == [SQUAT.tolerances["knees"]]
    means = [trace for trace in figure.data if trace.line.width == 3.5]
    assert [trace.y[0] for trace in means] == list(report.comparison.per_repetition["knees"][:, 0])
    assert {trace.line.color for trace in means} == {palette.LIGHT["mistake"]}  # 13.8 degrees, 10 are allowed


def test_what_is_not_there_is_refused() -> None:
    bare = squat_report(exercise=False, athlete=False)
    with pytest.raises(InputError, match="repetitions by a named drive"):
        explained.drive(bare)
    with pytest.raises(InputError, match="mistake must be one of knees_inward"):
        explained.rule(squat_report(), "elbows")
    with pytest.raises(InputError, match="group must be one of none without an athlete"):
        explained.deviation(bare, "knees")
