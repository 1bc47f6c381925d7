"""Labels under correction: nothing is lost, everything can be taken back, and what is accepted can be trained on."""

import errno
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from fitlab.datasets import coco_checks, coco_people, label_book
from fitlab.datasets.label_book import LABELS, PREDICTIONS, LabelBook
from fitlab.datasets.label_entries import annotation, category
from fitlab.errors import InputError, SetupError
from fitlab.files import write_text
from fitlab.skeletons import COCO17
from tests.detectors.conftest import person

SIZE = (160, 120)


def write_predictions(folder, frames=3):
    """A folder as fitlab mine leaves it; person n stands n pixels further right."""
    (folder / "images").mkdir(parents=True)
    images, people = [], []
    for n in range(frames):
        cv2.imwrite(str(folder / "images" / f"{n + 1}.jpg"), np.full((SIZE[1], SIZE[0], 3), 40 * n % 256, np.uint8))
        images.append(
            {"id": n + 1, "file_name": f"{n + 1}.jpg", "width": SIZE[0], "height": SIZE[1], "clip": "set.mp4"}
        )
        joints = person(80 + n, 60, 90)
        people.append(annotation(n + 1, n + 1, joints, np.full(17, 2), SIZE) | {"reasons": ["because"]})
    content = {"info": {}, "images": images, "annotations": people, "categories": [category(COCO17)]}
    (folder / PREDICTIONS).write_text(json.dumps(content))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_predictions(tmp_path / "mined")


@pytest.fixture
def book(folder):
    return LabelBook(folder)


def on_disk(folder):
    """Person id -> its entry in labels.json, wherever it stands."""
    content = json.loads((folder / LABELS).read_text())
    return {entry["id"]: entry for entry in (*content["annotations"], *content["waiting"]["annotations"])}


def test_a_change_is_on_disk_at_once_and_the_predictions_stay(book, folder):
    before = (folder / PREDICTIONS).read_bytes()
    book.move(1, 9, (12.341, 67))
    assert on_disk(folder)[2]["keypoints"][27:30] == [12.34, 67, 2]
    assert (folder / PREDICTIONS).read_bytes() == before
    assert not list(folder.glob(".writing-*"))


def test_reopening_goes_on_where_it_was(book, folder):
    book.move(0, 5, (10, 20))
    book.mark(0, 6, 1)
    book.mark(0, 7, 0)
    book.decide(0, "accepted")
    book.decide(2, "rejected")
    book.go(1)
    again = LabelBook(folder)
    assert again.at == 1
    assert [again.state(n) for n in range(3)] == ["accepted", "waiting", "rejected"]
    np.testing.assert_array_equal(again.keypoints(0), book.keypoints(0))
    assert again.visibility(0)[[5, 6, 7]].tolist() == [2, 1, 0]
    assert np.isnan(again.keypoints(0)[7]).all()
    assert again.about(0)["reasons"] == ["because"] and again.about(0)["clip"] == "set.mp4"


def test_undo_and_redo_go_through_all_changes_on_disk_as_well(book, folder):
    first = book.keypoints(0)
    book.move(0, 5, (10, 20))
    book.mark(0, 5, 1)
    book.decide(0, "accepted")
    book.go(2)
    states = []
    for _ in range(4):
        states.append((book.at, on_disk(folder)[1].get("state", "waiting"), on_disk(folder)[1]["keypoints"][15:18]))
        book.undo()
    assert states[0] == (2, "accepted", [10, 20, 1])
    assert states[1] == (0, "waiting", [10, 20, 1])
    assert states[2] == (0, "waiting", [10, 20, 2])
    np.testing.assert_array_equal(book.keypoints(0), first)
    assert not book.can_undo
    for _ in range(3):
        book.redo()
    assert not book.can_redo
    assert LabelBook(folder).state(0) == "accepted" and LabelBook(folder).visibility(0)[5] == 1
    book.undo()
    book.move(0, 3, (1, 1))  # another future
    assert not book.can_redo


def test_what_is_accepted_and_nothing_else_is_read_for_training(book, folder):
    for n in range(3):
        book.move(n, 0, (50 + n, 30))
    book.mark(1, 15, 1)
    book.mark(1, 16, 0)
    book.decide(1, "accepted")
    book.decide(2, "rejected")
    (found,) = coco_people.load(folder / LABELS)
    assert found.image == folder / "images" / "2.jpg" and found.group.endswith("set.mp4")
    np.testing.assert_allclose(found.keypoints[0], (51, 30))
    assert found.visibility[[0, 15, 16]].tolist() == [2, 1, 0]
    low, high = np.nanmin(found.keypoints, axis=0), np.nanmax(found.keypoints, axis=0)
    assert (found.box[:2] < low).all() and (found.box[:2] + found.box[2:] > high).all()
    assert found.segmentation is None


