"""Joint angles from the places of points: damped Gauss-Newton over all frames at once.

The cost is a sum of squares, each in units of its own standard deviation, so that weights have a meaning: points in
metres, priors of the joints in degrees, accelerations in metres or radians per second squared.  Frames hang together by
the accelerations; the normal equations are banded and solved as such.

Letters as in :mod:`fitlab.synthesis.rig`: T frames, P points, D joints, N degrees of freedom.
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg import solveh_banded
from scipy.spatial.transform import Rotation

from fitlab.synthesis.joint_priors import joint_priors
from fitlab.synthesis.landmarks import Anchors
from fitlab.synthesis.rig import Angles, Placed, Rig

_CHUNK = 256  # frames whose derivatives are held at once
_LIMIT_DEG = 2.0  # deviation of what goes beyond a limit
_JUMP_M_S2 = 10.0
_TURN_RAD_S2 = 60.0
_LARGEST_TURN = 0.6  # radians a joint turns in one step
_ITERATIONS = 40

Wanted = Callable[[np.ndarray, slice], tuple[np.ndarray, np.ndarray]]
"""Points (t, P, 3) of the frames ``slice`` -> their errors and weights, both (t, P, 3), in metres and 1 / metres."""


def fit_angles(
    rig: Rig, start: Angles, anchors: Anchors, wanted: Wanted, fps: float | None, enough: float = 1e-3
) -> Angles:
    """The posture whose points are where they are wanted, as far as the priors allow.

    Parameters
    ----------
    start : Angles
        Within some 60 degrees of the answer.
    anchors : Anchors, folded by ``rig``
    wanted : Wanted
    fps : float, optional
        Frames per second; None: the frames have nothing to do with each other.
    enough : float
        The search ends when a step lowers the cost by less than this share.

    Source
    ------
    Levenberg-Marquardt as in Nocedal & Wright, Numerical Optimization (2006), section 10.3, on rotations: a step turns
    each joint by exp(step) before the rotation that it has.
    """
    problem = _Problem(rig, anchors, wanted, fps)
    angles, damping = start, 1e-3
    cost = problem.cost(angles)
    for _ in range(_ITERATIONS):
        band, slope = problem.normal_equations(angles)
        new = np.inf
        while new > cost * (1 + enough):  # a step that changes next to nothing ends the search, too
            damped = band.copy()
            damped[0] = damped[0] * (1 + damping) + 1e-6
            step = -solveh_banded(damped, slope.ravel(), lower=True, overwrite_ab=True, check_finite=False)
            tried = angles.moved(_shortened(step.reshape(slope.shape)))
            new = problem.cost(tried)
            damping *= 8 if new > cost else 0.25
        gained, angles, cost = cost - new, *((tried, new) if new < cost else (angles, cost))
        if gained <= enough * (cost + gained):
            break
    return angles


def _shortened(step: np.ndarray) -> np.ndarray:
    """``step`` (T, N) without turns of more than 0.6 rad: there the derivatives say nothing any more."""
    turns = step[:, 3:].reshape(len(step), -1, 3)
    size = np.linalg.norm(turns, axis=-1, keepdims=True)
    turns = turns * np.minimum(1, _LARGEST_TURN / np.maximum(size, _LARGEST_TURN))
    return np.concatenate([step[:, :3], turns.reshape(len(step), -1)], axis=1)


class _Problem:
    """The cost of a posture, and its slope and curvature."""

    def __init__(self, rig: Rig, anchors: Anchors, wanted: Wanted, fps: float | None) -> None:
        self.rig, self.anchors, self.wanted = rig, anchors, wanted
        priors = joint_priors(rig)
        has = [joint in priors for joint in rig.joints]
        self.with_prior = np.flatnonzero(has)
        mine = [priors[rig.joints[joint]] for joint in self.with_prior]
        self.axes = np.stack([prior.axes for prior in mine])  # (D', 3, 3)
        self.scale = 1 / np.radians([prior.deviations for prior in mine])
        self.limits = np.radians(np.stack([prior.limits for prior in mine]))  # (D', 3, 2)
        likely = np.full(rig.degrees_of_freedom, _TURN_RAD_S2)
        likely[:3] = _JUMP_M_S2
        self.smooth = None if fps is None else fps**2 / likely  # (N,)

    def cost(self, angles: Angles) -> float:
        total = 0.0
        for part in _chunks(len(angles.pelvis)):
            errors, weights = self._errors(angles, part)[1:]
            total += float(np.sum((errors * weights) ** 2))
        told, beyond = self._prior(angles)[1:]
        total += float(np.sum((told * self.scale) ** 2) + np.sum((beyond / np.radians(_LIMIT_DEG)) ** 2))
        if self.smooth is not None:
            total += float(np.sum((self.smooth * _accelerations(angles)) ** 2))
        return total

    def _errors(self, angles: Angles, part: slice) -> tuple[Placed, np.ndarray, np.ndarray]:
        placed = self.rig.place(Angles(angles.pelvis[part], angles.turns[part]))
        return placed, *self.wanted(self.rig.points(placed, self.anchors), part)

    def _prior(self, angles: Angles) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rotation vectors, their components (T, D', 3), and how far these are beyond the limits."""
        turns = angles.turns[:, self.with_prior]
        told = np.einsum("jab,tja->tjb", self.axes, turns)
        beyond = told - np.clip(told, self.limits[..., 0], self.limits[..., 1])
        return turns, told, beyond

    def normal_equations(self, angles: Angles) -> tuple[np.ndarray, np.ndarray]:
        """Half the curvature as a lower band (bandwidth + 1, T N), and half the slope (T, N)."""
        frames, dof = len(angles.pelvis), self.rig.degrees_of_freedom
        curvature, slope = np.zeros((frames, dof, dof)), np.zeros((frames, dof))
        for part in _chunks(frames):
            placed, errors, weights = self._errors(angles, part)
            jacobian = (weights[..., None] * self.rig.jacobian(placed, self.anchors)).reshape(len(errors), -1, dof)
            curvature[part] = np.swapaxes(jacobian, 1, 2) @ jacobian
            slope[part] = np.einsum("trn,tr->tn", jacobian, (errors * weights).reshape(len(errors), -1), optimize=True)
        turns, told, beyond = self._prior(angles)
        rows = np.swapaxes(self.axes, 1, 2) @ _inverse_right_jacobian(turns)  # (T, D', 3 components, 3 of the step)
        scale = self.scale**2 + (beyond != 0) / np.radians(_LIMIT_DEG) ** 2
        pull = told * self.scale**2 + beyond / np.radians(_LIMIT_DEG) ** 2
        blocks = np.swapaxes(rows, 2, 3) @ (scale[..., None] * rows)
        pulls = np.einsum("tjab,tja->tjb", rows, pull)
        for column, joint in enumerate(self.with_prior):
            at = slice(3 + 3 * joint, 6 + 3 * joint)
            curvature[:, at, at] += blocks[:, column]
            slope[:, at] += pulls[:, column]
        return self._banded(angles, curvature, slope)

    def _banded(self, angles: Angles, curvature: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        frames, dof = slope.shape
        width = dof if self.smooth is None else 2 * dof + 1
        band = np.zeros((width, frames, dof))
        for below in range(dof):
            band[below, :, : dof - below] = np.diagonal(curvature, offset=-below, axis1=1, axis2=2)
        if self.smooth is not None and frames > 2:
            weight = self.smooth**2
            pull = weight * _accelerations(angles)  # (T - 2, N): of the frames in between
            for offset, factor in enumerate((1.0, -2.0, 1.0)):
                at = slice(offset, offset + frames - 2)
                slope[at] += factor * pull
                band[0, at] += factor**2 * weight
            band[dof, : frames - 2] += -2.0 * weight
            band[dof, 1 : frames - 1] += -2.0 * weight
            band[2 * dof, : frames - 2] += weight
        return band.reshape(len(band), -1), slope


def _accelerations(angles: Angles) -> np.ndarray:
    """(T - 2, N) second differences of positions and rotations, per frame squared."""
    frames, joints = angles.turns.shape[:2]
    if frames < 3:
        return np.zeros((0, 3 + 3 * joints))
    rotations = Rotation.from_rotvec(angles.turns.reshape(-1, 3))
    velocity = (rotations[:-joints].inv() * rotations[joints:]).as_rotvec().reshape(frames - 1, -1)
    return np.concatenate([np.diff(angles.pelvis, 2, axis=0), np.diff(velocity, axis=0)], axis=1)


def _inverse_right_jacobian(turns: np.ndarray) -> np.ndarray:
    """(..., 3, 3): how the rotation vector changes when a small rotation is applied before it.

    Sola, Deray, Atchuthan, A micro Lie theory for state estimation in robotics (2018), equation 144.
    """
    angle = np.linalg.norm(turns, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(turns, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*turns.shape, 3)
    safe = np.maximum(angle, 1e-4)
    factor = 1 / safe**2 - (1 + np.cos(safe)) / (2 * safe * np.sin(np.minimum(safe, 3.1)))
    return np.eye(3) + cross / 2 + np.where(angle > 1e-4, factor, 1 / 12) * (cross @ cross)


def _chunks(frames: int) -> list[slice]:
    return [slice(start, min(start + _CHUNK, frames)) for start in range(0, frames, _CHUNK)]
