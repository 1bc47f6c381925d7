"""How well the analysis counts and judges the recorded movements of UI-PRMD.

    python -m fitlab.evaluation.uiprmd_squats            # prints the tables
    python -m fitlab.evaluation.uiprmd_squats --write    # puts them into experiments/uiprmd_squats/README.md

Needs the recorded data (``FITLAB_REAL_DATA``, default ``../shared/data``).
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fitlab.analysis.report import Report, analyse
from fitlab.datasets import uiprmd
from fitlab.errors import InputError
from fitlab.exercises import Exercise, find_exercise
from fitlab.files import write_text
from fitlab.metrics import count_mae, count_obo
from fitlab.progress import progress

_README = Path("experiments/uiprmd_squats/README.md")
_START, _END = "<!-- tables: written by the command above -->", "<!-- end of tables -->"


@dataclass(frozen=True, eq=False)
class Trial:
    """One subject's repetitions of one movement, joined, and what the analysis said of them."""

    movement: str
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


def trials(root: Path, movements: list[str], exercise: Exercise) -> Iterator[Trial]:
    """Every set of ``movements`` that was recorded, both kinds, correct and incorrect, analysed."""
    wanted = [
        (movement, subject, kind, correct)
        for movement in movements
        for kind in ("vicon", "kinect")
        for correct in (True, False)
        for subject in uiprmd.SUBJECTS
    ]
    for movement, subject, kind, correct in progress(wanted, "analysing", unit="set"):
        try:
            seq, boundaries = uiprmd.joined(root, movement, subject, kind, correct)  # type: ignore[arg-type]
        except InputError:
            if (movement, subject, kind) != ("m03", "s03", "vicon"):  # the one that was not recorded
                raise
            continue
        yield Trial(movement, subject, kind, correct, analyse(seq, exercise), boundaries)  # type: ignore[arg-type]


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
    return "\n".join([*lines, _counting_table({"m01 deep squat, by name": squats})])


def _cell(group: list[Trial], mistake: str) -> str:
    """Per cent yes (cannot tell), the mean over the trials."""
    yes, unsure = (100 * np.mean([t.share_with(mistake, state) for t in group]) for state in ("yes", "cannot_tell"))
    return f"{yes:.0f} ({unsure:.0f})"


def _counting_table(groups: dict[str, list[Trial]]) -> str:
    """OBO, MAE, exact share and median boundary error of groups of trials, as Markdown."""
    lines = ["| sets | n | OBO | MAE | exact | boundaries, median s |", "|---|---|---|---|---|---|"]
    for name, group in groups.items():
        counted, true = np.array([(trial.counted, trial.true) for trial in group]).T
        errors = np.concatenate([trial.boundary_errors_s() for trial in group])
        lines.append(
            f"| {name} | {len(group)} | {count_obo(counted, true):.3f} | {count_mae(counted, true):.3f} "
            f"| {np.mean(counted == true):.3f} | {np.median(errors):.2f} |"
        )
    return "\n".join([*lines, ""])


def unnamed_table(unnamed: list[Trial]) -> str:
    """Counting of all movements without their name, as Markdown."""
    groups = {
        f"{movement} {title}": [trial for trial in unnamed if trial.movement == movement]
        for movement, title in uiprmd.MOVEMENTS.items()
    }
    seen = set(uiprmd.SUBJECTS[:4])
    groups |= {f"all, {kind}": [t for t in unnamed if t.kind == kind] for kind in ("vicon", "kinect")}
    groups |= {f"all, performed {how}": [t for t in unnamed if t.correct == flag]
               for how, flag in (("correctly", True), ("incorrectly", False))}  # fmt: skip
    groups["all, s01 to s04 (seen while designing)"] = [trial for trial in unnamed if trial.subject in seen]
    groups["all, s05 to s08"] = [trial for trial in unnamed if trial.subject not in seen]
    groups["**all**"] = unnamed
    wrong = [t for t in unnamed if abs(t.counted - t.true) > 1]
    named = [f"{t.movement} {t.subject} {t.kind} {'correct' if t.correct else 'incorrect'}: {t.counted} of {t.true}"
             for t in wrong]  # fmt: skip
    return "\n".join(["Without name:", "", _counting_table(groups),
                      f"Off by more than one: {'; '.join(named) or 'none'}.", ""])  # fmt: skip


def main() -> None:
    """Prints the tables, or writes them into the experiment's README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_README}")
    arguments = parser.parse_args()
    root = Path(os.environ.get("FITLAB_REAL_DATA", "../shared/data"))
    squat, anything = find_exercise("squat"), find_exercise("any")
    assert squat is not None and anything is not None
    tables = squat_tables(list(trials(root, ["m01"], squat)), squat)
    tables += "\n" + unnamed_table(list(trials(root, list(uiprmd.MOVEMENTS), anything)))
    if not arguments.write:
        sys.stdout.write(tables)
        return
    before, _, rest = _README.read_text(encoding="utf-8").partition(_START)
    write_text(_README, f"{before}{_START}\n{tables}{_END}{rest.partition(_END)[2]}")


if __name__ == "__main__":
    main()
