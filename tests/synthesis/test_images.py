import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis import make_images
from fitlab.synthesis.images import ImageSource
from fitlab.synthesis.script import motion_files

SIZE = (128, 128)


@pytest.fixture(scope="module")
def images():
    return list(make_images(8, seed=1, size=SIZE))


def test_pictures_have_labels_within_their_boxes(images):
    assert len(images) == 8
    for picture in images:
        assert picture.image.shape == (128, 128, 3)
        assert picture.image.dtype == np.uint8
        assert picture.keypoints.shape == (17, 2)
        x, y, width, height = picture.box
        inside = picture.keypoints[picture.visible]
        assert picture.visible.sum() >= 5
        assert (inside > (x - 1.5, y - 1.5)).all() and (inside < (x + width + 1.5, y + height + 1.5)).all()
        assert min(x, y) >= 0
        assert max(x + width, y + height) <= 128
        assert picture.exercise == "squat"


def test_pictures_differ(images):
    assert len({picture.image.tobytes() for picture in images}) == 8
    assert np.ptp([picture.keypoints.mean(axis=0)[1] for picture in images]) > 2


def test_the_same_seed_and_any_number_give_the_same_pictures(images):
    for first, again in zip(images, make_images(3, seed=1, size=SIZE), strict=False):
        assert first.image.tobytes() == again.image.tobytes()
        np.testing.assert_array_equal(first.keypoints, again.keypoints)
    other = next(make_images(1, seed=2, size=SIZE))
    assert other.image.tobytes() != images[0].image.tobytes()


def test_every_picture_is_a_function_of_its_number(images):
    source = ImageSource(1, SIZE, ["squat"])
    (alone,) = source.images(6, 7)
    source.close()
    assert alone.image.tobytes() == images[6].image.tobytes()
    np.testing.assert_array_equal(alone.person.visibility, images[6].person.visibility)


def test_all_exercises_or_some():
    assert ImageSource(0).exercises == tuple(motion_files())
    chosen = ["squat", "push_up"]
    assert {picture.exercise for picture in make_images(45, seed=4, size=(64, 64), exercises=chosen)} == set(chosen)


def test_weights_are_followed():
    """Of a squat, twenty times likelier moments: what share is fast, must rise from s to 20 s / (1 + 19 s)."""
    plain, weighted = (
        ImageSource(0, (64, 64), ["jumping_jack"], weights)._model(0) for weights in (None, {"fast": 20.0})
    )
    share = (plain.speeds > 1.5).mean()
    np.testing.assert_array_equal(plain.speeds, weighted.speeds)
    drawn = weighted.weights / weighted.weights.sum()
    assert drawn[weighted.speeds > 1.5].sum() == pytest.approx(20 * share / (1 + 19 * share))


def test_exercises_are_as_likely_as_their_moments():
    source = ImageSource(0, (64, 64), ["push_up", "squat"], {"floor": 9.0})
    np.testing.assert_allclose(source._shares, [0.9, 0.1], atol=0.02)


def test_views_that_hide_are_chosen():
    seen = [
        np.mean(
            [
                picture.visible.mean()
                for picture in ImageSource(2, (64, 64), ["squat"], hidden_views=share).images(0, 16)
            ]
        )
        for share in (0.0, 1.0)
    ]
    assert seen[1] < seen[0] - 0.05


@pytest.mark.parametrize("given", [{"n": 0}, {"n": 1, "size": (10, 10)}, {"n": 1, "exercises": "flying"}])
def test_what_cannot_be_made_is_said_at_once(given):
    with pytest.raises(InputError, match="must be"):
        make_images(**given)
