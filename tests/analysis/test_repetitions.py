"""Counting in a drive: motions whose counts and boundaries are known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from fitlab.analysis.repetitions import extents, prominent_peaks, repetitions_in, smooth_drive
from fitlab.analysis.segmentation import segment
from fitlab.exercises import find_exercise
from fitlab.synthesis import make_clip
from tests import oracles
from tests.motions import Squats


def counted(depth: np.ndarray, fps: float, minimum_range: float = 20.0):
    return repetitions_in(smooth_drive(100 * depth, fps), fps, minimum_range)


@pytest.mark.parametrize("fps", [15.0, 25.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize(("period", "rest"), [(1.0, 0.0), (2.0, 0.5), (4.0, 2.0), (8.0, 0.0)])
def test_counts_and_boundaries_at_any_tempo_and_frame_rate(fps, period, rest):
    motion = Squats(repetitions=6, fps=fps, period_s=period, rest_s=rest)
    found = counted(motion.depth(), fps)
    assert len(found) == 6 and all(rep.full for rep in found)
    assert [rep.index for rep in found] == list(range(6))
    # Smoothing with 0.08 s spreads a repetition by about that much.
    np.testing.assert_allclose([rep.start / fps for rep in found], motion.starts_s, atol=0.09)
    np.testing.assert_allclose([rep.stop / fps for rep in found], motion.starts_s + period, atol=0.09 + 1.01 / fps)
    np.testing.assert_allclose([rep.turn / fps for rep in found], motion.starts_s + period / 2, atol=1.01 / fps)
    assert all(a.stop <= b.start for a, b in pairwise(found))


def test_a_shallow_repetition_is_a_half_one():
    found = counted(Squats(depths=(1, 1, 0.45, 1, 0.9)).depth(), 30)
    assert [rep.full for rep in found] == [True, True, False, True, True]


def test_fidgeting_is_no_repetition():
    assert len(counted(Squats(depths=(1, 0.15, 1, 0.1, 1)).depth(), 30, minimum_range=5)) == 3


def test_a_pause_and_a_wobble_at_the_turn_are_one_repetition():
    half = (1 - np.cos(np.linspace(0, np.pi, 30))) / 2
    pause = 1 - 0.15 * np.sin(np.linspace(0, 4 * np.pi, 90)) ** 2
    one = np.concatenate([half, pause, half[::-1], np.zeros(20)])
    found = counted(np.tile(one, 4), 30)
    assert len(found) == 4
    np.testing.assert_allclose([rep.stop - rep.start for rep in found], 150, atol=8)


def test_coming_back_only_half_way_still_separates():
    depth = 0.5 + 0.5 * np.cos(np.linspace(0, 10 * np.pi, 300))
    depth = np.maximum(depth, 0.45)
    assert len(counted(np.concatenate([np.linspace(0, 1, 30), depth, np.linspace(1, 0, 30)]), 30)) == 6


def test_drifting_rest_does_not_matter():
    depth = Squats(repetitions=8).depth()
    assert len(counted(depth + np.linspace(0, 0.8, len(depth)), 30)) == 8


def test_a_clip_that_starts_or_ends_on_the_way_has_incomplete_repetitions():
    motion = Squats(repetitions=5, rest_s=0.0)
    start, stop = int(30 * 1.9), int(30 * 10.1)  # just before the first turn, just after the last one
    found = counted(motion.depth()[start:stop], 30)
    assert [rep.full for rep in found] == [False, True, True, True, False]


@pytest.mark.parametrize("size", [0.3, 0.45, 1.0])
@pytest.mark.parametrize("end", ["start", "end"])
def test_half_of_a_small_repetition_at_the_clips_edge_counts(size, end):
    motion = Squats(repetitions=5, depths=(size, 1, 1, 1, 1))
    turn = round(30 * (motion.starts_s[0] + motion.period_s / 2))
    clip = motion.poses()[turn:]
    if end == "end":
        clip = clip.replace("backwards", positions=clip.positions[::-1])
    squat = find_exercise("squat")
    assert squat is not None
    full = [rep.full for rep in segment(clip, squat).repetitions]
    assert full == ([False, True, True, True, True] if end == "start" else [True, True, True, True, False])


def test_steps_into_place_are_left_out():
    step = np.concatenate([0.5 * np.sin(np.linspace(0, np.pi, 24)) ** 2, np.zeros(10)])
    steps = np.tile(step, 3)
    depth = np.concatenate([steps, np.zeros(30), Squats().depth(), steps])
    found = counted(depth, 30)
    assert len(found) == 5
    assert found[0].start > len(steps)


def test_nothing_moves():
    assert counted(np.zeros(100), 30) == ()
    assert counted(0.05 * np.sin(np.arange(200) / 5), 30) == ()


def test_gaps_and_spikes_are_bridged():
    depth = Squats().depth()
    depth[50:64] = np.nan
    depth[:5] = np.nan
    depth[100:290:10] += 0.8
    found = counted(depth, 30)
    assert len(found) == 5 and all(rep.full for rep in found)


def test_smoothing_keeps_shape_constants_and_empty_columns():
    values = np.stack([np.full(50, 3.0), np.full(50, np.nan)], axis=1)
    np.testing.assert_allclose(smooth_drive(values, 30), np.stack([np.full(50, 3.0), np.zeros(50)], axis=1))


def test_prominence_is_the_climb_from_the_higher_side():
    peaks, prominences = prominent_peaks(np.array([0.0, 5, 2, 9, 1, 4, 4, 0]), least=2.5)
    np.testing.assert_array_equal(peaks, [1, 3, 5])
    np.testing.assert_allclose(prominences, [3, 7, 3])


def test_wobbles_of_a_pause_are_one_peak():
    # Each climbs by more than the least prominence, but stands on a pause, not on rest.
    peaks, _ = prominent_peaks(np.array([0.0, 10, 9, 9.8, 8.9, 9.9, 0]), least=0.5)
    assert len(peaks) == 1


def test_extents_end_where_the_drive_stands_still():
    drive = np.concatenate([np.zeros(20), np.linspace(0, 1, 11), np.linspace(1, 0, 11)[1:], np.zeros(20)])
    starts, stops = extents(drive, np.array([30]))
    assert (starts[0], stops[0]) == (20, 41)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.integers(-3, 3), min_size=12, max_size=80),
    places=st.lists(st.integers(0, 11), min_size=1, max_size=5, unique=True),
)
def test_extents_against_frame_by_frame(steps, places):
    drive, peaks = np.cumsum(steps).astype(float), np.array(sorted(places))
    starts, stops = extents(drive, peaks)
    spacing = int(np.median(np.diff(peaks))) if len(peaks) > 1 else len(drive)
    before = [max(0, peaks[0] - 2 * spacing), *peaks[:-1]]
    after = [*peaks[1:], min(len(drive) - 1, peaks[-1] + 2 * spacing)]
    for number, peak in enumerate(peaks):
        assert starts[number] == peak - oracles.frames_to_rest(drive[before[number] : peak + 1][::-1])
        stop = peak + oracles.frames_to_rest(drive[peak : after[number] + 1]) + 1
        assert stops[number] == (min(stop, starts[number + 1]) if number + 1 < len(peaks) else stop)


@settings(max_examples=30, deadline=None)
@given(
    periods=st.lists(st.floats(1.0, 4.0), min_size=2, max_size=8),
    heights=st.lists(st.floats(0.75, 1.0), min_size=8, max_size=8),
    fps=st.sampled_from([15.0, 30.0, 50.0, 120.0]),
    jitter=st.floats(0, 0.02),
    seed=st.integers(0, 1000),
)
def test_changing_tempo_and_height_and_jitter_leave_the_count(periods, heights, fps, jitter, seed):
    parts = [height * (1 - np.cos(2 * np.pi * np.arange(round(period * fps)) / round(period * fps))) / 2
             for period, height in zip(periods, heights, strict=False)]  # fmt: skip
    depth = np.concatenate([np.zeros(10), *parts, np.zeros(10)])
    noisy = depth + jitter * np.random.default_rng(seed).normal(size=len(depth))
    found = counted(noisy, fps)
    assert len(found) == len(periods) and all(rep.full for rep in found)
    # The same backwards.
    assert len(counted(noisy[::-1], fps)) == len(periods)


STUDIO = (640, 480)


@pytest.mark.parametrize("repetitions", [2, 6])
@pytest.mark.parametrize(("name", "share"), [("mountain_climber", 0.5), ("mountain_climber", 0.2), ("high_knees", 0.5)])
def test_the_leg_that_one_camera_hardly_sees_moving_counts_too(name, share, repetitions):
    world = make_clip(name, repetitions=repetitions, seed=3, size=STUDIO).world
    found = segment(nearer_to_the_mean(world, share, "right_knee", "right_ankle"), find_exercise(name)).repetitions
    assert [rep.full for rep in found] == [True] * repetitions


def test_a_leg_that_goes_twice_is_compared_with_itself():
    """Whose turn it is, not whether it is the second or the third, says what a repetition is compared with."""
    clip = make_clip("mountain_climber", repetitions=6, seed=3, size=STUDIO)
    start, stop = clip.repetitions[2]
    kept = np.delete(np.arange(len(clip)), np.arange(start, stop))
    far = nearer_to_the_mean(clip.world, 0.5, "right_knee", "right_ankle")
    without = far.replace("one left out", positions=far.positions[kept], confidence=far.confidence[kept])
    assert [rep.full for rep in segment(without, find_exercise("mountain_climber")).repetitions] == [True] * 5


@pytest.mark.parametrize("repetitions", [1, 2, 6])
def test_a_step_into_place_is_no_repetition_of_the_other_leg(repetitions):
    """The arms swing and a foot moves by 20 cm, which makes a stride of ten."""
    world = make_clip("mountain_climber", repetitions=repetitions, seed=3, size=STUDIO).world
    frames = 45
    way = np.sin(np.pi * np.arange(frames) / (frames - 1)) ** 2
    stepping = np.repeat(world.positions[-1:], frames, axis=0)
    along = world["thorax"][-1] - world["pelvis"][-1]
    for joint, step in (("right_ankle", 0.4), ("left_wrist", -1.0), ("left_elbow", -0.5), ("head_top", 0.3)):
        stepping[:, world.skeleton.index(joint)] += step * way[:, None] * along
    still = np.repeat(world.positions[-1:], 20, axis=0)
    positions = np.concatenate([world.positions, stepping, still])
    seq = world.replace("stepping", positions=positions, confidence=np.ones(positions.shape[:2]))
    assert len(segment(seq, find_exercise("mountain_climber")).repetitions) == repetitions


@pytest.mark.parametrize("seed", range(4))
def test_a_plank_that_drifts_is_no_mountain_climber(seed):
    world = make_clip("mountain_climber", repetitions=1, seed=3, size=STUDIO).world
    noise = np.random.default_rng(seed).standard_normal((240, *world.positions.shape[1:]))
    drift = gaussian_filter1d(noise, 12, axis=0)
    positions = world.positions[:1] + 0.01 * drift / drift.std()  # a centimetre
    seq = world.replace("held", positions=positions, confidence=np.ones(positions.shape[:2]))
    assert segment(seq, find_exercise("mountain_climber")).repetitions == ()


@pytest.mark.parametrize(
    ("name", "mistake", "share"), [("dip", "too_shallow", 0.45), ("lateral_raise", "half_repetition", 0.6)]
)
def test_half_of_the_way_counts_as_a_lifter_draws_it_to_the_mean(name, mistake, share):
    world = make_clip(name, mistakes={mistake: [1.0, 1.0]}, repetitions=2, seed=3, size=STUDIO).world
    found = segment(nearer_to_the_mean(world, share, *world.skeleton.joints), find_exercise(name)).repetitions
    assert len(found) == 2


def nearer_to_the_mean(world, share, *joints):
    """These joints go so much of their way from where they are at first."""
    positions = world.positions.copy()
    for joint in joints:
        own = positions[:, world.skeleton.index(joint)]
        own += (share - 1) * (own - own[:5].mean(axis=0))
    return world.replace("nearer to the mean", positions=positions)
