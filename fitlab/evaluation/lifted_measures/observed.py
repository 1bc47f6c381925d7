"""Errors that the default detector was observed to make, put onto other people's takes.

An error has two parts: what is to be expected of a pose, seen from there (the detector draws unusual postures to usual
ones), which a small network learns from the photographs; and the rest, which belongs to a person, their clothes and
light, and comes from the photograph of somebody else in the same exercise, seen from about the same side, at the same
share of the repetition.  (Of other rounds, whatever their fold: a photograph's rest may be on takes that are learned
from and on takes that are held out.)
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from fitlab.analysis.recognition import standard
from fitlab.evaluation.lifted_measures.imitation import behind
from fitlab.evaluation.lifted_measures.performing import performances
from fitlab.evaluation.lifted_measures.photographs import Photograph, azimuth_of
from fitlab.geometry import Camera, project_poses
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.skeletons import COCO17

FOLDS = 5
"""By round of takes: what is expected of a person was learned from others."""
_JOINTS = len(COCO17)
_MIRROR = list(COCO17.mirror)
_UNITS, _STEPS, _BATCH, _RATE, _DECAY, _DROPOUT = 192, 3500, 512, 2e-3, 0.02, 0.2
_UNIT, _MOST = 0.02, 0.15  # of the person's size: an error of the network's outputs, and what it learns of larger ones
_LEAST_SPREAD = 0.05  # of inputs: what the body hardly ever hides must not shout when it does
_NEAREST = 6  # photographs among which the one is drawn
_JITTER = 0.0015  # of the person's size: what changes from frame to frame


class Expected(NamedTuple):
    """A network of two hidden layers; ``layers`` are weights (in, out) and offsets (out,), inputs are standardised."""

    centre: np.ndarray
    spread: np.ndarray
    layers: list[tuple[np.ndarray, np.ndarray]]

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """The error (n, 17, 2) to be expected for inputs (n, F), in shares of the person's size."""
        values = standard(inputs, self.centre, self.spread)
        for number, (weights, offset) in enumerate(self.layers):
            values = (np.maximum(values, 0) if number else values) @ weights + offset
        return values.reshape(-1, _JOINTS, 2) * _UNIT


class Rest(NamedTuple):
    """What a photograph's errors are beyond the expected: at each of n shares of its repetitions."""

    take: int
    azimuth_deg: float
    shares: np.ndarray
    errors: np.ndarray
    confidence: np.ndarray


@dataclass(frozen=True, eq=False)
class ObservedErrors:
    """See the module.

    Parameters
    ----------
    expected : Expected for each of :data:`FOLDS`
        Learned from the people of the other folds.
    rests : exercise -> list of Rest
    """

    expected: list[Expected]
    rests: dict[str, list[Rest]]

    def seen(
        self, take: int, coco: PoseSequence, repetitions: Sequence[tuple[int, int]], camera: Camera, seed: int
    ) -> PoseSequence:
        """The pixels (T, 17, 2), image space, of take number ``take``, (T, 17, 3) in world space, with errors."""
        rng = np.random.default_rng(seed)
        image = project_poses(coco, camera)
        inputs, exact, size = _inputs(camera.camera_from_world(coco.positions.astype(np.float64)), camera)
        azimuth = azimuth_of(coco.positions, camera)
        exercise, round_ = performances()[take % len(performances())][0], _round(take)
        others = [rest for rest in self.rests[exercise] if _round(rest.take) != round_]
        apart = np.array(
            [min(_apart(rest.azimuth_deg, azimuth), _apart(-rest.azimuth_deg, azimuth)) for rest in others]
        )
        chosen = others[int(rng.choice(np.argsort(apart, kind="stable")[:_NEAREST]))]
        errors, confidence = chosen.errors, chosen.confidence
        if _apart(-chosen.azimuth_deg, azimuth) < _apart(chosen.azimuth_deg, azimuth):  # in the mirror
            errors, confidence = errors[:, _MIRROR] * [-1, 1], confidence[:, _MIRROR]
        shares = _shares(np.asarray(repetitions), np.arange(len(exact)))
        errors = _between(shares, chosen.shares, errors) + self.expected[round_ % FOLDS](inputs)
        errors = errors + rng.normal(0, _JITTER, errors.shape)
        return image.replace(
            "observed()",
            positions=(exact + errors * size).astype(np.float32),
            confidence=_between(shares, chosen.shares, confidence).astype(np.float32),
        )


