"""Exercises as motions: the key poses of a script become a performance, frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.synthesis.body import Body
from fitlab.synthesis.contacts import Contact, Stance
from fitlab.synthesis.controls import from_course, to_course
from fitlab.synthesis.limbs import Motion, motion_of
from fitlab.synthesis.posture import Poser
from fitlab.synthesis.reach import within_reach
from fitlab.synthesis.script import Mistakes, Script, load_motion, strengths
from fitlab.synthesis.staging import Key, Stage, plan, stage
from fitlab.synthesis.support import balanced

_LIFT = 0.25  # how high a foot is lifted that steps, in units of the way it goes
_HIGHEST_LIFT_M = 0.12
_GRIP = (
    0.4  # of the way: what will touch is drawn to its place at the end of it, what touched is let go at its beginning
)


@dataclass(frozen=True, eq=False)
class Performance:
    """One person's repetitions.

    Parameters
    ----------
    motion : Motion of T frames
    repetitions : tuple of (start, stop)
        Frames, half open, from the first movement out to the last movement back.
    phases : tuple of T str
        Phase of every frame, by the names of ``configs/exercise``.
    mistakes : tuple of {mistake: strength}
        One per repetition; strengths of 0 are left out.
    style : str
        Which of the file's styles was drawn.
    contacts : {touching: Contact}
        What is planted where, over time: share (T,) and place (T, 3) of :data:`fitlab.synthesis.posture.TOUCHING`.
    """

    motion: Motion
    repetitions: tuple[tuple[int, int], ...]
    phases: tuple[str, ...]
    mistakes: tuple[dict[str, float], ...]
    style: str
    contacts: Mapping[str, Contact]


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
        Mistake -> strength, see :data:`fitlab.synthesis.script.Mistakes`.
    fps : float
        Frames per second.
    rest_s : (low, high) seconds
        How long the person rests before the first and after the last repetition.
    style : str, optional
        One of the file's styles; drawn when not given.

    Raises
    ------
    InputError
        For what the studio cannot perform: exercise, mistake, strength, style, number of repetitions.
    """
    script = load_motion(exercise)
    per_repetition = strengths(script, mistakes, repetitions)
    if style is not None and style not in script.styles:
        raise InputError(f"style must be one of {', '.join(script.styles)}, got {style!r}; correct the name")
    drawn = list(script.styles)[rng.integers(len(script.styles))]
    stance = {name: rng.uniform(*ends) for name, ends in script.stance.items()}
    swapped = _swapped(script, repetitions, rng)
    if swapped[0] and "split" in stance:
        stance["split"] = -stance["split"]
    poser = Poser(body, Stance(**stance))
    at_rest = _phase_at_rest(exercise)
    keys = plan(script, per_repetition, style or drawn, at_rest, rest_s, swapped, rng)
    timeline = _Timeline(keys, fps)
    motion, contacts = _moved(poser, script, stage(poser, keys, "width" in stance), timeline, rng)
    return Performance(
        motion=motion,
        repetitions=timeline.repetitions(repetitions),
        phases=tuple(keys[k].phase for k in timeline.goal),
        mistakes=per_repetition,
        style=style or drawn,
        contacts=contacts,
    )


def _swapped(script: Script, repetitions: int, rng: np.random.Generator) -> list[bool]:
    """Whether left and right are swapped in each repetition."""
    if script.sides == "alternate":
        return [bool(number % 2) for number in range(repetitions)]
    return [script.sides == "drawn" and bool(rng.integers(2))] * repetitions


@cache
def _phase_at_rest(exercise: str) -> str:
    """How configs/exercise calls the phase before and after a repetition."""
    known = find_exercise(exercise)
    if known is None:
        raise InputError(f"exercise must be one of configs/exercise, got {exercise!r}; write its file first")
    return known.phase_with_role("rest")


