"""What fitlab writes, read by the libraries that others use; what others write, read by fitlab."""

import json
import pickle

import numpy as np
import pandas
import pytest

from fitlab.errors import InputError
from fitlab.formats import read_poses, write_poses
from fitlab.poses import PoseSequence
from fitlab.skeletons import BLAZEPOSE33, COCO17, H36M17, HALPE26, OPENPOSE25


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


def test_c3d_by_c3d(world, tmp_path):
    """Another reader, in pure Python."""
    import c3d

    write_poses(world, tmp_path / "a.c3d")
    with (tmp_path / "a.c3d").open("rb") as file:
        reader = c3d.Reader(file)
        assert [label.strip() for label in reader.point_labels] == list(H36M17.joints)
        assert (reader.point_rate, reader.first_frame, reader.last_frame) == (25, 1, 50)
        points = np.stack([frame for _, frame, _ in reader.read_frames()])  # (T, K, 5): x, y, z, residual, cameras
    np.testing.assert_array_equal(points[..., 3] < 0, world.missing)
    seen = ~world.missing
    np.testing.assert_allclose(points[..., :3][seen], world.positions[seen] * 1000, atol=1e-2)


@pytest.mark.parametrize("screen", [("+X", "+Y"), ("+Z", "+X"), ("-Y", "-Z")])
def test_c3d_with_other_axes(world, tmp_path, screen):
    """X_SCREEN points to the right, Y_SCREEN up."""
    import ezc3d

    write_poses(world, tmp_path / "a.c3d")
    file = ezc3d.c3d(str(tmp_path / "a.c3d"))
    axes = {sign + letter: (1 if sign == "+" else -1) * row
            for letter, row in zip("XYZ", np.eye(3), strict=True) for sign in "+-"}  # fmt: skip
    right, up = (axes[name] for name in screen)
    file_from_world = np.stack([right, np.cross(up, right), up]).T
    file["data"]["points"][:3] = np.einsum("ij,jkt->ikt", file_from_world, file["data"]["points"][:3])
    file["parameters"]["POINT"]["X_SCREEN"]["value"] = [screen[0]]
    file["parameters"]["POINT"]["Y_SCREEN"]["value"] = [screen[1]]
    file.write(str(tmp_path / "b.c3d"))
    np.testing.assert_allclose(read_poses(tmp_path / "b.c3d").positions, world.positions, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"UNITS": "furlong"}, r"unit of length in .* must be one of m, cm, mm, got 'furlong'; say read_poses"),
        ({"UNITS": "m"}, r"must be 0.25 to 10 m large, got \d{4} m by the file's unit 'm'; say read_poses"),
        ({"X_SCREEN": "left"}, r"POINT:X_SCREEN in .* must be one of \+X .. -Z, got 'LEFT'; correct the parameter"),
        ({"X_SCREEN": "-Z"}, r"X_SCREEN and Y_SCREEN in .* must be two axes, got one twice"),
    ],
)
def test_c3d_that_says_something_impossible(world, tmp_path, changes, message):
    import ezc3d

    write_poses(world, tmp_path / "a.c3d")
    file = ezc3d.c3d(str(tmp_path / "a.c3d"))
    for name, value in changes.items():
        file["parameters"]["POINT"][name]["value"] = [value]
    file.write(str(tmp_path / "b.c3d"))
    with pytest.raises(InputError, match=message):
        read_poses(tmp_path / "b.c3d")
    if "UNITS" in changes:
        back = read_poses(tmp_path / "b.c3d", metres_per_unit=0.001)
        np.testing.assert_allclose(back.positions, world.positions, atol=1e-5)


def test_trc_by_trc_data_reader(world, tmp_path):
    from trc import TRCData

    write_poses(world[:8], tmp_path / "a.trc")
    data = TRCData()
    data.load(str(tmp_path / "a.trc"))
    assert data["Markers"] == list(H36M17.joints)
    assert (data["NumFrames"], data["NumMarkers"], data["DataRate"], data["Units"]) == (8, 17, 25, "m")
    for frame in (1, 8):
        time, points = data[frame]
        assert time == pytest.approx((frame - 1) / 25)
        x, y, z = world.positions[frame - 1].T
        np.testing.assert_allclose(points, np.stack([x, z, -y], axis=-1), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[:-3], r"must have 50 by its NumFrames, got 47; it was cut off or edited"),
        (lambda lines: [*lines[:-1], lines[-1][:150]], r"row 50 of .* must have 53 fields, got \d+; it was cut off"),
        (lambda lines: [*lines[:3], lines[3].replace("nose", ""), *lines[4:]], r"17 by its NumMarkers, got 16; it was"),
        (lambda lines: [*lines[:2], lines[2].replace("\tm\t", "\tmm\t"), *lines[3:]],
         r"must be 0.25 to 10 m large, got 0.00\d+ m by the file's unit 'mm'; say read_poses"),
        (lambda lines: [*lines[:1], "DataRate", *lines[2:]], r"must be a readable .trc file of poses, got KeyError"),
    ],
)  # fmt: skip
def test_trc_that_is_not_whole(world, tmp_path, change, message):
    write_poses(world, tmp_path / "a.trc")
    lines = change((tmp_path / "a.trc").read_text().splitlines())
    (tmp_path / "a.trc").write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match=message):
        read_poses(tmp_path / "a.trc")


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
    with pytest.raises(InputError, match=r"unit of length in .* must be one of m, cm, mm, got 'inch'; say read_poses"):
        read_poses(tmp_path / "walk.trc")
    np.testing.assert_allclose(read_poses(tmp_path / "walk.trc", metres_per_unit=0.001)["pelvis"][0], [0, 0, 1])


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


