import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import assert_dot_at, dotted

from fitlab.skeletons import COCO17
from fitlab.training.augmentation import seen, upright_crop
from fitlab.training.augmentation.appearance import (
    coloured,
    compressed,
    exposed,
    limb_blurred,
    noisy,
    shaken,
    softened,
    streak,
)
from tests.oracles import shared_points

SIZE = (192, 256)
PICTURE = np.random.default_rng(0).integers(60, 180, (40, 60, 3)).astype(np.uint8)


def test_colours_change_as_they_say():
    np.testing.assert_allclose(coloured(PICTURE, 1, 1, 1).astype(int), PICTURE, atol=1)
    np.testing.assert_allclose(coloured(PICTURE, 1.2, 1, 1).mean(), 1.2 * PICTURE.mean(), rtol=0.01)
    assert np.ptp(coloured(PICTURE, 1, 1, 0).astype(int), axis=-1).max() <= 1
    np.testing.assert_allclose(coloured(PICTURE, 1, 0.5, 1).std(), 0.5 * PICTURE.std(), rtol=0.03)
    np.testing.assert_allclose(coloured(PICTURE, 1, 0.5, 1).mean(), PICTURE.mean(), rtol=0.01)
    assert coloured(PICTURE, 9, 1, 1).max() == 255


def test_a_stop_doubles_the_light_before_gamma():
    grey = np.full((4, 4, 3), 100, np.uint8)
    assert exposed(grey, 1)[0, 0, 0] == pytest.approx(255 * (2 * (100 / 255) ** 2.2) ** (1 / 2.2), abs=1)
    np.testing.assert_allclose(exposed(PICTURE, 0).astype(int), PICTURE, atol=1)
    assert exposed(np.full((2, 2, 3), 220, np.uint8), 2).min() == 255


@given(length=st.floats(1, 30), angle=st.floats(0, 360))
def test_a_streak_is_a_line_through_its_middle(length: float, angle: float):
    kernel = streak(length, angle)
    rows, columns = kernel.shape
    assert rows % 2 == columns % 2 == 1
    y, x = np.mgrid[:rows, :columns] - np.reshape([rows // 2, columns // 2], (2, 1, 1))
    assert kernel.sum() == pytest.approx(1, abs=1e-4)
    assert (kernel * x).sum() == pytest.approx(0, abs=1e-3) and (kernel * y).sum() == pytest.approx(0, abs=1e-3)
    a = np.deg2rad(angle)
    spread_along = (kernel * (x * np.cos(a) + y * np.sin(a)) ** 2).sum()
    spread_across = (kernel * (x * np.sin(a) - y * np.cos(a)) ** 2).sum()
    assert spread_along == pytest.approx(length**2 / 12, rel=0.2, abs=0.4)  # of a uniform line, and the grid's own
    assert spread_across < 0.3


@settings(max_examples=15)
@given(length=st.floats(1, 30), angle=st.floats(0, 360))
def test_a_streak_is_its_points_shared_one_by_one(length: float, angle: float):
    kernel = streak(length, angle)
    np.testing.assert_allclose(kernel, shared_points(kernel.shape, length, np.deg2rad(angle)), atol=1e-6)


ELBOW, WRIST = COCO17.index("left_elbow"), COCO17.index("left_wrist")


@settings(max_examples=20)
@given(length=st.floats(3, 22), across=st.booleans(), seed=st.integers(0, 30), turn=st.floats(-180, 180))
def test_a_limb_that_blurs_keeps_its_joint_in_the_middle(length: float, across: bool, seed: int, turn: float):
    person = dotted(WRIST, seed)
    sample = seen(person, upright_crop(person, SIZE, turn))
    blurred = limb_blurred(sample, ELBOW, WRIST, length, across=across)
    # Where the blur fades out the streak has an end that is fainter than the other.
    assert_dot_at(blurred, WRIST, tolerance=0.15 + 0.12 * length)
    np.testing.assert_array_equal(blurred.keypoints, sample.keypoints)


def test_a_limb_blurs_in_its_direction_and_nothing_else_does():
    person = dotted(WRIST)
    sample = seen(person, upright_crop(person, SIZE))
    noise = np.random.default_rng(1).integers(0, 255, sample.image.shape).astype(np.uint8)
    bone = np.array([60.0, 0.0])
    keypoints = sample.keypoints.copy()
    keypoints[ELBOW], keypoints[WRIST] = (60, 128), (60, 128) + bone
    sample = sample._replace(image=noise, keypoints=keypoints)
    along, across = (limb_blurred(sample, ELBOW, WRIST, 15, across=flag).image for flag in (False, True))
    middle = np.s_[124:133, 75:106]
    rough = lambda image, axis: np.abs(np.diff(image[middle].astype(float), axis=axis)).mean()  # noqa: E731
    assert rough(along, 1) < 0.3 * rough(along, 0)
    assert rough(across, 0) < 0.3 * rough(across, 1)
    np.testing.assert_array_equal(along[:60], noise[:60])  # far away
    np.testing.assert_array_equal(along[:, 160:], noise[:, 160:])
    lost = sample._replace(keypoints=np.full_like(keypoints, np.nan))
    assert limb_blurred(lost, ELBOW, WRIST, 9, across=True) is lost


@settings(max_examples=20)
@given(joint=st.integers(0, 16), length=st.floats(1, 12), angle=st.floats(0, 180), factor=st.floats(1, 3))
def test_blur_of_the_whole_moves_nothing(joint: int, length: float, angle: float, factor: float):
    sample = seen(dotted(joint), upright_crop(dotted(joint), SIZE))
    assert_dot_at(sample._replace(image=shaken(sample.image, length, angle)), joint, tolerance=0.3)
    assert_dot_at(sample._replace(image=softened(sample.image, factor)), joint, tolerance=0.3)


def test_noise_is_as_strong_as_it_says_and_stronger_in_the_light():
    rng = np.random.default_rng(0)
    grey, dark = np.full((200, 200, 3), 128, np.uint8), np.full((200, 200, 3), 30, np.uint8)
    of_grey, of_dark = (noisy(image, 8, rng).astype(float) - image for image in (grey, dark))
    assert of_grey.std() == pytest.approx(8 * np.sqrt(1 + 0.25 * 0.6), rel=0.12)  # blotches lose some to enlarging
    assert of_dark.std() < 0.8 * of_grey.std()
    assert abs(of_grey.mean()) < 0.6
    large = noisy(np.zeros((700, 900, 3), np.uint8), 8, rng)
    assert large.shape == (700, 900, 3)


def test_jpeg_loses_more_with_less_quality():
    smooth = np.kron(PICTURE, np.ones((4, 4, 1), np.uint8))
    poor, good = (np.abs(compressed(smooth, q).astype(int) - smooth).mean() for q in (15, 95))
    assert poor > 2 * good and good < 10
    assert compressed(smooth, 60).shape == smooth.shape
