"""Rules proposed from good and bad examples: the measure, phase, side and threshold that tell them apart best.

Everything that the exercise measures is tried in every phase; each candidate is one number per repetition, as the rule
itself would see it.  What comes out is an ordinary rule of an exercise file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fitlab.analysis.cuts import Cuts, best_cuts
from fitlab.analysis.mistakes import judge_repetitions
from fitlab.analysis.results import Verdict
from fitlab.analysis.segmentation import Segmented, segment
from fitlab.errors import InputError
from fitlab.exercises import Exercise, Mistake
from fitlab.exercises.vocabulary import Direction, Sides
from fitlab.metrics import precision_recall
from fitlab.poses import PoseSequence
from fitlab.skeletons import GROUPS

_LEAST = 2
_LEAST_MEASURED = 0.8
"""Share of the repetitions in which a measure must be known to be proposed."""
_MARGIN = 0.25
"""Of the distance between typical good and typical bad repetitions: within it of the threshold nobody can tell."""
_DECIMALS = 1  # of degrees and centimetres
_SCATTER = 1.4826  # median absolute deviation -> standard deviation of a normal distribution
_NOISE = {"deg": 3.0, "cm": 0.9}
"""Standard deviation of a measure from one camera: the margins of the shipped rules (5 degrees, 1.5 cm) / 1.645."""
_EFFECT = 0.01
"""Weight of how far apart the groups are beside the balanced accuracy: it decides between equals."""
_DIRECTIONS: tuple[Direction, Direction] = ("above", "below")
_EXTREMES: dict[tuple[Direction, str], Sides] = {
    ("above", "high"): "worst",
    ("above", "low"): "best",
    ("below", "high"): "best",
    ("below", "low"): "worst",
}


@dataclass(frozen=True, eq=False)
class RuleExamples:
    """Clips of one exercise, each good or bad in every repetition; made by :func:`rule_examples`."""

    exercise: Exercise
    clips: tuple[Segmented, ...]
    bad: tuple[bool, ...]

    @property
    def truth(self) -> np.ndarray:
        """(n,) bool: which of all repetitions, in the order of the clips, are bad."""
        repeats = [len(clip.repetitions) for clip in self.clips]
        return np.repeat(np.array(self.bad, bool), repeats)

    def verdicts(self, rule: Mistake) -> list[Verdict]:
        """What ``rule`` says of every repetition, in the order of :attr:`truth`."""
        alone = replace(self.exercise, mistakes=(rule,))
        return [
            verdict
            for clip in self.clips
            for verdict in judge_repetitions(alone, clip.curves, clip.repetitions, clip.phases)
        ]

    def counts(self, rule: Mistake) -> dict[str, dict[str, int]]:
        """{"good", "bad"} -> {"yes", "cannot_tell", "no"} -> repetitions; fast enough to follow a slider."""
        found = {kind: dict.fromkeys(("yes", "cannot_tell", "no"), 0) for kind in ("good", "bad")}
        for verdict, bad in zip(self.verdicts(rule), self.truth, strict=True):
            found["bad" if bad else "good"][verdict.state] += 1
        return found


@dataclass(frozen=True)
class Proposal:
    """A rule with what it gets right of repetitions that its threshold was not set by.

    Parameters
    ----------
    rule : Mistake
        :func:`fitlab.exercises.rule_yaml` writes it.
    precision, recall : float
        Leaving out one repetition at a time: the threshold is set by the others and answers for the one.  NaN where
        the rule never says yes.
    """

    rule: Mistake
    precision: float
    recall: float


@dataclass(frozen=True)
class Proposals:
    """The proposals, best first, one for every measure and phase.

    Parameters
    ----------
    precision, recall : float
        Of the whole search, leaving out one repetition at a time: measure, phase, side and threshold are chosen by the
        others.  Lower than the first rule's own where the search found something by chance.
    """

    proposals: tuple[Proposal, ...]
    precision: float
    recall: float


def rule_examples(exercise: Exercise, good: Sequence[PoseSequence], bad: Sequence[PoseSequence]) -> RuleExamples:
    """Segments good and bad clips, in world space.

    Raises InputError where there are fewer than two repetitions of either kind.
    """
    clips = tuple(segment(seq, exercise) for seq in (*good, *bad))
    examples = RuleExamples(exercise, clips, (False,) * len(good) + (True,) * len(bad))
    require_both(examples.truth)
    return examples


def require_both(truth: np.ndarray) -> None:
    """Raises InputError unless there are two good and two bad repetitions in ``truth`` (n,) bool."""
    if min(truth.sum(), (~truth).sum()) < _LEAST:
        raise InputError(
            f"examples must hold at least {_LEAST} good and {_LEAST} bad repetitions, "
            f"got {(~truth).sum()} and {truth.sum()}; give longer clips"
        )


def propose_rules(examples: RuleExamples, name: str = "unlike_good", most: int = 5) -> Proposals:
    """Searches the rules that tell the good from the bad repetitions.

    Parameters
    ----------
    examples : RuleExamples
    name : str
        Of the rule.
    most : int, >= 1
        How many to propose.

    Raises
    ------
    InputError
        If no measure is known in most of the repetitions.

    Notes
    -----
    The best candidate has the greatest balanced accuracy at its best threshold, and of equals the groups that are
    farthest apart.  The threshold lies in the middle of the gap that it cuts; the margin is a quarter of the
    distance between the groups' medians, and less where that would swallow an example of groups that do not overlap.
    """
    truth = examples.truth
    require_both(truth)
    candidates, values = candidate_values(examples)
    if not candidates:
        raise InputError(
            f"examples must show what {examples.exercise.name} measures, got nothing known in most repetitions; "
            "check that hips, knees and shoulders are seen"
        )
    whole = best_cuts(values, truth)
    noise = noise_of(examples.exercise, candidates)
    merits = _merits(whole, values, truth, noise)
    answers, chosen = _left_out(values, truth, noise)
    order = np.argsort(-merits, kind="stable")
    proposals: list[Proposal] = []
    seen: set[tuple[str, str]] = set()
    for column in order:
        rule = candidates[column]
        if (rule.measure, rule.phase) in seen or len(proposals) == most:
            continue
        seen.add((rule.measure, rule.phase))
        fitted = _fitted(replace(rule, name=name), values[:, column], truth, float(whole.threshold[column]))
        proposals.append(Proposal(fitted, *precision_recall(answers[:, column], truth)))
    return Proposals(tuple(proposals), *precision_recall(chosen, truth))


def candidate_values(examples: RuleExamples) -> tuple[list[Mistake], np.ndarray]:
    """Every rule that could be, with threshold 0, and the values (n, C) of what it looks at, high where it is bad.

    NaN where it cannot be measured.
    """
    rules: list[Mistake] = []
    columns: list[np.ndarray] = []
    for measure in examples.exercise.measures.values():
        for phase in examples.exercise.phases:
            for extent in ("mean", "high", "low") if measure.sided else ("mean",):
                above, below = (
                    Mistake(
                        name="",
                        measure=measure.name,
                        phase=phase.name,
                        direction=direction,
                        threshold=0.0,
                        margin=0.0,
                        severe=1.0 if direction == "above" else -1.0,
                        sides="mean" if extent == "mean" else _EXTREMES[direction, extent],
                        joint_group=_group(measure.joints),
                        advice="unlike_good",
                        source="",
                    )
                    for direction in _DIRECTIONS
                )
                values = np.array([verdict.value for verdict in examples.verdicts(above)])
                if all(np.isfinite(values[examples.truth == kind]).mean() >= _LEAST_MEASURED for kind in (False, True)):
                    rules += [above, below]
                    columns += [values, -values]
    return rules, np.array(columns).reshape(len(rules), len(examples.truth)).T


def noise_of(exercise: Exercise, candidates: Sequence[Mistake]) -> np.ndarray:
    """Standard deviation (C,) of what each candidate looks at, from one camera, in its unit."""
    return np.array([_NOISE[exercise.measures[rule.measure].unit] for rule in candidates])


def best_candidate(values: np.ndarray, truth: np.ndarray, noise: np.ndarray) -> tuple[int, float]:
    """Column and threshold of the candidate, of ``values`` (n, C) with ``noise`` (C,), that a search would propose."""
    cuts = best_cuts(values, truth)
    best = int(np.argmax(_merits(cuts, values, truth, noise)))
    return best, float(cuts.threshold[best])


def _left_out(values: np.ndarray, truth: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What every candidate (n, C), and the best of them (n,), says of each repetition when set by the others."""
    answers, chosen = np.zeros(values.shape, bool), np.zeros(len(truth), bool)
    for left in range(len(truth)):
        others = np.arange(len(truth)) != left
        cuts = best_cuts(values[others], truth[others])
        answers[left] = values[left] > cuts.threshold  # False for NaN
        chosen[left] = answers[left, np.argmax(_merits(cuts, values[others], truth[others], noise))]
    return answers, chosen


