"""Writing whole files or none."""

import errno
import os
from pathlib import Path

import pytest

from fitlab.errors import SetupError
from fitlab.files import folder_name, folder_written_whole, write_text, written_whole


def test_a_file_appears_whole_and_replaces_the_old_one(tmp_path):
    path = tmp_path / "new" / "folder" / "a.txt"
    write_text(path, "grüße")
    assert path.read_text(encoding="utf-8") == "grüße"
    with written_whole(path) as partial:
        assert partial.suffix == ".txt" and partial.parent.parent == path.parent
        partial.write_text("second")
        assert path.read_text(encoding="utf-8") == "grüße"
    assert path.read_text() == "second"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError, match="half way"), written_whole(path) as partial:
        partial.write_text("hal")
        raise RuntimeError("half way")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "the disk must have room for .*a.txt, got 'disk full'; free some space"),
        (errno.EACCES, "the folder of .*a.txt must be writable, got .*; choose another one"),
        (errno.EROFS, "must be writable"),
    ],
)
def test_a_full_disk_and_a_locked_folder_are_the_environments_fault(tmp_path, number, message):
    with pytest.raises(SetupError, match=message), written_whole(tmp_path / "a.txt"):
        raise OSError(number, os.strerror(number))
    assert list(tmp_path.iterdir()) == []


def test_a_really_full_disk(tmp_path):
    """/dev/full refuses every byte, as a full disk does."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(SetupError, match="disk full"), written_whole(tmp_path / "a.txt"):
        full.write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(SetupError, match="must be writable"):
        write_text(tmp_path / "a" / "b.txt", "text")


def test_other_failures_stay_what_they_are(tmp_path):
    with pytest.raises(FileNotFoundError), written_whole(tmp_path / "a.txt"):
        (tmp_path / "nothing here").read_text()


def test_a_folder_appears_whole_and_replaces_the_old_one(tmp_path):
    path = tmp_path / "clip"
    for content in ("first", "second"):
        with folder_written_whole(path, ["*.txt"]) as made:
            assert list(made.iterdir()) == []
            (made / f"{content}.txt").write_text(content)
    assert [file.name for file in path.iterdir()] == ["second.txt"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_folder(tmp_path):
    path = tmp_path / "clip"
    with folder_written_whole(path) as made:
        (made / "a.txt").write_text("old")
    with pytest.raises(SetupError, match="disk full"), folder_written_whole(path, ["a.txt"]) as made:
        (made / "a.txt").write_text("new")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert (path / "a.txt").read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(SetupError, match="must be a folder or free, got a file"), folder_written_whole(path / "a.txt"):
        pass


def test_a_folder_is_called_as_its_text_says_unless_that_is_too_long():
    assert folder_name("a=1,b=x/y") == "a=1,b=x_y"
    assert folder_name("a" * 200) == "a" * 200
    long, other = folder_name("ü" * 200 + "a"), folder_name("ü" * 200 + "b")
    assert long.startswith("ü" * 100 + "...") and long != other
    assert max(len(name.encode()) for name in (long, other, folder_name("x" + "ü" * 200))) <= 211


def test_a_folder_with_anything_of_others_is_not_replaced(tmp_path):
    path, own = tmp_path / "holidays", ("metrics.json", "*.csv")
    path.mkdir()
    with folder_written_whole(path) as made:  # empty: free
        (made / "metrics.json").write_text("{}")
    with folder_written_whole(path, own) as made:
        (made / "table.csv").write_text("")
        (made / "photograph.jpg").write_text("")
    for known in ((), own):
        with (
            pytest.raises(SetupError, match=r"an older result, got photograph\.jpg"),
            folder_written_whole(path, known),
        ):
            pass
    assert {file.name for file in path.iterdir()} == {"photograph.jpg", "table.csv"}
    assert list(tmp_path.iterdir()) == [path]
