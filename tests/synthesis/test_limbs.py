import numpy as np

from fitlab.synthesis.contacts import Stance
from fitlab.synthesis.limbs import motion_of
from fitlab.synthesis.posture import Poser
from tests.synthesis.posing import controls_of, head_of, standing


def test_a_motion_is_rigid_bone_by_bone(body, rng):
    """Every head is its parent's plus the way of the rest pose, turned as the part that carries it."""
    motion, _poser = standing(body, thigh=rng.uniform(3, 100, 4), lean=rng.uniform(0, 50, 4))
    np.testing.assert_allclose(
        motion.rotations @ np.swapaxes(motion.rotations, -1, -2),
        np.broadcast_to(np.eye(3), motion.rotations.shape),
        atol=1e-5,
    )
    template = body.template
    for bone, parent in zip(template.bones[1:], template.parents[1:], strict=True):
        index = template.bone_index[bone]
        way = np.linalg.norm(motion.heads[:, index] - motion.heads[:, parent], axis=1)
        np.testing.assert_allclose(way, np.linalg.norm(body.heads[index] - body.heads[parent]), atol=1e-4)


def test_a_slice_of_a_motion(body):
    motion, _ = standing(body, thigh=[3.0, 50, 90])
    assert len(motion[1:]) == 2
    np.testing.assert_array_equal(motion[1:].heads[0], motion.heads[1])


def test_thighs_do_not_twist_where_they_pass_the_level(body):
    motion, _ = standing(body, thigh=np.linspace(60, 110, 26), lean=35.0)
    turned = motion.rotations[:, body.template.bone_index["upperleg02.L"]].astype(float)
    steps = np.arccos(np.clip((np.einsum("tij,tij->t", turned[1:], turned[:-1]) - 1) / 2, -1, 1))
    assert np.degrees(steps).max() < 6


def test_flat_hands_lie_on_the_floor_and_fists_are_closed(body):
    poser = Poser(body, Stance())
    controls = controls_of(
        lean=90.0, hand_forward=0.97, hand_up=0.0, hand_with_trunk=1, hand_flat=[1, 1, 0], grip=[0, 1, 1]
    )
    pelvis = np.array([[0, 0, 0.6]] * 3)
    motion = motion_of(poser, controls, pelvis, {})
    wrist, tip = head_of(motion, body, "wrist.L"), head_of(motion, body, "finger3-3.L")
    fingers = tip - wrist
    assert abs(fingers[0, 2]) < 0.04  # level, forward
    assert fingers[0, 1] < -0.1
    assert np.linalg.norm(fingers[1]) < np.linalg.norm(fingers[0]) - 0.02
    hand = np.char.find(np.array(body.template.bones)[body.template.main_bone], "finger") >= 0
    flat = body.skin(motion.rotations[0], motion.heads[0])[hand & (body.vertices[:, 0] > 0), 2]
    assert np.ptp(flat) < 0.06
