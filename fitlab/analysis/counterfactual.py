"""The counterfactual athlete: the user's own repetition with the smallest change of joint angles that clears a mistake.

What the user would look like without the mistake says more than a number: the same person, tempo and
style, and only what has to change is changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from fitlab.analysis.deviations import group_deviations
from fitlab.analysis.measures import curves, facing_left
from fitlab.analysis.results import Repetition, Verdict
from fitlab.analysis.retargeting import on_tree
from fitlab.errors import InputError
from fitlab.exercises import Exercise, Measure, Mistake
from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton

_SPARE = 0.5
"""By how much of its margin the value ends up beyond where the rule starts to say no."""
_PLANTED_M = 0.12
"""A hand or foot that stays within this distance over the repetition carries the body."""
_RIGID = ("hip", "shoulder", "collar")  # the bones that end here are the pelvis and the shoulder girdle
_SUPPORTS = ("ankle", "wrist")
_STEP = 1e-3  # radians or metres, of the numerical derivatives
_ROUNDS = 8
_CLOSE, _SLIP_CM = 0.25, 1.0
"""What a solution may miss: this share of the margin, and as many centimetres of what is planted."""
_FREE = 1e-4  # what moving the whole body by a metre costs beside turning a joint by a radian, squared
_BALANCE = 10.0  # radians that carrying the body's middle sideways by a metre costs
_GIVE = 20.0  # units of the measure that a radian is spared for where the measure may miss its wish
_MIDDLE = ("left_hip", "right_hip", "left_shoulder", "right_shoulder", "left_knee", "right_knee")


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """A repetition without the mistake.

    Parameters
    ----------
    finding : Verdict
        What it clears.
    poses : PoseSequence
        World space, all T frames of the clip, on the user's bones; NaN outside the repetition.
    degrees : joint group -> degrees
        How far its segments turn from the user's, seen from what carries them: mean over the finding's phase.
    """

    finding: Verdict
    poses: PoseSequence
    degrees: Mapping[str, float]


def counterfactual(
    seq: PoseSequence, exercise: Exercise, repetition: Repetition, finding: Verdict
) -> Counterfactual | None:
    """The least change of the user's poses under which the rule of ``finding`` says no.

    Parameters
    ----------
    seq : PoseSequence in world space, T frames
    repetition : Repetition
        In which the mistake was made.
    finding : Verdict
        With state yes.

    Returns
    -------
    change : Counterfactual, or None where the poses do not give the measure or no change of them clears it

    Raises
    ------
    InputError
        If ``finding`` is no mistake of ``exercise``.

    Notes
    -----
    The measure is shifted by as much as the finding's value lies beyond the limit, throughout the phase and
    fading to nothing at both ends of the repetition (there only as far as joints can follow).  In every frame the
    joints turn by the rotations of least sum of squares that shift it so: Gauss-Newton steps of least norm (Ben-Israel
    1966).  Bone lengths are kept, hands and feet that carry the body stay in place, their joints count like the others,
    and carrying the body's middle sideways by 10 cm costs as much as bending a joint by a radian.
    """
    rule = next((rule for rule in exercise.mistakes if rule.name == finding.mistake), None)
    if rule is None or finding.state != "yes":
        raise InputError(
            f"finding must be a mistake of {exercise.name} that was made, got {finding.mistake!r} ({finding.state}); "
            "pass one of report.mistakes()"
        )
    measure = exercise.measures[rule.measure]
    own = on_tree(seq)
    first, last = min(repetition.start, finding.start), max(repetition.stop, finding.stop)
    clip = own[first:last]
    phase = slice(finding.start - first, finding.stop - first)
    sides = _sides(rule)
    left = facing_left(clip)  # stays: else turning the shoulders would bring knees out
    values = sides(_values(clip, measure, left))  # (n, rows)
    shift = _shift(rule, values[phase], finding.value)  # (rows,)
    if not np.isfinite(shift).all():
        return None
    fade = _fade(len(clip), phase)
    task = _Task(clip, _Body(clip.skeleton, _planted(clip)), lambda poses: sides(_values(poses, measure, left)))
    changed, missed = task.solved(values + fade[:, None] * shift, _GIVE * (1 - fade))
    if not np.nanmax(missed[phase], initial=0) <= _CLOSE * rule.margin + 0.01:
        return None  # joints and planted feet do not allow it
    turned = group_deviations(clip, changed)
    degrees = {
        group: float(np.nanmean(angles[phase])) for group, angles in turned.items() if np.isfinite(angles[phase]).any()
    }
    positions = np.full((len(seq), *changed.positions.shape[1:]), np.nan)
    positions[first:last] = changed.positions
    known = np.isfinite(positions[..., 0]).astype(np.float32)
    poses = own.replace(f"counterfactual({rule.name})", positions=positions, confidence=known)
    return Counterfactual(finding, poses, degrees)


def _values(clip: PoseSequence, measure: Measure, left: np.ndarray) -> np.ndarray:
    """The measure, (n, 1) or (n, 2) for left and right, where the person's left is (n, 3)."""
    return curves(clip, {measure.name: measure}, left)[measure.name].values.reshape(len(clip), -1)


