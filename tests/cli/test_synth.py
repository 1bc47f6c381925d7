"""``fitlab synth`` as a user meets it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fitlab.cli import main
from fitlab.settings import compose

SMALL = ["preset=unusual_poses", "dataset.pictures=3", "dataset.exercises=[squat]", "dataset.size=[64,64]", "workers=1"]


def failure(capsys, *arguments):
    """The exit code and the one line on standard error of a command that must fail."""
    with pytest.raises(SystemExit) as exit_:
        main(["synth", *arguments])
    printed = capsys.readouterr()
    lines = printed.err.strip().splitlines()
    assert len(lines) == 1, printed.err
    return exit_.value.code, lines[0]


@pytest.mark.parametrize(
    "preset", sorted(path.stem for path in (Path(__file__).parents[2] / "configs/preset").glob("*"))
)
def test_every_preset_describes_a_data_set(preset):
    from fitlab.cli.synth import built

    dataset = built(compose("synth", [f"preset={preset}"]).dataset)
    assert sum(dataset.parts.values()) > 0
    json.dumps(dataset.config)


def test_the_demo_still_finds_its_clips():
    assert set(compose("demo").clips) == {"athlete", "user"}


def test_pictures_and_what_is_said_of_them(tmp_path):
    command = [sys.executable, "-m", "fitlab.cli", "synth", *SMALL, f"folder={tmp_path / 'new'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.strip().splitlines()
    assert lines[0].startswith("3 pictures, SHA-256 ")
    assert "  exercises: squat 3" in lines
    assert lines[-1] == str(tmp_path / "new")
    names = ["annotations.json", "card.json", "card.md", "config.yaml", "images", "plan.json"]
    assert sorted(item.name for item in (tmp_path / "new").iterdir()) == names


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dataset.exercises=[flying]"], "exercise must be one that the studio performs"),
        (["dataset.pictures=many"], "dataset must have the arguments of PictureSet, got: Value 'many'"),
        (["dataset.pictures=0"], "pictures must be at least 1"),
        (["dataset.seed=-1"], "seed must be a whole number of at least 0, got -1"),
        (["dataset.weights.floor=-2"], "weight of floor must be a positive number"),
        (["dataset.hidden_views=2"], "hidden_views must be a number from 0 to 1"),
        (["dataset.size=[10,10]"], "64 x 64"),
        (["dataset.size=64"], "dataset.size must be a list, got 64; write dataset.size=[...]"),
        (["dataset.size=[64]"], "size must be [width, height]"),
        (["dataset.exercises=squat"], "dataset.exercises must be a list, got 'squat'; write dataset.exercises=[...]"),
        (["dataset.weights=3"], "dataset.weights must be a mapping, got 3"),
        (["dataset.backgrounds=/no/such/folder"], "/no/such/folder"),
        (["dataset.picture=3"], "picture"),
        (["workers=0"], "workers must be at least 1"),
        (["workers=all"], "workers must be a whole number"),
    ],
)
def test_what_cannot_be_made(capsys, tmp_path, arguments, message):
    code, line = failure(capsys, *SMALL, f"folder={tmp_path}", *arguments)
    assert code == 2 and message in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("+clips.user.mistakes.laziness=1", "mistake of squat must be one of"),
        (
            "clips.user.mistakes.knees_inward=[0,2,0,0,0]",
            "strength of knees_inward must be a number from 0 to 1, got 2",
        ),
        ("clips.user.mistakes.too_shallow=abc", "strengths of too_shallow must be numbers"),
        ("clips.user.mistakes=3", "mistakes must be a mapping"),
        ("clips.user.mistakes={knees_inward:[0,1]}", "one for each of 5 repetitions, got 2"),
        (
            "clips.user.mistakes={knees_inward:[a,0,0,0,0]}",
            "strength of knees_inward must be a number from 0 to 1, got",
        ),
        ("clips.user.mistakes={knees_inward:null}", "strengths of knees_inward must be numbers from 0 to 1, got None"),
        ("clips.user.mistakes={knees_inward:{a:1}}", "Cannot merge a mapping with a list"),
        ("clips.user.mistakes=[knees_inward]", "Cannot merge a mapping with a list"),
        ("clips.user.mistakes={laziness:1}", "'clips.user.mistakes'; Key 'laziness' is not there: mind its spelling"),
        ("+clips.user.mistakes={laziness:1}", "mistake of squat must be one of"),
        ("+clips.user.size=64", "size must be [width, height]"),
        ("+clips.user.size=[a,b]", "size must be [width, height]"),
        ("clips.user.exercise=[squat]", "exercise must be one name, got ['squat']"),
        ("clips.user.style=[plain]", "style must be one name, got ['plain']"),
        ("+clips.user.backgrounds=3", "backgrounds must be a folder with pictures, got 3"),
        ("clips.user=null", "clip user must be a mapping"),
        ("clips.user.seed=-1", "seed must be a whole number of at least 0, got -1"),
        ("clips.user.seed=abc", "seed must be a whole number"),
        ("clips.user.repetitions=1.5", "repetitions must be a whole number of at least 1, got 1.5"),
        ("+clips.user.fps=abc", "fps must be a number from 1 to 240"),
        ("+clips.user.fps=1000000", "fps must be a number from 1 to 240"),
        ("+clips.user.rest_s=3", "rest_s must be 2 numbers, got 3"),
        ("+clips.user.rest_s=[2,1]", "rest_s must be (low, high) seconds, got [2.0, 1.0]"),
        ("+clips.user.rest_s=[-5,-4]", "rest_s must be a number from 0 to 60, got -5"),
        ("+clips.user.phone=front", "phone must be a fitlab.synthesis.Phone"),
        ("+clips.user.phenotype=3", "phenotype must be a mapping"),
        ("+clips.user.phenotype={age:abc}", "phenotype age must lie in"),
        ("clips.user.azimuth_deg=side", "azimuth_deg must be a number"),
        ("clips.user.exercise=flying", "exercise must be one"),
        ("+clips.user.repetition=3", "got repetition; correct the key"),
        ("+clips.user.backgrounds=/no/such/folder", "/no/such/folder"),
    ],
)
def test_clips_that_cannot_be_made(capsys, tmp_path, argument, message):
    code, line = failure(capsys, f"folder={tmp_path}", argument)
    assert code == 2 and message in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("argument", ["dataset.fps=0.01", "dataset.fps=1e6", "dataset.seed=-1"])
def test_motion_that_cannot_be_made(capsys, tmp_path, argument):
    code, line = failure(capsys, "preset=lifter", f"folder={tmp_path}", argument)
    assert code == 2 and argument.split("=")[0].removeprefix("dataset.") in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_unwritable_folder(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    code, line = failure(capsys, *SMALL, f"folder={tmp_path / 'file' / 'set'}")
    assert code == 3 and "writable" in line
    if Path("/proc/self").exists():  # there no folder can be made, whoever asks
        code, line = failure(capsys, *SMALL, "folder=/proc/nope/set")
        assert code == 3 and "writable" in line
