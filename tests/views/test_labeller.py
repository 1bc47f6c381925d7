"""The panel's Python side: what the front end tells it is done, saved, and shown again."""

import errno
import json
from pathlib import Path

import pytest

from fitlab.datasets.label_book import LABELS, LabelBook
from fitlab.views.labeller import Labeller
from tests.datasets.test_label_book import SIZE, on_disk, write_predictions


@pytest.fixture
def folder(tmp_path):
    return write_predictions(tmp_path / "mined")


@pytest.fixture
def panel(folder):
    return Labeller(folder)


def test_it_shows_the_picture_and_the_prediction(panel, folder):
    assert panel.picture == (folder / "images" / "1.jpg").read_bytes()
    view = panel.view
    assert view["size"] == list(SIZE) and view["count"] == 3 and len(view["keypoints"]) == 17
    assert view["reasons"] == ["because"] and view["where"].startswith("set.mp4")
    assert view["tally"] == {"waiting": 3, "accepted": 0, "rejected": 0}
    json.dumps(view)
    assert {"view", "picture"} <= set(panel.keys)


def test_what_the_hand_does_is_saved_and_shown(panel, folder):
    panel.do({"do": "move", "joint": 9, "x": 12.5, "y": 34})
    panel.do({"do": "mark", "joint": 9, "visibility": 1})
    assert panel.view["keypoints"][9] == [12.5, 34, 1] and panel.view["undo"]
    assert on_disk(folder)[1]["keypoints"][27:30] == [12.5, 34, 1]
    panel.do({"do": "undo"})
    assert panel.view["keypoints"][9] == [12.5, 34, 2] and panel.view["redo"]
    panel.do({"do": "redo"})
    assert on_disk(folder)[1]["keypoints"][27:30] == [12.5, 34, 1]


def test_a_decision_goes_on_to_the_next_frame_and_undo_comes_back(panel, folder):
    panel.do({"do": "decide", "state": "accepted"})
    assert panel.view["number"] == 1 and panel.picture == (folder / "images" / "2.jpg").read_bytes()
    panel.do({"do": "decide", "state": "rejected"})
    panel.do({"do": "decide", "state": "accepted"})
    assert panel.view["number"] == 2 and panel.view["tally"] == {"waiting": 0, "accepted": 2, "rejected": 1}
    panel.do({"do": "undo"})
    panel.do({"do": "undo"})
    assert panel.view["number"] == 1 and panel.view["state"] == "waiting"
    assert Labeller(folder).view["number"] == 1, "a new kernel goes on there"


def test_arrows_stay_within_the_frames(panel):
    panel.do({"do": "go", "by": -1})
    assert panel.view["number"] == 0
    for _ in range(5):
        panel.do({"do": "go", "by": 1})
    assert panel.view["number"] == 2


def test_a_full_disk_is_told_and_nothing_changes(panel, folder, monkeypatch):
    panel.do({"do": "move", "joint": 9, "x": 12.5, "y": 34})
    before = (folder / LABELS).read_bytes()

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        panel.do({"do": "move", "joint": 9, "x": 99, "y": 99})
    assert "disk full" in panel.view["problem"] and panel.view["keypoints"][9] == [12.5, 34, 2]
    assert (folder / LABELS).read_bytes() == before
    panel.do({"do": "go", "by": 0})
    assert panel.view["problem"] == ""


def test_what_cannot_be_done_is_told(panel):
    panel.do({"do": "mark", "joint": 0, "visibility": 0})
    panel.do({"do": "mark", "joint": 0, "visibility": 2})
    assert "nose must be somewhere" in panel.view["problem"]
    panel.do({"do": "dance"})
    assert "not known" in panel.view["problem"]


def test_a_book_that_is_changed_in_code_is_shown_after_refresh(folder):
    book = LabelBook(folder)
    panel = Labeller(book)
    book.move(2, 0, (3, 4))
    panel.refresh()
    assert panel.view["number"] == 2 and panel.view["keypoints"][0] == [3, 4, 2]
