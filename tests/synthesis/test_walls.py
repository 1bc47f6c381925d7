import numpy as np
import pytest

from fitlab.synthesis.walls import Canvas, furnish_gym, furnish_home, paint_outdoors


def test_a_canvas_counts_in_metres_from_the_floor():
    canvas = Canvas(4.0, 2.0, 50)
    canvas.box(-0.5, 0.5, 0.5, 1.5, np.array([10.0, 20, 30]))
    rows, columns = np.nonzero(canvas.painted)
    assert canvas.colours[50, 100].tolist() == [10, 20, 30]
    corner = canvas.to_metres @ (columns.min(), rows.max(), 1)
    np.testing.assert_allclose(corner, [-0.5, 0.5, 1], atol=0.03)
    canvas.fade(-2, 0, 2, 2, np.zeros(3), np.full(3, 200.0))
    assert (canvas.painted == 255).all()
    assert canvas.colours[-1].max() == 0
    assert canvas.colours[0].min() == 200


@pytest.mark.parametrize("paint", [furnish_home, furnish_gym, paint_outdoors])
def test_every_wall_can_be_painted(paint):
    pictures = set()
    for seed in range(25):
        canvas = Canvas(6.0 + seed % 5, 3.0, 30)
        paint(canvas, np.random.default_rng(seed))
        assert canvas.painted.any()
        pictures.add(canvas.colours.tobytes())
    assert len(pictures) == 25
