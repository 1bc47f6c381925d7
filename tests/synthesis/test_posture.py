import numpy as np
import pytest

from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.contacts import Contact, Stance
from fitlab.synthesis.controls import SIDES
from fitlab.synthesis.posture import Poser
from tests import oracles
from tests.synthesis.posing import ARMS_FORWARD, controls_of, feet_planted, head_of, standing


def test_the_trunk_leans_and_rolls_as_it_was_asked_to(body):
    lean = np.array([0, 30, 90, 180, -90.0])
    poser = Poser(body, Stance())
    parts = poser.trunk(controls_of(lean=lean, gaze_with_trunk=1))
    up = parts["root"] @ (0, 0, 1)
    leaning = np.degrees(np.arctan2(-up[:, 1], up[:, 2]))
    own = leaning[0]  # the line from hips to shoulders is not quite that of the pelvis
    np.testing.assert_allclose((leaning - own + 180) % 360 - 180, (lean + 180) % 360 - 180, atol=1e-6)
    rolled = poser.trunk(controls_of(roll=[0, 90.0]))["root"] @ (0, 0, 1)
    assert rolled[1, 0] == pytest.approx(rolled[0, 2], abs=1e-6)  # what was up is left


def test_limbs_that_touch_nothing_are_where_they_were_asked_to_be(body):
    poser = Poser(body, Stance())
    controls = controls_of(hand_out=0.6, hand_forward=0.5, hand_up=0.2, hand_with_trunk=0.0)
    trunk = poser.trunk(controls)
    for side, sign in SIDES.items():
        arm = poser.arm_joints(controls, trunk, np.array([[0, 0, 1.0]]), side, {})
        expected = np.array([sign * 0.6, -0.5, 0.2]) * sum(poser.arm[side])
        np.testing.assert_allclose(arm.end[0] - arm.root[0], expected, atol=1e-9)
        np.testing.assert_allclose(np.linalg.norm(arm.middle - arm.root), poser.arm[side][0])
        np.testing.assert_allclose(np.linalg.norm(arm.end - arm.middle), poser.arm[side][1])


@pytest.mark.parametrize(
    ("foot", "knee"),
    [((0, 0, -0.8), (0, -1, 0)), ((0, 0.7, 0), (0, 0, 1)), ((0, 0, 0.8), (0, 1, 0))],
    ids=["down", "forward", "up"],
)
def test_knees_bend_the_right_way_wherever_the_leg_points(body, foot, knee):
    """A leg that hangs bends its knee forward, one that is held level upward, one held up backward."""
    poser = Poser(body, Stance(toe_out=0))
    controls = controls_of(foot_out=foot[0], foot_forward=foot[1], foot_up=foot[2])
    leg = poser.leg_joints(controls, poser.trunk(controls), np.array([[0, 0, 3.0]]), ".L", {})
    bend = (leg.middle - (leg.root + leg.end) / 2)[0]
    np.testing.assert_allclose(bend / np.linalg.norm(bend), knee, atol=0.08)  # thigh and shank differ in length


def test_what_is_planted_stays_planted(body, rng):
    """Even where thigh and lean contradict each other: then the pelvis gives way."""
    thigh, lean, knee_out = rng.uniform(3, 110, 20), rng.uniform(0, 70, 20), rng.uniform(-25, 5, 20)
    motion, _ = standing(body, thigh=thigh, lean=lean, knee_out=knee_out, **ARMS_FORWARD)
    for side in SIDES:
        for bone in ("foot", "toe2-1"):
            assert np.ptp(head_of(motion, body, bone + side), axis=0).max() < 1e-5
    assert all(body.skin(r, h)[:, 2].min() > -5e-3 for r, h in zip(motion.rotations, motion.heads, strict=True))


def test_a_hand_reaches_what_it_holds_and_an_elbow_leans_on_its_place(body):
    poser = Poser(body, Stance())
    controls = controls_of(lean=[60.0, 60.0])
    trunk, pelvis = poser.trunk(controls), np.array([[0, 0, 0.9]] * 2)
    shoulder = poser.arm_joints(controls, trunk, pelvis, ".L", {}).root
    place = shoulder + (0.05, -0.2, -0.35)
    touches = {"hand.L": Contact(np.array([1.0, 0.5]), place)}
    arm = poser.arm_joints(controls, trunk, pelvis, ".L", touches)
    free = poser.arm_joints(controls, trunk, pelvis, ".L", {})
    np.testing.assert_allclose(arm.end[0], place[0], atol=1e-9)
    np.testing.assert_allclose(arm.end[1], (free.end + place)[1] / 2, atol=0.02)
    below = shoulder + poser.arm[".L"][0] * np.array([0, 0, -1.0])
    leaning = poser.arm_joints(controls, trunk, pelvis, ".L", {"elbow.L": Contact(np.ones(2), below)})
    np.testing.assert_allclose(leaning.middle, below, atol=1e-9)


def test_limbs_keep_their_lengths(body, rng):
    motion, _ = standing(body, thigh=rng.uniform(3, 110, 20), knee_out=rng.uniform(-25, 5, 20))
    for upper, lower in (("upperleg01", "lowerleg01"), ("lowerleg01", "foot"), ("upperarm01", "lowerarm01")):
        index = body.template.bone_index
        rest = np.linalg.norm(body.heads[index[f"{upper}.L"]] - body.heads[index[f"{lower}.L"]])
        length = np.linalg.norm(head_of(motion, body, f"{upper}.L") - head_of(motion, body, f"{lower}.L"), axis=-1)
        np.testing.assert_allclose(length, rest, rtol=1e-4)


@pytest.mark.parametrize("lean", [3, 38, 65])
def test_centre_of_mass_is_that_of_the_mesh(body, lean):
    """Against the centre of the volume of the posed mesh, which knows nothing of segments: within 3 cm."""
    motion, poser = standing(body, thigh=3.0 if lean == 3 else 93.0, lean=lean, **ARMS_FORWARD)
    mesh = body.skin(motion.rotations[0], motion.heads[0])
    volume = oracles.centre_of_volume(mesh, body.template.faces)
    controls = controls_of(thigh=3.0 if lean == 3 else 93.0, lean=lean, **ARMS_FORWARD)
    pelvis = head_of(motion, body, "root")
    mass, legs = poser.centre_of_mass(controls, poser.trunk(controls), pelvis, feet_planted(poser, 1))
    np.testing.assert_allclose(mass[0], volume, atol=0.03)
    np.testing.assert_allclose(legs[".L"].middle[0], head_of(motion, body, "lowerleg01.L")[0], atol=1e-5)


def test_joints_stay_within_human_limits(rng):
    """Ranges of motion, Norkin & White, Measurement of Joint Motion: knee 0-150, ankle dorsiflexion loaded to 45."""
    for _ in range(6):
        body = Body(draw_phenotype(rng))
        motion, _ = standing(body, thigh=[3, 50, 93], lean=[3, 28, 36], round=[0, 4, 8], **ARMS_FORWARD)
        thigh = head_of(motion, body, "lowerleg01.L") - head_of(motion, body, "upperleg01.L")
        shank = head_of(motion, body, "foot.L") - head_of(motion, body, "lowerleg01.L")
        cosine = np.sum(thigh * shank, axis=1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
        assert np.degrees(np.arccos(cosine)).max() < 140
        dorsiflexion = np.degrees(np.arctan2(shank[:, 1], -shank[:, 2]))  # knees go forward, along -y
        assert dorsiflexion.min() > -5
        assert dorsiflexion.max() < 45
