"""What touches the floor, and the path of the pelvis that keeps it where it is."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from fitlab.signals import runs
from fitlab.skeletons import H36M17

_REST_HEIGHT = {
    "ankle": 0.08, "wrist": 0.05, "knee": 0.06, "elbow": 0.05, "hip": 0.10, "shoulder": 0.10, "head_top": 0.02,
}  # fmt: skip
REST_HEIGHTS = np.array(
    [_REST_HEIGHT.get(joint.removeprefix("left_").removeprefix("right_"), np.nan) for joint in H36M17.joints]
)
"""Height in metres (17,) of a joint's centre above the floor on which that part of the body rests."""

TOUCHING = np.flatnonzero(~np.isnan(REST_HEIGHTS))
"""Joints of Human3.6M that may carry the body."""

_NEAR_M = 0.04
_STILL_M_S = 0.30
_SHORTEST_S = 0.12
_INTERRUPTED_S = 0.4
_ONE_SPOT_M = 0.06


@dataclass(frozen=True)
class Contact:
    """One joint on one spot of the floor during frames [start, stop)."""

    joint: int
    start: int
    stop: int


def support_height(local: np.ndarray) -> np.ndarray:
    """Height of the pelvis (T,) at which the lowest part of the body rests on the floor.

    Parameters
    ----------
    local : (T, 17, 3) metres relative to the pelvis, z up
    """
    return (REST_HEIGHTS[TOUCHING] - local[:, TOUCHING, 2]).max(axis=1)


