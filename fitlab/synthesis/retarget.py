"""Recorded motion drives the body: joint angles are fitted so that its joints are where the recording has them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.signals import fill_gaps, runs
from fitlab.synthesis.body import Body
from fitlab.synthesis.contacts import Contact
from fitlab.synthesis.first_guess import TRUNK, first_guess
from fitlab.synthesis.fit_pose import fit_angles
from fitlab.synthesis.fit_shape import check_person, fit_body
from fitlab.synthesis.landmarks import SIDES, Anchors, anchors_of, known_joints
from fitlab.synthesis.motion import Performance
from fitlab.synthesis.rig import Rig
from fitlab.synthesis.standing import BALLS, floor_points, planted, stands

LONGEST_GAP_S = 0.5
"""A recording may lack the whole person for this long."""

_POINT_M = 0.010  # deviation of a recorded joint
_FILLED_M = 0.030  # of a joint in a short gap, see fitlab.signals.fill_gaps
_GUESSED_M = 0.050  # of an elbow or knee in a longer one
_FLOOR_M = 0.002
_PLANTED_M = 0.0005
_ROUGHLY = 1e-2  # relative decrease of the cost that ends the fit before feet are planted
_OFFSET_ROUNDS, _OFFSET_FRAMES = 4, 120

Offsets = Mapping[str, np.ndarray]
"""Joint -> (3,) metres: where the recording has it, seen from the body's own one, in the axes of the rest pose."""


@dataclass(frozen=True, eq=False)
class Retargeted:
    """A body that follows a recording.

    Parameters
    ----------
    body : Body
    performance : Performance
        The motion of all bones, and where feet stand.  Of repetitions and mistakes nothing is known; every phase is
        called ``unknown``, the style ``recorded``.
    joints : tuple of K names
        The joints that recording and body have in common.
    error_mm : (T, K)
        How far each joint of the body is from the recorded one; NaN where nothing was recorded.
    residual_mm : (T, K)
        The same without what is constant in it: how far each is from its recorded place and offset.
    """

    body: Body
    performance: Performance
    joints: tuple[str, ...]
    error_mm: np.ndarray
    residual_mm: np.ndarray


def retarget(seq: PoseSequence, body: Body | None = None, offsets: Offsets | None = None) -> Retargeted:
    """Lets a body do what was recorded.

    The body's joints (:func:`fitlab.synthesis.landmarks.anchors_of`) are brought to the recorded ones by least squares
    over all frames at once, see :mod:`fitlab.synthesis.fit_pose`.  What positions do not tell follows from priors
    (:mod:`fitlab.synthesis.joint_priors`): knees and elbows are hinges, other joints stay near the rest pose and within
    human limits, motion is smooth.  Feet that stand are held in place, nothing sinks into the floor.  Hands go on where
    the forearms point.

    Parameters
    ----------
    seq : PoseSequence in world space
        Any skeleton that has hips and shoulders; joints are found by name.  Missing joints follow from the others and
        from the frames before and after.  Takes some 0.15 MB a frame: cut recordings of many minutes.
    body : Body, optional
        Default: :func:`fitlab.synthesis.fit_shape.fit_body` of ``seq``.
    offsets : Offsets, optional
        How far apart is what recording and body call by the same name.  Default: :func:`fit_offsets` of ``seq``; an
        empty mapping takes every recorded joint for the body's own.

    Raises
    ------
    InputError
        If ``seq`` is in another space, lacks hips or shoulders throughout, or the whole person for more than 0.5 s.
    """
    _check(seq)
    body = body or fit_body(seq)
    problem = _Problem(seq, body)
    anchors = problem.anchors(fit_offsets(seq, body) if offsets is None else offsets)
    rig, wanted = problem.rig, problem.wanted
    guess = first_guess(rig, problem.tracks)
    wanted.bend_as(rig.points(rig.place(guess), anchors), problem.joints)
    angles = fit_angles(rig, guess, anchors, wanted, seq.fps, enough=_ROUGHLY)
    toes = [rig.joints.index(f"toes{side}") for side in SIDES]
    angles.turns[:, toes] = guess.turns[:, toes]  # else those of a heel that was too high go on to curl in
    points = rig.points(rig.place(angles), anchors)[:, len(problem.joints) :]
    wanted.contacts = {
        side: planted(points[:, ball], problem.heights[ball], problem.standing[side], seq.fps)
        for side, ball in BALLS.items()
    }
    placed = rig.place(fit_angles(rig, angles, anchors, wanted, seq.fps))
    motion, frames = rig.motion(placed), len(seq)
    contacts = {f"foot{side}": contact for side, contact in wanted.contacts.items()}
    error, residual = (problem.errors_mm(rig.points(placed, which)) for which in (problem.anchors({}), anchors))
    performance = Performance(motion, (), ("unknown",) * frames, (), "recorded", contacts)
    return Retargeted(body, performance, problem.joints, error, residual)


