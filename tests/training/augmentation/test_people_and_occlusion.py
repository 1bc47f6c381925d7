from unittest import mock

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import dotted

from fitlab.training.augmentation import occlusion, seen, upright_crop
from fitlab.training.augmentation.geometry import scaled, shifted
from fitlab.training.augmentation.occlusion import cut_out, with_piece, with_prop
from fitlab.training.augmentation.people import before, emptied, with_second_person
from fitlab.training.augmentation.sample import around, grown, laid_over, touched
from fitlab.training.augmentation.textures import ball, bar, noise, polygon, surface
from tests.oracles import filled_in

SIZE = (128, 160)
seeds = st.integers(0, 10**6)


def sample_of(seed: int = 0):
    person = dotted(4, seed)
    return seen(person, upright_crop(person, SIZE), with_mask=True)


def test_layers_mix_by_their_opacity():
    image, layer = np.full((2, 3, 3), 100, np.uint8), np.full((2, 3, 3), 200, np.uint8)
    opacity = np.array([[0, 0.5, 1]] * 2, np.float32)
    np.testing.assert_allclose(laid_over(image, layer, opacity)[0, :, 0], [100, 150, 200], atol=1)


def test_only_the_part_that_a_layer_touches_is_mixed_and_as_the_whole_is():
    rng = np.random.default_rng(0)
    image, layer = rng.integers(0, 256, (2, 60, 80, 3)).astype(np.uint8)
    opacity = np.zeros((60, 80), np.float32)
    opacity[10:30, 40:75] = rng.random((20, 35))
    mixed = layer * opacity[..., None].astype(float) + image * (1 - opacity[..., None].astype(float))
    np.testing.assert_allclose(laid_over(image, layer, opacity), mixed, atol=0.51)
    assert touched(opacity) == np.s_[10:30, 40:75]
    nothing = laid_over(image, layer, np.zeros_like(opacity))
    np.testing.assert_array_equal(nothing, image)
    assert not np.shares_memory(nothing, image)


def test_a_part_stays_in_the_crop_and_is_not_empty():
    assert grown(np.s_[5:10, 20:30], 3, (32, 64)) == np.s_[2:13, 17:32]
    assert around(np.array([4.5, 50.2]), 6, (32, 64)) == np.s_[44:57, 0:11]
    for far in ((-90.0, 20.0), (90.0, 300.0)):
        rows, columns = around(np.array(far), 5, (32, 64))
        assert 0 <= rows.start < rows.stop <= 64 and 0 <= columns.start < columns.stop <= 32


@settings(max_examples=40)
@given(seed=seeds, length=st.floats(15, 80), x=st.floats(-60, 190), y=st.floats(-60, 220))
def test_a_prop_is_the_same_where_only_its_part_is_made(seed: int, length: float, x: float, y: float):
    sample, at = sample_of(), np.array([x, y])
    made = with_prop(sample, at, length, np.random.default_rng(seed))
    with mock.patch.object(occlusion, "_SHADOW", 10**4):  # the part is the whole crop
        whole = with_prop(sample, at, length, np.random.default_rng(seed))
    np.testing.assert_allclose(made.image.astype(int), whole.image, atol=1)
    np.testing.assert_allclose(made.mask, whole.mask, atol=1e-3)


def test_a_cut_out_hides_its_rectangle_and_nothing_else():
    sample = sample_of()
    cut = cut_out(sample, 0.25, 0.5, 0.5, 0.25, np.random.default_rng(0))
    part = np.s_[80:120, 32:96]
    outside = np.ones(sample.image.shape[:2], bool)
    outside[part] = False
    np.testing.assert_array_equal(cut.image[outside], sample.image[outside])
    assert (cut.image[part] != sample.image[part]).mean() > 0.9
    assert not cut.mask[part].any() and (cut.mask[outside] == sample.mask[outside]).all()
    np.testing.assert_array_equal(cut.keypoints, sample.keypoints)
    over = cut_out(sample, -0.5, -0.5, 3, 3, np.random.default_rng(0))  # over all borders
    assert not over.mask.any()


@settings(max_examples=40)
@given(seed=seeds, length=st.floats(15, 80))
def test_a_prop_covers_where_it_is_put_and_labels_stay(seed: int, length: float):
    sample = sample_of()
    at = np.array([70.0, 85.0])
    covered = with_prop(sample, at, length, np.random.default_rng(seed))
    np.testing.assert_array_equal(covered.keypoints, sample.keypoints)
    assert covered.mask[85, 70] < 0.5  # hidden there
    assert (covered.mask <= sample.mask + 1e-6).all()
    changed = (covered.image != sample.image).any(-1).mean()
    assert changed > 0.002
    again = with_prop(sample, at, length, np.random.default_rng(seed))
    np.testing.assert_array_equal(again.image, covered.image)


