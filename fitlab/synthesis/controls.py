"""The words in which a posture is told: named numbers that a coach would say.

Lengths of limbs are the units of what hands and feet do, so that one description fits every body.
"""

from collections.abc import Mapping

import numpy as np

from fitlab.errors import InputError

TRUNK: Mapping[str, float] = {
    "lean": 3.0,  # degrees from vertical to the line from the hips to the shoulders, forward; 90 prone, -90 supine
    "roll": 0.0,  # degrees that the whole body tips to its left
    "turn": 0.0,  # degrees that the whole body faces to the left
    "round": 0.0,  # degrees of bending spread over the spine, forward
    "tilt": 0.0,  # degrees that the trunk bends to the left
    "twist": 0.0,  # degrees that the shoulders are turned to the left of the hips
    "gaze": 5.0,  # degrees that the face looks below the horizon
    "gaze_with_trunk": 0.0,  # 0: the horizon is the world's, 1: that of somebody who stands straight
    "thigh": 3.0,  # degrees from vertical to the thigh of the leg that bends more and stands; 90 is level
    "balance": 0.45,  # centre of mass between the heels (0) and the toes (1)
    "shift": 0.0,  # hundredths of a leg's length that the pelvis of somebody who stands moves to the left
    "rise": 0.0,  # centimetres from the floor to the lowest foot, of somebody who is in the air or hangs
}
LIMBS: Mapping[str, float] = {
    "hand_out": 0.1,  # hand seen from its shoulder, in arm lengths
    "hand_forward": 0.12,
    "hand_up": -0.95,
    "hand_with_trunk": 0.5,  # 0: these axes stay level, 1: they lean with the trunk
    "elbow_out": 0.5,  # direction in which the elbow points
    "elbow_forward": -1.0,
    "elbow_up": -0.2,
    "hand_flat": 0.0,  # 1: the palm lies on something, fingers forward; 0: the hand goes on where the forearm points
    "hand_twist": 0.0,  # degrees that the forearm turns the palm up (supination)
    "grip": 0.3,  # 0: fingers straight, 1: a fist
    "foot_out": 0.0,  # ankle seen from its hip, in leg lengths; feet that stand do not need it
    "foot_forward": 0.0,
    "foot_up": -0.99,
    "leg_with_trunk": 0.0,  # as hand_with_trunk, also for where the knee points
    "knee_out": 0.0,  # degrees that the knee points outside the toes
    "heel": 0.0,  # degrees that the heel of a foot on the floor is lifted
    "point": 15.0,  # degrees that the toes of a foot in the air point downwards
}
SIDES = {".L": 1, ".R": -1}
SIDE_NAMES = {".L": "left_", ".R": "right_"}

CONTROLS: Mapping[str, float] = {
    **TRUNK,
    **{side + name: value for name, value in LIMBS.items() for side in SIDE_NAMES.values()},
}
"""Control -> value of a person who stands at ease.  Those of limbs carry their side: ``left_hand_up``."""

Values = Mapping[str, np.ndarray]
"""Control -> (T,) values over time."""


def expanded(given: Mapping[str, float], where: str) -> dict[str, float]:
    """``given`` with both sides spelled out: ``hand_up`` is the left and the right one; InputError for unknown ones.

    What is said of one side counts more than what is said of both.
    """
    both: dict[str, float] = {}
    for name, value in given.items():
        if name in LIMBS:
            both |= {side + name: float(value) for side in SIDE_NAMES.values()}
        elif name not in CONTROLS:
            raise InputError(f"a control in {where} must be one of {_known()}, got {name!r}; correct the name")
    return both | {name: float(value) for name, value in given.items() if name in CONTROLS}


def _known() -> str:
    return ", ".join([*TRUNK, *LIMBS])


def axes(controls: Values, name: str, side: str) -> np.ndarray:
    """(T, 3) the controls ``<name>_out``, ``_forward``, ``_up`` of one side."""
    return np.stack([controls[f"{SIDE_NAMES[side]}{name}_{axis}"] for axis in ("out", "forward", "up")], axis=-1)


_REACHES = tuple(f"{side}{limb}" for side in SIDE_NAMES.values() for limb in ("hand", "foot"))
_AXES = ("out", "forward", "up")


def to_course(controls: Values) -> dict[str, np.ndarray]:
    """Controls in the form that is interpolated between key poses.

    A hand half-way between two places is half-way in direction and in the bend of the elbow: the hand of a curl goes
    round the elbow, not straight to the shoulder.
    """
    course = dict(controls)
    for limb in _REACHES:
        vectors = np.stack([course.pop(f"{limb}_{axis}") for axis in _AXES], axis=-1)
        reach = np.linalg.norm(vectors, axis=-1)
        course |= {f"{limb}_{axis}": part for axis, part in zip(_AXES, (vectors / reach[:, None]).T, strict=True)}
        course[f"{limb}_bend"] = 2 * np.arccos(np.clip(reach, 0.05, 1))  # of a limb whose halves are equally long
    return course


def from_course(course: Values) -> dict[str, np.ndarray]:
    """Controls of what :func:`to_course` gave, interpolated."""
    controls = dict(course)
    for limb in _REACHES:
        vectors = np.stack([controls[f"{limb}_{axis}"] for axis in _AXES], axis=-1)
        reach = np.cos(controls.pop(f"{limb}_bend") / 2)
        vectors *= (reach / np.maximum(np.linalg.norm(vectors, axis=-1), 1e-6))[:, None]
        controls |= {f"{limb}_{axis}": part for axis, part in zip(_AXES, vectors.T, strict=True)}
    return controls
