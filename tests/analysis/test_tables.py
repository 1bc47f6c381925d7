"""Tables say what the report says."""

import numpy as np
import pytest

from fitlab.analysis.report import analyse
from fitlab.analysis.tables import finding_frame, hold_frame, phase_frame, repetition_frame
from fitlab.exercises import find_exercise
from tests.motions import Squats, held_squat


@pytest.fixture(scope="module")
def report():
    made = Squats(repetitions=3, inward_cm=9, depths=(1, 0.5, 1)).poses()
    return analyse(made, find_exercise("squat"), Squats(repetitions=2).poses())


def test_a_row_for_every_repetition(report):
    table = repetition_frame(report)
    assert table.index.tolist() == [1, 2, 3]
    assert table.full.tolist() == [True, False, True]
    np.testing.assert_allclose(table.duration_s, [(rep.stop - rep.start) / 30 for rep in report.repetitions])
    assert table.range_knee_angle_deg[1] == pytest.approx(115, abs=2)
    assert table.asymmetry_knee_angle_deg.max() < 0.1
    assert table.mistakes[1] == "knees_inward"
    assert table.knees_deg[1] == report.comparison.per_repetition["knees"][0, 0]


def test_phases_tile_the_repetitions(report):
    table = phase_frame(report)
    own = table[table.repetition == 1]
    assert own.role.tolist() == ["out", "turn", "back"]
    np.testing.assert_allclose(own.end_s[:-1], own.start_s[1:])
    assert table[table.role == "rest"].repetition.isna().all()


def test_findings_hold_all_three_states(report):
    table = finding_frame(report)
    assert len(table) == 3 * len(report.exercise.mistakes)
    made = table[table.state == "yes"]
    assert set(zip(made.repetition - 1, made.mistake, strict=True)) == {
        (found.repetition, found.mistake) for found in report.mistakes()
    }


def test_without_repetitions_the_tables_are_empty():
    still = analyse(Squats(thigh_deg=1, shank_deg=1).poses(), find_exercise("squat"))
    assert len(repetition_frame(still)) == len(phase_frame(still)) == len(finding_frame(still)) == 0


def test_a_row_for_every_hold(report):
    assert len(hold_frame(report)) == 0
    held = analyse(held_squat(8, in_form_s=5), find_exercise("squat"))
    (hold,), table = held.holds, hold_frame(held)
    assert table.repetition.tolist() == [1]
    assert (table.end_s - table.start_s).tolist() == pytest.approx([hold.duration_s])
    assert table.clean_s.tolist() == [hold.clean_s]
    assert (table.judged_share[0], table.cut[0]) == (1.0, False)
    assert table.breaks[0].startswith("knees_inward ") and table.breaks[0].endswith(" s")


def test_the_table_agrees_with_the_statistics_also_where_joints_shake_or_are_hidden(rng):
    seq = Squats(repetitions=3).poses()
    positions = seq.positions + rng.normal(0, 0.008, seq.positions.shape)
    positions[:, seq.skeleton.index("left_ankle")] = np.nan
    report = analyse(seq.replace("shaken", positions=positions), find_exercise("squat"))
    table, told = repetition_frame(report), report.statistics
    assert len(table) == 3
    assert table.top_speed.max() == pytest.approx(told["top_speed"])
    assert table.range.mean() == pytest.approx(told["mean_drive_range"])
    measured = [name for name in told if name.startswith("range_")]
    assert "range_knee_angle_deg" in measured
    for name in measured:
        assert table[name].mean() == pytest.approx(told[name])
    assert "asymmetry_knee_angle_deg" not in told and table.asymmetry_knee_angle_deg.isna().all()


def test_tables_without_findings_keep_their_columns(report):
    without = analyse(report.user, find_exercise("any"))
    assert list(finding_frame(without)) == list(finding_frame(report))