def fit_offsets(seq: PoseSequence, body: Body) -> dict[str, np.ndarray]:
    """What is constant in how far recorded joints are from those of ``body``: definitions differ, markers sit on skin.

    Each offset is fixed to the part of the body that carries most of the joint: the median over up to 120 frames, found
    in turn with the posture.  They make knees bend as far as the person's, but they also hide what a body of another
    shape would show; say which error is meant.

    Returns
    -------
    offsets : joint -> (3,) metres; joints that are never seen have none
    """
    _check(seq)
    problem = _Problem(seq, body)
    some = np.unique(np.linspace(0, len(seq) - 1, _OFFSET_FRAMES).round().astype(int))
    rig, wanted = problem.rig, problem.wanted.at(some)
    for side, ball in BALLS.items():  # feet that stand are on the floor, wherever
        stood = np.zeros(len(seq))
        for start, stop in problem.standing[side]:
            stood[start:stop] = 1.0
        wanted.contacts[side] = Contact(stood[some], np.tile([np.nan, np.nan, problem.heights[ball]], (len(some), 1)))
    offsets: dict[str, np.ndarray] = {}
    angles = first_guess(rig, {joint: track[some] for joint, track in problem.tracks.items()})
    wanted.bend_as(rig.points(rig.place(angles), problem.anchors({})), problem.joints)
    for _ in range(_OFFSET_ROUNDS):
        anchors = problem.anchors(offsets)
        angles = fit_angles(rig, angles, anchors, wanted, fps=None, enough=_ROUGHLY)
        placed = rig.place(angles)
        away = wanted.recorded - rig.points(placed, anchors)[:, : len(problem.joints)]
        for k, joint in enumerate(problem.joints):
            seen = ~np.isnan(away[:, k, 0])
            if seen.any():
                carrier = placed.rotations[seen, anchors.weights[k].argmax()]
                local = np.einsum("tba,tb->ta", carrier, away[seen, k])
                offsets[joint] = offsets.get(joint, np.zeros(3)) + np.median(local, axis=0)
    return offsets


