import numpy as np
import pytest

from fitlab.synthesis.contacts import Contact, Stance
from fitlab.synthesis.controls import SIDES
from fitlab.synthesis.posture import Poser
from fitlab.synthesis.support import Wanted, balanced, is_standing, rest_on
from tests import oracles
from tests.synthesis.posing import ARMS_FORWARD, controls_of, feet_planted, head_of, standing


def test_who_stands():
    assert is_standing(frozenset({"foot.L", "foot.R"}))
    assert is_standing(frozenset({"foot.L"}))
    assert not is_standing(frozenset())
    assert not is_standing(frozenset({"foot.L", "hand.R"}))


def test_thighs_have_the_inclination_that_was_asked_for(body):
    thigh = np.array([10, 50, 90, 110.0])
    motion, _ = standing(body, thigh=thigh, lean=[5, 30, 40, 60], round=[0, 5, 10, 12], **ARMS_FORWARD)
    thighs = np.stack(
        [head_of(motion, body, "lowerleg01" + s) - head_of(motion, body, "upperleg01" + s) for s in SIDES]
    )
    inclined = np.degrees(np.arccos(-thighs[..., 2] / np.linalg.norm(thighs, axis=-1))).max(axis=0)
    np.testing.assert_allclose(inclined, thigh, atol=0.2)


@pytest.mark.parametrize("lean", [3, 38, 65])
def test_the_volume_of_the_body_is_over_the_feet(body, lean):
    motion, _ = standing(body, thigh=3.0 if lean == 3 else 93.0, lean=lean, **ARMS_FORWARD)
    mesh = body.skin(motion.rotations[0], motion.heads[0])
    centre = oracles.centre_of_volume(mesh, body.template.faces)
    on_floor = mesh[mesh[:, 2] < 0.02]
    heel, toes = on_floor[:, 1].max(), on_floor[:, 1].min()
    assert toes < centre[1] < heel
    assert (heel - centre[1]) / (heel - toes) == pytest.approx(0.45, abs=0.17)
    assert abs(centre[0]) < 0.01


def test_a_side_shift_moves_the_hips_not_the_feet(body):
    motion, poser = standing(body, thigh=60, shift=[0, 3.0])
    moved = np.diff(head_of(motion, body, "root")[:, 0])[0]
    assert moved == pytest.approx(0.03 * sum(poser.leg[".L"]), abs=1e-4)
    assert np.ptp(head_of(motion, body, "foot.L"), axis=0).max() < 1e-5


def test_balance_is_taken_up_by_a_share(body):
    poser, controls = Poser(body, Stance()), controls_of(lean=[20.0, 20.0, 20.0])
    contacts, pelvis = feet_planted(poser, 3), np.array([[0, 0.3, 0.9]] * 3)
    moved = balanced(poser, controls, pelvis, contacts, np.array([0.0, 0.5, 1.0]))
    assert moved[0, 1] == pytest.approx(0.3)
    assert abs(moved[1, 1] - 0.3) < abs(moved[2, 1] - 0.3)
    mass, _ = poser.centre_of_mass(controls, poser.trunk(controls), moved, contacts)
    heel, toes = poser.feet.sole
    foot = contacts["foot.L"].place[0, 1]
    assert mass[2, 1] == pytest.approx(foot + heel + 0.45 * (toes - heel), abs=1e-4)


def test_feet_in_the_air_balance_nobody(body):
    poser, controls = Poser(body, Stance()), controls_of(lean=[20.0, 20.0])
    contacts = {name: Contact(np.array([0.0, 0.4]), contact.place) for name, contact in feet_planted(poser, 2).items()}
    moved = balanced(poser, controls, np.array([[0, 0.3, 0.9]] * 2), contacts, np.array([1.0, 1.0]))
    full = balanced(poser, controls, np.array([[0, 0.3, 0.9]] * 2), feet_planted(poser, 2), np.array([1.0, 1.0]))
    assert moved[0] == pytest.approx([0, 0.3, 0.9])
    assert moved[1, 1] - 0.3 == pytest.approx(0.4 * (full[1, 1] - 0.3), abs=5e-3)  # legs hang


def test_a_body_rests_on_hands_and_feet(body):
    """Prone on straight arms: hands and feet come to where they were put, whatever lean it starts with."""
    poser = Poser(body, Stance())
    given = {
        "hand_forward": 0.97,
        "hand_up": 0.0,
        "hand_with_trunk": 1,
        "leg_with_trunk": 1,
        "heel": 60,
        "foot_up": -0.98,
    }
    true = controls_of(lean=74.0, roll=2.0, **given)
    points = poser.free_points(true, poser.trunk(true))
    pelvis = np.array([[0.02, 0.1, 0.5]])
    wanted = {name: Wanted(pelvis + points[name], np.ones((1, 3))) for name in ("hand.L", "hand.R", "foot.L", "foot.R")}
    start = controls_of(lean=60.0, **given)
    found, lean, roll = rest_on(poser, start, wanted, np.zeros((1, 3)), np.array([np.nan]))
    np.testing.assert_allclose(found, pelvis, atol=2e-3)
    assert lean[0] == pytest.approx(74, abs=0.3)
    assert roll[0] == pytest.approx(2, abs=0.3)


def test_somebody_in_the_air_is_as_high_as_the_lower_foot_is_asked_to_be(body):
    poser, controls = Poser(body, Stance()), controls_of(left_foot_up=-0.7)
    pelvis, lean, _ = rest_on(poser, controls, {}, np.array([[0.0, 0.2, 0.9]]), np.array([0.25]))
    lower = (pelvis + poser.free_points(controls, poser.trunk(controls))["foot.R"])[0, 2]
    assert lower == pytest.approx(0.25, abs=1e-3)
    np.testing.assert_allclose(pelvis[0, :2], (0, 0.2), atol=1e-3)
    assert lean[0] == pytest.approx(controls["lean"][0], abs=1e-3)
