"""Mistakes by rule: the median of a measure over a phase, against a threshold with a margin.

The median over a phase is what a noisy, lifted pose can be judged by: single frames jitter.  A rule
that cannot be answered honestly answers *cannot tell* and says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from fitlab.analysis.lifting_errors import MeasureError, described
from fitlab.analysis.measures import Curve
from fitlab.analysis.results import Phase, Repetition, Verdict
from fitlab.exercises import Exercise, Mistake

_LEAST_CONFIDENCE = 0.3
"""Median joint confidence over the phase below which a measure is not trusted."""
_LEAST_SHARE = 0.5
"""Share of the phase's frames in which the measure must be known."""
_SIDES = ("left", "right")
_ONE_SIDED_95 = 1.645  # standard deviations
_SURE = 0.75
"""Probability of being right below which a lifted measure is no answer; see experiments/lifted_measures."""


def judge_repetitions(
    exercise: Exercise,
    curves: Mapping[str, Curve],
    repetitions: Sequence[Repetition],
    phases: Sequence[Phase],
    errors: Mapping[str, MeasureError] | None = None,
    azimuths: np.ndarray | None = None,
) -> tuple[Verdict, ...]:
    """One verdict per repetition and rule, in order of repetitions, then rules.

    Parameters
    ----------
    errors : {mistake: MeasureError}, optional
        Of lifted poses: values are corrected by them, and an answer is given where by what they leave open it is right
        with a probability of 0.75, instead of outside of the rule's margin.  A rule that is not among them is judged as
        on exact poses.
    azimuths : (T,) degrees, optional
        Between the person's facing and the camera; needed with ``errors``.
    """
    verdicts = []
    of_repetition = {(phase.repetition, phase.name): phase for phase in reversed(phases)}  # the first of a name counts
    resting = {(phase.start, phase.name): phase for phase in reversed(phases) if phase.role == "rest"}
    known = _errors_of_its_rules(exercise, errors or {})
    for rep in repetitions:
        for rule in exercise.mistakes:
            # The repetition's phase of that name, or the rest that follows it.
            phase = of_repetition.get((rep.index, rule.phase)) or resting.get((rep.stop, rule.phase))
            seen = None
            if rule.name in known:
                azimuth = np.nan
                if phase is not None and azimuths is not None:
                    there = azimuths[phase.start : phase.stop]
                    azimuth = float(np.median(there[np.isfinite(there)])) if np.isfinite(there).any() else np.nan
                bounds = _RANGES.get(exercise.measures[rule.measure].kind, (-np.inf, np.inf))
                seen = _Seen(known[rule.name], azimuth, bounds)
            verdicts.append(_judge(rule, curves[rule.measure], rep, phase, seen))
    return tuple(verdicts)


def _errors_of_its_rules(exercise: Exercise, errors: Mapping[str, MeasureError]) -> dict[str, MeasureError]:
    """Those that were measured with the rules of ``exercise``, not with others of the same names."""
    return {
        rule.name: errors[rule.name]
        for rule in exercise.mistakes
        if rule.name in errors and errors[rule.name].rule == described(rule, exercise.measures[rule.measure])
    }


