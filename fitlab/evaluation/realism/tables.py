"""The figures as Markdown: rows are groups of people, columns detectors."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from fitlab.evaluation.realism.answers import Answers, difference
from fitlab.metrics import bootstrap_interval
from fitlab.skeletons import COCO17

WITHIN = 0.10
"""The studio passes where a detector's OKS on upright people is at most this far from its OKS on photographs."""

PHOTOGRAPHS, STUDIO, UPRIGHT = "photographs: COCO", "studio: all", "studio: upright"
"""The groups that are compared."""

Found = Mapping[str, Mapping[str, Answers]]
"""Name of a detector -> name of a group of people -> what it said of them."""


def agreement(found: Found) -> str:
    """OKS on photographs and on the studio's upright people, their difference, and whether it is small enough."""
    real, drawn = ({name: groups[group] for name, groups in found.items()} for group in (PHOTOGRAPHS, UPRIGHT))
    apart = {name: difference(drawn[name].oks, real[name].oks) for name in found}
    return _table(
        "OKS",
        list(found),
        [
            (PHOTOGRAPHS, real, lambda name: _mean(real[name].oks)),
            (UPRIGHT, drawn, lambda name: _mean(drawn[name].oks)),
            ("difference", None, lambda name: "{:+.3f} [{:+.3f}, {:+.3f}]".format(*apart[name])),
            (f"not harder by more than {WITHIN:.2f}", None, lambda name: _yes(apart[name][0] >= -WITHIN)),
            (f"nor easier by more than {WITHIN:.2f}", None, lambda name: _yes(apart[name][0] <= WITHIN)),
            ("visible joints only: " + PHOTOGRAPHS, real, lambda name: _mean(real[name].visible_only().oks)),
            ("visible joints only: " + UPRIGHT, drawn, lambda name: _mean(drawn[name].visible_only().oks)),
            ("labels moved to the detector's convention: " + UPRIGHT, drawn,
             lambda name: _mean(drawn[name].moved_to_convention().oks)),
            ("mean confidence in visible joints: " + PHOTOGRAPHS, real, lambda name: _mean(real[name].sureness)),
            ("mean confidence in visible joints: " + UPRIGHT, drawn, lambda name: _mean(drawn[name].sureness)),
        ],
    )  # fmt: skip


def by_group(found: Found, title: str, groups: Iterable[str], figure: Callable[[Answers], np.ndarray]) -> str:
    """The mean of ``figure`` (N,) with its 95 % interval for every group that is not empty."""
    some = next(iter(found.values()))
    rows = [
        (
            group,
            {name: found[name][group] for name in found},
            lambda name, group=group: _mean(figure(found[name][group])),
        )
        for group in groups
        if group in some
    ]
    return _table(title, list(found), rows)


def by_exercise(found: Found) -> str:
    """Mean OKS by exercise of the studio, the hardest for the first detector on top."""
    similarities = {name: _exercises(groups[STUDIO]) for name, groups in found.items()}
    first = next(iter(similarities.values()))
    lines = [f"| OKS | n | {' | '.join(found)} |", "|---" * (2 + len(found)) + "|"]
    for exercise in sorted(first, key=lambda exercise: float(np.mean(first[exercise]))):
        cells = [f"{np.mean(similarities[name][exercise]):.3f}" for name in found]
        lines.append(f"| {exercise} | {len(first[exercise])} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _exercises(answers: Answers) -> dict[str, list[float]]:
    similarities: dict[str, list[float]] = {}
    for example, value in zip(answers.examples, answers.oks, strict=True):
        similarities.setdefault(example.name, []).append(float(value))
    return similarities


def by_joint(found: Found) -> str:
    """Where detectors put visible joints of upright people, in spreads of OKS; left and right together."""
    lines = ["| joint | " + " | ".join(f"{name}: outwards, up; median error (photographs)" for name in found) + " |",
             "|---" * (1 + len(found)) + "|"]  # fmt: skip
    kinds = list(dict.fromkeys(joint.split("_", 1)[-1] for joint in COCO17.joints))
    for kind in kinds:
        joints = [k for k, joint in enumerate(COCO17.joints) if joint.split("_", 1)[-1] == kind]
        cells = []
        for groups in found.values():
            out, up = np.nanmedian(groups[UPRIGHT].offsets[:, joints].reshape(-1, 2), axis=0).round(2) + 0.0
            errors = [float(np.nanmedian(groups[group].errors[:, joints])) for group in (UPRIGHT, PHOTOGRAPHS)]
            cells.append(f"{out:+.2f}, {up:+.2f}; {errors[0]:.2f} ({errors[1]:.2f})")
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


_Row = tuple[str, Mapping[str, Answers] | None, Callable[[str], str]]


def _table(title: str, names: list[str], rows: Iterable[_Row]) -> str:
    """Rows of (name, people or None, cell of a detector)."""
    lines = [f"| {title} | n | {' | '.join(names)} |", "|---" * (2 + len(names)) + "|"]
    for row, people, cell in rows:
        count = "" if people is None else str(len(people[names[0]]))
        lines.append(f"| {row} | {count} | {' | '.join(cell(name) for name in names)} |")
    return "\n".join([*lines, ""])


def _yes(passed: bool) -> str:
    return "yes" if passed else "**no**"


def _mean(values: np.ndarray) -> str:
    values = values[np.isfinite(values)]
    low, high = bootstrap_interval(values)
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"
