import re
from pathlib import Path

import pytest

from fitlab.errors import InputError
from fitlab.synthesis.controls import CONTROLS
from fitlab.synthesis.script import load_motion, mirrored, mirrored_touching, motion_files, strengths

SQUAT = load_motion("squat")
FILE = """
exercise: squat
stance: {width: [1, 2]}
person: {lean: [-1, 1], hand_up: [-0.1, 0.1]}
styles: {plain: {}}
contacts: [feet]
base: {grip: 0.5}
poses: {ease: {}, low: {thigh: 90, left_hand_up: 0.3, hand_up: 0.1, contacts: [left_foot, hands], steps: [left_foot]}}
start: ease
ready: {pose: ease, seconds: 0.5}
cycle: [{pose: low, phase: going down, seconds: 1}, {pose: ease, phase: going up, seconds: 1, through: true}]
jitter: {}
tempo_jitter: 0.1
fatigue: 0
unrest: {}
mistakes: {too_shallow: {low: {thigh: -30}}}
"""


@pytest.fixture
def motion_file(tmp_path, monkeypatch):
    """Writes a motion file and reads it."""
    (tmp_path / "exercise").mkdir()
    (tmp_path / "motion").mkdir()
    monkeypatch.setenv("FITLAB_CONFIGS", str(tmp_path))

    def read(text):
        (tmp_path / "motion" / "mine.yaml").write_text(text)
        load_motion.cache_clear()
        return load_motion("mine")

    yield read
    load_motion.cache_clear()


def test_the_page_about_the_studio_shows_a_file_that_is_read(motion_file):
    page = (Path(__file__).parents[2] / "docs" / "studio.md").read_text(encoding="utf-8")
    script = motion_file(re.search(r"```yaml\n(.*?)```", page, re.S)[1].replace("push_up", "mine"))
    assert set(script.mistakes) == {"hips_sag"} and set(script.poses) == {"high", "low", "jump", "land"}


def test_a_file_is_read(motion_file):
    script = motion_file(FILE)
    low = script.poses["low"]
    assert low.controls["left_hand_up"] == 0.3  # what is said of one side counts more
    assert low.controls["right_hand_up"] == 0.1
    assert low.controls["left_grip"] == low.controls["right_grip"] == 0.5
    assert low.touching == {"foot.L", "hand.L", "hand.R"}
    assert low.steps == {"foot.L"}
    assert script.poses["ease"].touching == {"foot.L", "foot.R"}
    assert script.person["right_hand_up"] == (-0.1, 0.1)
    assert [step.through for step in script.cycle] == [False, True]
    assert (script.sides, script.props) == ("fixed", ())


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("thigh: 90", "tigh: 90", "control in mine.yaml, pose low must be one of .*thigh.*, got 'tigh'"),
        ("contacts: [feet]", "contacts: [ears]", "touches in mine.yaml, pose .* must be one of .*, got 'ears'"),
        ("start: ease", "start: sleep", "pose in mine.yaml must be one of ease, low, got sleep"),
        ("jitter: {}", "jitter: {}\nfun: 1", "must hold the keys of a motion"),
        ("exercise: squat", "exercise: [squat", "must hold the keys of a motion"),
        ("poses:", "posen:", "must hold the keys of a motion"),
    ],
)
def test_a_broken_file_is_explained(motion_file, wrong, right, message):
    with pytest.raises(InputError, match=message):
        motion_file(FILE.replace(wrong, right))


def test_an_unknown_exercise_is_answered_with_the_known_ones():
    assert "squat" in motion_files()
    with pytest.raises(InputError, match=r"\(.*squat.*\), got 'knitting'"):
        load_motion("knitting")


def test_all_controls_in_a_mirror_twice_are_themselves(rng):
    values = {name: float(rng.normal()) for name in CONTROLS}
    once = mirrored(values)
    assert mirrored(once) == values
    assert once["left_hand_up"] == values["right_hand_up"]
    assert once["roll"] == -values["roll"]
    assert once["lean"] == values["lean"]
    assert mirrored_touching(frozenset({"foot.L", "pelvis"})) == {"foot.R", "pelvis"}


def test_strengths_for_all_or_each():
    assert strengths(SQUAT, {"too_shallow": 0.5}, 2) == ({"too_shallow": 0.5}, {"too_shallow": 0.5})
    assert strengths(SQUAT, {"knees_inward": [0, 1], "too_shallow": [0.2, 0]}, 2) == (
        {"too_shallow": 0.2},
        {"knees_inward": 1.0},
    )


@pytest.mark.parametrize(
    ("mistakes", "repetitions", "message"),
    [
        ({"elbows_flare": 1}, 2, "must be one of knees_inward, too_shallow, trunk_forward"),
        ({"knees_inward": 1.2}, 2, r"from 0 to 1"),
        ({"knees_inward": -0.1}, 2, r"from 0 to 1"),
        ({"knees_inward": float("nan")}, 2, r"from 0 to 1"),
        ({"knees_inward": [1, 0, 1]}, 2, "one for each of 2 repetitions, got 3"),
        ({}, 0, "at least 1"),
    ],
)
def test_what_cannot_be_performed(mistakes, repetitions, message):
    with pytest.raises(InputError, match=message):
        strengths(SQUAT, mistakes, repetitions)


# Nothing is lowered in these: legs are swung, and the dog is a hold between two equal ways.
SWUNG = {"burpee", "downward_dog", "high_knees", "mountain_climber"}
LIFTING = {"going up", "coming up", "pressing", "pulling", "lifting", "raising", "pulling up", "jumping out"}
LOWERING = {"going down", "lowering", "jumping in", "coming down"}


@pytest.mark.parametrize("exercise", sorted(set(motion_files()) - SWUNG))
def test_weight_is_lowered_more_slowly_than_it_is_lifted(exercise):
    cycle = load_motion(exercise).cycle
    up, down = (sum(step.seconds for step in cycle if step.phase in phases) for phases in (LIFTING, LOWERING))
    assert down > up > 0