@settings(max_examples=20)
@given(seed=seeds)
def test_a_piece_of_somebody_is_cut_by_their_outline(seed: int):
    sample, source = sample_of(), sample_of(1)
    source = source._replace(image=np.full_like(source.image, 200))
    at, length = np.array([60.0, 60.0]), 40.0
    pieced = with_piece(sample, source, at, length, np.array([64.0, 80.0]), np.random.default_rng(seed))
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    away = np.hypot(columns - at[0], rows - at[1])
    np.testing.assert_allclose(pieced.image[away < length / 2 - 2].astype(int), 200, atol=2)
    np.testing.assert_array_equal(pieced.image[away > length / 2 + 2], sample.image[away > length / 2 + 2])
    without = source._replace(mask=np.zeros_like(source.mask))
    nothing = with_piece(sample, without, at, length, np.array([64.0, 80.0]), np.random.default_rng(seed))
    np.testing.assert_allclose(nothing.image.astype(int), sample.image, atol=1)
    with pytest.raises(ValueError, match="must have a mask"):
        with_piece(sample, source._replace(mask=None), at, length, at, np.random.default_rng(seed))


@settings(max_examples=20)
@given(joint=st.integers(0, 16), in_front=st.booleans(), angle=st.floats(0, 6.28))
def test_a_second_person_is_where_their_labels_are(joint: int, in_front: bool, angle: float):
    first = sample_of()
    first = first._replace(image=np.zeros_like(first.image), mask=np.zeros_like(first.mask))
    other = dotted(joint, 3)
    crop = shifted(scaled(upright_crop(other, SIZE, 70), 0.6), 0.2 * np.cos(angle), 0.2 * np.sin(angle))
    both = with_second_person(first, seen(other, crop, with_mask=True), in_front=in_front)
    x, y = both.other[joint]
    green = both.image[..., 1].astype(float)
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    if 15 < x < SIZE[0] - 15 and 15 < y < SIZE[1] - 15:
        middle = (green * columns).sum() / green.sum(), (green * rows).sum() / green.sum()
        np.testing.assert_allclose(middle, (x, y), atol=0.25)
    np.testing.assert_array_equal(both.keypoints, first.keypoints)


def test_who_is_in_front_hides_the_other():
    first, second = sample_of(), sample_of(1)
    first = first._replace(image=np.full_like(first.image, 50))
    second = second._replace(image=np.full_like(second.image, 200))
    both_inside = (first.mask == 1) & (second.mask == 1)
    front, behind = (with_second_person(first, second, in_front=flag) for flag in (True, False))
    assert (front.image[both_inside] == 200).all() and not front.mask[both_inside].any()
    assert (behind.image[both_inside] == 50).all() and (behind.mask == first.mask).all()


def test_an_emptied_place_has_the_colours_around_it():
    sample = sample_of()
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    person = np.hypot(rows - 80, columns - 64) < 30
    image = np.full(sample.image.shape, (40, 90, 160), np.uint8)
    image[person] = (255, 0, 0)
    empty = emptied(sample._replace(image=image, mask=person.astype(np.float32)))
    np.testing.assert_allclose(empty.reshape(-1, 3).astype(int), [[40, 90, 160]] * empty[..., 0].size, atol=3)
    unknown = sample._replace(mask=None)
    assert emptied(unknown) is unknown.image


def test_an_emptied_place_is_filled_with_means_of_what_is_known():
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    person = ((np.abs(rows - 70) < 50) & (np.abs(columns - 60) < 44)).astype(np.float32)  # wider than small windows
    noise = np.random.default_rng(0).integers(0, 256, (*person.shape, 3)).astype(np.uint8)
    filled = emptied(sample_of()._replace(image=noise, mask=person))
    gone = cv2.dilate(person, np.ones((7, 7), np.uint8))
    expected = cv2.resize(filled_in(noise, gone, 4), SIZE, interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(filled[gone == 0], noise[gone == 0])
    np.testing.assert_allclose(filled[gone == 1].astype(int), expected[gone == 1], atol=2)


def test_another_place_is_behind_the_person():
    sample = sample_of()._replace(image=np.full((SIZE[1], SIZE[0], 3), 10, np.uint8))
    moved = before(sample, np.full_like(sample.image, 240))
    assert (moved.image[sample.mask == 1] == 10).all() and (moved.image[sample.mask == 0] == 240).all()
    with pytest.raises(ValueError, match="must have a mask"):
        before(sample._replace(mask=None), sample.image)


@settings(max_examples=30)
@given(seed=seeds)
def test_surfaces_are_pictures_of_all_kinds(seed: int):
    made = surface((50, 70), np.random.default_rng(seed))
    assert made.shape == (70, 50, 3) and made.dtype == np.uint8
    part = np.s_[10:31, 5:50]
    np.testing.assert_array_equal(surface((50, 70), np.random.default_rng(seed), part), made[part])
    assert np.abs(noise((30, 20), 5, np.random.default_rng(seed))).max() < 1.6


def test_shapes_have_the_area_that_geometry_gives():
    _, opacity = ball(20, np.random.default_rng(0))
    assert opacity.sum() == pytest.approx(np.pi * 19.5**2, rel=0.02)
    # Filled shapes take in their borders: half a pixel on every side.
    of_bar = bar(np.array([20.0, 30.0]), np.array([60.0, 50.0]), 8, (90, 80)).sum()
    assert of_bar == pytest.approx(9 * (np.hypot(40, 20) + 1), rel=0.06)
    square = np.array([[10, 10], [30, 10], [30, 40], [10, 40]], float)
    assert polygon(square, (50, 50)).sum() == pytest.approx(21 * 31, rel=0.03)
