"""What the analysis says of every repetition of FitBench-S beside what the studio made."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fitlab.analysis.report import Report, analyse
from fitlab.analysis.results import Repetition
from fitlab.errors import InputError
from fitlab.evaluation.fitbench.people import Watched
from fitlab.exercises import Exercise, find_exercise
from fitlab.progress import progress

NOT_COUNTED = "not counted"
"""The state of a rule in a repetition that the analysis did not find."""

_OVERLAP = 0.3  # intersection over union from which a repetition found is the one performed


def answers(watched: Watched, names: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Verdicts and counts over the named clips.

    Returns
    -------
    verdicts : DataFrame
        A row for every repetition performed and rule of its exercise: ``exercise, variant, view, repetition, mistake``;
        ``strength`` (0: not made); ``state`` (that of the verdict, or :data:`NOT_COUNTED`); ``probability`` that it
        was made (NaN: nothing is known); ``confidence``.
    counts : DataFrame
        A row for every clip: ``exercise, variant, view, true, counted`` and the median ``boundary_s`` error.
    """
    verdicts: list[dict[str, Any]] = []
    counts: list[dict[str, Any]] = []
    for name in progress(names, "analysing", unit="clip"):
        performance, _, seen_from = name.partition("/")
        labels = watched.benchmark / "clips" / f"{name}.json"
        made = json.loads(labels.read_text(encoding="utf-8"))
        exercise = find_exercise(made["exercise"])
        assert exercise is not None  # the studio makes none without a file
        where = {"exercise": exercise.name, "variant": performance.partition("-")[2], "view": seen_from}
        world, view = watched.person(name)
        try:
            report = analyse(world, exercise, view=view)
        except InputError as error:  # nobody was found in it
            raise InputError(f"every clip must show a person, got {name}: {error}") from error
        paired = matched(made["repetitions"], report.repetitions)
        verdicts += [where | row for row in _rows(exercise, report, made["mistakes"], paired)]
        counts.append(where | _count(made["repetitions"], report))
    return pd.DataFrame(verdicts), pd.DataFrame(counts)


def matched(true: Sequence[Sequence[int]], found: Sequence[Repetition]) -> list[int | None]:
    """For every repetition performed, [start, stop) frames, the index of the one found that overlaps it most."""
    chosen: list[int | None] = []
    for start, stop in true:
        shares = [
            max(0, min(stop, rep.stop) - max(start, rep.start)) / (max(stop, rep.stop) - min(start, rep.start))
            for rep in found
        ]
        best = int(np.argmax(shares)) if shares else -1
        chosen.append(best if shares and shares[best] >= _OVERLAP else None)
    return chosen


def _rows(
    exercise: Exercise, report: Report, made: Sequence[dict[str, float]], paired: Sequence[int | None]
) -> Iterator[dict[str, Any]]:
    said = {(finding.repetition, finding.mistake): finding for finding in report.findings}
    for repetition, (mistakes, found) in enumerate(zip(made, paired, strict=True)):
        for rule in exercise.mistakes:
            finding = said.get((found, rule.name)) if found is not None else None
            yield {
                "repetition": repetition,
                "mistake": rule.name,
                "strength": mistakes.get(rule.name, 0.0),
                "state": finding.state if finding else NOT_COUNTED,
                "probability": finding.probability if finding else np.nan,
                "confidence": finding.confidence if finding else 0.0,
            }


def _count(true: Sequence[Sequence[int]], report: Report) -> dict[str, Any]:
    bounds, found = np.array(true), np.array([(rep.start, rep.stop) for rep in report.repetitions]).reshape(-1, 2)
    apart = np.abs(bounds[:, None] - found[None]).min(axis=1) if len(found) else np.full((len(bounds), 2), np.nan)
    return {"true": len(bounds), "counted": len(found), "boundary_s": float(np.median(apart)) / report.fps}
