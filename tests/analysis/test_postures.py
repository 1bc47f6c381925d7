"""Windows of motion: what they must not depend on, and what they must tell."""

import numpy as np
import pytest

from fitlab.analysis.postures import COLUMNS, JOINTS, SECONDS, STEP_SECONDS, axes, body, described, windows
from fitlab.errors import InputError
from fitlab.geometry import joint_angle
from fitlab.synthesis import make_clip
from tests.motions import mirrored, resampled, turned


@pytest.fixture(scope="module")
def lunges():
    """Lunges: legs and arms take turns."""
    return make_clip("lunge", repetitions=2, seed=3).world


def test_place_size_heading_and_side_leave_no_trace(lunges):
    expected = windows(lunges).columns
    scaled = lunges.replace("scaled", positions=lunges.positions * 1.3)
    for other in (turned(lunges, 130.0, (3.0, -2.0, 0.0)), scaled, mirrored(lunges)):
        np.testing.assert_allclose(windows(other).columns, expected, atol=2e-3)


def test_the_same_motion_at_another_frame_rate_or_tempo_is_described_alike(lunges):
    expected = windows(lunges)
    often = resampled(lunges, np.arange(0, len(lunges) - 1, 0.5), fps=2 * lunges.fps)
    found = windows(often).columns[: len(expected.columns)]
    assert np.abs(found - expected.columns[: len(found)]).max() < 0.02 * np.abs(found).max()  # degrees among them
    np.testing.assert_allclose(found[:, -11:], expected.columns[: len(found), -11:], atol=0.02)  # speeds

    positions = body(lunges)
    slow, fast = (described(positions[: round(SECONDS * 24)], fps).columns[0] for fps in (24.0, 30.0))
    np.testing.assert_allclose(slow[:-11], fast[:-11])  # one window either way; only the speed differs
    assert 0.7 * np.log(30 / 24) < fast[-1] - slow[-1] <= np.log(30 / 24)  # less: stillness has a least speed


def test_columns_are_the_statistics_of_the_poses(lunges):
    positions = body(lunges)
    found = described(positions, lunges.fps)
    assert found.columns.shape[1] == COLUMNS
    start, stop = found.frames[1]
    assert (start, stop - start) == (round(STEP_SECONDS * lunges.fps), round(SECONDS * lunges.fps))
    knees = [
        joint_angle(*(positions[start:stop, JOINTS.index(f"{side}_{joint}")] for joint in ("hip", "knee", "ankle")))
        for side in ("left", "right")
    ]
    smaller = np.minimum(*knees)
    column = int(np.argmin(np.abs(found.columns[1, :47] - smaller.mean())))
    statistics = found.columns[1, : 4 * 47].reshape(4, 47)[:, column]
    np.testing.assert_allclose(
        statistics, [smaller.mean(), smaller.std(), *np.percentile(smaller, (10, 90))], rtol=1e-6
    )


def test_the_trunk_has_axes(lunges):
    found = axes(body(lunges))
    np.testing.assert_allclose(found @ found.transpose(0, 2, 1), np.broadcast_to(np.eye(3), found.shape), atol=1e-6)
    assert (found[:, 2, 2] > 0.7).all()  # lunges keep the trunk upright
    assert np.linalg.det(found) == pytest.approx(np.ones(len(found)))


def test_a_short_clip_is_one_window(lunges):
    found = windows(lunges[:20])
    assert found.frames.tolist() == [[0, 20]] and np.isfinite(found.columns).all()
    assert windows(lunges[:1]).columns.shape == (0, COLUMNS)  # one pose is no motion


def test_gaps_are_bridged_and_joints_that_are_never_seen_are_named(lunges):
    positions = lunges.positions.copy()
    wrist = lunges.skeleton.index("left_wrist")
    positions[10:16, wrist] = np.nan
    holed = windows(lunges.replace("gap", positions=positions)).columns
    assert (np.abs(holed - windows(lunges).columns) <= 0.1 * np.abs(holed).max(axis=0) + 0.02).all()
    positions[:, wrist] = np.nan
    with pytest.raises(InputError, match="got none of left_wrist; film the whole body"):
        windows(lunges.replace("hidden", positions=positions))


def test_poses_must_stand_in_the_world(lunges):
    with pytest.raises(InputError, match="must be in world space, got camera space"):
        windows(lunges.replace("seen", space="camera"))
