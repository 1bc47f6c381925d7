from dataclasses import replace

import cv2
import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.geometry import Camera
from fitlab.synthesis.background import Background, plane_to_pixels
from fitlab.synthesis.lights import draw_lights
from fitlab.synthesis.place import Plane, draw_place

SIZE = (160, 120)
POINTS = np.random.default_rng(0).uniform((-0.5, -0.3, 0), (0.5, 0.3, 1.8), (50, 3))
CAMERA = Camera.looking_at((0.6, -3.0, 1.3), (0, 0, 0.8), 150, SIZE, roll_deg=2)
LIGHTS = draw_lights(np.random.default_rng(0), outdoors=False)


def a_place(kind):
    places = (draw_place(np.random.default_rng(seed), CAMERA, POINTS, True) for seed in range(99))
    return next(place for place in places if place.kind == kind)


def test_a_plane_projects_as_its_points_do():
    plane = Plane((0.5, 1, 0.2), (0.6, 0.8, 0.0), (0.0, 0.0, 1.0), "plain", 0, False, (1, 1, 1))
    pixel = plane_to_pixels(plane, CAMERA) @ (0.7, 0.4, 1)
    world = np.array(plane.origin) + 0.7 * np.array(plane.along) + 0.4 * np.array(plane.up)
    np.testing.assert_allclose(pixel[:2] / pixel[2] + 0.5, CAMERA.project(world), atol=1e-9)


@pytest.mark.parametrize("kind", ["home", "gym", "outdoors"])
def test_a_moving_camera_sees_what_one_standing_there_would(kind):
    place = a_place(kind)
    moved = Camera.looking_at((0.61, -3.005, 1.305), (0.03, 0, 0.82), 150, SIZE, roll_deg=2.3)
    shaken, there = Background(place, CAMERA, LIGHTS, shakes=True), Background(place, moved, LIGHTS, shakes=False)
    floor = there.shaded(moved)[0][1] > 0  # what hangs on the wall depends on how much of it the first camera sees
    truth = there.seen(moved)[floor].astype(int)
    right = np.abs(shaken.seen(moved)[floor].astype(int) - truth).mean()
    wrong = np.abs(shaken.seen(CAMERA)[floor].astype(int) - truth).mean()
    assert right < 4
    assert right < 0.75 * wrong


def test_shade_falls_on_the_floor_below_the_horizon_only():
    background = Background(a_place("outdoors"), CAMERA, LIGHTS, shakes=False)
    ((floor, mask),) = background.shaded(CAMERA)
    seen = np.array([[0, 0, 0], [0.3, -0.5, 0]])
    columns, rows = CAMERA.project(seen).astype(int).T
    assert floor.normal[2] == 1
    assert (mask[rows, columns] > 0).all()
    assert not mask[0].any()


def test_pictures_are_new_every_time():
    background = Background(a_place("home"), CAMERA, LIGHTS, shakes=False)
    first = background.seen(CAMERA)
    first[:] = 0
    assert background.seen(CAMERA).any()


def test_somebodys_picture_fills_the_frame_without_distortion(tmp_path):
    raw = np.zeros((100, 400, 3), np.uint8)
    raw[:, 200:] = (0, 0, 255)  # red in OpenCV's order
    cv2.imwrite(str(tmp_path / "wide.png"), raw)
    place = draw_place(np.random.default_rng(0), CAMERA, POINTS, False, (tmp_path / "wide.png",))
    seen = Background(place, CAMERA, LIGHTS, shakes=False).seen(CAMERA)
    assert seen.shape == (120, 160, 3)
    assert seen[60, 70].tolist() == [0, 0, 0]
    assert seen[60, 90].tolist() == [255, 0, 0]
    (tmp_path / "broken.jpg").write_text("no picture")
    with pytest.raises(InputError, match=r"readable picture, got .*broken\.jpg"):
        Background(replace(place, picture=tmp_path / "broken.jpg"), CAMERA, LIGHTS, shakes=False)
