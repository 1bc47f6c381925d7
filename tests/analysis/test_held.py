"""Positions that are taken and left are counted, wobbles within them are not; a clip of nothing but the hold is one."""

import numpy as np
import pytest

from fitlab.analysis.held import held_repetitions, held_throughout
from fitlab.analysis.report import analyse
from fitlab.analysis.segmentation import segment
from fitlab.exercises import Drive, find_exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17
from tests.motions import Squats

FPS = 20.0


def planks(*held_s, rest_s=2.0, way_s=1.0, height=15.0):
    """Heights of hips that rise, stay and sink, from rest to rest; and the frames where they begin and end."""
    times, heights, spans, now = [0.0], [0.0], [], 0.0
    for seconds in held_s:
        start = now + rest_s
        times += [start, start + way_s, start + way_s + seconds, start + 2 * way_s + seconds]
        heights += [0.0, height, height, 0.0]
        now = times[-1]
        spans.append((start * FPS, now * FPS))
    times.append(now + rest_s)
    heights.append(0.0)
    frames = np.arange(round(times[-1] * FPS))
    return np.interp(frames / FPS, times, heights), spans


def wobble(frames, rng, centimetres, over_s=0.4):
    """Smooth noise of that standard deviation."""
    kernel = np.hanning(round(2 * over_s * FPS) | 1)
    noise = np.convolve(rng.normal(size=frames + len(kernel) - 1), kernel, "valid")
    return centimetres * noise / noise.std()


def test_holds_are_counted_where_they_begin_and_end():
    drive, spans = planks(10, 4, 20)
    found = held_repetitions(drive, FPS, 3)
    assert [rep.index for rep in found] == [0, 1, 2]
    for rep, (start, stop) in zip(found, spans, strict=True):
        assert abs(rep.start - start) <= 0.15 * FPS
        assert abs(rep.stop - stop) <= 0.15 * FPS
        assert rep.full


@pytest.mark.parametrize("seed", range(5))
def test_wobbling_on_the_way_and_in_the_hold_does_not_count(seed):
    drive, spans = planks(12, 8)
    shaken = drive + wobble(len(drive), np.random.default_rng(seed), 1.5)
    assert len(held_repetitions(shaken, FPS, 3)) == len(spans)


def test_what_is_left_at_once_is_no_hold():
    drive, _ = planks(0.3, way_s=0.5)
    assert held_repetitions(drive, FPS, 3) == ()
    assert held_repetitions(np.zeros(100), FPS, 3) == ()


def test_throughout_is_beyond_the_value_on_the_side_away_from_rest():
    low, high = Drive("hips", "low", 3, held_beyond=-8), Drive("knee", "high", 30, held_beyond=120)
    assert held_throughout(np.full(80, 2.0), FPS, low)
    assert not held_throughout(np.full(80, -15.0), FPS, low)
    assert held_throughout(np.full(80, 95.0), FPS, high)
    assert not held_throughout(np.full(80, 170.0), FPS, high)
    assert not held_throughout(np.full(40, 2.0), FPS, low)  # two seconds
    assert not held_throughout(np.full(80, np.nan), FPS, low)
    assert not held_throughout(np.full(80, 2.0), FPS, Drive("hips", "low", 3))


def lying_on_elbows(frames, hips_m, rng):
    """A body along x on its elbows, the hips that high above them, shaken by 5 mm."""
    places = {
        "pelvis": (0, 0, hips_m), "spine": (0.25, 0, hips_m + 0.03), "thorax": (0.5, 0, 0.28), "nose": (0.7, 0, 0.25),
        "head_top": (0.8, 0, 0.3),
    }  # fmt: skip
    for side, y in (("left", 0.12), ("right", -0.12)):
        places |= {
            f"{side}_hip": (0, y, hips_m), f"{side}_knee": (-0.42, y, hips_m / 2), f"{side}_ankle": (-0.82, y, 0.05),
            f"{side}_shoulder": (0.5, y, 0.27), f"{side}_elbow": (0.5, y, 0.0), f"{side}_wrist": (0.75, y, 0.0),
        }  # fmt: skip
    pose = np.array([places[joint] for joint in H36M17.joints])
    return PoseSequence(pose + rng.normal(0, 0.005, (frames, 17, 3)), 30.0, H36M17, "world")


def test_a_clip_that_was_cut_to_the_hold_is_one_hold(rng):
    report = analyse(lying_on_elbows(300, 0.17, rng), find_exercise("plank"))
    (rep,), (hold,) = report.repetitions, report.holds
    assert (rep.start, rep.stop, rep.full) == (0, 300, True)
    assert hold.cut and hold.duration_s == pytest.approx(10)
    assert {phase.role for phase in report.phases} == {"turn"}


def test_somebody_who_stands_holds_no_plank():
    assert segment(Squats(repetitions=1, depths=(0.0,)).poses(), find_exercise("plank")).repetitions == ()
