"""Positions that are taken and left are counted, wobbles within them are not; a clip of nothing but the hold is one."""

import numpy as np
import pytest

from fitlab.analysis.held import held_repetitions, held_throughout
from fitlab.analysis.lifted import View
from fitlab.analysis.online import OnlineCounter
from fitlab.analysis.report import analyse
from fitlab.analysis.segmentation import segment
from fitlab.exercises import find_exercise
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


def test_getting_into_position_may_overshoot():
    drive, ((start, stop),) = planks(10)
    drive = drive + np.interp(np.arange(len(drive)) / FPS, [2, 2.5, 3, 3.5], [0, 25, 25, 0])  # hips go up first
    (rep,) = held_repetitions(drive, FPS, 3)
    assert abs(rep.start - start) <= 0.3 * FPS and abs(rep.stop - stop) <= 0.3 * FPS
    assert drive[rep.turn] == pytest.approx(15, abs=0.5)


def test_a_hold_that_the_clip_cuts_begins_or_ends_with_it():
    drive, ((start, stop),) = planks(20)
    shaken = drive + wobble(len(drive), np.random.default_rng(1), 0.5)
    middle = round((start + stop) / 2)
    (later,), (earlier,) = (held_repetitions(part, FPS, 3) for part in (shaken[middle:], shaken[:middle]))
    assert later.start == 0 and abs(later.stop - (stop - middle)) <= 0.8 * FPS  # it wobbles at rest, too
    assert abs(earlier.start - start) <= 0.8 * FPS and earlier.stop == middle


def throughout(curve, beyond=-8.0):
    return held_throughout(np.nan_to_num(curve), np.isfinite(curve), FPS, 3, beyond)


def test_throughout_is_beyond_the_value_all_the_time_and_seen():
    assert throughout(np.full(80, 2.0))
    assert not throughout(np.full(80, -15.0))
    assert not throughout(np.full(40, 2.0))  # two seconds
    assert not throughout(np.full(80, np.nan))
    assert not throughout(np.where(np.arange(80) < 30, 2.0, np.nan))
    assert not throughout(planks(0.3)[0])  # an attempt


def lying_on_elbows(hips_m, rng):
    """A body along x on its elbows, the hips (T,) that high above them, shaken by 5 mm."""
    return PoseSequence(
        np.stack([_pose(height) for height in hips_m]) + rng.normal(0, 0.005, (len(hips_m), 17, 3)),
        30.0,
        H36M17,
        "world",
    )


def _pose(hips_m):
    places = {
        "pelvis": (0, 0, hips_m), "spine": (0.25, 0, hips_m + 0.03), "thorax": (0.5, 0, 0.28), "nose": (0.7, 0, 0.25),
        "head_top": (0.8, 0, 0.3),
    }  # fmt: skip
    for side, y in (("left", 0.12), ("right", -0.12)):
        places |= {
            f"{side}_hip": (0, y, hips_m), f"{side}_knee": (-0.42, y, hips_m / 2), f"{side}_ankle": (-0.82, y, 0.05),
            f"{side}_shoulder": (0.5, y, 0.27), f"{side}_elbow": (0.5, y, 0.0), f"{side}_wrist": (0.75, y, 0.0),
        }  # fmt: skip
    return np.array([places[joint] for joint in H36M17.joints])


@pytest.fixture
def plank():
    return find_exercise("plank")


def test_a_clip_that_was_cut_to_the_hold_is_one_hold(plank, rng):
    report = analyse(lying_on_elbows(np.full(300, 0.17), rng), plank)
    (rep,), (hold,) = report.repetitions, report.holds
    assert (rep.start, rep.stop, rep.full) == (0, 300, True)
    assert hold.cut and hold.duration_s == pytest.approx(10)
    assert {phase.role for phase in report.phases} == {"turn"}


def test_a_hold_that_the_clip_cuts_is_no_half_repetition(plank, rng):
    hips = 0.03 + np.interp(np.arange(360) / 30, [2, 3], [0, 0.14])  # up, and held to the end
    report = analyse(lying_on_elbows(hips, rng), plank)
    (hold,) = report.holds
    assert hold.cut and hold.duration_s == pytest.approx(9, abs=0.4)
    assert not any("part of the way" in advice.text for advice in report.advice)


def test_recognition_is_not_asked_about_a_hold_without_its_ways(plank, rng):
    """It was learned from whole repetitions; the value alone tells."""
    asked = []

    class Recognised:
        def components(self, described):
            asked.append(described)
            return

    view = View(np.array([0.0, 1.0, 0.0]), {}, {"plank": Recognised()})
    analyse(lying_on_elbows(np.full(300, 0.17), rng), plank, view=view)
    assert not asked
    hips = 0.03 + np.interp(np.arange(420) / 30, [2, 3, 10, 11], [0, 0.14, 0.14, 0])
    analyse(lying_on_elbows(hips, rng), plank, view=view)
    assert asked


def test_counting_while_it_goes_on_waits_for_the_end_of_the_hold(plank, rng):
    hips = 0.03 + np.interp(np.arange(700) / 10, [3, 4, 60, 61], [0, 0.14, 0.14, 0])  # longer than the usual memory
    seq = lying_on_elbows(hips, rng)
    counter = OnlineCounter(plank, seq.skeleton, 10.0)
    said = [(frame, rep) for frame, pose in enumerate(seq.positions) for rep in counter.feed(pose)]
    ((frame, rep),) = [*said, *((len(seq), rep) for rep in counter.finish())]
    assert 600 <= frame <= 630
    assert abs(rep.start - 30) <= 5 and abs(rep.stop - 610) <= 10


@pytest.mark.parametrize("name", ["plank", "side_plank", "handstand"])
@pytest.mark.parametrize("depth", [0.0, 1.0])
def test_somebody_who_stands_or_squats_holds_none(name, depth):
    seq = Squats(repetitions=2, depths=(depth, depth)).poses()
    assert segment(seq, find_exercise(name)).repetitions == ()


@pytest.mark.parametrize("back_frames", [0, 10])
@pytest.mark.parametrize("how", ["missing", "unsure"])
def test_who_leaves_the_picture_does_not_hold_on(plank, rng, back_frames, how):
    """Up at 2 s, out of the picture from 8 s to 60 s, or back for a third of a second."""
    up = np.interp(np.arange(1800) / 30, [2, 3], [0.05, 0.28])
    left = lying_on_elbows(up, rng)
    gone = slice(240, 1800 - back_frames)
    positions, confidence = left.positions.copy(), np.ones(left.confidence.shape)
    if how == "missing":
        positions[gone] = np.nan
    confidence[gone] = 0
    report = analyse(left.replace("left", positions=positions, confidence=confidence), plank)
    (hold,) = report.holds
    assert hold.cut and hold.stop == 240
    assert hold.duration_s == pytest.approx(5, abs=0.5)


@pytest.mark.parametrize("shown", [slice(0, 60), slice(570, 600), slice(0, 3)])
def test_a_hold_of_which_next_to_nothing_is_seen_is_none(plank, rng, shown):
    held = lying_on_elbows(np.full(600, 0.28), rng)
    assert len(analyse(held, plank).holds) == 1
    hips = [H36M17.index(joint) for joint in ("pelvis", "left_hip", "right_hip")]
    positions = held.positions.copy()
    positions[:, hips] = np.nan
    positions[shown] = held.positions[shown]
    assert analyse(held.replace("hidden", positions=positions), plank).holds == ()
    positions[::2] = held.positions[::2]  # half of it is enough
    assert len(analyse(held.replace("half", positions=positions), plank).holds) == 1
