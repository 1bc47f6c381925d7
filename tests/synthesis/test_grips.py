import numpy as np
import pytest

from fitlab.synthesis.contacts import Contact
from fitlab.synthesis.grips import Grips
from tests.synthesis.posing import head_of, standing


@pytest.fixture(scope="module")
def motion(body):
    return standing(body, hand_forward=[0.1, 0.7, 0.3], hand_up=[-0.9, -0.2, 0.7])[0]


@pytest.mark.parametrize("side", [".L", ".R"])
def test_a_grip_is_in_the_palm(body, motion, side):
    grip, axis = Grips(body).at(motion.rotations, motion.heads, side)
    wrist, knuckle = head_of(motion, body, f"wrist{side}"), head_of(motion, body, f"finger3-1{side}")
    assert np.all(np.linalg.norm(grip - wrist, axis=1) < 0.12)
    assert np.all(np.linalg.norm(grip - knuckle, axis=1) < 0.035)
    np.testing.assert_allclose(np.linalg.norm(axis, axis=1), 1, atol=1e-5)
    fingers = knuckle - wrist
    assert np.abs(np.sum(axis * fingers, axis=1) / np.linalg.norm(fingers, axis=1)).max() < 0.45


def test_hands_mirror_each_other(body):
    still, _ = standing(body)
    left, right = (Grips(body).at(still.rotations, still.heads, side)[0][0] for side in (".L", ".R"))
    np.testing.assert_allclose(left * (-1, 1, 1), right, atol=0.01)


def test_the_place_of_a_bar_is_where_the_hand_holds_it(body, motion):
    grips = Grips(body)
    held = Contact(np.array([0.0, 1.0, 0.0]), np.zeros((3, 3)))
    places = grips.held(motion, {"hand.L": held})
    every, _ = grips.at(motion.rotations, motion.heads, ".R")
    while_held, _ = grips.at(motion.rotations, motion.heads, ".L")
    np.testing.assert_allclose(places[".L"], while_held[1], atol=1e-6)
    np.testing.assert_allclose(places[".R"], every.mean(axis=0), atol=1e-6)
