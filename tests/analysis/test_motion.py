"""The motion of the whole body, and likeness of its pieces."""

import numpy as np
import pytest

from fitlab.analysis import motion as module
from fitlab.analysis.motion import Motion, body_motion, bridged, pose_features, principal_components, steady, trusted
from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17
from tests import oracles
from tests.motions import Squats, mirrored, resampled, turned


def spans(motion: Squats) -> tuple[np.ndarray, np.ndarray]:
    """The true repetitions in samples of the body's motion."""
    return motion.starts_s * module.RATE, (motion.starts_s + motion.period_s) * module.RATE


def test_features_hold_no_place_and_no_size():
    poses = Squats().poses()
    moved = poses.replace("moved", positions=2 * poses.positions + 5)
    np.testing.assert_allclose(pose_features(moved), pose_features(poses), atol=1e-5)
    assert pose_features(poses).shape == (len(poses), 36)


def test_score_of_perfect_repetitions_is_what_they_hold(rng):
    squats = Squats(repetitions=4, rest_s=1.0)
    starts, stops = spans(squats)
    everything = np.ones(4, bool)
    assert body_motion(squats.poses()).score(starts, stops, everything) == pytest.approx(1, abs=0.03)
    assert body_motion(squats.poses()).score(starts[:2], stops[:2], everything[:2]) == pytest.approx(0.5, abs=0.03)


def test_score_likens_as_the_obvious_loop(rng):
    components = rng.normal(size=(100, 8))
    travelled = np.arange(100.0)
    starts, stops = np.array([0, 34, 68]), np.array([32, 66, 100])  # equally long
    motion = Motion(np.zeros((100, 36)), components, travelled)
    held = 3 * 31 / 99
    expected = oracles.likeness(components, starts, stops, module._SAMPLES) * held
    assert motion.score(starts, stops, np.ones(3, bool)) == pytest.approx(expected)


def test_irregular_durations_cost():
    motion = body_motion(Squats(repetitions=4).poses())
    starts, stops = spans(Squats(repetitions=4))
    everything = np.ones(4, bool)
    late = stops.copy()
    late[0] -= 15
    assert motion.score(starts, late, everything) < motion.score(starts, stops, everything) - 0.05


def test_likeness_knows_neither_side_nor_direction_nor_depth():
    squats = Squats(repetitions=3, depths=(1, 0.4, 0.8))
    one_leg = squats.poses()
    positions = one_leg.positions.copy()
    left = [one_leg.skeleton.index(f"left_{joint}") for joint in ("shoulder", "elbow", "wrist")]
    positions[:, left[1:], 2] += 0.2 * squats.depth()[:, None]  # one arm does something, too
    one_leg = one_leg.replace("one arm", positions=positions)
    starts, stops = spans(squats)
    both = PoseSequence(
        np.concatenate([one_leg.positions, turned(mirrored(one_leg), 70).positions]), 30, H36M17, "world"
    )
    later = starts + len(one_leg) / 30 * module.RATE
    all_starts, all_stops = np.concatenate([starts, later]), np.concatenate([stops, later + stops - starts])
    assert body_motion(both).likeness(all_starts, all_stops, np.ones(6, bool)).min() > 0.9


def test_something_else_is_unlike():
    squats = Squats(repetitions=4)
    starts, stops = spans(squats)
    half = (stops - starts) / 2
    # From bottom to bottom the motion runs the other way round.
    all_starts, all_stops = np.append(starts, starts[1] - half[0] - 3), np.append(stops, starts[1] + half[0] - 3)
    likeness = body_motion(squats.poses()).likeness(all_starts, all_stops, np.arange(5) < 4)
    assert likeness[:4].min() > 0.95 and likeness[4] < 0


def test_standing_is_unfolded():
    squats = Squats()
    unfolded = body_motion(squats.poses()).unfolded
    assert unfolded[0] > unfolded[round((squats.lead_s + 1) * module.RATE)] + 2
    assert np.abs(unfolded).max() <= 8


def test_rate_of_the_clip_does_not_matter():
    poses = Squats().poses()
    faster = resampled(poses, np.arange(0, len(poses) - 1, 0.5), fps=60)
    slow, fast = body_motion(poses).components, body_motion(faster).components
    shared = min(len(slow), len(fast))
    np.testing.assert_allclose(np.abs(slow[:shared, 0]), np.abs(fast[:shared, 0]), atol=0.05)


def test_gaps_are_bridged_and_spikes_are_gone():
    line = np.outer(np.arange(20.0), [1.0, np.nan])
    line[3:7, 0] = np.nan
    np.testing.assert_allclose(bridged(line, 30)[:, 0], np.arange(20.0))
    assert np.isnan(bridged(line, 30)[:, 1]).all()
    poses = Squats().poses()
    spiked = poses.positions.copy()
    spiked[50, 3] += 1
    spiked[80:90, 5] = np.nan
    calm = steady(poses.replace("spiked", positions=spiked))
    assert not calm.missing.any()
    np.testing.assert_allclose(calm.positions, poses.positions, atol=0.03)


def test_principal_components_are_those_of_the_chosen_rows(rng):
    line = np.outer(np.arange(50.0), [3.0, 4.0])
    stray = np.concatenate([line, 100 * rng.normal(size=(5, 2))])
    component = principal_components(stray, 1, np.arange(50))[:50, 0]
    np.testing.assert_allclose(np.abs(np.diff(component)), 5.0)


def test_leaps_are_taken_out_and_everything_else_is_kept(rng):
    poses = Squats(repetitions=4).poses()
    assert trusted(poses) is poses
    hit = rng.random(poses.positions.shape[:2]) < 0.1
    leapt = poses.replace("leaps", positions=poses.positions + np.where(hit[..., None], (0.3, -0.3, 0.2), 0))
    kept = trusted(leapt)
    assert (kept.missing & hit).sum() > 0.95 * hit.sum()
    assert (kept.missing & ~hit).sum() < 0.01 * hit.size
