"""Poses made directly from controls, without a motion file."""

import numpy as np

from fitlab.synthesis.contacts import Contact, Stance
from fitlab.synthesis.controls import CONTROLS, SIDES, expanded
from fitlab.synthesis.limbs import motion_of
from fitlab.synthesis.posture import Poser
from fitlab.synthesis.support import stand

ARMS_FORWARD = {
    "hand_out": -0.1, "hand_forward": 0.94, "hand_up": 0.06, "hand_with_trunk": 0.0, "elbow_up": -1.0
}  # fmt: skip


def controls_of(**given):
    """Controls (T,) of what is given, numbers or lists; names of limbs stand for both sides."""
    frames = max((np.size(value) for value in given.values()), default=1)
    both = {name: value for key, value in given.items() for name in expanded({key: 0}, "test")}
    return {name: np.broadcast_to(both.get(name, value), frames).astype(float) for name, value in CONTROLS.items()}


def feet_planted(poser, frames):
    """Both feet where the stance says."""
    return {
        f"foot{side}": Contact(np.ones(frames), np.repeat(poser.standing_place(side)[None], frames, axis=0))
        for side in SIDES
    }


def standing(body, stance=None, **given):
    """Motion and poser of somebody on their feet."""
    poser, controls = Poser(body, stance or Stance()), controls_of(**given)
    contacts = feet_planted(poser, len(controls["lean"]))
    return motion_of(poser, controls, stand(poser, controls, contacts), contacts), poser


def head_of(motion, body, bone):
    """(T, 3) where a bone begins."""
    return motion.heads[:, body.template.bone_index[bone]].astype(float)
