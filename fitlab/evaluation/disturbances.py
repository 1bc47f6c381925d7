"""What happens to poses between a person and the analysis, done to recorded poses on purpose."""

from collections.abc import Callable, Mapping

import numpy as np

from fitlab.poses import PoseSequence
from fitlab.signals import resample_poses

_JITTER = 0.015  # metres: 5 px of a person who is 1.7 m and 570 px tall, half of a full HD picture
_LEAP = 0.3  # metres, standard deviation per axis: a wrist found on the hip
_OUTLYING = 0.1
_SHORTEST_GAP, _LONGEST_GAP = 0.1, 0.5  # seconds
_GAP_EVERY_SECONDS, _NOBODY_EVERY_SECONDS = 3.0, 5.0

Disturbance = Callable[[PoseSequence, np.random.Generator], PoseSequence]


def jitter(seq: PoseSequence, rng: np.random.Generator) -> PoseSequence:
    """Every coordinate of every joint off by a normal error of 15 mm."""
    return seq.replace("jitter", positions=seq.positions + _JITTER * rng.normal(size=seq.positions.shape))


def outliers(seq: PoseSequence, rng: np.random.Generator) -> PoseSequence:
    """A tenth of all joint positions, each frame anew, half a metre away."""
    leaps = _LEAP * rng.normal(size=seq.positions.shape)
    hit = rng.random(seq.positions.shape[:2]) < _OUTLYING
    return seq.replace("outliers", positions=seq.positions + np.where(hit[..., None], leaps, 0))


def gaps(seq: PoseSequence, rng: np.random.Generator) -> PoseSequence:
    """Every joint is lost for 0.1 to 0.5 s in every 3 s, and the whole person for 0.5 s in every 5 s."""
    frames, joints = seq.missing.shape
    lost = np.zeros((frames, joints), bool)
    for joint in range(joints):
        for start in range(0, frames, round(_GAP_EVERY_SECONDS * seq.fps)):
            begin = start + int(rng.uniform(0, _GAP_EVERY_SECONDS) * seq.fps)
            lost[begin : begin + int(rng.uniform(_SHORTEST_GAP, _LONGEST_GAP) * seq.fps), joint] = True
    for start in range(0, frames, round(_NOBODY_EVERY_SECONDS * seq.fps)):
        begin = start + int(rng.uniform(0, _NOBODY_EVERY_SECONDS) * seq.fps)
        lost[begin : begin + int(_LONGEST_GAP * seq.fps)] = True
    positions = np.where(lost[..., None], np.nan, seq.positions)
    return seq.replace("gaps", positions=positions, confidence=np.where(lost, 0, seq.confidence))


def backwards(seq: PoseSequence, rng: np.random.Generator) -> PoseSequence:
    """The film played from its end."""
    return seq.replace("backwards", positions=seq.positions[::-1], confidence=seq.confidence[::-1])


def mirrored(seq: PoseSequence, rng: np.random.Generator) -> PoseSequence:
    """Left and right exchanged."""
    mirror = seq.skeleton.mirror
    positions = seq.positions[:, mirror] * np.array([-1, 1, 1])
    return seq.replace("mirrored", positions=positions, confidence=seq.confidence[:, mirror])


def moved(seq: PoseSequence, rng: np.random.Generator) -> PoseSequence:
    """The person elsewhere, facing another way."""
    angle = rng.uniform(0, 2 * np.pi)
    matrix = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return seq.replace("moved", positions=seq.positions @ matrix.T + np.array([*rng.normal(size=2), 0.0]))


def at_rate(fps: float) -> Disturbance:
    """The same motion recorded at another frame rate."""
    return lambda seq, rng: resample_poses(seq, fps)


DISTURBANCES: Mapping[str, Disturbance] = {
    "gaps up to 0.5 s": gaps,
    "10 % outliers": outliers,
    "jitter of 15 mm": jitter,
    "15 fps": at_rate(15),
    "60 fps": at_rate(60),
    "120 fps": at_rate(120),
    "played backwards": backwards,
    "mirrored": mirrored,
    "turned and moved": moved,
}
"""Name -> function of a sequence and a generator of random numbers."""
