"""A skeleton with joint angles: the body whose random motion the base lifter learns from.

Axes of the body at rest, standing with the arms hanging: x to the person's right, y forward, z up
(right-handed).  All angles in degrees.  Everything is batched over B people and T frames and runs
where its tensors lie.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from fitlab.skeletons import COCO17, H36M17, Skeleton, conversion

BODY18 = Skeleton("body18", (*COCO17.joints, "head_top"), (*COCO17.parents, 0))
"""The joints of the body: COCO's, and the vertex of the head that Human3.6M asks for."""

SIDED = (
    "hip_flex",
    "hip_abduct",
    "hip_rotate",
    "knee_flex",
    "arm_raise",
    "arm_plane",
    "arm_rotate",
    "elbow_flex",
    "shrug",
)
MIDDLE = ("spine_flex", "spine_side", "spine_twist", "head_flex", "head_side", "head_twist", "pitch", "roll", "yaw")
ANGLES = (*(f"left_{a}" for a in SIDED), *(f"right_{a}" for a in SIDED), *MIDDLE)
"""The A angles of a pose.  ``pitch`` tips the pelvis forward, ``roll`` to the right, ``yaw`` turns it left.
``arm_raise`` lifts the arm in the plane ``arm_plane``: 0 forward, 90 sideways."""

LIMITS = {
    "hip_flex": (-25, 130), "hip_abduct": (-25, 65), "hip_rotate": (-40, 50), "knee_flex": (0, 155),
    "arm_raise": (-50, 180), "arm_plane": (-45, 120), "arm_rotate": (-90, 90), "elbow_flex": (0, 150),
    "shrug": (-8, 30),
    "spine_flex": (-35, 75), "spine_side": (-35, 35), "spine_twist": (-45, 45),
    "head_flex": (-55, 55), "head_side": (-40, 40), "head_twist": (-75, 75),
    "pitch": (-720, 720), "roll": (-720, 720), "yaw": (-720, 720),
}  # fmt: skip
"""Ranges of motion of healthy adults, rounded outwards (American Academy of Orthopaedic Surgeons 1965;
athletes exceed them a little); the orientation of the pelvis is free."""


def limits() -> Tensor:
    """(2, A): lowest and highest value of every angle."""
    return torch.tensor([LIMITS[_without_side(angle)] for angle in ANGLES], dtype=torch.float32).T


def _without_side(angle: str) -> str:
    return angle.removeprefix("left_").removeprefix("right_")


@dataclass(frozen=True)
class Proportions:
    """Segment lengths of B people in metres, each (B,), drawn around Winter's table of segment
    lengths as shares of body height (Biomechanics and Motor Control, figure 4.1)."""

    lengths: dict[str, Tensor]

    @classmethod
    def random(cls, people: int, generator: torch.Generator) -> "Proportions":
        """Heights of 1.40 to 2.05 m; every segment varies by some 6 % of its own."""
        device = generator.device
        normal = torch.randn(people, len(_SHARES) + 1, generator=generator, device=device)
        height = (1.71 + 0.11 * normal[:, 0]).clamp(1.40, 2.05)
        return cls(
            {
                name: height * share * (1 + spread * normal[:, n]).clamp(0.7, 1.3)
                for n, (name, (share, spread)) in enumerate(_SHARES.items(), start=1)
            }
        )


_SHARES = {  # share of body height, relative spread
    "hip": (0.055, 0.15),  # half the distance of what detectors call hips: between joint centre and trochanter
    "thigh": (0.245, 0.05),
    "shank": (0.246, 0.05),
    "trunk": (0.288, 0.06),
    "shoulder": (0.108, 0.09),
    "upper_arm": (0.180, 0.06),
    "forearm": (0.146, 0.06),
    "neck": (0.045, 0.15),  # from the shoulder line to where the head turns
    "ear": (0.075, 0.12),  # from there to the ears
    "vertex": (0.074, 0.12),  # from the ears to the top
    "ear_side": (0.042, 0.10),
    "eye_side": (0.018, 0.12),
    "face": (0.070, 0.14),  # nose in front of the ears
}

_FACE = {  # in units of (ear_side or eye_side, face, vertex), from the point between the ears
    "nose": (0.0, 0.0, 1.0, -0.15),
    "left_eye": (0.0, -1.0, 0.68, 0.18),
    "right_eye": (0.0, 1.0, 0.68, 0.18),
    "left_ear": (-1.0, 0.0, 0.0, 0.0),
    "right_ear": (1.0, 0.0, 0.0, 0.0),
    "head_top": (0.0, 0.0, 0.0, 1.0),
}