def _sides(rule: Mistake) -> Callable[[np.ndarray], np.ndarray]:
    """Of left and right: what the rule looks at, their mean or both."""
    if rule.sides == "mean":
        return lambda values: values.mean(axis=1, keepdims=True)
    return lambda values: values


def _shift(rule: Mistake, values: np.ndarray, found: float) -> np.ndarray:
    """By how much each column of ``values`` (n, rows), of the phase, has to change for the rule to say no.

    ``found`` is the value that the rule was judged by: of lifted poses it is not the one that they show.
    """
    sign = 1.0 if rule.direction == "above" else -1.0
    limit = sign * rule.threshold - (1 + _SPARE) * rule.margin
    known = ~np.isnan(values).any(axis=1)
    if not known.any():
        return np.full(values.shape[1], np.nan)
    shown = sign * np.median(values[known], axis=0)  # (rows,)
    hidden = sign * found - (shown.min() if rule.sides == "best" else shown.max())
    excess = np.maximum(shown + hidden - limit, 0)
    if rule.sides == "best":  # one side within the limit is enough: the nearer one
        excess = np.where(np.arange(len(excess)) == excess.argmin(), excess, 0)
    return -sign * excess


def _fade(frames: int, phase: slice) -> np.ndarray:
    """(frames,): 1 in the phase, a half cosine to 0 at both ends."""
    weight = np.ones(frames)
    rise, fall = phase.start, frames - phase.stop
    weight[:rise] = (1 - np.cos(np.pi * np.arange(rise) / max(rise, 1))) / 2
    weight[frames - fall :] = (1 + np.cos(np.pi * np.arange(1, fall + 1) / max(fall, 1))) / 2
    return weight


def _planted(clip: PoseSequence) -> list[int]:
    """Hands and feet that stay where they are over the clip."""
    found = []
    for name in (f"{side}_{joint}" for joint in _SUPPORTS for side in ("left", "right")):
        if name in clip.skeleton:
            path = clip[name]
            if np.isfinite(path).any():
                away = np.linalg.norm(path - np.nanmedian(path, axis=0), axis=1)
                if np.nanpercentile(away, 90) < _PLANTED_M:
                    found.append(clip.skeleton.index(name))
    return found


class _Body:
    """How poses change with the rotations of their bones.

    Parameters of a frame: three radians for every bone that can turn, about the world's axes; then, where something is
    planted, three radians for the whole body and three metres.
    """

    def __init__(self, skeleton: Skeleton, planted: list[int]) -> None:
        below = {k: [k] for k in range(len(skeleton))}
        by_depth = sorted(skeleton.bones, key=lambda bone: -len(skeleton.chain(bone[1])))  # from the tips to the root
        for parent, child in by_depth:
            below[parent] += below[child]
        self.planted = planted
        ends = [(p, c) for p, c in by_depth if skeleton.joints[c].split("_")[-1] not in _RIGID]
        self.turns = [(parent, below[child]) for parent, child in ends]
        self.middle = [skeleton.index(joint) for joint in _MIDDLE if joint in skeleton]
        if planted:
            root = skeleton.parents.index(-1)
            self.turns.append((root, below[root]))
        size = 3 * len(self.turns) + (3 if planted else 0)
        self.costs = np.eye(size)
        if planted:
            self.costs[-6:] *= _FREE
        for joint in planted:  # its last bone turns against the ground by the sum of all that carries it
            carried = np.zeros((3, size))
            for number, (_, members) in enumerate(self.turns):
                if joint in members:
                    carried[:, 3 * number : 3 * number + 3] = np.eye(3)
            self.costs += carried.T @ carried

    def moved(self, positions: np.ndarray, change: np.ndarray) -> np.ndarray:
        """``positions`` (n, K, 3) under the parameters ``change`` (n, P)."""
        result = positions.copy()
        for number, (pivot, members) in enumerate(self.turns):
            vectors = change[:, 3 * number : 3 * number + 3]
            if vectors.any():
                turn = Rotation.from_rotvec(vectors).as_matrix()
                arms = result[:, members] - result[:, pivot, None]
                result[:, members] = np.einsum("nij,nkj->nki", turn, arms) + result[:, pivot, None]
        return result + change[:, None, -3:] if self.planted else result


