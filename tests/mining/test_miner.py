"""A detector whose weakness is known must be found out."""

import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.mining.miner import GAP_S, mine
from fitlab.mining.reasons import reasons
from tests.detectors.conftest import person
from tests.mining.scenes import INVERTED, UprightOnly, upside_down_between, write_scene

JOINTS = upside_down_between(INVERTED.start, INVERTED.stop)
N = 4


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_scene(tmp_path_factory.mktemp("mining") / "headstand.mp4")


@pytest.fixture(scope="module")
def mined(clip):
    return mine([clip], UprightOnly(JOINTS), n=N, every_s=0.5)


def precision(mined):
    numbers = mined.frames.numbers[mined.chosen]
    return np.mean([number in INVERTED for number in numbers])


def test_the_frames_that_it_gets_wrong_are_proposed(mined):
    by_chance = np.mean([number in INVERTED for number in mined.frames.numbers])
    assert by_chance < 0.35
    assert precision(mined) == 1.0


def test_a_detector_without_that_weakness_is_not_suspected_of_it(clip):
    class Good(UprightOnly):
        def __call__(self, crops):
            return self.knowing(crops)

    quiet = mine([clip], Good(JOINTS), n=N, every_s=0.5)
    assert quiet.frames.signals["turn"].max() < 0.02


def test_the_reasons_name_the_turn_that_helps(mined):
    for said in reasons(mined.frames, mined.chosen):
        assert any(text.startswith("surer when turned by 180°") for text in said), said
    upright = int(np.flatnonzero(mined.frames.numbers == 0)[0])
    (said,) = reasons(mined.frames, [upright])
    assert said and not any("turned" in text for text in said)


def test_the_pose_that_is_shown_is_that_of_the_surest_look(mined):
    for number in mined.chosen:
        truth = JOINTS(int(mined.frames.numbers[number]))
        assert np.linalg.norm(mined.frames.positions[number] - truth, axis=1).max() < 6


def test_proposals_are_apart_in_time_and_sorted_by_family(mined):
    times = np.sort(mined.frames.times[mined.chosen])
    assert np.diff(times).min() >= GAP_S - 1e-6
    assert len(mined.chosen) == N == len(set(mined.chosen))
    assert (np.diff(mined.families) >= 0).all()
    assert set(mined.medoids) <= set(mined.chosen)


def test_known_poses_and_a_second_detector_have_a_say(clip):
    standing = person(0, 0, 100)[None]
    second = UprightOnly(lambda moment: JOINTS(moment) + (0, 30.0 * (moment > 90)))
    found = mine([clip], UprightOnly(JOINTS), second=second, known=standing, n=N, every_s=0.5).frames
    inverted = np.isin(found.numbers, INVERTED)
    assert found.signals["unknown"][~inverted].max() < 0.1 < 1.5 < found.signals["unknown"][inverted].min()
    late = found.numbers > 90
    assert found.signals["second"][~late].max() < 0.03 < found.signals["second"][late].min()


def test_a_joint_that_jumps_leaves_its_path(clip):
    jumps = 60

    def joints(moment):
        found = upside_down_between(0, 0)(moment)
        found[9:11] += (50.0 * (moment == jumps), 0)
        return found

    signal = mine([clip], UprightOnly(joints), n=1, every_s=0.5).frames.signals["path"]
    assert np.nanargmax(signal) == jumps // 5
    assert signal[jumps // 5] - np.nanmedian(signal) == pytest.approx(2 * 50 / 17 / mine_size(), rel=0.25)


def mine_size():
    """Side of the crop around a person of 150 pixels: 1.2 times from the hips to the head, on both sides."""
    return 2 * 1.2 * 0.47 * 150


def test_of_several_clips_the_broken_one_is_left_out(clip, tmp_path, capsys):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    both = mine([broken, clip], UprightOnly(JOINTS), n=N, every_s=0.5)
    assert set(both.frames.clips) == {clip}
    assert "left out: " in capsys.readouterr().out
    with pytest.raises(InputError, match="broken"):
        mine([broken], UprightOnly(JOINTS))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"n": 0}, "n must be at least 1"), ({"every_s": 0}, "every_s must be a positive number")],
)
def test_what_cannot_be_mined(clip, arguments, message):
    with pytest.raises(InputError, match=message):
        mine([clip], UprightOnly(JOINTS), **arguments)


def test_nothing_to_mine():
    with pytest.raises(InputError, match="videos must hold at least one clip"):
        mine([], UprightOnly(JOINTS))
