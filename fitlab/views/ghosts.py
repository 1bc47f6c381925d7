"""Whom the report shows beside the person: the athlete, and the person without the mistakes."""

import numpy as np

from fitlab.analysis.counterfactual import counterfactual
from fitlab.analysis.report import Report
from fitlab.poses import PoseSequence
from fitlab.progress import progress

GHOSTS = (
    ("reference", "Athlete", "Athlete, at your size"),
    ("better", "Corrected", "You, corrected"),
)
"""Who may stand beside the person: name, what the choice is called, what the legend says."""

MOST = 6
"""Repetitions that are corrected: each takes a third of a second."""


def standing_by(athlete: PoseSequence) -> PoseSequence:
    """An athlete who is known in repetitions only, standing still between them as in the nearest known frame."""
    known = np.flatnonzero(~athlete.missing.all(axis=1))
    if not len(known):
        return athlete
    frames = np.arange(len(athlete))
    after = np.minimum(np.searchsorted(known, frames), len(known) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(known[before] - frames) <= np.abs(known[after] - frames)
    nearest = np.where(nearer, known[before], known[after])
    return athlete.replace("standing by", positions=athlete.positions[nearest], confidence=athlete.confidence[nearest])


def corrected(report: Report) -> PoseSequence | None:
    """The person without the worst mistake that can be cleared of a repetition, in up to :data:`MOST` repetitions.

    World space, all frames of the clip, NaN elsewhere; None where there is no mistake that can be cleared, the most
    severe are tried first
    (:func:`fitlab.analysis.counterfactual.counterfactual`).
    """
    if report.exercise is None:
        return None
    rules = {rule.name for rule in report.exercise.mistakes}  # learned mistakes have no measure to change
    better: PoseSequence | None = None
    done: set[int] = set()
    for finding in progress([one for one in report.mistakes() if one.mistake in rules], "correcting", unit="mistake"):
        if finding.repetition is None or finding.repetition in done:
            continue
        if len(done) == MOST:
            break
        change = counterfactual(report.user, report.exercise, report.repetitions[finding.repetition], finding)
        if change is not None:
            done.add(finding.repetition)
            better = change.poses if better is None else _where_known(change.poses, better)
    return better


def _where_known(first: PoseSequence, second: PoseSequence) -> PoseSequence:
    """``first``, and ``second`` where that is missing; alike in all but the poses."""
    missing = first.missing
    return first.replace(
        "without the mistakes",
        positions=np.where(missing[..., None], second.positions, first.positions),
        confidence=np.where(missing, second.confidence, first.confidence),
    )
