import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import assert_dot_at, dotted

from fitlab.detectors.crops import cut
from fitlab.skeletons import COCO17
from fitlab.training.augmentation.geometry import (
    HALVES,
    _reduction,
    flipped,
    half_body_crop,
    moved,
    scaled,
    seen,
    shifted,
    tilted,
    upright_crop,
    warped,
)
from fitlab.training.people import Person

SIZE = (192, 256)
joints, angles, shares = st.integers(0, 16), st.floats(-180, 180), st.floats(-0.2, 0.2)
tilts = st.floats(-30, 30)


@settings(max_examples=60)
@given(joint=joints, seed=st.integers(0, 50), turn=angles, factor=st.floats(0.7, 1.4), right=shares, down=shares)
def test_keypoints_move_with_their_pixels(joint, seed, turn, factor, right, down):
    person = dotted(joint, seed)
    sample = seen(person, shifted(scaled(upright_crop(person, SIZE, turn), factor), right, down))
    assert_dot_at(sample, joint)
    assert_dot_at(flipped(sample, COCO17.mirror), COCO17.mirror[joint])  # what was a left knee is a right one


@settings(max_examples=60)
@given(joint=joints, seed=st.integers(0, 50), turn=angles, factor=st.floats(0.7, 1.4), pitch=tilts, yaw=tilts)
def test_keypoints_move_with_their_pixels_when_tilted(joint, seed, turn, factor, pitch, yaw):
    person = dotted(joint, seed)
    sample = seen(person, scaled(upright_crop(person, SIZE, turn), factor), tilted(SIZE, pitch, yaw), with_mask=True)
    # A disc is not quite symmetric in perspective: its middle is off by a share of a pixel.
    assert_dot_at(sample, joint, tolerance=0.5)
    assert_dot_at(flipped(sample, COCO17.mirror), COCO17.mirror[joint], tolerance=0.5)


@settings(max_examples=30)
@given(joint=joints, half=st.sampled_from(sorted(HALVES)), turn=angles)
def test_half_a_body_fills_the_crop_and_keypoints_stay_with_pixels(joint, half, turn):
    person = dotted(joint)
    crop = half_body_crop(person, half, SIZE, turn)
    assert crop is not None
    sample = seen(person, crop)
    assert_dot_at(sample, joint)
    shown = sample.keypoints[HALVES[half]]
    assert ((shown > 0) & (shown < SIZE)).all()
    assert (np.ptp(shown, axis=0) / SIZE).max() > 0.6


def test_half_a_body_needs_joints_of_it():
    person = dotted(0)
    keypoints = person.keypoints.copy()
    keypoints[HALVES["lower"][:3]] = np.nan
    assert half_body_crop(Person(person.image, keypoints, person.box, 1, "x"), "lower", SIZE) is None


def test_tilting_brings_the_named_edge_nearer():
    corners = np.array([[0, 0], [200, 0], [200, 200], [0, 200]], float)
    below = moved(corners, tilted((200, 200), 20, 0))
    assert np.linalg.norm(below[2] - below[3]) > 200 > np.linalg.norm(below[1] - below[0])
    right = moved(corners, tilted((200, 200), 0, 20))
    assert np.linalg.norm(right[2] - right[1]) > 200 > np.linalg.norm(right[3] - right[0])
    np.testing.assert_allclose(moved(np.array([100.0, 100]), tilted((200, 200), 12, -25)), [100, 100], atol=1e-9)
    np.testing.assert_allclose(tilted((200, 150), 0, 0), np.eye(3), atol=1e-12)
    # A plane turned by a about a line through its middle, seen from f away: x' = f x cos(a) / (f - x sin(a)).
    x, a, f = 60.0, np.deg2rad(20), 1.5 * 200
    found = moved(np.array([100 + x, 100.0]), tilted((200, 200), 0, 20))
    np.testing.assert_allclose(found, [100 + f * x * np.cos(a) / (f - x * np.sin(a)), 100], atol=1e-9)


