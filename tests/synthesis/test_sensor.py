from dataclasses import replace

import numpy as np
import pytest

from fitlab.synthesis.sensor import Development, Sensor, draw_sensor, rough

PLAIN = Sensor((1.0, 1.0, 1.0), 0.0, 0.0, 0.0, 0.01, 100)
GREY = np.full((96, 128, 3), 100, np.uint8)
SIZE = (128, 96)


def shown(sensor, seen=GREY, frame=0, start=0):
    return Development(sensor, SIZE, start).picture(seen, frame).astype(float)


def test_a_perfect_sensor_shows_what_there_is():
    assert np.abs(shown(PLAIN) - 100).max() <= 1


def test_gains_are_those_of_red_green_and_blue():
    np.testing.assert_allclose(shown(replace(PLAIN, gains=(1.2, 1.0, 0.8)))[48, 64], [120, 100, 80], atol=2)


def test_corners_are_darker():
    seen = shown(replace(PLAIN, vignette=0.2))
    assert seen[48, 64].mean() == pytest.approx(100, abs=1)
    assert seen[0, 0].mean() == pytest.approx(80, abs=1.5)


def test_noise_has_its_deviation_and_is_new_in_every_frame():
    noisy = replace(PLAIN, noise=5.0)
    frames = [shown(noisy, frame=frame) for frame in range(3)]
    for frame in frames:
        assert 4 < (frame - 100).std() < 9
    assert np.abs(frames[0] - frames[1]).mean() > 2
    np.testing.assert_array_equal(frames[1], shown(noisy, frame=1))
    np.testing.assert_array_equal(frames[2], shown(noisy, frame=0, start=2))


def test_blur_and_compression_lose_detail():
    edge = GREY.copy()
    edge[:, 64:] = 200
    blurred = shown(replace(PLAIN, blur_px=20.0), edge)
    assert np.ptp(blurred[48, 60:68, 1]) < 70
    fine = np.random.default_rng(0).integers(0, 255, (96, 128, 3)).astype(np.uint8)
    lost = [np.abs(shown(replace(PLAIN, quality=quality), fine) - fine).mean() for quality in (95, 60, 25)]
    assert lost[0] < lost[1] < lost[2]


def test_it_is_darker_indoors():
    indoors, outdoors = (
        [draw_sensor(np.random.default_rng(s), out).shutter_s for s in range(50)] for out in (False, True)
    )
    assert np.median(indoors) > 2 * np.median(outdoors)
    assert max(indoors) <= 1 / 24


def test_a_rough_picture_is_worse_in_every_way():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        sensor = draw_sensor(rng, outdoors=bool(seed % 2))
        worse = rough(rng, sensor)
        assert 0.4 <= worse.gains[0] / sensor.gains[0] <= 1
        np.testing.assert_allclose(np.divide(worse.gains, sensor.gains), worse.gains[0] / sensor.gains[0])
        assert worse.noise >= max(sensor.noise, 3)
        assert worse.blur_px >= max(sensor.blur_px, 0.8)
        assert worse.shutter_s >= max(sensor.shutter_s, 1 / 60)
        assert worse.quality <= min(sensor.quality, 50)
        assert worse.vignette == sensor.vignette
