"""Joint angles in closed form, where the fit starts: the trunk by hips and shoulders, limbs by their three joints."""

from collections.abc import Mapping

import numpy as np
from scipy.spatial.transform import Rotation

from fitlab.synthesis.kinematics import FORWARD, LEFT, UP, apply, frame, two_bones
from fitlab.synthesis.landmarks import SIDES
from fitlab.synthesis.rig import Angles, Rig

TRUNK = ("left_hip", "right_hip", "left_shoulder", "right_shoulder")
# Upper joint of a limb: lower one, what it hangs on, recorded joints, bones at the same places.
_LIMBS = {
    "shoulder": ("elbow", "spine01", ("shoulder", "elbow", "wrist"), ("upperarm01", "lowerarm01", "wrist")),
    "hip": ("knee", "root", ("hip", "knee", "ankle"), ("upperleg01", "lowerleg01", "foot")),
}
FRONTS = ("toes", "ball", "big_toe")
"""Joints at the front of a foot, the best known first."""

_MOST_TOES = np.sin(np.radians(60.0))
_DEFAULT_BEND = 0.05  # of a limb's length: what is straighter than this bends where joints of its kind usually do


def first_guess(rig: Rig, tracks: Mapping[str, np.ndarray]) -> Angles:
    """A posture near the recorded one.

    Parameters
    ----------
    tracks : joint -> (T, 3) metres
        Without gaps for :data:`TRUNK`; NaN elsewhere where a joint is unknown: elbows and knees between known ends then
        bend where they usually do, and limbs of which nothing is known stay as in the rest pose.
    """
    left_hip, right_hip, left_shoulder, right_shoulder = (tracks[joint] for joint in TRUNK)
    trunk = left_shoulder + right_shoulder - left_hip - right_hip
    upright = frame(UP, LEFT).T
    root, chest = (frame(trunk, line) @ upright for line in (left_hip - right_hip, left_shoulder - right_shoulder))
    half = Rotation.from_matrix(np.swapaxes(root, 1, 2) @ chest).as_rotvec() / 2
    turns = np.zeros((len(trunk), len(rig.joints), 3))
    turns[:, rig.joints.index("root")] = Rotation.from_matrix(root).as_rotvec()
    turns[:, [rig.joints.index("lumbar"), rig.joints.index("thoracic")]] = half[:, None]
    hips = [rig.index(f"thigh{side}") for side in SIDES]
    shift = rig.place(Angles(np.zeros((len(trunk), 3)), turns)).origins[:, hips].mean(axis=1)
    pelvis = (left_hip + right_hip) / 2 - shift
    placed = rig.place(Angles(pelvis, turns))
    for upper, (lower, above, joints, bones) in _LIMBS.items():
        for side, name in SIDES.items():
            places = [tracks.get(name + joint, np.full_like(trunk, np.nan)) for joint in joints]
            own = placed.origins[:, rig.index(("upperarm" if upper == "shoulder" else "thigh") + side)]
            places[0] = np.where(np.isnan(places[0]), own, places[0])
            held = placed.rotations[:, rig.index(above)]
            first, second = _limb(places, [rig.rest[bone + side] for bone in bones], held, _bend(upper, side))
            turns[:, rig.joints.index(upper + side)] = first
            turns[:, rig.joints.index(lower + side)] = second
    placed = rig.place(Angles(pelvis, turns))
    for side, name in SIDES.items():
        front = next((name + joint for joint in FRONTS if name + joint in tracks), None)
        if front is not None and name + "ankle" in tracks:
            way, shank = tracks[front] - tracks[name + "ankle"], placed.rotations[:, rig.index(f"shank{side}")]
            ankle, toes = _foot(way, rig.rest[f"toe2-1{side}"] - rig.rest[f"foot{side}"], shank)
            turns[:, rig.joints.index(f"ankle{side}")], turns[:, rig.joints.index(f"toes{side}")] = ankle, toes
    return Angles(pelvis, turns)


def _foot(way: np.ndarray, rest_way: np.ndarray, shank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotation vectors (T, 3) of ankle and toes; ``way`` (T, 3) leads from the ankle to the front of the foot.

    Toes of a foot that points down are bent up: from toes that point straight into the floor, the fit may curl them in.
    """
    known = ~np.isnan(way[:, :1])
    foot = frame(np.where(known, way, apply(shank, rest_way)), apply(shank, LEFT)) @ frame(rest_way, LEFT).T
    ankle = Rotation.from_matrix(np.swapaxes(shank, 1, 2) @ foot).as_rotvec()
    down = np.arcsin(np.clip(-apply(foot, FORWARD)[:, 2:], 0, _MOST_TOES))
    return np.where(known, ankle, 0.0), -down * LEFT


def _bend(upper: str, side: str) -> np.ndarray:
    """Where knees or elbows of somebody who stands at ease point."""
    outwards = LEFT if side == ".L" else -LEFT
    return FORWARD if upper == "hip" else 0.3 * outwards - 0.6 * FORWARD - UP


def _limb(
    places: list[np.ndarray], rest: list[np.ndarray], above: np.ndarray, bend: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rotation vectors (T, 3) of a limb's upper and lower joint; zero where nothing tells them."""
    start, middle, end = places
    upper, lower = (float(np.linalg.norm(rest[k + 1] - rest[k])) for k in range(2))
    usual = apply(above, bend)
    knows_middle, knows_end = (~np.isnan(place[:, :1]) for place in (middle, end))
    hanging = start + apply(above, rest[2] - rest[0])
    end = np.where(knows_end, end, np.where(knows_middle, middle + lower * usual, hanging))
    middle = np.where(knows_middle, middle, two_bones(start, end, upper, lower, usual)[0])
    pole = middle - (start + end) / 2 + _DEFAULT_BEND * (upper + lower) * usual
    rest_pole = rest[1] - (rest[0] + rest[2]) / 2
    first = frame(middle - start, pole) @ frame(rest[1] - rest[0], rest_pole).T
    second = frame(end - middle, pole) @ frame(rest[2] - rest[1], rest_pole).T
    turns = (np.swapaxes(outer, 1, 2) @ inner for outer, inner in ((above, first), (first, second)))
    known = (knows_middle | knows_end, knows_end)
    first, second = (np.where(k, Rotation.from_matrix(t).as_rotvec(), 0.0) for k, t in zip(known, turns, strict=True))
    return first, second
