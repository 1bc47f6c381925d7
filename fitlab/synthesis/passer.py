"""A second person who walks through the picture."""

from functools import cache

import numpy as np

from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.clothing import Dressed, draw_outfit, dress
from fitlab.synthesis.controls import SIDES
from fitlab.synthesis.kinematics import LEFT, UP, swing, turn

STRANGERS = 8
_STRIDE_M = 1.4  # of two steps


@cache
def stranger(number: int) -> tuple[Body, Dressed]:
    """One of a few people in the clothes that they always wear; making them takes a while, so they are kept."""
    rng = np.random.default_rng([2718, number])
    body = Body(draw_phenotype(rng))
    return body, dress(body, draw_outfit(rng, body.phenotype["gender"]))


def walking(body: Body, start: np.ndarray, way: np.ndarray, walked_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (J, 3, 3) and heads (J, 3) of somebody who has walked ``walked_m``.

    The walk begins at ``start`` (2,) and goes along the unit vector ``way`` (2,).
    """
    template, rest = body.template, body.heads.astype(float)
    phase = 2 * np.pi * walked_m / _STRIDE_M
    heading = turn(UP, float(np.degrees(np.arctan2(way[0], -way[1]))))
    local: dict[str, np.ndarray] = {}
    for side, sign in SIDES.items():
        forward = sign * np.sin(phase)
        # Swing from hip and shoulder; the knee bends while its leg comes forward.
        local[f"upperleg01{side}"] = turn(LEFT, -26 * forward)
        local[f"lowerleg01{side}"] = turn(LEFT, 8 + 50 * max(0.0, sign * np.cos(phase)) ** 1.5)
        local[f"foot{side}"] = turn(LEFT, 10 * forward)
        shoulder, elbow = (rest[template.bone_index[bone + side]] for bone in ("upperarm01", "lowerarm01"))
        down = np.array([0.16 * sign, 0.0, -1.0])
        lowered = swing((elbow - shoulder) / np.linalg.norm(elbow - shoulder), down / np.linalg.norm(down))
        local[f"upperarm01{side}"] = turn(LEFT, 24 * forward) @ lowered
    rotations, heads = np.zeros((len(rest), 3, 3)), np.zeros((len(rest), 3))
    for bone, (name, parent) in enumerate(zip(template.bones, template.parents, strict=True)):
        own = local.get(name, np.eye(3))
        rotations[bone] = heading @ own if parent < 0 else rotations[parent] @ own
        heads[bone] = rest[bone] if parent < 0 else heads[parent] + rotations[parent] @ (rest[bone] - rest[parent])
    ankles = [heads[template.bone_index[f"foot{side}"]] for side in SIDES]
    heads[:, 2] += rest[template.bone_index["foot.L"], 2] - min(ankle[2] for ankle in ankles)
    heads[:, :2] += np.asarray(start) + walked_m * np.asarray(way) - rest[0, :2]
    return rotations.astype(np.float32), heads.astype(np.float32)
