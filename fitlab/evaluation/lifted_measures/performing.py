"""What is performed in takes, and by whom."""

import numpy as np

from fitlab.synthesis import make_clip
from fitlab.synthesis.clips import Clip
from fitlab.synthesis.script import load_motion, motion_files

SEED = 777
"""Of people and cameras: neither trained on nor in FitBench-S."""


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
