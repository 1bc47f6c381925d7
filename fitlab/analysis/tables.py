"""A report as pandas tables, for notebooks and spreadsheets."""

from typing import Any

import pandas as pd

from fitlab.analysis.report import Report

_FINDING = [
    *("repetition", "mistake", "state", "value", "excess", "unit", "probability", "severity", "confidence"),
    *("joint_group", "phase", "start_s", "end_s", "reason"),
]


def repetition_frame(report: Report) -> pd.DataFrame:
    """A row for every repetition, numbered from 1.

    Columns: those of :func:`fitlab.analysis.statistics.repetition_table`; with an athlete ``<joint group>_deg``, the
    mean deviation; and ``mistakes``, most severe first.
    """
    columns: dict[str, Any] = dict(report.per_repetition)
    if report.comparison:
        columns |= {f"{group}_deg": table[:, 0] for group, table in report.comparison.per_repetition.items()}
    columns["mistakes"] = [
        ", ".join(found.mistake for found in report.mistakes(rep.index)) for rep in report.repetitions
    ]
    return pd.DataFrame(columns).set_index("repetition")


def phase_frame(report: Report) -> pd.DataFrame:
    """A row for every phase in order of time: ``repetition`` (from 1; NA: the rest between), name, role, times in s."""
    rows = [
        {
            "repetition": None if phase.repetition is None else phase.repetition + 1,
            "phase": phase.name,
            "role": phase.role,
            "start_s": phase.start / report.fps,
            "end_s": phase.stop / report.fps,
        }
        for phase in report.phases
    ]
    frame = pd.DataFrame(rows, columns=["repetition", "phase", "role", "start_s", "end_s"])
    return frame.astype({"repetition": "Int64"})


def finding_frame(report: Report) -> pd.DataFrame:
    """A row for every repetition and rule: what was measured, what it means and why."""
    rows = [
        {
            "repetition": (found.repetition or 0) + 1,
            "mistake": found.mistake,
            "state": found.state,
            "value": found.value,
            "excess": found.excess,
            "unit": found.unit,
            "probability": found.probability,
            "severity": found.severity,
            "confidence": found.confidence,
            "joint_group": found.joint_group,
            "phase": found.phase,
            "start_s": found.start / report.fps,
            "end_s": found.stop / report.fps,
            "reason": found.reason,
        }
        for found in report.findings
    ]
    return pd.DataFrame(rows, columns=_FINDING)


def hold_frame(report: Report) -> pd.DataFrame:
    """A row for every hold: ``repetition`` (from 1), times in s, ``clean_s`` before it first broke,
    ``judged_share`` of that, ``cut`` by the clip, ``breaks`` in words.
    """
    rows = [
        {
            "repetition": hold.repetition + 1,
            "start_s": hold.start / report.fps,
            "end_s": hold.stop / report.fps,
            "duration_s": hold.duration_s,
            "clean_s": hold.clean_s,
            "judged_share": hold.judged,
            "cut": hold.cut,
            "breaks": ", ".join(
                f"{broken.mistake} {broken.start / report.fps:.1f} to {broken.stop / report.fps:.1f} s"
                for broken in hold.breaks
            ),
        }
        for hold in report.holds
    ]
    columns = ["repetition", "start_s", "end_s", "duration_s", "clean_s", "judged_share", "cut", "breaks"]
    return pd.DataFrame(rows, columns=columns)
