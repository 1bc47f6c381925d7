"""What mining leaves on disk."""

import json

import cv2
import numpy as np
import pandas
import pytest
import yaml

from fitlab.datasets import coco_people
from fitlab.datasets.label_book import LabelBook
from fitlab.errors import InputError
from fitlab.mining.folder import write_mined
from fitlab.mining.lookalikes import Catalogue
from fitlab.mining.miner import mine
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
