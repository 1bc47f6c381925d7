import numpy as np
import pytest

from fitlab.synthesis.kinematics import UP, turn
from fitlab.synthesis.solids import ball, box, joined, tube

BOX = box((0.4, 0.6, 0.8), (10, 20, 30), (1, 2, 3))
TUBE = tube((0, 0, 0), (0.3, 0.4, 1.2), 0.1, (1, 2, 3), 32)
BALL = ball((0, 0, 1), (0.5, 0.5, 0.5), (1, 2, 3))


@pytest.mark.parametrize(
    ("solid", "area"),
    [
        (BOX, 2 * (0.4 * 0.6 + 0.6 * 0.8 + 0.8 * 0.4)),
        (TUBE, 2 * np.pi * 0.1 * 1.3 + 2 * np.pi * 0.01),
        (BALL, np.pi),
    ],
)
def test_samples_stand_for_the_surface(solid, area):
    assert solid.areas.sum() == pytest.approx(area, rel=0.03)
    assert (solid.samples >= solid.vertices.min(axis=0) - 1e-5).all()
    assert (solid.samples <= solid.vertices.max(axis=0) + 1e-5).all()


@pytest.mark.parametrize("solid", [BOX, TUBE, BALL])
def test_faces_and_normals_point_outwards(solid):
    corners = solid.vertices[solid.faces].astype(float)
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle = solid.vertices.mean(axis=0)
    assert (np.sum(facing * (corners.mean(axis=1) - middle), axis=1) > -1e-9).all()
    assert (np.sum(solid.normals * (solid.vertices - middle), axis=1) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(solid.normals, axis=1), 1, atol=1e-5)


def test_a_tube_goes_from_end_to_end_and_may_be_a_cone():
    along = np.array([0.3, 0.4, 1.2]) / 1.3
    heights = TUBE.vertices @ along
    assert (heights.min(), heights.max()) == pytest.approx((0, 1.3), abs=1e-5)
    cone = tube((0, 0, 0), (0, 0, 1), 0.2, (1, 2, 3), 32, 0.05)
    assert np.linalg.norm(cone.vertices[:, :2], axis=1)[cone.vertices[:, 2] > 0.5].max() == pytest.approx(0.05)


def test_moving_and_joining():
    moved = BOX.moved(turn(UP, 90), np.array([0, 0, 1.0]))
    np.testing.assert_allclose(np.ptp(moved.vertices, axis=0), (0.6, 0.4, 0.8), atol=1e-6)
    assert moved.vertices[:, 2].min() == pytest.approx(3.6)
    both = joined([BOX, BALL])
    assert len(both.vertices) == len(BOX.vertices) + len(BALL.vertices)
    np.testing.assert_array_equal(both.vertices[both.faces[len(BOX.faces) :]], BALL.vertices[BALL.faces])
    assert both.areas.sum() == pytest.approx(BOX.areas.sum() + BALL.areas.sum())
