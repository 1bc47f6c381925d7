"""Mistakes by rule: the median of a measure over a phase, against a threshold with a margin.

The median over a phase is what a noisy, lifted pose can be judged by: single frames jitter.  A rule
that cannot be answered honestly answers *cannot tell* and says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from fitlab.analysis.habits import together
from fitlab.analysis.lifted import ONE_SIDED_95, SURE, Lifted, Reading
from fitlab.analysis.measures import Curve
from fitlab.analysis.results import Phase, Repetition, Verdict
from fitlab.exercises import Exercise, Measure, Mistake

LEAST_CONFIDENCE = 0.2
"""Median joint confidence over the phase below which a measure is not trusted."""
LEAST_RECOGNISED = 0.1
"""The same for what a lifted repetition tells as a whole, of which the takes that taught it say (the default detector's
confidence: one joint in two hundred of those with observed errors is less sure than 0.2)."""
LEAST_SHARE = 0.5
"""Share of the phase's frames in which the measure must be known."""
_SIDES = ("left", "right")
_HALF = "it is a half repetition, and what lifting leaves of this mistake was learned from whole ones"
_HEARD = "; the other repetitions tell"
_CUT = "the clip shows only a part of this half repetition, and lifted poses are judged by whole ones"


def judge_repetitions(
    exercise: Exercise,
    curves: Mapping[str, Curve],
    repetitions: Sequence[Repetition],
    phases: Sequence[Phase],
    lifted: Lifted | None = None,
    shown: tuple[int, int] | None = None,
) -> tuple[Verdict, ...]:
    """One verdict per repetition and rule, in order of repetitions, then rules.

    ``lifted`` tells of lifted poses how they were seen: values are corrected by it, and an answer is given where it is
    right with a probability of 0.75, instead of outside of the rule's margin.  A rule of which it knows nothing is
    judged as on exact poses.  Of a half repetition it tells whether the way was far enough, and of form only what
    is wrong by the measure and by the whole repetition alike, each with that probability; never that form was right.
    Lifted ``repetitions`` are judged in the light of each other (:mod:`fitlab.analysis.habits`): give all of a clip.

    ``shown`` are the frames [start, stop) that were looked through for repetitions; None: the whole clip.
    """
    of_repetition = {(phase.repetition, phase.name): phase for phase in reversed(phases)}  # the first of a name counts
    resting = {(phase.start, phase.name): phase for phase in reversed(phases) if phase.role == "rest"}
    by_rule = []
    for rule in exercise.mistakes:
        measure, curve = exercise.measures[rule.measure], curves[rule.measure]
        part = shown or (0, len(curve.values))
        looks = []
        for rep in repetitions:
            # The repetition's phase of that name, or the rest that follows it.
            phase = of_repetition.get((rep.index, rule.phase)) or resting.get((rep.stop, rule.phase))
            looks.append(_look(rule, measure, curve, rep, phase, lifted, part))
        own, neutral = np.array([look.evidence for look in looks]).reshape(-1, 2).T
        likely = np.where(np.isnan(own), [look.alone for look in looks], together(own, neutral))
        by_rule.append([_judge(rule, measure, look, part, p) for look, p in zip(looks, likely.tolist(), strict=True)])
    return tuple(verdict for of_one in zip(*by_rule, strict=True) for verdict in of_one)


