import numpy as np
import pytest

from fitlab.skeletons import COCO23
from fitlab.synthesis.body import Body
from fitlab.synthesis.first_guess import first_guess
from fitlab.synthesis.rig import Angles, Rig


@pytest.fixture(scope="module")
def rig():
    return Rig(Body())


def posed(rig, **degrees):
    """Tracks of one frame, COCO23, of a body whose joints (``hip_L`` is ``hip.L``) turn about the axis to the left."""
    turns = np.zeros((1, len(rig.joints), 3))
    for joint, value in degrees.items():
        turns[0, rig.joints.index(joint.replace("_", ".")), 0] = np.radians(value)
    motion = rig.motion(rig.place(Angles(np.array([[1.0, 2.0, 0.9]]), turns)))
    keypoints = rig.body.keypoints(motion.rotations, motion.heads).astype(float)
    return {joint: keypoints[:, k] for k, joint in enumerate(COCO23.joints)}, motion


def origins(rig, angles, *segments):
    return rig.place(angles).origins[0, [rig.index(segment) for segment in segments]]


def heads(rig, motion, *bones):
    return motion.heads[0, [rig.body.template.bone_index[bone] for bone in bones]]


@pytest.mark.parametrize(
    "degrees",
    [{}, {"root": 30.0, "hip_L": -90.0, "knee_L": 100.0}, {"shoulder_R": -120.0, "elbow_R": -40.0}, {"root": 180.0}],
    ids=str,
)
def test_limbs_are_near_the_recorded_ones(rig, degrees):
    tracks, motion = posed(rig, **degrees)
    found = origins(rig, first_guess(rig, tracks), "shank.L", "foot.L", "forearm.R", "hand.R")
    true = heads(rig, motion, "lowerleg01.L", "foot.L", "lowerarm01.R", "wrist.R")
    np.testing.assert_allclose(found, true, atol=0.07)


def test_unknown_knees_bend_forwards_and_unknown_elbows_backwards_or_down(rig):
    tracks, motion = posed(rig, hip_L=-50.0, knee_L=100.0, shoulder_L=-40.0)
    without = tracks | {joint: np.full((1, 3), np.nan) for joint in ("left_knee", "left_elbow")}
    found = origins(rig, first_guess(rig, without), "thigh.L", "shank.L", "foot.L")
    line = (found[0] + found[2]) / 2
    assert found[1][1] < line[1] - 0.1
    np.testing.assert_allclose(found[1], heads(rig, motion, "lowerleg01.L")[0], atol=0.1)
    shoulder, elbow, wrist = origins(rig, first_guess(rig, without), "upperarm.L", "forearm.L", "hand.L")
    assert elbow[2] < (shoulder + wrist)[2] / 2 + 0.01


def test_a_limb_of_which_nothing_is_known_rests(rig):
    tracks, _ = posed(rig)
    nothing = {joint: np.full((1, 3), np.nan) for joint in ("left_elbow", "left_wrist")}
    angles = first_guess(rig, tracks | nothing)
    for joint in ("shoulder.L", "elbow.L"):
        np.testing.assert_allclose(angles.turns[0, rig.joints.index(joint)], 0)


def test_toes_of_a_raised_heel_bend_up(rig):
    tracks, _ = posed(rig, ankle_L=50.0)
    angles = first_guess(rig, tracks)
    assert np.degrees(angles.turns[0, rig.joints.index("ankle.L"), 0]) == pytest.approx(50, abs=12)
    assert angles.turns[0, rig.joints.index("toes.L"), 0] < np.radians(-30)
    assert abs(angles.turns[0, rig.joints.index("toes.R"), 0]) < np.radians(15)
