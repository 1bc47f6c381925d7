"""What stands around in homes and gyms and on lawns, each on the floor at the origin, facing -y."""

from collections.abc import Callable, Mapping

import numpy as np

from fitlab.synthesis.props import kettlebell
from fitlab.synthesis.solids import Solid, ball, box, joined, tube
from fitlab.synthesis.walls import tone


def _sofa(rng: np.random.Generator) -> Solid:
    width, cloth = rng.uniform(1.3, 2.0), tone(rng, 50, 190, 0.5)
    parts = [
        box((width, 0.8, 0.28), cloth * 0.9, (0, 0, 0.2)),
        box((width, 0.2, 0.55), cloth, (0, 0.34, 0.5)),
        box((0.16, 0.8, 0.5), cloth * 0.95, (-width / 2, 0, 0.31)),
        box((0.16, 0.8, 0.5), cloth * 0.95, (width / 2, 0, 0.31)),
    ]
    for side in (-1, 1):
        parts.append(box((width / 2 - 0.12, 0.6, 0.14), cloth * 1.05, (side * (width / 4 - 0.03), -0.05, 0.41)))
    if rng.random() < 0.6:
        parts.append(box((0.4, 0.14, 0.4), tone(rng, 40, 220, 0.9), (rng.uniform(-0.4, 0.4), 0.15, 0.66)))
    return joined(parts)


def _chair(rng: np.random.Generator) -> Solid:
    wood, seat = tone(rng, 40, 200, 0.3), rng.uniform(0.43, 0.48)
    parts = [box((0.42, 0.42, 0.04), wood, (0, 0, seat)), box((0.4, 0.03, 0.3), wood, (0, 0.2, seat + 0.32))]
    for x in (-0.18, 0.18):
        parts.append(tube((x, -0.18, 0), (x, -0.18, seat), 0.018, wood * 0.9, 6))
        parts.append(tube((x, 0.2, 0), (x, 0.2, seat + 0.46), 0.018, wood * 0.9, 6))
    return joined(parts)


def _table(rng: np.random.Generator) -> Solid:
    wood, height = tone(rng, 60, 220, 0.25), rng.choice([0.42, 0.74])
    width, depth = rng.uniform(0.6, 1.3), rng.uniform(0.45, 0.8)
    parts = [box((width, depth, 0.04), wood, (0, 0, height))]
    for x in (-1, 1):
        for y in (-1, 1):
            foot = x * (width / 2 - 0.05), y * (depth / 2 - 0.05)
            parts.append(tube((*foot, 0), (*foot, height), 0.025, wood * 0.85, 6))
    for _ in range(rng.integers(0, 4)):
        tall = rng.uniform(0.05, 0.3)
        place = rng.uniform(-0.4, 0.4) * width, rng.uniform(-0.35, 0.35) * depth
        parts.append(
            tube((*place, height), (*place, height + tall), rng.uniform(0.03, 0.06), tone(rng, 40, 230, 0.8), 8)
        )
    return joined(parts)


def _cupboard(rng: np.random.Generator) -> Solid:
    wood, width, height = tone(rng, 60, 235, 0.25), rng.uniform(0.6, 1.5), rng.choice([0.75, 0.9, 1.9])
    parts = [box((width, 0.42, height), wood, (0, 0, height / 2))]
    doors = rng.integers(1, 4)
    for door in range(doors):
        x = -width / 2 + (door + 0.5) * width / doors
        parts.append(box((width / doors - 0.03, 0.02, height - 0.08), wood * 1.06, (x, -0.21, height / 2)))
        parts.append(box((0.02, 0.03, 0.12), (120, 120, 120), (x + 0.4 * width / doors, -0.225, 0.6 * height)))
    return joined(parts)


def plant(rng: np.random.Generator) -> Solid:
    """A plant in a pot."""
    pot, height = rng.uniform(0.12, 0.2), rng.uniform(0.5, 1.4)
    green = np.array([rng.uniform(0.45, 0.75), 0.9, rng.uniform(0.3, 0.55)]) * rng.uniform(70, 150)
    parts = [tube((0, 0, 0), (0, 0, 1.6 * pot), 0.8 * pot, tone(rng, 60, 220, 0.4), 12, pot)]
    for _ in range(rng.integers(8, 18)):
        lean = rng.normal(0, 0.3, 2) * height
        low, high = np.array([*(0.2 * lean), 1.5 * pot]), np.array([*lean, 1.5 * pot + height * rng.uniform(0.4, 1.0)])
        parts.append(tube(low, high, 0.008, green * 0.7, 4))
        leaf = rng.uniform(0.04, 0.11)
        parts.append(
            ball(
                high,
                (leaf, leaf * rng.uniform(0.3, 1.0), leaf * rng.uniform(0.6, 1.6)),
                np.clip(green * rng.uniform(0.75, 1.2), 0, 250),
            )
        )
    return joined(parts)


def gym_ball(rng: np.random.Generator) -> Solid:
    """A big ball."""
    radius = rng.uniform(0.12, 0.35)
    return ball((0, 0, radius), (radius, radius, radius), tone(rng, 40, 200, 1.0))


def chest(rng: np.random.Generator) -> Solid:
    """A box to jump on, or of cardboard."""
    size = rng.uniform(0.3, 0.75, 3)
    return box(
        size,
        tone(rng, 50, 220, 0.6) if rng.random() < 0.5 else np.array([186, 150, 108]) * rng.uniform(0.7, 1.1),
        (0, 0, size[2] / 2),
    )


