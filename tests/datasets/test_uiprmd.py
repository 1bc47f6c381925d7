"""UI-PRMD: units, axes, sides, and that Vicon and Kinect saw the same."""

import numpy as np
import pytest

from fitlab.datasets import uiprmd
from fitlab.errors import InputError
from fitlab.geometry import bone_lengths, joint_angle, procrustes, to_body
from fitlab.signals import resample_poses
from fitlab.skeletons import UIPRMD22, VICON25

KNEE = ("left_hip", "left_knee", "left_ankle")


@pytest.mark.parametrize(("kind", "skeleton", "fps"), [("kinect", UIPRMD22, 30), ("vicon", VICON25, 50)])
def test_ten_repetitions_in_world_space(real_data, kind, skeleton, fps):
    repetitions = uiprmd.load(real_data, "m01", "s02", kind)
    assert len(repetitions) == 10
    for seq in repetitions:
        assert (seq.skeleton, seq.fps, seq.space) == (skeleton, fps, "world")
        assert 1.2 < np.nanmax(seq["head"][0, 2]) < 1.9  # a standing adult on the floor
        standing = np.minimum(seq["left_ankle"][0, 2], seq["right_ankle"][0, 2])
        assert 0.03 < standing < (0.15 if kind == "vicon" else 0.2)  # Kinect ankles jitter


@pytest.mark.parametrize("kind", ["kinect", "vicon"])
def test_left_is_left_and_toes_point_forward(real_data, kind):
    body = to_body(uiprmd.load(real_data, "m01", "s01", kind)[0])
    for joint in ("hip", "knee", "ankle", "shoulder"):
        assert (body[f"left_{joint}"][:10, 0] < body[f"right_{joint}"][:10, 0]).all()
    assert (body["left_toes"][:10, 1] > body["left_ankle"][:10, 1] + 0.02).all()


def test_bones_of_vicon_joints_keep_their_length(real_data):
    """Thigh, shank and forearm vary by less than 30 mm in deep squats, and left equals right to 20 mm."""
    whole, _ = uiprmd.joined(real_data, "m01", "s02", "vicon")
    lengths = dict(zip([VICON25.joints[child] for _, child in VICON25.bones], bone_lengths(whole).T, strict=True))
    for joint in ("knee", "ankle", "wrist"):
        assert max(np.nanstd(lengths[f"left_{joint}"]), np.nanstd(lengths[f"right_{joint}"])) < 0.03
        assert abs(np.nanmedian(lengths[f"left_{joint}"]) - np.nanmedian(lengths[f"right_{joint}"])) < 0.02


def test_feet_stay_on_the_floor_in_vicon_squats_but_not_in_kinect_ones(real_data):
    """The finding in the module's docstring: should the Kinect legs ever be repaired, this test says so."""
    rise, bend = {}, {}
    for kind in ("vicon", "kinect"):
        seq = uiprmd.load(real_data, "m01", "s03", kind)[0]
        rise[kind] = np.ptp(seq["left_ankle"][:, 2])
        bend[kind] = 180 - np.nanmin(joint_angle(*(seq[joint] for joint in KNEE)))
    assert rise["vicon"] < 0.03 and 90 < bend["vicon"] < 145
    assert rise["kinect"] > 0.2 and bend["kinect"] > 150


def test_both_systems_saw_the_same_person_and_not_a_mirrored_one(real_data):
    """Side lunge of subject 4 from the waist up, best rigid alignment of the whole clip, best shift in time."""
    vicon = resample_poses(uiprmd.load(real_data, "m04", "s04", "vicon")[2], 30)
    kinect = uiprmd.load(real_data, "m04", "s04", "kinect")[2]
    joints = [
        "pelvis",
        "thorax",
        "head",
        *(f"{side}_{j}" for side in ("left", "right") for j in ("shoulder", "elbow", "wrist")),
    ]
    a = np.stack([kinect[joint] for joint in joints], axis=1).astype(float)
    b = np.stack([vicon[joint] for joint in joints], axis=1).astype(float)

    def error(a):
        best = np.inf
        for shift in range(-10, 11):
            x, y = a[max(0, shift) :], b[max(0, -shift) :]
            n = min(len(x), len(y))
            x, y = x[:n].reshape(-1, 3), y[:n].reshape(-1, 3)
            best = min(best, np.nanmean(np.linalg.norm(procrustes(x, y, scale=False).apply(x) - y, axis=-1)))
        return best

    assert error(a) < 0.09
    assert error(a * [-1, 1, 1]) > 1.4 * error(a)


def test_joined_repetitions_keep_every_frame_and_every_boundary(real_data):
    whole, boundaries = uiprmd.joined(real_data, "m05", "s06", "kinect", correct=False)
    repetitions = uiprmd.load(real_data, "m05", "s06", "kinect", correct=False)
    assert boundaries.shape == (10, 2)
    for (start, stop), seq in zip(boundaries, repetitions, strict=True):
        np.testing.assert_array_equal(whole.positions[start:stop], seq.positions)
    np.testing.assert_array_equal(boundaries[1:, 0] - boundaries[:-1, 1], 9)  # 0.3 s
    assert boundaries[-1, 1] == len(whole) == sum(map(len, repetitions)) + 9 * 9
    between = whole.positions[boundaries[0, 1] - 1 : boundaries[1, 0] + 1]
    assert np.linalg.norm(np.diff(between, axis=0), axis=-1).max() < 0.1  # no leap


def test_lost_markers_are_missing_joints(real_data):
    missing = [seq.missing.any() for seq in uiprmd.load(real_data, "m05", "s04", "vicon", correct=False)]
    assert any(missing)
    assert not any(
        np.nanmin(np.abs(seq.positions).sum(-1)) == 0 for seq in uiprmd.load(real_data, "m05", "s04", "vicon")
    )


def test_what_is_not_there(real_data, tmp_path):
    with pytest.raises(InputError, match=r"must hold repetitions called cor_m03_s03_\*, got none; choose a movement"):
        uiprmd.load(real_data, "m03", "s03", "vicon")
    with pytest.raises(InputError, match=r"must hold uiprmd/kinect_joints22_30hz_mm\.npz, got no such file"):
        uiprmd.load(tmp_path)
    with pytest.raises(InputError, match="kind must be one of vicon, kinect, got 'xsens'"):
        uiprmd.load(real_data, kind="xsens")


def test_a_file_that_is_cut_off(tmp_path):
    path = tmp_path / "uiprmd" / "kinect_joints22_30hz_mm.npz"
    path.parent.mkdir()
    np.savez(path, cor_m01_s01_e01=np.ones((9, 22, 3), np.int16))
    assert len(uiprmd.load(tmp_path)) == 1
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match=r"kinect_joints22_30hz_mm\.npz must be a whole archive"):
        uiprmd.load(tmp_path)
