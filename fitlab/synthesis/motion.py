"""Exercises as motions: a declarative file becomes controls over time, with phases, repetitions and mistakes.

``configs/motion/<exercise>.yaml`` names poses by their controls (:data:`fitlab.synthesis.posture.CONTROLS`), a cycle
that visits them, what varies between people and between repetitions, and what each mistake adds to which pose at
strength 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import yaml

from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.locations import config_dir
from fitlab.synthesis.body import Body
from fitlab.synthesis.posture import CONTROLS, Motion, Poser, Stance

Mistakes = Mapping[str, float | Sequence[float]]
"""Mistake -> strength in [0, 1], one for all repetitions or one for each."""


@dataclass(frozen=True)
class MotionSpec:
    """The content of a motion file; read by :func:`load_motion`, where every key is explained by the file itself."""

    exercise: str
    stance: Mapping[str, tuple[float, float]]
    person: Mapping[str, tuple[float, float]]
    styles: Mapping[str, Mapping[str, float]]
    poses: Mapping[str, Mapping[str, float]]
    start: str
    ready: Mapping[str, Any]
    cycle: Sequence[Mapping[str, Any]]
    jitter: Mapping[str, float]
    tempo_jitter: float
    fatigue: float
    unrest: Mapping[str, float]
    mistakes: Mapping[str, Mapping[str, Mapping[str, float]]]


@dataclass(frozen=True, eq=False)
class Performance:
    """One person's repetitions.

    Parameters
    ----------
    motion : Motion of T frames
    repetitions : tuple of (start, stop)
        Frames, half open, from the first movement down to the last movement up.
    phases : tuple of T str
        Phase of every frame, by the names of ``configs/exercise``.
    mistakes : tuple of {mistake: strength}
        One per repetition; strengths of 0 are left out.
    style : str
        Which of the file's styles was drawn.
    """

    motion: Motion
    repetitions: tuple[tuple[int, int], ...]
    phases: tuple[str, ...]
    mistakes: tuple[dict[str, float], ...]
    style: str


@cache
def load_motion(exercise: str) -> MotionSpec:
    """The motion of ``exercise``, read once; InputError for one that the studio cannot perform."""
    folder = config_dir() / "motion"
    path = folder / f"{exercise}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.yaml")))
        raise InputError(f"exercise must be one that the studio performs ({known}), got {exercise!r}; choose another")
    try:
        return MotionSpec(**yaml.safe_load(path.read_text(encoding="utf-8")))
    except (TypeError, yaml.YAMLError) as error:
        raise InputError(f"{path} must hold the keys of a motion, got: {error}; compare it with squat.yaml") from error


def strengths(spec: MotionSpec, mistakes: Mistakes, repetitions: int) -> tuple[dict[str, float], ...]:
    """Mistake -> strength of each repetition; InputError for an unknown mistake, a wrong number or strength."""
    if repetitions < 1:
        raise InputError(f"repetitions must be at least 1, got {repetitions}; ask for more")
    per_repetition: list[dict[str, float]] = [{} for _ in range(repetitions)]
    for name, given in mistakes.items():
        if name not in spec.mistakes:
            known = ", ".join(spec.mistakes)
            raise InputError(f"mistake of {spec.exercise} must be one of {known}, got {name!r}; correct the name")
        values = np.ravel(np.asarray(given, float))
        if np.ndim(given) and len(values) != repetitions:
            raise InputError(
                f"strengths of {name} must be one number or one for each of {repetitions} repetitions, "
                f"got {len(values)}; add or remove some"
            )
        for values_of, value in zip(per_repetition, np.broadcast_to(values, repetitions), strict=True):
            if not 0 <= value <= 1:
                raise InputError(f"strength of {name} must lie in [0, 1], got {value:g}; 1 is the full mistake")
            if value > 0:
                values_of[name] = float(value)
    return tuple(per_repetition)


def perform(
    body: Body,
    exercise: str,
    *,
    mistakes: Mistakes,
    repetitions: int,
    fps: float,
    rng: np.random.Generator,
    rest_s: tuple[float, float] = (1.0, 2.0),
    style: str | None = None,
) -> Performance:
    """Lets ``body`` do the exercise.

    Parameters
    ----------
    mistakes : mapping
        Mistake -> strength, see :data:`Mistakes`.
    fps : float
        Frames per second.
    rest_s : (low, high) seconds
        How long the person stands still before the first and after the last repetition.
    style : str, optional
        One of the file's styles; drawn when not given.

    Raises
    ------
    InputError
        For what the studio cannot perform: exercise, mistake, strength, style, number of repetitions.
    """
    spec = load_motion(exercise)
    per_repetition = strengths(spec, mistakes, repetitions)
    if style is not None and style not in spec.styles:
        raise InputError(f"style must be one of {', '.join(spec.styles)}, got {style!r}; correct the name")
    drawn = list(spec.styles)[rng.integers(len(spec.styles))]
    style = style or drawn
    poser = Poser(body, Stance(**{name: rng.uniform(*ends) for name, ends in spec.stance.items()}))
    keys = _keys(spec, per_repetition, style, rest_s, rng)

    at_keys = {name: np.array([key.controls[name] for key in keys]) for name in CONTROLS}
    # Depth is that of legs which track their toes: a knee that falls inwards does not lift or sink the hips.
    heights = poser.heights(at_keys | {"knee_out": np.zeros(len(keys))})
    stops = np.cumsum([key.seconds for key in keys])
    frames = round(stops[-1] * fps)
    times = np.arange(frames) / fps
    goal = np.minimum(np.searchsorted(stops, times, side="right"), len(keys) - 1)
    origin = np.maximum(goal - 1, 0)
    share = _ease((times - np.where(goal > 0, stops[origin], 0.0)) / np.array([key.seconds for key in keys])[goal])

    def over_time(values: np.ndarray) -> np.ndarray:
        return values[origin] + (values[goal] - values[origin]) * share

    controls = {name: over_time(values) for name, values in at_keys.items()}
    for name, amplitude in spec.unrest.items():
        controls[name] = controls[name] + amplitude * _unrest(times, rng)
    bounds = []
    for number in range(repetitions):
        inside = np.array([key.repetition == number for key in keys])[goal]
        bounds.append((int(np.argmax(inside)), int(frames - np.argmax(inside[::-1]))))
    return Performance(
        motion=poser.pose(controls, over_time(heights)),
        repetitions=tuple(bounds),
        phases=tuple(keys[k].phase for k in goal),
        mistakes=per_repetition,
        style=style,
    )


@cache
def _phase_at_rest(exercise: str) -> str:
    """How configs/exercise calls the phase before and after a repetition."""
    known = find_exercise(exercise)
    if known is None:
        raise InputError(f"exercise must be one of configs/exercise, got {exercise!r}; write its file first")
    return known.phase_with_role("rest")


@dataclass(frozen=True)
class _Key:
    """A pose to be reached after ``seconds``; ``repetition`` is -1 outside of repetitions."""

    controls: Mapping[str, float]
    seconds: float
    phase: str
    repetition: int


def _keys(
    spec: MotionSpec,
    per_repetition: Sequence[Mapping[str, float]],
    style: str,
    rest_s: tuple[float, float],
    rng: np.random.Generator,
) -> list[_Key]:
    """The poses of the whole clip in order."""
    standing = _phase_at_rest(spec.exercise)
    personal = {name: rng.uniform(*ends) for name, ends in spec.person.items()}

    def controls(pose: str, added: Sequence[Mapping[str, float]] = ()) -> dict[str, float]:
        named = spec.poses[pose]
        values = {**CONTROLS, **({} if pose == spec.start else spec.styles[style]), **named}
        for extra in (personal, *added):
            for name, value in extra.items():
                values[name] += value if name in named or name not in _ONLY_WHERE_NAMED else 0.0
        return values

    get_ready, start = spec.ready, controls(spec.start)
    keys = [
        _Key(start, rng.uniform(*rest_s), standing, -1),
        _Key(controls(get_ready["pose"]), get_ready["seconds"], standing, -1),
        _Key(controls(get_ready["pose"]), 0.4, standing, -1),
    ]
    for number, mistakes in enumerate(per_repetition):
        jitter = {name: rng.normal(0, spread) for name, spread in spec.jitter.items()}
        for step in spec.cycle:
            pose, phase = step["pose"], step["phase"]
            added = [{name: strength * value for name, value in spec.mistakes[mistake].get(pose, {}).items()}
                     for mistake, strength in mistakes.items()]  # fmt: skip
            tempo = np.exp(rng.normal(0, spec.tempo_jitter))
            tired = 1 + spec.fatigue * number if pose == get_ready["pose"] else 1.0
            values = controls(pose, [jitter, *added] if pose != get_ready["pose"] else [])
            keys.append(_Key(values, step["seconds"] * tempo * tired, phase, -1 if phase == standing else number))
    keys.append(_Key(start, get_ready["seconds"], standing, -1))
    keys.append(_Key(start, rng.uniform(*rest_s), standing, -1))
    return keys


_ONLY_WHERE_NAMED = frozenset({"thigh", "lean", "round"})
"""Controls whose deviations belong to the poses that name them: who squats deep does not stand less straight."""


def _ease(share: np.ndarray) -> np.ndarray:
    """Minimum-jerk course from 0 to 1 (Flash & Hogan 1985)."""
    s = np.clip(share, 0, 1)
    return s**3 * (10 - 15 * s + 6 * s**2)


def _unrest(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T,) slow noise of about unit deviation: sway and breathing, 0.1 to 0.6 Hz."""
    frequencies, phases = rng.uniform(0.1, 0.6, 4), rng.uniform(0, 2 * np.pi, 4)
    return np.sin(2 * np.pi * frequencies * times[:, None] + phases).sum(axis=1) / np.sqrt(2)
