import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlab.skeletons import COCO17
from fitlab.training.augment import Augmentation, Sample, coloured, flipped, scaled, seen, shifted, upright_crop
from fitlab.training.people import Person

SIZE = (192, 256)


def person_with_dot(joint: int, seed: int = 0, side: int = 400) -> Person:
    """Seventeen joints on a black picture with a white dot at one of them."""
    rng = np.random.default_rng(seed)
    keypoints = np.stack([[80 + 60 * (k % 5), 80 + 65 * (k // 5)] for k in range(17)]) + rng.uniform(-20, 20, (17, 2))
    y, x = np.mgrid[:side, :side] + 0.5
    away = np.hypot(x - keypoints[joint, 0], y - keypoints[joint, 1])
    image = np.repeat((255 * (10 - away).clip(0, 1))[..., None], 3, axis=-1).astype(np.uint8)
    low, high = keypoints.min(0) - 20, keypoints.max(0) + 20
    return Person(image, keypoints, (*low, *(high - low)), float(np.prod(high - low)), "dots")


def assert_dot_at(sample: Sample, joint: int) -> None:
    """The dot's middle is where ``joint`` is labelled, unless it is near the border."""
    height, width = sample.image.shape[:2]
    x, y = sample.keypoints[joint]
    if 20 < x < width - 20 and 20 < y < height - 20:
        weight = sample.image[..., 0].astype(float)
        rows, columns = np.mgrid[:height, :width] + 0.5
        middle = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()
        np.testing.assert_allclose(middle, (x, y), atol=0.15)


joints, angles, shares = st.integers(0, 16), st.floats(-180, 180), st.floats(-0.2, 0.2)


@settings(max_examples=60, deadline=None)
@given(joint=joints, seed=st.integers(0, 50), turn=angles, factor=st.floats(0.7, 1.4), right=shares, down=shares)
def test_keypoints_move_with_their_pixels(joint, seed, turn, factor, right, down):
    person = person_with_dot(joint, seed)
    sample = seen(person, shifted(scaled(upright_crop(person, SIZE, turn), factor), right, down))
    assert_dot_at(sample, joint)
    assert_dot_at(flipped(sample, COCO17.mirror), COCO17.mirror[joint])  # what was a left knee is a right one


@pytest.mark.parametrize("flip", [0, 1])
@settings(max_examples=30, deadline=None)
@given(joint=joints, seed=st.integers(0, 1000))
def test_the_whole_augmentation_keeps_pixels_and_labels_together(flip: int, joint: int, seed: int):
    augment = Augmentation(turn_deg=180, scale=(0.75, 1.25), shift=0.1, flip=flip)
    sample = augment(person_with_dot(joint, seed % 7), SIZE, COCO17.mirror, np.random.default_rng(seed))
    assert_dot_at(sample, COCO17.mirror[joint] if flip else joint)


@given(seed=st.integers(0, 20))
@settings(max_examples=10, deadline=None)
def test_flipping_twice_changes_nothing(seed: int):
    person = person_with_dot(5, seed)
    sample = seen(person, upright_crop(person, SIZE))
    again = flipped(flipped(sample, COCO17.mirror), COCO17.mirror)
    np.testing.assert_array_equal(again.image, sample.image)
    np.testing.assert_allclose(again.keypoints, sample.keypoints, atol=1e-4)


def test_turning_is_counter_clockwise_and_holds_the_whole_box():
    person = person_with_dot(3)
    upright, turned = (upright_crop(person, (200, 200), angle).to_crop(person.keypoints) for angle in (0, 90))
    middle = np.array([100, 100])
    quarter = (
        np.stack([(upright - middle)[:, 1], -(upright - middle)[:, 0]], 1) + middle
    )  # x, y down: (x, y) -> (y, -x)
    np.testing.assert_allclose(turned, quarter, atol=1e-9)
    for angle in range(0, 360, 15):
        inside = upright_crop(person, (150, 200), angle).to_crop(person.keypoints)
        assert (inside > 0).all() and (inside < (150, 200)).all()


def test_unlabelled_joints_stay_unlabelled():
    person = person_with_dot(0)
    keypoints = person.keypoints.copy()
    keypoints[COCO17.index("left_knee")] = np.nan
    person = Person(person.image, keypoints, person.box, person.area, "dots")
    sample = flipped(seen(person, upright_crop(person, SIZE, 40)), COCO17.mirror)
    assert np.flatnonzero(np.isnan(sample.keypoints[:, 0])).tolist() == [COCO17.index("right_knee")]


@pytest.mark.parametrize("turn", [0.0, 33.0])
def test_a_fixed_generator_gives_a_fixed_crop(turn: float):
    augment = Augmentation(turn_deg=turn, scale=(0.7, 1.3), shift=0.1, flip=0.5, colour=0.3)
    one, other = (augment(person_with_dot(1), SIZE, COCO17.mirror, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(one.keypoints, other.keypoints)


def test_colours_change_as_they_say():
    image = np.random.default_rng(0).integers(60, 180, (20, 30, 3)).astype(np.uint8)
    np.testing.assert_allclose(coloured(image, 1, 1, 1).astype(int), image, atol=1)
    np.testing.assert_allclose(coloured(image, 1.2, 1, 1).mean(), 1.2 * image.mean(), rtol=0.01)
    assert np.ptp(coloured(image, 1, 1, 0).astype(int), axis=-1).max() <= 1
    assert coloured(image, 1, 0.5, 1).std() < 0.6 * image.std()
    assert coloured(image, 9, 1, 1).max() == 255