def walked(local: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Horizontal path of the pelvis (T, 2) if whatever carries the body does not slide.

    Every step of the pelvis is minus the step of the joints near the floor, the lowest counting most.
    """
    clearance = _clearance(local, height)  # (T, J)
    weight = np.exp(-np.clip(clearance[1:] + clearance[:-1], 0, 0.6) / 0.02)[..., None]
    steps = np.diff(local[:, TOUCHING, :2], axis=0)  # (T - 1, J, 2)
    moved = -(weight * steps).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-12)
    return np.concatenate([np.zeros((1, 2)), np.cumsum(moved, axis=0)])


def contacts(local: np.ndarray, root: np.ndarray, fps: float) -> list[Contact]:
    """Stretches in which a joint is near the floor and still.

    Parameters
    ----------
    local : (T, 17, 3) metres relative to the pelvis, z up
    root : (T, 3) metres, path of the pelvis
    """
    world = local[:, TOUCHING] + root[:, None]
    speed = np.linalg.norm(np.gradient(world, axis=0), axis=-1) * fps if len(world) > 1 else np.zeros(world.shape[:2])
    touching = (_clearance(local, root[:, 2]) < _NEAR_M) & (speed < _STILL_M_S)
    found = []
    for column, joint in enumerate(TOUCHING):
        for start, stop in _joined(runs(touching[:, column]), world[:, column], fps):
            if stop - start >= max(2, _SHORTEST_S * fps):
                found.append(Contact(int(joint), start, stop))
    return found


def _joined(stretches: list[tuple[int, int]], path: np.ndarray, fps: float) -> list[tuple[int, int]]:
    """Joins stretches that a short interruption parts and that lie on one spot: noise, not a step."""
    whole: list[tuple[int, int]] = []
    for start, stop in stretches:
        if whole and start - whole[-1][1] <= _INTERRUPTED_S * fps:
            before, here = (np.median(path[slice(*part)], axis=0) for part in (whole[-1], (start, stop)))
            if np.linalg.norm(here - before) < _ONE_SPOT_M:
                whole[-1] = (whole[-1][0], stop)
                continue
        whole.append((start, stop))
    return whole


def settled(local: np.ndarray, root: np.ndarray, found: list[Contact]) -> np.ndarray:
    """The path (T, 3) closest to ``root`` in its steps on which every contact stays on its spot.

    Least squares per axis over the path and one spot per contact: the contacts weigh most, then the
    steps of ``root``, then smoothness; vertically each spot lies at its joint's height of rest.
    """
    frames = len(root)
    if frames < 3:
        return root
    result = root.copy()
    for axis in range(3):
        system = _Equations(frames + len(found))
        for spot, contact in enumerate(found):
            at = np.arange(contact.start, contact.stop)
            system.add(1.0, {0: (at, 1.0), 1: (np.full(len(at), frames + spot), -1.0)}, -local[at, contact.joint, axis])
            if axis == 2:
                system.add(1.0, {0: (np.array([frames + spot]), 1.0)}, REST_HEIGHTS[[contact.joint]])
        step = np.arange(frames - 1)
        system.add(0.2, {0: (step + 1, 1.0), 1: (step, -1.0)}, np.diff(root[:, axis]))
        bend = np.arange(1, frames - 1)
        system.add(0.05, {0: (bend + 1, 1.0), 1: (bend, -2.0), 2: (bend - 1, 1.0)}, np.zeros(frames - 2))
        everywhere = np.arange(frames)
        system.add(0.05 if axis == 2 else 0.002, {0: (everywhere, 1.0)}, root[:, axis])
        result[:, axis] = system.solved()[:frames]
    return result


def planted(joints: np.ndarray, found: list[Contact], fps: float) -> np.ndarray:
    """Moves touching ankles and wrists onto the middle of their spot and bends knee or elbow accordingly.

    The limb keeps its lengths and the side to which it bends; the shift fades in and out over a
    tenth of a second before and after the contact.

    Parameters
    ----------
    joints : (T, 17, 3) metres in the world
    """
    result = joints.copy()
    fade = max(1, round(0.1 * fps))
    for contact in found:
        name = H36M17.joints[contact.joint]
        if not name.endswith(("ankle", "wrist")):
            continue
        middle = H36M17.parents[contact.joint]
        top = H36M17.parents[middle]
        spot = np.median(joints[contact.start : contact.stop, contact.joint], axis=0)
        start, stop = max(0, contact.start - fade), min(len(joints), contact.stop + fade)
        at = np.arange(start, stop)
        outside = np.maximum(contact.start - at, at - (contact.stop - 1)).clip(min=0)
        share = (1 - outside / (fade + 1))[:, None]
        shift_at_ends = joints[at.clip(contact.start, contact.stop - 1), contact.joint]
        goal = result[at, contact.joint] + share * (spot - shift_at_ends)
        result[at, middle], result[at, contact.joint] = _bent(
            result[at, top], result[at, middle], result[at, contact.joint], goal
        )
    return result


def _bent(top: np.ndarray, middle: np.ndarray, end: np.ndarray, goal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle and end joint (n, 3) of two-bone limbs whose end goes to ``goal``, or as near as they reach."""
    upper = np.linalg.norm(middle - top, axis=1, keepdims=True)
    lower = np.linalg.norm(end - middle, axis=1, keepdims=True)
    reach = goal - top
    wanted = np.linalg.norm(reach, axis=1, keepdims=True)
    direction = reach / np.maximum(wanted, 1e-9)
    # Stay just short of straight, where the bending side would be lost.
    distance = np.clip(wanted, np.abs(upper - lower) + 1e-6, (upper + lower) * (1 - 1e-9))
    along = (upper**2 - lower**2 + distance**2) / (2 * distance)
    aside = middle - top - ((middle - top) * direction).sum(axis=1, keepdims=True) * direction
    length = np.linalg.norm(aside, axis=1, keepdims=True)
    aside = np.where(length > 1e-6, aside / np.maximum(length, 1e-9), 0.0)
    out = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    return top + along * direction + out * aside, top + distance * direction


def _clearance(local: np.ndarray, height: np.ndarray) -> np.ndarray:
    """(T, J) metres between the parts of the body and the floor."""
    return local[:, TOUCHING, 2] + height[:, None] - REST_HEIGHTS[TOUCHING]


class _Equations:
    """Weighted linear equations, collected and solved in the least-squares sense."""

    def __init__(self, unknowns: int) -> None:
        self.unknowns, self.rows = unknowns, 0
        self._parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._right: list[np.ndarray] = []

    def add(self, weight: float, terms: dict[int, tuple[np.ndarray, float]], right: np.ndarray) -> None:
        """One equation per entry: the sum over terms of factor x unknown[index] = right."""
        row = self.rows + np.arange(len(right))
        for index, factor in terms.values():
            self._parts.append((row, index, np.full(len(right), weight * factor)))
        self._right.append(weight * right)
        self.rows += len(right)

    def solved(self) -> np.ndarray:
        row, column, value = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        matrix = coo_array((value, (row, column)), shape=(self.rows, self.unknowns)).tocsc()
        return spsolve((matrix.T @ matrix).tocsc(), matrix.T @ np.concatenate(self._right))