class _Timeline:
    """When the N key poses are reached, and how far T frames are between them.

    Between two stops all moves take a minimum-jerk course (Flash & Hogan 1985), through the poses between them.
    """

    def __init__(self, keys: Sequence[Key], fps: float) -> None:
        self.keys = keys
        self.stops = np.cumsum([key.seconds for key in keys])
        frames = round(self.stops[-1] * fps)
        self.times = np.arange(frames) / fps
        self.goal = np.minimum(np.searchsorted(self.stops, self.times, side="right"), len(keys) - 1)
        self.origin = np.maximum(self.goal - 1, 0)
        ends = [0, *(k for k in range(1, len(keys)) if not keys[k].through)]  # chains from stop to stop
        self.chains = [np.arange(start, end + 1) for start, end in zip(ends[:-1], ends[1:], strict=True)]
        self._warped = self.times.copy()
        for chain in self.chains:
            start, end = self.stops[chain[0]], self.stops[chain[-1]]
            inside = (self.times >= start) & (self.times < end)
            self._warped[inside] = start + (end - start) * _ease((self.times[inside] - start) / (end - start))
        # A pose between two stops is reached when the course passes it, which is not its own time.
        self.goal = np.minimum(np.searchsorted(self.stops, self._warped, side="right"), len(keys) - 1)
        self.origin = np.maximum(self.goal - 1, 0)
        way = np.where(self.goal > 0, self.stops[self.goal] - self.stops[self.origin], 1.0)
        self.share = np.where(self.goal > 0, np.clip((self._warped - self.stops[self.origin]) / way, 0, 1), 0.0)

    def over_time(self, values: np.ndarray) -> np.ndarray:
        """(T, ...) of values (N, ...) at the key poses: straight between stops, smooth through poses without a stop."""
        from scipy.interpolate import PchipInterpolator

        out = np.repeat(values[:1].astype(float), len(self.times), axis=0)
        for chain in self.chains:
            inside = (self.times >= self.stops[chain[0]]) & (self.times < self.stops[chain[-1]])
            if len(chain) == 2:
                share = self.share[inside].reshape(-1, *[1] * (values.ndim - 1))
                out[inside] = values[chain[0]] + (values[chain[1]] - values[chain[0]]) * share
            elif inside.any():
                out[inside] = PchipInterpolator(self.stops[chain], values[chain])(self._warped[inside])
        return out

    def repetitions(self, number: int) -> tuple[tuple[int, int], ...]:
        """(start, stop) of every repetition, frames."""
        of_key = np.array([key.repetition for key in self.keys])[self.goal]
        inside = [of_key == repetition for repetition in range(number)]
        return tuple((int(np.argmax(i)), int(len(i) - np.argmax(i[::-1]))) for i in inside)


def _moved(
    poser: Poser, script: Script, staged: Stage, timeline: _Timeline, rng: np.random.Generator
) -> tuple[Motion, dict[str, Contact]]:
    course = to_course(staged.controls)
    stacked = timeline.over_time(np.stack(list(course.values()), axis=-1))
    controls = from_course(dict(zip(course, stacked.T, strict=True)))
    for name, amplitude in script.unrest.items():
        controls[name] = controls[name] + amplitude * _unrest(timeline.times, rng)
    contacts = {name: _contact_over_time(contact, timeline) for name, contact in staged.contacts.items()}
    pelvis = timeline.over_time(staged.pelvis)
    standing = timeline.over_time(staged.stands.astype(float))
    if standing.any():
        pelvis = balanced(poser, controls, pelvis, contacts, standing)
    pelvis = _on_its_places(poser, controls, pelvis, contacts)
    controls, pelvis = within_reach(poser, controls, pelvis, contacts)
    return motion_of(poser, controls, pelvis, contacts), contacts


def _contact_over_time(contact: Contact, timeline: _Timeline) -> Contact:
    """Share and place of T frames; what steps from one place to another is lifted on the way."""
    before, after, share = timeline.origin, timeline.goal, timeline.share
    held, holds = contact.share[before][:, None], contact.share[after][:, None]
    start = np.where(held > 0, contact.place[before], contact.place[after])
    way = np.where(holds > 0, contact.place[after], start) - start
    gone = share * share * (3 - 2 * share)  # sets off and lands without a jolt, also where the body does not stop
    lift = np.minimum(_LIFT * np.linalg.norm(way, axis=1), _HIGHEST_LIFT_M) * (4 * share * (1 - share)) ** 2
    gains, loses = contact.share[after] > contact.share[before], contact.share[after] < contact.share[before]
    late = np.clip(np.where(gains, share - (1 - _GRIP), share) / _GRIP, 0, 1)
    eased = late * late * (3 - 2 * late)
    touches = np.where(gains, eased, np.where(loses, 1 - eased, contact.share[before]))
    return Contact(touches, start + gone[:, None] * way + lift[:, None] * (0.0, 0.0, 1.0))


def _on_its_places(
    poser: Poser, controls: Mapping[str, np.ndarray], pelvis: np.ndarray, contacts: Mapping[str, Contact]
) -> np.ndarray:
    """The pelvis (T, 3) moved so that it or the upper back lies on its place: what touches more firmly."""
    points = poser.free_points(controls, poser.trunk(controls))
    firmest = np.zeros(len(pelvis))
    moved = pelvis
    for name in ("pelvis", "chest"):
        if (contact := contacts.get(name)) is not None:
            laid = pelvis + contact.share[:, None] * (contact.place - pelvis - points[name])
            moved = np.where((contact.share > firmest)[:, None], laid, moved)
            firmest = np.maximum(firmest, contact.share)
    return moved


def _ease(share: np.ndarray) -> np.ndarray:
    """Minimum-jerk course from 0 to 1 (Flash & Hogan 1985)."""
    s = np.clip(share, 0, 1)
    return s**3 * (10 - 15 * s + 6 * s**2)


def _unrest(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T,) slow noise of about unit deviation: sway and breathing, 0.1 to 0.6 Hz."""
    frequencies, phases = rng.uniform(0.1, 0.6, 4), rng.uniform(0, 2 * np.pi, 4)
    return np.sin(2 * np.pi * frequencies * times[:, None] + phases).sum(axis=1) / np.sqrt(2)
