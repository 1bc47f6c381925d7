"""The whole analysis of a clip, and everything that the views need to show it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fitlab.analysis.advice import give_advice, require_advice
from fitlab.analysis.comparison import compare
from fitlab.analysis.holds import Hold, find_holds, hold_statistics
from fitlab.analysis.lifted import Lifted, View
from fitlab.analysis.measures import seen
from fitlab.analysis.mistakes import judge_clip, judge_repetitions
from fitlab.analysis.results import Advice, Comparison, Phase, Repetition, Verdict
from fitlab.analysis.segmentation import segment, segment_between_gestures
from fitlab.analysis.sets import RepetitionSet, find_sets
from fitlab.analysis.statistics import repetition_table, set_statistics
from fitlab.analysis.trimming import trim
from fitlab.errors import InputError
from fitlab.exercises import Exercise
from fitlab.poses import PoseSequence

_SHORTEST_SECONDS = 0.5


@dataclass(frozen=True, eq=False)
class Report:
    """What was found in a clip of T frames.

    Parameters
    ----------
    exercise : Exercise or None
        None: statistics only, no rules.
    user : PoseSequence
        World space, the whole clip.
    trimmed : (start, stop) frames
        Where the exercise is; the whole clip when there are no repetitions.
    drive : float (T,)
        The measure that the repetitions were counted in, smoothed then; here as it was seen, NaN where it was not.
    drive_name, drive_unit : str
        The drive's measure; ``motion`` with unit ``""`` where it was self-found.
    curves : measure name -> float (T,) or (T, 2)
        Two columns are left and right.
    units : measure name -> {"deg", "cm"}
    repetitions : in order of time
    phases : in order of time, the rests between repetitions included
    verdicts : one per rule for the whole clip, in the order of the exercise
    findings : one per rule and repetition
        All three states; :meth:`mistakes` picks those that are mistakes.
    statistics : name -> number
        Names end with their unit (``mean_duration_s``); see :func:`fitlab.analysis.statistics.set_statistics`.
    comparison : Comparison or None
        None without a reference or without repetitions.
    advice : most important first
    holds : in order of time
        Positions held for at least 3 s, and where they broke.
    lifted : bool
        Whether the findings are those of lifted poses: by corrected values and probabilities, not margins.
    per_repetition : column -> (repetitions,)
        See :func:`fitlab.analysis.statistics.repetition_table`.
    """

    exercise: Exercise | None
    user: PoseSequence
    trimmed: tuple[int, int]
    drive: np.ndarray
    drive_name: str
    drive_unit: str
    curves: Mapping[str, np.ndarray]
    units: Mapping[str, str]
    repetitions: tuple[Repetition, ...]
    phases: tuple[Phase, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Verdict, ...]
    statistics: Mapping[str, float]
    comparison: Comparison | None
    advice: tuple[Advice, ...]
    holds: tuple[Hold, ...] = ()
    lifted: bool = False
    per_repetition: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def fps(self) -> float:
        """Frames per second of the user's clip."""
        return self.user.fps

    @property
    def sets(self) -> tuple[RepetitionSet, ...]:
        """Runs of repetitions with rest between them, in order of time."""
        return find_sets(self.repetitions, self.fps)

    def mistakes(self, repetition: int | None = None) -> tuple[Verdict, ...]:
        """The findings with state yes, of one repetition or of all, most severe first."""
        found = [f for f in self.findings if f.state == "yes" and repetition in (None, f.repetition)]
        return tuple(sorted(found, key=lambda finding: -finding.severity))

    def to_metrics(self) -> dict[str, Any]:
        """The content of ``metrics.json``: plain numbers, strings, lists and dicts; NaN becomes None."""
        advice = {a.mistake: a.text for a in self.advice}
        repetitions = [
            {
                **self._interval(rep.start, rep.stop),
                "duration_s": self._seconds(rep.stop - rep.start),
                "full": rep.full,
                "phases": [
                    {"name": phase.name, **self._interval(phase.start, phase.stop)}
                    for phase in self.phases
                    if phase.repetition == rep.index
                ],
                "mistakes": [
                    {
                        "name": found.mistake,
                        "joint_group": found.joint_group,
                        "phase": found.phase,
                        "severity": _number(found.severity),
                        "confidence": _number(found.confidence),
                        "size": _number(found.excess),
                        "unit": found.unit,
                        "advice": advice.get(found.mistake, ""),
                    }
                    for found in self.mistakes(rep.index)
                ],
                "cannot_tell": [
                    found.mistake
                    for found in self.findings
                    if found.repetition == rep.index and found.state == "cannot_tell"
                ],
            }
            for rep in self.repetitions
        ]
        groups = self.comparison.groups if self.comparison else {}
        return {
            "exercise": self.exercise.name if self.exercise else "none",
            "fps": _number(self.fps),
            "trimmed": [self._seconds(frame) for frame in self.trimmed],
            "repetitions": len(repetitions),
            "sets": [
                {**self._interval(found.start, found.stop), "repetitions": len(found.repetitions)}
                for found in self.sets
            ],
            "reps": repetitions,
            "holds": [
                {
                    "repetition": hold.repetition + 1,
                    **self._interval(hold.start, hold.stop),
                    "duration_s": _number(hold.duration_s),
                    "clean_s": _number(hold.clean_s),
                    "judged_share": _number(hold.judged),
                    "cut": hold.cut,
                    "breaks": [
                        {"mistake": broken.mistake, **self._interval(broken.start, broken.stop)}
                        for broken in hold.breaks
                    ],
                }
                for hold in self.holds
            ],
            "statistics": {name: _number(value) for name, value in self.statistics.items()},
            "comparison": {
                group: {
                    "mean_deg": _number(deviation.mean_deg),
                    "max_deg": _number(deviation.max_deg),
                    "mean_mm": _number(deviation.mean_mm),
                    "band_deg": _number(deviation.band_deg),
                    "beyond_deg": _number(deviation.beyond_deg),
                }
                for group, deviation in groups.items()
            },
            "verdicts": [
                {"mistake": verdict.mistake, "state": verdict.state, "reason": verdict.reason}
                for verdict in self.verdicts
            ],
        }

    def _seconds(self, frames: int) -> float:
        return round(frames / self.fps, 4)

    def _interval(self, start: int, stop: int) -> dict[str, float]:
        return {"start_s": self._seconds(start), "end_s": self._seconds(stop)}


