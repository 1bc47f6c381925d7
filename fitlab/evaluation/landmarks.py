"""What the rules say of real people's landmarks whose mistakes are labelled (Exercise-Correction).

    python -m fitlab.evaluation.landmarks            # prints the tables
    python -m fitlab.evaluation.landmarks --write    # puts them into experiments/exercise_correction/README.md

Needs the recorded data (``FITLAB_REAL_DATA``, default ``../shared/data``).  Nothing is trained on it.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fitlab.analysis.measures import measure_curves
from fitlab.analysis.mistakes import judge_repetitions
from fitlab.analysis.results import Phase, Repetition, Verdict
from fitlab.analysis.segmentation import Segmented, segment
from fitlab.datasets import exercise_correction
from fitlab.datasets.exercise_correction import ASPECT, Frames, bone_spread
from fitlab.evaluation.readme import publish
from fitlab.exercises import Exercise, find_exercise
from fitlab.metrics import f1_score, precision_recall, roc_auc
from fitlab.poses import PoseSequence
from fitlab.settings import real_data_dir

_README = Path("experiments/exercise_correction/README.md")

RULES = {"lunge": ("lunge", "knee_over_toe", 0.972), "curl": ("biceps_curl", "swinging", 0.971)}
"""Frames -> exercise, rule, macro F1 of the best of that project's own trained models (``evaluation.csv``)."""
STAGE = 0.994  # accuracy of theirs on the squat's stage
_ASPECTS = {"4:3": 4 / 3, "16:9": ASPECT, "2:1": 2.0}
_DEPTHS = np.arange(0.0, 1.01, 0.05)


@dataclass(frozen=True)
class Agreement:
    """How a rule agrees with labels.

    Parameters
    ----------
    f1, macro_f1, precision, recall : float
        Of "beyond the threshold", every frame answered.
    auc : float
        Of how far beyond.
    told, told_f1 : float
        Share of the frames in which the rule says yes or no, and F1 among them.
    """

    frames: int
    f1: float
    macro_f1: float
    precision: float
    recall: float
    auc: float
    told: float
    told_f1: float


def judged(seq: PoseSequence, exercise: Exercise, mistake: str) -> list[Verdict]:
    """The rule's verdict on every frame, as if each were a repetition whose phase that the rule looks at it shows."""
    rule = next(rule for rule in exercise.mistakes if rule.name == mistake)
    repetitions = [Repetition(k, k, k + 1, k) for k in range(len(seq))]
    phases = [Phase(rule.phase, "turn", k, k, k + 1) for k in range(len(seq))]
    beyond = (-1, len(seq) + 1)  # the first and the last frame are no turns that the clip cuts off
    findings = judge_repetitions(exercise, measure_curves(seq, exercise), repetitions, phases, shown=beyond)
    return [finding for finding in findings if finding.mistake == mistake]


def agreement(verdicts: Sequence[Verdict], truth: np.ndarray) -> Agreement:
    """Verdicts against whether the mistake is there, (N,) bool.  What cannot be measured counts as no."""
    excess = np.nan_to_num([v.excess for v in verdicts], nan=-np.inf)
    beyond, told = excess > 0, np.array([v.state != "cannot_tell" for v in verdicts])
    yes = np.array([v.state == "yes" for v in verdicts])
    return Agreement(
        len(truth),
        f1_score(beyond, truth),
        (f1_score(beyond, truth) + f1_score(~beyond, ~truth)) / 2,
        *precision_recall(beyond, truth),
        roc_auc(excess, truth),
        float(told.mean()),
        f1_score(yes[told], truth[told]),
    )


def is_down(segmented: Segmented) -> np.ndarray:
    """Frames (T,) that are farther than half-way to the turn of their repetition."""
    down = np.zeros(len(segmented.drive), bool)
    for rep in segmented.repetitions:
        span = segmented.drive[rep.start : rep.stop]
        down[rep.start : rep.stop] = span > (span.min() + segmented.drive[rep.turn]) / 2
    return down


def fitted_depth(frames: Frames) -> float:
    """What z counts beside x, to 0.05: where thighs and shins keep their lengths best."""
    return float(min(_DEPTHS, key=lambda depth: bone_spread(frames, ASPECT, depth)))


def rules_table(root: Path) -> str:
    """The two typed mistakes, by aspect, as Markdown."""
    lines = [
        "| mistake | aspect | n | F1 | macro F1 | precision | recall | AUC | told | F1 where told | theirs, trained |",
        "|---" * 11 + "|",
    ]
    for name, (exercise_name, mistake, theirs) in RULES.items():
        frames, exercise = exercise_correction.load(root, name), find_exercise(exercise_name)
        assert exercise is not None
        for title, aspect in _ASPECTS.items():
            found = agreement(judged(frames.world(aspect), exercise, mistake), frames.labels == "L")
            figures = (found.f1, found.macro_f1, found.precision, found.recall, found.auc, found.told, found.told_f1)
            chosen = f"**{title}**" if aspect == ASPECT else title
            cells = " | ".join(f"{figure:.3f}" for figure in figures)
            lines.append(f"| {exercise_name}: {mistake} | {chosen} | {found.frames} | {cells} | {theirs:.3f} |")
    return "\n".join([*lines, ""])


def stage_table(root: Path) -> str:
    """The squat's stage, as Markdown."""
    exercise = find_exercise("squat")
    assert exercise is not None
    depth = fitted_depth(exercise_correction.load(root, "squat_train"))
    lines = ["| rows | z counts | n | repetitions | accuracy | theirs, trained |", "|---" * 6 + "|"]
    for name, title in (("squat", "their test rows"), ("squat_train", "their training rows")):
        frames = exercise_correction.load(root, name)
        for share in (0.0, depth, 1.0):
            segmented = segment(frames.world(depth=share), exercise)
            accuracy = float(np.mean(is_down(segmented) == (frames.labels == "down")))
            chosen = f"**{share:.2f}**" if share == depth else f"{share:.2f}"
            theirs = f"{STAGE:.3f}" if name == "squat" else "-"
            lines.append(
                f"| {title} | {chosen} | {len(frames.labels)} | {len(segmented.repetitions)} "
                f"| {accuracy:.3f} | {theirs} |"
            )
    return "\n".join([*lines, ""])


def aspect_table(root: Path) -> str:
    """How constant the legs' lengths are in the lunge's frames, by aspect, as Markdown."""
    frames = exercise_correction.load(root, "lunge")
    aspects = {"9:16": 9 / 16, "1:1": 1.0, **_ASPECTS, "21:9": 21 / 9}
    spreads = " | ".join(f"{bone_spread(frames, aspect):.3f}" for aspect in aspects.values())
    head = f"| aspect | {' | '.join(aspects)} |\n{'|---' * (len(aspects) + 1)}|\n"
    return f"{head}| spread of the legs' lengths | {spreads} |\n"


def main() -> None:
    """Prints the tables, or writes them into the experiment's README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_README}")
    arguments = parser.parse_args()
    root = real_data_dir()
    tables = f"{rules_table(root)}\n{stage_table(root)}\n{aspect_table(root)}"
    publish(tables, _README, write=arguments.write)


if __name__ == "__main__":
    main()
