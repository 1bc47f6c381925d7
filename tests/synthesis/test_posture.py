import numpy as np
import pytest

from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.posture import CONTROLS, SIDES, Poser, Stance
from tests import oracles

ARMS_FORWARD = {
    "hand_out": -0.1, "hand_forward": 0.94, "hand_up": 0.06, "hand_with_trunk": 0.0, "elbow_up": -1.0
}  # fmt: skip


def posed(body, **controls):
    """The motion of controls that may be lists; the poser."""
    frames = max(np.size(value) for value in controls.values())
    full = {name: np.broadcast_to(controls.get(name, value), frames).astype(float) for name, value in CONTROLS.items()}
    poser = Poser(body, Stance())
    return poser.pose(full, poser.heights(full)), poser


def heads(motion, body, bone):
    return motion.heads[:, body.template.bone_index[bone]]


@pytest.fixture(scope="module")
def body():
    return Body()


def test_thighs_and_trunk_have_the_inclination_that_was_asked_for(body):
    thigh, lean = np.array([10, 50, 90, 110.0]), np.array([5, 30, 40, 60.0])
    motion, _ = posed(body, thigh=thigh, lean=lean, round=[0, 5, 10, 12], **ARMS_FORWARD)
    thighs = np.stack([heads(motion, body, "lowerleg01" + s) - heads(motion, body, "upperleg01" + s) for s in SIDES])
    inclined = np.degrees(np.arccos(-thighs[..., 2] / np.linalg.norm(thighs, axis=-1))).mean(axis=0)
    np.testing.assert_allclose(inclined, thigh, atol=0.2)
    line = sum(heads(motion, body, "clavicle" + s) - heads(motion, body, "upperleg01" + s) for s in SIDES) / 2
    leaning = np.degrees(np.arctan2(-line[:, 1], line[:, 2]))
    np.testing.assert_allclose(leaning, lean, atol=6)  # the shoulders themselves move a little as the arms rise
    assert np.all(np.diff(leaning) > 5)


def test_feet_are_planted_wherever_the_rest_goes(body, rng):
    """Even where thigh and lean contradict each other: then the pelvis gives way."""
    thigh, lean, knee_out = rng.uniform(3, 110, 20), rng.uniform(0, 70, 20), rng.uniform(-25, 5, 20)
    motion, _ = posed(body, thigh=thigh, lean=lean, knee_out=knee_out, **ARMS_FORWARD)
    for side in (".L", ".R"):
        ankle = heads(motion, body, f"foot{side}")
        assert np.ptp(ankle, axis=0).max() < 1e-5
        assert np.ptp(heads(motion, body, f"toe2-1{side}"), axis=0).max() < 1e-5
    assert all(body.skin(r, h)[:, 2].min() > -5e-3 for r, h in zip(motion.rotations, motion.heads, strict=True))


def test_legs_keep_their_lengths(body, rng):
    motion, _ = posed(body, thigh=rng.uniform(3, 110, 20), knee_out=rng.uniform(-25, 5, 20))
    for upper, lower in (("upperleg01", "lowerleg01"), ("lowerleg01", "foot"), ("upperarm01", "lowerarm01")):
        index = body.template.bone_index
        rest = np.linalg.norm(body.heads[index[f"{upper}.L"]] - body.heads[index[f"{lower}.L"]])
        length = np.linalg.norm(heads(motion, body, f"{upper}.L") - heads(motion, body, f"{lower}.L"), axis=-1)
        np.testing.assert_allclose(length, rest, rtol=1e-4)


@pytest.mark.parametrize("lean", [3, 38, 65])
def test_centre_of_mass_is_over_the_feet(body, lean):
    """Against the centre of the volume of the posed mesh, which knows nothing of segments."""
    motion, _ = posed(body, thigh=[3.0 if lean == 3 else 93.0], lean=lean, **ARMS_FORWARD)
    mesh = body.skin(motion.rotations[0], motion.heads[0])
    centre = oracles.centre_of_volume(mesh, body.template.faces)
    on_floor = mesh[mesh[:, 2] < 0.02]
    heel, toes = on_floor[:, 1].max(), on_floor[:, 1].min()
    assert toes < centre[1] < heel
    assert (heel - centre[1]) / (heel - toes) == pytest.approx(0.45, abs=0.17)
    assert abs(centre[0]) < 0.01


def test_a_side_shift_moves_the_hips_not_the_feet(body):
    motion, _ = posed(body, thigh=60, shift=[0, 3.0])
    assert heads(motion, body, "root")[1, 0] - heads(motion, body, "root")[0, 0] == pytest.approx(0.03, abs=1e-4)
    assert np.ptp(heads(motion, body, "foot.L"), axis=0).max() < 1e-5


def test_joints_stay_within_human_limits(rng):
    """Ranges of motion, Norkin & White, Measurement of Joint Motion: knee 0-150, ankle dorsiflexion loaded to 45."""
    for _ in range(6):
        body = Body(draw_phenotype(rng))
        motion, _ = posed(body, thigh=[3, 50, 93], lean=[3, 28, 36], round=[0, 4, 8], **ARMS_FORWARD)
        thigh = heads(motion, body, "lowerleg01.L") - heads(motion, body, "upperleg01.L")
        shank = heads(motion, body, "foot.L") - heads(motion, body, "lowerleg01.L")
        cosine = np.sum(thigh * shank, axis=1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
        assert np.degrees(np.arccos(cosine)).max() < 140
        dorsiflexion = np.degrees(np.arctan2(shank[:, 1], -shank[:, 2]))  # knees go forward, along -y
        assert dorsiflexion.min() > -5
        assert dorsiflexion.max() < 45
