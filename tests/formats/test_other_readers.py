"""What fitlab writes, read by the libraries that others use; what others write, read by fitlab."""

import json
import pickle

import numpy as np
import pandas
import pytest

from fitlab.errors import InputError
from fitlab.formats import read_poses, write_poses
from fitlab.skeletons import COCO17, H36M17, HALPE26


def test_c3d_by_ezc3d(world, tmp_path):
    import ezc3d

    write_poses(world, tmp_path / "a.c3d")
    file = ezc3d.c3d(str(tmp_path / "a.c3d"))
    point = file["parameters"]["POINT"]
    assert point["LABELS"]["value"] == list(H36M17.joints)
    assert point["UNITS"]["value"] == ["mm"] and point["RATE"]["value"][0] == 25
    assert point["Y_SCREEN"]["value"] == ["+Z"]
    points = file["data"]["points"]
    assert points.shape == (4, 17, 50)
    knee = H36M17.index("left_knee")
    np.testing.assert_allclose(points[:3, knee].T, world["left_knee"] * 1000, atol=1e-2)
    residuals = file["data"]["meta_points"]["residuals"][0]
    np.testing.assert_array_equal(residuals < 0, world.missing.T)


def test_trc_as_opensim_lays_it_out(world, tmp_path):
    write_poses(world, tmp_path / "a.trc")
    lines = (tmp_path / "a.trc").read_text().splitlines()
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\ta.trc"
    said = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert said["Units"] == "m" and said["NumMarkers"] == "17" and said["NumFrames"] == "50"
    table = pandas.read_csv(tmp_path / "a.trc", sep="\t", skiprows=4, header=0)
    assert len(table) == 50 and len(lines) == 56
    np.testing.assert_allclose(table["Y1"], world["pelvis"][:, 2], atol=1e-5)  # z up becomes y up
    np.testing.assert_allclose(table["Z1"], -world["pelvis"][:, 1], atol=1e-5)
    assert table["X6"].isna().sum() == 4


def test_trc_of_pose2sim_names_and_millimetres(tmp_path):
    rows = ["1\t0.0\t0\t1000\t0\t100\t1500\t0", "2\t0.02\t0\t1000\t0\t\t\t"]
    header = [
        "PathFileType\t4\t(X/Y/Z)\twalk.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        "50\t50\t2\t2\tmm\t50\t1\t2",
        "Frame#\tTime\tHip\t\t\tRBigToe\t\t",
        "\t\tX1\tY1\tZ1\tX2\tY2\tZ2",
    ]
    (tmp_path / "walk.trc").write_text("\n".join([*header, "", *rows]) + "\n")
    seq = read_poses(tmp_path / "walk.trc")
    assert seq.skeleton.joints == ("pelvis", "right_big_toe") and seq.fps == 50
    np.testing.assert_allclose(seq["pelvis"][0], [0, 0, 1])
    assert seq.missing[1].tolist() == [False, True]
    (tmp_path / "walk.trc").write_text("\n".join([*header, *rows]).replace("mm", "inch"))
    with pytest.raises(InputError, match=r"Units in .* must be one of m, mm, cm, got 'inch'"):
        read_poses(tmp_path / "walk.trc")


