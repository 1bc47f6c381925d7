import json
from collections import Counter

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fitlab.errors import InputError
from fitlab.formats import read_poses
from fitlab.skeletons import H36M17
from fitlab.synthesis.motion_set import MotionSet

GIVEN = {"takes": 5, "repetitions": 1, "cameras": 2, "fps": 6, "exercises": ["squat", "push_up"], "per_part": 3}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("motion"), MotionSet(**GIVEN)
    for name in made.parts:
        (folder / name).mkdir()
        ticks = iter(range(made.parts[name]))
        made.write_part(name, folder / name, ticks.__next__)
        assert list(ticks) == []
    return folder, made


def archive(path, name):
    """As VideoPose3D opens its own."""
    return np.load(path, allow_pickle=True)[name].item()


def test_parts(written):
    folder, made = written
    assert made.parts == {"00000": 3, "00001": 2}
    names = ["data_2d_fitlab_coco.npz", "data_2d_fitlab_gt.npz", "data_3d_fitlab.npz", "takes.json"]
    assert sorted(file.name for file in (folder / "00000").iterdir()) == names


@pytest.mark.parametrize("keypoints", ["gt", "coco"])
def test_cameras_project_the_motion_onto_the_tracks(written, keypoints):
    """With VideoPose3D's own conventions: into the camera by the inverse of its quaternion, then the pinhole."""
    folder, made = written
    for name in made.parts:
        positions = archive(folder / name / "data_3d_fitlab.npz", "positions_3d")
        cameras = archive(folder / name / "data_3d_fitlab.npz", "cameras")
        tracks = archive(folder / name / f"data_2d_fitlab_{keypoints}.npz", "positions_2d")
        assert positions.keys() == tracks.keys() == cameras.keys()
        for subject, actions in positions.items():
            for action, world in actions.items():
                assert world.shape[1:] == (17, 3)
                assert len(tracks[subject][action]) == len(cameras[subject][action]) == 2
                for track, camera in zip(tracks[subject][action], cameras[subject][action], strict=True):
                    assert track.shape == (len(world), 17, 2)
                    assert (camera["res_w"], camera["res_h"]) == (640, 480)
                    if keypoints == "gt":
                        turn = Rotation.from_quat(camera["orientation"], scalar_first=True).inv()
                        seen = turn.apply((world - camera["translation"]).reshape(-1, 3)).reshape(world.shape)
                        pixels = seen[..., :2] / seen[..., 2:] * camera["focal_length"] + camera["center"]
                        assert np.abs(pixels - track).max() < 0.5
                        assert seen[..., 2].min() > 0.5


def test_our_own_reader_reads_it(written):
    folder, made = written
    read = read_poses(folder / "00000" / "data_2d_fitlab_gt.npz", clip="S000001/push_up/1")
    assert (read.skeleton, read.fps, read.image_size) == (H36M17, 6, (640, 480))
    take, _ = made.take(1)
    np.testing.assert_allclose(read.positions, take.cameras[1].project(take.h36m), atol=0.01)


def test_symmetry_names_left_and_right(written):
    metadata = archive(written[0] / "00000" / "data_2d_fitlab_gt.npz", "metadata")
    left, right = metadata["keypoints_symmetry"]
    assert [H36M17.joints[k].replace("left", "right") for k in left] == [H36M17.joints[k] for k in right]
    assert (metadata["layout_name"], metadata["num_joints"]) == ("h36m", 17)


def test_takes_say_what_is_done(written):
    folder, made = written
    told = json.loads((folder / "00000" / "takes.json").read_text())
    assert [take["exercise"] for take in told.values()] == ["squat", "push_up", "squat"]
    for number, take in enumerate(told.values()):
        _, clip = made.take(number)
        assert take["frames"] == len(take["phases"]) == len(clip)
        assert take["mistakes"] == list(clip.mistakes)
        assert take["repetitions"] == [list(bounds) for bounds in clip.repetitions]
    tally = made.tally(folder / "00000")
    assert (tally.samples, tally.exercises) == (3, Counter(squat=2, push_up=1))
    assert sum(tally.slices[name] for name in ("upright", "bent", "floor", "inverted")) == sum(
        take["frames"] for take in told.values()
    )


def test_written_twice_it_is_the_same(written, tmp_path):
    folder, _ = written
    MotionSet(**GIVEN).write_part("00001", tmp_path, lambda: None)
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (folder / "00001" / file.name).read_bytes()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"takes": 0}, "takes must be at least 1"),
        ({"cameras": 0}, "cameras must be at least 1"),
        ({"fps": 0.0}, "fps must be"),
        ({"exercises": ["flying"]}, "exercise must be one"),
    ],
)
def test_what_cannot_be_made(given, message):
    with pytest.raises(InputError, match=message):
        MotionSet(**GIVEN | given)