def positions(angles: Tensor, body: Proportions) -> Tensor:
    """Joints of bodies in these poses: forward kinematics.

    Parameters
    ----------
    angles : (B, T, A) degrees, in the order of :data:`ANGLES`

    Returns
    -------
    (B, T, 18, 3) metres, joints of :data:`BODY18`; z up, the middle of the hips at the origin.
    """
    angle = dict(zip(ANGLES, torch.deg2rad(angles).unbind(-1), strict=True))  # each (B, T)
    length = {name: value[:, None, None] for name, value in body.lengths.items()}  # (B, 1, 1)
    right, ahead, up = torch.eye(3, device=angles.device)
    at: dict[str, Tensor] = {}

    pelvis = _about_z(angle["yaw"]) @ _about_x(-angle["pitch"]) @ _about_y(angle["roll"])
    bend = _about_x(-angle["spine_flex"] / 2) @ _about_y(angle["spine_side"] / 2) @ _about_z(angle["spine_twist"] / 2)
    lower, upper = pelvis @ bend, pelvis @ bend @ bend
    # Bending happens at a quarter and at 60 % of the way from the hips to the shoulders.
    trunk = length["trunk"]
    chest = 0.25 * trunk * _turned(pelvis, up) + 0.35 * trunk * _turned(lower, up) + 0.40 * trunk * _turned(upper, up)

    for side, sign in (("left", -1.0), ("right", 1.0)):
        a = {name: angle[f"{side}_{name}"] for name in SIDED}
        hip = sign * length["hip"] * _turned(pelvis, right)
        thigh = pelvis @ _about_x(a["hip_flex"]) @ _about_y(-sign * a["hip_abduct"]) @ _about_z(-sign * a["hip_rotate"])
        shank = thigh @ _about_x(-a["knee_flex"])
        knee = hip - length["thigh"] * _turned(thigh, up)
        at[f"{side}_hip"], at[f"{side}_knee"] = hip, knee
        at[f"{side}_ankle"] = knee - length["shank"] * _turned(shank, up)

        girdle = upper @ _about_y(-sign * a["shrug"])
        shoulder = chest + sign * length["shoulder"] * _turned(girdle, right)
        plane = -sign * a["arm_plane"]
        arm = upper @ _about_z(plane) @ _about_x(a["arm_raise"]) @ _about_z(-sign * a["arm_rotate"] - plane)
        forearm = arm @ _about_x(a["elbow_flex"])
        elbow = shoulder - length["upper_arm"] * _turned(arm, up)
        at[f"{side}_shoulder"], at[f"{side}_elbow"] = shoulder, elbow
        at[f"{side}_wrist"] = elbow - length["forearm"] * _turned(forearm, up)

    head = upper @ _about_z(angle["head_twist"]) @ _about_x(-angle["head_flex"]) @ _about_y(angle["head_side"])
    ears = chest + length["neck"] * _turned(upper, up) + length["ear"] * _turned(head, up)
    for joint, (ear_side, eye_side, face, vertex) in _FACE.items():
        sideways = ear_side * length["ear_side"] + eye_side * length["eye_side"]
        at[joint] = (
            ears
            + sideways * _turned(head, right)
            + face * length["face"] * _turned(head, ahead)
            + vertex * length["vertex"] * _turned(head, up)
        )
    return torch.stack([at[joint] for joint in BODY18.joints], dim=2)


def to_h36m(joints: Tensor) -> Tensor:
    """(..., 18, 3) joints of :data:`BODY18` -> (..., 17, 3) joints of Human3.6M."""
    weights = torch.tensor(conversion(BODY18, H36M17), dtype=joints.dtype, device=joints.device)
    return torch.einsum("jk,...kd->...jd", weights, joints)


def _turned(rotation: Tensor, axis: Tensor) -> Tensor:
    return rotation @ axis  # (B, T, 3, 3) @ (3,) -> (B, T, 3)


def _about_x(angle: Tensor) -> Tensor:
    return _rotation(angle, 1, 2, 0)


def _about_y(angle: Tensor) -> Tensor:
    return _rotation(angle, 2, 0, 1)


def _about_z(angle: Tensor) -> Tensor:
    return _rotation(angle, 0, 1, 2)


def _rotation(angle: Tensor, first: int, second: int, fixed: int) -> Tensor:
    """(..., 3, 3): right-handed turn by ``angle`` radians that takes axis ``first`` towards ``second``."""
    turn = angle.new_zeros(*angle.shape, 3, 3)
    turn[..., first, first] = turn[..., second, second] = torch.cos(angle)
    turn[..., second, first] = torch.sin(angle)
    turn[..., first, second] = -turn[..., second, first]
    turn[..., fixed, fixed] = 1.0
    return turn