def test_netcdf_by_xarray(image, tmp_path):
    import xarray

    write_poses(image, tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc") as data:
        assert data.position.dims == ("time", "space", "keypoints", "individuals")
        nose = data.position.sel(keypoints="nose", individuals="person").transpose("time", "space")
        np.testing.assert_array_equal(nose.values, image["nose"])
        np.testing.assert_array_equal(data.confidence.squeeze().values, image.confidence)
        assert data.attrs["fps"] == 29.97 and data.attrs["time_unit"] == "seconds"


def test_coco_by_pycocotools(image, tmp_path, capfd):
    from pycocotools.coco import COCO

    write_poses(image, tmp_path / "a.json")
    coco = COCO(str(tmp_path / "a.json"))
    assert len(coco.imgs) == len(coco.anns) == 40
    person = coco.loadAnns(coco.getAnnIds(imgIds=[4]))[0]
    triples = np.array(person["keypoints"]).reshape(-1, 3)
    np.testing.assert_array_equal(triples[:, 2] == 0, image.missing[4])
    np.testing.assert_allclose(triples[:, :2][~image.missing[4]], image.positions[4][~image.missing[4]], atol=1e-3)
    assert coco.loadCats(1)[0]["keypoints"] == list(COCO17.joints)


def test_coco_photographs(real_data):
    seq = read_poses(real_data / "people" / "coco" / "test_coco.json", fps=1)
    assert len(seq) == 4 and seq.skeleton is COCO17 and seq.image_size == (640, 425)
    np.testing.assert_array_equal(seq["left_wrist"][0], [449, 165])
    with pytest.raises(InputError, match="fps must be given"):
        read_poses(real_data / "people" / "coco" / "test_coco.json")


def test_leeds_keypoints_by_name(real_data):
    seq = read_poses(real_data / "lsp" / "train.json", fps=1)
    assert set(seq.skeleton.joints) >= {"left_wrist", "head_top", "neck"} and len(seq) == 3692


@pytest.mark.parametrize("file", ["squat/test.csv", "lunge/err.test.csv", "bicep/test.csv"])
def test_mediapipe_landmarks(real_data, file):
    path = real_data / "exercise_correction" / file
    seq = read_poses(path, fps=30, image_size=(1280, 720))
    table = pandas.read_csv(path)
    assert len(seq) == len(table) and seq.space == "image"
    np.testing.assert_allclose(seq["left_hip"][:, 0], table["left_hip_x"] * 1280, rtol=1e-5)
    np.testing.assert_allclose(seq["left_hip"][:, 1], table["left_hip_y"] * 720, rtol=1e-5)
    joint = seq.skeleton.index("left_hip")
    np.testing.assert_allclose(seq.confidence[:, joint], table["left_hip_v"].clip(0, 1), atol=1e-6)
    with pytest.raises(InputError, match="image_size must be given"):
        read_poses(path, fps=30)


@pytest.mark.parametrize(("joints", "skeleton"), [(17, COCO17), (26, HALPE26)])
def test_alphapose_results(tmp_path, rng, joints, skeleton):
    """A list of people with pictures as file names, in no order, frame 3 without anybody."""
    pose = rng.uniform(100, 300, size=(joints, 2))
    results = [
        {
            "image_id": f"frame_{t}.jpg",
            "category_id": 1,
            "keypoints": np.column_stack([pose + 2 * t, np.full(joints, 1.2)]).ravel().tolist(),
            "score": 2.9,
        }
        for t in (4, 0, 2, 1, 10)
    ]
    (tmp_path / "alphapose-results.json").write_text(json.dumps(results))
    seq = read_poses(tmp_path / "alphapose-results.json", fps=25)
    assert (seq.skeleton, len(seq)) == (skeleton, 11)
    assert seq.missing.all(axis=1).nonzero()[0].tolist() == [3, 5, 6, 7, 8, 9]
    np.testing.assert_allclose(seq["nose"][10], pose[0] + 20, rtol=1e-5)
    assert seq.confidence.max() == 1


def test_results_with_an_unknown_number_of_joints(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([{"image_id": 1, "keypoints": [1.0, 2, 1] * 19}]))
    with pytest.raises(InputError, match="skeleton must be given"):
        read_poses(tmp_path / "a.json", fps=30)
    with pytest.raises(InputError, match="must have 17 keypoints for skeleton 'coco17', got 19; name the skeleton"):
        read_poses(tmp_path / "a.json", fps=30, skeleton=COCO17)


def videopose3d(path, positions_2d, layout="coco", **video):
    """As VideoPose3D's data/prepare_data_2d_custom.py writes it."""
    metadata = {
        "layout_name": layout,
        "num_joints": 17,
        "keypoints_symmetry": [[1], [2]],
        "video_metadata": {"S1": video},
    }
    np.savez_compressed(
        path, positions_2d=np.array(positions_2d, dtype=object), metadata=np.array(metadata, dtype=object)
    )


def test_videopose3d_archive(tmp_path, rng):
    tracks = rng.uniform(0, 1000, size=(2, 30, 17, 2)).astype("float32")
    videopose3d(tmp_path / "one.npz", {"S1": {"custom": [tracks[0]]}}, w=1000, h=800)
    seq = read_poses(tmp_path / "one.npz", fps=50)
    assert (seq.skeleton, seq.image_size, seq.fps) == (COCO17, (1000, 800), 50)
    np.testing.assert_array_equal(seq.positions, tracks[0])
    videopose3d(tmp_path / "two.npz", {"S1": {"Walking 1": list(tracks)}}, layout="h36m")
    seq = read_poses(tmp_path / "two.npz", fps=50, clip="S1/Walking 1/1")
    assert seq.skeleton is H36M17
    np.testing.assert_array_equal(seq.positions, tracks[1])
    with pytest.raises(
        InputError, match=r"clip must name one of the 2 recordings .* choose from S1/Walking 1/0, S1/Walk"
    ):
        read_poses(tmp_path / "two.npz", fps=50)


class Harmful:
    def __reduce__(self):
        return (eval, ("1 + 1",))


def test_code_in_a_pickle_is_not_run(tmp_path):
    videopose3d(tmp_path / "a.npz", {"S1": {"custom": [Harmful()]}})
    assert pickle.loads(pickle.dumps(Harmful())) == 2  # what an unguarded reader would do
    with pytest.raises(InputError, match=r"eval has no place in a file of poses"):
        read_poses(tmp_path / "a.npz", fps=50)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("RBigToe", "right_big_toe"), ("LHip", "left_hip"), ("Hip", "pelvis"), ("MidHip", "pelvis"), ("Neck", "neck"),
        ("right_foot_index", "right_big_toe"), ("left knee", "left_knee"), ("R_Shoulder", "right_shoulder"),
        ("left_hip", "left_hip"), ("rightElbow", "right_elbow"), ("mouth_left", "left_mouth"), ("LASI", "lasi"),
    ],
)  # fmt: skip
def test_joint_names_of_other_programs(label, name):
    from fitlab.formats.hints import joint_name

    assert joint_name(label) == name
