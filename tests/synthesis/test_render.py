import numpy as np
import pytest

from fitlab.geometry import Camera
from fitlab.synthesis.render import MeshRenderer
from fitlab.synthesis.solids import box

SIZE = (160, 120)


@pytest.fixture(scope="module")
def renderer():
    renderer = MeshRenderer(SIZE)
    renderer.athlete.actor.SetVisibility(False)
    yield renderer
    renderer.close()


def rendered(renderer, camera, solid, colour=200):
    renderer.show(False, True)
    renderer.things.show(solid.faces, solid.vertices, np.full(solid.vertices.shape, colour, np.uint8))
    renderer.look(camera)
    return renderer.render(np.zeros(2), np.array(SIZE))


@pytest.mark.parametrize("roll", [0, 20])
def test_a_box_fills_just_the_pixels_that_it_projects_to(renderer, roll):
    camera = Camera.looking_at((1.5, -3.0, 1.4), (0.1, 0, 0.7), 200, SIZE, roll_deg=roll)
    camera = Camera(camera.rotation, camera.translation, camera.focal, (75.0, 64.0), camera.size)  # off the middle
    solid = box((1, 1, 1), (0, 0, 0), (0, 0, 0.7))
    seen = rendered(renderer, camera, solid)
    assert seen.part == (slice(0, 120), slice(0, 160))
    rows, columns = np.nonzero(seen.pixels[..., 3] > 127)
    corners = camera.project(solid.vertices)
    np.testing.assert_allclose([columns.min(), rows.min()], corners.min(axis=0), atol=1)
    np.testing.assert_allclose([columns.max() + 1, rows.max() + 1], corners.max(axis=0), atol=1)
    full = seen.pixels[seen.pixels[..., 3] == 255]
    assert np.abs(full[:, :3].astype(int) - 200).max() <= 1  # the lowest bit of blue says whose pixel it is
    assert not seen.pixels[seen.pixels[..., 3] == 0].any()
    assert not seen.person.any()


def test_depth_is_that_along_the_optical_axis(renderer):
    camera = Camera.looking_at((0, -3.0, 0.5), (0, 0, 0.5), 150, SIZE)
    seen = rendered(renderer, camera, box((8, 1, 8), (0, 0, 0), (0, 0.5, 0)))  # its face at y = 0 fills the picture
    np.testing.assert_allclose(seen.depth, 3.0, atol=0.01)


def test_nothing_is_infinitely_far(renderer):
    camera = Camera.looking_at((0, -3.0, 1), (0, 0, 0.7), 200, SIZE)
    seen = rendered(renderer, camera, box((1, 1, 1), (0, 0, 0), (50, 0, 0)))
    assert not seen.pixels.any()
    assert np.isinf(seen.depth).all()


def test_meshes_may_change_from_picture_to_picture(renderer):
    camera = Camera.looking_at((0, -3.0, 0.5), (0, 0, 0.5), 150, SIZE)
    small = rendered(renderer, camera, box((0.2, 0.2, 0.2), (0, 0, 0), (0, 0, 0.5)), 90)
    both = rendered(renderer, camera, box((1, 1, 1), (0, 0, 0), (0, 0, 0.5)), 220)
    again = rendered(renderer, camera, box((0.2, 0.2, 0.2), (0, 0, 0), (0, 0, 0.5)), 90)
    assert (both.pixels[..., 3] > 0).sum() > 10 * (small.pixels[..., 3] > 0).sum()
    np.testing.assert_array_equal(small.pixels, again.pixels)
