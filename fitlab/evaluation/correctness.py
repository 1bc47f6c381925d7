"""Correct or incorrect: rules, learned mistakes and both on UI-PRMD, leaving one subject out.

    python -m fitlab.evaluation.correctness            # prints the tables
    python -m fitlab.evaluation.correctness --write    # puts them into experiments/exercise_correctness/README.md

Needs the recorded data (``FITLAB_REAL_DATA``, default ``../shared/data``).
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from fitlab.analysis.features import describe
from fitlab.analysis.learned import Example, learn
from fitlab.analysis.logistic import fit_platt
from fitlab.analysis.measures import measure_curves
from fitlab.analysis.motion import pose_features
from fitlab.analysis.phases import find_phases
from fitlab.analysis.proposals import RuleExamples, best_candidate, candidate_values, noise_of
from fitlab.analysis.results import Repetition
from fitlab.analysis.segmentation import Segmented
from fitlab.datasets import uiprmd
from fitlab.evaluation.readme import publish
from fitlab.exercises import Exercise, find_exercise, load_exercise
from fitlab.metrics import balanced_accuracy, calibration_error, roc_auc
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.settings import real_data_dir

_README = Path("experiments/exercise_correctness/README.md")

SHIPPED = {"m01": "squat", "m03": "lunge", "m04": "side_lunge"}
"""Movements for which an exercise file has rules of its own."""
_SHARED_MEASURES = {
    "knee_angle": ("joint_angle", ["hip", "knee", "ankle"]),
    "hip_angle": ("joint_angle", ["thorax", "hip", "knee"]),
    "shoulder_angle": ("joint_angle", ["hip", "shoulder", "elbow"]),
    "elbow_angle": ("joint_angle", ["shoulder", "elbow", "wrist"]),
    "trunk_inclination": ("inclination", ["pelvis", "thorax"]),
    "shin_inclination": ("inclination", ["ankle", "knee"]),
    "thigh_elevation": ("elevation", ["knee", "hip"]),
    "upper_arm_elevation": ("elevation", ["shoulder", "elbow"]),
    "forearm_elevation": ("elevation", ["elbow", "wrist"]),
    "shoulder_slope": ("slope", ["left_shoulder", "right_shoulder"]),
    "hip_slope": ("slope", ["left_hip", "right_hip"]),
    "knee_inward": ("inward", ["ankle", "knee"]),
    "knee_forward": ("forward", ["ankle", "knee"]),
    "hand_forward": ("forward", ["shoulder", "wrist"]),
    "hip_height": ("height", ["ankle", "hip"]),
}
"""What a rule may look at in any movement: name -> kind and joints."""
_REST_SHARE = 1 / 12  # of a repetition, as in the features
_LABEL = "incorrect"
SURE = 0.7
_HISTORY, _MIXTURES, _SEED = 10, (0.2, 0.5, 0.8), 0


@dataclass(frozen=True, eq=False)
class Answers:
    """Probabilities that repetitions are incorrect, by people who were left out.

    Parameters
    ----------
    truth : (n,) bool
    probabilities : way -> float (n,)
        NaN where a way has no answer.
    """

    truth: np.ndarray
    probabilities: dict[str, np.ndarray]

    def row(self, way: str) -> tuple[float, float, float]:
        """ROC AUC, balanced accuracy, calibration error; NaN where the way has no answer."""
        values = self.probabilities[way]
        known = np.isfinite(values)
        if not known.any():
            return (np.nan,) * 3
        values, truth = values[known], self.truth[known]
        return roc_auc(values, truth), balanced_accuracy(values > 0.5, truth), calibration_error(values, truth)


def pooled(answers: Sequence[Answers]) -> Answers:
    """Those of all movements as one."""
    ways = answers[0].probabilities
    return Answers(
        np.concatenate([a.truth for a in answers]),
        {way: np.concatenate([a.probabilities[way] for a in answers]) for way in ways},
    )


def whole(seq: PoseSequence, exercise: Exercise) -> Segmented:
    """A recorded repetition as one of ``exercise``: its phases follow how far the pose is from where it began."""
    poses = pose_features(seq)  # (T, F)
    rest = poses[: max(3, round(_REST_SHARE * len(poses)))].mean(axis=0)
    drive = np.linalg.norm(poses - rest, axis=1)
    repetition = (Repetition(0, 0, len(seq), int(np.argmax(drive))),)
    return Segmented(measure_curves(seq, exercise), drive, drive, repetition, find_phases(drive, repetition, exercise))


def held_out(answer: Callable[[np.ndarray], np.ndarray], people: np.ndarray) -> np.ndarray:
    """``answer(out)`` gives the probabilities of the repetitions ``out`` (n,) bool; every person is ``out`` once."""
    found = np.full(len(people), np.nan)
    for person in sorted(set(people)):
        found[people == person] = answer(people == person)
    return found


def shipped_rules(recordings: Sequence[PoseSequence], exercise: Exercise) -> np.ndarray:
    """Of an exercise's own rules the one that is exceeded most, in margins, squeezed into (0, 1): (n,)."""
    clips = tuple(whole(seq, exercise) for seq in recordings)
    excess = []
    for rule in exercise.mistakes:
        verdicts = RuleExamples(exercise, clips, (False,) * len(clips)).verdicts(rule)
        excess.append([verdict.excess / rule.margin for verdict in verdicts])
    return expit(np.nanmax(np.array(excess), axis=0))


