"""Reading and writing by suffix: round trips, and every way in which a file can be wrong."""

import json
import re
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest

from fitlab.analysis.report import analyse
from fitlab.errors import InputError, SetupError
from fitlab.exercises import find_exercise
from fitlab.formats import KINDS, is_pose_file, read_poses, write_poses
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17, SKELETONS
from tests.motions import Squats


@pytest.mark.parametrize(
    ("suffix", "tolerance", "keeps_confidence"),
    [(".npz", 0, True), (".csv", 1e-6, True), (".nc", 0, True), (".trc", 1e-6, False), (".c3d", 1e-6, False)],
)
def test_round_trip_in_the_world(world, tmp_path, suffix, tolerance, keeps_confidence):
    write_poses(world, tmp_path / f"a{suffix}")
    back = read_poses(tmp_path / f"a{suffix}")
    assert (back.skeleton, back.space, len(back)) == (H36M17, "world", 50)
    assert back.fps == pytest.approx(25)
    np.testing.assert_allclose(back.positions, world.positions, atol=tolerance)
    if keeps_confidence:
        np.testing.assert_allclose(back.confidence, world.confidence, atol=1e-6)
    assert back.history[-1] == f"read_poses(a{suffix})"


@pytest.mark.parametrize(("suffix", "tolerance"), [(".npz", 0), (".nc", 0), (".csv", 1e-3), (".json", 1e-3)])
def test_round_trip_in_the_picture(image, tmp_path, suffix, tolerance):
    write_poses(image, tmp_path / f"a{suffix}")
    back = read_poses(tmp_path / f"a{suffix}")
    assert (back.skeleton, back.space, back.image_size, back.fps) == (COCO17, "image", (640, 480), 29.97)
    np.testing.assert_allclose(back.positions, image.positions, atol=tolerance)
    np.testing.assert_allclose(back.confidence, image.confidence, atol=1e-4)


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".nc", ".trc", ".c3d", ".bvh"])
def test_the_analysis_finds_the_same_in_every_kind_of_file(tmp_path, suffix):
    squats = Squats(repetitions=3, inward_cm=7.0)
    write_poses(squats.poses(), tmp_path / f"a{suffix}")
    report = analyse(read_poses(tmp_path / f"a{suffix}"), find_exercise("squat"))
    assert len(report.repetitions) == 3
    assert {verdict.mistake for verdict in report.mistakes()} == {"knees_inward"}


def test_an_archive_keeps_everything(world, tmp_path):
    write_poses(world, tmp_path / "a.npz")
    back = read_poses(tmp_path / "a.npz")
    assert back.history == ("made", "moved(2)", "read_poses(a.npz)")
    np.testing.assert_array_equal(back.confidence, world.confidence)


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_every_layout_survives(skeleton, tmp_path, rng):
    seq = PoseSequence(rng.normal(size=(3, len(skeleton), 3)), 30, skeleton, "world")
    for suffix in (".npz", ".csv", ".nc", ".trc", ".c3d"):
        write_poses(seq, tmp_path / f"a{suffix}")
        back = read_poses(tmp_path / f"a{suffix}")
        assert back.skeleton == skeleton, suffix
        np.testing.assert_allclose(back.positions, seq.positions, atol=1e-5)


def test_what_the_caller_says_goes_first(world, tmp_path):
    write_poses(world, tmp_path / "a.npz")
    assert read_poses(tmp_path / "a.npz", fps=60, space="camera").fps == 60