def _rack(rng: np.random.Generator) -> Solid:
    steel = tone(rng, 25, 120, 0.5) if rng.random() < 0.8 else np.array([170.0, 40, 36])
    height, parts = rng.uniform(1.9, 2.4), []
    for x in (-0.6, 0.6):
        for y in (-0.5, 0.5):
            parts.append(box((0.07, 0.07, height), steel, (x, y, height / 2)))
        parts.append(box((0.07, 1.0, 0.07), steel, (x, 0, height)))
        parts.append(box((0.07, 1.0, 0.07), steel, (x, 0, 0.04)))
    parts.append(box((1.2, 0.07, 0.07), steel, (0, 0.5, height)))
    if rng.random() < 0.7:
        level = rng.uniform(0.9, 1.5)
        parts.append(tube((-1.1, -0.55, level), (1.1, -0.55, level), 0.014, (150, 150, 154)))
        for x in (-0.85, 0.85):
            parts.append(tube((x, -0.55, level), (x + 0.06, -0.55, level), 0.22, tone(rng, 25, 60, 0.2), 18))
    return joined(parts)


def _bench(rng: np.random.Generator) -> Solid:
    cover = tone(rng, 20, 120, 0.8)
    parts = [box((0.3, 1.1, 0.08), cover, (0, 0, 0.44))]
    for y in (-0.4, 0.4):
        parts.append(box((0.08, 0.06, 0.4), (60, 60, 64), (0, y, 0.2)))
        parts.append(box((0.42, 0.06, 0.05), (60, 60, 64), (0, y, 0.03)))
    return joined(parts)


def _bar_on_floor(rng: np.random.Generator) -> Solid:
    radius = rng.uniform(0.14, 0.225)
    parts = [tube((-1.0, 0, radius), (1.0, 0, radius), 0.015, (150, 150, 154))]
    for x in (-0.75, 0.75):
        parts.append(tube((x - 0.03, 0, radius), (x + 0.03, 0, radius), radius, tone(rng, 25, 160, 0.8), 20))
    return joined(parts)


def _machine(rng: np.random.Generator) -> Solid:
    """A treadmill, more or less."""
    frame, dark = tone(rng, 40, 200, 0.2), (34, 34, 36)
    parts = [box((0.75, 1.7, 0.16), dark, (0, 0, 0.1)), box((0.7, 0.14, 0.35), frame, (0, -0.75, 1.25))]
    for x in (-0.36, 0.36):
        parts.append(tube((x, -0.7, 0.1), (x, -0.75, 1.2), 0.035, frame, 8))
        parts.append(tube((x, -0.7, 1.0), (x, -0.2, 0.95), 0.025, dark, 8))
    return joined(parts)


def _trunk(rng: np.random.Generator) -> Solid:
    radius, bark = rng.uniform(0.1, 0.25), np.array([96, 78, 60]) * rng.uniform(0.6, 1.2)
    green = np.array([rng.uniform(0.5, 0.8), 0.9, 0.45]) * rng.uniform(50, 110)
    parts = [tube((0, 0, 0), (rng.normal(0, 0.1), 0, 3.2), radius, bark, 9, 0.7 * radius)]
    for _ in range(10):
        size = rng.uniform(0.4, 0.8)
        parts.append(
            ball(
                rng.normal(0, 0.7, 3) * (1, 1, 0.4) + (0, 0, 3.4),
                (size, size, 0.7 * size),
                green * rng.uniform(0.7, 1.2),
            )
        )
    return joined(parts)


def _bush(rng: np.random.Generator) -> Solid:
    green, size = np.array([rng.uniform(0.5, 0.8), 0.9, 0.45]) * rng.uniform(50, 120), rng.uniform(0.3, 0.7)
    parts = []
    for _ in range(9):
        middle = (*(rng.normal(0, 0.5, 2) * size), size * rng.uniform(0.3, 0.8))
        parts.append(ball(middle, size * rng.uniform(0.4, 0.7, 3), green * rng.uniform(0.7, 1.2)))
    return joined(parts)


def _park_bench(rng: np.random.Generator) -> Solid:
    wood = np.array([130, 92, 62]) * rng.uniform(0.7, 1.2)
    parts = [box((1.5, 0.11, 0.04), wood * rng.uniform(0.9, 1.1), (0, y, 0.45)) for y in (-0.18, -0.04, 0.1)]
    parts += [box((1.5, 0.03, 0.1), wood * rng.uniform(0.9, 1.1), (0, 0.22, z)) for z in (0.62, 0.78)]
    parts += [box((0.06, 0.45, 0.45), (50, 50, 52), (x, 0, 0.22)) for x in (-0.6, 0.6)]
    return joined(parts)


def bottle(rng: np.random.Generator) -> Solid:
    """A bottle of water, not quite upright in the world of exercise: on the floor."""
    colour = tone(rng, 60, 220, 1.0)
    return joined(
        [tube((0, 0, 0), (0, 0, 0.2), 0.038, colour, 10), tube((0, 0, 0.2), (0, 0, 0.25), 0.02, (40, 40, 44), 8)]
    )


AROUND: Mapping[str, tuple[Callable[[np.random.Generator], Solid], ...]] = {
    "home": (_sofa, _chair, _table, _cupboard, plant, gym_ball, chest),
    "gym": (_rack, _bench, _bar_on_floor, _machine, chest, gym_ball, kettlebell),
    "outdoors": (_trunk, _bush, _park_bench, _bush),
    "picture": (),
}
"""Kind of place -> what stands behind and beside the athlete."""

BEFORE: Mapping[str, tuple[Callable[[np.random.Generator], Solid], ...]] = {
    "home": (plant, _chair, chest, gym_ball, bottle, kettlebell),
    "gym": (kettlebell, chest, _bench, gym_ball, bottle, _bar_on_floor),
    "outdoors": (_bush, kettlebell, bottle, gym_ball),
    "picture": (kettlebell, plant, chest, gym_ball),
}
"""Kind of place -> what may stand between the phone and the athlete."""
