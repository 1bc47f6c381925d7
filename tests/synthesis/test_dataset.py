import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import fitlab
from fitlab.errors import InputError, SetupError
from fitlab.synthesis.card import DatasetCard, backgrounds_digest, studio_digest
from fitlab.synthesis.clip_set import ClipSet
from fitlab.synthesis.dataset import write_dataset
from fitlab.synthesis.picture_set import PictureSet
from tests.synthesis.fake_sets import Numbers

ROOT = Path(__file__).resolve().parents[2]


def contents(folder):
    """Every file by name; the folder is as it should be when nothing temporary is left."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def started(program, folder):
    """A process that writes a data set, from the moment on when its first part is there."""
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 240
    while not (folder.is_dir() and any(not item.name.startswith(".") for item in folder.iterdir())):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_parts_and_card_are_the_same_whatever_the_number_of_processes(tmp_path):
    one, two = (write_dataset(Numbers(), tmp_path / str(workers), workers) for workers in (1, 2))
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    assert one == two
    assert (one.samples, one.exercises) == (12, {"counting": 12})
    assert set(one.parts) == {f"rows/00{row}" for row in range(4)}
    other = write_dataset(Numbers(seed=1), tmp_path / "other", 1)
    assert other.sha256 != one.sha256


def test_the_card_sees_every_change(tmp_path):
    card = write_dataset(Numbers(), tmp_path, 1)
    assert DatasetCard.read(tmp_path) == card
    assert card.changed(tmp_path) == []
    (tmp_path / "rows" / "001" / "0.txt").write_text("else")
    (tmp_path / "rows" / "003" / "more.txt").write_text("")
    assert card.changed(tmp_path) == ["rows/001", "rows/003"]
    assert "| counting | 12 |" in (tmp_path / "card.md").read_text()
    with pytest.raises(InputError, match="finished data set"):
        DatasetCard.read(tmp_path / "rows")


def test_what_is_there_is_not_made_again(tmp_path):
    write_dataset(Numbers(), tmp_path, 1)
    before = (tmp_path / "rows" / "000" / "0.txt").stat().st_mtime_ns
    write_dataset(Numbers(), tmp_path, 1)
    assert (tmp_path / "rows" / "000" / "0.txt").stat().st_mtime_ns == before


@pytest.mark.parametrize("given", [{"seed": 1}, {"rows": 5}])
def test_another_data_set_is_not_mixed_in(tmp_path, given):
    write_dataset(Numbers(), tmp_path, 1)
    before = contents(tmp_path)
    (name,) = given
    with pytest.raises(InputError, match=f"got one with {name}="):
        write_dataset(Numbers(**given), tmp_path, 1)
    assert contents(tmp_path) == before


def test_another_version_of_the_studio_is_not_mixed_in(tmp_path, monkeypatch):
    write_dataset(Numbers(), tmp_path, 1)
    monkeypatch.setattr("fitlab.synthesis.dataset.studio_digest", lambda: "new")
    with pytest.raises(InputError, match="another version of the studio"):
        write_dataset(Numbers(), tmp_path, 1)


def test_other_versions_of_packages_are_not_mixed_in(tmp_path, monkeypatch):
    write_dataset(Numbers(), tmp_path, 1)
    before = contents(tmp_path)
    monkeypatch.setattr("fitlab.synthesis.card.version", lambda package: "0.0.1" if package == "numpy" else "1")
    monkeypatch.setattr("fitlab.synthesis.card._USED", ("numpy",))
    with pytest.raises(InputError, match=rf"got one made with numpy {np.__version__}, here is 0\.0\.1; delete it"):
        write_dataset(Numbers(), tmp_path, 1)
    assert contents(tmp_path) == before


def test_other_pictures_behind_the_people_are_not_mixed_in(tmp_path):
    behind = tmp_path / "behind"
    behind.mkdir()
    (behind / "wall.png").write_bytes(b"one")
    given = Numbers(backgrounds=str(behind))
    card = write_dataset(given, tmp_path / "set", 1)
    assert card.licence[1:] == (f"The pictures behind the people come from {behind} and keep their own licence.",)
    (behind / "notes.txt").write_text("no picture")
    assert write_dataset(given, tmp_path / "set", 1) == card
    (behind / "wall.png").write_bytes(b"two")
    with pytest.raises(InputError, match=f"got one with other pictures in {behind}; delete it"):
        write_dataset(given, tmp_path / "set", 1)


def test_clips_may_have_pictures_of_their_own_behind_them(tmp_path):
    (tmp_path / "wall.png").write_bytes(b"one")
    clips = {"a": {"backgrounds": str(tmp_path)}, "b": {}, "c": {"backgrounds": None}}
    before = backgrounds_digest({"clips": clips})
    assert list(before) == [str(tmp_path)]
    (tmp_path / "wall.png").rename(tmp_path / "other.png")
    assert backgrounds_digest({"clips": clips}) != before
    assert backgrounds_digest({"clips": {"b": {}}}) == backgrounds_digest({"backgrounds": None}) == {}


@pytest.mark.parametrize("room", ["synthesis/clothes.glsl", "geometry/cameras.py", "poses.py", "video/writing.py"])
def test_everything_that_a_data_set_depends_on_is_in_its_plan(monkeypatch, room):
    """A shader, a camera, a pose, an encoder: another one makes another digest."""
    before, read = studio_digest(), Path.read_bytes
    changed = Path(fitlab.__file__).parent / room
    assert changed.exists()
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + (b"#" if path == changed else b""))
    assert studio_digest() != before


def test_a_folder_of_something_else_stays_as_it_is(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="must be new"):
        write_dataset(Numbers(), tmp_path, 1)
    assert [item.name for item in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="writable"):
        write_dataset(Numbers(), tmp_path / "file" / "set", 1)
    with pytest.raises(SetupError, match="choose another"):
        write_dataset(Numbers(), tmp_path / "file", 1)


def test_workers_must_be_some(tmp_path):
    with pytest.raises(InputError, match="at least 1"):
        write_dataset(Numbers(), tmp_path, 0)


def test_a_part_that_fails_is_not_there_and_the_others_are(tmp_path):
    with pytest.raises(InputError, match="even"):
        write_dataset(Numbers(trouble="input"), tmp_path, 1)
    kept = set(contents(tmp_path))
    whole = {f"rows/00{row}/{n}.txt" for row in (0, 1) for n in range(3)}
    # A worker takes the next part before anybody hears that this one failed: some later ones may be there, but whole.
    later = {name.split("/")[1] for name in kept - whole - {"plan.json"}}
    assert kept == {"plan.json", *whole, *(f"rows/{row}/{n}.txt" for row in later for n in range(3))}
    assert "002" not in later
    write_dataset(Numbers(), tmp_path, 1)
    assert (tmp_path / "card.json").exists()


def test_a_process_that_dies_is_told(tmp_path):
    with pytest.raises(SetupError, match="out of memory"):
        write_dataset(Numbers(trouble="killed"), tmp_path, 1)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
def test_killed_and_resumed_equals_uninterrupted(tmp_path):
    program = (
        "from pathlib import Path; from fitlab.synthesis.dataset import write_dataset;"
        "from tests.synthesis.fake_sets import Numbers;"
        f"write_dataset(Numbers(rows=30, pause_s=0.05), Path({str(tmp_path / 'killed')!r}), 2)"
    )
    process = started(program, tmp_path / "killed" / "rows")
    helpers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 20
    while any(Path(f"/proc/{helper}").exists() for helper in helpers):  # nobody goes on without the parent
        assert time.monotonic() < until
        time.sleep(0.05)
    assert not (tmp_path / "killed" / "card.json").exists()
    assert len(list((tmp_path / "killed" / "rows").glob("0*"))) < 30
    write_dataset(Numbers(rows=30), tmp_path / "killed", 2)
    write_dataset(Numbers(rows=30), tmp_path / "whole", 1)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_one_process_at_a_time(tmp_path):
    pytest.importorskip("fcntl", reason="no file locks here")
    program = (
        "from pathlib import Path; from fitlab.synthesis.dataset import write_dataset;"
        "from tests.synthesis.fake_sets import Numbers;"
        f"write_dataset(Numbers(rows=90, pause_s=0.05), Path({str(tmp_path)!r}), 1)"
    )
    process = started(program, tmp_path / "rows")
    try:
        with pytest.raises(SetupError, match="one process at a time"):
            write_dataset(Numbers(rows=90), tmp_path, 1)
    finally:
        process.kill()
        process.wait()


PICTURES = {"pictures": 9, "seed": 3, "size": (64, 64), "exercises": ["squat"], "per_part": 3}


CLIP = {"size": (64, 64), "fps": 5, "repetitions": 1, "rest_s": (0.3, 0.4)}
CLIPS = {name: {**CLIP, "seed": seed, "mistakes": {"too_shallow": 1}} for seed, name in enumerate("abcd")}


def test_clips_killed_and_resumed_equal_uninterrupted_ones(tmp_path):
    """Half-way: one clip is there and another one is begun."""
    program = (
        "from pathlib import Path; from fitlab.synthesis.dataset import write_dataset;"
        "from fitlab.synthesis.clip_set import ClipSet;"
        f"write_dataset(ClipSet({CLIPS!r}), Path({str(tmp_path / 'killed')!r}), 1)"
    )
    process = started(program, tmp_path / "killed" / "clips")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / "card.json").exists()
    assert 1 <= len(list((tmp_path / "killed" / "clips").glob("[a-d]"))) < len(CLIPS)
    resumed = write_dataset(ClipSet(CLIPS), tmp_path / "killed", 2)
    whole = write_dataset(ClipSet(CLIPS), tmp_path / "whole", 1)
    assert resumed == whole
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_pictures_killed_and_resumed_equal_uninterrupted_ones(tmp_path):
    program = (
        "from pathlib import Path; from fitlab.synthesis.dataset import write_dataset;"
        "from fitlab.synthesis.picture_set import PictureSet;"
        f"write_dataset(PictureSet(**{PICTURES!r}), Path({str(tmp_path / 'killed')!r}), 1)"
    )
    process = started(program, tmp_path / "killed" / "images")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / "annotations.json").exists()
    resumed = write_dataset(PictureSet(**PICTURES), tmp_path / "killed", 2)
    whole = write_dataset(PictureSet(**PICTURES), tmp_path / "whole", 1)
    assert resumed == whole
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    assert json.loads((tmp_path / "whole" / "card.json").read_text())["samples"] == 9
