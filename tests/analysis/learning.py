"""Labelled repetitions in closed form: people who differ in size and heading squat with knees in or out."""

from functools import cache

import numpy as np
from scipy.spatial.transform import Rotation

from fitlab.analysis.features import describe
from fitlab.analysis.learned import Example
from fitlab.poses import PoseSequence
from tests.motions import figure


def repetition(inward_cm: float, thigh_deg: float = 85.0, fps: float = 30.0, seconds: float = 2.0) -> PoseSequence:
    """One squat from rest to rest."""
    phase = np.linspace(0, 2 * np.pi, round(seconds * fps))
    return figure((1 - np.cos(phase)) / 2, fps, 30.0, thigh_deg, 35.0, inward_cm / 100)


def moved(seq: PoseSequence, scale: float = 1.0, turn_deg: float = 0.0, shift: tuple = (0.0, 0.0, 0.0)) -> PoseSequence:
    """The same by somebody of another size, elsewhere, with another heading."""
    turn = Rotation.from_euler("z", turn_deg, degrees=True).as_matrix()
    return seq.replace("moved", positions=scale * seq.positions @ turn.T + np.array(shift))


def noisy(seq: PoseSequence, rng: np.random.Generator) -> PoseSequence:
    """As a sensor sees it that errs by 4 mm."""
    return seq.replace("noisy", positions=seq.positions + rng.normal(0, 0.004, seq.positions.shape))


@cache
def examples(people: int = 4, each: int = 6) -> tuple[Example, ...]:
    """Half of them with knees 8 cm inward ("knees_inward"), the others with none, +-2 cm."""
    rng = np.random.default_rng(4)
    made = []
    for person in range(people):
        for index in range(2 * each):
            bad = index < each
            seq = repetition(8.0 * bad + rng.uniform(-2, 2), rng.uniform(75, 95), seconds=rng.uniform(1.6, 2.6))
            seq = moved(seq, 0.9 + 0.05 * person, 60.0 * person, (person, 0.0, 0.0))
            made.append(Example(describe(noisy(seq, rng)), frozenset(["knees_inward"] if bad else []), f"p{person}"))
    return tuple(made)
