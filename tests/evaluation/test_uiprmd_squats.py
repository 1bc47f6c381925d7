"""The runner that counts and judges recorded movements."""

import numpy as np
import pytest

from fitlab.analysis.report import analyse
from fitlab.evaluation.uiprmd_squats import Trial, squat_tables, trials
from fitlab.exercises import find_exercise
from tests.motions import Squats


def trial(motion: Squats, kind: str = "vicon", correct: bool = True) -> Trial:
    starts = motion.starts_s * motion.fps
    boundaries = np.stack([starts, starts + motion.period_s * motion.fps], axis=1).round().astype(int)
    return Trial("s01", kind, correct, analyse(motion.poses(), find_exercise("squat")), boundaries)  # type: ignore[arg-type]


def test_shares_and_boundary_errors_of_a_known_motion():
    made = trial(Squats(inward_cm=8))
    assert (made.counted, made.true) == (5, 5)
    assert made.share_with("knees_inward", "yes") == 1 and made.share_with("too_shallow", "yes") == 0
    assert made.boundary_errors_s().shape == (10,)
    assert made.boundary_errors_s().max() <= 0.1


def test_nothing_found_has_no_boundaries():
    made = trial(Squats(thigh_deg=1, shank_deg=1))
    assert made.counted == 0 and made.boundary_errors_s().size == 0


def test_tables_hold_every_group():
    group = [trial(Squats(), kind=kind, correct=correct) for kind in ("vicon", "kinect") for correct in (True, False)]
    squat = find_exercise("squat")
    assert squat is not None
    table = squat_tables(group, squat)
    assert table.count("5 / 5") == 8 and "| 0 (0) | 0 (0) | 0 (0) |" in table
    assert "| 4 | 1.000 | 0.000 | 1.000 |" in table


@pytest.mark.parametrize("name", ["squat", "any"])
def test_recorded_squats_of_everybody(real_data, name):
    exercise = find_exercise(name)
    assert exercise is not None
    found = [next(made) for made in [trials(real_data, exercise)]]
    assert abs(found[0].counted - found[0].true) <= 1
    assert np.median(found[0].boundary_errors_s()) < 0.25
