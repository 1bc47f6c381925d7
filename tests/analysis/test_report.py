"""The whole analysis: metrics.json, statistics, advice, input that cannot be used."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlab.analysis.advice import texts
from fitlab.analysis.report import analyse
from fitlab.datasets import uiprmd
from fitlab.errors import InputError
from fitlab.exercises import Exercise, exercise_files, find_exercise, load_exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17
from tests.motions import SHANK, THIGH, TRUNK, Squats, held_squat, mirrored, resampled, turned


@pytest.fixture(scope="module")
def squat() -> Exercise:
    found = find_exercise("squat")
    assert found is not None
    return found


def test_metrics_have_the_promised_form(squat):
    motion = Squats(repetitions=3, inward_cm=8)
    metrics = analyse(motion.poses(), squat, Squats().poses()).to_metrics()
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics
    assert set(metrics) == {
        "exercise", "fps", "trimmed", "repetitions", "sets", "reps", "holds", "statistics", "comparison", "verdicts",
    }  # fmt: skip
    assert (metrics["exercise"], metrics["fps"], metrics["repetitions"]) == ("squat", 30.0, 3)
    assert len(metrics["trimmed"]) == 2 and metrics["trimmed"][0] < metrics["reps"][0]["start_s"]
    for rep, start in zip(metrics["reps"], motion.starts_s, strict=True):
        assert rep["start_s"] == pytest.approx(start, abs=0.1)
        assert rep["duration_s"] == pytest.approx(rep["end_s"] - rep["start_s"], abs=1e-3)
        assert [phase["name"] for phase in rep["phases"]] == ["going down", "bottom", "going up"]
        assert set(rep["phases"][0]) == {"name", "start_s", "end_s"}
        (mistake,) = rep["mistakes"]
        assert {"name", "joint_group", "phase", "severity", "confidence", "advice"} <= set(mistake)
        assert mistake["name"] == "knees_inward" and mistake["advice"].startswith("Push your knees out")
    assert {"mean_duration_s", "mean_speed"} <= set(metrics["statistics"])
    assert set(metrics["comparison"]) == set(squat.groups)
    assert set(metrics["comparison"]["knees"]) == {"mean_deg", "max_deg", "mean_mm", "band_deg", "beyond_deg"}
    assert [set(verdict) for verdict in metrics["verdicts"]] == [{"mistake", "state", "reason"}] * 3


def test_statistics_of_a_known_motion(squat):
    motion = Squats(repetitions=4, fps=60, period_s=3.0, rest_s=1.0)
    found = analyse(motion.poses(), squat).statistics
    assert found["half_repetitions"] == 0
    assert found["mean_duration_s"] == pytest.approx(3.0, abs=0.15)
    assert found["sd_duration_s"] == pytest.approx(0, abs=0.02)
    assert found["repetitions_per_minute"] == pytest.approx(4 / (15 / 60), rel=0.02)
    assert found["tempo_out_s"] == pytest.approx(found["tempo_back_s"], abs=0.05)
    assert found["tempo_out_s"] + found["tempo_turn_s"] + found["tempo_back_s"] == pytest.approx(
        found["mean_duration_s"], abs=1e-6
    )
    span = motion.shank_deg + motion.thigh_deg
    assert found["range_knee_angle_deg"] == pytest.approx(span, abs=0.5)
    assert found["asymmetry_knee_angle_deg"] == pytest.approx(0, abs=0.01)
    # The greatest slope of (1 - cos) / 2 is pi / period; smoothing takes a little.
    assert found["top_speed"] == pytest.approx(span * np.pi / 3.0, rel=0.02)
    assert found["known_share"] == 1


def test_the_table_has_a_row_per_repetition(squat):
    report = analyse(Squats(repetitions=4, depths=(1, 1, 0.5, 1)).poses(), squat)
    table = report.per_repetition
    assert {len(column) for column in table.values()} == {4}
    np.testing.assert_array_equal(table["repetition"], [1, 2, 3, 4])
    np.testing.assert_array_equal(table["full"], [True, True, False, True])


def test_power_is_gravity_times_the_speed_of_the_rise(squat):
    motion = Squats(repetitions=3, period_s=3.0)
    report = analyse(motion.poses(), squat)
    # The trunk's middle sinks with the hips and by the trunk's own lean, and rises again in half a period.
    depth = np.radians([motion.shank_deg, motion.thigh_deg, motion.trunk_deg])
    sunk = np.array([SHANK, THIGH, TRUNK / 2]) @ (1 - np.cos(depth))
    table = report.per_repetition
    np.testing.assert_allclose(table["power_w_per_kg"], 9.81 * sunk / 1.5, rtol=0.05)
    assert report.statistics["mean_power_w_per_kg"] == pytest.approx(table["power_w_per_kg"].mean())


def test_trends_tell_how_a_set_tires(squat):
    depths = tuple(1 - 0.05 * n for n in range(6))
    report = analyse(Squats(repetitions=6, depths=depths).poses(), squat)
    assert report.statistics["trend_range_percent"] == pytest.approx(-100 * 0.05 / np.mean(depths), rel=0.1)
    assert abs(report.statistics["trend_duration_percent"]) < 1
    assert "trend_range_percent" not in analyse(Squats(repetitions=2).poses(), squat).statistics


def test_advice_is_plain_and_the_most_important_comes_first(squat):
    report = analyse(Squats(inward_cm=11, trunk_deg=62).poses(), squat)
    first, second = report.advice[:2]
    assert first.mistake == "knees_inward" and first.joint_group == "knees" and first.weight > second.weight
    assert first.text.startswith("Push your knees out over your feet: at the bottom they are 10.")
    assert first.text.endswith("cm inside them in every repetition.")
    assert second.mistake == "trunk_forward"
    assert first.repetitions == (0, 1, 2, 3, 4) and first.start < first.stop


def test_advice_may_be_words_of_the_exercise_s_own(squat):
    worded = [replace(rule, advice=f"{rule.name}: {{value}} {{repetitions}}, squat!") for rule in squat.mistakes]
    report = analyse(Squats(inward_cm=11).poses(), replace(squat, mistakes=tuple(worded)))
    assert re.fullmatch(r"knees_inward: 1[01]\.\d cm in every repetition, squat!", report.advice[0].text)


def test_advice_names_repetitions_in_words(squat):
    parts = [Squats(repetitions=1, inward_cm=9 if index in (0, 2, 3) else 0).poses().positions for index in range(5)]
    report = analyse(PoseSequence(np.concatenate(parts), 30, H36M17, "world"), squat)
    assert "in repetitions 1, 3 and 4" in report.advice[0].text


def test_advice_for_a_good_set_a_half_one_and_none(squat):
    assert analyse(Squats().poses(), squat).advice[0].text.startswith("Well done")
    half = analyse(Squats(depths=(1, 1, 0.45, 1, 1)).poses(), squat)
    assert any("only part of the way in repetition 3" in piece.text for piece in half.advice)
    still = analyse(Squats(thigh_deg=1, shank_deg=1).poses(), squat)
    assert still.advice[0].text.startswith("No repetition was found")


def test_advice_tells_how_one_differs_from_the_athlete(squat):
    report = analyse(Squats(trunk_deg=15).poses(), squat, Squats(trunk_deg=47).poses())
    assert any(piece.joint_group == "trunk" and "Compared with the athlete" in piece.text for piece in report.advice)


def test_holds_are_told_with_what_broke_them(squat):
    report = analyse(held_squat(8, in_form_s=5), squat)
    (hold,) = report.holds
    assert hold.duration_s == pytest.approx(8.5, abs=0.3)  # the turn begins at 85 % of the way
    assert hold.clean_s == pytest.approx(5.25, abs=0.25)
    (broken,) = hold.breaks
    assert broken.mistake == "knees_inward" and broken.stop <= hold.stop
    told = next(piece for piece in report.advice if "held it" in piece.text)
    assert f"for {hold.duration_s:.1f} s in repetition 1, but" in told.text
    assert f"the first {hold.clean_s:.1f} s. Knees inward: for" in told.text
    assert (told.start, told.stop) == (broken.start, broken.stop) and 0 < told.weight < 0.4
    assert not any(piece.text.startswith("Well done") for piece in report.advice)
    (written,) = report.to_metrics()["holds"]
    assert written["breaks"] == [
        {"mistake": "knees_inward", "start_s": round(broken.start / 30, 4), "end_s": round(broken.stop / 30, 4)}
    ]
    assert (written["repetition"], written["duration_s"]) == (1, round(hold.duration_s, 4))
    assert report.statistics["longest_hold_s"] == hold.duration_s


def test_a_hold_in_form_a_wrong_one_and_none(squat):
    good = analyse(held_squat(), squat)
    assert good.advice[0].text.startswith("Well done")
    assert any("kept your form" in piece.text for piece in good.advice)
    wrong = analyse(held_squat(in_form_s=-1), squat)
    assert any("not in good form" in piece.text for piece in wrong.advice)
    unsure = held_squat()
    unsure = analyse(unsure.replace("unsure", confidence=np.full(unsure.confidence.shape, 0.1)), squat)
    assert {verdict.state for verdict in unsure.verdicts} == {"cannot_tell"}
    assert any("form could not be checked in full" in piece.text for piece in unsure.advice)
    assert not any("kept your form" in piece.text for piece in unsure.advice)
    assert analyse(Squats().poses(), squat).holds == ()


@pytest.mark.parametrize("name", list(exercise_files()))
def test_every_shipped_rule_has_its_text(name):
    for rule in load_exercise(exercise_files()[name]).mistakes:
        assert "{repetitions}" in texts()[rule.advice]  # the size is left out where it says nothing to a layperson


def test_no_exercise_gives_statistics_only():
    report = analyse(Squats().poses(), None, Squats().poses())
    metrics = report.to_metrics()
    assert (metrics["exercise"], metrics["repetitions"], metrics["reps"], metrics["verdicts"]) == ("none", 0, [], [])
    assert metrics["statistics"]["mean_speed_m_per_s"] > 0
    assert report.trimmed == (0, len(report.user)) and report.comparison is None


def test_any_exercise_counts_what_repeats():
    anything = find_exercise("any")
    report = analyse(Squats(repetitions=6).poses(), anything, Squats().poses())
    assert len(report.repetitions) == 6 and report.verdicts == ()
    assert report.comparison is not None and report.comparison.groups["knees"].mean_deg < 2
    standing = Squats(thigh_deg=0, shank_deg=0, trunk_deg=0).poses()
    assert analyse(standing, anything).repetitions == ()


def test_input_that_cannot_be_used(squat):
    poses = Squats().poses()
    with pytest.raises(InputError, match="user must last at least"):
        analyse(poses[:10], squat)
    with pytest.raises(InputError, match="only missing ones"):
        analyse(poses.replace("lost", positions=np.full(poses.positions.shape, np.nan)), squat)
    with pytest.raises(InputError, match="reference must be in world space, got camera"):
        analyse(poses, squat, poses.replace("seen", space="camera"))
    with pytest.raises(InputError, match="reference must last"):
        analyse(poses, squat, poses[:3])


@settings(max_examples=15, deadline=None)
@given(
    inward=st.sampled_from([0.0, 8.0]),
    yaw=st.floats(-180, 180),
    factor=st.sampled_from([0.5, 1.0, 2.0, 4.0]),
    repetitions=st.integers(1, 6),
    period=st.floats(1.5, 4.0),
)
def test_direction_mirror_and_frame_rate_leave_counts_and_verdicts(inward, yaw, factor, repetitions, period):
    squat = find_exercise("squat")
    poses = Squats(repetitions=repetitions, inward_cm=inward, period_s=period).poses()
    expected = ["yes" if inward else "no", "no", "no"]
    other = resampled(poses, np.arange(0, len(poses) - 1, 1 / factor), fps=30 * factor)
    for seq in (poses, turned(poses, yaw, (1, 2, 0)), mirrored(poses), other, poses.to(COCO17)):
        report = analyse(seq, squat)
        assert len(report.repetitions) == repetitions
        assert [verdict.state for verdict in report.verdicts] == expected


@pytest.mark.parametrize("kind", ["kinect", "vicon"])
@pytest.mark.parametrize("correct", [True, False])
def test_recorded_squats_count_with_their_name(real_data, squat, kind, correct):
    seq, boundaries = uiprmd.joined(real_data, "m01", "s03", kind, correct)
    report = analyse(seq, squat)
    assert abs(len(report.repetitions) - len(boundaries)) <= 1
    assert len(report.findings) == 3 * len(report.repetitions)
    json.dumps(report.to_metrics(), allow_nan=False)


def test_recorded_squats_against_a_recorded_reference(real_data, squat):
    """Other bones, another person: the deviations are those of different people, not of a lost alignment."""
    user, _ = uiprmd.joined(real_data, "m01", "s02", "vicon", correct=False)
    reference, _ = uiprmd.joined(real_data, "m01", "s01", "vicon")
    comparison = analyse(user, squat, reference).comparison
    assert comparison is not None
    assert all(2 < comparison.groups[group].mean_deg < 30 for group in ("trunk", "hips", "knees"))


def test_an_advice_without_text_is_told_before_the_work(squat):
    unknown = replace(squat, mistakes=(replace(squat.mistakes[0], advice="push_knees_out"),))
    with pytest.raises(InputError, match=r"'knees_inward' must be .* or one of knees_inward, .*got 'push_knees_out'"):
        analyse(Squats().poses(), unknown)