def test_pycocotools_reads_it(book, folder):
    from pycocotools.coco import COCO

    book.decide(0, "accepted")
    read = COCO(str(folder / LABELS))
    assert len(read.anns) == 1 and read.loadAnns([1])[0]["num_keypoints"] == 17


def test_a_full_disk_keeps_the_file_and_the_book_in_step(book, folder, monkeypatch):
    book.move(0, 5, (10, 20))
    before = (folder / LABELS).read_bytes()
    write = Path.write_text

    def full(self, text, *args, **kwargs):
        write(self, text[:100], *args, **kwargs)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        for change in (
            lambda: book.move(1, 5, (99, 99)),
            lambda: book.decide(1, "accepted"),
            lambda: book.go(2),
            book.undo,
        ):
            with pytest.raises(SetupError, match="disk full"):
                change()
    assert (folder / LABELS).read_bytes() == before
    assert book.at == 0 and book.state(1) == "waiting" and not np.allclose(book.keypoints(1)[5], (99, 99))
    assert book.keypoints(0)[5].tolist() == [10, 20]
    book.undo()  # there is room again
    assert book.keypoints(0)[5].tolist() != [10, 20]


def test_a_second_panel_cannot_overwrite_the_first(book, folder):
    other = LabelBook(folder)
    book.move(0, 5, (10, 20))
    with pytest.raises(SetupError, match="one panel at a time"):
        other.move(1, 5, (10, 20))
    assert on_disk(folder)[1]["keypoints"][15:18] == [10, 20, 2]


def test_joints_stay_in_the_picture_and_absent_ones_come_back_by_a_place(book):
    book.move(0, 9, (-5, 900))
    assert book.keypoints(0)[9].tolist() == [0, SIZE[1]]
    book.mark(0, 9, 0)
    with pytest.raises(InputError, match="left_wrist must be somewhere in the picture"):
        book.mark(0, 9, 1)
    book.move(0, 9, (30, 40))
    assert book.visibility(0)[9] == 2
    book.mark(0, 9, 1)
    book.move(0, 9, (31, 40))
    assert book.visibility(0)[9] == 1, "a hidden joint that is moved stays hidden"


def test_a_frame_without_any_joint_cannot_be_accepted(book, folder):
    for joint in range(17):
        book.mark(0, joint, 0)
    with pytest.raises(InputError, match="at least one joint"):
        book.decide(0, "accepted")
    assert on_disk(folder)[1]["num_keypoints"] == 0
    assert LabelBook(folder).visibility(0).tolist() == [0] * 17


def test_two_people_in_one_picture(folder):
    content = json.loads((folder / PREDICTIONS).read_text())
    content["annotations"][1]["image_id"] = 1
    (folder / PREDICTIONS).write_text(json.dumps(content))
    book = LabelBook(folder)
    for number in (0, 1):
        book.decide(number, "accepted")
    assert [found.image.name for found in coco_people.load(folder / LABELS)] == ["1.jpg", "1.jpg"]


def test_all_joints_at_once(book):
    joints = person(70, 50, 60)
    book.label(2, joints, np.arange(17) % 3)
    np.testing.assert_allclose(book.keypoints(2)[2], joints[2], atol=0.01)
    assert book.visibility(2).tolist() == (np.arange(17) % 3).tolist()
    book.undo()
    assert book.visibility(2).tolist() == [2] * 17


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "must hold COCO keypoint labels"),
        ('{"images": [], "annotations": [], "categories": [{"keypoints": ["nose"]}]}', "at least one labelled person"),
        (
            '{"images": [], "annotations": [{"id": 4, "image_id": 1, "keypoints": [1, 2, 2]}], '
            '"categories": [{"keypoints": ["nose"]}]}',
            "annotation 4 of .* must have its image",
        ),
        (
            '{"images": [], "annotations": [], "categories": [{"id": 1, "name": "person"}]}',
            "must name its joints, got none in its first category",
        ),
        ('{"images": [], "annotations": [], "categories": []}', "must name its joints"),
        (
            '{"images": [], "annotations": [], "categories": [{"keypoints": ["nose"], "skeleton": [[1]]}]}',
            "skeleton of .* must be pairs of joints",
        ),
    ],
)
def test_what_is_no_folder_of_labels(tmp_path, text, message):
    with pytest.raises(InputError, match="must hold predictions"):
        LabelBook(tmp_path)
    (tmp_path / PREDICTIONS).write_text(text)
    with pytest.raises(InputError, match=message):
        LabelBook(tmp_path)


