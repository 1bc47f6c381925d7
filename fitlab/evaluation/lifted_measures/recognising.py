"""How mistakes show in lifted repetitions as a whole: learned, and tried on takes that were held out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.linalg import eigh
from scipy.special import expit, logit, ndtr

from fitlab.analysis.habits import together
from fitlab.analysis.lifted import ONE_SIDED_95, SURE
from fitlab.analysis.lifting_errors import fit_error
from fitlab.analysis.logistic import NEARLY_CONSTANT, fit_platt, fit_weights
from fitlab.analysis.recognition import Recogniser, Recognition, about, identity, standard
from fitlab.evaluation.fitbench.tables import (
    answered_accuracy,
    calibration_error,
    coverage,
    f1_by_mistake,
    false_alarms,
    macro_f1,
)
from fitlab.evaluation.lifted_measures.errors import balance, known_exercise
from fitlab.evaluation.lifted_measures.hidden_layer import fit_network
from fitlab.evaluation.lifted_measures.performing import performances
from fitlab.evaluation.lifted_measures.takes import CAMERAS, Seen
from fitlab.exercises import Mistake
from fitlab.synthesis.benchmark import RIGHT

FOLDS = 5
"""By round of takes: those held out are other people."""
PENALTY = 500.0
COMPONENTS = 400
"""Principal ones of the columns, of all exercises together, in which repetitions are told apart."""
MADE = 0.35
"""Strength from which a repetition is an example of the mistake: what is weaker nobody has to tell from right form."""
_EVEN = 0.5  # of the way, in logits, from the share of the mistake among the takes to even odds
_LEAST_MADE = 2 * CAMERAS  # two repetitions, as all cameras saw them
_NOVEL = 1.5  # times as unlike the examples as all but one in a hundred of them


def directions(exercises: Iterable[Sequence[Seen]]) -> np.ndarray:
    """Orthonormal directions (F, K) in which the repetitions of an exercise differ most, all exercises alike.

    Each exercise's columns are standardised by themselves; people held out later are among them (no labels are).
    """
    total: float | np.ndarray = 0.0
    for seen in exercises:
        table = np.stack([one.columns for one in seen])
        scores = standard(table, *_scale(table)).astype(float)  # single precision loses the small ones
        total = total + scores.T @ scores / len(scores)
    products = np.asarray(total)
    most = len(products)
    vectors: np.ndarray = eigh(products, subset_by_index=(max(0, most - COMPONENTS), most - 1))[1]
    return vectors[:, ::-1]


def recognise(seen: Sequence[Seen], basis: np.ndarray) -> tuple[Recognition, np.ndarray]:
    """Learns to recognise the mistakes of one exercise in its components along ``basis`` (F, K).

    Returns
    -------
    recognition : Recognition
    held_out : (n, R)
        Probability of every mistake in every repetition, by what was learned from other people; 0.5 where that was
        nothing.  The two numbers of the calibration were fitted to these; scales and principal directions are of the
        columns of all people.
    """
    exercise = known_exercise(seen[0].exercise)
    table = np.stack([one.columns for one in seen])
    centre, spread = _scale(table)
    scores = standard(table, centre, spread)
    components = scores @ basis
    fold, azimuth = folds(seen), np.array([one.azimuth for one in seen])
    truth = np.array([one.strengths for one in seen]) >= MADE
    network = fit_network(components, azimuth, truth)
    by_others = np.zeros(truth.shape)  # what networks say that learned from other people
    for held in range(FOLDS):
        own = fold == held
        by_others[own] = fit_network(components[~own], azimuth[~own], truth[~own])(components[own], azimuth[own])
    recognisers, held_out = {}, np.full(truth.shape, 0.5)
    for number, rule in enumerate(exercise.mistakes):
        made = truth[:, number]
        if made.sum() < _LEAST_MADE:
            continue
        value = np.array([one.lifted[number] for one in seen])
        known = np.isfinite(value)
        middle, width = (float(value[known].mean()), float(value[known].std())) if known.any() else (0.0, 1.0)
        width = max(width, 1e-6)
        both = np.concatenate([components, about((value - middle) / width, azimuth)], axis=1)
        out = by_others[:, number] / 2
        for held in range(FOLDS):
            own = fold == held
            ((weights, offset),) = fit_weights(both[~own], made[~own], (PENALTY,))
            out[own] += (both[own] @ weights + offset) / 2
        slope, shift = fit_platt(out, made)
        usual = float(logit(made.mean()))
        shift -= _EVEN * usual
        held_out[:, number] = expit(slope * out + shift)
        ((weights, offset),) = fit_weights(both, made, (PENALTY,))
        weights = slope * weights / 2
        recognisers[rule.name] = Recogniser(
            rule=identity(rule, exercise.measures[rule.measure]),
            weights=weights[: basis.shape[1]],
            hidden=slope * network.weights[:, number] / 2,
            about=weights[basis.shape[1] :],
            centre=middle,
            spread=width,
            offset=slope * (offset + float(network.offset[number])) / 2 + shift,
            neutral=float(expit((1 - _EVEN) * usual)),
        )
    limit = _NOVEL * float(np.quantile((scores**2).mean(axis=1), 0.99))
    return Recognition(seen[0].joints, centre, spread, limit, basis, network.layer, recognisers), held_out


def _scale(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread (F,) of columns (n, F)."""
    spread = table.std(axis=0)
    return table.mean(axis=0), np.maximum(spread, NEARLY_CONSTANT * spread.max())


