"""How often clips are named right: tables in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fitlab.analysis.naming import Namer, name_exercise, naming_of
from fitlab.datasets import cmu, uiprmd
from fitlab.errors import InputError
from fitlab.evaluation.exercise_names.examples import KINDS, NONE, PERFORMED, Example
from fitlab.evaluation.fitbench.people import Watched
from fitlab.poses import PoseSequence
from fitlab.progress import progress

NOT_NAMED = "not named"
MOVEMENTS: Mapping[str, str | None] = {
    "JumpJack": "jumping_jack",
    "Squat": "squat",
    "KneeRaise": "high_knees",
    "m01": "squat",
    "m03": "lunge",
    "m04": "side_lunge",
    "m07": "lateral_raise",
    "m10": "lateral_raise",
}
"""What real movements are called among the studio's exercises; all others are none of them."""
_RECORDED: tuple[uiprmd.Kind, ...] = ("vicon", "kinect")


class Told(NamedTuple):
    """What a clip shows (:data:`NONE`: no known exercise) and what it was taken for, in what group of clips."""

    group: str
    truth: str
    named: str


def held_out(namer: Namer, examples: Sequence[Example]) -> list[Told]:
    """The examples named by one that has not seen them."""
    return [
        Told(
            f"{example.kind}, {'lifted' if example.lifted else 'exact'}" if example.kind == PERFORMED else example.kind,
            example.name,
            naming_of(namer, example.columns).exercise or NONE,
        )
        for example in examples
    ]


def benchmark(namer: Namer, watched: Watched, names: Iterable[str], source: str) -> list[Told]:
    """The clips ``<exercise>-<variant>/<view>`` of FitBench-S, by camera."""
    return [
        Told(
            f"{source}, {name.partition('/')[2]}",
            name.partition("-")[0],
            name_exercise(watched.person(name)[0], namer).exercise or NONE,
        )
        for name in progress(list(names), f"naming, {source}", unit="clip")
    ]


def real_people(namer: Namer, root: Path) -> list[Told]:
    """CMU's segments and UI-PRMD's sets of ten; movements by their own names."""
    found = []
    for trial in cmu.TRIALS:
        whole, segments = cmu.load(root, trial)
        found += [
            _real(f"CMU {one.action}", MOVEMENTS.get(one.action), whole[one.start : one.stop], namer)
            for one in segments
        ]
    for kind in _RECORDED:
        for movement, title in uiprmd.MOVEMENTS.items():
            for correct in (True, False):
                group = f"UI-PRMD {title}, {kind}, {'correct' if correct else 'incorrect'}"
                for subject in uiprmd.SUBJECTS:
                    try:
                        poses, _ = uiprmd.joined(root, movement, subject, kind, correct)
                    except InputError:  # was not recorded
                        continue
                    found.append(_real(group, MOVEMENTS.get(movement), poses, namer))
    return found


def shares(told: Sequence[Told]) -> str:
    """A row for every group: clips, and the shares named right, not named and wrong."""
    lines = ["| clips | number | right | not named | wrong |", "|---|---|---|---|---|"]
    for group in dict.fromkeys(one.group for one in told):
        own = [one for one in told if one.group == group]
        right = np.mean([one.truth == one.named for one in own])
        silent = np.mean([one.named == NONE != one.truth for one in own])
        wrong = np.mean([one.named not in (NONE, one.truth) for one in own])
        lines.append(f"| {group} | {len(own)} | {right:.1%} | {silent:.1%} | {wrong:.1%} |")
    return "\n".join(lines) + "\n"


def mistaken(told: Sequence[Told], most: int = 12) -> str:
    """What is taken for what most often."""
    pairs = [(one.truth, one.named) for one in told if one.truth != one.named]
    counted = sorted({pair: pairs.count(pair) for pair in pairs}.items(), key=lambda item: -item[1])[:most]
    lines = ["| shown | taken for | clips |", "|---|---|---|"]
    lines += [f"| {truth} | {named if named != NONE else NOT_NAMED} | {count} |" for (truth, named), count in counted]
    return "\n".join(lines) + "\n"


def movements(told: Sequence[Told]) -> str:
    """A row for every real movement: what it should be called and what it was."""
    lines = ["| movement | is | sets | named |", "|---|---|---|---|"]
    for group in dict.fromkeys(one.group for one in told):
        own = [one for one in told if one.group == group]
        names = [one.named if one.named != NONE else NOT_NAMED for one in own]
        counted = sorted({name: names.count(name) for name in names}.items(), key=lambda item: -item[1])
        said = ", ".join(f"{name} {count}" for name, count in counted)
        lines.append(f"| {group} | {own[0].truth} | {len(own)} | {said} |")
    return "\n".join(lines) + "\n"


def by_kind(told: Sequence[Told]) -> list[Told]:
    """In the order of :data:`KINDS`."""
    order = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(told, key=lambda one: order[one.group.partition(", ")[0]])


def _real(group: str, truth: str | None, poses: PoseSequence, namer: Namer) -> Told:
    return Told(group, truth or NONE, name_exercise(poses, namer).exercise or NONE)
