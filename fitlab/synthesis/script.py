"""Motion files: ``configs/motion/<exercise>.yaml`` read and checked.

A file names poses by their controls (:mod:`fitlab.synthesis.controls`) and by what touches the floor or a bar, a cycle
that visits them, what varies between people and between repetitions, and what each mistake adds to which pose at
strength 1.  docs/studio.md explains every key.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from fitlab.errors import InputError
from fitlab.locations import config_dir
from fitlab.synthesis.checks import number
from fitlab.synthesis.controls import SIDE_NAMES, SIDES, expanded

Mistakes = Mapping[str, float | Sequence[float]]
"""Mistake -> strength in [0, 1], one for all repetitions or one for each."""

EVERY = "every"
"""In a mistake: what is added to every pose of the cycle."""

_BODY = ("pelvis", "chest")
_LIMBS = {"foot": "feet", "hand": "hands", "elbow": "elbows"}
_TOUCHING = {
    **{plural: frozenset(one + side for side in SIDES) for one, plural in _LIMBS.items()},
    **{name + one: frozenset({one + side}) for side, name in SIDE_NAMES.items() for one in _LIMBS},
    **{name: frozenset({name}) for name in _BODY},
}
"""What a file says -> names of :data:`fitlab.synthesis.posture.TOUCHING`."""


@dataclass(frozen=True)
class Pose:
    """A named pose of a motion file.

    ``controls`` are those that the file names, with both sides spelled out; ``touching`` what
    touches the floor or a bar, ``steps`` what of it does so at a new place.
    """

    controls: Mapping[str, float]
    touching: frozenset[str]
    steps: frozenset[str]


@dataclass(frozen=True)
class Step:
    """A step of the cycle: to a pose, in a phase of the exercise, in so many seconds, or ``through`` without a stop."""

    pose: str
    phase: str
    seconds: float
    through: bool = False


@dataclass(frozen=True)
class Script:
    """How an exercise is performed; read by :func:`load_motion`.

    Parameters
    ----------
    stance, person : {name: (low, high)}
        Drawn once per performance: fields of :class:`fitlab.synthesis.posture.Stance`, and what is added to controls.
        Feet whose ``width`` is given stand there; others are where the first pose puts them.
    styles : {name: controls}
        One is drawn; it holds in every pose but the start.
    start, ready, ready_s
        Where the person rests before and after, where repetitions begin, and seconds between the two.
    jitter : {control: standard deviation between repetitions}
    tempo_jitter, fatigue : float
        Deviation of the logarithm of durations; growth of the last step's duration per repetition.
    unrest : {control: amplitude of the slow unrest of a living body}
    sides : {"fixed", "drawn", "alternate"}
        Whether left and right are as the file says, drawn per performance, or swapped every second repetition.
    props : tuple of str
        What the person holds or hangs from.
    mistakes : {name: {pose: what it adds at strength 1}}
    """

    exercise: str
    stance: Mapping[str, tuple[float, float]]
    person: Mapping[str, tuple[float, float]]
    styles: Mapping[str, Mapping[str, float]]
    poses: Mapping[str, Pose]
    start: str
    ready: str
    ready_s: float
    cycle: tuple[Step, ...]
    jitter: Mapping[str, float]
    tempo_jitter: float
    fatigue: float
    unrest: Mapping[str, float]
    sides: Literal["fixed", "drawn", "alternate"]
    props: tuple[str, ...]
    mistakes: Mapping[str, Mapping[str, Mapping[str, float]]]


def motion_files() -> dict[str, Path]:
    """Exercise -> file of every motion, sorted."""
    return {path.stem: path for path in sorted((config_dir() / "motion").glob("*.yaml"))}


@cache
def load_motion(exercise: str) -> Script:
    """The motion of ``exercise``, read once; InputError for one that the studio cannot perform."""
    known = motion_files()
    if exercise not in known:
        raise InputError(
            f"exercise must be one that the studio performs ({', '.join(known)}), got {exercise!r}; choose another"
        )
    path = known[exercise]
    try:
        return _script(yaml.safe_load(path.read_text(encoding="utf-8")), path.name)
    except (TypeError, KeyError, AttributeError, ValueError, yaml.YAMLError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path} must hold the keys of a motion, got: {error!r}; compare it with squat.yaml"
        ) from error


def _script(content: Mapping[str, Any], where: str) -> Script:
    given = dict(content)
    base, touching = given.pop("base", {}), given.pop("contacts", ["feet"])
    poses = {
        name: _pose(pose or {}, base, touching, f"{where}, pose {name}") for name, pose in given.pop("poses").items()
    }
    cycle = tuple(Step(**step) for step in given.pop("cycle"))
    mistakes = {
        mistake: {pose: expanded(added, f"{where}, mistake {mistake}") for pose, added in poses_of.items()}
        for mistake, poses_of in given.pop("mistakes").items()
    }
    ready = given.pop("ready")
    script = Script(
        poses=poses,
        cycle=cycle,
        mistakes=mistakes,
        ready=ready["pose"],
        ready_s=ready["seconds"],
        styles={name: expanded(style or {}, f"{where}, style {name}") for name, style in given.pop("styles").items()},
        person=_both_sides(given.pop("person"), f"{where}, person"),
        jitter=expanded(given.pop("jitter"), f"{where}, jitter"),
        unrest=expanded(given.pop("unrest"), f"{where}, unrest"),
        props=tuple(given.pop("props", ())),
        sides=given.pop("sides", "fixed"),
        **given,
    )
    used = {script.start, script.ready, *(step.pose for step in cycle), *(p for m in mistakes.values() for p in m)}
    if unknown := sorted(used - {*poses, EVERY}):
        raise InputError(f"a pose in {where} must be one of {', '.join(poses)}, got {', '.join(unknown)}; correct it")
    return script


def _pose(given: Mapping[str, Any], base: Mapping[str, float], touching: Sequence[str], where: str) -> Pose:
    controls = dict(given)
    held, steps = controls.pop("contacts", touching), controls.pop("steps", ())
    return Pose(
        controls=expanded(base, where) | expanded(controls, where),
        touching=_touching(held, where),
        steps=_touching(steps, where),
    )


def _touching(names: Sequence[str], where: str) -> frozenset[str]:
    for name in names:
        if name not in _TOUCHING:
            raise InputError(f"what touches in {where} must be one of {', '.join(_TOUCHING)}, got {name!r}; correct it")
    return frozenset().union(*(_TOUCHING[name] for name in names))


def _both_sides(ranges: Mapping[str, tuple[float, float]], where: str) -> dict[str, tuple[float, float]]:
    low = expanded({name: ends[0] for name, ends in ranges.items()}, where)
    high = expanded({name: ends[1] for name, ends in ranges.items()}, where)
    return {name: (low[name], high[name]) for name in low}


def strengths(script: Script, mistakes: Mistakes, repetitions: int) -> tuple[dict[str, float], ...]:
    """Mistake -> strength of each repetition; InputError for an unknown mistake, a wrong number or strength."""
    if repetitions < 1:
        raise InputError(f"repetitions must be at least 1, got {repetitions}; ask for more")
    per_repetition: list[dict[str, float]] = [{} for _ in range(repetitions)]
    for name, given in mistakes.items():
        if name not in script.mistakes:
            known = ", ".join(script.mistakes)
            raise InputError(f"mistake of {script.exercise} must be one of {known}, got {name!r}; correct the name")
        values = np.ravel([number(f"strength of {name}", value, 0, 1) for value in _listed(name, given)])
        if np.ndim(given) and len(values) != repetitions:
            raise InputError(
                f"strengths of {name} must be one number or one for each of {repetitions} repetitions, "
                f"got {len(values)}; add or remove some"
            )
        for values_of, value in zip(per_repetition, np.broadcast_to(values, repetitions), strict=True):
            if value > 0:
                values_of[name] = float(value)
    return tuple(per_repetition)


def _listed(name: str, given: object) -> Sequence[object]:
    """One strength or several, as several."""
    if isinstance(given, str | Mapping) or given is None:
        raise InputError(f"strengths of {name} must be numbers from 0 to 1, got {given!r}; correct them")
    return list(given) if isinstance(given, Iterable) else [given]


def mirrored(values: Mapping[str, float]) -> dict[str, float]:
    """Controls of the pose seen in a mirror."""
    swapped = {}
    for name, value in values.items():
        if name.startswith("left_"):
            name = "right_" + name.removeprefix("left_")
        elif name.startswith("right_"):
            name = "left_" + name.removeprefix("right_")
        elif name in ("turn", "roll", "tilt", "twist", "shift"):
            value = -value
        swapped[name] = value
    return swapped


def mirrored_touching(names: frozenset[str]) -> frozenset[str]:
    """What touches in a mirror."""
    other = {".L": ".R", ".R": ".L"}
    return frozenset(name[:-2] + other[name[-2:]] if name[-2:] in other else name for name in names)
