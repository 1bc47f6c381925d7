import av
import numpy as np
import pytest

from fitlab.video import Picture

WIDTH, HEIGHT = 118, 74


@pytest.fixture(params=["yuv420p", "yuvj420p", "yuv444p", "yuv420p10le", "nv12", "gray", "rgb24"])
def frame(request, rng):
    """A picture as a decoder gives it, of the layouts that recordings have, in colours that know no neighbours."""
    noise = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    decoded = av.VideoFrame.from_ndarray(noise, format="rgb24").reformat(format=request.param)
    decoded.colorspace = 1  # BT.709, as telephones write
    return decoded


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_part_equals_that_part_of_the_whole(frame, rotation, rng):
    picture = Picture(frame, rotation)
    whole = np.asarray(picture)
    upright = np.rot90(frame.reformat(format="rgb24", interpolation="FAST_BILINEAR").to_ndarray(), rotation // 90)
    np.testing.assert_array_equal(whole, upright)
    assert whole.flags.c_contiguous and whole.shape == picture.shape
    height, width, _ = picture.shape
    for _ in range(30):
        top, bottom = sorted(rng.integers(0, height + 1, 2))
        left, right = sorted(rng.integers(0, width + 1, 2))
        np.testing.assert_array_equal(picture[top:bottom, left:right], whole[top:bottom, left:right])
    np.testing.assert_array_equal(picture[:, -9:], whole[:, -9:])


@pytest.mark.parametrize("size", [(35, 21), (36, 21), (35, 22)])
def test_odd_sizes(size):
    """The last row and column have a colour of their own."""
    frame = av.VideoFrame(*size, "yuv420p")
    for number, plane in enumerate(frame.planes):
        plane.update((np.arange(plane.buffer_size) * (number + 3) % 251).astype(np.uint8).tobytes())
    picture = Picture(frame)
    whole = np.asarray(picture)
    for top in (0, 3, 20):
        for left in (0, 5, 34):
            np.testing.assert_array_equal(picture[top:, left:], whole[top:, left:])


def test_only_the_part_is_filled_in(frame):
    picture = Picture(frame)
    rows, columns = slice(11, 40), slice(20, 77)
    filled = picture.coloured(rows, columns)
    assert filled.shape == picture.shape and filled.dtype == np.uint8
    np.testing.assert_array_equal(filled[rows, columns], np.asarray(picture)[rows, columns])


def test_nothing_of_a_picture(frame):
    assert Picture(frame)[5:5, 3:9].shape == (0, 6, 3)
    assert Picture(frame)[8:5, 3:9].shape == (0, 6, 3)