def proposed_rule(values: np.ndarray, noise: np.ndarray, truth: np.ndarray, people: np.ndarray) -> np.ndarray:
    """One rule of the candidates (n, C), searched and calibrated on the other people."""

    def answer(out: np.ndarray) -> np.ndarray:
        column, threshold = best_candidate(values[~out], truth[~out], noise)
        beyond = np.nan_to_num(values[:, column] - threshold)
        slope, offset = fit_platt(beyond[~out], truth[~out])
        return expit(slope * beyond[out] + offset)

    return held_out(answer, people)


def learned(examples: Sequence[Example], people: np.ndarray) -> dict[str, np.ndarray]:
    """Learned answers for somebody new, and for people of whom earlier repetitions are known (not their labels)."""
    truth = np.array([bool(example.mistakes) for example in examples])
    described = [example.description for example in examples]
    shuffle = np.random.default_rng(_SEED)

    def others(out: np.ndarray) -> list[Example]:
        return [examples[int(k)] for k in np.flatnonzero(~out)]

    def somebody_new(out: np.ndarray) -> np.ndarray:
        return learn(others(out), _LABEL).probabilities([described[k] for k in np.flatnonzero(out)])

    answers = {"learned": held_out(somebody_new, people)}
    known = {way: np.full(len(people), np.nan) for way in ("known", *map(_mixed, _MIXTURES))}
    for person in sorted(set(people)):
        out = people == person
        model = learn(others(out), _LABEL, personal=True)
        own = np.flatnonzero(out)
        for k in own:
            history = {"known": own[own != k]}
            for share in _MIXTURES:
                bad = round(share * _HISTORY)
                pools = [own[(own != k) & (truth[own] == kind)] for kind in (True, False)]
                history[_mixed(share)] = np.concatenate(
                    [shuffle.permutation(pools[0])[:bad], shuffle.permutation(pools[1])[: _HISTORY - bad]]
                )
            for way, earlier in history.items():
                known[way][k] = model.probabilities([described[k]], [described[e] for e in earlier])[0]
    return answers | known


def _mixed(share: float) -> str:
    return f"10 earlier, {share:.0%} of them incorrect"


def movement_answers(root: Path, movement: str, kind: uiprmd.Kind) -> Answers:
    """Every way's answers to every repetition of a movement."""
    sets = [(s, c, seq) for s in uiprmd.SUBJECTS for c in (True, False)
            for seq in uiprmd.load(root, movement, s, kind, c)]  # fmt: skip
    recordings = [seq for _, _, seq in sets]
    people, truth = np.array([s for s, _, _ in sets]), np.array([not correct for _, correct, _ in sets])
    shared = _shared_exercise()
    clips = tuple(whole(seq, shared) for seq in recordings)
    candidates, values = candidate_values(RuleExamples(shared, clips, tuple(truth.tolist())))
    probabilities: dict[str, np.ndarray] = {
        "shipped": np.full(len(truth), np.nan),
        "proposed": proposed_rule(values, noise_of(shared, candidates), truth, people),
    }
    if movement in SHIPPED:
        exercise = find_exercise(SHIPPED[movement])
        assert exercise is not None
        probabilities["shipped"] = shipped_rules(recordings, exercise)
    labels = [frozenset([_LABEL] if wrong else []) for wrong in truth]
    described = [describe(seq) for seq in recordings]
    examples = [Example(*parts) for parts in zip(described, labels, people.tolist(), strict=True)]
    probabilities |= learned(examples, people)
    # Both have been calibrated on the same other people: the mean of their logits needs nothing more to be fitted.
    rule, vote = (logit(np.clip(probabilities[way], 1e-6, 1 - 1e-6)) for way in ("proposed", "learned"))
    probabilities["both"] = expit((rule + vote) / 2)
    return Answers(truth, probabilities)


