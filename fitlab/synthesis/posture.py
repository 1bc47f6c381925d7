"""From the words of a coach (:mod:`fitlab.synthesis.controls`) to the joints of the body.

Hands and feet that touch something stay where they touch: arms and legs follow by inverse kinematics.  Where the pelvis
is says :mod:`fitlab.synthesis.support`, how bones are turned :mod:`fitlab.synthesis.limbs`.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from fitlab.synthesis.body import Body
from fitlab.synthesis.contacts import Contacts, Stance, held
from fitlab.synthesis.controls import SIDE_NAMES, SIDES, Values, axes
from fitlab.synthesis.feet import Feet, to_left
from fitlab.synthesis.kinematics import FORWARD, LEFT, UP, apply, cross, hinged, part_of, swing, turn, two_bones, unit
from fitlab.synthesis.parts import NECK, SPINE, TRUNK_BONES, Parts, clearance

_NECK_LIMIT_DEG = 45.0
_SEAT = ("root", "pelvis.L", "pelvis.R", "spine05")
_BUTTOCK_SHARE = 0.6  # of the hip's turn that the upper end of the thigh takes part in
_BACK = ("spine01", "spine02", "clavicle.L", "clavicle.R", "shoulder01.L", "shoulder01.R")

Rotations = Mapping[str, np.ndarray]
"""Part -> (T, 3, 3)."""


class Limb(NamedTuple):
    """An arm or a leg: (T, 3) shoulder, elbow and wrist or hip, knee and ankle, and the axis of the middle joint."""

    root: np.ndarray
    middle: np.ndarray
    end: np.ndarray
    hinge: np.ndarray


class Poser:
    """Poses one body.

    Attributes
    ----------
    height_of : {touching: metres}
        How high the point that stands for each of :data:`fitlab.synthesis.contacts.TOUCHING` is on the floor.
    arm, leg : {side: (upper, lower)} metres
    knee_hinge : {side: (3,)}
        Axis about which the knee of the rest pose bends.
    """

    def __init__(self, body: Body, stance: Stance) -> None:
        self.body, self.stance, self.parts = body, stance, Parts(body)
        self.feet = Feet(self.parts, stance.toe_out)
        rest = self.rest = self.parts.rest
        self.arm = {side: self._lengths("upperarm01", "lowerarm01", "wrist", side) for side in SIDES}
        self.leg = {side: self._lengths("upperleg01", "lowerleg01", "foot", side) for side in SIDES}
        self.knee_hinge = {side: cross(rest[f"foot{side}"] - rest[f"upperleg01{side}"], FORWARD) for side in SIDES}
        flesh = body.height / 1.75  # what follows are the measures of a person of 1.75 m
        self.height_of = {
            **{f"foot{side}": float(rest[f"toe2-1{side}"][2]) for side in SIDES},
            **{f"hand{side}": 0.040 * flesh for side in SIDES},
            **{f"elbow{side}": 0.042 * flesh for side in SIDES},
            "pelvis": 0.0,
            "chest": 0.0,
        }
        self._pelvis = self.parts.outline(_SEAT, "root")
        self._buttock = {side: self.parts.outline([f"upperleg01{side}"], f"upperleg01{side}") for side in SIDES}
        self._chest = self.parts.outline(_BACK, "spine01")

    def _lengths(self, *bones_and_side: str) -> tuple[float, float]:
        upper, lower, end, side = bones_and_side
        return self.parts.length(upper + side, lower + side), self.parts.length(lower + side, end + side)

    def standing_place(self, side: str) -> np.ndarray:
        """(3,) where the ball of a foot of the stance is."""
        sign, rest = SIDES[side], self.rest
        half = self.stance.width * abs(rest["upperleg01.L"][0])
        ahead = -sign * self.stance.split / 2 * sum(self.leg[side])
        ankle = np.array([sign * half, ahead, rest[f"foot{side}"][2]])
        return ankle + turn(UP, sign * self.stance.toe_out) @ (rest[f"toe2-1{side}"] - rest[f"foot{side}"])

    def height_on_floor(self, controls: Values, name: str) -> float:
        """Metres from the floor to the point that stands for ``name`` when it lies there, in the first frame."""
        return float(self.feet.ball_height(controls, name[-2:])[0]) if name.startswith("foot") else self.height_of[name]

    def trunk(self, controls: Values) -> dict[str, np.ndarray]:
        """Rotations (T, 3, 3) of pelvis, spine, neck, head and shoulder girdle; the girdle follows the free arms."""
        bend = [turn(LEFT, controls["round"] * (k + 1) / len(SPINE)) for k in range(len(SPINE))]
        line = np.zeros((len(controls["round"]), 3))
        stations = [self.rest[bone] for bone in (*SPINE, "upperarm01.L")]
        stations[0] = self.parts.middle(self.rest, "upperleg01")
        stations[-1] = self.parts.middle(self.rest, "upperarm01")
        for rotation, start, end in zip(bend, stations[:-1], stations[1:], strict=True):
            line = line + rotation @ (end - start)
        own_lean = np.degrees(np.arctan2(-line[:, 1], line[:, 2]))
        pitch = controls["lean"] - own_lean
        root = turn(UP, controls["turn"]) @ to_left(controls["roll"] + controls["tilt"] / 2) @ turn(LEFT, pitch)
        parts = {"root": root}
        for k, bone in enumerate(SPINE):
            share = (k + 1) / len(SPINE)
            parts[bone] = root @ turn(UP, controls["twist"] * share) @ to_left(controls["tilt"] / 2 * share) @ bend[k]
        chest = parts["spine01"]
        straight = (1 - controls["gaze_with_trunk"]) * (pitch + controls["round"])
        nod = np.clip(controls["gaze"] - straight, -_NECK_LIMIT_DEG, _NECK_LIMIT_DEG)
        parts |= {bone: chest @ turn(LEFT, nod * (k + 1) / len(NECK)) for k, bone in enumerate(NECK)}
        for side in SIDES:
            elbow, _, _ = self._free_arm(controls, side)
            way = self.rest[f"lowerarm01{side}"] - self.rest[f"upperarm01{side}"]
            raised = swing(unit(way), unit(apply(np.swapaxes(chest, -1, -2), elbow)))
            parts[f"clavicle{side}"] = chest @ part_of(raised, 0.12)
            parts[f"shoulder01{side}"] = chest @ part_of(raised, 0.25)
        return parts

    def _free_arm(self, controls: Values, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Elbow and wrist of an arm that touches nothing, seen from the shoulder, and where the elbow points."""
        level = _carried(controls, controls[f"{SIDE_NAMES[side]}hand_with_trunk"])
        sided = np.stack([SIDES[side] * LEFT, FORWARD, UP])
        hand = apply(level, axes(controls, "hand", side) @ sided) * sum(self.arm[side])
        pole = apply(level, axes(controls, "elbow", side) @ sided)
        elbow, wrist = two_bones(np.zeros_like(hand), hand, *self.arm[side], pole)
        return elbow, wrist, pole

    def _free_leg(self, controls: Values, side: str) -> tuple[np.ndarray, np.ndarray]:
        """Ankle of a leg that touches nothing, seen from the hip, and the axis about which its knee bends."""
        level = _carried(controls, controls[f"{SIDE_NAMES[side]}leg_with_trunk"])
        ankle = apply(level, axes(controls, "foot", side) @ np.stack([SIDES[side] * LEFT, FORWARD, UP]))
        out = self.stance.toe_out + controls[f"{SIDE_NAMES[side]}knee_out"] + SIDES[side] * self.stance.uneven / 2
        toes = np.cos(np.radians(out))[:, None] * FORWARD + np.sin(np.radians(out))[:, None] * LEFT * SIDES[side]
        ankle, axis = ankle * sum(self.leg[side]), apply(level, cross(-UP, toes))
        _, end = two_bones(np.zeros_like(ankle), ankle, *self.leg[side], cross(axis, ankle))
        return end, axis

    def free_points(self, controls: Values, trunk: Rotations) -> dict[str, np.ndarray]:
        """(T, 3) where all that can touch would be, seen from the pelvis, if nothing held it."""
        heads = self.parts.chain(trunk, np.zeros((len(controls["lean"]), 3)), TRUNK_BONES)
        points = {
            "pelvis": heads["root"] - clearance(self._pelvis, trunk["root"])[:, None] * UP,
            "chest": heads["spine01"] - clearance(self._chest, trunk["spine01"])[:, None] * UP,
        }
        for side in SIDES:
            elbow, wrist, _ = self._free_arm(controls, side)
            ankle, axis = self._free_leg(controls, side)
            shoulder, hip = heads[f"upperarm01{side}"], heads[f"upperleg01{side}"]
            points[f"hand{side}"], points[f"elbow{side}"] = shoulder + wrist, shoulder + elbow
            points[f"foot{side}"] = self.feet.ball_of(controls, side, hip + ankle)
            thigh = self.thigh(side, self._bent_leg(side, hip, hip + ankle, axis))
            seat = hip[:, 2] - clearance(self._buttock[side], buttock(trunk["root"], thigh))
            points["pelvis"][:, 2] = np.minimum(points["pelvis"][:, 2], seat)
        return points

    def arm_joints(self, controls: Values, trunk: Rotations, pelvis: np.ndarray, side: str, contacts: Contacts) -> Limb:
        """Shoulder, elbow, wrist with the pelvis at ``pelvis`` (T, 3)."""
        shoulder = self.parts.chain(trunk, pelvis, TRUNK_BONES)[f"upperarm01{side}"]
        _, wrist, pole = self._free_arm(controls, side)
        target = held(shoulder + wrist, contacts.get(f"hand{side}"))
        target[:, 2] = np.maximum(target[:, 2], 0.6 * self.height_of[f"hand{side}"])
        elbow, end = two_bones(shoulder, target, *self.arm[side], pole)
        if (leaning := contacts.get(f"elbow{side}")) is not None:
            upper = self.arm[side][0]
            propped = shoulder + upper * unit(leaning.place - shoulder)
            elbow = shoulder + upper * unit(elbow - shoulder + leaning.share[:, None] * (propped - elbow))
        return Limb(shoulder, elbow, end, cross(target - shoulder, pole))

    def leg_joints(self, controls: Values, trunk: Rotations, pelvis: np.ndarray, side: str, contacts: Contacts) -> Limb:
        """Hip, knee, ankle with the pelvis at ``pelvis`` (T, 3)."""
        hip = self.parts.chain(trunk, pelvis, TRUNK_BONES)[f"upperleg01{side}"]
        ankle, axis = self._free_leg(controls, side)
        touch, target = contacts.get(f"foot{side}"), hip + ankle
        if touch is not None:
            target = target + touch.share[:, None] * (self.feet.ankle_of(controls, side, touch.place) - target)
        leg = self._bent_leg(side, hip, target, axis)
        if touch is not None and (touch.share >= 1).all():
            return leg
        for _ in range(2):  # the ankle as high as the foot needs it to stay above the floor, which turns the foot again
            foot = self.feet.turned(controls, side, self.shank(side, leg), None if touch is None else touch.share)
            lowest = self.feet.above_floor(side, *foot)
            if touch is not None:
                lowest = np.where(touch.share < 1, lowest, -np.inf)  # where it stands, it stands
            target[:, 2] = np.maximum(target[:, 2], lowest)
            leg = self._bent_leg(side, hip, target, axis)
        return leg

    def _bent_leg(self, side: str, hip: np.ndarray, ankle: np.ndarray, axis: np.ndarray) -> Limb:
        pole = cross(axis, ankle - hip)
        knee, end = two_bones(hip, ankle, *self.leg[side], pole)
        return Limb(hip, knee, end, cross(ankle - hip, pole))

    def thigh(self, side: str, leg: Limb) -> np.ndarray:
        """(T, 3, 3) rotation of the thigh of ``leg``."""
        way = self.rest[f"lowerleg01{side}"] - self.rest[f"upperleg01{side}"]
        return hinged(leg.middle - leg.root, leg.hinge) @ hinged(way, self.knee_hinge[side]).T

    def shank(self, side: str, leg: Limb) -> np.ndarray:
        """(T, 3, 3) rotation of the shank of ``leg``."""
        way = self.rest[f"foot{side}"] - self.rest[f"lowerleg01{side}"]
        return hinged(leg.end - leg.middle, leg.hinge) @ hinged(way, self.knee_hinge[side]).T

    def centre_of_mass(
        self, controls: Values, trunk: Rotations, pelvis: np.ndarray, contacts: Contacts
    ) -> tuple[np.ndarray, dict[str, Limb]]:
        """(T, 3) metres, and the legs by side, which come with it."""
        heads = self.parts.chain(trunk, pelvis, (*TRUNK_BONES, *NECK))
        arms = {side: self.arm_joints(controls, trunk, pelvis, side, contacts) for side in SIDES}
        legs = {side: self.leg_joints(controls, trunk, pelvis, side, contacts) for side in SIDES}
        for side in SIDES:
            heads |= {f"lowerarm01{side}": arms[side].middle, f"wrist{side}": arms[side].end}
            heads |= {f"lowerleg01{side}": legs[side].middle, f"foot{side}": legs[side].end}
            heads[f"finger3-1{side}"] = arms[side].end + 0.35 * (arms[side].end - arms[side].middle)
            heads[f"toe2-1{side}"] = self.feet.ball_of(controls, side, legs[side].end)
        return self.parts.centre_of_mass(trunk, heads), legs


def buttock(root: np.ndarray, thigh: np.ndarray) -> np.ndarray:
    """(T, 3, 3) how the skin at the upper end of a thigh is turned: half-way, so that buttocks keep their volume."""
    return root @ part_of(np.swapaxes(root, -1, -2) @ thigh, _BUTTOCK_SHARE)


def _carried(controls: Values, share: np.ndarray) -> np.ndarray:
    """Axes (T, 3, 3) that face where the body does and lean with the trunk by ``share``."""
    leaning = to_left(share * controls["roll"]) @ turn(LEFT, share * controls["lean"])
    return turn(UP, controls["turn"]) @ leaning @ turn(UP, share * controls["twist"])