@dataclass(frozen=True, eq=False)
class _Task:
    """Poses near those of ``clip``, n frames, in which ``measured`` (n, rows) is what is wanted."""

    clip: PoseSequence
    body: _Body
    measured: Callable[[PoseSequence], np.ndarray]

    def solved(self, wanted: np.ndarray, give: np.ndarray) -> tuple[PoseSequence, np.ndarray]:
        """The nearest poses, and by how much they miss ``wanted`` (n, rows); infinite where hands or feet slip.

        Parameters
        ----------
        give : (n,)
            How much the measure may miss its wish to spare a radian; 0: not at all.
        """
        rows, frames = wanted.shape[1], len(self.clip)
        change = np.zeros((frames, len(self.body.costs)))
        for _ in range(_ROUNDS):
            seen = self._seen(change)
            missing = np.concatenate([wanted, np.zeros((frames, seen.shape[1] - rows))], axis=1) - seen
            known = np.isfinite(missing).all(axis=1)
            jacobian = self._jacobian(change, seen)
            jacobian[~known] = 0
            # The least total change that meets the linearised wishes, not the least further step.
            wish = np.where(known[:, None], missing, 0) + np.einsum("nmp,np->nm", jacobian, change)
            held, middle = jacobian[:, :-2], jacobian[:, -2:]
            costs = self.body.costs + _BALANCE**2 * np.einsum("nmp,nmq->npq", middle, middle) / 100**2
            cheap = np.linalg.solve(costs, held.transpose(0, 2, 1))  # (n, P, m)
            gram = held @ cheap + 1e-9 * np.eye(held.shape[1])
            gram[:, range(rows), range(rows)] += give[:, None] ** 2
            step = np.einsum("npm,nm->np", cheap, np.linalg.solve(gram, wish[:, :-2, None])[..., 0])
            change, before = step, change
            if np.abs(change - before).max() < _STEP:
                break
        positions = self.body.moved(self.clip.positions.astype(np.float64), change)
        seen = self._seen(change)
        positions[~np.isfinite(seen).all(axis=1)] = np.nan
        missed = np.abs(wanted - seen[:, :rows])
        missed[np.abs(seen[:, rows:-2]).max(axis=1, initial=0) > _SLIP_CM] = np.inf
        confidence = np.where(np.isfinite(positions[..., 0]), self.clip.confidence, 0)
        return self.clip.replace("turned", positions=positions, confidence=confidence), missed

    def _seen(self, change: np.ndarray) -> np.ndarray:
        """The measure, and by how many centimetres what is planted and, sideways, the body's middle have moved."""
        start = self.clip.positions.astype(np.float64)
        positions = self.body.moved(start, change)
        moved = 100 * (positions - start)
        values = self.measured(self.clip.replace("turned", positions=positions))
        slipped = moved[:, self.body.planted].reshape(len(moved), -1)
        return np.concatenate([values, slipped, moved[:, self.body.middle].mean(axis=1)[:, :2]], axis=1)

    def _jacobian(self, change: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """Derivatives of :meth:`_seen`, (n, m, P)."""
        columns = []
        for parameter in range(change.shape[1]):
            step = change.copy()
            step[:, parameter] += _STEP
            columns.append((self._seen(step) - seen) / _STEP)
        return np.stack(columns, axis=2)
