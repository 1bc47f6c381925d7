"""Nobody's limbs grow: the trunk goes to where it reaches all hands and feet that are planted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fitlab.synthesis.contacts import Contact, Contacts
from fitlab.synthesis.controls import SIDES, Values
from fitlab.synthesis.parts import TRUNK_BONES
from fitlab.synthesis.posture import Poser

_STRETCHED = 0.998  # of a limb's length: the farthest that inverse kinematics reaches
_UPPER_ARM = (0.999, 1.001)  # of its length: a shoulder is no nearer to an elbow that is planted, and no farther
_STEPS = 12
_DEAR_DEG = 0.004  # a degree of lean or roll weighs as much as so many metres of the pelvis
_STIFFNESS = 1e4  # what a metre out of reach weighs against a metre of the pelvis, squared
_LET_GO_M = 0.3


class _Limb(NamedTuple):
    """What is planted, and the joint it hangs from: at most (``sign`` 1) or at least (-1) ``length`` metres away."""

    name: str
    contact: Contact
    joint: str
    length: float
    sign: int


def within_reach(
    poser: Poser, controls: Values, pelvis: np.ndarray, contacts: Contacts
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Controls, of which lean and roll may change, and pelvis (T, 3): the nearest ones from which planted limbs reach.

    Gauss-Newton on the distances that are too long, for the frames that have any.
    """
    controls, pelvis = dict(controls), pelvis.copy()
    lean, roll = controls["lean"].copy(), controls["roll"].copy()
    limbs = _limbs(poser, contacts)
    frames = np.arange(len(lean))
    for _ in range(_STEPS):
        moved = {name: values[frames] for name, values in controls.items()} | {
            "lean": lean[frames],
            "roll": roll[frames],
        }
        excess, jacobian = _excess(poser, moved, pelvis[frames], limbs, frames)
        violated = (excess > 2e-4).any(axis=1)
        if not violated.any():
            break
        frames, excess, jacobian = frames[violated], excess[violated], jacobian[violated]  # (N, L), (N, L, 5)
        active = np.where((excess > 0)[..., None], jacobian, 0.0)
        prior = np.diag([1, 1, 1, _DEAR_DEG**2, _DEAR_DEG**2]) / _STIFFNESS
        normal = np.swapaxes(active, -1, -2) @ active + prior
        step = -np.linalg.solve(normal, np.swapaxes(active, -1, -2) @ np.maximum(excess, 0)[..., None])[..., 0]
        pelvis[frames] += step[:, :3]
        lean[frames] += step[:, 3]
        roll[frames] += step[:, 4]
    return controls | {"lean": lean, "roll": roll}, pelvis


def _limbs(poser: Poser, contacts: Contacts) -> list[_Limb]:
    found = []
    for side in SIDES:
        for name, joint, lengths in (("hand", "upperarm01", poser.arm[side]), ("foot", "upperleg01", poser.leg[side])):
            if (contact := contacts.get(name + side)) is not None:
                found.append(_Limb(name + side, contact, joint + side, sum(lengths) * _STRETCHED, 1))
        if (contact := contacts.get(f"elbow{side}")) is not None:
            nearest, farthest = (poser.arm[side][0] * share for share in _UPPER_ARM)
            found.append(_Limb(f"elbow{side}", contact, f"upperarm01{side}", farthest, 1))
            found.append(_Limb(f"elbow{side}", contact, f"upperarm01{side}", nearest, -1))
    return found


def _excess(
    poser: Poser,
    controls: Values,
    pelvis: np.ndarray,
    limbs: Sequence[_Limb],
    frames: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """(N, L) metres out of reach, negative where it is reached, and (N, L, 5) by pelvis, lean and roll."""
    joints = _joints(poser, controls)
    by_lean = _joints(poser, {**controls, "lean": controls["lean"] + 1})
    by_roll = _joints(poser, {**controls, "roll": controls["roll"] + 1})
    excess, jacobian = [], []
    for name, contact, joint, length, sign in limbs:
        place = contact.place[frames]
        if name.startswith("foot"):
            place = poser.feet.ankle_of(controls, name.removeprefix("foot"), place)
        way = pelvis + joints[joint] - place
        distance = np.linalg.norm(way, axis=1)
        along = sign * way / np.maximum(distance, 1e-6)[:, None]
        slack = _LET_GO_M * (
            1 / np.maximum(contact.share[frames], 1e-3) - 1
        )  # what is not yet, or no longer, planted need not be reached
        excess.append(sign * (distance - length) - slack)
        turned = [np.sum(along * (by[joint] - joints[joint]), axis=1) for by in (by_lean, by_roll)]
        jacobian.append(np.concatenate([along, np.stack(turned, axis=1)], axis=1))
    if not limbs:
        return np.zeros((len(frames), 1)) - 1, np.zeros((len(frames), 1, 5))
    return np.stack(excess, axis=1), np.stack(jacobian, axis=1)


def _joints(poser: Poser, controls: Values) -> dict[str, np.ndarray]:
    """(T, 3) shoulders and hips seen from the pelvis."""
    return poser.parts.chain(poser.trunk(controls), np.zeros((len(controls["lean"]), 3)), TRUNK_BONES)
