"""What people train with: held in the hands, or standing where hands and feet touch it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.errors import InputError
from fitlab.synthesis.body import Body
from fitlab.synthesis.contacts import Contacts
from fitlab.synthesis.controls import SIDES
from fitlab.synthesis.grips import Grips
from fitlab.synthesis.kinematics import unit
from fitlab.synthesis.limbs import Motion
from fitlab.synthesis.solids import Solid, ball, box, joined, tube

_CLEAR_OF_PHONE_M = 1.0
_STEEL, _RUBBER, _BLACK = (150, 150, 154), (40, 40, 43), (26, 26, 28)
_PAINTS = ((178, 40, 38), (32, 74, 150), (206, 164, 40), (44, 120, 62), (40, 40, 43), (92, 92, 96))


@dataclass(frozen=True, eq=False)
class Held:
    """A solid that follows the hands.

    ``sides`` are the hands that hold it: with one, its x axis lies across the palm; with two, it goes from the right
    to the left hand and the solid is half-way.
    """

    solid: Solid
    sides: tuple[str, ...]

    def placed(self, grips: Grips, rotations: np.ndarray, heads: np.ndarray) -> Solid:
        """The solid in the world for one pose: rotations (J, 3, 3) and heads (J, 3)."""
        if len(self.sides) == 1:
            middle, axis = grips.at(rotations, heads, self.sides[0])
        else:
            left, right = (grips.at(rotations, heads, side)[0] for side in (".L", ".R"))
            middle, axis = (left + right) / 2, left - right
        axis = axis / max(float(np.linalg.norm(axis)), 1e-6)
        side = np.array([0, 0, 1.0]) if abs(axis[2]) < 0.9 else np.array([0, 1.0, 0])
        second = np.cross(side, axis)
        second /= np.linalg.norm(second)
        return self.solid.moved(np.stack([axis, second, np.cross(axis, second)], axis=1), middle)


Props = tuple[tuple[Held, ...], tuple[Solid, ...]]
"""What follows the hands, and what stands still."""


@dataclass(frozen=True, eq=False)
class Situation:
    """What a prop is made for."""

    body: Body
    motion: Motion
    contacts: Contacts
    grips: Grips
    eye: np.ndarray


def make_props(
    names: Sequence[str], rng: np.random.Generator, body: Body, motion: Motion, contacts: Contacts, eye: np.ndarray
) -> Props:
    """Makes the props called ``names``; InputError for a name that is not one of :data:`PROPS`.

    Parameters
    ----------
    motion : Motion
        The whole movement: bars and benches are put where its hands and feet touch them.
    contacts : {touching: Contact}
        When they do.
    eye : (3,)
        Where the phone is.
    """
    held: list[Held] = []
    fixed: list[Solid] = []
    situation = Situation(body, motion, contacts, Grips(body), eye)
    for name in names:
        if name not in PROPS:
            raise InputError(f"a prop must be one of {', '.join(PROPS)}, got {name!r}; correct the motion file")
        for made in PROPS[name](rng, situation):
            (held if isinstance(made, Held) else fixed).append(made)  # type: ignore[arg-type]
    return tuple(held), tuple(fixed)


def _barbell(rng: np.random.Generator, s: Situation) -> list[Held | Solid]:
    left, right = (s.grips.at(s.motion.rotations, s.motion.heads, side)[0] for side in (".L", ".R"))
    apart = float(np.linalg.norm(left - right, axis=1).max())
    # Short enough to keep away from the phone: who films a long bar from its end steps back.
    towards = np.abs((s.eye - (left + right) / 2) @ unit(left - right).mean(axis=0))
    away = np.linalg.norm(s.eye - (left + right) / 2, axis=1)
    longest = float(np.min(np.where(towards > 0.6 * away, away - _CLEAR_OF_PHONE_M, np.inf)))
    half = max(min(rng.uniform(0.75, 1.1), longest), apart / 2 + 0.3)
    lowest = float(min(left[:, 2].min(), right[:, 2].min()))
    radius = float(np.clip(rng.choice([0.225, 0.225, 0.17, 0.14]) * min(half, 1.0), 0.06, max(lowest, 0.06)))
    inner = half - 0.2
    parts = [tube((-inner, 0, 0), (inner, 0, 0), 0.014, _STEEL)]
    colour, plates = _PAINTS[rng.integers(len(_PAINTS))], rng.integers(1, 4)
    sizes, thicks = radius * np.append(1.0, rng.uniform(0.55, 1.0, plates - 1)), rng.uniform(0.02, 0.045, plates)
    for sign in (-1, 1):
        x = inner
        parts.append(tube((sign * x, 0, 0), (sign * (x + 0.02), 0, 0), 0.035, _STEEL))
        for number, (size, thick) in enumerate(zip(sizes, thicks, strict=True)):
            x += 0.02 if number == 0 else 0.004
            paint = colour if number == 0 else _RUBBER
            parts.append(tube((sign * x, 0, 0), (sign * (x + thick), 0, 0), size, paint, 20))
            parts.append(tube((sign * (x - 0.002), 0, 0), (sign * (x + thick + 0.002), 0, 0), 0.25 * size, _STEEL))
            x += thick
        parts.append(tube((sign * x, 0, 0), (sign * (half + 0.02), 0, 0), 0.025, _STEEL))
    return [Held(joined(parts), (".L", ".R"))]


def _dumbbells(rng: np.random.Generator, s: Situation) -> list[Held | Solid]:
    size, colour = rng.uniform(0.035, 0.075), _PAINTS[rng.integers(len(_PAINTS))] if rng.random() < 0.6 else _RUBBER
    sides = 6 if rng.random() < 0.5 else 14
    parts = [tube((-0.07, 0, 0), (0.07, 0, 0), 0.014, _STEEL)]
    for sign in (-1, 1):
        parts.append(tube((sign * 0.065, 0, 0), (sign * (0.08 + size), 0, 0), size, colour, sides))
    solid = joined(parts)
    return [Held(solid, (side,)) for side in SIDES]


def _pull_up_bar(rng: np.random.Generator, s: Situation) -> list[Held | Solid]:
    places = s.grips.held(s.motion, s.contacts)
    left, right = places[".L"], places[".R"]
    axis = (left - right) * (1, 1, 0)
    axis /= np.linalg.norm(axis)
    middle, half = (left + right) / 2, float(np.linalg.norm(left - right)) / 2 + rng.uniform(0.2, 0.45)
    colour = _STEEL if rng.random() < 0.4 else _BLACK if rng.random() < 0.7 else _PAINTS[rng.integers(len(_PAINTS))]
    ends = [middle - half * axis, middle + half * axis]
    parts = [tube(ends[0], ends[1], 0.016, colour)]
    away = np.cross(axis, [0, 0, 1.0])
    if rng.random() < 0.65:  # a rack
        for end in ends:
            post = end + away * rng.choice([-0.02, 0.02])
            parts.append(tube((*post[:2], 0.0), (*post[:2], float(post[2]) + rng.uniform(0.03, 0.2)), 0.03, colour))
            foot = np.array([*post[:2], 0.03])
            parts.append(tube(foot - 0.5 * away, foot + 0.5 * away, 0.03, colour))
    else:  # hung from the ceiling
        for end in ends:
            parts.append(tube(end, end + (0, 0, 1.2), 0.018, colour))
    return [joined(parts)]


def _dip_bars(rng: np.random.Generator, s: Situation) -> list[Held | Solid]:
    places = s.grips.held(s.motion, s.contacts)
    across = (places[".L"] - places[".R"]) * (1, 1, 0)
    along = np.cross(across / np.linalg.norm(across), [0, 0, 1.0])
    colour = _STEEL if rng.random() < 0.4 else _PAINTS[rng.integers(len(_PAINTS))]
    half, parts = rng.uniform(0.3, 0.4), []
    for place in places.values():
        ends = [place - half * along, place + half * along]
        parts.append(tube(ends[0], ends[1], 0.019, colour))
        for end in ends:
            parts.append(tube((*end[:2], 0.0), end, 0.019, colour))
        parts.append(tube((*ends[0][:2], 0.02), (*ends[1][:2], 0.02), 0.02, colour))
    return [joined(parts)]


def _bench(rng: np.random.Generator, s: Situation) -> list[Held | Solid]:
    """Under hands, feet or hips that rest above the floor; else behind the athlete."""
    raised = [c.place[c.share > 0.9].mean(axis=0) for c in s.contacts.values() if (c.share > 0.9).any()]
    raised = [place for place in raised if place[2] > 0.25]
    points = s.motion.heads.reshape(-1, 3)
    top = max(0.25, float(np.mean([place[2] for place in raised])) - 0.06) if raised else 0.45
    if raised:
        middle = np.mean(raised, axis=0)
        spread = np.ptp(raised, axis=0)
        size = (max(0.45, spread[0] + 0.35), max(0.35, spread[1] + 0.3))
    else:
        middle, size = np.array([0.0, points[:, 1].max() + 0.45, 0]), (1.1, 0.32)
    colour = _PAINTS[rng.integers(len(_PAINTS))] if rng.random() < 0.5 else _BLACK
    x, y = float(middle[0]), float(middle[1])
    parts = [box((*size, 0.09), colour, (x, y, top - 0.045))]
    for dx in (-1, 1):
        for dy in (-1, 1):
            foot = x + dx * (size[0] / 2 - 0.05), y + dy * (size[1] / 2 - 0.05)
            parts.append(tube((*foot, 0), (*foot, top - 0.08), 0.022, _STEEL))
    return [joined(parts)]


def _mat(rng: np.random.Generator, s: Situation) -> list[Held | Solid]:
    return []  # painted on the floor: see fitlab.synthesis.place


PROPS: Mapping[str, Callable[[np.random.Generator, Situation], list[Held | Solid]]] = {
    "barbell": _barbell,
    "dumbbells": _dumbbells,
    "pull_up_bar": _pull_up_bar,
    "dip_bars": _dip_bars,
    "bench": _bench,
    "mat": _mat,
}
"""Name -> how it is made."""


def kettlebell(rng: np.random.Generator) -> Solid:
    """Standing on the floor at the origin."""
    size, colour = rng.uniform(0.08, 0.12), _PAINTS[rng.integers(len(_PAINTS))]
    handle = [ball((0, 0, size), (size, size, size), colour), tube((0, 0, 0), (0, 0, 0.02), 0.75 * size, colour)]
    for sign in (-1, 1):
        handle.append(tube((sign * 0.75 * size, 0, 1.5 * size), (sign * 0.55 * size, 0, 2.45 * size), 0.017, colour))
    handle.append(tube((-0.58 * size, 0, 2.45 * size), (0.58 * size, 0, 2.45 * size), 0.017, colour))
    return joined(handle)
