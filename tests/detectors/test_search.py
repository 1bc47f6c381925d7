import numpy as np
import pytest

from fitlab.detectors import load_detector
from fitlab.detectors.search import Found, find_near, find_people


def hips(found: Found) -> np.ndarray:
    return found.pose.positions[11:13].mean(axis=0)


@pytest.mark.parametrize("height", [250, 120, 60, 36])
@pytest.mark.parametrize("place", [(90, 140), (256, 150), (430, 200)])
@pytest.mark.parametrize("turn_deg", [0, 90, 180])
def test_finds_one_person_of_any_size_anywhere(knowing, standing, picture, height, place, turn_deg):
    joints = standing(*place, height, turn_deg)
    people = find_people(picture(), knowing(lambda moment: [joints]))
    assert people
    best = max(people, key=lambda found: found.prominence)
    np.testing.assert_allclose(best.pose.positions, joints, atol=2 + 0.01 * height)
    assert best.pose.score > 0.5


def test_finds_two_people_once_each(knowing, standing, picture):
    crowd = [standing(130, 150, 130), standing(400, 150, 110)]
    people = find_people(picture(), knowing(lambda moment: crowd))
    assert sorted(round(hips(found)[0]) for found in people) == pytest.approx([130, 400], abs=2)


def test_nobody(knowing, picture):
    assert find_people(picture(), knowing(lambda moment: [])) == []


def test_movenet_sees_nobody_in_noise(rng):
    wall = rng.integers(90, 160, (240, 320, 3), dtype=np.uint8)
    assert find_people(wall, load_detector("movenet_lightning")) == []


def test_find_near(knowing, standing, picture):
    crowd = [standing(70, 150, 80), standing(450, 150, 90)]
    detector = knowing(lambda moment: crowd)
    left, right = sorted(find_people(picture(), detector), key=lambda found: hips(found)[0])
    for last in (left, right):
        found = find_near(picture(), detector, last)
        np.testing.assert_allclose(hips(found), hips(last), atol=5)
    alone = knowing(lambda moment: crowd[1:])
    assert find_near(picture(), alone, left) is None
