"""What is known of a lifted person beside the poses: how they were seen, and what their measures probably were."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import log_ndtr, ndtr

from fitlab.analysis.features import describe, shown
from fitlab.analysis.lifting_errors import Errors, MeasureError, described
from fitlab.analysis.measures import facing_left
from fitlab.analysis.recognition import Recognition
from fitlab.analysis.results import Phase, Repetition
from fitlab.errors import InputError
from fitlab.exercises import Exercise, Measure, Mistake
from fitlab.poses import PoseSequence

SURE = 0.75
"""Probability of being right below which a lifted measure is no answer; see experiments/lifted_measures."""
ONE_SIDED_95 = 1.645  # standard deviations
WHOLE, VALUE, MARGIN = "the whole repetition, else the corrected value", "the corrected value", "its margin alone"
"""What a mistake is judged by in lifted poses; holds are by the corrected value throughout."""
_RANGES = {"joint_angle": (0.0, 180.0), "inclination": (0.0, 180.0), "elevation": (-90.0, 90.0), "slope": (0.0, 90.0)}


@dataclass(frozen=True, eq=False)
class View:
    """How a lifted person was seen.

    Parameters
    ----------
    towards_camera : (3,)
        Direction in the world in which the camera is, of any length; its horizontal part counts.
    errors : Errors
        Of the lifter.
    recognition : exercise -> Recognition, optional
        What whole repetitions tell of the same lifter.
    """

    towards_camera: np.ndarray
    errors: Errors
    recognition: Mapping[str, Recognition] = field(default_factory=dict)

    def azimuths(self, left: np.ndarray) -> np.ndarray:
        """Degrees (T,) in [0, 180] between the person's facing and the camera.

        ``left`` (T, 3) is the person's left as :func:`fitlab.analysis.measures.facing_left` gives it.
        """
        ahead = np.stack([left[:, 1], -left[:, 0]], axis=1)  # left x up
        camera = np.asarray(self.towards_camera, float)[:2]
        return np.degrees(np.arccos(np.clip(ahead @ camera / max(np.linalg.norm(camera), 1e-9), -1, 1)))


@dataclass(frozen=True)
class Reading:
    """A rule's measure in a lifted repetition.

    Parameters
    ----------
    value : float
        What it probably was, in the measure's unit; NaN if it is not to be had.
    deviation : float
        Standard deviation of that.
    probability : float
        That the mistake was made, if mistakes are not rare; NaN if nothing is known.
    azimuth_deg : float
        From which it was seen; NaN if hips and shoulders are hidden.
    recognised : bool
        Whether the probability is that of the repetition as a whole, not of the value.
    by_value : float
        The probability by the value alone.
    neutral : float
        What the probability would be if nothing were seen.
    alone : float
        What the probability was before the other repetitions of the clip had a say; NaN: they had none yet.
    """

    value: float
    deviation: float
    probability: float
    azimuth_deg: float
    recognised: bool = False
    by_value: float = float("nan")
    neutral: float = 0.5
    alone: float = float("nan")

    @property
    def heard(self) -> bool:
        """Whether the other repetitions moved the probability, by half a per cent at least."""
        return abs(self.probability - self.alone) >= 0.005

    @property
    def decided(self) -> bool:
        """Whether there would be no answer, or the other one, but for the other repetitions."""
        return _answer(self.probability) is not None and _answer(self.probability) != _answer(self.alone)

    def settled(self, rule: Mistake, measure: Measure, likely: float) -> "Reading":
        """What is said in the end, with the probability ``likely`` that the other repetitions leave of its own.

        The value becomes the mean of what the error leaves open on either side of the threshold, weighted by how likely
        they are; where a recognised repetition is answered, on the likely side alone.  It stays what it was where it
        alone tells.
        """
        said = replace(self, probability=likely, alone=self.probability)
        if np.isnan(self.value) or not (self.recognised or said.heard):
            return said
        sign = 1.0 if rule.direction == "above" else -1.0
        beyond, within = _sides(sign * (self.value - rule.threshold), self.deviation)
        excess = likely * beyond + (1 - likely) * within
        if self.recognised and _answer(likely) is not None:
            excess = beyond if _answer(likely) else within
        value = float(np.clip(rule.threshold + sign * excess, *_RANGES.get(measure.kind, (-np.inf, np.inf))))
        return replace(said, value=value)


def _answer(likely: float) -> bool | None:
    """Whether the mistake was made; None where that is not likely enough."""
    return None if 1 - SURE < likely < SURE else likely > 0.5


@dataclass(frozen=True, eq=False)
class Lifted:
    """A lifted person who does an exercise.

    Parameters
    ----------
    poses : PoseSequence in world space
        Of the joints that can be described.
    azimuths : (T,) degrees in [0, 180]
        Between the person's facing and the camera.
    errors : mistake -> MeasureError
    recognition : Recognition, optional
    """

    poses: PoseSequence
    azimuths: np.ndarray
    errors: Mapping[str, MeasureError]
    recognition: Recognition | None = None
    _components: dict[int, np.ndarray | None] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, poses: PoseSequence, exercise: Exercise, view: View | None) -> "Lifted | None":
        """How ``view`` saw a person in world space; None if it says nothing of the exercise."""
        if view is None:
            return None
        errors, recognition = view.errors.get(exercise.name, {}), view.recognition.get(exercise.name)
        if not errors and recognition is None:
            return None
        return cls(shown(poses), view.azimuths(facing_left(poses)), errors, recognition)

    def read(
        self, rule: Mistake, measure: Measure, rep: Repetition, phase: Phase, value: float, *, recognise: bool = True
    ) -> Reading | None:
        """What ``value``, a rule's measure as lifted (NaN: not to be had), says; None if nothing is known of the rule.

        The value is brought back by the error of the measure; how likely the mistake is tells the repetition as a whole
        where it is known, else the value.  Without ``recognise`` the value alone tells.
        """
        error = self._error(rule, measure)
        likely = self._recognised(rule, measure, rep, value) if recognise else None
        if likely is None and (error is None or not np.isfinite(value)):
            return None
        azimuth = self._azimuth(phase.start, phase.stop)
        if not np.isfinite(azimuth):
            return Reading(np.nan, np.nan, np.nan, azimuth)
        deviation = rule.margin / ONE_SIDED_95
        if error is not None:
            value, left_open = error.corrected(value, azimuth)
            deviation = max(deviation, left_open)
        value = float(np.clip(value, *_RANGES.get(measure.kind, (-np.inf, np.inf))))
        sign = 1.0 if rule.direction == "above" else -1.0
        by_value = float(ndtr(sign * (value - rule.threshold) / max(deviation, 1e-9)))
        if likely is None:
            return Reading(value, deviation, by_value, azimuth, by_value=by_value)
        return Reading(value, deviation, likely[0], azimuth, recognised=True, by_value=by_value, neutral=likely[1])

    def followed(
        self, rule: Mistake, measure: Measure, values: np.ndarray, start: int, stop: int
    ) -> tuple[np.ndarray, float]:
        """A rule's measure in the frames [start, stop) of ``values`` (T,) as it probably was, and the margin of that.

        Both are as they were, and the rule's own, where nothing is known of the rule or of the camera.
        """
        seen, margin, azimuth = values[start:stop], rule.margin, self._azimuth(start, stop)
        error = self._error(rule, measure)
        if error is None or not np.isfinite(azimuth):
            return seen, margin
        corrected, left_open = error.corrected(seen, azimuth)
        return corrected, max(margin, ONE_SIDED_95 * left_open)

    def _error(self, rule: Mistake, measure: Measure) -> MeasureError | None:
        return _error_of(self.errors, rule, measure)

    def _recognised(self, rule: Mistake, measure: Measure, rep: Repetition, value: float) -> tuple[float, float] | None:
        azimuth = self._azimuth(rep.start, rep.stop)
        if self.recognition is None or not np.isfinite(azimuth):
            return None
        if rep.index not in self._components:
            self._components[rep.index] = _components(self.recognition, self.poses[rep.start : rep.stop])
        components = self._components[rep.index]
        return None if components is None else self.recognition.probability(rule, measure, components, value, azimuth)

    def _azimuth(self, start: int, stop: int) -> float:
        there = self.azimuths[start:stop]
        known = there[np.isfinite(there)]
        return float(np.median(known)) if len(known) else np.nan


def judged_by(
    exercise: Exercise, errors: Errors, recognition: Mapping[str, Recognition]
) -> Mapping[str, tuple[str, ...]]:
    """How mistakes are judged in lifted poses (:data:`WHOLE`, :data:`VALUE`, :data:`MARGIN`) -> their names."""
    learned, whole = errors.get(exercise.name, {}), recognition.get(exercise.name)
    found: dict[str, tuple[str, ...]] = {}
    for rule in exercise.mistakes:
        measure = exercise.measures[rule.measure]
        if whole is not None and whole.knows(rule, measure):
            way = WHOLE
        else:
            way = VALUE if _error_of(learned, rule, measure) else MARGIN
        found[way] = (*found.get(way, ()), rule.name)
    return found


def _error_of(errors: Mapping[str, MeasureError], rule: Mistake, measure: Measure) -> MeasureError | None:
    error = errors.get(rule.name)
    return error if error is not None and error.rule == described(rule, measure) else None


def _components(recognition: Recognition, repetition: PoseSequence) -> np.ndarray | None:
    try:
        return recognition.components(describe(repetition))
    except InputError:  # too short, or too much of it hidden
        return None


def _sides(mean: float, deviation: float) -> tuple[float, float]:
    """The means of a normal variable above and below 0: those of the truncated one (Mills' ratio)."""
    if not deviation > 0:
        return max(mean, 0.0), min(mean, 0.0)
    at = mean / deviation
    density = -0.5 * at**2 - 0.5 * np.log(2 * np.pi)
    above = mean + deviation * np.exp(density - log_ndtr(at))
    below = mean - deviation * np.exp(density - log_ndtr(-at))
    return float(max(above, 0.0)), float(min(below, 0.0))