class _Problem:
    """What is asked of a body that follows ``seq``.

    Attributes
    ----------
    joints : K names ; rig : Rig ; wanted : _Wanted
    tracks : {joint: (T, 3)}, short gaps filled
    standing : {side: [(start, stop), ...]} frames
    heights : (P,) least heights of the points that follow the joints
    """

    def __init__(self, seq: PoseSequence, body: Body) -> None:
        self.joints, self.rig = known_joints(seq.skeleton), Rig(body)
        others, self.heights = floor_points(body)
        self._own, self._others = self.rig.fold(anchors_of(body, seq.skeleton)), self.rig.fold(others)
        rows = [seq.skeleton.index(joint) for joint in self.joints]
        recorded = np.ascontiguousarray(seq.positions[:, rows], np.float64)
        filled = fill_gaps(recorded, round(LONGEST_GAP_S * seq.fps))
        weights = np.where(np.isnan(recorded[..., 0]), 1 / _FILLED_M, seq.confidence[:, rows] / _POINT_M)
        self.wanted = _Wanted(recorded, filled, weights, self.heights)
        self.tracks = {joint: filled[:, k] for k, joint in enumerate(self.joints)}
        self.tracks |= {joint: _bridged(self.tracks[joint]) for joint in TRUNK}
        self.standing = {side: stands(self.tracks, name, seq.fps) for side, name in SIDES.items()}

    def anchors(self, offsets: Offsets) -> Anchors:
        """Joints, moved by ``offsets``, and the points that may meet the floor; by segments."""
        shifted = self._own.offsets.copy()
        for k, joint in enumerate(self.joints):
            shifted[k, self._own.weights[k].argmax()] += offsets.get(joint, 0.0)
        return Anchors(
            np.concatenate([shifted, self._others.offsets]), np.concatenate([self._own.weights, self._others.weights])
        )

    def errors_mm(self, points: np.ndarray) -> np.ndarray:
        """(T, K) of all points."""
        return 1000 * np.linalg.norm(points[:, : len(self.joints)] - self.wanted.recorded, axis=-1)


class _Wanted:
    """Where points should be: joints where they were recorded, nothing in the floor, standing feet in their places."""

    def __init__(self, recorded: np.ndarray, targets: np.ndarray, weights: np.ndarray, heights: np.ndarray) -> None:
        self.recorded, self._targets, self._weights, self._heights = recorded, targets, weights, heights
        self.contacts: dict[str, Contact] = {}

    def at(self, frames: np.ndarray) -> "_Wanted":
        """The same for some frames, without contacts."""
        return _Wanted(self.recorded[frames], self._targets[frames], self._weights[frames], self._heights)

    def bend_as(self, guess: np.ndarray, joints: tuple[str, ...]) -> None:
        """Holds unknown elbows and knees near ``guess`` (T, P, 3): nothing else says where they are."""
        for k, joint in enumerate(joints):
            if joint.endswith(("_elbow", "_knee")):
                missing = np.isnan(self._targets[:, k, 0])
                self._targets[missing, k], self._weights[missing, k] = guess[missing, k], 1 / _GUESSED_M

    def __call__(self, points: np.ndarray, part: slice) -> tuple[np.ndarray, np.ndarray]:
        errors, weights, joints = np.zeros(points.shape), np.zeros(points.shape), self.recorded.shape[1]
        away = points[:, :joints] - self._targets[part]
        errors[:, :joints] = np.nan_to_num(away)
        weights[:, :joints] = np.where(np.isnan(away), 0, self._weights[part, :, None])
        above = points[:, joints:, 2] - self._heights
        errors[:, joints:, 2] = np.minimum(above, 0)
        weights[:, joints:, 2] = (above < 0) / _FLOOR_M
        for side, contact in self.contacts.items():
            ball, away = joints + BALLS[side], points[:, joints + BALLS[side]] - contact.place[part]
            held = (contact.share[part, None] > 0) & ~np.isnan(away)
            errors[:, ball] = np.where(held, away, errors[:, ball])
            weights[:, ball] = np.where(held, contact.share[part, None] / _PLANTED_M, weights[:, ball])
        return errors, weights


def _check(seq: PoseSequence) -> None:
    check_person(seq)
    for start, stop in runs(np.asarray(seq.missing.all(axis=1))):
        if stop - start > LONGEST_GAP_S * seq.fps:
            raise InputError(
                f"a sequence to retarget must show the person without gaps of more than {LONGEST_GAP_S} s, "
                f"got {(stop - start) / seq.fps:.2f} s from frame {start} on; cut the clip there"
            )


def _bridged(track: np.ndarray) -> np.ndarray:
    """(T, 3) with straight lines across gaps of any length, held at the ends."""
    known = np.flatnonzero(~np.isnan(track[:, 0]))
    return np.stack([np.interp(np.arange(len(track)), known, axis[known]) for axis in track.T], axis=1)
