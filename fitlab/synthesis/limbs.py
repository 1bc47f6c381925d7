"""From joints to bones: how every bone is turned, hands and fingers included."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fitlab.synthesis.contacts import Contacts
from fitlab.synthesis.controls import SIDE_NAMES, SIDES, Values
from fitlab.synthesis.feet import between
from fitlab.synthesis.kinematics import FORWARD, UP, cross, frame, hinged, part_of, swing, turn, unit
from fitlab.synthesis.posture import Limb, Poser, buttock

_FIST_DEG = (70.0, 85.0, 50.0)  # of the three joints of a finger


@dataclass(frozen=True, eq=False)
class Motion:
    """Rotations (T, J, 3, 3) from the rest pose and heads (T, J, 3), metres, of all bones in the world."""

    rotations: np.ndarray
    heads: np.ndarray

    def __len__(self) -> int:
        return len(self.heads)

    def __getitem__(self, frames: slice | np.ndarray) -> "Motion":
        return Motion(self.rotations[frames], self.heads[frames])


def motion_of(poser: Poser, controls: Values, pelvis: np.ndarray, contacts: Contacts) -> Motion:
    """The motion with these controls, each (T,), the pelvis at ``pelvis`` (T, 3) metres."""
    parts = poser.trunk(controls)
    for side in SIDES:
        parts |= _arm(poser, controls, side, poser.arm_joints(controls, parts, pelvis, side, contacts))
        parts |= _leg(poser, controls, side, poser.leg_joints(controls, parts, pelvis, side, contacts), contacts)
    bones = poser.body.template.bones
    heads = poser.parts.chain(parts, pelvis, bones)
    skin = {bone: parts[poser.parts.part[bone]] for bone in bones}
    for side in SIDES:  # half-way between two parts: buttocks and forearms keep their volume
        skin[f"upperleg01{side}"] = buttock(parts["root"], parts[f"upperleg01{side}"])
        along = unit(poser.rest[f"wrist{side}"] - poser.rest[f"lowerarm01{side}"])
        half = -SIDES[side] * controls[f"{SIDE_NAMES[side]}hand_twist"] / 2
        skin[f"lowerarm02{side}"] = parts[f"lowerarm01{side}"] @ turn(along, half)
    return Motion(
        np.stack([skin[bone] for bone in bones], axis=1).astype(np.float32),
        np.stack([heads[bone] for bone in bones], axis=1).astype(np.float32),
    )


def _arm(poser: Poser, controls: Values, side: str, arm: Limb) -> dict[str, np.ndarray]:
    rest, name = poser.rest, SIDE_NAMES[side]
    shoulder_rest, elbow_rest, wrist_rest = (rest[bone + side] for bone in ("upperarm01", "lowerarm01", "wrist"))
    rest_hinge = cross(wrist_rest - shoulder_rest, elbow_rest - (shoulder_rest + wrist_rest) / 2)
    forearm = hinged(arm.end - arm.middle, arm.hinge) @ hinged(wrist_rest - elbow_rest, rest_hinge).T
    hand = forearm @ turn(unit(wrist_rest - elbow_rest), -SIDES[side] * controls[f"{name}hand_twist"])
    fingers, palm = _rest_hand(rest, side)
    flat = turn(UP, controls["turn"]) @ (frame(FORWARD, -UP) @ frame(fingers, palm).T)
    hand = between(hand, flat, controls[f"{name}hand_flat"])
    thumb = unit(rest[f"finger1-3{side}"] - rest[f"finger1-1{side}"])
    beside = swing(thumb, unit(thumb - (thumb @ palm + 0.1) * palm))  # in the plane of the palm
    parts = {
        f"upperarm01{side}": hinged(arm.middle - arm.root, arm.hinge)
        @ hinged(elbow_rest - shoulder_rest, rest_hinge).T,
        f"lowerarm01{side}": forearm,
        f"wrist{side}": hand,
        f"thumb{side}": hand @ part_of(beside, controls[f"{name}hand_flat"]),
    }
    curl, axis = np.zeros(len(hand)), unit(cross(fingers, palm))
    for joint, degrees in enumerate(_FIST_DEG, start=1):
        curl = curl + degrees * controls[f"{name}grip"]
        parts[f"finger-{joint}{side}"] = hand @ turn(axis, curl)
    return parts


def _rest_hand(rest: Mapping[str, np.ndarray], side: str) -> tuple[np.ndarray, np.ndarray]:
    """Where the fingers and the palm of the rest pose point."""
    fingers = unit(rest[f"finger3-1{side}"] - rest[f"wrist{side}"])
    across = rest[f"finger5-1{side}"] - rest[f"finger2-1{side}"]
    return fingers, -SIDES[side] * unit(cross(fingers, across))


def _leg(poser: Poser, controls: Values, side: str, leg: Limb, contacts: Contacts) -> dict[str, np.ndarray]:
    shank = poser.shank(side, leg)
    touch = contacts.get(f"foot{side}")
    foot, toes = poser.feet.turned(controls, side, shank, None if touch is None else touch.share)
    return {
        f"upperleg01{side}": poser.thigh(side, leg),
        f"lowerleg01{side}": shank,
        f"foot{side}": foot,
        f"toes{side}": toes,
    }