def usable(seen: Sequence[Seen]) -> list[Seen]:
    """Those that show the joints that most show, and of which the direction of the camera is known."""
    usual = Counter(one.joints for one in seen).most_common(1)[0][0]
    return [one for one in seen if one.joints == usual and np.isfinite(one.azimuth)]


def folds(seen: Sequence[Seen]) -> np.ndarray:
    """(n,) which fifth of the rounds of takes every repetition is of."""
    return np.array([one.take // len(performances()) % FOLDS for one in seen])


def by_measure(seen: Sequence[Seen]) -> np.ndarray:
    """(n, R) probability of every mistake by its own measure alone, corrected by the errors of other people's takes."""
    exercise, fold = known_exercise(seen[0].exercise), folds(seen)
    found = np.full((len(seen), len(exercise.mistakes)), 0.5)
    for number, rule in enumerate(exercise.mistakes):
        lifted, true, azimuth = (
            np.array([getattr(one, name)[number] for one in seen]) for name in ("lifted", "true", "azimuths")
        )
        known = np.isfinite(lifted) & np.isfinite(true) & np.isfinite(azimuth)
        for held in range(FOLDS):
            others = known & (fold != held)
            if not others.any():
                continue
            fit = fit_error(lifted[others], true[others], azimuth[others], balance(true[others], rule))
            for row in np.flatnonzero(known & (fold == held)):
                found[row, number] = _likely(rule, *fit.corrected(lifted[row], azimuth[row]))
    return found


def with_others(seen: Sequence[Seen], likely: np.ndarray, recognition: Recognition | None = None) -> np.ndarray:
    """(n, R) probabilities in the light of the other repetitions that a camera saw of the same take.

    ``recognition`` says what they are where nothing is seen; without it as likely as not.
    """
    known = {} if recognition is None else recognition.recognisers
    rules = known_exercise(seen[0].exercise).mistakes
    neutral = [known[rule.name].neutral if rule.name in known else 0.5 for rule in rules]
    clips: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row, one in enumerate(seen):
        clips[one.take, one.camera].append(row)
    found = np.empty_like(likely)
    for rows in clips.values():
        for number, nothing in enumerate(neutral):
            found[rows, number] = together(likely[rows, number], nothing)
    return found


def _likely(rule: Mistake, value: float, deviation: float) -> float:
    sign = 1.0 if rule.direction == "above" else -1.0
    return float(ndtr(sign * (value - rule.threshold) / max(deviation, rule.margin / ONE_SIDED_95)))


def told(seen: Sequence[Seen], likely: np.ndarray) -> pd.DataFrame:
    """Verdicts as of :func:`fitlab.evaluation.fitbench.answers.answers`, by probabilities (n, R).

    Repetitions with a mistake at a strength below a half are left out.
    """
    exercise, rows = known_exercise(seen[0].exercise), []
    for number, (one, probabilities) in enumerate(zip(seen, likely, strict=True)):
        if any(0 < strength < 0.5 for strength in one.strengths):
            continue
        variant = "mistaken" if any(one.strengths) else RIGHT
        for rule, strength, p in zip(exercise.mistakes, one.strengths, probabilities, strict=True):
            state = "yes" if p >= SURE else "no" if p <= 1 - SURE else "cannot_tell"
            rows.append((exercise.name, variant, "", number, rule.name, strength, state, max(p, 1 - p)))
    names = ["exercise", "variant", "view", "repetition", "mistake", "strength", "state", "confidence"]
    return pd.DataFrame(rows, columns=names)


def summary(verdicts: Mapping[str, pd.DataFrame]) -> str:
    """A row for every way to tell mistakes, as Markdown."""
    lines = [
        "| by | macro F1 | false alarms | answered | right when answered | calibration error |",
        "|---" * 6 + "|",
    ]
    for name, own in verdicts.items():
        lines.append(
            f"| {name} | {macro_f1(own):.3f} | {100 * false_alarms(own):.1f} % | {100 * coverage(own):.1f} % "
            f"| {answered_accuracy(own):.3f} | {calibration_error(own):.3f} |"
        )
    return "\n".join([*lines, ""])


def by_mistake(verdicts: Mapping[str, pd.DataFrame]) -> str:
    """F1 of every mistake for every way to tell it, as Markdown."""
    scores = {name: f1_by_mistake(own) for name, own in verdicts.items()}
    lines = [f"| exercise | mistake | {' | '.join(scores)} |", "|---" * (2 + len(scores)) + "|"]
    for exercise, mistake in next(iter(scores.values())).index:
        cells = [f"{own[exercise, mistake]:.2f}" for own in scores.values()]
        lines.append(f"| {exercise} | {mistake} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
