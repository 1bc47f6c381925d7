"""What is performed in takes, by whom, and from where they are filmed."""

import numpy as np

from fitlab.synthesis import make_clip
from fitlab.synthesis.clips import Clip
from fitlab.synthesis.phones import Phone, draw_phone
from fitlab.synthesis.script import load_motion, motion_files

SEED = 777
"""Of people and cameras: neither trained on nor in FitBench-S."""
AROUND, FRONT, SIDE = (-180.0, 180.0), (-20.0, 20.0), (70.0, 110.0)
"""Azimuths in degrees from which takes are filmed, the last two on either side.  Of phones drawn all around, one in
nine stands in front and two in nine at the side; people put theirs there more often, and mistakes show least there."""


def performances() -> list[tuple[str, str | None]]:
    """Exercise and mistake of one round of takes: every mistake once, and every exercise without one."""
    return [(name, mistake) for name in motion_files() for mistake in (*load_motion(name).mistakes, None)]


def performed(number: int, size: tuple[int, int]) -> tuple[Clip, np.random.Generator]:
    """Take ``number``, the same on every call, and what draws its cameras.

    It has two repetitions: one with the mistake at a strength of at least a half; the other's is as likely above as
    below.  ``size`` is that of the pictures in pixels (width, height).
    """
    made = performances()
    exercise, mistake = made[number % len(made)]
    rng = np.random.default_rng([SEED, number])
    strengths = rng.permutation([rng.uniform(0.5, 1), rng.choice([rng.uniform(0, 0.5), rng.uniform(0.5, 1)])])
    clip = make_clip(
        exercise,
        mistakes={mistake: strengths.tolist()} if mistake else {},
        repetitions=2,
        seed=int(rng.integers(1 << 31)),
        size=size,
    )
    return clip, rng


def placed(rng: np.random.Generator, points: np.ndarray, size: tuple[int, int], azimuths: tuple[float, float]) -> Phone:
    """A phone as of :func:`fitlab.synthesis.phones.draw_phone` at ``azimuths`` of one side or the other."""
    low, high = azimuths
    return draw_phone(rng, points, size, azimuths if rng.random() < 0.5 else (-high, -low))