def test_files_are_known_by_their_suffix(tmp_path):
    for name, known in {
        "a.NPZ": True,
        "b.trc": True,
        "c.json": True,
        "d.mp4": False,
        "e.nc": True,
        "f.bvh": True,
    }.items():
        assert is_pose_file(tmp_path / name) is known
    assert not is_pose_file(tmp_path)


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".json", ".trc", ".c3d", ".bvh", ".nc"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01nonsense\xff" * 40, b"{}", b"[1, 2]", b"a,b\n1,2\n"])
def test_garbage_is_one_clear_line(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"must .*, got ") as caught:
        read_poses(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".npz", None), (".csv", None), (".json", None), (".trc", None), (".c3d", None), (".bvh", None), (".nc", None)]
    + [(".json", "alphapose")],
)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.98])
def test_a_file_that_was_cut_off_is_one_clear_line(world, image, tmp_path, suffix, kind, share):
    path = tmp_path / f"a{suffix}"
    write_poses(image if suffix == ".json" else world, path, kind=kind)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match=r"must .*, got ") as caught:
        read_poses(path, fps=30)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_names_that_are_wrong(world, tmp_path):
    with pytest.raises(InputError, match=r"the file of poses must exist, got .*none.npz; check the name"):
        read_poses(tmp_path / "none.npz")
    (tmp_path / "a.doc").write_text("x")
    with pytest.raises(InputError, match=r"must end in \.npz, \.csv, .*, \.bvh, \.nc, got 'a\.doc'; convert"):
        read_poses(tmp_path / "a.doc")
    with pytest.raises(InputError, match=r"must end in \.bvh, .*\.trc, got 'a\.fbx'; choose one of them, or kind="):
        write_poses(world, tmp_path / "a.fbx")
    with pytest.raises(InputError, match=r"kind must be one of npz, .*, mediapipe, got 'sleap'; correct the name"):
        write_poses(world, tmp_path / "a.json", kind="sleap")
    with pytest.raises(InputError, match=r"a file of kind alphapose must end in \.json, got 'a\.csv'; rename it"):
        write_poses(world, tmp_path / "a.csv", kind="alphapose")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": np.full((4, 17, 3), np.nan)}, "must hold at least one joint position, got only NaN"),
        ({"positions": np.zeros((0, 17, 3))}, "must hold at least one frame, got none"),
        ({"positions": np.zeros((4, 16, 3))}, "must have 17 joints for skeleton 'h36m17', got 16"),
        ({"positions": np.zeros((4, 17))}, r"must have shape \(T, K, D\), got \(4, 17\)"),
        ({"fps": 0}, "fps must be a positive number, got 0"),
        (
            {"fps": None},
            r"fps must be given for this file, .*; use fps=... on the command line, or read_poses\(path, fps=...\)",
        ),
        ({"space": None}, "space must be given"),
        ({"joint_names": None}, "skeleton must be given"),
        ({"space": "moon"}, "space must be one of image, camera, world, body, got 'moon'"),
    ],
)
def test_archives_that_say_something_impossible(tmp_path, changes, message):
    held = {"positions": np.zeros((4, 17, 3)), "fps": 30, "space": "world", "joint_names": np.array(H36M17.joints)}
    np.savez(tmp_path / "a.npz", **{name: value for name, value in (held | changes).items() if value is not None})
    with pytest.raises(InputError, match=message):
        read_poses(tmp_path / "a.npz")


def test_archives_of_data_sets_are_pointed_to_their_loaders(tmp_path):
    np.savez(tmp_path / "a.npz", cor_m01_s01_e01=np.zeros((4, 22, 3)))
    with pytest.raises(
        InputError, match=r"array 'positions' \(T, K, D\), got cor_m01_s01_e01 \.\.\.; .*fitlab\.datasets"
    ):
        read_poses(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("name", "kind", "space"),
    [
        ("a.trc", None, "camera"), ("a.c3d", None, "body"), ("a.bvh", None, "camera"), ("a.json", None, "world"),
        ("a.json", "alphapose", "world"), ("a.csv", "mediapipe", "body"), ("a", "openpose", "world"),
    ],
)  # fmt: skip
def test_kinds_that_cannot_hold_a_space(tmp_path, name, kind, space):
    seq = PoseSequence(np.zeros((2, 17, 3)), 30, COCO17, space)
    with pytest.raises(InputError, match=f"must be in .* space, got {space}; "):
        write_poses(seq, tmp_path / name, kind=kind)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_writing_leaves_the_old_file(world, tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    write_poses(world, path)
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(SetupError, match="the disk must have room for"):
        write_poses(world, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_files_are_readable_by_others(world, tmp_path):
    write_poses(world, tmp_path / "a.npz")
    assert stat.S_IMODE((tmp_path / "a.npz").stat().st_mode) & stat.S_IRUSR


def test_openpose_folder(image, tmp_path):
    """Frames with two people, the second one further away; 25 keypoints."""
    from fitlab.skeletons import OPENPOSE25

    person = np.random.default_rng(3).uniform(100, 300, size=(25, 2))
    for t in range(12):
        keypoints = np.column_stack([person + t, np.full(25, 0.8)])
        keypoints[3] = 0  # not found
        other = np.column_stack([person * 0.3, np.full(25, 0.9)])
        people = [
            {"pose_keypoints_2d": k.ravel().tolist()} for k in ((other, keypoints) if t % 2 else (keypoints, other))
        ]
        (tmp_path / f"clip_{t:012d}_keypoints.json").write_text(json.dumps({"people": people if t != 5 else []}))
    assert is_pose_file(tmp_path)
    seq = read_poses(tmp_path, fps=30, image_size=(640, 480))
    assert (seq.skeleton, len(seq), seq.image_size) == (OPENPOSE25, 12, (640, 480))
    assert seq.missing[5].all() and seq.missing[:, 3].all()
    np.testing.assert_allclose(seq["nose"][11], person[0] + 11, rtol=1e-6)
    with pytest.raises(InputError, match="fps must be given"):
        read_poses(tmp_path)
    frame = tmp_path / "clip_000000000000_keypoints.json"
    shutil.copy(frame, tmp_path / "single.json")
    assert len(read_poses(tmp_path / "single.json", fps=30)) == 1
    frame.write_text(json.dumps({"people": [{"pose_keypoints_2d": [0.0] * 54}]}))
    with pytest.raises(InputError, match="must have 25 keypoints for skeleton 'openpose25', got 18; run OpenPose with"):
        read_poses(tmp_path, fps=30)


def test_the_page_about_files_has_every_kind():
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\|.*\|$", page, re.M)]
    written = [row[1].split("`")[1] for row in rows if row[4:5] == ["yes"]]
    assert sorted(written) == sorted(KINDS)
