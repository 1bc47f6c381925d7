"""Repetitions announced while poses come in, against the count of the whole clip."""

import numpy as np
import pytest

from fitlab.analysis.online import OnlineCounter
from fitlab.analysis.segmentation import segment
from fitlab.datasets import uiprmd
from fitlab.errors import InputError
from fitlab.exercises import Exercise, find_exercise
from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17
from tests.motions import Squats


def known(name: str) -> Exercise:
    exercise = find_exercise(name)
    assert exercise is not None
    return exercise


def feed(poses: PoseSequence, exercise: Exercise):
    """The counter after all poses, and (frame, repetition) of every announcement."""
    counter = OnlineCounter(exercise, poses.skeleton, poses.fps)
    heard = [(t, rep) for t, pose in enumerate(poses.positions) for rep in counter.feed(pose)]
    heard += [(len(poses), rep) for rep in counter.finish()]
    return counter, heard


@pytest.mark.parametrize("fps", [15.0, 30.0])
def test_every_squat_is_announced_once_and_soon(fps):
    motion = Squats(repetitions=6, fps=fps)
    counter, heard = feed(motion.poses(), known("squat"))
    assert [rep.index for _, rep in heard] == list(range(6))
    assert counter.repetitions == tuple(rep for _, rep in heard)
    ends = motion.starts_s + motion.period_s
    # 0.5 s to be sure, 0.25 s between two looks, 0.15 s of smoothing.
    late = np.array([t / fps for t, _ in heard]) - ends
    assert late.min() > 0 and late.max() <= 0.95
    offline = segment(motion.poses(), known("squat")).repetitions
    assert np.abs([a.start - b.start for a, b in zip(counter.repetitions, offline, strict=True)]).max() <= 0.2 * fps


@pytest.mark.parametrize(("name", "bound"), [("squat", 0.75), ("any", 1.75)])
@pytest.mark.parametrize(("period", "rest"), [(1.2, 0.0), (3.0, 1.0)])
def test_the_delay_is_bounded(name, bound, period, rest):
    poses = Squats(repetitions=5, fps=16, period_s=period, rest_s=rest).poses()
    counter = OnlineCounter(known(name), poses.skeleton, poses.fps)
    assert counter.delay_s == bound
    late = [(t + 1 - rep.stop) / poses.fps for t, pose in enumerate(poses.positions) for rep in counter.feed(pose)]
    # Without a name nothing is said before the third; from then on each comes in time.
    assert max(late if name == "squat" else late[3:]) <= bound
    assert len(counter.repetitions) >= 4


def test_later_only_on_second_thoughts(real_data):
    poses, _ = uiprmd.joined(real_data, "m04", "s05", "kinect", correct=False)
    exercise = known("side_lunge")
    counter = OnlineCounter(exercise, poses.skeleton, poses.fps)
    heard = [(t + 1, rep) for t, pose in enumerate(poses.positions) for rep in counter.feed(pose)]
    slack = round(0.1 * poses.fps)  # its end moves a little as more is seen
    for now, rep in heard:
        due = rep.stop + round(counter.delay_s * poses.fps) + slack
        if now > due:
            found = segment(poses[:due], exercise).repetitions
            assert not any(abs(other.turn - rep.turn) <= slack and other.stop <= rep.stop + slack for other in found)


def test_without_a_name_it_begins_once_something_has_repeated():
    motion = Squats(repetitions=6, fps=15)
    counter, heard = feed(motion.poses(), known("any"))
    assert len(counter.repetitions) == 6
    assert heard[0][0] / 15 > motion.starts_s[2]


def test_a_set_longer_than_its_memory():
    motion = Squats(repetitions=24, fps=15, period_s=2.5)
    counter, _ = feed(motion.poses(), known("squat"))
    assert len(counter.repetitions) == 24
    np.testing.assert_allclose([rep.start / 15 for rep in counter.repetitions], motion.starts_s, atol=0.2)


def test_a_recording_that_stops_on_the_way_down_ends_with_a_half_repetition():
    motion = Squats(repetitions=4, fps=15)
    stop = round(15 * (motion.starts_s[-1] + 0.45 * motion.period_s))
    counter, _ = feed(motion.poses()[:stop], known("squat"))
    assert [rep.full for rep in counter.repetitions] == [True, True, True, False]


def test_nobody_in_the_picture_and_wrong_poses():
    counter = OnlineCounter(known("squat"), H36M17, 15)
    for _ in range(40):
        assert counter.feed(np.full((17, 3), np.nan)) == ()
    with pytest.raises(InputError, match=r"shape \(17, 3\).*got \(22, 3\)"):
        counter.feed(np.zeros((22, 3)))
    with pytest.raises(InputError, match="fps must be positive, got 0"):
        OnlineCounter(known("squat"), H36M17, 0)


def test_recorded_squats(real_data):
    poses, boundaries = uiprmd.joined(real_data, "m01", "s06", "kinect")
    counter, _ = feed(poses, known("squat"))
    assert abs(len(counter.repetitions) - len(boundaries)) <= 1


def test_a_recording_without_poses_ends_without_repetitions():
    assert OnlineCounter(known("squat"), H36M17, 15).finish() == ()
