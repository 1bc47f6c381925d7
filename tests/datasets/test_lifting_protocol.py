"""The lifter's protocol: split, completeness, cameras."""

import numpy as np
import pytest

from fitlab.datasets import lifting_protocol, uiprmd
from fitlab.datasets.lifting_protocol import FPS, PICTURE, SPLIT, load_protocol, virtual_cameras
from fitlab.errors import InputError
from fitlab.geometry import pelvis, project_poses


@pytest.fixture(scope="module")
def some_clips(real_data):
    """Two movements instead of ten, two subjects instead of six: the same code in a few seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uiprmd, "MOVEMENTS", {"m01": "deep squat", "m05": "sit to stand"})
        few = {"train": (("s03", "s04"), ("14_14",)), "validation": (("s07",), ()), "test": (("s08",), ())}
        patch.setattr(lifting_protocol, "SPLIT", few)
        return load_protocol(real_data)


def test_nobody_is_tested_who_was_trained_on():
    people = {part: {*subjects, *(trial[:2] for trial in trials)} for part, (subjects, trials) in SPLIT.items()}
    assert not people["test"] & (people["train"] | people["validation"])
    assert set().union(*(subjects for subjects, _ in SPLIT.values())) == set(uiprmd.SUBJECTS)


def test_clips_are_pairs_of_complete_sequences_around_the_origin(some_clips):
    names = [clip.name for clip in some_clips["train"]]
    assert len(names) == len(set(names)) and "cmu_14_14" in names
    assert any(name.startswith("inc_m05_s04.") for name in names)  # cut where markers were lost
    for part in some_clips.values():
        for clip in part:
            assert len(clip.coco17) == len(clip.h36m17) >= FPS
            assert clip.coco17.fps == clip.h36m17.fps == FPS
            assert not clip.coco17.missing.any() and not clip.h36m17.missing.any()
            np.testing.assert_allclose(pelvis(clip.h36m17).mean(axis=0)[:2], 0, atol=1e-4)
            np.testing.assert_array_equal(clip.coco17["left_knee"], clip.h36m17["left_knee"])
            assert 0.5 < clip.h36m17["pelvis"][:, 2].mean() < 1.2


def test_the_truth_is_the_recording(some_clips, real_data):
    clip = next(clip for clip in some_clips["test"] if clip.name == "cor_m01_s08")
    recorded, _ = uiprmd.joined(real_data, "m01", "s08", "vicon")
    shared = recorded.positions[::5, recorded.skeleton.index("left_knee")]  # every 0.1 s
    ours = clip.h36m17["left_knee"][::3]
    difference = shared[: len(ours)] - ours
    difference -= difference.mean(axis=0) * (1, 1, 0)
    assert np.nanmean(np.linalg.norm(difference, axis=-1)) < 0.003


def test_cameras_are_drawn_as_stated_and_the_same_for_the_same_seed():
    cameras = virtual_cameras(7, 300)
    places = np.array([camera.position for camera in cameras])
    distance = np.linalg.norm(places[:, :2], axis=-1)
    focal = np.array([camera.focal[0] for camera in cameras]) / PICTURE[0]
    for values, low, high in ((distance, 2.5, 6.0), (places[:, 2], 0.4, 2.2), (focal, 0.8, 1.6)):
        assert low <= values.min() < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < values.max() <= high
    quadrants = np.histogram(np.arctan2(places[:, 1], places[:, 0]), bins=4, range=(-np.pi, np.pi))[0]
    assert quadrants.min() > 50
    np.testing.assert_array_equal(places, [camera.position for camera in virtual_cameras(7, 300)])
    assert not np.allclose(places[0], virtual_cameras(8, 1)[0].position)
    with pytest.raises(InputError, match="n must be 1 or more cameras, got 0"):
        virtual_cameras(0, 0)


def test_people_fill_a_good_part_of_the_picture(some_clips):
    for camera in virtual_cameras(0, 20):
        seen = project_poses(some_clips["test"][0].coco17, camera).positions
        assert np.ptp(seen[..., 1], axis=1).mean() > 0.15 * PICTURE[1]
        assert ((seen > 0) & (seen < PICTURE[0])).mean() > 0.9