def judge_clip(exercise: Exercise, findings: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """One verdict per rule for the whole clip.

    Yes if a repetition has the mistake; cannot tell if none has it and fewer than half of the
    repetitions could be judged; else no.
    """
    return tuple(_over_clip(rule, [f for f in findings if f.mistake == rule.name]) for rule in exercise.mistakes)


@dataclass(frozen=True)
class _Look:
    """What is seen of a rule in a repetition.

    ``verdict`` says so far where to look; ``reason`` why the measure is not to be had.
    """

    verdict: Verdict
    rep: Repetition
    curve: Curve
    value: float = np.nan
    side: str = ""
    reason: str = ""
    seen: Reading | None = None

    @property
    def alone(self) -> float:
        """The probability that a lifted repetition has of itself; NaN for others."""
        return np.nan if self.seen is None else self.seen.probability

    @property
    def evidence(self) -> tuple[float, float]:
        """What it tells the other repetitions, NaN unless it is a full one; and what that were if nothing was seen."""
        return (self.alone if self.rep.full else np.nan), (0.5 if self.seen is None else self.seen.neutral)


def _look(
    rule: Mistake,
    measure: Measure,
    curve: Curve,
    rep: Repetition,
    phase: Phase | None,
    lifted: Lifted | None,
    shown: tuple[int, int],
) -> _Look:
    verdict = Verdict(rule.name, "cannot_tell", "", rule.joint_group, rule.phase, curve.unit, rep.index)
    if phase is None:
        reason = f"the clip does not show the phase {rule.phase!r} of this repetition"
        return _Look(replace(verdict, start=rep.start, stop=rep.stop), rep, curve, reason=reason)
    verdict = replace(verdict, start=phase.start, stop=phase.stop)
    if phase.role == "turn" and rep.turn in (shown[0], shown[1] - 1):
        reason = f"the clip does not show where {rule.phase!r} of this repetition ends"
        return _Look(verdict, rep, curve, reason=reason)
    value, side, reason = _value(rule, curve, slice(phase.start, phase.stop))
    seen = None
    if lifted is not None:
        # How a mistake shows was learned from rest to rest: nothing of a hold that fills the clip.
        fills = (rep.start, rep.stop) == shown
        told = bool(curve.missing_joints) or _trust(curve, slice(phase.start, phase.stop)) >= LEAST_RECOGNISED
        seen = lifted.read(rule, measure, rep, phase, value, recognise=told and not fills)
    return _Look(verdict, rep, curve, value, side, reason, seen)


def _judge(rule: Mistake, measure: Measure, look: _Look, shown: tuple[int, int], likely: float) -> Verdict:
    """``likely`` is what the other repetitions leave of the look's own probability."""
    verdict, rep, value, reason, seen = look.verdict, look.rep, look.value, look.reason, look.seen
    if reason and seen is None:
        return replace(verdict, reason=reason)
    if seen is not None and not rep.full:
        # Of form a half repetition tells only what its measure and the whole of it agree about.
        agreed = seen.recognised and seen.probability >= SURE and seen.by_value >= SURE  # NaN: no
        if not _whole_way(rep, shown):
            return replace(verdict, reason=_CUT)
        if reason and not look.curve.missing_joints:
            return replace(verdict, reason=reason)
        if not (agreed or _about_range(rule, look.curve, rep)):
            return replace(verdict, reason=_HALF)
    if seen is not None and not np.isfinite(seen.azimuth_deg):
        hidden = f"from where {rule.phase!r} was seen is unknown: hips and shoulders are hidden"
        return replace(verdict, reason=hidden)
    if seen is not None:
        seen = seen.settled(rule, measure, likely)
    if seen is not None and reason:
        return _by_the_whole(verdict, reason, seen)

    sign = 1.0 if rule.direction == "above" else -1.0
    as_lifted, deviation = "", rule.margin / ONE_SIDED_95
    if seen is not None:
        as_lifted = f" ({value:.1f} as lifted{_HEARD if seen.decided else ''})"
        value, deviation = seen.value, seen.deviation
    excess = sign * (value - rule.threshold)
    likely = float(ndtr(excess / max(deviation, 1e-9))) if seen is None else seen.probability
    unit = {"deg": "degrees"}.get(verdict.unit, verdict.unit)
    measured = f"{look.side}{_words(rule.measure)} is {value:.1f} {unit} at {rule.phase!r}{as_lifted}"
    limit = f"{'at most' if sign > 0 else 'at least'} {rule.threshold:g} {unit}"
    verdict = replace(verdict, value=value, excess=excess, deviation=deviation, probability=likely)
    confidence = max(likely, 1 - likely)
    if seen is None and abs(excess) <= rule.margin:
        return replace(verdict, reason=f"{measured}, within {rule.margin:g} {unit} of the limit ({limit})")
    if seen is not None and confidence < SURE:
        doubt = f"may be off by {ONE_SIDED_95 * deviation:.1f} {unit}"
        if seen.recognised or seen.heard:
            doubt = f"{_source(seen)} the mistake has a probability of {100 * likely:.0f} %"
        view = f"when seen from {_words_of(seen.azimuth_deg)}"
        return replace(verdict, reason=f"{measured} ({limit} is right), but {doubt} {view}")
    if likely < 0.5:
        return replace(verdict, state="no", reason=f"{measured}, as it should be ({limit})", confidence=confidence)
    severity = float(np.clip(excess / abs(rule.severe - rule.threshold), 0, 1))
    reason = f"{measured}, should be {limit}"
    return replace(verdict, state="yes", reason=reason, severity=severity, confidence=confidence)


def _source(seen: Reading) -> str:
    """Where a probability comes from."""
    own = "by the repetition as a whole" if seen.recognised else "by its measure"
    return f"{own} and by the others" if seen.heard else own


def _whole_way(rep: Repetition, shown: tuple[int, int]) -> bool:
    """Whether the frames [start, stop) that are ``shown`` hold the repetition from rest to rest."""
    return rep.start > shown[0] and rep.stop < shown[1]


def _about_range(rule: Mistake, curve: Curve, rep: Repetition) -> bool:
    """Whether the rule asks for going far enough: at rest, before and after, the measure is still on its wrong side."""
    sign, tenth = (1.0 if rule.direction == "above" else -1.0), max(1, (rep.stop - rep.start) // 10)
    ends = (slice(rep.start, rep.start + tenth), slice(rep.stop - tenth, rep.stop))
    return all(sign * (_value(rule, curve, end)[0] - rule.threshold) > 0 for end in ends)  # NaN: it does not


def _by_the_whole(verdict: Verdict, lacking: str, seen: Reading) -> Verdict:
    """The verdict of a rule whose measure is not to be had, by what the repetition shows as a whole."""
    likely = seen.probability
    confidence = max(likely, 1 - likely)
    reason = f"{lacking}; {_source(seen)} its probability is {100 * likely:.0f} %"
    verdict = replace(verdict, reason=reason, probability=likely)
    if confidence < SURE:
        return verdict
    if likely < 0.5:
        return replace(verdict, state="no", confidence=confidence)
    return replace(verdict, state="yes", confidence=confidence, severity=2 * likely - 1)


def _value(rule: Mistake, curve: Curve, frames: slice) -> tuple[float, str, str]:
    """The measure over the phase, the side that it is about ("left " or ""), and why it cannot be had ("")."""
    if curve.missing_joints:
        return np.nan, "", f"the skeleton has no {', '.join(curve.missing_joints)}"
    values = curve.values[frames]
    if values.ndim == 1:
        values = values[:, None]
    seen = ~np.isnan(values)  # (frames, sides)
    if (seen.mean(axis=0) < LEAST_SHARE).any():
        return np.nan, "", f"{_words(rule.measure)} is hidden in most frames of {rule.phase!r}"
    trust = _trust(curve, frames)
    if trust < LEAST_CONFIDENCE:
        return np.nan, "", f"the joints of {_words(rule.measure)} are too uncertain (confidence {trust:.2f})"
    sides = np.array([np.median(side[known]) for side, known in zip(values.T, seen.T, strict=True)])
    if len(sides) == 1 or rule.sides == "mean":
        return float(sides.mean()), "", ""
    upper = (rule.direction == "above") == (rule.sides == "worst")
    chosen = int(np.argmax(sides) if upper else np.argmin(sides))
    return float(sides[chosen]), f"{_SIDES[chosen]} ", ""


def _trust(curve: Curve, frames: slice) -> float:
    """The median confidence of the measure's joints over the phase; of the side that is less sure."""
    return float(np.median(curve.confidence[frames], axis=0).min())


def _over_clip(rule: Mistake, findings: list[Verdict]) -> Verdict:
    yes = [f for f in findings if f.state == "yes"]
    no = [f for f in findings if f.state == "no"]
    unsure = [f for f in findings if f.state == "cannot_tell"]
    count = len(findings)
    if yes:
        worst = max(yes, key=lambda finding: (np.isfinite(finding.value), finding.severity))  # measured ones first
        reason = f"in {len(yes)} of {count} repetitions; worst in {_ordinal(worst)}: {worst.reason}"
        likeliest = max(yes, key=lambda finding: finding.confidence)
        return replace(
            worst, reason=reason, repetition=None, confidence=likeliest.confidence, probability=likeliest.probability
        )
    if not findings:
        return Verdict(rule.name, "cannot_tell", "no repetition was found", rule.joint_group, rule.phase, "")
    if 2 * len(unsure) > count:
        reason = f"in {len(unsure)} of {count} repetitions it could not be told; in {_ordinal(unsure[0])}: "
        return replace(unsure[0], reason=reason + unsure[0].reason, repetition=None)
    measured = [finding for finding in no if np.isfinite(finding.excess)]
    nearest = (
        max(measured, key=lambda found: found.excess) if measured else max(no, key=lambda found: found.probability)
    )
    among = f"{count} repetitions" if not unsure else f"the {len(no)} of {count} repetitions that could be judged"
    reason = f"in none of {among}; nearest in {_ordinal(nearest)}: {nearest.reason}"
    return replace(nearest, reason=reason, repetition=None)


def _ordinal(finding: Verdict) -> str:
    return f"repetition {(finding.repetition or 0) + 1}"


def _words_of(azimuth: float) -> str:
    views = ("the front", "between front and side", "the side", "between side and back", "behind")
    return views[round(azimuth / 45)]


def _words(name: str) -> str:
    return name.replace("_", " ")
