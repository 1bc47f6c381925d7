import cv2
import numpy as np
import pytest

from fitlab.mining.sheet import sheet, tile
from fitlab.skeletons import COCO17
from tests.detectors.conftest import person


def test_a_tile_shows_the_person_in_its_box_under_a_caption():
    picture = np.zeros((400, 600, 3), np.uint8)
    picture[100:300, 200:400] = (0, 200, 0)
    made = tile(picture, (200, 100, 200, 200), person(300, 200, 120), np.ones(17), COCO17, "1  family 1")
    assert made.shape == (220, 200, 3)
    assert (made[20:24, :10] == 0).all() and (made[120, 15] == (0, 200, 0)).all()
    assert 0 < (made[:20] < 100).any(axis=-1).mean() < 0.2


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (5, 5, 1), (13, 6, 3)])
def test_six_in_a_row(count, columns, rows):
    tiles = [np.full((220, 200, 3), n, np.uint8) for n in range(count)]
    made = sheet(tiles)
    assert made.shape == (220 * rows, 200 * columns, 3)
    last = (rows - 1) * 220, (count - 1) % columns * 200
    assert (made[last] == count - 1).all()


def test_more_columns_where_jpeg_could_not_hold_the_rows():
    made = sheet([np.zeros((220, 200, 3), np.uint8)] * 1800)  # 300 rows of six: 66,000 pixels
    assert made.shape[0] <= 65_500 and made.shape[1] <= 65_500
    assert made.shape[0] // 220 * (made.shape[1] // 200) >= 1800
    assert cv2.imencode(".jpg", made)[0]
