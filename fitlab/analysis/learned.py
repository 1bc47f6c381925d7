"""Mistakes learned from labelled repetitions: calibrated probabilities, and *cannot tell* where they are not clear.

Three logistic regressions, one per family of :mod:`fitlab.analysis.features`, vote with equal weight: people differ
in posture, extent and tempo for reasons of their own, and the three are seldom fooled by the same person.
Everything that is chosen (ridge penalty, weights of the votes, calibration) is chosen on people that the scores
have not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from fitlab.analysis.features import FAMILIES, JOINTS, Description, column_groups
from fitlab.analysis.logistic import Linear, fit_linear, fit_platt, log_loss
from fitlab.errors import InputError
from fitlab.metrics import calibration_error, roc_auc

PENALTIES = (10.0, 100.0, 1000.0)
_FOLDS = 5
_LEAST_PEOPLE = 3
_LEAST_EXAMPLES = 4
_LEAST_HISTORY = 4
_ORIENTING_ROUNDS = 10
_NOVEL = 1.5
"""Times as unlike the examples as the most unlike held-out one: nothing of the kind was learned from."""


@dataclass(frozen=True, eq=False)
class Example:
    """A labelled repetition.

    Parameters
    ----------
    description : Description
        From :func:`fitlab.analysis.features.describe`.
    mistakes : set of str
        Names of the mistakes made in it, empty for a good one; ``{"incorrect"}`` where nobody knows which.
    person : str
        Who did it: nobody is judged by what was learned from themselves.
    """

    description: Description
    mistakes: frozenset[str]
    person: str


@dataclass(frozen=True)
class Evidence:
    """How a learned mistake did on examples that were held out.

    Parameters
    ----------
    examples, mistaken, people : int
    held_out : {"people", "repetitions"}
        Repetitions, where fewer than three people showed both: expect less of it on somebody new.
    auc, calibration_error : float
        Of the held-out scores; the calibration was fitted to these scores, two numbers.
    """

    examples: int
    mistaken: int
    people: int
    held_out: str
    auc: float
    calibration_error: float


@dataclass(frozen=True, eq=False)
class LearnedMistake:
    """A mistake that can be recognised; made by :func:`learn`, kept by :mod:`fitlab.analysis.learned_files`.

    Parameters
    ----------
    name : str
    joints : tuple of str
        That a repetition must show.
    template : float (F,)
        Mean direction of the motion family: of a repetition and its mirror image, the more alike one is judged.
    votes : family -> Linear
        Divided by ``scales[family]``, the mean size of its held-out scores.
    slope, offset : float
        From the mean vote to the logit of the probability.
    personal : bool
        Whether a person's repetitions are judged relative to the mean of that person's earlier ones.
    novelty_limit : float
        Mean squared standard score beyond which a repetition resembles none: half more than any held-out one had.
    """

    name: str
    joints: tuple[str, ...]
    template: np.ndarray
    votes: dict[str, Linear]
    scales: dict[str, float]
    slope: float
    offset: float
    personal: bool
    novelty_limit: float
    evidence: Evidence

    def probabilities(self, repetitions: Sequence[Description], history: Sequence[Description] = ()) -> np.ndarray:
        """Probability of the mistake in every repetition, (n,).

        Parameters
        ----------
        repetitions : of one person
        history : of the same person, needed where ``personal``
            Earlier repetitions of the same exercise, good and bad as they were: nobody has to label them.

        Raises
        ------
        InputError
            If a joint is not shown, or too little history is given.
        """
        parts = self._parts(self._columns(repetitions, history))
        votes = sum(parts[family].sum(axis=1) + self._constant(family) for family in FAMILIES)
        return expit(self.slope * votes / len(FAMILIES) + self.offset)

    def novelties(self, repetitions: Sequence[Description], history: Sequence[Description] = ()) -> np.ndarray:
        """How unlike all examples every repetition is, (n,), 1 at ``novelty_limit``."""
        return _novelties(self._columns(repetitions, history), self.votes) / self.novelty_limit

    def blamed(self, repetitions: Sequence[Description], history: Sequence[Description] = ()) -> list[str]:
        """The joint group that speaks most for the mistake in each repetition."""
        parts = self._parts(self._columns(repetitions, history))
        groups = column_groups(self.joints)
        names = sorted({str(group) for members in groups.values() for group in members} - {""})
        sums = {
            name: sum(parts[family][:, groups[family] == name].sum(axis=1) for family in FAMILIES) for name in names
        }
        return [max(names, key=lambda name: sums[name][row]) for row in range(len(repetitions))]

    def _columns(self, repetitions: Sequence[Description], history: Sequence[Description]) -> dict[str, np.ndarray]:
        columns = _turned(_table([rep.restricted(self.joints) for rep in repetitions]), self.template)
        if not self.personal:
            return columns
        if len(history) < _LEAST_HISTORY:
            raise InputError(
                f"history must hold at least {_LEAST_HISTORY} earlier repetitions of the person, got {len(history)}; "
                "give more, or learn with personal=False"
            )
        earlier = _turned(_table([rep.restricted(self.joints) for rep in history]), self.template)
        return {family: columns[family] - earlier[family].mean(axis=0) for family in FAMILIES}

    def _parts(self, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {family: self.votes[family].parts(columns[family]) / self.scales[family] for family in FAMILIES}

    def _constant(self, family: str) -> float:
        return self.votes[family].offset / self.scales[family]


def learn(examples: Sequence[Example], mistake: str, *, personal: bool = False, seed: int = 0) -> LearnedMistake:
    """Learns to recognise a mistake.

    Parameters
    ----------
    examples : of one exercise
        With and without the mistake; at least four of each, better of at least three people.
    mistake : str
        Name that occurs in :attr:`Example.mistakes`.
    personal : bool
        Judge everybody relative to their own mean.  Better where people stand and move differently and their
        earlier repetitions are at hand; the mean must then be over a mixture such as those of the examples.
    seed : int
        Deals the examples out where they cannot be held out by person.

    Raises
    ------
    InputError
        If there are too few examples of either kind.
    """
    truth = np.array([mistake in example.mistakes for example in examples], bool)
    if min(truth.sum(), (~truth).sum()) < _LEAST_EXAMPLES:
        raise InputError(
            f"examples must hold at least {_LEAST_EXAMPLES} repetitions with {mistake!r} and as many without, "
            f"got {truth.sum()} and {(~truth).sum()}; label more repetitions"
        )
    people = np.array([example.person for example in examples])
    joints = tuple(joint for joint in JOINTS if all(joint in example.description.joints for example in examples))
    table = _table([example.description.restricted(joints) for example in examples])

    folds, held_out = _folds(truth, people, seed)
    scores = np.zeros((len(PENALTIES), len(FAMILIES), len(truth)))
    novelty = 0.0
    for out in folds:
        fits = _fit({family: columns[~out] for family, columns in table.items()}, truth[~out], people[~out], personal)
        for number, (template, votes) in enumerate(fits):
            columns = _personal(_turned({f: c[out] for f, c in table.items()}, template), people[out], personal)
            scores[number][:, out] = [votes[family](columns[family]) for family in FAMILIES]
            novelty = max(novelty, float(_novelties(columns, votes).max()))

    scales = np.maximum(np.abs(scores).mean(axis=2), 1e-12)  # (P, families)
    mean_votes = (scores / scales[..., None]).mean(axis=1)  # (P, n)
    calibrations = [fit_platt(vote, truth) for vote in mean_votes]
    logits = [slope * vote + offset for vote, (slope, offset) in zip(mean_votes, calibrations, strict=True)]
    best = int(np.argmin([log_loss(values, truth) for values in logits]))
    template, votes = _fit(table, truth, people, personal, PENALTIES[best : best + 1])[0]
    return LearnedMistake(
        name=mistake,
        joints=joints,
        template=template,
        votes=votes,
        scales=dict(zip(FAMILIES, scales[best].tolist(), strict=True)),
        slope=calibrations[best][0],
        offset=calibrations[best][1],
        personal=personal,
        novelty_limit=_NOVEL * novelty,
        evidence=Evidence(
            examples=len(truth),
            mistaken=int(truth.sum()),
            people=len(set(people)),
            held_out=held_out,
            auc=roc_auc(logits[best], truth),
            calibration_error=calibration_error(expit(logits[best]), truth),
        ),
    )


def _folds(truth: np.ndarray, people: np.ndarray, seed: int) -> tuple[list[np.ndarray], str]:
    """Masks of the examples to hold out: a person each time, or, with fewer than three, every fifth of each kind."""
    by_person = [people == person for person in sorted(set(people))]
    others_show_both = all(truth[~out].any() and not truth[~out].all() for out in by_person)
    if len(by_person) >= _LEAST_PEOPLE and others_show_both:
        return by_person, "people"
    fold = np.zeros(len(truth), int)
    shuffle = np.random.default_rng(seed)
    for kind in (True, False):
        members = shuffle.permutation(np.flatnonzero(truth == kind))
        fold[members] = np.arange(len(members)) % _FOLDS
    return [fold == number for number in sorted(set(fold))], "repetitions"


def _fit(
    table: dict[str, np.ndarray],
    truth: np.ndarray,
    people: np.ndarray,
    personal: bool,
    penalties: tuple[float, ...] = PENALTIES,
) -> list[tuple[np.ndarray, dict[str, Linear]]]:
    """Template and votes for each of ``penalties``."""
    template = _template(table["motion"])
    columns = _personal(_turned(table, template), people, personal)
    fits = [fit_linear(columns[family], truth, penalties) for family in FAMILIES]
    return [(template, dict(zip(FAMILIES, votes, strict=True))) for votes in zip(*fits, strict=True)]


def _table(descriptions: Sequence[Description]) -> dict[str, np.ndarray]:
    """Family -> (n, 2, F)."""
    return {family: np.stack([d.families[family] for d in descriptions]) for family in FAMILIES}


def _template(motion: np.ndarray) -> np.ndarray:
    """Mean direction (F,) of the motions (n, 2, F), each taken the way that is more like the others."""
    directions = motion / np.maximum(np.linalg.norm(motion, axis=2, keepdims=True), 1e-12)
    mirrored = np.zeros(len(motion), int)
    for _ in range(_ORIENTING_ROUNDS):
        mean = directions[np.arange(len(motion)), mirrored].mean(axis=0)
        turned = np.argmax(directions @ mean, axis=1)
        if (turned == mirrored).all():
            break
        mirrored = turned
    return mean


def _turned(table: dict[str, np.ndarray], template: np.ndarray) -> dict[str, np.ndarray]:
    """Family -> (n, F): of each repetition and its mirror image the one more like the template."""
    way = np.argmax(table["motion"] @ template, axis=1)
    return {family: columns[np.arange(len(way)), way] for family, columns in table.items()}


def _personal(columns: dict[str, np.ndarray], people: np.ndarray, personal: bool) -> dict[str, np.ndarray]:
    """Less every person's own mean, where that is wanted."""
    if not personal:
        return columns
    means = {person: {f: c[people == person].mean(axis=0) for f, c in columns.items()} for person in set(people)}
    return {f: c - np.stack([means[person][f] for person in people]) for f, c in columns.items()}


def _novelties(columns: dict[str, np.ndarray], votes: dict[str, Linear]) -> np.ndarray:
    """Mean squared standard score (n,) over the columns of all families."""
    standard = [((columns[family] - votes[family].centre) / votes[family].spread) ** 2 for family in FAMILIES]
    return np.concatenate(standard, axis=1).mean(axis=1)
