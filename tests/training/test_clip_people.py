"""Clips of two colours, whose labels we wrote."""

from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from fitlab.errors import InputError
from fitlab.synthesis.labels import HIDDEN, OUTSIDE, VISIBLE
from fitlab.training.clip_people import FramesOfClips
from fitlab.training.people import torso_lengths
from fitlab.video import VideoWriter

FRAMES, SIZE = 12, (64, 48)  # width, height


def write(folder: Path, name: str, **changes: np.ndarray) -> Path:
    """A clip that lies on the floor in its first half and stands upside down in its second; frame t is t * 20 grey."""
    clip = folder / "clips" / name / f"{name}.mp4"
    clip.parent.mkdir(parents=True)
    mask = np.zeros(SIZE[::-1], np.uint8, order="F")
    mask[10:30, 20:40] = 1
    labels = {
        "posture": np.array(["floor"] * 6 + ["inverted"] * 6),
        "speed": np.zeros(FRAMES, np.float32),
        "visibility": np.full((FRAMES, 23), VISIBLE, np.uint8),
        "keypoints": np.tile(np.c_[np.linspace(22, 37, 23), np.linspace(12, 27, 23)], (FRAMES, 1, 1)),
        "boxes": np.tile(np.float32([20, 10, 20, 20]), (FRAMES, 1)),
        "masks": np.array([coco_mask.encode(mask)["counts"]] * FRAMES),
    }
    np.savez(clip.with_suffix(".npz"), **(labels | changes))
    with VideoWriter(clip, 10.0, SIZE) as video:
        for frame in range(FRAMES):
            video.write(np.full((*SIZE[::-1], 3), frame * 20, np.uint8))
    return clip


def numbers(people: FramesOfClips) -> list[int]:
    return [int(person.name.rsplit(" ", 1)[1]) for person in people]


def test_a_slice_is_found_with_its_pictures_and_labels(tmp_path: Path):
    write(tmp_path, "one")
    people = FramesOfClips(tmp_path, "inverted")
    assert numbers(people) == [6, 7, 8, 9, 10, 11]
    for frame, person in enumerate(people, start=6):
        np.testing.assert_allclose(person.image.mean(), frame * 20, atol=3)
    person = people[0]
    assert person.box == (20, 10, 20, 20) and person.area == 400 and person.slice == "inverted"
    assert person.mask(SIZE[::-1])[10:30, 20:40].all()
    np.testing.assert_allclose(person.keypoints[[0, 16]], [(22, 12), (22 + 16 * 15 / 22, 12 + 16 * 15 / 22)])
    assert np.isfinite(torso_lengths(person.keypoints))


def test_fast_and_occluded_frames_are_of_two_slices(tmp_path: Path):
    speed, visibility = np.zeros(FRAMES), np.full((FRAMES, 23), VISIBLE, np.uint8)
    speed[3] = 2.0
    visibility[7, :9], visibility[8, :8] = HIDDEN, HIDDEN  # of 17: more than half is hidden in the first
    write(tmp_path, "one", speed=speed, visibility=visibility)
    assert numbers(FramesOfClips(tmp_path, "fast")) == [3]
    assert numbers(FramesOfClips(tmp_path, "occluded")) == [7]
    assert numbers(FramesOfClips(tmp_path, "floor")) == [0, 1, 2, 3, 4, 5]


def test_who_is_hardly_in_the_picture_or_not_seen_at_all_does_not_count(tmp_path: Path):
    visibility = np.full((FRAMES, 23), VISIBLE, np.uint8)
    visibility[0, :10], visibility[1, :9], visibility[2] = OUTSIDE, OUTSIDE, HIDDEN
    write(tmp_path, "one", visibility=visibility)
    people = FramesOfClips(tmp_path, "floor")
    assert numbers(people) == [1, 3, 4, 5]
    assert np.flatnonzero(np.isnan(people[0].keypoints[:, 0])).tolist() == list(range(9))


def test_the_box_holds_the_joints_that_are_hidden(tmp_path: Path):
    write(tmp_path, "one", boxes=np.tile(np.float32([20, 10, 3, 3]), (FRAMES, 1)))
    left, top, width, height = FramesOfClips(tmp_path, "floor")[0].box
    np.testing.assert_allclose((left, top, left + width, top + height), (20, 10, 22 + 16 * 15 / 22, 12 + 16 * 15 / 22))


def test_frames_are_spread_over_the_clips_and_stay_with_them(tmp_path: Path):
    for name in ("one", "two", "three"):
        write(tmp_path, name)
    people = FramesOfClips(tmp_path, "floor", count=6)
    assert [Path(person.group).name for person in people] == ["one", "one", "three", "three", "two", "two"]
    assert numbers(people) == [0, 3, 0, 3, 0, 3]
    assert len(FramesOfClips(tmp_path, "floor", count=6, limit=2)) == 2
    assert len(people[1:3]) == 2


def test_no_clips_are_nobody(tmp_path: Path):
    assert len(FramesOfClips(tmp_path, "fast")) == 0
    write(tmp_path, "one")
    assert len(FramesOfClips(tmp_path, "floor", view="front")) == 0
    assert len(FramesOfClips(tmp_path, "floor", view="one")) == 6


def test_what_is_wrong_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="'flor'"):
        FramesOfClips(tmp_path, "flor")
    with pytest.raises(InputError, match="count"):
        FramesOfClips(tmp_path, "floor", count=0)


@pytest.mark.parametrize("content", [b"nothing", b"", "cut", "short", None])
def test_labels_that_are_not_the_studios_are_told(tmp_path: Path, content: bytes | str | None):
    labels = write(tmp_path, "one").with_suffix(".npz")
    if content == "short":
        np.savez(labels, visibility=np.ones((3, 23)), posture=np.array(["floor"] * 3), speed=np.zeros(3))
    elif content == "cut":
        labels.write_bytes(labels.read_bytes()[:-200])
    elif content is None:
        labels.unlink()
    else:
        labels.write_bytes(content)
    with pytest.raises(InputError, match=r"one\.mp4.*fitlab synth"):
        len(FramesOfClips(tmp_path, "floor"))
