import numpy as np
import pytest

from fitlab.geometry import Camera
from fitlab.synthesis.render import MeshRenderer

CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.2, 1.2)], np.float32)
QUADS = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
FACES = np.array([triangle for a, b, c, d in QUADS for triangle in ((a, b, c), (a, c, d))])
NORMALS = (CORNERS - CORNERS.mean(axis=0)).astype(np.float32)


@pytest.mark.parametrize("roll", [0, 20])
def test_a_box_fills_just_the_pixels_that_it_projects_to(roll):
    camera = Camera.looking_at((1.5, -3.0, 1.4), (0.1, 0, 0.7), 200, (160, 120), roll_deg=roll)
    camera = Camera(camera.rotation, camera.translation, camera.focal, (75.0, 64.0), camera.size)  # off the middle
    renderer = MeshRenderer(FACES, len(CORNERS), camera.size)
    try:
        renderer.set_scene(np.full((8, 3), 200, np.uint8), camera, np.array([0.5, -0.6, 0.7]), 0.4)
        part, pixels, depth = renderer.render(CORNERS, NORMALS)
    finally:
        renderer.close()
    cover = np.zeros((120, 160))
    cover[part] = pixels[..., 3] / 255
    rows, columns = np.nonzero(cover > 0.5)
    seen = camera.project(CORNERS)
    np.testing.assert_allclose([columns.min(), rows.min()], seen.min(axis=0), atol=1)
    np.testing.assert_allclose([columns.max() + 1, rows.max() + 1], seen.max(axis=0), atol=1)
    assert pixels[..., :3][pixels[..., 3] == 255].min() > 20  # lit from every side
    assert not pixels[pixels[..., 3] == 0].any()
    metres = camera.camera_from_world(CORNERS)[:, 2]
    assert depth[np.isfinite(depth)].min() == pytest.approx(metres.min(), abs=0.05)
    assert depth[np.isfinite(depth)].max() < metres.max()


def test_out_of_sight_nothing_is_drawn():
    camera = Camera.looking_at((0, -3.0, 1), (0, 0, 0.7), 200, (80, 80))
    renderer = MeshRenderer(FACES, len(CORNERS), camera.size)
    try:
        renderer.set_scene(np.full((8, 3), 200, np.uint8), camera, np.array([0.5, -0.6, 0.7]), 0.4)
        _, pixels, _ = renderer.render(CORNERS + np.float32([50, 0, 0]), NORMALS)
    finally:
        renderer.close()
    assert not pixels.any()
