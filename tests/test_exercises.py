"""Exercise files: what they say, and what is said about broken ones."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from fitlab.errors import InputError
from fitlab.exercises import exercise_files, find_exercise, load_exercise
from fitlab.exercises.vocabulary import KINDS
from fitlab.locations import config_dir


@pytest.fixture
def squat() -> dict:
    return yaml.safe_load((config_dir() / "exercise" / "squat.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", list(exercise_files()))
def test_every_shipped_file_is_valid_and_named_after_its_exercise(name):
    assert load_exercise(exercise_files()[name]).name == name


def test_the_page_about_exercises_tells_what_is_read():
    page = (Path(__file__).parents[1] / "docs" / "exercises.md").read_text(encoding="utf-8")
    assert load_exercise(yaml.safe_load(re.search(r"```yaml\n(.*?)```", page, re.S)[1])).name == "squat"
    kinds = re.findall(r"^\| `(\w+)` \| (\d) \| (\w+) \|", page, re.M)
    units = {"degrees": "deg", "cm": "cm"}
    assert {(name, int(joints), units[unit]) for name, joints, unit in kinds} == {
        (name, kind.joints, kind.unit) for name, kind in KINDS.items()
    }


def test_the_squat_reads_as_written():
    squat = find_exercise("squat")
    assert squat is not None and squat.drive is not None
    assert squat.drive.measure == "knee_angle"
    assert [phase.name for phase in squat.phases] == ["standing", "going down", "bottom", "going up"]
    assert squat.phase_with_role("turn") == "bottom"
    assert [rule.name for rule in squat.mistakes] == ["knees_inward", "too_shallow", "trunk_forward"]
    assert squat.measures["knee_angle"].sided and squat.measures["knee_angle"].unit == "deg"
    assert not squat.measures["trunk_inclination"].sided
    assert set(squat.groups) == {"head", "trunk", "arms", "hips", "knees", "feet"}


def test_none_is_no_exercise():
    assert find_exercise("none") is None


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match=r"exercise must be one of .*squat.*got 'squad'"):
        find_exercise("squad")


def test_a_folder_of_ones_own(tmp_path: Path, squat):
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**squat, "name": "mine"}))
    mine = find_exercise("mine", tmp_path)
    assert mine is not None and mine.name == "mine"
    assert find_exercise(str(tmp_path / "mine.yaml")) == mine


BREAKS = {
    "drive.measure": ("knee_bend", "drive.measure must be one of knee_angle"),
    "drive.rest": ("up", "drive.rest must be one of high, low, got 'up'"),
    "drive.minimum_range": (-3, "drive.minimum_range must be a number of at least 0, got -3"),
    "drive.held_beyond": ("up", "drive.held_beyond must be a number, got 'up'"),
    "phases": ({"down": "out"}, "phases must give each role once"),
    "measures.knee_angle.kind": ("angle", "measures.knee_angle.kind must be one of joint_angle"),
    "measures.hip_angle.kind": (["joint_angle"], "measures.hip_angle.kind must be one of joint_angle"),
    "measures.hip_height": ({"kind": "depth", "joints": 2}, "measures.hip_height.kind must be one of joint_angle"),
    "measures.hip_angle.joints": ([["thorax"], "hip", "knee"], "measures.hip_angle.joints must name joints"),
    "measures.knee_angle.joints": (["hip", "knee"], "measures.knee_angle.joints must list 3 joints"),
    "measures.hip_height.joints": (["ankle", "hipp"], "measures.hip_height.joints must name joints, got 'hipp'"),
    "mistakes.knees_inward.measure": ("valgus", "mistakes.knees_inward.measure must be one of"),
    "mistakes.knees_inward.phase": ("top", "mistakes.knees_inward.phase must be one of standing"),
    "mistakes.knees_inward.threshold": ("3 cm", "mistakes.knees_inward.threshold must be a number, got '3 cm'"),
    "mistakes.knees_inward.severe": (4, "mistakes.knees_inward.severe must lie beyond the threshold"),
    "mistakes.knees_inward.joint_group": ("knee", "mistakes.knees_inward.joint_group must be one of head"),
    "mistakes.knees_inward.colour": ("red", "mistakes.knees_inward must have only"),
    "mistakes.knees_inward.sides": (["mean"], "mistakes.knees_inward.sides must be one of mean"),
    "mistakes": ([], "mistakes must be a mapping"),
    "tolerances.toes": (3, "tolerances must be one of head"),
    "tolerances.knees": (None, "tolerances.knees must be a number"),
}


@pytest.mark.parametrize("key", BREAKS)
def test_each_broken_key_is_named_with_its_file(tmp_path: Path, squat, key):
    value, expected = BREAKS[key]
    broken = copy.deepcopy(squat)
    *path, last = key.split(".")
    at = broken
    for part in path:
        at = at[part]
    at[last] = value
    file = tmp_path / "broken.yaml"
    file.write_text(yaml.safe_dump(broken, sort_keys=False))
    with pytest.raises(InputError) as error:
        load_exercise(file)
    assert f"{file}: {expected}" in str(error.value)
    assert ";" in str(error.value)  # how to mend it


def test_all_problems_are_told_at_once(squat):
    squat["drive"]["rest"] = "up"
    squat["mistakes"]["too_shallow"]["margin"] = "wide"
    with pytest.raises(InputError) as error:
        load_exercise(squat)
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("missing", ["name", "drive", "measures", "mistakes"])
def test_a_missing_key_is_told(squat, missing):
    del squat[missing]
    with pytest.raises(InputError, match=f"exercise: the file must have {missing}"):
        load_exercise(squat)


@pytest.mark.parametrize("text", ["a: [1, 2", "just words", "- 1\n- 2\n", ""])
def test_files_that_are_no_exercise(tmp_path: Path, text):
    file = tmp_path / "odd.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"odd\.yaml"):
        load_exercise(file)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(InputError, match="no such file"):
        load_exercise(tmp_path / "nowhere.yaml")