def _merits(cuts: Cuts, values: np.ndarray, truth: np.ndarray, noise: np.ndarray) -> np.ndarray:
    return cuts.accuracy + _EFFECT * _effects(values, truth, noise)


def _effects(values: np.ndarray, truth: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """How far apart the medians of the columns (n, C) are in scatters of the groups and noise (C,), within [0, 1)."""
    groups = [values[truth == kind] for kind in (False, True)]
    medians = [_median(group) for group in groups]
    scatter = sum(_SCATTER * _median(np.abs(group - median)) for group, median in zip(groups, medians, strict=True)) / 2
    apart = np.maximum(medians[1] - medians[0], 0) / np.hypot(scatter, noise)
    return np.nan_to_num(apart / (1 + apart))


def _median(values: np.ndarray) -> np.ndarray:
    """Median of what is known in every column; NaN where nothing is."""
    known = np.isfinite(values)
    return np.array([np.median(column[k]) if k.any() else np.nan for column, k in zip(values.T, known.T, strict=True)])


def _fitted(rule: Mistake, signed: np.ndarray, truth: np.ndarray, threshold: float) -> Mistake:
    """The rule with its numbers; ``signed`` (n,) and ``threshold`` are high where it is bad."""
    known = np.isfinite(signed)
    good, bad = signed[known & ~truth], signed[known & truth]
    apart = float(np.median(bad) - np.median(good))
    margin = _MARGIN * max(apart, 0.0)
    if good.max() < bad.min():
        margin = min(margin, 0.9 * float(min(bad.min() - threshold, threshold - good.max())))
    margin = max(round(margin, _DECIMALS), 10.0**-_DECIMALS)
    beyond = max(2 * (float(np.median(bad)) - threshold), 2 * margin)
    sign = 1.0 if rule.direction == "above" else -1.0
    limit = round(sign * threshold, _DECIMALS)
    return replace(
        rule,
        threshold=limit,
        margin=margin,
        severe=round(limit + sign * beyond, _DECIMALS),
        source=f"Proposed from {len(good)} good and {len(bad)} bad repetitions.",
    )


def _group(joints: Sequence[str]) -> str:
    """The joint group of a measure: of its middle joint, or of the last of two."""
    joint = joints[1] if len(joints) == 3 else joints[-1]
    bare = joint.removeprefix("left_").removeprefix("right_")
    return next((group for group, members in GROUPS.items() if bare in members), "trunk")