def test_words_that_are_not_known(book):
    with pytest.raises(InputError, match="visibility must be 0, 1 or 2"):
        book.mark(0, 0, 3)
    with pytest.raises(InputError, match="state must be waiting"):
        book.decide(0, "good")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["annotations", 0, "id"], None, "ids of .* must be whole numbers, got annotation None"),
        (["annotations", 0, "id"], 2, "ids of .* must be unique, got annotation 2 twice"),
        (["annotations", 0, "keypoints"], None, "keypoints of annotation 1 of .* got 0 numbers"),
        (["annotations", 0, "keypoints"], [1, 2, 2] * 18, "annotation 1 of .* must have 17 keypoints, got 18"),
        (["annotations", 0, "keypoints"], ["x", 2, 2] * 17, "keypoints of annotation 1 of .* must be numbers"),
        (["images", 0, "width"], None, "image 1 of annotation 1 of .* must have file_name, width and height"),
        (["images"], ["1.jpg"], "each a list of objects, got others for images"),
        (["waiting"], None, "each a list of objects, got others for images"),
        (["info"], "mine", "info of .* must be an object"),
        (["info"], {"at": "x"}, "info of .* must be an object"),
    ],
)
def test_damaged_labels_are_named(folder, path, value, message):
    content = json.loads((folder / PREDICTIONS).read_text())
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (folder / PREDICTIONS).write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        LabelBook(folder)


def test_a_file_that_says_nothing_of_itself(folder):
    content = json.loads((folder / PREDICTIONS).read_text())
    (folder / PREDICTIONS).write_text(json.dumps(content | {"info": None}))
    LabelBook(folder).go(2)
    assert LabelBook(folder).at == 2


def test_joints_of_a_whole_frame_stay_in_the_picture(book, folder):
    book.label(0, np.full((17, 2), 900.0), np.full(17, 2))
    assert (book.keypoints(0) == SIZE).all()
    book.decide(0, "accepted")
    (found,) = coco_people.load(folder / LABELS)
    assert (found.box[2:] > 0).all()


def test_what_is_no_label_of_a_frame(book, folder):
    joints, seen = person(70, 50, 60), np.full(17, 2)
    unknown = joints.copy()
    unknown[9] = np.nan
    for keypoints, visibility, message in (
        (unknown, seen, "left_wrist must be somewhere in the picture, got NaN"),
        (joints[:5], seen[:5], r"must be \(17, 2\) pixels and \(17,\) visibilities, got \(5, 2\) and \(5,\)"),
        (joints, np.full(17, 3), "visibility must be 0, 1 or 2"),
    ):
        with pytest.raises(InputError, match=message):
            book.label(0, keypoints, visibility)
    with pytest.raises(InputError, match="left_wrist must be somewhere in the picture, got NaN"):
        book.move(0, 9, (float("nan"), 3))
    assert not (folder / LABELS).exists() and not book.can_undo
    seen[9] = 0
    book.label(0, unknown, seen)
    assert np.isnan(book.keypoints(0)[9]).all()


def test_accepting_and_going_on_is_written_once(book, folder, monkeypatch):
    written = []

    def counted(path, text):
        written.append(path)
        write_text(path, text)

    monkeypatch.setattr(label_book, "write_text", counted)
    book.decide(0, "accepted", look_at=1)
    assert len(written) == 1 and book.at == 1
    again = LabelBook(folder)
    assert again.at == 1 and again.state(0) == "accepted"
    book.decide(0, "accepted", look_at=99)  # it was accepted already
    assert book.at == LabelBook(folder).at == 2 and len(written) == 2
    book.undo()
    assert book.at == 0 and book.state(0) == "waiting"


def test_writing_does_not_compare_pictures_with_each_other(tmp_path, monkeypatch):
    """Each with each took 0.4 s for 3,000 frames, at every change."""
    compared = []

    class Counted(dict):
        def __eq__(self, other):
            compared.append(self)
            return dict.__eq__(self, other)

    read = coco_checks.load_json
    monkeypatch.setattr(coco_checks, "load_json", lambda path: json.loads(json.dumps(read(path)), object_hook=Counted))
    book = LabelBook(write_predictions(tmp_path / "many", frames=20))
    compared.clear()
    book.move(0, 0, (5, 5))
    assert len(compared) < 20
