"""The pose in which a hierarchy of bones is at rest: a T-pose that faces +z, y up, the left side at +x."""

from collections.abc import Sequence

import numpy as np

# Of the left side and the midline, in body heights; widths and heights after Drillis & Contini 1966 (Winter,
# Biomechanics and Motor Control of Human Movement, table 4.1), rounded: only directions are used.
_PLACES = {
    "root": (0, 0.58, 0),
    "pelvis": (0, 0.53, 0),
    "lower_back": (0, 0.61, 0),
    "spine": (0, 0.64, 0),
    "upper_back": (0, 0.68, 0),
    "chest": (0, 0.73, 0),
    "thorax": (0, 0.81, 0),
    "lower_neck": (0, 0.83, 0),
    "neck": (0, 0.85, 0),
    "upper_neck": (0, 0.87, 0),
    "head": (0, 0.93, 0),
    "head_top": (0, 1.0, 0),
    "nose": (0, 0.92, 0.06),
    "eye": (0.018, 0.94, 0.05),
    "eye_inner": (0.01, 0.94, 0.052),
    "eye_outer": (0.027, 0.94, 0.045),
    "ear": (0.045, 0.93, 0),
    "mouth": (0.015, 0.9, 0.055),
    "collar": (0.03, 0.82, 0),
    "shoulder": (0.11, 0.82, 0),
    "elbow": (0.29, 0.82, 0),
    "wrist": (0.44, 0.82, 0),
    "palm": (0.47, 0.82, 0),
    "hand": (0.5, 0.82, 0),
    "fingers": (0.54, 0.82, 0),
    "thumb": (0.47, 0.82, 0.03),
    "index": (0.5, 0.82, 0.02),
    "pinky": (0.49, 0.82, -0.02),
    "hip": (0.055, 0.53, 0),
    "knee": (0.055, 0.285, 0),
    "ankle": (0.055, 0.04, 0),
    "heel": (0.055, 0.01, -0.03),
    "ball": (0.055, 0.015, 0.07),
    "toes": (0.055, 0.01, 0.1),
    "big_toe": (0.045, 0.01, 0.11),
    "small_toe": (0.075, 0.01, 0.09),
}


def rest_places(joints: Sequence[str]) -> np.ndarray | None:
    """(K, 3) of these joints in the T-pose, in body heights; None where one is not known."""
    places = []
    for joint in joints:
        left, right = joint.startswith("left_"), joint.startswith("right_")
        place = _PLACES.get(joint.removeprefix("left_").removeprefix("right_"))
        if place is None or (place[0] > 0) != (left or right):
            return None
        places.append((-place[0] if right else place[0], *place[1:]))
    return np.array(places, float)
