"""Observed errors on disk: photographs, and what was learned from them."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from fitlab.evaluation.lifted_measures.observed import FOLDS, Expected, ObservedErrors, Rest, learn_errors
from fitlab.evaluation.lifted_measures.performing import performances
from fitlab.evaluation.lifted_measures.photographs import Photographing, photographed
from fitlab.files import written_whole

ROUNDS = 10
"""Of takes that are photographed."""
_LAYERS = range(3)
_PHOTOGRAPHS = "photographs"


@dataclass(frozen=True)
class ErrorsFile:
    """Where observed errors are, named after what they rest on; goes to every process, which reads it once."""

    path: Path

    @cached_property
    def errors(self) -> ObservedErrors:
        """Those in the file."""
        return read_observed(self.path)


def observed_errors(folder: Path, workers: int, photographing: Photographing | None = None) -> ErrorsFile:
    """The errors in photographs of :data:`ROUNDS` rounds of takes, made and learned as far as ``folder`` lacks them."""
    photographing = photographing or Photographing()
    digest = hashlib.sha256(f"{photographing.digest()} {ROUNDS}".encode())
    for source in ("observed.py", "imitation.py"):
        digest.update(Path(__file__).with_name(source).read_bytes())
    path = folder / f"errors-{digest.hexdigest()[:12]}.npz"
    if not path.exists():
        takes = range(ROUNDS * len(performances()))
        write_observed(learn_errors(photographed(folder / _PHOTOGRAPHS, photographing, takes, workers)), path)
    return ErrorsFile(path)


def write_observed(errors: ObservedErrors, path: Path) -> None:
    """An npz, whole or not at all."""
    arrays: dict[str, np.ndarray] = {}
    for fold, expected in enumerate(errors.expected):
        arrays |= {f"centre_{fold}": expected.centre, f"spread_{fold}": expected.spread}
        for layer, (weights, offset) in enumerate(expected.layers):
            arrays |= {f"weights_{fold}_{layer}": weights, f"offset_{fold}_{layer}": offset}
    for rest in (rest for rests in errors.rests.values() for rest in rests):
        arrays |= {f"azimuth_{rest.take}": np.array(rest.azimuth_deg), f"shares_{rest.take}": rest.shares}
        arrays |= {f"errors_{rest.take}": rest.errors, f"confidence_{rest.take}": rest.confidence}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes them for allow_pickle


def read_observed(path: Path) -> ObservedErrors:
    """What :func:`write_observed` wrote."""
    rests = defaultdict(list)
    with np.load(path) as kept:
        expected = [
            Expected(
                kept[f"centre_{fold}"],
                kept[f"spread_{fold}"],
                [(kept[f"weights_{fold}_{layer}"], kept[f"offset_{fold}_{layer}"]) for layer in _LAYERS],
            )
            for fold in range(FOLDS)
        ]
        for take in sorted(int(name.removeprefix("shares_")) for name in kept.files if name.startswith("shares_")):
            columns = (kept[f"{part}_{take}"] for part in ("shares", "errors", "confidence"))
            exercise, _ = performances()[take % len(performances())]
            rests[exercise].append(Rest(take, float(kept[f"azimuth_{take}"]), *columns))
    return ObservedErrors(expected, dict(rests))
