"""Mistakes recognised in lifted repetitions as a whole.

A rule looks at one measure in one phase.  What one camera hides of it often shows elsewhere: heels that leave the floor
lift the ankles, knees that sink inward take the shins with them, and a lifter errs alike in like repetitions.  So for a
known lifter every rule has a logistic regression that reads the whole repetition, the rule's own measure above all, and
the direction of the camera.  It is learned from the studio, where what was done is known exactly
(:mod:`fitlab.evaluation.lifted_measures`).
"""

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from fitlab.analysis.features import Description
from fitlab.analysis.lifting_errors import AZIMUTHS, described
from fitlab.errors import InputError
from fitlab.exercises import Measure, Mistake
from fitlab.files import written_whole

FAMILIES = ("posture", "motion")
"""Of :mod:`fitlab.analysis.features`; a mistake is not a matter of tempo."""
OWN, VIEWED = 20.0, 3.0
"""Times a column that a ridge penalty holds less back: the rule's own measure, and from where it was seen."""
_FAR = 5.0  # standard deviations beyond which a column says no more


@dataclass(frozen=True, eq=False)
class Recogniser:
    """One mistake.

    Parameters
    ----------
    rule : str
        What was learned, see :func:`identity`: of another rule of the same name it knows nothing.
    weights : (F,)
        Of the standardised columns of :func:`columns`.
    about : (1 + 2 A,)
        Of the standardised measure, the same in each of the A azimuths, and of these; see :func:`about`.
    centre, spread : float
        Of the measure as lifted, in its unit.
    offset : float
        To the logit.
    neutral : float
        The probability where a repetition shows nothing of the mistake.
    """

    rule: str
    weights: np.ndarray
    about: np.ndarray
    centre: float
    spread: float
    offset: float
    neutral: float

    def __call__(self, scores: np.ndarray, value: float | np.ndarray, azimuth_deg: float | np.ndarray) -> np.ndarray:
        """The probability (...) for standardised columns (..., F) and the measure and azimuth (...) in degrees."""
        own = (np.asarray(value, float) - self.centre) / self.spread
        return expit(scores @ self.weights + about(own, azimuth_deg) @ self.about + self.offset)


@dataclass(frozen=True, eq=False)
class Recognition:
    """What can be recognised in the repetitions of an exercise.

    Parameters
    ----------
    joints : tuple of str
        That a repetition must show.
    centre, spread : (F,)
        Of the columns.
    limit : float
        Mean squared standard score of the columns beyond which a repetition resembles none that was learned from.
    recognisers : mistake -> Recogniser
    """

    joints: tuple[str, ...]
    centre: np.ndarray
    spread: np.ndarray
    limit: float
    recognisers: Mapping[str, Recogniser]

    def scores(self, seen: Description) -> np.ndarray | None:
        """The standardised columns (F,) of a lifted repetition; None if it hides a joint or resembles no example."""
        if not set(self.joints) <= set(seen.joints):
            return None
        scores = standard(columns(seen.restricted(self.joints)), self.centre, self.spread)
        return scores if np.mean(scores**2) <= self.limit else None

    def probability(
        self, rule: Mistake, measure: Measure, scores: np.ndarray, value: float, azimuth_deg: float
    ) -> tuple[float, float] | None:
        """How likely a rule's mistake was made in a repetition, if mistakes are not rare.

        Parameters
        ----------
        scores : (F,)
            Of the repetition, see :meth:`scores`.
        value : float
            The rule's measure as lifted, in its unit; NaN if the skeleton has no joints for it.
        azimuth_deg : float in [0, 180]

        Returns
        -------
        probability, neutral : float
            The latter is what the former would be if the repetition showed nothing; None if the rule was not learned.
        """
        known = self.recognisers.get(rule.name)
        if known is None or known.rule != identity(rule, measure):
            return None
        return float(known(scores, value, azimuth_deg)), known.neutral


def identity(rule: Mistake, measure: Measure) -> str:
    """What the rule looks at and its threshold, in one line; how phases are cut is not part of it."""
    return f"{described(rule, measure)}; {rule.threshold:g}"


def columns(seen: Description) -> np.ndarray:
    """(F,) of a repetition: the mean of it and its mirror image, and how far these are apart. No side counts more."""
    found = []
    for family in FAMILIES:
        own, mirrored = seen.families[family]
        found += [(own + mirrored) / 2, np.abs(own - mirrored)]
    return np.concatenate(found)


def about(own: float | np.ndarray, azimuth_deg: float | np.ndarray) -> np.ndarray:
    """(..., 1 + 2 A) columns of a standardised measure (NaN: as usual) and the azimuth that it was seen from."""
    value = np.clip(np.nan_to_num(np.asarray(own, float)), -_FAR, _FAR)[..., None]
    width = AZIMUTHS[1] - AZIMUTHS[0]
    near = np.clip(1 - np.abs(np.asarray(azimuth_deg, float)[..., None] - np.array(AZIMUTHS)) / width, 0, None)
    return np.concatenate([OWN * value, OWN * value * near, VIEWED * near], axis=-1)


def standard(values: np.ndarray, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Standard scores, at most five deviations."""
    return np.clip((values - centre) / spread, -_FAR, _FAR)


_FORMAT = "fitlab recognition 2"
_DAMAGED = (zipfile.BadZipFile, zlib.error)


def write_recognition(found: Mapping[str, Recognition], path: str | os.PathLike[str]) -> None:
    """Writes what is recognised, by exercise, as arrays and one JSON text in an npz."""
    arrays: dict[str, Any] = {"format": np.array(_FORMAT)}
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
        # Half precision: the weights of many columns add up to a logit, of which two digits matter.
        arrays[f"{exercise}.weights"] = np.stack([r.weights for r in known.values()]).astype(np.float16)
        about = [np.append(r.about, r.offset) for r in known.values()]
        arrays[f"{exercise}.about"] = np.stack(about).astype(np.float32)
    arrays["about"] = np.array(json.dumps(texts))
    with written_whole(path) as partial, Path(partial).open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_recognition(path: str | os.PathLike[str]) -> dict[str, Recognition]:
    """What :func:`write_recognition` wrote; raises InputError for any other file."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if str(archive["format"]) != _FORMAT:
                raise ValueError(f"format {archive['format']}")
            return {
                exercise: _read(text, *(archive[f"{exercise}.{part}"] for part in ("columns", "weights", "about")))
                for exercise, text in json.loads(str(archive["about"])).items()
            }
    except (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, *_DAMAGED) as error:
        raise InputError(
            f"what is recognised must be a file of fitlab.evaluation.lifted_measures, got {str(path)!r}: {error}; "
            "make it again"
        ) from error


def _read(text: dict[str, Any], scale: np.ndarray, weights: np.ndarray, about: np.ndarray) -> Recognition:
    rules = text["rules"]
    recognisers = {
        name: Recogniser(known["rule"], row.astype(float), own[:-1].astype(float), known["centre"], known["spread"],
                         float(own[-1]), float(known["neutral"]))
        for (name, known), row, own in zip(rules.items(), weights, about, strict=True)
    }  # fmt: skip
    if not all(0 < one.neutral < 1 for one in recognisers.values()):  # NaN: no
        raise ValueError("a neutral probability that is none")
    centre, spread = scale.astype(float)
    if weights.shape != (len(rules), len(centre)) or about.shape != (len(rules), 2 + 2 * len(AZIMUTHS)):
        raise ValueError(f"weights of shape {weights.shape} and {about.shape}")
    return Recognition(tuple(text["joints"]), centre, spread, float(text["limit"]), recognisers)
