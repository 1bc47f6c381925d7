"""What the analysis counts in the recorded squats of UI-PRMD, and what its three rules say of them.

    python -m fitlab.evaluation.uiprmd_squats            # prints the tables
    python -m fitlab.evaluation.uiprmd_squats --write    # puts them into experiments/uiprmd_squats/README.md

Needs the recorded data (``FITLAB_REAL_DATA``, default ``../shared/data``).
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fitlab.analysis.report import Report, analyse
from fitlab.datasets import uiprmd
from fitlab.evaluation.readme import publish
from fitlab.exercises import Exercise, find_exercise
from fitlab.metrics import count_mae, count_obo
from fitlab.progress import progress
from fitlab.settings import real_data_dir

_README = Path("experiments/uiprmd_squats/README.md")


@dataclass(frozen=True, eq=False)
class Trial:
    """One subject's repetitions, joined, and what the analysis said of them."""

    subject: str
    kind: uiprmd.Kind
    correct: bool
    report: Report
    boundaries: np.ndarray  # (R, 2) frames

    @property
    def true(self) -> int:
        """Recorded repetitions."""
        return len(self.boundaries)

    @property
    def counted(self) -> int:
        """Repetitions that the analysis found."""
        return len(self.report.repetitions)

    def boundary_errors_s(self) -> np.ndarray:
        """Seconds between each true start or stop and the nearest one found; empty if nothing was found."""
        found = np.array([(rep.start, rep.stop) for rep in self.report.repetitions]).reshape(-1, 2)
        if not len(found):
            return np.zeros(0)
        apart = np.abs(self.boundaries[:, None] - found[None])  # (R, found, 2)
        return apart.min(axis=1).ravel() / self.report.fps

    def share_with(self, mistake: str, state: str) -> float:
        """Share of the repetitions for which the rule's answer is ``state``."""
        return float(np.mean([f.state == state for f in self.report.findings if f.mistake == mistake]))


def trials(root: Path, exercise: Exercise) -> Iterator[Trial]:
    """The deep squats (m01) of everybody, both kinds, correct and incorrect, analysed as ``exercise``."""
    kinds: tuple[uiprmd.Kind, ...] = ("vicon", "kinect")
    wanted = [(subject, kind, correct) for kind in kinds for correct in (True, False) for subject in uiprmd.SUBJECTS]
    for subject, kind, correct in progress(wanted, "analysing", unit="set"):
        seq, boundaries = uiprmd.joined(root, "m01", subject, kind, correct)
        yield Trial(subject, kind, correct, analyse(seq, exercise), boundaries)


def squat_tables(squats: list[Trial], exercise: Exercise) -> str:
    """Counts per subject, and the share of repetitions that each rule says yes (cannot tell) to, as Markdown."""
    names = [rule.name for rule in exercise.mistakes]
    lines = ["By name; per cent of the repetitions in which the rule sees its mistake (in brackets: cannot tell):", ""]
    for kind in ("vicon", "kinect"):
        lines += [f"**{kind.capitalize()}**", "", f"| subject | performed | counted / true | {' | '.join(names)} |",
                  "|---" * (3 + len(names)) + "|"]  # fmt: skip
        for correct in (True, False):
            group = [trial for trial in squats if trial.kind == kind and trial.correct == correct]
            how = "correctly" if correct else "incorrectly"
            for trial in group:
                cells = [_cell([trial], name) for name in names]
                lines.append(f"| {trial.subject} | {how} | {trial.counted} / {trial.true} | {' | '.join(cells)} |")
            means = [_cell(group, name) for name in names]
            total = f"{sum(t.counted for t in group)} / {sum(t.true for t in group)}"
            lines.append(f"| **all** | {how} | {total} | {' | '.join(means)} |")
        lines.append("")
    return "\n".join([*lines, _counting_table(squats)])


def _cell(group: list[Trial], mistake: str) -> str:
    """Per cent yes (cannot tell), the mean over the trials."""
    yes, unsure = (100 * np.mean([t.share_with(mistake, state) for t in group]) for state in ("yes", "cannot_tell"))
    return f"{yes:.0f} ({unsure:.0f})"


def _counting_table(group: list[Trial]) -> str:
    """OBO, MAE, exact share and median boundary error, as Markdown."""
    counted, true = np.array([(trial.counted, trial.true) for trial in group]).T
    errors = np.concatenate([trial.boundary_errors_s() for trial in group])
    return "\n".join(
        [
            "| sets | OBO | MAE | exact | boundaries, median s |",
            "|---|---|---|---|---|",
            f"| {len(group)} | {count_obo(counted, true):.3f} | {count_mae(counted, true):.3f} "
            f"| {np.mean(counted == true):.3f} | {np.median(errors):.2f} |",
            "",
        ]
    )


def main() -> None:
    """Prints the tables, or writes them into the experiment's README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_README}")
    arguments = parser.parse_args()
    root = real_data_dir()
    squat = find_exercise("squat")
    assert squat is not None
    tables = squat_tables(list(trials(root, squat)), squat)
    publish(tables, _README, write=arguments.write)


if __name__ == "__main__":
    main()
