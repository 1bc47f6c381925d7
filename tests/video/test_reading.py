"""Reading some frames of a video: the same pictures as reading all, and no more work than their key frames ask for."""

import av
import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.video import KEY_FRAME_INTERVAL, VideoWriter, read_frames, read_pictures
from fitlab.video import reading as module

FRAMES = 4 * KEY_FRAME_INTERVAL


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Grey pictures, each a little brighter than the one before."""
    path = tmp_path_factory.mktemp("video") / "brighter.mp4"
    with VideoWriter(path, 25, (64, 48)) as writer:
        for number in range(FRAMES):
            writer.write(np.full((48, 64, 3), 10 + 2 * number, np.uint8))
    return path


@pytest.fixture
def counted(monkeypatch):
    """How many pictures were taken from the decoder."""
    taken = []

    def decoded(*arguments):
        for picture in original(*arguments):
            taken.append(picture)
            yield picture

    original = module.decoded
    monkeypatch.setattr(module, "decoded", decoded)
    return taken


@pytest.mark.parametrize("threads", [0, 1])
@pytest.mark.parametrize(
    "frames",
    [[0], [FRAMES - 1], [0, 1, 2], [5, 5, 6], [28, 29, 30, 31], [3, 40, 41, 95], list(range(0, FRAMES, 7)), []],
)
def test_gives_these_frames(clip, frames, threads):
    everything = list(read_frames(clip))
    found = list(read_pictures(clip, frames, threads=threads))
    assert len(found) == len(frames)
    for number, picture in zip(frames, found, strict=True):
        np.testing.assert_array_equal(np.asarray(picture), everything[number])


def test_jumps_to_key_frames(clip, counted):
    list(read_pictures(clip, [2, 32, 92, 93], threads=1))
    assert len(counted) == 3 + 3 + 4


def test_does_not_jump_where_it_would_gain_nothing(clip, counted):
    list(read_pictures(clip, range(20, 70), threads=1))
    assert len(counted) == 70
    counted.clear()
    list(read_pictures(clip, [20, 25], threads=1))
    assert len(counted) == 26


def test_opens_the_file_once(clip, monkeypatch):
    opened = []
    monkeypatch.setattr(
        av, "open", lambda *args, original=av.open, **options: opened.append(1) or original(*args, **options)
    )
    list(read_frames(clip, 0, 1))  # the index is read
    opened.clear()
    list(read_pictures(clip, [0, 50, 100]))
    assert len(opened) == 1


def test_a_video_that_holds_less_than_it_says(clip, monkeypatch):
    monkeypatch.setattr(module, "decoded", lambda *arguments: iter(()))
    with pytest.raises(InputError, match=r"must be whole.*decoded up to 1\.6 of 4\.8 s"):
        list(read_pictures(clip, [40]))
