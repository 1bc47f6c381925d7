import numpy as np
import pytest

from fitlab.synthesis.clothing import draw_outfit, dress
from fitlab.synthesis.figure import figure
from fitlab.synthesis.skinning import posed, shadow_points
from tests.synthesis.posing import standing


@pytest.fixture(scope="module")
def dressed(body):
    return dress(body, draw_outfit(np.random.default_rng(0)))


def test_the_rest_pose_is_what_was_dressed(body, dressed):
    turns = np.tile(np.eye(3), (len(body.heads), 1, 1))
    vertices, normals = posed(dressed, body, turns, body.heads)
    own = len(figure().vertices)
    np.testing.assert_allclose(vertices[:own], dressed.vertices, atol=1e-5)
    np.testing.assert_allclose(normals[:own], dressed.normals, atol=1e-5)


def test_it_moves_as_the_bare_body_does(body, dressed):
    motion, _ = standing(body, thigh=[80.0], lean=[35.0])
    vertices, _ = posed(dressed, body, motion.rotations[0], motion.heads[0])
    bare = body.skin(motion.rotations[0], motion.heads[0])[figure().vertices]
    assert np.abs(vertices[: len(bare)] - bare).max() < 0.15


def test_shadow_points_stand_for_the_whole_surface(body, dressed):
    corners = body.vertices[body.template.faces].astype(float)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    points, areas = shadow_points(dressed.vertices, body)
    assert len(points) == len(areas) < 3001
    assert areas.sum() == pytest.approx(area, rel=0.15)
