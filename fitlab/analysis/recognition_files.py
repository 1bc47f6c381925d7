"""What was learned of mistakes in whole repetitions, on disk."""

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.analysis.lifting_errors import AZIMUTHS
from fitlab.analysis.recognition import HiddenLayer, Recogniser, Recognition
from fitlab.errors import InputError
from fitlab.files import written_whole

_FORMAT = "fitlab recognition 3"
_DAMAGED = (zipfile.BadZipFile, zlib.error)
_PARTS = ("columns", "weights", "hidden", "about", "layer")


def write_recognition(found: Mapping[str, Recognition], path: str | os.PathLike[str]) -> None:
    """Writes what is recognised, by exercise, as arrays and one JSON text in an npz.

    Raises ValueError if the exercises have not all the same basis: it is written once.
    """
    bases = [one.basis for one in found.values()]
    if any(not np.array_equal(basis, bases[0]) for basis in bases):
        raise ValueError("all exercises must have the same basis")
    arrays: dict[str, Any] = {"format": np.array(_FORMAT), "basis": bases[0].astype(np.float16)}
    texts = {}
    for exercise, one in found.items():
        known = one.recognisers
        texts[exercise] = {
            "joints": one.joints,
            "limit": round(one.limit, 4),
            "rules": {
                name: {"rule": r.rule, "centre": r.centre, "spread": r.spread, "neutral": round(r.neutral, 4)}
                for name, r in known.items()
            },
        }
        arrays[f"{exercise}.columns"] = np.stack([one.centre, one.spread]).astype(np.float32)
        # Half precision: many weights add up to a logit, of which two digits matter.
        arrays[f"{exercise}.weights"] = np.stack([r.weights for r in known.values()]).astype(np.float16)
        arrays[f"{exercise}.hidden"] = np.stack([r.hidden for r in known.values()]).astype(np.float16)
        about = [np.append(r.about, r.offset) for r in known.values()]
        arrays[f"{exercise}.about"] = np.stack(about).astype(np.float32)
        arrays[f"{exercise}.layer"] = np.vstack([one.hidden.weights, one.hidden.offset]).astype(np.float16)
    arrays["about"] = np.array(json.dumps(texts))
    with written_whole(path) as partial, Path(partial).open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_recognition(path: str | os.PathLike[str]) -> dict[str, Recognition]:
    """What :func:`write_recognition` wrote; raises InputError for any other file."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if str(archive["format"]) != _FORMAT:
                raise ValueError(f"format {archive['format']}")
            basis = archive["basis"].astype(np.float32)
            return {
                exercise: _read(text, basis, *(archive[f"{exercise}.{part}"].astype(float) for part in _PARTS))
                for exercise, text in json.loads(str(archive["about"])).items()
            }
    except (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, *_DAMAGED) as error:
        raise InputError(
            f"what is recognised must be a file of fitlab.evaluation.lifted_measures, got {str(path)!r}: {error}; "
            "make it again"
        ) from error


def _read(
    text: dict[str, Any],
    basis: np.ndarray,
    scale: np.ndarray,
    weights: np.ndarray,
    hidden: np.ndarray,
    about: np.ndarray,
    layer: np.ndarray,
) -> Recognition:
    rules = text["rules"]
    recognisers = {
        name: Recogniser(known["rule"], own, units, seen[:-1], known["centre"], known["spread"], float(seen[-1]),
                         float(known["neutral"]))
        for (name, known), own, units, seen in zip(rules.items(), weights, hidden, about, strict=True)
    }  # fmt: skip
    if not all(0 < one.neutral < 1 for one in recognisers.values()):  # NaN: no
        raise ValueError("a neutral probability that is none")
    centre, spread = scale
    columns, components = basis.shape
    if (
        centre.shape != (columns,)
        or weights.shape != (len(rules), components)
        or hidden.shape != (len(rules), layer.shape[1])
        or about.shape != (len(rules), 2 + 2 * len(AZIMUTHS))
        or layer.shape[0] != components + len(AZIMUTHS) + 1
    ):
        raise ValueError("arrays of sizes that do not belong together")
    return Recognition(
        tuple(text["joints"]), centre, spread, float(text["limit"]), basis, HiddenLayer(layer[:-1], layer[-1]),
        recognisers,
    )  # fmt: skip