def judge_clip(exercise: Exercise, findings: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """One verdict per rule for the whole clip.

    Yes if a repetition has the mistake; cannot tell if none has it and fewer than half of the
    repetitions could be judged; else no.
    """
    return tuple(_over_clip(rule, [f for f in findings if f.mistake == rule.name]) for rule in exercise.mistakes)


@dataclass(frozen=True)
class _Seen:
    """The error of a rule's measure, the azimuth in degrees from which a repetition was seen, the measure's range."""

    error: MeasureError
    azimuth: float
    range: tuple[float, float]


_RANGES = {"joint_angle": (0.0, 180.0), "inclination": (0.0, 180.0), "elevation": (-90.0, 90.0), "slope": (0.0, 90.0)}


def _judge(rule: Mistake, curve: Curve, rep: Repetition, phase: Phase | None, seen: _Seen | None) -> Verdict:
    verdict = Verdict(rule.name, "cannot_tell", "", rule.joint_group, rule.phase, curve.unit, rep.index)
    if phase is None:
        reason = f"the clip does not show the phase {rule.phase!r} of this repetition"
        return replace(verdict, reason=reason, start=rep.start, stop=rep.stop)
    verdict = replace(verdict, start=phase.start, stop=phase.stop)
    value, side, reason = _value(rule, curve, slice(phase.start, phase.stop))
    if reason:
        return replace(verdict, reason=reason)

    unit = {"deg": "degrees"}.get(curve.unit, curve.unit)
    deviation, lifted = rule.margin / _ONE_SIDED_95, ""
    if seen is not None:
        if not np.isfinite(seen.azimuth):
            hidden = f"from where {rule.phase!r} was seen is unknown: hips and shoulders are hidden"
            return replace(verdict, reason=hidden)
        lifted = f" ({value:.1f} as lifted)"
        value, left_open = seen.error.corrected(value, seen.azimuth)
        value = float(np.clip(value, *seen.range))
        deviation = max(deviation, left_open)
    sign = 1.0 if rule.direction == "above" else -1.0
    excess = sign * (value - rule.threshold)
    measured = f"{side}{_words(rule.measure)} is {value:.1f} {unit} at {rule.phase!r}{lifted}"
    limit = f"{'at most' if sign > 0 else 'at least'} {rule.threshold:g}"
    verdict = replace(verdict, value=value, excess=excess, deviation=deviation)
    if seen is None and abs(excess) <= rule.margin:
        return replace(verdict, reason=f"{measured}, within {rule.margin:g} of the limit ({limit})")
    confidence = float(ndtr(abs(excess) / max(deviation, 1e-9)))
    if seen is not None and confidence < _SURE:
        far = f"may be off by {_ONE_SIDED_95 * deviation:.1f} when seen from {_words_of(seen.azimuth)}"
        return replace(verdict, reason=f"{measured} ({limit} is right), but {far}")
    if excess < 0:
        return replace(verdict, state="no", reason=f"{measured}, as it should be ({limit})", confidence=confidence)
    severity = float(np.clip(excess / abs(rule.severe - rule.threshold), 0, 1))
    reason = f"{measured}, should be {limit}"
    return replace(verdict, state="yes", reason=reason, severity=severity, confidence=confidence)


def _value(rule: Mistake, curve: Curve, frames: slice) -> tuple[float, str, str]:
    """The measure over the phase, the side that it is about ("left " or ""), and why it cannot be had ("")."""
    if curve.missing_joints:
        return np.nan, "", f"the skeleton has no {', '.join(curve.missing_joints)}"
    values, confidence = curve.values[frames], curve.confidence[frames]
    if values.ndim == 1:
        values, confidence = values[:, None], confidence[:, None]
    seen = ~np.isnan(values)  # (frames, sides)
    if (seen.mean(axis=0) < _LEAST_SHARE).any():
        return np.nan, "", f"{_words(rule.measure)} is hidden in most frames of {rule.phase!r}"
    trust = float(np.median(confidence, axis=0).min())
    if trust < _LEAST_CONFIDENCE:
        return np.nan, "", f"the joints of {_words(rule.measure)} are too uncertain (confidence {trust:.2f})"
    sides = np.array([np.median(side[known]) for side, known in zip(values.T, seen.T, strict=True)])
    if len(sides) == 1 or rule.sides == "mean":
        return float(sides.mean()), "", ""
    upper = (rule.direction == "above") == (rule.sides == "worst")
    chosen = int(np.argmax(sides) if upper else np.argmin(sides))
    return float(sides[chosen]), f"{_SIDES[chosen]} ", ""


def _over_clip(rule: Mistake, findings: list[Verdict]) -> Verdict:
    yes = [f for f in findings if f.state == "yes"]
    no = [f for f in findings if f.state == "no"]
    unsure = [f for f in findings if f.state == "cannot_tell"]
    count = len(findings)
    if yes:
        worst = max(yes, key=lambda finding: finding.severity)
        reason = f"in {len(yes)} of {count} repetitions; worst in {_ordinal(worst)}: {worst.reason}"
        return replace(worst, reason=reason, repetition=None, confidence=max(f.confidence for f in yes))
    if not findings:
        return Verdict(rule.name, "cannot_tell", "no repetition was found", rule.joint_group, rule.phase, "")
    if 2 * len(unsure) > count:
        reason = f"in {len(unsure)} of {count} repetitions it could not be told; in {_ordinal(unsure[0])}: "
        return replace(unsure[0], reason=reason + unsure[0].reason, repetition=None)
    nearest = max(no, key=lambda finding: finding.excess)
    reason = f"in none of {count} repetitions; nearest in {_ordinal(nearest)}: {nearest.reason}"
    return replace(nearest, reason=reason, repetition=None)


def _ordinal(finding: Verdict) -> str:
    return f"repetition {(finding.repetition or 0) + 1}"


def _words_of(azimuth: float) -> str:
    views = ("the front", "between front and side", "the side", "between side and back", "behind")
    return views[round(azimuth / 45)]


def _words(name: str) -> str:
    return name.replace("_", " ")
