"""Mistakes recognised in lifted repetitions as a whole.

A rule looks at one measure in one phase.  What one camera hides of it often shows elsewhere: heels that leave the floor
lift the ankles, knees that sink inward take the shins with them, and a lifter errs alike in like repetitions.  So for a
known lifter every rule has a score of the whole repetition, the rule's own measure above all, and the direction of the
camera: the mean of what a logistic regression and a network of one hidden layer say.  They are learned from the studio,
where what was done is known exactly (:mod:`fitlab.evaluation.lifted_measures`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from fitlab.analysis.features import Description
from fitlab.analysis.lifting_errors import AZIMUTHS, described
from fitlab.exercises import Measure, Mistake

FAMILIES = ("posture", "motion")
"""Of :mod:`fitlab.analysis.features`; a mistake is not a matter of tempo."""
OWN, VIEWED = 20.0, 3.0
"""Times a column that a ridge penalty holds less back: the rule's own measure, and from where it was seen."""
_FAR = 5.0  # standard deviations beyond which a column says no more


@dataclass(frozen=True, eq=False)
class HiddenLayer:
    """Units that an exercise's rules share, each a smooth ramp (GELU: Hendrycks and Gimpel 2016) of a weighted sum.

    Parameters
    ----------
    weights : (K + A, H)
        Of K components and how near the camera is to each of A azimuths.
    offset : (H,)
    """

    weights: np.ndarray
    offset: np.ndarray

    def __call__(self, components: np.ndarray, azimuth_deg: float | np.ndarray) -> np.ndarray:
        """The units (..., H) for components (..., K) seen from an azimuth (...) in degrees."""
        sums = np.concatenate([components, near(azimuth_deg)], axis=-1) @ self.weights + self.offset
        return sums * ndtr(sums)


@dataclass(frozen=True, eq=False)
class Recogniser:
    """One mistake.

    Parameters
    ----------
    rule : str
        What was learned, see :func:`identity`: of another rule of the same name it knows nothing.
    weights : (K,)
        Of the components.
    hidden : (H,)
        Of the hidden units.
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
    hidden: np.ndarray
    about: np.ndarray
    centre: float
    spread: float
    offset: float
    neutral: float

    def __call__(
        self, components: np.ndarray, units: np.ndarray, value: float | np.ndarray, azimuth_deg: float | np.ndarray
    ) -> np.ndarray:
        """The probability (...) for components (..., K), units (..., H), measure and azimuth (...) in degrees."""
        own = (np.asarray(value, float) - self.centre) / self.spread
        logit = components @ self.weights + units @ self.hidden + about(own, azimuth_deg) @ self.about + self.offset
        return expit(logit)


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
    basis : (F, K)
        Of the components; all exercises have the same.
    hidden : HiddenLayer
    recognisers : mistake -> Recogniser
    """

    joints: tuple[str, ...]
    centre: np.ndarray
    spread: np.ndarray
    limit: float
    basis: np.ndarray
    hidden: HiddenLayer
    recognisers: Mapping[str, Recogniser]

    def components(self, seen: Description) -> np.ndarray | None:
        """Those (K,) of a lifted repetition; None if it hides a joint or resembles no example."""
        if not set(self.joints) <= set(seen.joints):
            return None
        scores = standard(columns(seen.restricted(self.joints)), self.centre, self.spread)
        if np.mean(scores**2) > self.limit:
            return None
        return scores.astype(self.basis.dtype) @ self.basis  # else the basis would be copied into double precision

    def knows(self, rule: Mistake, measure: Measure) -> bool:
        """Whether this very rule was learned."""
        known = self.recognisers.get(rule.name)
        return known is not None and known.rule == identity(rule, measure)

    def probability(
        self, rule: Mistake, measure: Measure, components: np.ndarray, value: float, azimuth_deg: float
    ) -> tuple[float, float] | None:
        """How likely a rule's mistake was made in a repetition, if mistakes are not rare.

        Parameters
        ----------
        components : (K,)
            Of the repetition, see :meth:`components`.
        value : float
            The rule's measure as lifted, in its unit; NaN if it is not to be had.
        azimuth_deg : float in [0, 180]

        Returns
        -------
        probability, neutral : float
            The latter is what the former would be if the repetition showed nothing; None if the rule was not learned.
        """
        if not self.knows(rule, measure):
            return None
        known = self.recognisers[rule.name]
        units = self.hidden(components, azimuth_deg)
        return float(known(components, units, value, azimuth_deg)), known.neutral


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
    from_there = near(azimuth_deg)
    return np.concatenate([OWN * value, OWN * value * from_there, VIEWED * from_there], axis=-1)


def near(azimuth_deg: float | np.ndarray) -> np.ndarray:
    """(..., A) in [0, 1]: how near a camera at an azimuth (...) in degrees is to each of the known ones."""
    width = AZIMUTHS[1] - AZIMUTHS[0]
    return np.clip(1 - np.abs(np.asarray(azimuth_deg, float)[..., None] - np.array(AZIMUTHS)) / width, 0, None)


def standard(values: np.ndarray, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Standard scores, at most five deviations."""
    return np.clip((values - centre) / spread, -_FAR, _FAR)
