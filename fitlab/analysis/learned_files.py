"""Learned mistakes as files: arrays and one JSON text in an npz, nothing that could be run."""

import json
import os
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np

from fitlab.analysis.features import FAMILIES
from fitlab.analysis.learned import Evidence, LearnedMistake
from fitlab.analysis.logistic import Linear
from fitlab.errors import InputError
from fitlab.files import written_whole

_FORMAT = "fitlab learned mistake 1"
_ARRAYS = ("centre", "spread", "weights")
_DAMAGED = (zipfile.BadZipFile, zlib.error)


def save_learned(model: LearnedMistake, path: str | os.PathLike[str]) -> Path:
    """Writes a learned mistake to ``path``, which must end in ``.npz``; returns it.  float64, loads exactly."""
    target = Path(path)
    if target.suffix != ".npz":
        raise InputError(f"path must end in .npz, got {target}; rename it")
    about = {
        "format": _FORMAT,
        "name": model.name,
        "joints": model.joints,
        "scales": model.scales,
        "offsets": {family: model.votes[family].offset for family in FAMILIES},
        "slope": model.slope,
        "offset": model.offset,
        "personal": model.personal,
        "novelty_limit": model.novelty_limit,
        "evidence": asdict(model.evidence),
    }
    arrays = {f"{family}_{part}": getattr(model.votes[family], part) for family in FAMILIES for part in _ARRAYS}
    with written_whole(target) as partial:
        np.savez_compressed(partial, about=np.array(json.dumps(about)), template=model.template, **arrays)
    return target


def load_learned(path: str | os.PathLike[str]) -> LearnedMistake:
    """Reads what :func:`save_learned` wrote.

    Raises
    ------
    InputError
        If there is no such file or it holds something else.
    """
    if not Path(path).is_file():
        raise InputError(f"{path} must be a file of save_learned, got no such file; check the path")
    try:
        with np.load(path, allow_pickle=False) as archive:
            about = json.loads(str(archive["about"]))
            if about["format"] != _FORMAT:
                raise ValueError(f"format {about['format']!r}")
            votes = {
                family: Linear(
                    **{part: archive[f"{family}_{part}"] for part in _ARRAYS}, offset=float(about["offsets"][family])
                )
                for family in FAMILIES
            }
            return LearnedMistake(
                name=about["name"],
                joints=tuple(about["joints"]),
                template=archive["template"],
                votes=votes,
                scales=about["scales"],
                slope=about["slope"],
                offset=about["offset"],
                personal=about["personal"],
                novelty_limit=about["novelty_limit"],
                evidence=Evidence(**about["evidence"]),
            )
    except (ValueError, LookupError, TypeError, AttributeError, OSError, EOFError, *_DAMAGED) as error:
        raise InputError(
            f"{path} must be a file of save_learned, got {error}; learn again, or update fitlab where it is newer"
        ) from None
