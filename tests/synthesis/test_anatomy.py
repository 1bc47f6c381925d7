"""What the tests of all exercises look for is found in motions that are broken on purpose."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.synthesis.contacts import Contact
from fitlab.synthesis.kinematics import FORWARD, LEFT, UP, turn
from fitlab.synthesis.limbs import Motion
from fitlab.synthesis.motion import Performance
from tests.synthesis import anatomy

FRAMES = 2 * anatomy.FPS // 5  # limbs are looked at in the first and the last of its halves
LAST = FRAMES // 2


def resting(body):
    """Somebody who stands with the arms off the body and does not move, the feet planted."""
    heads = body.heads.astype(np.float32) - [0, 0, body.vertices[:, 2].min()]
    motion = Motion(
        np.repeat(np.broadcast_to(np.eye(3, dtype=np.float32), (1, len(heads), 3, 3)), FRAMES, axis=0),
        np.repeat(heads[None].astype(np.float32), FRAMES, axis=0),
    )
    contacts = {
        f"foot{side}": Contact(
            np.ones(FRAMES), motion.heads[:, body.template.bone_index[f"toe2-1{side}"]].astype(float)
        )
        for side in anatomy.SIDES
    }
    return Performance(motion, ((0, FRAMES),), ("rest",) * FRAMES, ({},), "plain", contacts)


def bent(body, performance, bone, axis, degrees, frames=slice(None)):
    """The performance with everything that hangs from ``bone`` turned about its head in ``frames``."""
    template, motion = body.template, performance.motion
    moved = {template.bone_index[bone]}
    for index, parent in enumerate(template.parents):
        if parent in moved:
            moved.add(index)
    moved = sorted(moved)
    turned, about = turn(np.asarray(axis, float), degrees), motion.heads[0, template.bone_index[bone]]
    rotations, heads = motion.rotations.copy(), motion.heads.copy()
    rotations[frames, moved] = turned @ rotations[frames, moved]
    heads[frames, moved] = about + (heads[frames, moved] - about) @ turned.T
    return replace(performance, motion=Motion(rotations, heads))


def axis_of(body, start, end):
    line = body.heads[body.template.bone_index[end]] - body.heads[body.template.bone_index[start]]
    return (line / np.linalg.norm(line)).astype(float)


def across(body, *bones):
    normal = np.cross(axis_of(body, *bones[:2]), axis_of(body, *bones[-2:]))
    return normal / np.linalg.norm(normal)


def hinges(body):
    """{joint: (bone that is turned, axis about which the joint's angle grows)}."""
    found = {
        "trunk bending": ("spine05", LEFT), "trunk to the side": ("spine05", -FORWARD),
        "trunk turning": ("spine05", UP), "neck bending": ("neck01", LEFT),
        "neck to the side": ("neck01", -FORWARD), "neck turning": ("neck01", UP),
    }  # fmt: skip
    for side, sign in ((".L", 1), (".R", -1)):
        found |= {
            f"knee{side}": (f"lowerleg01{side}", LEFT),
            f"elbow{side}": (
                f"lowerarm01{side}",
                across(body, f"upperarm01{side}", f"lowerarm01{side}", f"lowerarm01{side}", f"wrist{side}"),
            ),
            f"wrist{side}": (
                f"wrist{side}",
                across(body, f"lowerarm01{side}", f"wrist{side}", f"wrist{side}", f"finger3-1{side}"),
            ),
            f"ankle flexion{side}": (f"foot{side}", -LEFT),
            f"hip flexion{side}": (f"upperleg01{side}", -LEFT),
            f"hip outward{side}": (f"upperleg01{side}", sign * FORWARD),
            f"hip inward turn{side}": (
                f"upperleg01{side}",
                sign * axis_of(body, f"upperleg01{side}", f"lowerleg01{side}"),
            ),
        }
    return found


def kinds(body, performance):
    return {fault.kind for fault in anatomy.faults(body, performance)}


def test_nothing_is_wrong_with_who_stands(body):
    assert anatomy.faults(body, resting(body)) == []


@pytest.mark.parametrize("degrees", [-20.0, 15.0, 30.0])
def test_angles_are_those_that_joints_were_turned_by(body, degrees):
    still = resting(body)
    before = anatomy.angles(body, still.motion)
    assert set(before) == set(hinges(body))
    assert {joint.partition(".")[0] for joint in before} == set(anatomy.LIMITS)
    for joint, (bone, axis) in hinges(body).items():
        expected = before[joint] + degrees
        if joint.startswith("wrist"):  # how far it is bent, to whichever side
            expected = abs(expected)
        after = anatomy.angles(body, bent(body, still, bone, axis, degrees).motion)[joint]
        np.testing.assert_allclose(after, expected, atol=1.0, err_msg=joint)


def test_every_limit_can_be_exceeded(body):
    still = resting(body)
    before = anatomy.angles(body, still.motion)
    for joint, (bone, axis) in hinges(body).items():
        for limit, beyond in zip(anatomy.LIMITS[joint.partition(".")[0]], (-4, 4), strict=True):
            if joint.startswith("wrist") and limit == 0:
                continue
            broken = bent(body, still, bone, axis, limit + beyond - before[joint][0])
            found = [fault.what for fault in anatomy.faults(body, broken) if fault.kind == "limit"]
            assert any(what.startswith(joint) for what in found), (joint, limit, found)


def test_a_planted_foot_that_slides(body):
    still = resting(body)
    for metres, expected in ((0.004, False), (0.006, True)):
        heads = still.motion.heads.copy()
        heads[LAST:] += [metres, 0, 0]
        moved = replace(still, motion=Motion(still.motion.rotations, heads))
        assert ("slide" in kinds(body, moved)) == expected


def test_feet_below_the_floor(body):
    still = resting(body)
    for metres, expected in ((0.012, False), (0.018, True)):
        heads = still.motion.heads - np.float32([0, 0, metres])
        sunk = replace(still, motion=Motion(still.motion.rotations, heads), contacts={})
        assert ("floor" in kinds(body, sunk)) == expected


def test_an_arm_through_the_trunk_and_a_leg_through_the_other(body):
    still = resting(body)
    arm = bent(body, still, "upperarm01.R", FORWARD, 65)
    assert {fault.what[:9] for fault in anatomy.faults(body, arm) if fault.kind == "overlap"} >= {"forearm.R"}
    leg = bent(body, still, "upperleg01.R", FORWARD, 26)
    assert {fault.what[:5] for fault in anatomy.faults(body, leg) if fault.kind == "overlap"} >= {"shank"}


@pytest.mark.parametrize(
    ("bone", "degrees", "expected"), [("head", 5, False), ("head", 7, True), ("wrist.L", 22, True)]
)
def test_a_bone_that_turns_at_once(body, bone, degrees, expected):
    snapped = bent(body, resting(body), bone, UP, degrees, slice(LAST, None))
    assert [fault.frame for fault in anatomy.steps(body, snapped.motion)] == ([LAST - 1] if expected else [])


def test_a_body_that_is_elsewhere_at_once_and_one_that_is_thrown(body):
    still = resting(body)
    heads = still.motion.heads.copy()
    heads[LAST:] += [0, 0.25, 0]
    assert {fault.kind for fault in anatomy.steps(body, Motion(still.motion.rotations, heads))} == {"step", "thrown"}
    seconds = np.arange(FRAMES, dtype=np.float32) / anatomy.FPS
    for acceleration, expected in ((35, []), (45, ["thrown"])):
        fallen = still.motion.heads.copy()
        fallen[:, :, 2] += acceleration * seconds[:, None] ** 2 / 2
        assert [fault.kind for fault in anatomy.steps(body, Motion(still.motion.rotations, fallen))] == expected


def test_winding_numbers_are_sums_of_solid_angles(body, rng):
    """Of the triangles (van Oosterom & Strackee 1983), over 4 pi; where an arm is in the trunk, they are 2."""
    motion = bent(body, resting(body), "upperarm01.R", FORWARD, 65).motion
    mesh = body.skin(motion.rotations[0], motion.heads[0]).astype(float)
    axes = np.stack(list(anatomy.limb_axes(body, motion.heads[0].astype(float)).values()))
    points = np.concatenate([axes, rng.uniform(mesh.min(axis=0), mesh.max(axis=0), (10, 3))])
    found = anatomy.winding_numbers(points, mesh, body.template.faces)
    assert set(found) == {0, 1, 2}
    for point, times in zip(points, found, strict=True):
        a, b, c = (mesh - point)[body.template.faces].transpose(1, 0, 2)
        la, lb, lc = (np.linalg.norm(corner, axis=1) for corner in (a, b, c))
        triple = np.sum(a * np.cross(b, c), axis=1)
        rest = la * lb * lc + np.sum(a * b, axis=1) * lc + np.sum(b * c, axis=1) * la + np.sum(c * a, axis=1) * lb
        assert np.arctan2(triple, rest).sum() / (2 * np.pi) == pytest.approx(times, abs=0.1)
