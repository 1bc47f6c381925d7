"""``fitlab exercise list`` and ``fitlab exercise check FILE``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fitlab.errors import InputError

if TYPE_CHECKING:
    from fitlab.exercises import Exercise, Gesture, Mistake


def main(words: Sequence[str]) -> None:
    """Lists the exercises, or says what a file means and everything that is wrong in it."""
    match list(words):
        case ["list"] | []:
            print(listing())
        case ["-h" | "--help"]:
            print("fitlab exercise list        what can be named with exercise=")
            print("fitlab exercise check FILE  what a file means, or everything that is wrong in it")
        case ["check", path]:
            from fitlab.analysis.advice import require_advice
            from fitlab.exercises import load_exercise

            exercise = load_exercise(path)
            require_advice(exercise)
            print(told(exercise))
        case _:
            raise InputError(
                f"exercise must be followed by list, or check and a file, got {' '.join(words)!r}; "
                "see docs/exercises.md"
            )


def listing() -> str:
    """Every name of an exercise, with its mistakes."""
    from fitlab.exercises import exercise_files, load_exercise

    known = [load_exercise(path) for path in exercise_files().values()]
    width = max(len(exercise.name) for exercise in known)
    rows = [(one.name, ", ".join(rule.name for rule in one.mistakes) or "no rules: whatever repeats") for one in known]
    rows += [("auto", "the one of these that is recognised; the default"), ("none", "statistics only")]
    return "\n".join(f"{name:<{width}}  {what}" for name, what in rows)


def told(exercise: Exercise) -> str:
    """What the file says, in words."""
    from fitlab.exercises import KINDS

    if exercise.drive is None:
        drive = "whatever repeats"
    else:
        measure = exercise.measures[exercise.drive.measure]
        drive = (
            f"{exercise.drive.measure} ({exercise.drive.rest} at rest, "
            f"by at least {exercise.drive.minimum_range:g} {measure.unit})"
        )
        if exercise.drive.held_beyond is not None:
            side = "above" if exercise.drive.rest == "low" else "below"
            drive += f", held; {side} {exercise.drive.held_beyond:g} {measure.unit} throughout is a hold, too"
    lines = [f"{exercise.name}: {exercise.title}", f"  counted by    {drive}"]
    if exercise.start is not None:
        lines.append(f"  starts after  the first time that {_gesture(exercise, exercise.start)}")
    if exercise.end is not None:
        lines.append(f"  ends before   the last time that {_gesture(exercise, exercise.end)}")
    lines.append(f"  phases        {', '.join(f'{phase.name} ({phase.role})' for phase in exercise.phases)}")
    for measure in exercise.measures.values():
        sides = "left and right " if measure.sided else ""
        lines.append(
            f"  measure       {measure.name}: {sides}{' - '.join(measure.joints)}, {measure.unit}: "
            f"{KINDS[measure.kind].meaning}"
        )
    lines += [f"  mistake       {_rule(exercise, rule)}" for rule in exercise.mistakes]
    lines += [f"  lifted poses  {line}" for line in _judged(exercise)]
    allowed = ", ".join(f"{group} {degrees:g}" for group, degrees in exercise.tolerances.items())
    return "\n".join([*lines, f"  tolerances    {allowed or 'none: nothing is compared'} (degrees from the athlete)"])


def _judged(exercise: Exercise) -> list[str]:
    """What is known of poses that the default lifter gives."""
    if not exercise.mistakes:
        return []
    from fitlab.analysis.lifted import MARGIN, judged_by
    from fitlab.pipeline import LIFTER, known_of

    found = judged_by(exercise, *known_of(LIFTER))
    lines = [f"judged by {way}: {', '.join(rules)}" for way, rules in found.items()]
    if MARGIN in found:
        lines.append(f"nothing was learned of {', '.join(found[MARGIN])}: see docs/exercises.md, Lifted poses")
    return lines


def _gesture(exercise: Exercise, gesture: Gesture) -> str:
    unit = exercise.measures[gesture.measure].unit
    return f"{gesture.measure} is {gesture.direction} {gesture.threshold:g} {unit} for {gesture.seconds:g} s"


def _rule(exercise: Exercise, rule: Mistake) -> str:
    unit = exercise.measures[rule.measure].unit
    sign = 1 if rule.direction == "above" else -1
    sides = f" ({rule.sides} of left and right)" if exercise.measures[rule.measure].sided else ""
    sure, doubtful = rule.threshold + sign * rule.margin, rule.threshold - sign * rule.margin
    return (
        f"{rule.name}: {rule.measure}{sides} at {rule.phase!r} {rule.direction} {sure:g} {unit}; "
        f"{doubtful:g} to there cannot be told"
    )
