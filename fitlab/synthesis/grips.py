"""Where a hand would hold a bar."""

import numpy as np

from fitlab.synthesis.body import Body
from fitlab.synthesis.contacts import Contacts
from fitlab.synthesis.controls import SIDES
from fitlab.synthesis.limbs import Motion

_FROM_KNUCKLES = 0.020  # metres along the palm's normal, of a person of 1.75 m
_TOWARDS_WRIST = 0.014


class Grips:
    """The grips of a body's hands, fixed to the wrists."""

    def __init__(self, body: Body) -> None:
        index, rest = body.template.bone_index, body.heads.astype(float)
        scale = body.height / 1.75
        self._wrist, self._grip, self._axis = {}, {}, {}
        for side, sign in SIDES.items():
            wrist, knuckle, first, last = (
                rest[index[bone + side]] for bone in ("wrist", "finger3-1", "finger2-1", "finger5-1")
            )
            fingers = (knuckle - wrist) / np.linalg.norm(knuckle - wrist)
            across = (last - first) / np.linalg.norm(last - first)
            palm = -sign * np.cross(fingers, across)
            palm /= np.linalg.norm(palm)
            self._wrist[side] = index[f"wrist{side}"]
            self._grip[side] = knuckle - wrist + scale * (_FROM_KNUCKLES * palm - _TOWARDS_WRIST * fingers)
            self._axis[side] = across

    def at(self, rotations: np.ndarray, heads: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray]:
        """Middle of the grip (..., 3) and direction of what is held (..., 3), thumb to little finger."""
        bone = self._wrist[side]
        turn = rotations[..., bone, :, :]
        return heads[..., bone, :] + turn @ self._grip[side], turn @ self._axis[side]

    def held(self, motion: Motion, contacts: Contacts) -> dict[str, np.ndarray]:
        """Side -> (3,) where the hand is on average while it touches, or all the time if it never does."""
        places = {}
        for side in SIDES:
            grip, _ = self.at(motion.rotations, motion.heads, side)
            contact = contacts.get(f"hand{side}")
            touches = np.zeros(len(grip), bool) if contact is None else contact.share > 0.9
            places[side] = grip[touches if touches.any() else slice(None)].mean(axis=0)
        return places
