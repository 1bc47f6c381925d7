"""CMU trials: axes, sides, names against the data set's own Human3.6M mapping."""

import numpy as np
import pytest

from fitlab.datasets import cmu
from fitlab.datasets.face import as_h36m17
from fitlab.errors import InputError
from fitlab.geometry import bone_lengths, to_body
from fitlab.skeletons import CMU31, H36M17


@pytest.mark.parametrize("trial", cmu.TRIALS)
def test_trials_stand_on_the_floor_and_face_forward(real_data, trial):
    seq, segments = cmu.load(real_data, trial)
    assert (seq.fps, seq.skeleton, seq.space) == (120, CMU31, "world") and not seq.missing.any()
    assert segments and all(0 <= s.start < s.stop <= len(seq) for s in segments)
    assert 0.0 < np.percentile(seq["left_ball"][:, 2], 5) < 0.06
    body = to_body(seq)
    assert np.median(body["left_ankle"][:, 0]) < np.median(body["right_ankle"][:, 0])
    assert np.median(body["left_toes"][:, 1] - body["left_ankle"][:, 1]) > 0.1


def test_joints_are_those_of_the_data_sets_own_mapping(real_data):
    """The archive brings a second array in Human3.6M's order; limbs must be the same joints."""
    seq, _ = cmu.load(real_data, "13_30")
    with np.load(real_data / "cmu" / "13_30.npz") as archive:
        theirs = archive["h36m17"]
    theirs = np.stack([theirs[..., 0], -theirs[..., 2], theirs[..., 1]], axis=-1)
    ours = as_h36m17(seq)
    for joint in H36M17.joints:
        if joint.startswith(("left_", "right_")):
            np.testing.assert_allclose(ours[joint], theirs[:, H36M17.index(joint)], atol=1e-6, err_msg=joint)


def test_bones_are_stiff_and_nearly_equal_on_both_sides(real_data):
    seq, _ = cmu.load(real_data, "13_29")
    lengths = bone_lengths(seq)
    assert lengths.std(axis=0).max() < 1e-3
    by_child = dict(zip([CMU31.joints[child] for _, child in CMU31.bones], lengths[0], strict=True))
    for joint in ("knee", "ankle", "elbow", "wrist"):
        assert by_child[f"left_{joint}"] == pytest.approx(by_child[f"right_{joint}"], rel=0.15)


def test_unknown_trial(real_data):
    with pytest.raises(InputError, match=r"trial must be one of 13_29, 13_30, 14_14 .* got '01_01'"):
        cmu.load(real_data, "01_01")


def test_a_file_that_is_cut_off_or_says_too_little(tmp_path):
    path = tmp_path / "cmu" / "13_29.npz"
    path.parent.mkdir()
    np.savez(path, positions=np.zeros((5, 31, 3)), segments="[]")
    with pytest.raises(InputError, match=r"13_29\.npz must be a whole archive .* KeyError: .*fps"):
        cmu.load(tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match=r"13_29\.npz must be a whole archive .* BadZipFile"):
        cmu.load(tmp_path)
