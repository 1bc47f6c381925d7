"""PoseSequence: what it accepts, what it gives, that it never changes."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlab.poses import PoseSequence, join
from fitlab.skeletons import COCO17, H36M17, HALPE26, SKELETONS, VICON39, Skeleton

BONE = Skeleton("bone", ("hip", "knee"), (-1, 0))


def uniform_motion(frames=8, fps=4.0):
    """The knee moves by a metre per second along x, the hip rests."""
    positions = np.zeros((frames, 2, 3))
    positions[:, 1, 0] = np.arange(frames) / fps
    return PoseSequence(positions, fps, BONE, "world", history=("made",))


def test_what_it_holds():
    seq = uniform_motion()
    assert seq.positions.dtype == seq.confidence.dtype == np.float32
    assert (len(seq), seq.fps, seq.duration) == (8, 4.0, 2.0)
    np.testing.assert_allclose(seq.times, np.arange(8) / 4)
    np.testing.assert_allclose(np.diff(seq["knee"][:, 0]) * seq.fps, 1.0)
    np.testing.assert_array_equal(seq.confidence, np.ones((8, 2)))
    assert repr(seq) == "PoseSequence(8 frames at 4 fps = 2.00 s, bone, world, 0.0% missing)"


def test_missing_is_nan_in_all_coordinates_with_confidence_0():
    positions = np.zeros((3, 2, 3))
    positions[0, 0, 1], positions[2, 1, 2] = np.nan, np.inf
    seq = PoseSequence(positions, 30, BONE, "camera", np.full((3, 2), 0.5))
    np.testing.assert_array_equal(seq.missing, [[True, False], [False, False], [False, True]])
    assert np.isnan(seq.positions[seq.missing]).all()
    np.testing.assert_array_equal(seq.confidence, np.where(seq.missing, 0, 0.5))


def test_nothing_can_be_changed():
    source = np.zeros((3, 2, 3), np.float32)
    seq = PoseSequence(source, 30, BONE, "world")
    source[:] = 7
    assert (seq.positions == 0).all()
    for array in (seq.positions, seq.confidence, seq["hip"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        seq.fps = 5


@given(start=st.integers(-12, 12), stop=st.integers(-12, 12))
def test_clips_are_slices(start, stop):
    seq = uniform_motion(10)
    expected = seq.positions[start:stop]
    if len(expected) == 0:
        with pytest.raises(ValueError, match="at least one frame, got none"):
            seq[start:stop]
        return
    clip = seq[start:stop]
    np.testing.assert_array_equal(clip.positions, expected)
    np.testing.assert_array_equal(clip.confidence, seq.confidence[start:stop])
    first, last, _ = slice(start, stop).indices(10)
    assert clip.history == ("made", f"clip({first}:{last})")


def test_clips_have_every_frame():
    with pytest.raises(ValueError, match="a clip must have step 1, got 2; use"):
        uniform_motion()[::2]


@given(cuts=st.lists(st.integers(1, 19), min_size=1, max_size=4, unique=True))
def test_clips_joined_are_the_whole(cuts):
    seq = uniform_motion(20)
    edges = [0, *sorted(cuts), 20]
    whole = join([seq[a:b] for a, b in pairwise(edges)])
    np.testing.assert_array_equal(whole.positions, seq.positions)
    assert whole.fps == seq.fps and whole.history[-1] == f"join({len(edges) - 1} clips)"


def test_only_like_clips_are_joined():
    with pytest.raises(ValueError, match="at least one PoseSequence, got none"):
        join([])
    with pytest.raises(ValueError, match="must agree in fps, skeleton, space and image size"):
        join([uniform_motion(fps=4), uniform_motion(fps=5)])


def test_conversion_takes_the_least_certain_part():
    rng = np.random.default_rng(0)
    seq = PoseSequence(rng.normal(size=(5, 17, 3)), 30, COCO17, "world", rng.uniform(size=(5, 17)))
    h36m = seq.to(H36M17)
    np.testing.assert_array_equal(h36m["left_knee"], seq["left_knee"])
    np.testing.assert_allclose(h36m["pelvis"], (seq["left_hip"] + seq["right_hip"]) / 2, atol=1e-6)
    hips = seq.confidence[:, [COCO17.index("left_hip"), COCO17.index("right_hip")]]
    np.testing.assert_array_equal(h36m.confidence[:, H36M17.index("pelvis")], hips.min(axis=1))
    assert h36m.history == ("to(h36m17)",)
    assert seq.to(COCO17) is seq


def test_conversion_leaves_out_what_cannot_be_had_and_passes_on_what_is_missing():
    positions = np.zeros((2, 17, 3))
    positions[0, COCO17.index("left_hip")] = np.nan
    halpe = PoseSequence(positions, 30, COCO17, "world").to(HALPE26)
    assert halpe.missing[:, HALPE26.index("left_heel")].all()
    np.testing.assert_array_equal(halpe.missing[:, HALPE26.index("pelvis")], [True, False])
    with pytest.raises(ValueError, match="must share joints"):
        PoseSequence(np.zeros((1, 39, 3)), 50, VICON39, "world").to(COCO17)


def test_replacing_keeps_the_rest():
    seq = PoseSequence(np.zeros((2, 17, 2)), 30, COCO17, "image", image_size=(640, 480), history=("a",))
    assert seq.replace("b", fps=60).image_size == (640, 480)
    lifted = seq.replace("lifted", positions=np.zeros((2, 17, 3)), space="camera")
    assert (lifted.image_size, lifted.history, lifted.fps) == (None, ("a", "lifted"), 30)


def test_table():
    table = uniform_motion().to_frame()
    assert list(table.columns[:5]) == ["time", "hip_x", "hip_y", "hip_z", "hip_confidence"]
    np.testing.assert_allclose(table["knee_x"], table["time"])


@pytest.mark.parametrize(("space", "axes"), [("image", "xy"), ("world", "xyz")])
def test_xarray_has_the_layout_of_movement(space, axes):
    rng = np.random.default_rng(1)
    seq = PoseSequence(rng.normal(size=(6, 17, len(axes))), 30, COCO17, space)
    data = seq.to_xarray()
    assert data.position.dims == ("time", "space", "keypoints", "individuals")
    knee = data.position.sel(keypoints="left_knee", individuals="person").transpose("time", "space")
    np.testing.assert_array_equal(knee.values, seq["left_knee"])
    assert list(data.space.values) == list(axes)
    assert data.attrs["fps"] == 30 and data.attrs["ds_type"] == "poses"
    assert float(data.time[1] - data.time[0]) == pytest.approx(1 / 30)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": np.zeros((3, 17))}, r"positions must have shape \(T, K, D\), got \(3, 17\)"),
        ({"positions": np.zeros((0, 17, 3))}, "at least one frame, got none; check that the file is complete"),
        ({"positions": np.zeros((3, 16, 3))}, "must have 17 joints for skeleton 'coco17', got 16; name the skeleton"),
        ({"positions": np.zeros((3, 17, 2))}, "positions in world space must have 3 coordinates, got 2"),
        ({"space": "image"}, "positions in image space must have 2 coordinates, got 3"),
        ({"space": "moon"}, "space must be one of image, camera, world, body, got 'moon'"),
        ({"fps": 0}, "fps must be a positive number, got 0; give the frame rate"),
        ({"fps": float("nan")}, "fps must be a positive number, got nan"),
        ({"image_size": (640, 480)}, r"image_size must be None in world space, got \(640, 480\)"),
        ({"confidence": np.ones((3, 4))}, r"confidence must have shape \(3, 17\) \(T, K\), got \(3, 4\)"),
        ({"confidence": np.full((3, 17), 1.5)}, r"confidence must lie in \[0, 1\], got 1.5 to 1.5; scale"),
        ({"confidence": np.full((3, 17), np.nan)}, r"confidence must lie in \[0, 1\]"),
    ],
)
def test_what_is_refused(changes, message):
    parts = {"positions": np.zeros((3, 17, 3)), "fps": 30, "skeleton": COCO17, "space": "world"}
    with pytest.raises(ValueError, match=message):
        PoseSequence(**(parts | changes))


def test_every_broken_rule_is_listed_at_once():
    with pytest.raises(ValueError, match=r"at least one frame.*17 joints.*fps must be"):
        PoseSequence(np.zeros((0, 4, 3)), -1, COCO17, "world")


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_every_layout_can_be_held(skeleton):
    seq = PoseSequence(np.zeros((1, len(skeleton), 3)), 30, skeleton, "world")
    assert seq[skeleton.joints[-1]].shape == (1, 3)
