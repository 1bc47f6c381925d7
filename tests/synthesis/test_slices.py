import numpy as np
import pytest

from fitlab.skeletons import COCO23
from fitlab.synthesis.labels import HIDDEN, OUTSIDE, VISIBLE
from fitlab.synthesis.slices import occluded, postures, slices_of, speeds


def person(inclination_deg, shoulders_m):
    """Joints of which only shoulders and hips matter: a trunk of half a metre, leaning forward."""
    joints = np.zeros((1, 23, 3))
    angle = np.radians(inclination_deg)
    for side, x in (("left", 0.2), ("right", -0.2)):
        joints[0, COCO23.index(f"{side}_shoulder")] = x, 0, shoulders_m
        joints[0, COCO23.index(f"{side}_hip")] = x, 0.5 * np.sin(angle), shoulders_m - 0.5 * np.cos(angle)
    return joints


@pytest.mark.parametrize(
    ("inclination", "shoulders", "posture"),
    [
        (0, 1.45, "upright"),
        (44, 1.2, "upright"),  # the bottom of a squat
        (46, 1.2, "bent"),
        (100, 0.9, "bent"),  # a deadlift
        (80, 0.5, "floor"),  # a push-up
        (20, 0.6, "floor"),  # the top of a sit-up
        (130, 0.14, "floor"),  # a bridge
        (128, 0.45, "inverted"),  # a downward dog
        (180, 0.6, "inverted"),  # a handstand
    ],
)
def test_postures(inclination, shoulders, posture):
    assert postures(person(inclination, shoulders), 1.75) == [posture]


def test_who_is_taller_lies_lower():
    assert postures(person(80, 0.7), 1.6) == ["bent"]
    assert postures(person(80, 0.7), 1.9) == ["floor"]


def test_speed_is_that_of_the_fastest_joint_of_the_body():
    joints = np.zeros((10, 23, 3))
    joints[:, 9, 1] = 0.1 * np.arange(10)  # a wrist: 0.1 m a frame
    joints[:, 20, 1] = 0.3 * np.arange(10)  # a toe does not count
    np.testing.assert_allclose(speeds(joints, fps=20), 2.0)
    np.testing.assert_array_equal(speeds(joints[:1], fps=20), [0])


def test_occluded_is_more_than_half_of_the_body():
    seen = np.full((3, 23), VISIBLE)
    seen[0, :8] = HIDDEN
    seen[1, :8], seen[1, 8] = HIDDEN, OUTSIDE
    seen[2, 17:] = HIDDEN  # feet do not count
    assert occluded(seen).tolist() == [False, True, False]


def test_slices_of_a_frame():
    assert slices_of("floor", False, 0.3) == ["floor"]
    assert slices_of("bent", True, 1.6) == ["bent", "occluded", "fast"]
