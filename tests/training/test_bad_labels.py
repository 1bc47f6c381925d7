"""Labels that cannot be used end ``fitlab train`` with one line that names file and id, before anything is made."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from fitlab.cli import main
from fitlab.skeletons import COCO17


def labels(folder: Path) -> dict:
    cv2.imwrite(str(folder / "a.png"), np.zeros((60, 80, 3), np.uint8))
    triples = np.c_[np.arange(17) * 2.0, np.arange(17) * 3.0, np.full(17, 2)].ravel().tolist()
    person = {
        "image_id": 3,
        "category_id": 1,
        "iscrowd": 0,
        "area": 900.0,
        "bbox": [1, 2, 40, 50],
        "keypoints": triples,
    }
    return {
        "images": [{"id": 3, "file_name": "a.png", "width": 80, "height": 60}],
        "annotations": [person | {"id": number, "keypoints": list(triples)} for number in (7, 8)],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO17.joints)}],
    }


def without_picture(content: dict, folder: Path) -> None:
    (folder / "a.png").unlink()


def box_outside(content: dict, folder: Path) -> None:
    content["annotations"][1]["bbox"] = [90, 0, 10, 10]


def nan_keypoint(content: dict, folder: Path) -> None:
    content["annotations"][1]["keypoints"][0] = float("nan")


def same_id(content: dict, folder: Path) -> None:
    content["annotations"][1]["id"] = 7


def same_image_id(content: dict, folder: Path) -> None:
    content["images"].append(content["images"][0])


def no_such_image(content: dict, folder: Path) -> None:
    content["annotations"][1]["image_id"] = 4


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (without_picture, ("mine.json", "no a.png", "image 3")),
        (box_outside, ("mine.json", "annotation 8", "80 x 60 pixels", "[90, 0, 10, 10]")),
        (nan_keypoint, ("mine.json", "annotation 8", "NaN")),
        (same_id, ("mine.json", "annotation 7 twice")),
        (same_image_id, ("mine.json", "image 3 twice")),
        (no_such_image, ("mine.json", "annotation 8", "must be in the file")),
    ],
)
def test_one_line_before_training_starts(spoil, told, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    content = labels(tmp_path)
    spoil(content, tmp_path)
    (tmp_path / "mine.json").write_text(json.dumps(content))
    with pytest.raises(SystemExit) as end:
        main(
            [
                *("train", "experiment=detector_corrections", f"paths.runs={tmp_path}/runs"),
                *(f"paths.cache={tmp_path}/cache", f"data.train.sources.corrections.labels={tmp_path}/mine.json"),
            ]
        )
    error = capsys.readouterr().err
    assert end.value.code == 2 and error.count("\n") == 1 and error.startswith("fitlab: ")
    assert all(part in error for part in told), error
    assert not (tmp_path / "cache").exists() and not list((tmp_path / "runs").rglob("*.ckpt"))
