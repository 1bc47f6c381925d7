"""Advice in plain words, most important first; the texts are in ``advice_en.yaml``."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from fitlab.analysis.holds import Hold
from fitlab.analysis.results import Advice, Comparison, Repetition, Verdict
from fitlab.errors import InputError
from fitlab.exercises import Exercise, Mistake

_HALF_WEIGHT, _DIFFERS_WEIGHT, _HOLD_WEIGHT, _REMARK_WEIGHT = 0.4, 0.3, 0.4, 0.0
_LEAST_KNOWN = 0.75
_HELD_SECONDS = 1.0  # a hold that breaks earlier was never right


@cache
def texts(language: str = "en") -> dict[str, Any]:
    """The advice texts of a language: key -> text with placeholders."""
    content = files("fitlab.analysis").joinpath(f"advice_{language}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(content)


def require_advice(exercise: Exercise) -> None:
    """Raises InputError if a mistake of ``exercise`` names an advice that has no text, or words it wrongly."""
    known = [key for key, text in texts().items() if isinstance(text, str)]
    for rule in exercise.mistakes:
        if " " not in rule.advice.strip() and rule.advice not in known:
            raise InputError(
                f"advice of mistake {rule.name!r} must be words of your own, or one of {', '.join(known)}, "
                f"got {rule.advice!r}; e.g. 'Go deeper: you stop at {{value}} {{repetitions}}.'"
            )
        try:
            _worded(rule, value="", repetitions="")
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"advice of mistake {rule.name!r} may put in {{value}} and {{repetitions}}, got {rule.advice!r}; "
                "take other braces out"
            ) from error


def _worded(rule: Mistake, value: str, repetitions: str) -> str:
    return texts().get(rule.advice, rule.advice).format(value=value, repetitions=repetitions)


def give_advice(
    exercise: Exercise,
    repetitions: Sequence[Repetition],
    findings: Sequence[Verdict],
    verdicts: Sequence[Verdict],
    comparison: Comparison | None,
    holds: Sequence[Hold],
    known: np.ndarray | None = None,
) -> tuple[Advice, ...]:
    """One piece of advice per kind of mistake and remark, most important first.

    Repetitions whose way is not ``known`` (T,) in three quarters of their frames are not called half ones.

    A mistake weighs its greatest severity, less when it was made in few of the repetitions.
    """
    if not repetitions:
        return (Advice(texts()["no_repetitions"], None, None, (), 0, 0, _REMARK_WEIGHT),)
    count = len(repetitions)
    advice = [_on_mistake(rule, findings, count) for rule in exercise.mistakes]
    half = None if exercise.isometric else _on_half(repetitions, known)  # a hold that is cut off is no half one
    advice += [half, _on_hold(holds, count)]
    if comparison:
        advice += [_on_difference(group, exercise, comparison, repetitions) for group in exercise.groups]
    advice += [_on_doubt(verdict) for verdict in verdicts if verdict.state == "cannot_tell"]
    given = sorted((piece for piece in advice if piece), key=lambda piece: -piece.weight)
    kept = not any(hold.breaks for hold in holds)
    if verdicts and kept and all(verdict.state == "no" for verdict in verdicts):
        return (Advice(praise(repetitions, findings), None, None, (), 0, 0, _REMARK_WEIGHT), *given)
    return tuple(given)


def praise(repetitions: Sequence[Repetition], findings: Sequence[Verdict]) -> str:
    """What is said of a clip without mistakes: in how many of its repetitions every rule could be judged."""
    unsure = {finding.repetition for finding in findings if finding.state == "cannot_tell"}
    count = len(repetitions)
    judged = sum(rep.index not in unsure for rep in repetitions)
    key = "good_unsure" if not judged else "good_partly" if judged < count else "good_one" if count == 1 else "good"
    return str(texts()[key].format(judged=judged, count=count))


def _on_mistake(rule: Mistake, findings: Sequence[Verdict], count: int) -> Advice | None:
    made = [f for f in findings if f.mistake == rule.name and f.state == "yes"]
    if not made:
        return None
    worst = max(made, key=lambda finding: (np.isfinite(finding.value), finding.severity))  # measured ones first
    which = tuple(f.repetition for f in made if f.repetition is not None)
    sizes = [f.value for f in made if np.isfinite(f.value)]
    if sizes:
        size = _sized(float(np.median(sizes)), worst.unit)
        text = _worded(rule, value=size, repetitions=listed(which, count))
    else:  # told by the repetition as a whole
        text = looks_like(rule.name, rule.joint_group, which, count)
    weight = worst.severity * (0.5 + 0.5 * len(made) / count)
    return Advice(text, rule.name, rule.joint_group, which, worst.start, worst.stop, weight)


def _on_half(repetitions: Sequence[Repetition], known: np.ndarray | None) -> Advice | None:
    half = [rep for rep in repetitions if not rep.full]
    if known is not None:
        half = [rep for rep in half if known[rep.start : rep.stop].mean() >= _LEAST_KNOWN]
    if not half:
        return None
    which = tuple(rep.index for rep in half)
    text = texts()["half"].format(repetitions=listed(which, len(repetitions)))
    weight = _HALF_WEIGHT * len(half) / len(repetitions)
    return Advice(text, None, None, which, half[0].start, half[0].stop, weight)


def _on_hold(holds: Sequence[Hold], count: int) -> Advice | None:
    """On the longest hold: until when it was in form, and what broke it first."""
    if not holds:
        return None
    hold = max(holds, key=lambda hold: hold.duration_s)
    told = {"value": _sized(hold.duration_s, "s"), "repetitions": listed((hold.repetition,), count)}
    if not hold.breaks:
        text = texts()["hold_clean" if hold.checked else "hold_unchecked"].format(**told)
        return Advice(text, None, None, (hold.repetition,), hold.start, hold.stop, _REMARK_WEIGHT)
    first = hold.breaks[0]
    frames = sum(broken.stop - broken.start for broken in hold.breaks if broken.mistake == first.mistake)
    lost = _sized(hold.duration_s * frames / (hold.stop - hold.start), "s")
    lasted = "hold_broken" if hold.checked else "hold_broken_unchecked"
    text = texts()[lasted if hold.clean_s >= _HELD_SECONDS else "hold_wrong"]
    text = text.format(
        **told, clean=_sized(hold.clean_s, "s"), lost=lost, name=first.mistake.replace("_", " ").capitalize()
    )
    weight = _HOLD_WEIGHT * (1 - hold.clean_s / hold.duration_s)
    return Advice(text, None, None, (hold.repetition,), first.start, first.stop, weight)


def _on_difference(
    group: str, exercise: Exercise, comparison: Comparison, repetitions: Sequence[Repetition]
) -> Advice | None:
    if group not in comparison.groups:
        return None
    deviation = comparison.groups[group]
    mean, tolerance = deviation.mean_deg, deviation.allowed_deg(exercise.tolerances[group])
    if not mean > tolerance:
        return None
    degrees = comparison.per_repetition[group][:, 0]
    worst = repetitions[int(np.nanargmax(degrees))]
    text = texts()["differs"].format(
        group=texts()["groups"][group], value=_sized(mean, "deg"), repetitions=listed((worst.index,), len(repetitions))
    )
    weight = _DIFFERS_WEIGHT * (1 - tolerance / mean)
    return Advice(text, None, group, (worst.index,), worst.start, worst.stop, weight)


def _on_doubt(verdict: Verdict) -> Advice:
    name = verdict.mistake.replace("_", " ").capitalize()
    text = texts()["cannot_tell"].format(name=name, reason=verdict.reason)
    return Advice(text, None, verdict.joint_group, (), verdict.start, verdict.stop, _REMARK_WEIGHT)


def looks_like(mistake: str, group: str, which: tuple[int, ...], count: int) -> str:
    """A sentence on a mistake that has no size."""
    name = mistake.replace("_", " ").capitalize()
    return texts()["learned"].format(name=name, repetitions=listed(which, count), group=texts()["groups"][group])


def _sized(value: float, unit: str) -> str:
    number = f"{value:.0f}" if unit == "deg" else f"{value:.1f}"
    return f"{number} {texts()['words'].get(unit, unit)}"


def listed(which: tuple[int, ...], count: int) -> str:
    """Like "in every repetition", "in repetition 2" or "in repetitions 1, 3 and 5"."""
    words = texts()["words"]
    if len(which) == count and count > 1:
        return words["in_all"]
    numbers = [str(index + 1) for index in which]
    if len(numbers) == 1:
        return f"{words['in_one']} {numbers[0]}"
    return f"{words['in_some']} {', '.join(numbers[:-1])} {words['and']} {numbers[-1]}"
