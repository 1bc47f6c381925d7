import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlab.detectors.crops import Crop, crop_around, cut
from fitlab.video import read_pictures

numbers = st.floats(-500, 500)
lengths = st.floats(5, 900)
crops = st.builds(
    Crop,
    st.tuples(numbers, numbers),
    st.tuples(lengths, lengths),
    st.sampled_from([(192, 192), (192, 256), (64, 32)]),
    st.floats(-360, 360),
)


@given(crops, st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5))
def test_there_and_back(crop, points):
    points = np.array(points)
    np.testing.assert_allclose(crop.to_image(crop.to_crop(points)), points, atol=1e-6)


@given(crops)
def test_the_centre_and_the_corners(crop):
    width, height = crop.size
    np.testing.assert_allclose(crop.to_crop(np.array(crop.centre)), (width / 2, height / 2), atol=1e-6)
    corners = crop.to_image(np.array([(0, 0), (width, 0), (0, height)], float))
    sides = np.linalg.norm(corners[1:] - corners[0], axis=1)
    np.testing.assert_allclose(sides, crop.extent, rtol=1e-9)


def test_turning_brings_a_lying_person_upright():
    crop = Crop((100, 100), (50, 50), (50, 50), turn_deg=90)
    hips, head = np.array([100, 100]), np.array([120, 100])  # the head to the right
    up = crop.to_crop(head) - crop.to_crop(hips)
    np.testing.assert_allclose(up, (0, -20), atol=1e-9)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_cut_equals_slicing_and_rotating(rng, turn):
    image = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
    crop = Crop((25, 18), (20, 20), (20, 20), turn)
    np.testing.assert_array_equal(cut(image, crop), np.rot90(image[8:28, 15:35], turn // 90))


def test_cut_pads_with_black(rng):
    image = rng.integers(1, 256, (40, 60, 3), dtype=np.uint8)
    piece = cut(image, Crop((0, 0), (20, 20), (20, 20)))
    assert not piece[:10].any() and not piece[:, :10].any()
    np.testing.assert_array_equal(piece[10:, 10:], image[:10, :10])


def test_cut_far_outside_is_black(rng):
    image = rng.integers(1, 256, (40, 60, 3), dtype=np.uint8)
    for extent in (20, 400):
        assert not cut(image, Crop((900, 900), (extent, extent), (20, 20))).any()


@pytest.mark.parametrize("reduction", [1.0, 1.5, 2.5, 4.0, 7.3, 13.0])
@pytest.mark.parametrize("turn", [0.0, 30.0, 180.0])
def test_a_spot_lands_where_the_map_says(reduction, turn):
    """The centre of mass of a soft spot, at every reduction: no shift by half a pixel anywhere."""
    y, x = np.mgrid[:600, :800] + 0.5
    spot = (431.3, 277.9)
    blob = 255 * np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / (2 * (4 * reduction) ** 2))
    image = np.repeat(blob.round().astype(np.uint8)[..., None], 3, axis=2)
    crop = Crop((spot[0] + 9 * reduction, spot[1] - 5 * reduction), (64 * reduction,) * 2, (64, 64), turn)
    piece = cut(image, crop)[..., 0].astype(float)
    v, u = np.mgrid[:64, :64] + 0.5
    found = np.array([(piece * u).sum(), (piece * v).sum()]) / piece.sum()
    np.testing.assert_allclose(found, crop.to_crop(np.array(spot)), atol=0.06)


def test_strong_reduction_averages():
    """One-pixel stripes reduced eight times: their mean, where bilinear sampling alone would show one or none."""
    image = np.zeros((512, 512, 3), np.uint8)
    image[:, ::2] = 200
    piece = cut(image, Crop((256, 256), (480, 480), (60, 60)))
    assert np.abs(piece.astype(int) - 100).max() <= 2
    plain = cv2.resize(image, (64, 64), interpolation=cv2.INTER_NEAREST)
    assert set(np.unique(plain)) <= {0, 200}


@given(st.tuples(numbers, numbers, lengths, lengths), st.sampled_from([(192, 192), (192, 256)]), st.floats(1, 2))
def test_crop_around_holds_the_box_in_the_right_shape(box, size, margin):
    crop = crop_around(box, size, margin=margin)
    left, top, width, height = box
    corners = crop.to_crop(np.array([(left, top), (left + width, top + height)]))
    assert (corners > -1e-6).all() and (corners < np.array(size) + 1e-6).all()
    assert crop.extent[0] / crop.extent[1] == pytest.approx(size[0] / size[1])
    slack = np.array(crop.extent) / (width, height)
    assert slack.min() == pytest.approx(margin)


@pytest.mark.parametrize("name", ["walk_sports2d", "two_people_cam01"])
def test_a_picture_of_a_video_is_cut_as_its_pixels_are(real_data, rng, name):
    """Colours are only made under the crop, and are the same to the bit."""
    (picture,) = read_pictures(real_data / "clips" / f"{name}.mp4", [37])
    pixels = np.asarray(picture)
    height, width, _ = pixels.shape
    for _ in range(60):
        extent = rng.uniform(30, 2500)
        centre = (rng.uniform(-100, width + 100), rng.uniform(-100, height + 100))
        crop = Crop(centre, (extent, extent), (192, 192), rng.choice([0, 33, 180]))
        np.testing.assert_array_equal(cut(picture, crop), cut(pixels, crop))
