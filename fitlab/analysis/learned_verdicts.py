"""What learned mistakes say of a report, in the words in which rules say it."""

from collections.abc import Sequence
from dataclasses import replace

from fitlab.analysis.advice import looks_like, praise
from fitlab.analysis.features import Description, describe
from fitlab.analysis.learned import Example, LearnedMistake
from fitlab.analysis.report import Report
from fitlab.analysis.results import Advice, Repetition, Verdict
from fitlab.errors import InputError

WHOLE = "whole repetition"
"""The phase of a learned verdict."""
_SURE = 0.7
"""A probability of being right below which the answer is *cannot tell*."""


def labelled(report: Report, mistakes: Sequence[str], person: str) -> list[Example]:
    """The full repetitions of a clip as examples, all with the same ``mistakes``; none for a good clip.

    Repetitions that cannot be described (hidden joints, too short) are left out.
    """
    described = (_described(report, rep) for rep in report.repetitions if rep.full)
    return [Example(found, frozenset(mistakes), person) for found in described if isinstance(found, Description)]


def with_learned(
    report: Report, models: Sequence[LearnedMistake], history: Sequence[Description] = (), sure: float = _SURE
) -> Report:
    """The report with the verdicts and the advice of learned mistakes beside those of the rules.

    Parameters
    ----------
    history : descriptions of the person's earlier repetitions
        For models with ``personal``.
    sure : float in [0.5, 1)
        The probability of being right that an answer needs.

    Returns
    -------
    report : Report
        ``findings`` holds one more verdict per model and repetition, ``verdicts`` one more per model, ``advice`` one
        more where the mistake was made.  Their value is the probability in per cent, their excess what it is above 50,
        their severity 0 at 50 and 1 at 100, their confidence the probability of the answer.

    Raises
    ------
    InputError
        If a model is called like a rule or another model, or ``sure`` is no such probability.
    """
    names = [verdict.mistake for verdict in report.verdicts] + [model.name for model in models]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"learned mistakes must have names of their own, got {', '.join(twice)} twice; rename one")
    if not 0.5 <= sure < 1:
        raise InputError(f"sure must be a probability of at least 0.5 and below 1, got {sure}")
    described = [(rep, _described(report, rep)) for rep in report.repetitions]
    findings = {m.name: tuple(_judged(m, rep, found, history, sure) for rep, found in described) for m in models}
    verdicts = tuple(_over_clip(model, findings[model.name], len(report.user)) for model in models)
    advice = [_advised(found, len(report.repetitions)) for found in findings.values() if _made(found)]
    if advice:
        said = praise(report.repetitions, report.findings)
        advice += [piece for piece in report.advice if piece.text != said]
    return replace(
        report,
        findings=report.findings + tuple(finding for found in findings.values() for finding in found),
        verdicts=report.verdicts + verdicts,
        advice=tuple(sorted(advice, key=lambda piece: -piece.weight)) if advice else report.advice,
    )


def _described(report: Report, rep: Repetition) -> Description | str:
    """The repetition's description, or why there is none."""
    try:
        return describe(report.user[rep.start : rep.stop])
    except InputError as error:
        return str(error)


def _judged(
    model: LearnedMistake, rep: Repetition, found: Description | str, history: Sequence[Description], sure: float
) -> Verdict:
    verdict = Verdict(
        model.name, "cannot_tell", "", "trunk", WHOLE, "percent", rep.index, start=rep.start, stop=rep.stop
    )
    if isinstance(found, str):
        return replace(verdict, reason=found)
    if missing := [joint for joint in model.joints if joint not in found.joints]:
        return replace(verdict, reason=f"the repetition does not show {', '.join(missing)}")
    if not rep.full:
        return replace(verdict, reason="it is no full repetition, and none was learned from")
    probability = float(model.probabilities([found], history)[0])
    verdict = replace(
        verdict,
        value=100 * probability,
        excess=100 * probability - 50,
        probability=probability,
        joint_group=model.blamed([found], history)[0],
    )
    if model.novelties([found], history)[0] > 1:
        return replace(verdict, reason="the repetition resembles none that was learned from")
    likely = f"its probability is {100 * probability:.0f} %"
    if max(probability, 1 - probability) < sure:
        return replace(verdict, reason=f"{likely}, too close to even to tell")
    example = f"as learned from {model.evidence.examples} repetitions of {_people(model.evidence.people)}"
    if probability < 0.5:
        return replace(verdict, state="no", reason=f"{likely}, {example}", confidence=1 - probability)
    reason = f"{likely}, {example}; the {verdict.joint_group} speak most for it"
    return replace(verdict, state="yes", reason=reason, confidence=probability, severity=2 * probability - 1)


def _over_clip(model: LearnedMistake, findings: Sequence[Verdict], frames: int) -> Verdict:
    """As for rules: yes if one repetition is, cannot tell if more than half could not be judged, else no."""
    if not findings:
        return Verdict(
            model.name, "cannot_tell", "no repetition was found", "trunk", WHOLE, "percent", start=0, stop=frames
        )
    made, unsure = _made(findings), [f for f in findings if f.state == "cannot_tell"]
    if made:
        chosen = max(made, key=lambda finding: finding.severity)
        counted = f"in {len(made)} of {len(findings)} repetitions; most likely in"
    elif 2 * len(unsure) > len(findings):
        chosen, counted = unsure[0], f"in {len(unsure)} of {len(findings)} repetitions it could not be told; in"
    else:
        chosen = max((f for f in findings if f.state == "no"), key=lambda finding: finding.value)
        told = len(findings) - len(unsure)
        judged = (
            f"{told} repetitions" if not unsure else f"the {told} of {len(findings)} repetitions that could be judged"
        )
        counted = f"in none of {judged}; most likely in"
    where = f"repetition {(chosen.repetition or 0) + 1}"
    return replace(chosen, reason=f"{counted} {where}: {chosen.reason}", repetition=None)


def _made(findings: Sequence[Verdict]) -> list[Verdict]:
    return [finding for finding in findings if finding.state == "yes"]


def _advised(findings: Sequence[Verdict], count: int) -> Advice:
    made = _made(findings)
    worst = max(made, key=lambda finding: finding.severity)
    which = tuple(finding.repetition for finding in made if finding.repetition is not None)
    text = looks_like(worst.mistake, worst.joint_group, which, count)
    weight = worst.severity * (0.5 + 0.5 * len(made) / count)
    return Advice(text, worst.mistake, worst.joint_group, which, worst.start, worst.stop, weight)


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"
