"""Exercise-Correction's layout, and what of it is geometry."""

import numpy as np
import pytest

from fitlab.datasets.exercise_correction import ASPECT, bone_spread, load
from fitlab.errors import InputError
from fitlab.geometry import joint_angle
from fitlab.skeletons import BLAZEPOSE33

JOINTS = ("nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
          "right_ankle", "left_foot_index", "right_foot_index")  # fmt: skip


def stick(angle_deg: float) -> dict:
    """Metres x, y (down): a person from the side whose thighs stand at ``angle_deg`` to the vertical."""
    angle = np.radians(angle_deg)
    knee, hip = (0.0, 1.0), (0.4 * np.sin(angle), 1.0 - 0.4 * np.cos(angle))
    up = {"hip": hip, "shoulder": (hip[0], hip[1] - 0.6), "knee": knee, "ankle": (0.0, 1.4), "foot_index": (0.2, 1.4)}
    return {"nose": (hip[0] + 0.1, hip[1] - 0.8)} | {
        f"{side}_{joint}": place for side in ("left", "right") for joint, place in up.items()
    }


@pytest.fixture
def folder(tmp_path):
    """A lunge file of a picture 16 m wide and 9 m high."""
    rows = [["label", *(f"{joint}_{axis}" for joint in JOINTS for axis in "xyzv")]]
    for angle in range(0, 91, 10):
        person = stick(angle)
        values = [(4 + person[j][0]) / 16 for j in JOINTS], [(2 + person[j][1]) / 9 for j in JOINTS]
        cells = [f"{v:.9f}" for x, y in zip(*values, strict=True) for v in (x, y, 0.1, 0.8)]
        rows.append(["L" if angle > 45 else "C", *cells])
    path = tmp_path / "exercise_correction" / "lunge" / "err.test.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(",".join(row) for row in rows))
    return tmp_path


def test_angles_and_sizes_are_the_true_ones(folder):
    frames = load(folder, "lunge")
    seq = frames.world()
    assert (seq.space, seq.skeleton, len(seq)) == ("world", BLAZEPOSE33, 10)
    knee = joint_angle(seq["left_hip"], seq["left_knee"], seq["left_ankle"])
    np.testing.assert_allclose(knee, 180 - np.arange(0, 91, 10), atol=0.01)
    scale = 0.5 / 0.6  # the trunk is taken to be half a metre
    np.testing.assert_allclose(seq["left_knee"][:, 2], 0.4 * scale, atol=1e-4)  # above the feet at z = 0
    np.testing.assert_allclose(seq["left_big_toe"][:, 0] - seq["left_ankle"][:, 0], 0.2 * scale, atol=1e-4)
    assert list(frames.labels) == ["C"] * 5 + ["L"] * 5


def test_what_the_file_lacks_is_missing_and_visibility_is_confidence(folder):
    seq = load(folder, "lunge").world()
    assert np.isnan(seq["left_wrist"]).all()
    assert seq.confidence[0, BLAZEPOSE33.index("left_wrist")] == 0
    assert seq.confidence[0, BLAZEPOSE33.index("left_knee")] == pytest.approx(0.8)


def test_depth_counts_as_asked(folder):
    frames = load(folder, "lunge")
    assert np.ptp(frames.world()["nose"][:, 1]) == 0 and frames.world()["nose"][0, 1] == 0
    assert frames.world(depth=0.5)["nose"][0, 1] == pytest.approx(0.1 * 0.5 * 16 * 0.5 / 0.6, rel=1e-4)


def test_legs_keep_their_length_at_the_true_aspect_only(folder):
    frames = load(folder, "lunge")
    assert bone_spread(frames, ASPECT) < 1e-6
    assert bone_spread(frames, 4 / 3) > 0.03 and bone_spread(frames, 9 / 16) > 0.1


def test_other_files_are_explained(folder):
    path = folder / "exercise_correction" / "lunge" / "err.test.csv"
    for content, message in (
        ("label,nose_x\nC,0.5", "must hold label, then x, y, z, v"),
        (path.read_text().replace("0.8", "?", 1), "a number in every column"),
        (path.read_text() + "\nC,0.5", "a number in every column"),
        ("", "must hold label, then x, y, z, v of every joint, got nothing"),
        ("label,né_x", "must be a CSV file, got 'utf-8' codec"),
    ):
        path.write_text(content, encoding="latin-1")
        with pytest.raises(InputError, match=message):
            load(folder, "lunge")
    with pytest.raises(InputError, match="got no such file"):
        load(folder, "curl")
    with pytest.raises(InputError, match="one of lunge, curl, squat"):
        load(folder, "plank")


@pytest.mark.parametrize(("name", "rows", "labels"), [("lunge", 1107, "CL"), ("curl", 604, "CL")])
def test_recorded_frames(real_data, name, rows, labels):
    frames = load(real_data, name)
    assert len(frames.labels) == rows and set(frames.labels) == set(labels)


def test_recorded_lunges_were_filmed_in_16_to_9(real_data):
    frames = load(real_data, "lunge")
    spreads = {aspect: bone_spread(frames, aspect) for aspect in (9 / 16, 1.0, 4 / 3, ASPECT, 21 / 9)}
    assert min(spreads, key=spreads.get) == ASPECT
