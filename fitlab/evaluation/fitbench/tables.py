"""Figures of the benchmark, from the tables of :func:`fitlab.evaluation.fitbench.answers.answers`."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import pandas as pd

from fitlab.evaluation.fitbench.answers import NOT_COUNTED
from fitlab.metrics import count_mae, count_obo
from fitlab.synthesis.benchmark import RIGHT

ANSWERED = ("yes", "no")


def f1_by_mistake(verdicts: pd.DataFrame) -> pd.Series:
    """F1 of every mistake, indexed by exercise and mistake.

    A repetition in which it was made and the rule does not say yes counts as missed, whether the answer was no, *cannot
    tell* or the repetition was not found.
    """
    made, said = verdicts.strength > 0, verdicts.state == "yes"
    counted = pd.DataFrame({"hit": made & said, "wrong": made != said}).groupby(
        [verdicts.exercise, verdicts.mistake]
    ).sum()  # fmt: skip
    return 2 * counted.hit / (2 * counted.hit + counted.wrong)


def macro_f1(verdicts: pd.DataFrame) -> float:
    """Mean of :func:`f1_by_mistake`."""
    return float(f1_by_mistake(verdicts).mean())


def false_alarms(verdicts: pd.DataFrame) -> float:
    """Share of the repetitions performed rightly in which some rule says yes."""
    right = verdicts[verdicts.variant == RIGHT]
    return float((right.state == "yes").groupby([right.exercise, right.view, right.repetition]).any().mean())


def answered_accuracy(verdicts: pd.DataFrame) -> float:
    """Share of right answers among yes and no."""
    told = verdicts[verdicts.state.isin(ANSWERED)]
    return float(((told.state == "yes") == (told.strength > 0)).mean())


def coverage(verdicts: pd.DataFrame) -> float:
    """Share of the rules and repetitions that are answered."""
    return float(verdicts.state.isin(ANSWERED).mean())


def calibration_error(verdicts: pd.DataFrame, bins: int = 10) -> float:
    """Expected calibration error of the confidence of yes and no (Guo et al., ICML 2017, eq. 3), equal-mass bins."""
    told = verdicts[verdicts.state.isin(ANSWERED)]
    right = ((told.state == "yes") == (told.strength > 0)).to_numpy(float)
    order = np.argsort(told.confidence.to_numpy(), kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    confidence = told.confidence.to_numpy()
    return float(sum(len(part) * abs(right[part].mean() - confidence[part].mean()) for part in parts) / len(order))


def coverage_curve(verdicts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answering only the surest: coverage, and the accuracy and balanced accuracy of what is answered, (n,) each.

    Balanced accuracy is the mean of the shares of right answers among mistakes made and among those not made: nine of
    ten rows hold no mistake, so that plain accuracy is high for somebody who always says no.
    """
    known = verdicts[verdicts.probability.notna()]
    likely = known.probability.to_numpy()
    order = np.argsort(-np.abs(likely - 0.5), kind="stable")
    made = (known.strength > 0).to_numpy()[order]
    right = (likely[order] > 0.5) == made
    counted = np.arange(1, len(order) + 1)
    with np.errstate(invalid="ignore"):
        balanced = (np.cumsum(right & made) / np.cumsum(made) + np.cumsum(right & ~made) / np.cumsum(~made)) / 2
    return counted / len(verdicts), np.cumsum(right) / counted, balanced


def summary(found: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> str:
    """One row for every input, as Markdown."""
    lines = [
        "| input | macro F1 | recall | false alarms | answered | right when answered | calibration error | OBO "
        "| counted right | MAE | boundaries, median s |",
        "|" + "---|" * 11,
    ]
    for source, (verdicts, counts) in found.items():
        made = verdicts[verdicts.strength > 0]
        counted, true = counts.counted.to_numpy(), counts.true.to_numpy()
        lines.append(
            f"| {source} | {macro_f1(verdicts):.3f} | {(made.state == 'yes').mean():.3f} "
            f"| {100 * false_alarms(verdicts):.1f} % | {100 * coverage(verdicts):.1f} % "
            f"| {answered_accuracy(verdicts):.3f} | {calibration_error(verdicts):.3f} "
            f"| {count_obo(counted, true):.3f} | {(counted == true).mean():.3f} "
            f"| {count_mae(counted, true):.3f} | {counts.boundary_s.median():.2f} |"
        )
    return "\n".join([*lines, ""])


def by_view(found: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> str:
    """Macro F1, answered share and false alarms by view of the camera, as Markdown."""
    views = list(dict.fromkeys(next(iter(found.values()))[0].view))
    lines = [f"| input | {' | '.join(views)} |", "|" + "---|" * (1 + len(views))]
    for source, (verdicts, _) in found.items():
        parts = [verdicts[verdicts.view == view] for view in views]
        cells = [
            f"{macro_f1(part):.2f}, {100 * coverage(part):.0f} %, {100 * false_alarms(part):.0f} %" for part in parts
        ]
        lines.append(f"| {source} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def by_exercise(found: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> str:
    """Macro F1, false alarms and exact counts by exercise for every input, as Markdown."""
    names = sorted(set(next(iter(found.values()))[0].exercise))
    lines = [f"| exercise | {' | '.join(found)} |", "|" + "---|" * (1 + len(found))]
    for name in names:
        cells = []
        for verdicts, counts in found.values():
            own, counted = verdicts[verdicts.exercise == name], counts[counts.exercise == name]
            exact = (counted.counted == counted.true).mean()
            cells.append(f"{macro_f1(own):.2f}, {100 * false_alarms(own):.0f} %, {100 * exact:.0f} %")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def by_mistake(verdicts: pd.DataFrame) -> str:
    """Of every mistake: where made, how often yes, cannot tell, no and not counted; F1, as Markdown."""
    lines = ["| exercise | mistake | F1 | yes | cannot tell | no | not counted |", "|" + "---|" * 7]
    scores = f1_by_mistake(verdicts)
    for key, own in verdicts[verdicts.strength > 0].groupby(["exercise", "mistake"]):
        exercise, mistake = cast(tuple[str, str], key)
        f1 = scores[exercise, mistake]
        shares = [(own.state == state).mean() for state in ("yes", "cannot_tell", "no", NOT_COUNTED)]
        lines.append(f"| {exercise} | {mistake} | {f1:.2f} | {' | '.join(f'{100 * s:.0f} %' for s in shares)} |")
    return "\n".join([*lines, ""])
