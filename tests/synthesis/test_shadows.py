import numpy as np

from fitlab.geometry import Camera
from fitlab.synthesis.lights import Lamp, Lights
from fitlab.synthesis.place import Plane
from fitlab.synthesis.shadows import ShadedPlane
from fitlab.synthesis.solids import ball, box

SIZE = (200, 150)
CAMERA = Camera.looking_at((0, -3.0, 2.5), (0, 0, 0), 170, SIZE)
FLOOR = Plane((0, 0, 0), (1.0, 0, 0), (0, 1.0, 0), "plain", 0, False, (1, 1, 1))
EVERYWHERE = np.full(SIZE[::-1], 255, np.uint8)


def cast(solid, towards, plane=FLOOR, mask=EVERYWHERE):
    lights = Lights((Lamp(towards, (1.0, 1.0, 1.0)),), (0.3, 0.3, 0.3), (0.2, 0.2, 0.2), 0.05)
    picture = np.full((*SIZE[::-1], 3), 200, np.uint8)
    ShadedPlane(plane, lights, np.zeros(3)).shade(solid.samples, solid.areas, picture, CAMERA, mask)
    return picture[..., 0]


def darkest(picture):
    rows, columns = np.nonzero(picture < picture.min() + 8)
    return np.array([columns.mean(), rows.mean()]) + 0.5


def test_a_shadow_falls_along_the_light():
    picture = cast(ball((0.2, 0.1, 0.9), (0.15, 0.15, 0.15), (1, 1, 1)), (0.6, 0.0, 0.8))
    place = np.array([0.2 - 0.9 * 0.6 / 0.8, 0.1, 0.0])
    np.testing.assert_allclose(darkest(picture), CAMERA.project(place), atol=3)
    assert picture.min() < 130
    assert picture[:20].min() == 200


def test_contact_is_dark_without_any_direction_of_light():
    touching = cast(box((0.3, 0.3, 0.1), (1, 1, 1), (0, 0, 0.05)), (0, 1.0, 0.01))
    hovering = cast(box((0.3, 0.3, 0.1), (1, 1, 1), (0, 0, 1.5)), (0, 1.0, 0.01))
    np.testing.assert_allclose(darkest(touching), CAMERA.project(np.zeros(3)), atol=3)
    assert touching.min() < 140
    assert hovering.min() > 185


def test_shadows_blur_with_the_height_of_what_casts_them():
    low, high = (cast(box((0.5, 0.5, 0.02), (1, 1, 1), (0, 0, z)), (0, 0, 1.0)) for z in (0.3, 1.8))
    assert (low < 190).sum() < (high < 190).sum()


def test_walls_are_shaded_too():
    wall = Plane((0, 1.0, 0), (1.0, 0, 0), (0, 0, 1.0), "plain", 0, False, (1, 1, 1))
    assert wall.normal[1] == -1
    picture = cast(ball((0, 0.4, 0.5), (0.2, 0.2, 0.2), (1, 1, 1)), (0.0, -0.8, 0.6), wall)
    np.testing.assert_allclose(darkest(picture), CAMERA.project(np.array([0, 1.0, 0.5 - 0.6 * 0.6 / 0.8])), atol=4)


def test_nothing_happens_outside_of_the_mask_or_far_away():
    solid = ball((0, 0, 0.2), (0.2, 0.2, 0.2), (1, 1, 1))
    assert (cast(solid, (0, 0, 1.0), mask=np.zeros_like(EVERYWHERE)) == 200).all()
    assert (cast(solid.at(9, 9, 0), (0, 0, 1.0)) == 200).all()
