"""Drives that are found in the motion itself."""

import numpy as np
import pytest

from fitlab.analysis.drives import found_drive, named_drive
from fitlab.datasets import uiprmd
from fitlab.exercises import find_exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17
from tests.motions import Squats, bent, mirrored, resampled, turned


def count(seq: PoseSequence) -> int:
    found = found_drive(seq)
    return len(found.repetitions) if found else 0


@pytest.mark.parametrize("fps", [15.0, 30.0, 120.0])
@pytest.mark.parametrize(("period", "rest"), [(1.0, 0.0), (2.0, 0.5), (5.0, 1.0)])
def test_squats_count_without_their_name(fps, period, rest):
    motion = Squats(repetitions=7, fps=fps, period_s=period, rest_s=rest)
    found = found_drive(motion.poses())
    assert found is not None and found.score > 0.9
    assert len(found.repetitions) == 7
    assert len(found.values) == len(motion.depth())
    np.testing.assert_allclose([rep.start / fps for rep in found.repetitions], motion.starts_s, atol=0.15)
    np.testing.assert_allclose([rep.stop / fps for rep in found.repetitions], motion.starts_s + period, atol=0.2)


def test_place_direction_side_and_size_do_not_matter():
    poses = Squats(repetitions=4).poses()
    for other in (
        turned(poses, 120, (4, -3, 1)),
        mirrored(poses),
        poses.replace("tall", positions=1.3 * poses.positions),
    ):
        assert count(other) == 4


def test_time_reversal_and_frame_rate_do_not_matter():
    poses = Squats(repetitions=4, depths=(1, 0.8, 0.9, 1)).poses()
    assert count(poses.replace("backwards", positions=poses.positions[::-1])) == 4
    assert count(resampled(poses, np.arange(0, len(poses) - 1, 0.5), fps=60)) == 4


def test_two_different_halves_are_one_repetition():
    # Left arm up, right arm up, left, right ...: the pair repeats, or every swing counts: never something between.
    still = Squats(repetitions=1, lead_s=6.0).poses()[:360]
    swing = np.maximum(0, np.sin(2 * np.pi * np.arange(360) / 60)) * 90
    other = np.maximum(0, -np.sin(2 * np.pi * np.arange(360) / 60)) * 60
    positions = np.concatenate([
        bent(bent(still[t : t + 1], "left_shoulder", swing[t]), "right_hip", other[t]).positions for t in range(360)
    ])  # fmt: skip
    assert count(still.replace("swings", positions=positions)) == 6


def test_jitter_and_aimless_motion_do_not_repeat(rng):
    standing = Squats().poses().positions[:1]
    assert count(PoseSequence(standing + 0.01 * rng.normal(size=(600, 17, 3)), 30, H36M17, "world")) == 0
    wandering = np.cumsum(rng.normal(size=(600, 17, 3)), axis=0)
    wandering *= 0.1 / wandering.std()
    assert count(PoseSequence(standing + wandering, 30, H36M17, "world")) == 0
    assert count(PoseSequence(np.repeat(standing, 100, axis=0), 30, H36M17, "world")) == 0


@pytest.mark.parametrize("frames", [(0, 66), (6, 50), (6, 66), (6, 90)])
@pytest.mark.parametrize("noise", [0.0, 0.005, 0.01])
def test_wobbles_of_a_single_descent_do_not_repeat(rng, frames, noise):
    descent = Squats(repetitions=1, period_s=4, lead_s=0.2, rest_s=0).poses()[slice(*frames)]
    positions = descent.positions + noise * rng.normal(size=descent.positions.shape)
    assert count(descent.replace("jitter", positions=positions)) == 0


@pytest.mark.parametrize("late", [40, 52, 60, 70, 80])  # the first turn is at 60, its repetition ends at 90
def test_a_clip_that_starts_in_mid_repetition_keeps_its_drive_the_right_way_up(late):
    motion = Squats(repetitions=4)
    found = found_drive(motion.poses()[late:])
    assert found is not None
    assert np.corrcoef(found.values, motion.depth()[late:])[0, 1] > 0.99
    assert [rep.full for rep in found.repetitions] == [late < 45, True, True, True]


def test_named_drive_is_low_at_rest():
    squat = find_exercise("squat")
    assert squat is not None and squat.drive is not None
    motion = Squats()
    drive = named_drive(motion.poses(), squat.measures["knee_angle"], squat.drive).values
    np.testing.assert_allclose(drive[0], -180, atol=0.1)
    np.testing.assert_allclose(drive.max(), -motion.knee_deg, atol=2)


@pytest.mark.parametrize("movement", list(uiprmd.MOVEMENTS))
def test_recorded_movements_count_without_their_name(real_data, movement):
    for kind in ("kinect", "vicon"):
        seq, boundaries = uiprmd.joined(real_data, movement, "s05", kind)
        assert abs(count(seq) - len(boundaries)) <= 1