def _number(value: float) -> float | None:
    """A Python float that JSON can hold."""
    value = float(value)
    return round(value, 4) if math.isfinite(value) else None


def analyse(
    user: PoseSequence,
    exercise: Exercise | None,
    reference: PoseSequence | None = None,
    view: View | None = None,
) -> Report:
    """Analyses a clip: trims it, counts, finds phases and mistakes, compares with ``reference``.

    Parameters
    ----------
    user, reference : PoseSequence in world space
        Of any layout whose joints the exercise's measures can be had from.
    exercise : Exercise or None
        None: statistics of the motion only.  An exercise without a drive counts by whatever repeats.
    view : View, optional
        Of a lifted user: from where, what lifting does to the measures of the rules, and how mistakes show in whole
        repetitions.  Without it the poses are taken as they are.

    Raises
    ------
    InputError
        If a clip is not in world space, is too short or holds no poses, a mistake names an advice without text, or the
        user does not make a gesture that the exercise starts or ends with (an athlete need not).
    """
    _require_usable(user, "user")
    if reference is not None:
        _require_usable(reference, "reference")
    if exercise is None:
        still = np.full(len(user), np.nan)
        table = repetition_table(user, still, (), (), {})
        statistics = set_statistics(user, (0, len(user)), (), {}, table)
        return Report(
            None, user, (0, len(user)), still, "", "", {}, {}, (), (), (), (), statistics, None, (),
            per_repetition=table,
        )  # fmt: skip

    require_advice(exercise)
    segmented = segment_between_gestures(user, exercise)
    repetitions, phases, curves = segmented.repetitions, segmented.phases, segmented.curves
    lifted = Lifted.of(user, exercise, view)
    known = np.flatnonzero(np.isfinite(segmented.drive))  # not outside of the gestures
    shown = (int(known[0]), int(known[-1]) + 1) if len(known) else None
    findings = judge_repetitions(exercise, curves, repetitions, phases, lifted, shown)
    verdicts = judge_clip(exercise, findings)
    comparison = None
    if reference is not None and repetitions:
        comparison = compare(user, segmented, reference, segment(reference, exercise), exercise)
    followed = seen(user, exercise.measures[exercise.drive.measure]) if exercise.drive else None
    holds = find_holds(exercise, curves, segmented.drive, phases, user.fps, lifted, followed)
    trimmed = trim(segmented.drive, repetitions, user.fps)
    table = repetition_table(user, segmented.drive, repetitions, phases, curves)
    return Report(
        exercise=exercise,
        user=user,
        trimmed=trimmed,
        drive=segmented.curve,
        drive_name=exercise.drive.measure if exercise.drive else "motion",
        drive_unit=exercise.measures[exercise.drive.measure].unit if exercise.drive else "",
        curves={name: curve.values for name, curve in curves.items()},
        units={name: curve.unit for name, curve in curves.items()},
        repetitions=repetitions,
        phases=phases,
        verdicts=verdicts,
        findings=findings,
        statistics=set_statistics(user, trimmed, repetitions, curves, table) | hold_statistics(holds),
        comparison=comparison,
        advice=give_advice(exercise, repetitions, findings, verdicts, comparison, holds, followed),
        holds=holds,
        lifted=lifted is not None,
        per_repetition=table,
    )


def _require_usable(seq: PoseSequence, whose: str) -> None:
    if seq.space != "world":
        raise InputError(f"{whose} must be in world space, got {seq.space} space; lift and ground the poses first")
    if seq.missing.all():
        raise InputError(f"{whose} must hold at least one known pose, got only missing ones; check the recording")
    if seq.duration < _SHORTEST_SECONDS:
        raise InputError(
            f"{whose} must last at least {_SHORTEST_SECONDS:g} s, got {seq.duration:.2f} s; give a longer clip"
        )