def _shared_exercise() -> Exercise:
    return load_exercise({
        "name": "measured", "title": "Measured", "drive": "self-found",
        "phases": {"rest": "rest", "out": "out", "turn": "turn", "back": "back"},
        "measures": {name: {"kind": kind, "joints": joints} for name, (kind, joints) in _SHARED_MEASURES.items()},
        "mistakes": {}, "tolerances": {},
    })  # fmt: skip


def tables(answers: dict[str, Answers]) -> str:
    """All tables as Markdown, from movement -> Answers."""
    ways = {"shipped": "rules as shipped", "proposed": "one proposed rule", "learned": "learned", "both": "both",
            "known": "learned, person known"}  # fmt: skip
    everything = pooled(list(answers.values()))
    lines = ["ROC AUC / balanced accuracy; learned also / ECE:", "", f"| movement | n | {' | '.join(ways.values())} |",
             "|---" * (len(ways) + 2) + "|"]  # fmt: skip
    titles = {m: f"{m} {uiprmd.MOVEMENTS[m]}" for m in answers}
    for title, one in [*((titles[m], one) for m, one in answers.items()), ("**pooled**", everything)]:
        cells = [_cell(one.row(way), way) for way in ways]
        lines.append(f"| {title} | {len(one.truth)} | {' | '.join(cells)} |")
    lines += ["", f"With *cannot tell* below a probability of {SURE:g} of being right, pooled:", "",
              "| way | told | right where told | ECE |", "|---|---|---|---|"]  # fmt: skip
    for way in ("proposed", "learned", "both", "known"):
        told, right = told_and_right(everything.probabilities[way], everything.truth)
        lines.append(f"| {ways[way]} | {told:.3f} | {right:.3f} | {everything.row(way)[2]:.3f} |")
    lines += ["", "What the mixture of the earlier repetitions does (pooled; 19 earlier are all others of the person):",
              "", "| earlier repetitions | AUC | balanced accuracy | ECE |", "|---|---|---|---|"]  # fmt: skip
    for way, title in (("known", "19 earlier, half of them incorrect"), *((_mixed(s), _mixed(s)) for s in _MIXTURES)):
        lines.append(f"| {title} | {' | '.join(f'{figure:.3f}' for figure in everything.row(way))} |")
    lines += ["", "Reliability of *learned* (somebody new), pooled:", "", _reliability(everything, "learned")]
    return "\n".join([*lines, ""])


def told_and_right(probabilities: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Share of repetitions (n,) that are answered at :data:`SURE`, and the share of these answers that is right."""
    told = np.maximum(probabilities, 1 - probabilities) >= SURE
    return float(told.mean()), float(np.mean((probabilities[told] > 0.5) == truth[told]))


def _cell(row: tuple[float, float, float], way: str) -> str:
    if np.isnan(row[0]):
        return "-"
    return f"{row[0]:.3f} / {row[1]:.3f}" + (f" / {row[2]:.3f}" if way in ("learned", "known") else "")


def _reliability(answers: Answers, way: str) -> str:
    values = answers.probabilities[way]
    which = np.minimum((values * 10).astype(int), 9)
    used = sorted(set(which.tolist()))
    rows = {
        "probability of incorrect": [f"{k / 10:.1f} to {(k + 1) / 10:.1f}" for k in used],
        "mean": [f"{values[which == k].mean():.2f}" for k in used],
        "incorrect": [f"{answers.truth[which == k].mean():.2f}" for k in used],
        "n": [str((which == k).sum()) for k in used],
    }
    head, *rest = [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
    return "\n".join([head, "|---" * (len(used) + 1) + "|", *rest])


def main() -> None:
    """Prints the tables, or writes them into the experiment's README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_README}")
    arguments = parser.parse_args()
    root = real_data_dir()
    movements = progress(list(uiprmd.MOVEMENTS), "leaving subjects out", unit="movement")
    written = tables({movement: movement_answers(root, movement, "kinect") for movement in movements})
    publish(written, _README, write=arguments.write)


if __name__ == "__main__":
    main()
