"""What mining leaves on disk."""

import errno
import json
import weakref
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas
import pytest
import yaml

from fitlab.datasets import coco_people
from fitlab.datasets.label_book import LabelBook
from fitlab.errors import InputError, SetupError
from fitlab.mining import folder as folder_module
from fitlab.mining import reasons as reasons_module
from fitlab.mining.doubts import ranks
from fitlab.mining.folder import write_mined
from fitlab.mining.lookalikes import Catalogue
from fitlab.mining.miner import mine, propose
from fitlab.synthesis.clip_set import checked_recipes
from tests.mining.scenes import UprightOnly, upside_down_between, write_scene

JOINTS = upside_down_between(40, 80)


@pytest.fixture(scope="module")
def mined(tmp_path_factory):
    clip = write_scene(tmp_path_factory.mktemp("mining") / "headstand.mp4")
    return mine([clip], UprightOnly(JOINTS), n=4, every_s=0.5)


@pytest.fixture(scope="module")
def folder(mined, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mined") / "headstand"
    write_mined(mined, folder, Catalogue(["squat", "handstand"]))
    return folder


def test_predictions_are_coco_and_lie_on_the_person(folder, mined):
    people = coco_people.load(folder / "predictions.json")
    assert len(people) == 4 and {person.group for person in people} == {"clip headstand.mp4"}
    content = json.loads((folder / "predictions.json").read_text())
    for person, image in zip(people, content["images"], strict=True):
        truth = JOINTS(image["frame"])
        assert np.nanmax(np.linalg.norm(person.keypoints - truth, axis=1)) < 6
        picture = cv2.imread(str(person.image))
        assert picture.shape[:2] == (image["height"], image["width"])
        # Blue is twice the number of the frame: the right one was written.
        assert np.median(picture[..., 0]) == pytest.approx(2 * image["frame"], abs=4)
        assert (person.box[:2] <= np.nanmin(person.keypoints, axis=0)).all()


def test_the_book_opens_it_and_table_and_sheet_agree(folder):
    book = LabelBook(folder)
    table = pandas.read_csv(folder / "frames.csv", index_col="file")
    assert len(book) == 4 and table.index.tolist() == [book.picture(n).name for n in range(4)]
    assert all(book.about(n)["reasons"] for n in range(4))
    sheet = cv2.imread(str(folder / "sheet.jpg"))
    assert sheet.shape == (220, 800, 3)


def test_presets_can_be_used_as_they_are(folder):
    pictures = yaml.safe_load((folder / "preset" / "lookalikes.yaml").read_text())
    assert "handstand" in pictures["dataset"]["exercises"]
    clips = yaml.safe_load((folder / "preset" / "lookalike_clips.yaml").read_text())
    assert checked_recipes(clips["clips"])
    first, second = (folder / "preset" / "lookalikes.yaml").read_text().splitlines()[:2]
    assert first == "# @package _global_" and second == f"# fitlab synth --config-dir {folder} preset=lookalikes"


def test_corrections_are_never_overwritten(mined, tmp_path):
    write_mined(mined, tmp_path / "set")
    assert not (tmp_path / "set" / "preset").exists()
    write_mined(mined, tmp_path / "set")  # nothing was corrected yet
    LabelBook(tmp_path / "set").move(0, 0, (5, 5))
    before = (tmp_path / "set" / "labels.json").read_bytes()
    with pytest.raises(InputError, match=r"must hold no labels\.json"):
        write_mined(mined, tmp_path / "set")
    assert (tmp_path / "set" / "labels.json").read_bytes() == before


def test_frames_are_ranked_once_for_all_reasons(mined, tmp_path, monkeypatch):
    ranked = []

    def counted(values):
        ranked.append(values)
        return ranks(values)

    monkeypatch.setattr(reasons_module, "ranks", counted)
    table = write_mined(mined, tmp_path / "set")
    assert len(ranked) == len(mined.frames.signals)
    book = LabelBook(tmp_path / "set")
    assert [book.about(n)["reasons"] for n in range(4)] == [why.split("; ") for why in table["why"]]
    assert any(len(book.about(n)["reasons"]) > 1 for n in range(4))


def test_pictures_do_not_pile_up_in_memory(mined, tmp_path, monkeypatch):
    seen, alive = [], []
    read = folder_module.read_pictures

    def watched(clip, numbers):
        for picture in read(clip, numbers):
            alive.append(sum(one() is not None for one in seen))
            held = np.array(picture)
            seen.append(weakref.ref(held))
            yield held

    monkeypatch.setattr(folder_module, "read_pictures", watched)
    many = propose(mined.frames, mined.skeleton, 12)
    write_mined(many, tmp_path / "set")
    assert len(seen) == 12 and max(alive) <= 3
    assert cv2.imread(str(tmp_path / "set" / "sheet.jpg")).shape == (440, 1200, 3)


def test_a_sheet_that_cannot_be_written_is_told(mined, tmp_path, monkeypatch):
    write = Path.write_bytes

    def full(self, content):
        if self.name == "sheet.jpg":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SetupError, match="disk full"):
        write_mined(mined, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_no_presets_where_the_studio_has_nothing_alike(mined, tmp_path):
    nowhere = replace(mined.frames, positions=np.full_like(mined.frames.positions, 50))
    write_mined(replace(mined, frames=nowhere), tmp_path / "set", Catalogue(["squat"]))
    assert (tmp_path / "set" / "sheet.jpg").is_file() and not (tmp_path / "set" / "preset").exists()
    some = mined.frames.positions.copy()
    some[mined.medoids[0]] = 50
    write_mined(replace(mined, frames=replace(mined.frames, positions=some)), tmp_path / "two", Catalogue(["squat"]))
    told = (tmp_path / "two" / "preset" / "lookalikes.yaml").read_text()
    assert "# family 1, " in told and "frames: nothing is like it" in told
