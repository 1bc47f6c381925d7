import numpy as np
import pytest

from fitlab.synthesis.kinematics import LEFT, turn
from fitlab.synthesis.phones import Phone, draw_phone, outermost
from tests.synthesis.posing import standing

SIZES = [(256, 256), (640, 480), (480, 640), (1280, 720)]


@pytest.fixture(scope="module")
def movements(body):
    squat = standing(body, thigh=[3.0, 45, 95], lean=[3.0, 20, 40])[0].heads.reshape(-1, 3)
    lying = squat @ turn(LEFT, 90).T
    lying[:, 2] -= lying[:, 2].min() - 0.05
    jump = np.concatenate([squat, squat + (0, 0, 0.5)])
    aside = squat + (0.7, -0.4, 0)
    return {"squat": squat, "lying": lying, "inverted": squat * (1, 1, -1) + (0, 0, 1.8), "jump": jump, "aside": aside}


@pytest.mark.parametrize("name", ["squat", "lying", "inverted", "jump", "aside"])
@pytest.mark.parametrize("size", SIZES)
def test_the_whole_movement_stays_in_view_and_large(movements, name, size):
    filled = []
    for seed in range(40):
        phone = draw_phone(np.random.default_rng(seed), movements[name], size)
        pixels = phone.camera(size).project(movements[name])
        assert (pixels > 0).all()
        assert (pixels < size).all()
        filled.append(np.max(np.ptp(pixels, axis=0) / size))
        assert 0.3 < phone.height_m < 1.7
        assert phone.distance_m > 0.8
    assert 0.5 < np.median(filled) < 0.85


def test_azimuths_are_kept():
    points = np.random.default_rng(0).uniform((-0.3, -0.2, 0), (0.3, 0.2, 1.7), (50, 3))
    for seed in range(20):
        phone = draw_phone(np.random.default_rng(seed), points, (256, 256), azimuths=(80, 100))
        assert 80 <= phone.azimuth_deg <= 100
        assert phone.camera((256, 256)).position[0] < -1, "on the person's right-hand side"


def test_a_phone_that_leans_on_something_does_not_move():
    cameras = Phone(shake=0.0).cameras((640, 480), 5, 30, np.random.default_rng(0))
    assert len(cameras) == 5
    assert all(camera is cameras[0] for camera in cameras)


def test_a_hand_shakes_a_little():
    phone = Phone(shake=1.0)
    cameras = phone.cameras((640, 480), 300, 30, np.random.default_rng(0))
    middle = np.array([camera.project(np.array([0, 0, 0.85])) for camera in cameras])
    np.testing.assert_allclose(middle.mean(axis=0), (320, 240), atol=4)
    assert 0.5 < middle.std(axis=0).max() < 6
    assert np.linalg.norm(np.diff(middle, axis=0), axis=1).max() < 3, "from frame to frame"
    again = phone.cameras((640, 480), 300, 30, np.random.default_rng(0))
    np.testing.assert_array_equal(again[7].rotation, cameras[7].rotation)


def test_the_outermost_points_stand_for_all():
    points = np.random.default_rng(1).normal(size=(5, 400, 3))
    few = outermost(points)
    assert len(few) < 400 and (few[:, None] == points.reshape(-1, 3)).all(-1).any(1).all()
    draws = [draw_phone(np.random.default_rng(2), seen, (640, 480)) for seen in (points, few)]
    assert draws[0] == draws[1]
