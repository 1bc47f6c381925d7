import numpy as np
import pytest

from fitlab.synthesis.lights import Lamp, Lights, draw_lights, lit, open_sky, shade
from fitlab.synthesis.solids import box

UP = np.array([0, 0, 1.0])
LAMP = Lamp((0.6, 0.0, 0.8), (0.5, 0.4, 0.3))
LIGHTS = Lights((LAMP,), (0.4, 0.4, 0.5), (0.2, 0.1, 0.1), 0.1)


def grid(height, half=0.3, step=0.02):
    x, y = np.meshgrid(np.arange(-half, half, step), np.arange(-half, half, step))
    return np.stack([x.ravel(), y.ravel(), np.full(x.size, height)], axis=1).astype(np.float32)


def test_light_is_the_sum_of_sky_floor_and_lamps():
    np.testing.assert_allclose(LIGHTS.on(UP), [0.4 + 0.4, 0.4 + 0.32, 0.5 + 0.24])
    np.testing.assert_allclose(LIGHTS.on(-UP), [0.2, 0.1, 0.1])
    np.testing.assert_allclose(LIGHTS.on(np.array([1.0, 0, 0])), [0.3 + 0.3, 0.25 + 0.24, 0.3 + 0.18])


def test_what_lies_under_something_sees_no_light():
    floor, roof = grid(0.0), grid(0.6)
    up = np.tile(UP, (len(floor), 1)).astype(np.float32)
    free = open_sky(floor, up, np.concatenate([floor, roof]), UP, 0.25, 0.06)
    middle = np.abs(floor[:, :2]).max(axis=1) < 0.15
    assert free[middle].max() == 0
    assert open_sky(roof, up, np.concatenate([floor, roof]), UP, 0.25, 0.06).min() == 1
    # The roof's shadow lies beside it when the light comes from the side.
    aside = open_sky(floor, up, np.concatenate([floor, roof]), np.array([0.8, 0, 0.6]), 0.05, 0.03)
    assert aside[middle].min() > 0.7


def test_bodies_are_brighter_on_the_side_of_the_lamp():
    points = np.array([[0, 0, 1.0], [0, 0, 1.1]], np.float32)
    normals = np.array([[0.6, 0, 0.8], [-0.6, 0, 0.8]], np.float32) * 3  # of any length
    seen = shade(LIGHTS, points, normals, points - 5, np.array([0, -3.0, 1]), np.ones(2, np.float32))
    assert seen.dtype == np.uint8
    assert (seen[0].astype(int) > seen[1] + 15.0).all()
    dim = shade(LIGHTS, points, normals, points - 5, np.array([0, -3.0, 1]), np.array([0.25], np.float32))
    assert dim[0].sum() < seen[0].sum()
    assert (dim[1] == seen[1]).all()


def test_solids_are_darker_near_the_floor():
    colours = lit(LIGHTS, box((1, 1, 2), (200, 200, 200), (0, 0, 1)))
    side = box((1, 1, 2), (1, 1, 1), (0, 0, 1))
    facing = side.normals[:, 1] < -0.5
    low = side.vertices[:, 2] < 0.1
    assert colours[facing & low].max() < colours[facing & ~low].min()


@pytest.mark.parametrize("outdoors", [True, False])
def test_exposure_is_automatic(outdoors):
    for seed in range(20):
        lights = draw_lights(np.random.default_rng(seed), outdoors)
        assert 1 <= len(lights.lamps) <= 3
        towards = np.array(lights.lamps[0].towards)
        assert np.linalg.norm(towards) == pytest.approx(1)
        assert towards[2] > 0.3
        around = np.array([[0, 0, 1.0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
        assert 0.8 < lights.on(around).mean() < 1.2
