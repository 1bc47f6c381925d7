"""Points of a body that recordings know by name, as weighted means of points fixed to its bones."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from fitlab.skeletons import COCO23, Skeleton
from fitlab.synthesis.body import Body

SIDES = {".L": "left_", ".R": "right_"}
"""Side of a bone -> side of a joint."""

Recipe = Mapping[str, float]

_LABELS: Mapping[str, Recipe] = MappingProxyType(
    {
        **{joint: {joint: 1.0} for joint in COCO23.joints},
        "head": {"left_ear": 0.5, "right_ear": 0.5},
        "head_top": {"crown": 1.0},
    }
)
"""Joint of a recording -> points of :func:`_basic_anchors` and their weights, which sum to 1."""

# Motion capture tells where legs turn. The mesh's keypoints of the hips are where people see them and move with the
# skin: in a deep squat the hip of the mesh comes 60 mm closer to the knee.
_LEGS: Mapping[str, Recipe] = MappingProxyType(
    {
        name + joint: {bone + side: 1.0}
        for side, name in SIDES.items()
        for joint, bone in (("hip", "upperleg01"), ("knee", "lowerleg01"), ("ankle", "foot"))
    }
)


def _feet(**points: Recipe) -> dict[str, Recipe]:
    """Recipes of both feet from those of the left one."""
    mirrored = {joint: {_other(point): share for point, share in recipe.items()} for joint, recipe in points.items()}
    return {f"left_{joint}": recipe for joint, recipe in points.items()} | {
        f"right_{joint}": recipe for joint, recipe in mirrored.items()
    }


def _other(point: str) -> str:
    return point.replace(".L", ".R").replace("left_", "right_")


_RECIPES: Mapping[str, Mapping[str, Recipe]] = MappingProxyType(
    {
        "vicon25": {**_LABELS, **_LEGS, **_feet(toes={"toe_marker.L": 1.0}, heel={"heel_marker.L": 1.0})},
        "uiprmd22": {**_LABELS, **_LEGS, **_feet(toes={"left_big_toe": 0.5, "left_small_toe": 0.5})},
        # The far ends of CMU's bones: "ball" is where the toes begin, "toes" is where they end.
        "cmu31": {
            **_LABELS,
            **_LEGS,
            **_feet(ball={"toe2-1.L": 1.0}, toes={"left_big_toe": 0.5, "left_small_toe": 0.5}),
        },
    }
)
_MARKER_RADIUS_M = 0.007


class Anchors(NamedTuple):
    """P points: where each is seen from the bones that carry it, and how much each bone counts.

    A point is the sum over the bones of ``rotation @ offset + weight * head``.

    Parameters
    ----------
    offsets : (P, J, 3) metres, already multiplied by the weights
    weights : (P, J), rows sum to 1
    """

    offsets: np.ndarray
    weights: np.ndarray


def known_joints(skeleton: Skeleton) -> tuple[str, ...]:
    """Joints of ``skeleton`` that a body has, too, in the skeleton's order."""
    recipes = _RECIPES.get(skeleton.name, _LABELS)
    return tuple(joint for joint in skeleton.joints if joint in recipes)


def anchors_of(body: Body, skeleton: Skeleton) -> Anchors:
    """:class:`Anchors` of :func:`known_joints`, in the same order.

    Joints are the keypoints that the studio labels, but for motion capture, where legs are the centres about which the
    body turns, and heel and toes of Plug-in Gait are its markers.
    """
    recipes, basic = _RECIPES.get(skeleton.name, _LABELS), _basic_anchors(body)
    offsets, weights = [], []
    for joint in known_joints(skeleton):
        parts = recipes[joint].items()
        offsets.append(sum(share * basic[name][0] for name, share in parts))
        weights.append(sum(share * basic[name][1] for name, share in parts))
    return Anchors(np.stack(offsets), np.stack(weights))


def fixed_to(body: Body, bones: Sequence[str], points: np.ndarray) -> Anchors:
    """Anchors of ``points`` (P, 3) of the rest pose, each fixed to one of ``bones`` (P)."""
    index = [body.template.bone_index[bone] for bone in bones]
    offsets = np.zeros((len(points), len(body.heads), 3))
    weights = np.zeros((len(points), len(body.heads)))
    rows = np.arange(len(points))
    offsets[rows, index], weights[rows, index] = points - body.heads[index], 1.0
    return Anchors(offsets, weights)


def _basic_anchors(body: Body) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What recipes rest on: name -> ``offsets`` (J, 3) and ``weights`` (J,).

    Keypoints of COCO23, heads of bones, the ``crown``, and the markers ``toe_marker`` and ``heel_marker`` of a foot.
    """
    template = body.template
    weights = (template.keypoints @ template.skin).toarray().astype(float)  # (23, J)
    carried = [
        (template.keypoints.multiply(body.vertices[:, axis]) @ template.skin).toarray().astype(float)
        for axis in range(3)
    ]
    offsets = np.stack(carried, axis=-1) - weights[..., None] * body.heads
    keypoints = {joint: (offsets[row], weights[row]) for row, joint in enumerate(COCO23.joints)}
    points = {bone: (bone, body.heads[index]) for bone, index in template.bone_index.items()}
    points["crown"] = ("head", body.vertices[body.vertices[:, 2].argmax()])
    for side in SIDES:
        points |= {name + side: (f"foot{side}", place) for name, place in _markers(body, side).items()}
    fixed = fixed_to(body, [bone for bone, _ in points.values()], np.stack([place for _, place in points.values()]))
    return keypoints | {name: (fixed.offsets[row], fixed.weights[row]) for row, name in enumerate(points)}


def _markers(body: Body, side: str) -> dict[str, np.ndarray]:
    """Centres (3,) of the markers of one foot.

    Vicon, Plug-in Gait Reference Guide: TOE over the head of the second metatarsal, HEE on the calcaneus at the same
    height above the sole.
    """
    index, points = body.template.bone_index, body.vertices
    toes, foot = body.heads[index[f"toe2-1{side}"]], body.heads[index[f"foot{side}"]]
    over = points[np.linalg.norm(points[:, :2] - toes[:2], axis=1) < 0.015]
    toe = np.array([*toes[:2], over[over[:, 2] < 2 * foot[2], 2].max() + _MARKER_RADIUS_M])
    mine = body.template.main_bone == index[f"foot{side}"]
    level = points[mine & (np.abs(points[:, 2] - toe[2]) < 0.010)]
    return {"toe_marker": toe, "heel_marker": np.array([foot[0], level[:, 1].max() + _MARKER_RADIUS_M, toe[2]])}
