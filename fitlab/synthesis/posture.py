"""From a few words of a coach (how deep, how far forward, where the knees point) to every bone of the body.

A posture is a set of named controls (:data:`CONTROLS`), each an array (T,).  Feet stay where the stance plants them;
the legs follow by inverse kinematics, the pelvis moves forward and back so that the centre of mass stays over the feet,
and the arms follow the hands.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fitlab.synthesis.body import Body
from fitlab.synthesis.kinematics import FORWARD, LEFT, UP, apply, frame, part_of, swing, turn, two_bones, unit

CONTROLS: Mapping[str, float] = {
    "thigh": 3.0,  # degrees from vertical to the thigh, mean of both; 90 is parallel to the floor
    "lean": 3.0,  # degrees from vertical to the line from the hips to the shoulders, forward
    "round": 0.0,  # degrees of bending spread over the spine, forward
    "turn": 0.0,  # degrees that the pelvis turns to the left
    "tilt": 0.0,  # degrees that the trunk bends to the left
    "shift": 0.0,  # centimetres that the pelvis moves to the left
    "balance": 0.45,  # centre of mass between the heels (0) and the toes (1)
    "knee_out": 0.0,  # degrees that the knees point outside the toes
    "gaze": 5.0,  # degrees that the face looks below the horizon
    "hand_out": 0.1,  # hand seen from its shoulder, in arm lengths
    "hand_forward": 0.12,
    "hand_up": -0.95,
    "hand_with_trunk": 0.5,  # 0: these axes stay level, 1: they lean with the trunk
    "elbow_out": 0.5,  # direction in which the elbow points
    "elbow_forward": -1.0,
    "elbow_up": -0.2,
}
"""Control -> value of a person who stands at ease."""

SIDES = {".L": 1, ".R": -1}
_SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
_NECK = ("neck01", "neck02", "neck03", "head")
_NECK_LIMIT_DEG = 45.0
_BUTTOCK_SHARE = 0.6  # of the hip's turn that the upper end of the thigh takes part in

# Mass of each segment as a share of the body's, and its centre on the way from the first bone head to the second:
# de Leva 1996 (J Biomech 29:1223), table 4, mean of men and women.  The head's centre is that of its vertices.
_HEAD_MASS = 0.068
_SEGMENTS = {
    ("upperarm01", "lowerarm01"): (0.0263, 0.576),
    ("lowerarm01", "wrist"): (0.0150, 0.457),
    ("wrist", "finger3-1"): (0.0059, 0.79),
    ("upperleg01", "lowerleg01"): (0.1447, 0.385),
    ("lowerleg01", "foot"): (0.0457, 0.444),
    ("foot", "toe2-1"): (0.0133, 0.42),
}
_TRUNK_MASS, _TRUNK_CENTRE = 0.430, 0.415  # from the middle of the shoulders to the middle of the hips


@dataclass(frozen=True)
class Stance:
    """Where the feet are planted.

    ``width`` is the distance of the ankles in units of the distance of the hips, ``toe_out`` the
    angle of each foot in degrees, ``uneven`` how many degrees more the left knee points outwards.
    """

    width: float = 1.6
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


class Poser:
    """Poses one body on one stance."""

    def __init__(self, body: Body, stance: Stance) -> None:
        self.body, self.stance = body, stance
        self._index = body.template.bone_index
        rest = {name: body.heads[bone].astype(float) for name, bone in self._index.items()}
        self._rest = rest
        self._feet = {side: self._plant(side, sign) for side, sign in SIDES.items()}
        owner = body.template.main_bone
        self._head_centre = body.vertices[owner == self._index["head"]].mean(axis=0)
        soles = np.isin(owner, [self._index["foot.L"], self._index["toe2-2.L"], self._index["toe1-2.L"]])
        ends = body.vertices[soles, 1] - rest["foot.L"][1]
        self._base = np.array([ends.max(), ends.min()]) * np.cos(np.radians(stance.toe_out))  # heel, toes along y
        hips, shoulders = self._middle(rest, "upperleg01"), self._middle(rest, "upperarm01")
        self._trunk = shoulders - hips

    def _plant(self, side: str, sign: int) -> tuple[np.ndarray, np.ndarray]:
        """Position (3,) of the ankle and rotation of the foot."""
        half = self.stance.width * abs(self._rest["upperleg01.L"][0])
        ankle = np.array([sign * half, 0.0, self._rest[f"foot{side}"][2]])
        return ankle, turn(UP, sign * self.stance.toe_out)

    @staticmethod
    def _middle(heads: Mapping[str, np.ndarray], bone: str) -> np.ndarray:
        return (heads[f"{bone}.L"] + heads[f"{bone}.R"]) / 2

    def heights(self, controls: Mapping[str, np.ndarray]) -> np.ndarray:
        """(T,) height of the pelvis, metres, at which the thighs have the inclination of ``controls["thigh"]``.

        Illinois' false position: the lower the pelvis, the more the thighs incline.
        """
        upper, wanted = self._upper_body(controls), controls["thigh"]
        longest = self._rest["root"][2] * 0.999
        low, high = np.full(len(wanted), 0.2 * longest), np.full(len(wanted), longest)

        def surplus(height: np.ndarray) -> np.ndarray:
            return self._thigh_inclination(self._balanced(controls, upper, height)[1]) - wanted

        at_low, at_high = surplus(low), surplus(high)  # positive, negative
        middle = high
        for _ in range(9):
            middle = np.where(at_high < 0, (low * at_high - high * at_low) / (at_high - at_low), high)
            at_middle = surplus(middle)
            below = at_middle > 0
            at_high, at_low = np.where(below, at_high / 2, at_middle), np.where(below, at_middle, at_low / 2)
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return middle

    def pose(self, controls: Mapping[str, np.ndarray], heights: np.ndarray) -> Motion:
        """The motion with these controls, each (T,), and the pelvis at ``heights`` (T,) metres."""
        segments, heads = self._balanced(controls, self._upper_body(controls), heights, every_bone=True)
        order = self.body.template.bones
        buttocks = {}
        for side in SIDES:  # half-way between pelvis and thigh: a deep squat then keeps the volume of the buttocks
            relative = np.swapaxes(segments["root"], -1, -2) @ segments[f"upperleg01{side}"]
            buttocks[f"upperleg01{side}"] = segments["root"] @ part_of(relative, _BUTTOCK_SHARE)
        rotations = np.stack([buttocks.get(bone, segments[self._segment(bone)]) for bone in order], axis=1)
        return Motion(
            rotations.astype(np.float32), np.stack([heads[bone] for bone in order], axis=1).astype(np.float32)
        )

    def centre_of_mass(self, segments: Mapping[str, np.ndarray], heads: Mapping[str, np.ndarray]) -> np.ndarray:
        """(T, 3) metres, by :data:`_SEGMENTS`."""
        offset = self._head_centre - self._rest["head"]
        total = _HEAD_MASS * (heads["head"] + segments["head"] @ offset)
        shoulders, hips = self._middle(heads, "upperarm01"), self._middle(heads, "upperleg01")
        total = total + _TRUNK_MASS * (shoulders + _TRUNK_CENTRE * (hips - shoulders))
        for (start, end), (mass, centre) in _SEGMENTS.items():
            for side in SIDES:
                first, second = heads[start + side], heads[end + side]
                total = total + mass * (first + centre * (second - first))
        return total

    def _balanced(
        self,
        controls: Mapping[str, np.ndarray],
        upper: Mapping[str, np.ndarray],
        heights: np.ndarray,
        every_bone: bool = False,
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Segment rotations and bone heads with the centre of mass where ``controls["balance"]`` wants it."""
        heel, toes = self._base
        wanted = heel + controls["balance"] * (toes - heel)
        pelvis = np.stack([controls["shift"] / 100, np.zeros_like(heights), heights], axis=-1)
        for _ in range(4):  # moving the pelvis by 1 moves the centre of mass by about 0.8: converges tenfold each time
            segments = {**upper, **self._legs(upper["root"], pelvis, controls["knee_out"])}
            heads = self._chain(segments, pelvis, _MASS_BONES)
            pelvis[:, 1] += (wanted - self.centre_of_mass(segments, heads)[:, 1]) / 0.8
            pelvis[:, 2] = np.minimum(heights, self._reachable(upper["root"], pelvis))
        segments = {**upper, **self._legs(upper["root"], pelvis, controls["knee_out"])}
        return segments, self._chain(segments, pelvis, self.body.template.bones if every_bone else _MASS_BONES)

    def _upper_body(self, controls: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Rotations (T, 3, 3) of pelvis, spine, neck, head and arms; they do not depend on where the pelvis is."""
        bend = [turn(LEFT, controls["round"] * (k + 1) / len(_SPINE)) for k in range(len(_SPINE))]
        line = np.zeros((len(controls["round"]), 3))
        stations = [self._rest[bone] for bone in (*_SPINE, "upperarm01.L")]
        stations[0], stations[-1] = self._middle(self._rest, "upperleg01"), self._middle(self._rest, "upperarm01")
        for rotation, start, end in zip(bend, stations[:-1], stations[1:], strict=True):
            line = line + rotation @ (end - start)
        own_lean = np.degrees(np.arctan2(-line[:, 1], line[:, 2]))
        heading = turn(UP, controls["turn"]) @ turn(-FORWARD, -controls["tilt"] / 2)
        pitch = controls["lean"] - own_lean
        root = heading @ turn(LEFT, pitch)
        spine = {
            bone: root @ turn(-FORWARD, -controls["tilt"] * (k + 1) / 10) @ bend[k] for k, bone in enumerate(_SPINE)
        }
        chest = spine["spine01"]
        chest_pitch = pitch + controls["round"]
        nod = np.clip(controls["gaze"] - chest_pitch, -_NECK_LIMIT_DEG, _NECK_LIMIT_DEG)
        neck = {bone: chest @ turn(LEFT, nod * (k + 1) / len(_NECK)) for k, bone in enumerate(_NECK)}
        level = turn(UP, controls["turn"]) @ turn(LEFT, controls["hand_with_trunk"] * controls["lean"])
        arms: dict[str, np.ndarray] = {}
        for side, sign in SIDES.items():
            arms |= self._arm(side, sign, chest, level, controls)
        return {"root": root, **spine, **neck, **arms}

    def _arm(
        self, side: str, sign: int, chest: np.ndarray, level: np.ndarray, controls: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        rest = self._rest
        shoulder, elbow, wrist = rest[f"upperarm01{side}"], rest[f"lowerarm01{side}"], rest[f"wrist{side}"]
        upper, lower = float(np.linalg.norm(elbow - shoulder)), float(np.linalg.norm(wrist - elbow))
        axes = np.stack([sign * LEFT, FORWARD, UP])
        hand = np.stack([controls["hand_out"], controls["hand_forward"], controls["hand_up"]], axis=-1) @ axes
        pole = np.stack([controls["elbow_out"], controls["elbow_forward"], controls["elbow_up"]], axis=-1) @ axes
        hand, pole = apply(level, hand) * (upper + lower), apply(level, pole)
        bent, end = two_bones(np.zeros_like(hand), hand, upper, lower, pole)
        rest_pole = elbow - (shoulder + wrist) / 2
        upper_arm = frame(bent, pole) @ frame(elbow - shoulder, rest_pole).T
        forearm = frame(end - bent, pole) @ frame(wrist - elbow, rest_pole).T
        raised = swing(unit(elbow - shoulder), unit(apply(np.swapaxes(chest, -1, -2), bent)))
        return {
            f"clavicle{side}": chest @ part_of(raised, 0.12),
            f"shoulder01{side}": chest @ part_of(raised, 0.25),
            f"upperarm01{side}": upper_arm,
            f"lowerarm01{side}": forearm,
        }

    def _legs(self, root: np.ndarray, pelvis: np.ndarray, knee_out: np.ndarray) -> dict[str, np.ndarray]:
        legs = {}
        for side, sign in SIDES.items():
            hip, knee, ankle = (self._rest[bone + side] for bone in ("upperleg01", "lowerleg01", "foot"))
            target, foot = self._feet[side]
            angle = np.radians(self.stance.toe_out + knee_out + sign * self.stance.uneven / 2)
            pole = np.cos(angle)[:, None] * FORWARD + sign * np.sin(angle)[:, None] * LEFT
            start = pelvis + apply(root, hip - self._rest["root"])
            thigh, shank = float(np.linalg.norm(knee - hip)), float(np.linalg.norm(ankle - knee))
            middle, end = two_bones(start, target, thigh, shank, pole)
            legs[f"upperleg01{side}"] = frame(middle - start, pole) @ frame(knee - hip, FORWARD).T
            legs[f"lowerleg01{side}"] = frame(end - middle, pole) @ frame(ankle - knee, FORWARD).T
            legs[f"foot{side}"] = np.broadcast_to(foot, root.shape)
        return legs

    def _reachable(self, root: np.ndarray, pelvis: np.ndarray) -> np.ndarray:
        """(T,) the height above which the pelvis would lift a planted foot."""
        highest = np.full(len(pelvis), np.inf)
        for side in SIDES:
            hip, knee, ankle = (self._rest[bone + side] for bone in ("upperleg01", "lowerleg01", "foot"))
            longest = (np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee)) * 0.999
            offset, (foot, _) = apply(root, hip - self._rest["root"]), self._feet[side]
            sideways = np.linalg.norm((pelvis + offset - foot)[:, :2], axis=1)
            highest = np.minimum(highest, foot[2] - offset[:, 2] + np.sqrt(np.maximum(longest**2 - sideways**2, 0)))
        return highest

    def _chain(
        self, segments: Mapping[str, np.ndarray], pelvis: np.ndarray, bones: tuple[str, ...]
    ) -> dict[str, np.ndarray]:
        """Heads (T, 3) of ``bones``, which lists every parent before its children."""
        heads = {"root": pelvis.copy()}
        for bone in bones[1:]:
            parent = self.body.template.bones[self.body.template.parents[self._index[bone]]]
            heads[bone] = heads[parent] + segments[self._segment(parent)] @ (self._rest[bone] - self._rest[parent])
        return heads

    def _segment(self, bone: str) -> str:
        """The name of the rigid part that ``bone`` belongs to."""
        return _SEGMENT_OF.get(bone.split("-")[0].split(".")[0], bone.split("-")[0].split(".")[0]) + _side(bone)

    def _thigh_inclination(self, heads: Mapping[str, np.ndarray]) -> np.ndarray:
        falls = [heads[f"upperleg01{side}"][:, 2] - heads[f"lowerleg01{side}"][:, 2] for side in SIDES]
        length = np.linalg.norm(self._rest["lowerleg01.L"] - self._rest["upperleg01.L"])
        return np.degrees(np.mean([np.arccos(np.clip(fall / length, -1, 1)) for fall in falls], axis=0))


_SEGMENT_OF = {
    "pelvis": "root",
    "upperleg02": "upperleg01",
    "lowerleg02": "lowerleg01",
    "upperarm02": "upperarm01",
    "lowerarm02": "lowerarm01",
    "wrist": "lowerarm01",
    "eye": "head",
    **{f"toe{digit}": "foot" for digit in range(1, 6)},
    **{f"finger{digit}": "lowerarm01" for digit in range(1, 6)},
    **{f"metacarpal{digit}": "lowerarm01" for digit in range(1, 5)},
}


def _side(bone: str) -> str:
    unsided = _SEGMENT_OF.get(bone.split("-")[0].split(".")[0]) in ("root", "head")
    return "" if unsided or not bone.endswith((".L", ".R")) else bone[-2:]


def _with_sides(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name + side for side in SIDES for name in names)


_MASS_BONES = (
    "root",
    *_with_sides(("pelvis", "upperleg01", "upperleg02", "lowerleg01", "lowerleg02", "foot", "toe2-1")),
    *_SPINE,
    *_NECK,
    *_with_sides(("clavicle", "shoulder01", "upperarm01", "upperarm02", "lowerarm01", "lowerarm02", "wrist")),
    *_with_sides(("metacarpal2", "finger3-1")),
)
