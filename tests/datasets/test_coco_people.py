"""Labelled people in photographs."""

import json

import numpy as np
import pytest

from fitlab.datasets import coco_people
from fitlab.errors import InputError
from fitlab.skeletons import COCO17, HALPE26


def test_coco(real_data):
    people = coco_people.load(real_data / "people" / "coco" / "test_coco.json", min_keypoints=8)
    assert len(people) == 12
    first = people[0]
    assert first.image.name == "000000000785.jpg" and first.image_size == (640, 425) and first.image_id == 785
    np.testing.assert_array_equal(first.keypoints[COCO17.index("left_shoulder")], [399, 108])
    np.testing.assert_allclose(first.box, [280.79, 44.73, 218.7, 346.68])
    for person in people:
        labelled = person.visibility > 0
        np.testing.assert_array_equal(labelled, np.isfinite(person.keypoints).all(-1))
        inside = (person.keypoints >= person.box[:2] - 30) & (person.keypoints <= person.box[:2] + person.box[2:] + 30)
        assert inside[labelled].all()


def test_leeds_sports_pose_by_joint_name(real_data):
    people = coco_people.load(real_data / "lsp" / "train.json")
    assert len(people) == 3692
    assert {person.slice for person in people} == {"upright", "horizontal", "inverted"}
    assert people[0].visibility[:5].sum() == 0  # it has no face
    np.testing.assert_allclose(people[0].keypoints[COCO17.index("left_wrist")], [53.86, 58.96])
    halpe = coco_people.load(real_data / "lsp" / "train.json", skeleton=HALPE26)[0]
    np.testing.assert_allclose(halpe.keypoints[HALPE26.index("head_top")], [38.99, 15.57])


def test_names_in_words(real_data):
    people = coco_people.load(real_data / "people" / "aic" / "test_aic.json")
    assert len(people) > 5 and all((person.visibility > 0).sum() >= 1 for person in people)


@pytest.fixture
def labels(tmp_path):
    def write(**changes):
        content = {
            "images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 20}],
            "categories": [{"id": 1, "keypoints": list(COCO17.joints)}],
            "annotations": [
                {"id": id, "image_id": 1, "category_id": 1, "keypoints": [1, 2, 2] * 17, "bbox": [0, 0, 4, 5], **more}
                for id, more in enumerate(
                    ({}, {"iscrowd": 1}, {"keypoints": [0] * 51}, {"keypoints": [3, 4, 1] * 3 + [0] * 42}), start=5
                )
            ],
        } | changes
        (tmp_path / "a.jpg").write_bytes(b"picture")
        path = tmp_path / "labels.json"
        path.write_text(json.dumps(content))
        return path

    return write


def test_crowds_and_unlabelled_people_are_left_out(labels):
    people = coco_people.load(labels())
    assert [int((person.visibility > 0).sum()) for person in people] == [17, 3]
    assert people[0].area == 20  # of the box, where the segment is not known
    content = json.loads(labels().read_text())
    content["annotations"][0]["area"], content["annotations"][3]["area"] = 7.5, float("nan")
    assert [person.area for person in coco_people.load(labels(**content))] == [7.5, 20]
    assert len(coco_people.load(labels(), min_keypoints=4)) == 1


def test_what_cannot_be_used(labels, tmp_path):
    with pytest.raises(InputError, match=r"the file of labels must exist, got .*none.json"):
        coco_people.load(tmp_path / "none.json")
    with pytest.raises(InputError, match=r"must label joints of coco17, got tail; say what they are, .* joints="):
        coco_people.load(labels(categories=[{"id": 1, "keypoints": ["tail"]}]))
    path = labels()
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(InputError, match=r"pictures of labels.json must lie in .*, got no a.jpg; name their folder"):
        coco_people.load(path)
    path.write_text("[]")
    with pytest.raises(InputError, match="must hold COCO keypoint labels: images, annotations and categories"):
        coco_people.load(path)
    path.write_text("{")
    with pytest.raises(InputError, match="must be a JSON file"):
        coco_people.load(path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": 8}, r"ids of .*labels.json must be unique, got annotation 8 twice"),
        ({"image_id": 3}, r"image and category of annotation 5 of .*labels.json must be in the file"),
        ({"bbox": [11, 0, 4, 5]}, r"box of annotation 5 of .*labels.json must lie in its picture a.jpg of 10 x 20"),
        ({"bbox": [0, 0, 0, 5]}, r"box of annotation 5 of .* got \[0, 0, 0, 5\]"),
        (
            {"keypoints": [1, float("nan"), 2] * 17},
            r"keypoints of annotation 5 of .*labels.json must be numbers, got NaN",
        ),
        ({"keypoints": [1, 2, 2] * 16}, r"keypoints of annotation 5 of .* got 48 numbers"),
        ({"keypoints": "1 2 2"}, r"keypoints of annotation 5 of .* got 1 numbers"),
        ({"keypoints": [None, 2, 2] * 17}, r"keypoints of annotation 5 of .* must be numbers, got NaN"),
        ({"bbox": None}, r"box of annotation 5 of .* got None"),
        ({"bbox": [0, 0, float("nan"), 5]}, r"box of annotation 5 of .* got \[0, 0, nan, 5\]"),
        ({"id": None}, r"ids of .*labels.json must be whole numbers, got annotation None"),
    ],
)
def test_wrong_labels_are_named_by_file_and_id(labels, changed, message):
    path = labels()
    content = json.loads(path.read_text())
    content["annotations"][0] |= changed
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        coco_people.load(path)


def test_two_pictures_with_one_id_are_refused(labels):
    path = labels()
    content = json.loads(path.read_text())
    content["images"] *= 2
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="got image 1 twice"):
        coco_people.load(path)


@pytest.mark.parametrize("changed", [{"width": None}, {"height": 0}, {"file_name": ""}])
def test_pictures_without_a_size_or_a_name_are_refused(labels, changed):
    path = labels()
    content = json.loads(path.read_text())
    content["images"][0] |= changed
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"image 1 of annotation 5 of .*labels\.json must have file_name, width and"):
        coco_people.load(path)


def test_outline_and_subject_are_kept(labels):
    path = labels()
    content = json.loads(path.read_text())
    content["annotations"][0] |= {"segmentation": [[1, 1, 3, 1, 3, 4]], "subject": 12}
    content["images"][0]["clip"] = "c7"
    path.write_text(json.dumps(content))
    first, second = coco_people.load(path)
    assert first.segmentation == [[1, 1, 3, 1, 3, 4]] and first.group == "subject 12"
    assert second.segmentation is None and second.group == "clip c7"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"categories": {"id": 1}}, r"each a list of objects, got others for categories"),
        ({"categories": ["person"]}, r"each a list of objects, got others for categories"),
        (
            {"categories": [{"id": 1, "keypoints": 17}]},
            r"keypoints of category 1 of .* must be a list of names, got 17",
        ),
        ({"categories": [{"id": [1], "keypoints": []}]}, r"id in categories of .* must be a number, got \[1\]"),
        ({"images": ["a.jpg"]}, r"each a list of objects, got others for images"),
        ({"annotations": [[1, 2, 2]]}, r"each a list of objects, got others for annotations"),
        ({"annotations": [{"id": 1, "image_id": {}}]}, r"image_id in annotations of .* must be a number, got {}"),
        ({"images": [{"id": 1, "file_name": "a.jpg", "width": float("inf"), "height": 9}]}, "width and height, got"),
    ],
)
def test_files_of_another_layout(labels, changes, message):
    with pytest.raises(InputError, match=message):
        coco_people.load(labels(**changes))
