"""Feet: flat, on their toes, in the air; where the ankle is then, and how high it must be."""

import numpy as np

from fitlab.synthesis.controls import SIDE_NAMES, SIDES, Values
from fitlab.synthesis.kinematics import FORWARD, LEFT, UP, part_of, turn
from fitlab.synthesis.parts import Parts, clearance

_TOES = tuple(f"toe{digit}-{joint}" for digit in range(1, 6) for joint in range(1, 4) if (digit, joint) != (1, 3))
_SOLE = ("foot.L", "toe2-2.L", "toe1-2.L")
_TOE_LIMIT_DEG = 75.0


def to_left(degrees: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) that tip what is above to the left."""
    return turn(-FORWARD, degrees)


def between(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rotations ``share`` (T,) of the way from ``start`` to ``end``, along the geodesic."""
    return start @ part_of(np.swapaxes(start, -1, -2) @ end, share)


class Feet:
    """The feet of one body; ``toe_out`` degrees is how far they are turned outwards when they stand.

    Attributes
    ----------
    sole : (2,) metres
        How far heel and tip of the toes are behind the ball of a foot that stands, along y.
    """

    def __init__(self, parts: Parts, toe_out: float) -> None:
        rest, self._toe_out = parts.rest, toe_out
        self._to_ball = {side: rest[f"toe2-1{side}"] - rest[f"foot{side}"] for side in SIDES}
        self._foot = {side: parts.outline([f"foot{side}"], f"foot{side}") for side in SIDES}
        self._toes = {side: parts.outline([toe + side for toe in _TOES], f"toe2-1{side}") for side in SIDES}
        body = parts.body
        soles = np.isin(body.template.main_bone, [body.template.bone_index[bone] for bone in _SOLE])
        ends = body.vertices[soles, 1] - rest["toe2-1.L"][1]
        self.sole = np.array([ends.max(), ends.min()]) * np.cos(np.radians(toe_out))

    def standing(self, controls: Values, side: str) -> np.ndarray:
        """(T, 3, 3) rotation of a foot on the floor, its heel lifted as the controls say."""
        lying = controls[f"{SIDE_NAMES[side]}leg_with_trunk"] * controls["roll"]
        heading = turn(UP, controls["turn"]) @ to_left(lying) @ turn(UP, SIDES[side] * self._toe_out)
        return heading @ turn(LEFT, controls[f"{SIDE_NAMES[side]}heel"])

    def ankle_of(self, controls: Values, side: str, ball: np.ndarray) -> np.ndarray:
        """(T, 3) where the ankle is when the foot stands with its ball at ``ball`` (T, 3)."""
        return ball - self.standing(controls, side) @ self._to_ball[side]

    def ball_of(self, controls: Values, side: str, ankle: np.ndarray) -> np.ndarray:
        """(T, 3) where the ball is when the foot stands with its ankle at ``ankle`` (T, 3)."""
        return ankle + self.standing(controls, side) @ self._to_ball[side]

    def ball_height(self, controls: Values, side: str) -> np.ndarray:
        """(T,) how high the ball is of a foot that stands, on its sole, its toes or its edge, metres."""
        foot, toes = self.turned(controls, side, np.eye(3), np.ones(len(controls["roll"])))
        return self.above_floor(side, foot, toes) + (foot @ self._to_ball[side])[..., 2]

    def turned(
        self, controls: Values, side: str, shank: np.ndarray, share: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (T, 3, 3) of foot and toes below a shank turned by ``shank``; ``share`` (T,) of it stands."""
        free = shank @ turn(LEFT, controls[f"{SIDE_NAMES[side]}point"])
        if share is None:
            return free, free
        standing = self.standing(controls, side)
        heel = np.minimum(controls[f"{SIDE_NAMES[side]}heel"], _TOE_LIMIT_DEG)
        foot = between(free, standing, share)
        return foot, between(foot, standing @ turn(LEFT, -heel), share)

    def above_floor(self, side: str, foot: np.ndarray, toes: np.ndarray) -> np.ndarray:
        """(T,) how high the ankle must be for a foot and toes turned so not to sink into the floor, metres."""
        ball = clearance(self._toes[side], toes) - (foot @ self._to_ball[side])[..., 2]
        return np.maximum(clearance(self._foot[side], foot), ball)