@pytest.mark.parametrize("side", [480, 1900])  # the second is reduced by more than half on the way
def test_without_a_tilt_both_ways_to_cut_agree(side: int):
    rng = np.random.default_rng(3)
    image = np.kron(rng.integers(0, 255, (side // 20, side // 20, 3)), np.ones((20, 20, 1))).astype(np.uint8)
    person = Person(image, dotted(0).keypoints * side / 480, (side / 4, side / 4, side / 2, side / 2), 1.0, "x")
    crop = upright_crop(person, SIZE, 33)
    plain, tilt = seen(person, crop), seen(person, crop, np.eye(3))
    np.testing.assert_allclose(plain.keypoints, tilt.keypoints, atol=1e-3)
    assert np.abs(plain.image.astype(int) - tilt.image).mean() < 1.5


@pytest.mark.parametrize("side", [480, 240, 2000])  # more than the crop, less, and so much that it is sampled alone
@pytest.mark.parametrize("tilt", [None, tilted(SIZE, 12, -9)])
def test_pixels_and_mask_are_sampled_together_as_they_are_alone(side: int, tilt: np.ndarray | None):
    rng = np.random.default_rng(side)
    image = rng.integers(0, 256, (side, side + 7, 3)).astype(np.uint8)
    outline = rng.random((side, side + 7)) < 0.5
    person = Person(
        image, rng.uniform(0, side, (17, 2)), (0.2 * side, 0.1 * side, 0.5 * side, 0.7 * side), 1, "x", outline
    )
    crop = upright_crop(person, SIZE, 33)
    sample = seen(person, crop, tilt, with_mask=True)
    white = outline * np.uint8(255)
    if tilt is None:
        alone, mask = cut(image, crop), cut(white, crop)
    else:
        matrix = tilt @ np.vstack([crop.crop_from_image, (0, 0, 1)])
        alone, mask = warped(image, matrix, SIZE), warped(white, matrix, SIZE)
    np.testing.assert_allclose(sample.image.astype(int), alone, atol=1)
    np.testing.assert_allclose(sample.mask * 255, mask, atol=1)
    np.testing.assert_array_equal(seen(person, crop, tilt).image, sample.image)
    np.testing.assert_array_equal(person.image, image)


@settings(max_examples=60)
@given(turn=angles, factor=st.floats(0.05, 3), pitch=tilts, yaw=tilts)
def test_the_reduction_is_that_of_a_small_square_in_the_middle(turn, factor, pitch, yaw):
    crop = scaled(upright_crop(dotted(0), SIZE, turn), factor)
    matrix = tilted(SIZE, pitch, yaw) @ np.vstack([crop.crop_from_image, (0, 0, 1)])
    square = np.divide(SIZE, 2) + 1e-3 * np.array([[-1, -1], [1, -1], [-1, 1]])
    corners = moved(square, np.linalg.inv(matrix))
    reduction = np.sqrt(abs(np.linalg.det(corners[1:] - corners[0]))) / 2e-3
    found = _reduction(matrix, SIZE)
    if reduction < 2 - 1e-4:
        assert found == 1
    else:
        assert reduction - 1 - 1e-4 < found < reduction + 1e-4


@settings(max_examples=30)
@given(turn=angles, right=shares, down=shares)
def test_a_shifted_crop_is_around_what_was_beside_the_middle(turn, right, down):
    crop = upright_crop(dotted(0), SIZE, turn)
    expected = crop.to_image(np.multiply(SIZE, (0.5 - right, 0.5 - down)))
    np.testing.assert_allclose(shifted(crop, right, down).centre, expected, atol=1e-9)


def test_a_shift_by_whole_pixels_copies_them():
    image = np.random.default_rng(0).integers(0, 255, (20, 30, 3)).astype(np.uint8)
    moved_image = warped(image, np.array([[1.0, 0, 3], [0, 1, 2], [0, 0, 1]]), (30, 20))
    np.testing.assert_array_equal(moved_image[2:, 3:], image[:-2, :-3])
    assert not moved_image[:2].any()


def test_the_mask_goes_where_the_pixels_go():
    person = dotted(3)
    painted = np.repeat(person.outline[..., None] * np.uint8(255), 3, axis=2)
    person = Person(painted, person.keypoints, person.box, 1.0, "disc", person.outline)
    for tilt in (None, tilted(SIZE, 15, -10)):
        sample = flipped(seen(person, upright_crop(person, SIZE, 25), tilt, with_mask=True), COCO17.mirror)
        np.testing.assert_allclose(sample.mask, sample.image[..., 0] / 255, atol=0.02)
    assert seen(person, upright_crop(person, SIZE)).mask is None


@given(seed=st.integers(0, 20))
@settings(max_examples=10)
def test_flipping_twice_changes_nothing(seed: int):
    person = dotted(5, seed)
    sample = seen(person, upright_crop(person, SIZE), with_mask=True)._replace(other=dotted(0).keypoints)
    again = flipped(flipped(sample, COCO17.mirror), COCO17.mirror)
    np.testing.assert_array_equal(again.image, sample.image)
    np.testing.assert_array_equal(again.mask, sample.mask)
    np.testing.assert_allclose(again.keypoints, sample.keypoints, atol=1e-4)
    np.testing.assert_allclose(again.other, sample.other, atol=1e-4)


def test_turning_is_counter_clockwise_and_holds_the_whole_box():
    person = dotted(3)
    upright, turned = (upright_crop(person, (200, 200), angle).to_crop(person.keypoints) for angle in (0, 90))
    middle = np.array([100, 100])
    away = upright - middle
    quarter = np.stack([away[:, 1], -away[:, 0]], axis=1) + middle  # x, y down: (x, y) -> (y, -x)
    np.testing.assert_allclose(turned, quarter, atol=1e-9)
    for angle in range(0, 360, 15):
        inside = upright_crop(person, (150, 200), angle).to_crop(person.keypoints)
        assert (inside > 0).all() and (inside < (150, 200)).all()


def test_unlabelled_joints_stay_unlabelled():
    person = dotted(0)
    keypoints = person.keypoints.copy()
    keypoints[COCO17.index("left_knee")] = np.nan
    person = Person(person.image, keypoints, person.box, person.area, "dots")
    sample = flipped(seen(person, upright_crop(person, SIZE, 40), tilted(SIZE, 9, 9)), COCO17.mirror)
    assert np.flatnonzero(np.isnan(sample.keypoints[:, 0])).tolist() == [COCO17.index("right_knee")]