def test_alphapose_round_trip(image, tmp_path):
    write_poses(image, tmp_path / "alphapose-results.json", kind="alphapose")
    results = json.loads((tmp_path / "alphapose-results.json").read_text())
    assert [result["image_id"] for result in results] == [f"{t}.jpg" for t in range(40)]
    scores = image.confidence[7]
    assert results[7]["score"] == pytest.approx(scores.mean() + scores.max(), abs=1e-3)
    low, extent = image.positions[7].min(axis=0), np.ptp(image.positions[7], axis=0)
    np.testing.assert_allclose(results[7]["box"], [*low, *extent], atol=1e-2)
    back = read_poses(tmp_path / "alphapose-results.json", fps=29.97, image_size=(640, 480))
    np.testing.assert_allclose(back.positions, image.positions, atol=1e-3)
    np.testing.assert_allclose(back.confidence, image.confidence, atol=1e-4)
    with pytest.raises(InputError, match=r"must be coco17 or halpe26, got openpose25; convert them"):
        write_poses(image.to(OPENPOSE25), tmp_path / "b.json", kind="alphapose")


def test_openpose_round_trip(image, tmp_path):
    """BODY_25 has COCO's joints, neck and pelvis between them, and feet that COCO lacks."""
    positions = np.array(image.positions)
    positions[20] = np.nan  # nobody
    holed = image.replace("hole", positions=positions, confidence=image.confidence * np.isfinite(positions[..., 0]))
    write_poses(holed, tmp_path / "frames", kind="openpose")
    assert len(list((tmp_path / "frames").iterdir())) == 40
    back = read_poses(tmp_path / "frames", fps=29.97, image_size=(640, 480))
    assert back.skeleton is OPENPOSE25 and back.missing[20].all()
    wanted = holed.to(OPENPOSE25)
    np.testing.assert_allclose(back.positions, wanted.positions, atol=1e-3)
    np.testing.assert_allclose(back.confidence, wanted.confidence, atol=1e-4)
    write_poses(holed[:5], tmp_path / "frames", kind="openpose")  # again, shorter: nothing old is left
    assert len(read_poses(tmp_path / "frames", fps=30)) == 5


def test_openpose_does_not_take_a_folder_with_other_things(image, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"must be new or hold nothing else, got .*mine; choose another one"):
        write_poses(image, tmp_path / "mine", kind="openpose")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_mediapipe_round_trip(image, tmp_path):
    write_poses(image, tmp_path / "a.csv", kind="mediapipe")
    table = pandas.read_csv(tmp_path / "a.csv")
    assert len(table.columns) == 99 and {"mouth_left_x", "left_foot_index_y", "right_heel_v"} <= set(table.columns)
    np.testing.assert_allclose(table["left_hip_x"], image["left_hip"][:, 0] / 640, rtol=1e-5)
    back = read_poses(tmp_path / "a.csv", fps=29.97, image_size=(640, 480))
    wanted = image.to(BLAZEPOSE33)
    assert back.skeleton is BLAZEPOSE33
    np.testing.assert_allclose(back.positions, wanted.positions, atol=1e-3)
    np.testing.assert_allclose(back.confidence, wanted.confidence, atol=1e-6)
    with pytest.raises(InputError, match="image_size must be given"):
        write_poses(PoseSequence(image.positions, 30, COCO17, "image"), tmp_path / "b.csv", kind="mediapipe")


def test_a_table_that_was_cut_at_a_row(world, tmp_path):
    write_poses(world, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    (tmp_path / "a.csv").write_text("\n".join(lines[:-10]) + "\n")
    with pytest.raises(InputError, match=r"must have 50 frames, got 40; it was cut off, copy it again"):
        read_poses(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("\n".join([*lines[:-1], lines[-1][:200]]) + "\n")
    with pytest.raises(InputError, match=r"every row of .* must have all columns, got none in .* of frame 49"):
        read_poses(tmp_path / "a.csv")


def test_a_word_in_a_table_is_told_with_its_place(world, tmp_path):
    write_poses(world, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if not line.startswith("#"))  # the heading
    cells = lines[start + 1 + 7].split(",")
    column = lines[start].split(",").index("nose_x")
    cells[column] = "abc"
    lines[start + 1 + 7] = ",".join(cells)
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match="must hold numbers, got 'abc' in nose_x of frame 7"):
        read_poses(tmp_path / "a.csv")
