import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from fitlab.errors import InputError
from fitlab.skeletons import COCO17
from fitlab.training.people import Person, torso_lengths
from fitlab.training.people_sources import LabelledPhotographs, SynthesisedPeople


def test_synthesised_people_are_made_once_and_depend_on_their_seed(studio_people: SynthesisedPeople, tmp_path: Path):
    person = studio_people[0]
    assert person.image.shape == (256, 256, 3) and person.image.dtype == np.uint8
    mask = person.mask((256, 256))
    assert mask.shape == (256, 256) and mask.sum() == person.area
    left, top, width, height = person.box
    inside = (person.keypoints >= (left - 8, top - 8)) & (person.keypoints <= (left + width + 8, top + height + 8))
    assert inside[np.isfinite(person.keypoints)].all()
    made = (studio_people.folder / "card.json").stat().st_mtime_ns
    again = SynthesisedPeople(8, studio_people.seed, studio_people.cache, exercises=["squat"])
    np.testing.assert_array_equal(again[-1].keypoints, studio_people[len(studio_people) - 1].keypoints)
    np.testing.assert_array_equal(again[-1].image, studio_people[-1].image)
    assert (again.folder / "card.json").stat().st_mtime_ns == made
    assert again.fingerprint() == studio_people.fingerprint()
    others = {"seed": {"seed": again.seed + 1}, "weights": {"weights": {"fast": 2.0}}, "exercises": {"exercises": None}}
    for name, changed in others.items():
        arguments = {"people": 8, "seed": again.seed, "cache": tmp_path, "exercises": ["squat"]} | changed
        assert SynthesisedPeople(**arguments).fingerprint() != again.fingerprint(), name
    whole, real = (SynthesisedPeople(8, 1, tmp_path, weights={"fast": weight}) for weight in (2, 2.0))
    assert whole.folder == real.folder
    assert len(again[1:3]) == 2
    with pytest.raises(IndexError):
        again[len(again)]


def test_people_of_one_seed_stay_together(studio_people: SynthesisedPeople):
    assert {person.group for person in studio_people} == {f"studio, seed {studio_people.seed}"}


def test_wrong_arguments_are_told_before_anything_is_made(tmp_path: Path):
    with pytest.raises(InputError, match="sqat"):
        SynthesisedPeople(4, 0, tmp_path, exercises=["sqat"])
    with pytest.raises(InputError, match="upside"):
        SynthesisedPeople(4, 0, tmp_path, weights={"upside": 2.0})
    assert not any(tmp_path.iterdir())


def coco_file(folder: Path, **changes: object) -> Path:
    cv2.imwrite(str(folder / "a.png"), np.full((60, 80, 3), (10, 20, 30), np.uint8))  # BGR
    triples = np.c_[np.arange(17) * 2.0, np.arange(17) * 3.0, np.full(17, 2)]
    triples[4, 2] = 0
    annotation = {"id": 7, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 900.0, "bbox": [1, 2, 40, 50]}
    annotation |= {"keypoints": triples.ravel().tolist(), "num_keypoints": 16, **changes}
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 80, "height": 60}],
        "annotations": [annotation],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO17.joints)}],
    }
    path = folder / "labels.json"
    path.write_text(json.dumps(content))
    return path


def test_photographs_are_read_with_their_labels(tmp_path: Path):
    (person,) = LabelledPhotographs(coco_file(tmp_path))[:]
    assert person.image[0, 0].tolist() == [30, 20, 10]
    assert person.box == (1, 2, 40, 50) and person.area == 900
    assert np.flatnonzero(np.isnan(person.keypoints[:, 0])).tolist() == [4]
    assert "a.png, person 7" in person.name


def test_no_file_is_told_or_nobody_where_it_is_optional(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert len(LabelledPhotographs(tmp_path / "none.json", optional=True)) == 0
    assert "none.json" in capsys.readouterr().out
    with pytest.raises(InputError, match=r"none\.json, which is not there"):
        LabelledPhotographs(tmp_path / "none.json")


def test_a_picture_that_is_none_is_named(tmp_path: Path):
    path = coco_file(tmp_path)
    (tmp_path / "a.png").write_text("not a picture")
    with pytest.raises(InputError, match=r"a\.png, person 7"):
        LabelledPhotographs(path)[0].image  # noqa: B018  # it is read when looked at


def test_outlines_of_all_kinds_become_masks(tmp_path: Path):
    square = np.zeros((60, 80), bool)
    square[10:30, 20:50] = True
    packed = coco_mask.encode(np.asfortranarray(square.astype(np.uint8)))
    counts = np.diff(np.flatnonzero(np.diff(np.r_[2, square.T.ravel(), 2])))  # uncompressed: down the columns
    kinds = (
        {"size": [60, 80], "counts": packed["counts"].decode()},
        {"size": [60, 80], "counts": counts.tolist()},
        [[20, 10, 50, 10, 50, 30, 20, 30]],
    )
    for outline in kinds:
        (person,) = LabelledPhotographs(coco_file(tmp_path, segmentation=outline))[:]
        (tmp_path / "a.png").unlink()  # it is not read for an outline
        mask = person.mask((60, 80))
        assert (mask == square).mean() > 0.98 and mask.dtype == bool
    assert LabelledPhotographs(coco_file(tmp_path))[0].mask((60, 80)) is None


def test_a_subject_is_the_group_of_their_file(tmp_path: Path):
    path = coco_file(tmp_path, subject="s07")
    assert LabelledPhotographs(path)[0].group == f"{path}: subject s07"
    assert LabelledPhotographs(coco_file(tmp_path))[0].group == ""


@pytest.mark.parametrize(
    ("keypoints", "box", "said"),
    [
        (np.zeros((16, 2)), (0, 0, 5, 5), r"picture 3 must be \(17, 2\)"),
        (np.full((17, 2), np.nan), (0, 0, 5, 5), "picture 3 must hold at least one position, got none"),
        (np.r_[np.zeros((16, 2)), [[3, np.inf]]], (0, 0, 5, 5), "picture 3 must be finite or NaN, got infinite ones"),
        (np.zeros((17, 2)), (0, 0, 0, 5), "box of picture 3"),
        (np.zeros((17, 2)), (0, np.nan, 4, 5), "box of picture 3"),
    ],
)
def test_a_person_is_checked_at_the_door(keypoints: np.ndarray, box: tuple, said: str):
    with pytest.raises(InputError, match=said):
        Person(np.zeros((9, 9, 3), np.uint8), keypoints, box, 1.0, "picture 3")


def test_the_torso_is_the_longer_diagonal_that_is_labelled():
    keypoints = np.full((3, 17, 2), np.nan)
    for joint, place in {
        "left_shoulder": (0, 0),
        "right_hip": (3, 4),
        "right_shoulder": (0, 1),
        "left_hip": (0, 7),
    }.items():
        keypoints[:2, COCO17.index(joint)] = place
    keypoints[1, COCO17.index("left_hip")] = np.nan
    np.testing.assert_allclose(torso_lengths(keypoints), [6, 5, np.nan])