def learn_errors(photographs: Sequence[Photograph], seed: int = 0) -> ObservedErrors:
    """What is expected, and the rest, of photographs of at least two rounds of takes.

    Raises ValueError where an exercise was photographed in one round, or all were in one fold.
    """
    rounds = defaultdict(set)
    for one in photographs:
        rounds[one.exercise].add(_round(one.take))
    folds = {_round(one.take) % FOLDS for one in photographs}
    if len(folds) < 2 or any(len(of_exercise) < 2 for of_exercise in rounds.values()):
        raise ValueError("photographs must show every exercise in two rounds, so that errors are other people's")
    seen = [(one, *_errors(one)) for one in photographs]
    fold = np.array([_round(one.take) % FOLDS for one in photographs])
    expected = []
    for held in progress(range(FOLDS), "errors to expect", unit="fold"):
        others = [number for number in range(len(seen)) if fold[number] != held]
        inputs, errors = (np.concatenate([seen[number][part] for number in others]) for part in (1, 2))
        expected.append(_fit(inputs, errors, seed))
    rests = defaultdict(list)
    for (one, inputs, errors), held in zip(seen, fold, strict=True):
        rest = (errors - expected[held](inputs)).astype(np.float32)
        rests[one.exercise].append(
            Rest(one.take, one.azimuth_deg, _shares(one.repetitions, one.frames), rest, one.confidence)
        )
    return ObservedErrors(expected, dict(rests))


def _errors(photograph: Photograph) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, F) of the network and the errors (n, 17, 2) in shares of the person's size."""
    inputs, exact, size = _inputs(photograph.points, photograph.camera)
    return inputs, (photograph.detected - exact) / size


def _inputs(points: np.ndarray, camera: Camera) -> tuple[np.ndarray, np.ndarray, float]:
    """What errors are expected from, (n, 4 x 17); the joints' pixels (n, 17, 2), and the person's size in pixels.

    Of joints (n, 17, 3) in camera space: where each is in the person's box, how near, and whether the body hides it.
    """
    exact = points[..., :2] / points[..., 2:] * np.array(camera.focal) + np.array(camera.centre)
    size = float(np.linalg.norm(np.ptp(exact, axis=1), axis=-1).mean())
    middle = (exact.min(axis=1, keepdims=True) + exact.max(axis=1, keepdims=True)) / 2
    metres = np.linalg.norm(np.ptp(points[..., :2], axis=1), axis=-1).mean()
    depth = (points[..., 2] - points[..., 2].mean(axis=1, keepdims=True)) / metres
    hidden = behind(points).astype(float)
    return np.concatenate([((exact - middle) / size).reshape(len(points), -1), depth, hidden], axis=1), exact, size


def _fit(inputs: np.ndarray, errors: np.ndarray, seed: int) -> Expected:
    """Learns from poses as they are and in the mirror, by a loss that far errors do not rule."""
    places, depth, hidden = np.split(inputs, [2 * _JOINTS, 3 * _JOINTS], axis=1)
    places = (places.reshape(-1, _JOINTS, 2)[:, _MIRROR] * [-1, 1]).reshape(len(places), -1)
    inputs = np.concatenate([inputs, np.concatenate([places, depth[:, _MIRROR], hidden[:, _MIRROR]], axis=1)])
    errors = np.concatenate([errors, errors[:, _MIRROR] * [-1, 1]])
    centre, spread = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), _LEAST_SPREAD)
    x = torch.from_numpy(standard(inputs, centre, spread)).float()
    y = torch.from_numpy(np.clip(errors, -_MOST, _MOST).reshape(len(errors), -1) / _UNIT).float()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        linear = [nn.Linear(x.shape[1], _UNITS), nn.Linear(_UNITS, _UNITS), nn.Linear(_UNITS, y.shape[1])]
        network = nn.Sequential(
            *(linear[0], nn.ReLU(), nn.Dropout(_DROPOUT), linear[1], nn.ReLU(), nn.Dropout(_DROPOUT), linear[2])
        )
        optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=_STEPS)
        for _ in range(_STEPS):
            own = torch.randint(len(x), (_BATCH,))
            loss = nn.functional.smooth_l1_loss(network(x[own]), y[own])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    layers = [
        (part.weight.detach().numpy().T.astype(float), part.bias.detach().numpy().astype(float)) for part in linear
    ]
    return Expected(centre, spread, layers)


def _round(take: int) -> int:
    return take // len(performances())


def _apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def _shares(repetitions: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """(n,) number of the repetition plus the share of it that has passed; between two, the end of the first."""
    starts, stops = repetitions.T
    number = np.maximum(np.searchsorted(starts, frames, side="right") - 1, 0)
    passed = (frames - starts[number]) / np.maximum(stops[number] - 1 - starts[number], 1)
    return number + 0.999 * np.clip(passed, 0, 1)


def _between(at: np.ndarray, known_at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``values`` (n, ...) known at ``known_at`` (n,), on straight lines between them: (m, ...)."""
    flat = values.reshape(len(values), -1)
    return np.stack([np.interp(at, known_at, column) for column in flat.T], axis=1).reshape(len(at), *values.shape[1:])
