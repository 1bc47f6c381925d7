"""From the words of a coach (:mod:`fitlab.synthesis.controls`) to every bone of the body.

Hands and feet that touch something stay where they touch: arms and legs follow by inverse kinematics.  Where the pelvis
is says :mod:`fitlab.synthesis.support`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fitlab.synthesis.body import Body
from fitlab.synthesis.controls import SIDE_NAMES, SIDES, Values, axes
from fitlab.synthesis.kinematics import FORWARD, LEFT, UP, apply, frame, part_of, swing, turn, two_bones, unit
from fitlab.synthesis.parts import NECK, SPINE, TRUNK_BONES, Parts

_NECK_LIMIT_DEG = 45.0
_BUTTOCK_SHARE = 0.6  # of the hip's turn that the upper end of the thigh takes part in
_FIST_DEG = (70.0, 85.0, 50.0)  # of the three joints of a finger

TOUCHING = ("foot.L", "foot.R", "hand.L", "hand.R", "elbow.L", "elbow.R", "pelvis", "chest")
"""What can touch the floor: balls of the feet, wrists above their palms, elbows, middle of pelvis and upper back."""


@dataclass(frozen=True)
class Stance:
    """Where feet stand.

    ``width`` is the distance of the ankles in units of the distance of the hips, ``split`` how far the left foot stands
    in front of the right one in leg lengths, ``toe_out`` the angle of each foot in degrees, ``uneven`` how many degrees
    more the left knee points outwards.
    """

    width: float = 1.6
    split: float = 0.0
    toe_out: float = 18.0
    uneven: float = 0.0


@dataclass(frozen=True, eq=False)
class Motion:
    """Rotations (T, J, 3, 3) from the rest pose and heads (T, J, 3), metres, of all bones in the world."""

    rotations: np.ndarray
    heads: np.ndarray

    def __len__(self) -> int:
        return len(self.heads)

    def __getitem__(self, frames: slice | np.ndarray) -> "Motion":
        return Motion(self.rotations[frames], self.heads[frames])


@dataclass(frozen=True)
class Contact:
    """How much (T,) something touches, 0 to 1, and where (T, 3), metres."""

    share: np.ndarray
    place: np.ndarray


Contacts = Mapping[str, Contact]
"""Some of :data:`TOUCHING` -> :class:`Contact`; what is left out touches nothing."""


class Poser:
    """Poses one body.

    Attributes
    ----------
    height_of : {touching: metres}
        How high the point that stands for each of :data:`TOUCHING` is when it lies on the floor.
    """

    def __init__(self, body: Body, stance: Stance) -> None:
        self.body, self.stance, self.parts = body, stance, Parts(body)
        rest = self.rest = self.parts.rest
        self.trunk_line = self.parts.middle(rest, "upperarm01") - self.parts.middle(rest, "upperleg01")
        self.arm = {side: self._lengths("upperarm01", "lowerarm01", "wrist", side) for side in SIDES}
        self.leg = {side: self._lengths("upperleg01", "lowerleg01", "foot", side) for side in SIDES}
        flesh = body.height / 1.75  # what follows are the measures of a person of 1.75 m
        self.height_of = {
            **{f"foot{side}": float(rest[f"toe2-1{side}"][2]) for side in SIDES},
            **{f"hand{side}": 0.040 * flesh for side in SIDES},
            **{f"elbow{side}": 0.042 * flesh for side in SIDES},
            "pelvis": self.parts.behind(("pelvis.L", "pelvis.R", "spine05"), "root"),
            "chest": self.parts.behind(("spine01", "spine02"), "spine01"),
        }
        soles = np.isin(body.template.main_bone, [body.template.bone_index[bone] for bone in _SOLE])
        ends = body.vertices[soles, 1] - rest["toe2-1.L"][1]
        self.sole = np.array([ends.max(), ends.min()]) * np.cos(np.radians(stance.toe_out))
        """How far heel and tip of the toes are behind the ball of the foot along y, metres."""

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
        root = turn(UP, controls["turn"]) @ _to_left(controls["roll"] + controls["tilt"] / 2) @ turn(LEFT, pitch)
        parts = {"root": root}
        for k, bone in enumerate(SPINE):
            share = (k + 1) / len(SPINE)
            parts[bone] = root @ turn(UP, controls["twist"] * share) @ _to_left(controls["tilt"] / 2 * share) @ bend[k]
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

    def _free_leg(self, controls: Values, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Knee and ankle of a leg that touches nothing, seen from the hip, and where the knee points."""
        level = _carried(controls, controls[f"{SIDE_NAMES[side]}leg_with_trunk"])
        ankle = apply(level, axes(controls, "foot", side) @ np.stack([SIDES[side] * LEFT, FORWARD, UP]))
        out = self.stance.toe_out + controls[f"{SIDE_NAMES[side]}knee_out"] + SIDES[side] * self.stance.uneven / 2
        pole = apply(
            level, np.cos(np.radians(out))[:, None] * FORWARD + np.sin(np.radians(out))[:, None] * LEFT * SIDES[side]
        )
        knee, ankle = two_bones(np.zeros_like(ankle), ankle * sum(self.leg[side]), *self.leg[side], pole)
        return knee, ankle, pole

    def _standing_foot(self, controls: Values, side: str) -> np.ndarray:
        """(T, 3, 3) rotation of a foot on the floor."""
        lying = controls[f"{SIDE_NAMES[side]}leg_with_trunk"] * controls["roll"]
        heading = turn(UP, controls["turn"]) @ _to_left(lying) @ turn(UP, SIDES[side] * self.stance.toe_out)
        return heading @ turn(LEFT, controls[f"{SIDE_NAMES[side]}heel"])

    def ankle_of(self, controls: Values, side: str, ball: np.ndarray) -> np.ndarray:
        """(T, 3) where the ankle is when the foot stands with its ball at ``ball`` (T, 3)."""
        foot = self._standing_foot(controls, side)
        return ball + foot @ (self.rest[f"foot{side}"] - self.rest[f"toe2-1{side}"])

    def free_points(self, controls: Values, trunk: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """(T, 3) where :data:`TOUCHING` would be, seen from the pelvis, if nothing held them."""
        heads = self.parts.chain(trunk, np.zeros((len(controls["lean"]), 3)), TRUNK_BONES)
        points = {"pelvis": heads["root"], "chest": heads["spine01"]}
        for side in SIDES:
            elbow, wrist, _ = self._free_arm(controls, side)
            _, ankle, _ = self._free_leg(controls, side)
            shoulder, hip = heads[f"upperarm01{side}"], heads[f"upperleg01{side}"]
            to_ball = self.rest[f"toe2-1{side}"] - self.rest[f"foot{side}"]
            points[f"hand{side}"], points[f"elbow{side}"] = shoulder + wrist, shoulder + elbow
            points[f"foot{side}"] = hip + ankle + self._standing_foot(controls, side) @ to_ball
        return points

    def limbs(
        self, controls: Values, trunk: Mapping[str, np.ndarray], pelvis: np.ndarray, contacts: Contacts
    ) -> dict[str, np.ndarray]:
        """Rotations (T, 3, 3) of all parts, with the pelvis at ``pelvis`` (T, 3)."""
        heads = self.parts.chain(trunk, pelvis, TRUNK_BONES)
        parts = dict(trunk)
        for side in SIDES:
            parts |= self._arm(controls, side, heads[f"upperarm01{side}"], contacts)
            parts |= self._leg(controls, side, heads[f"upperleg01{side}"], contacts)
        return parts

    def _arm(self, controls: Values, side: str, shoulder: np.ndarray, contacts: Contacts) -> dict[str, np.ndarray]:
        rest, (upper, lower) = self.rest, self.arm[side]
        elbow_rest, wrist_rest = rest[f"lowerarm01{side}"], rest[f"wrist{side}"]
        way = elbow_rest - rest[f"upperarm01{side}"]
        _, wrist, pole = self._free_arm(controls, side)
        target = _held(shoulder + wrist, contacts.get(f"hand{side}"))
        target[:, 2] = np.maximum(target[:, 2], 0.6 * self.height_of[f"hand{side}"])
        elbow, end = two_bones(shoulder, target, upper, lower, pole)
        if (leaning := contacts.get(f"elbow{side}")) is not None:
            propped = shoulder + upper * unit(leaning.place - shoulder)
            elbow = shoulder + upper * unit(elbow - shoulder + leaning.share[:, None] * (propped - elbow))
        rest_pole = elbow_rest - (rest[f"upperarm01{side}"] + wrist_rest) / 2
        hinge, rest_hinge = np.cross(target - shoulder, pole), np.cross(wrist_rest - rest[f"upperarm01{side}"], rest_pole)
        forearm = _hinged(end - elbow, hinge) @ _hinged(wrist_rest - elbow_rest, rest_hinge).T
        name = SIDE_NAMES[side]
        along = unit(wrist_rest - elbow_rest)
        hand = forearm @ turn(along, -SIDES[side] * controls[f"{name}hand_twist"])
        fingers, palm = self._rest_hand(side)
        flat = turn(UP, controls["turn"]) @ (frame(FORWARD, -UP) @ frame(fingers, palm).T)
        hand = _between(hand, flat, controls[f"{name}hand_flat"])
        parts = {
            f"upperarm01{side}": _hinged(elbow - shoulder, hinge) @ _hinged(way, rest_hinge).T,
            f"lowerarm01{side}": forearm,
            f"wrist{side}": hand,
            f"thumb{side}": hand @ part_of(self._thumb_to_palm(side), controls[f"{name}hand_flat"]),
        }
        curl, axis = np.zeros(len(hand)), unit(np.cross(fingers, palm))
        for joint, degrees in enumerate(_FIST_DEG, start=1):
            curl = curl + degrees * controls[f"{name}grip"]
            parts[f"finger-{joint}{side}"] = hand @ turn(axis, curl)
        return parts

    def _rest_hand(self, side: str) -> tuple[np.ndarray, np.ndarray]:
        """Where the fingers and the palm of the rest pose point."""
        rest = self.rest
        fingers = unit(rest[f"finger3-1{side}"] - rest[f"wrist{side}"])
        across = rest[f"finger5-1{side}"] - rest[f"finger2-1{side}"]
        return fingers, -SIDES[side] * unit(np.cross(fingers, across))

    def _thumb_to_palm(self, side: str) -> np.ndarray:
        """(3, 3) the turn that brings the thumb of the rest pose into the plane of the palm."""
        _, palm = self._rest_hand(side)
        thumb = unit(self.rest[f"finger1-3{side}"] - self.rest[f"finger1-1{side}"])
        return swing(thumb, unit(thumb - (thumb @ palm + 0.1) * palm))

    def _leg(self, controls: Values, side: str, hip: np.ndarray, contacts: Contacts) -> dict[str, np.ndarray]:
        rest = self.rest
        hip_rest, knee_rest, ankle_rest = (rest[bone + side] for bone in ("upperleg01", "lowerleg01", "foot"))
        _, ankle, pole = self._free_leg(controls, side)
        touch, target, standing = contacts.get(f"foot{side}"), hip + ankle, self._standing_foot(controls, side)
        if touch is not None:
            held = self.ankle_of(controls, side, touch.place)
            target = target + touch.share[:, None] * (held - target)
        target[:, 2] = np.maximum(target[:, 2], 0.6 * ankle_rest[2])
        knee, end = two_bones(hip, target, *self.leg[side], pole)
        hinge, rest_hinge = np.cross(target - hip, pole), np.cross(ankle_rest - hip_rest, FORWARD)
        shank = _hinged(end - knee, hinge) @ _hinged(ankle_rest - knee_rest, rest_hinge).T
        foot = shank @ turn(LEFT, controls[f"{SIDE_NAMES[side]}point"])
        toes = foot
        if touch is not None:
            foot = _between(foot, standing, touch.share)
            heel = np.minimum(controls[f"{SIDE_NAMES[side]}heel"], _TOE_LIMIT_DEG)
            toes = _between(foot, standing @ turn(LEFT, -heel), touch.share)
        return {
            f"upperleg01{side}": _hinged(knee - hip, hinge) @ _hinged(knee_rest - hip_rest, rest_hinge).T,
            f"lowerleg01{side}": shank,
            f"foot{side}": foot,
            f"toes{side}": toes,
        }

    def motion(self, controls: Values, pelvis: np.ndarray, contacts: Contacts) -> Motion:
        """The motion with these controls, each (T,), the pelvis at ``pelvis`` (T, 3) metres."""
        parts = self.limbs(controls, self.trunk(controls), pelvis, contacts)
        bones = self.body.template.bones
        heads = self.parts.chain(parts, pelvis, bones)
        skin = {bone: parts[self.parts.part[bone]] for bone in bones}
        for side in SIDES:  # half-way between two parts: buttocks and forearms keep their volume
            relative = np.swapaxes(parts["root"], -1, -2) @ parts[f"upperleg01{side}"]
            skin[f"upperleg01{side}"] = parts["root"] @ part_of(relative, _BUTTOCK_SHARE)
            along = unit(self.rest[f"wrist{side}"] - self.rest[f"lowerarm01{side}"])
            half = -SIDES[side] * controls[f"{SIDE_NAMES[side]}hand_twist"] / 2
            skin[f"lowerarm02{side}"] = parts[f"lowerarm01{side}"] @ turn(along, half)
        return Motion(
            np.stack([skin[bone] for bone in bones], axis=1).astype(np.float32),
            np.stack([heads[bone] for bone in bones], axis=1).astype(np.float32),
        )


_SOLE = ("foot.L", "toe2-2.L", "toe1-2.L")
_TOE_LIMIT_DEG = 75.0


def _to_left(degrees: np.ndarray) -> np.ndarray:
    """Rotations that tip what is above to the left."""
    return turn(-FORWARD, degrees)


def _carried(controls: Values, share: np.ndarray) -> np.ndarray:
    """Axes (T, 3, 3) that face where the body does and lean with the trunk by ``share``."""
    leaning = _to_left(share * controls["roll"]) @ turn(LEFT, share * controls["lean"])
    return turn(UP, controls["turn"]) @ leaning @ turn(UP, share * controls["twist"])


def _hinged(direction: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """Frames (..., 3, 3) of bones along ``direction`` that bend about ``hinge``, both (..., 3)."""
    return frame(direction, np.cross(hinge, direction))


def _held(free: np.ndarray, contact: Contact | None) -> np.ndarray:
    return free.copy() if contact is None else free + contact.share[:, None] * (contact.place - free)


def _between(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rotations ``share`` (T,) of the way from ``start`` to ``end``, along the geodesic."""
    return start @ part_of(np.swapaxes(start, -1, -2) @ end, share)
