import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis import make_images

SIZE = (128, 128)


@pytest.fixture(scope="module")
def images():
    return list(make_images(8, seed=1, size=SIZE))


def test_pictures_have_labels_within_their_boxes(images):
    assert len(images) == 8
    for picture in images:
        assert picture.image.shape == (128, 128, 3)
        assert picture.image.dtype == np.uint8
        x, y, width, height = picture.box
        inside = picture.keypoints[picture.visible]
        assert picture.visible.sum() >= 5
        assert (inside >= (x, y)).all() and (inside <= (x + width, y + height)).all()
        assert min(x, y) >= 0
        assert max(x + width, y + height) <= 128


def test_pictures_differ(images):
    assert len({picture.image.tobytes() for picture in images}) == 8
    assert np.ptp([picture.keypoints.mean(axis=0)[1] for picture in images]) > 2


def test_the_same_seed_and_any_number_give_the_same_pictures(images):
    for first, again in zip(images, make_images(3, seed=1, size=SIZE), strict=False):
        assert first.image.tobytes() == again.image.tobytes()
        np.testing.assert_array_equal(first.keypoints, again.keypoints)
    other = next(make_images(1, seed=2, size=SIZE))
    assert other.image.tobytes() != images[0].image.tobytes()


@pytest.mark.parametrize("given", [{"n": 0}, {"n": 1, "size": (10, 10)}, {"n": 1, "exercise": "flying"}])
def test_what_cannot_be_made_is_said_at_once(given):
    with pytest.raises(InputError, match="must be"):
        make_images(**given)
