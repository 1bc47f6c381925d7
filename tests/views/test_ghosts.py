"""Who stands beside the person."""

import numpy as np

from fitlab.analysis.counterfactual import counterfactual
from fitlab.analysis.measures import measure_curves
from fitlab.analysis.report import analyse
from fitlab.exercises import find_exercise
from fitlab.views import ghosts
from fitlab.views.ghosts import MOST, corrected, standing_by
from tests.motions import Squats
from tests.views.squatting import squat_report

SQUAT = find_exercise("squat")


def test_an_athlete_stands_by_between_repetitions() -> None:
    reference = squat_report().comparison.reference
    known = np.flatnonzero(np.isfinite(reference["pelvis"][:, 0]))
    shown = standing_by(reference)
    np.testing.assert_array_equal(shown.positions[known], reference.positions[known])
    assert not shown.missing.any()
    for frame in np.setdiff1d(np.arange(len(reference)), known):
        apart = np.abs(known - frame)
        np.testing.assert_array_equal(shown.positions[frame], reference.positions[known[apart.argmin()]])


def test_an_athlete_who_is_never_known_stays_so() -> None:
    reference = squat_report().comparison.reference
    nowhere = reference.replace("lost", positions=np.full(reference.positions.shape, np.nan, np.float32))
    assert standing_by(nowhere).missing.all()


def test_the_person_is_corrected_where_a_mistake_was_made() -> None:
    parts = [Squats(repetitions=1, inward_cm=inward).poses() for inward in (0, 9, 0)]
    user = parts[0].replace("set", positions=np.concatenate([part.positions for part in parts]),
                            confidence=np.concatenate([part.confidence for part in parts]))  # fmt: skip
    report = analyse(user, SQUAT)
    (mistake,) = report.mistakes()
    better = corrected(report)
    there = np.isfinite(better["left_knee"][:, 0])
    rep = report.repetitions[1]
    assert there[rep.start : rep.stop].all() and there.sum() == rep.stop - rep.start
    inward = measure_curves(better, SQUAT)["knee_inward"].mean[mistake.start : mistake.stop]
    assert np.median(inward) < 3 - 1e-6  # the rule's threshold
    before = report.curves["knee_inward"].mean(axis=1)[mistake.start : mistake.stop]
    assert np.median(before) > 8


def test_only_the_worst_repetitions_are_corrected() -> None:
    report = analyse(Squats(repetitions=MOST + 2, inward_cm=9).poses(), SQUAT)
    better = corrected(report)
    known = [np.isfinite(better["left_knee"][rep.turn, 0]) for rep in report.repetitions]
    assert sum(known) == MOST


def test_a_lesser_mistake_is_tried_where_the_worst_cannot_be_cleared(monkeypatch) -> None:
    report = analyse(Squats(repetitions=2, inward_cm=9, trunk_deg=70).poses(), SQUAT)
    kinds = {finding.mistake for finding in report.mistakes(0)}
    assert len(kinds) > 1
    worst = report.mistakes(0)[0].mistake
    tried = []

    def without_the_worst(user, exercise, rep, finding):
        tried.append((rep.index, finding.mistake))
        return None if finding.mistake == worst else counterfactual(user, exercise, rep, finding)

    monkeypatch.setattr(ghosts, "counterfactual", without_the_worst)
    better = corrected(report)
    assert all(np.isfinite(better["left_knee"][rep.turn, 0]) for rep in report.repetitions)
    assert (0, worst) in tried and (1, worst) in tried


def test_without_mistakes_nobody_is_corrected() -> None:
    assert corrected(analyse(Squats().poses(), SQUAT)) is None
    assert corrected(squat_report(exercise=False)) is None
