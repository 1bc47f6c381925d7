"""COCO keypoints as labelling tools export them, written by hand after their writers."""

import json
from pathlib import Path

import numpy as np
import pytest

from fitlab.datasets import coco_people
from fitlab.datasets.labelling_tools import picture_file, plain_name, source_of
from fitlab.errors import InputError
from fitlab.skeletons import COCO17
from fitlab.training.people_sources import LabelledPhotographs
from fitlab.training.splits import split

MPII = (
    "r_ankle r_knee r_hip l_hip l_knee l_ankle pelvis thorax upper_neck head_top "
    "r_wrist r_elbow r_shoulder l_shoulder l_elbow l_wrist"
).split()
LSP = (
    "Right ankle,Right knee,Right hip,Left hip,Left knee,Left ankle,Right wrist,Right elbow,Right shoulder,"
    "Left shoulder,Left elbow,Left wrist,Neck,Head top"
).split(",")


def place(number: int) -> tuple[float, float]:
    """Where the keypoint with this number in the file was drawn: no two are alike."""
    return 20.0 + 3 * number, 100.0 - 2 * number


def triples(count: int, hidden: tuple[int, ...] = (), absent: tuple[int, ...] = ()) -> list[float]:
    visibility = [1 if n in hidden else 0 if n in absent else 2 for n in range(count)]
    return [value for n in range(count) for value in (*place(n), visibility[n])]


def written(path: Path, content: dict, *pictures: str) -> Path:
    """The file, and empty pictures relative to ``path``'s folder."""
    for name in pictures:
        picture = path.parent / name
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(b"picture")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def assert_by_name(person: coco_people.LabelledPerson, names: list[str], absent: tuple[int, ...] = ()) -> None:
    """Every joint of COCO17 lies where the file's keypoint of that name was drawn; others are not labelled."""
    for joint, found in zip(COCO17.joints, person.keypoints, strict=True):
        number = names.index(joint) if joint in names else None
        if number is None or number in absent:
            assert np.isnan(found).all(), joint
        else:
            np.testing.assert_array_equal(found, place(number), joint)


# ---------------------------------------------------------------- CVAT


def cvat(folder: Path, names: list[str], **changes: object) -> Path:
    """What "COCO Keypoints 1.0" holds when unpacked: joints outside keep their place, with visibility 0."""
    box = {"id": 2, "image_id": 1, "category_id": 1, "segmentation": [], "area": 400.0, "bbox": [0.0, 0.0, 20.0, 20.0]}
    content = {
        "licenses": [{"name": "", "id": 0, "url": ""}],
        "info": {"contributor": "", "date_created": "", "description": "", "url": "", "version": "", "year": ""},
        "categories": [
            {"id": 1, "name": "person", "supercategory": "", "keypoints": names, "skeleton": [[1, 2], [2, 3]]},
            {"id": 19, "name": "barbell", "supercategory": "", "keypoints": [], "skeleton": []},
        ],
        "images": [
            {
                "id": 1, "width": 200, "height": 120, "file_name": "set1/frame_000000.PNG", "license": 0,
                "flickr_url": "", "coco_url": "", "date_captured": 0,
            }
        ],
        "annotations": [
            {
                "id": 1, "image_id": 1, "category_id": 1, "segmentation": [], "area": 3600.0,
                "bbox": [10.0, 50.0, 60.0, 60.0], "iscrowd": 0,
                "attributes": {"occluded": False, "track_id": 0, "keyframe": True},
                "keypoints": triples(len(names), hidden=(0,), absent=(2,)), "num_keypoints": len(names) - 1,
            },
            box | {"iscrowd": 1, "keypoints": triples(len(names)), "num_keypoints": len(names)},
        ],
    }  # fmt: skip
    path = folder / "annotations" / "person_keypoints_default.json"
    return written(path, content | changes, "../images/default/set1/frame_000000.PNG")


@pytest.mark.parametrize("names", [list(COCO17.joints), MPII, LSP], ids=["17", "16", "14"])
def test_cvat(tmp_path: Path, names: list[str]):
    (person,) = coco_people.load(cvat(tmp_path, names))  # the other one is a crowd
    assert person.image == tmp_path / "images/default/set1/frame_000000.PNG"
    assert_by_name(person, [plain_name(name) for name in names], absent=(2,))
    hidden = plain_name(names[0])
    assert person.visibility[COCO17.index(hidden)] == 1 and person.visibility.max() == 2
    assert person.area == 3600 and person.box.tolist() == [10, 50, 60, 60]


@pytest.mark.parametrize("given", ["coco17", list(COCO17.joints)])
def test_cvats_joints_with_numbers_for_names(tmp_path: Path, given: object):
    path = cvat(tmp_path, [str(number) for number in range(1, 18)])
    message = r"must label joints of coco17, got 1, 2, .*; say what they are, in their order: joints="
    with pytest.raises(InputError, match=message):
        coco_people.load(path)
    (person,) = coco_people.load(path, joints=given)
    assert_by_name(person, list(COCO17.joints), absent=(2,))
    (trained_on,) = LabelledPhotographs(path, joints=given)[:]
    np.testing.assert_array_equal(trained_on.keypoints, person.keypoints)


def test_names_that_cannot_be(tmp_path: Path):
    path = cvat(tmp_path, [str(number) for number in range(1, 15)])
    with pytest.raises(InputError, match=r"one for each keypoint of category 1 of .*default\.json, got 17 for 14"):
        coco_people.load(path, joints="coco17")
    with pytest.raises(InputError, match="joints must be a list of names or one of coco17"):
        coco_people.load(path, joints="coco")
    twice = ["left_hip" if number == 3 else joint for number, joint in enumerate(LSP)]
    with pytest.raises(InputError, match="must have different names, got left_hip twice"):
        coco_people.load(cvat(tmp_path, [*twice[:4], "hip_left", *twice[5:]]))


def test_a_category_without_names(tmp_path: Path):
    path = cvat(tmp_path, list(COCO17.joints), categories=[{"id": 1, "name": "person", "supercategory": ""}])
    with pytest.raises(InputError, match="got keypoints without names"):
        coco_people.load(path)
    assert_by_name(coco_people.load(path, joints="coco17")[0], list(COCO17.joints), absent=(2,))


# ---------------------------------------------------------------- Label Studio


def label_studio(folder: Path, boxes: list[list[float]], name: str = "images/0f3c21d4-lunge.jpg") -> Path:
    """``result.json`` of the format "COCO": rectangles, then all joints of the picture as one annotation."""
    names = ["Nose", "Left Eye", "Right Eye", *(joint.replace("_", " ") for joint in COCO17.joints[3:])]
    rectangles = [
        {
            "id": number, "image_id": 0, "category_id": 0, "segmentation": [], "bbox": box, "ignore": 0, "iscrowd": 0,
            "area": box[2] * box[3],
        }
        for number, box in enumerate(boxes)
    ]  # fmt: skip
    people = {
        "id": len(boxes), "image_id": 0, "category_id": 1, "keypoints": triples(17, absent=(4,)), "num_keypoints": 16,
        "bbox": [20, 68, 48, 32], "iscrowd": 0,
    }  # fmt: skip
    people["keypoints"][12:15] = [0, 0, 0]  # what was not drawn
    content = {
        "images": [{"width": 200, "height": 120, "id": 0, "file_name": name}],
        "categories": [
            {"id": 0, "name": "Person"},
            {"id": 1, "name": "default", "supercategory": "default", "keypoints": names, "skeleton": []},
        ],
        "annotations": [*rectangles, people],
        "info": {
            "year": 2025, "version": "1.0", "description": "", "contributor": "Label Studio", "url": "",
            "date_created": "2025-09-01 10:00:00.000000",
        },
    }  # fmt: skip
    return written(folder / "result.json", content, "images/0f3c21d4-lunge.jpg")


def test_label_studio_has_the_box_that_was_drawn(tmp_path: Path):
    (person,) = coco_people.load(label_studio(tmp_path, [[0, 0, 150, 119], [15.5, 50.25, 80, 60], [150, 0, 40, 40]]))
    assert_by_name(person, list(COCO17.joints), absent=(4,))
    assert person.box.tolist() == [15.5, 50.25, 80, 60] and person.area == 80 * 60  # the smallest around all joints
    assert person.image == tmp_path / "images/0f3c21d4-lunge.jpg"


def test_label_studio_without_a_rectangle(tmp_path: Path):
    (person,) = coco_people.load(label_studio(tmp_path, []))
    assert person.box.tolist() == [20, 68, 48, 32]


def test_label_studio_mixes_two_people_and_is_refused(tmp_path: Path):
    path = label_studio(tmp_path, [[15, 80, 30, 30], [44, 50, 40, 40]])
    with pytest.raises(InputError, match=r"image 0 of .*result\.json must show one labelled person, .* several boxes"):
        coco_people.load(path)


@pytest.mark.parametrize(
    ("number", "changed", "message"),
    [
        (0, {"bbox": ["wide", 50, 80, 60]}, r"bbox of annotation 0 of .*result\.json must be x, y, width, height"),
        (0, {"bbox": 7}, r"bbox of annotation 0 of .*result\.json must be x, y, width, height, got 7"),
        (1, {"keypoints": ["x", 2, 2] * 17}, r"keypoints of annotation 1 of .*result\.json must be numbers"),
        (1, {"keypoints": "none"}, r"keypoints of annotation 1 of .*result\.json must be x, y, visibility"),
    ],
)
def test_label_studio_with_words_for_numbers(tmp_path: Path, number: int, changed: dict, message: str):
    path = label_studio(tmp_path, [[15, 50, 80, 60]])
    content = json.loads(path.read_text())
    content["annotations"][number] |= changed
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        coco_people.load(path)


@pytest.mark.parametrize("name", ["images\\0f3c21d4-lunge.jpg", "/data/upload/1/0f3c21d4-lunge.jpg"])
def test_label_studios_other_names_of_pictures(tmp_path: Path, name: str):
    (person,) = coco_people.load(label_studio(tmp_path, [], name))
    assert person.image == tmp_path / "images/0f3c21d4-lunge.jpg"


# ---------------------------------------------------------------- Roboflow


def roboflow(folder: Path, files: dict[str, str | None]) -> Path:
    """``_annotations.coco.json`` of "COCO Keypoint": file -> name before it was uploaded, None for older exports."""
    names = [joint.replace("_", "-") for joint in COCO17.joints]
    images, annotations = [], []
    for number, (name, before) in enumerate(files.items()):
        image = {
            "id": number, "license": 1, "file_name": name, "height": 120, "width": 200,
            "date_captured": "2024-09-10T07:12:44+00:00",
        }  # fmt: skip
        images.append(image | ({} if before is None else {"extra": {"name": before}}))
        annotations.append(
            {
                "id": number, "image_id": number, "category_id": 1, "bbox": [10, 50, 60, 60], "area": 3600,
                "segmentation": [], "iscrowd": 0, "keypoints": triples(17, hidden=(9,), absent=(3,)),
            }
        )  # fmt: skip
    content = {
        "info": {
            "year": "2024", "version": "1", "description": "Exported from roboflow.com", "contributor": "",
            "url": "https://public.roboflow.com/object-detection/undefined",
            "date_created": "2024-09-10T07:12:44+00:00",
        },
        "licenses": [{"id": 1, "url": "https://creativecommons.org/licenses/by/4.0/", "name": "CC BY 4.0"}],
        "categories": [
            {"id": 0, "name": "athletes-Qg7R", "supercategory": "none"},
            {
                "id": 1, "name": "athlete", "supercategory": "athletes-Qg7R", "keypoints": names,
                "skeleton": [[1, 2], [1, 3]],
            },
        ],
        "images": images,
        "annotations": annotations,
    }  # fmt: skip
    path = written(folder / "train" / "_annotations.coco.json", content)
    for number, name in enumerate(files):
        (path.parent / name).write_bytes(str(number).encode())
    return path


FILES = {
    "IMG_4900_JPG_jpg.rf.21d9ecc535939df6226dbf15204e64a1.jpg": "IMG_4900.JPG",
    "IMG_4900_JPG_jpg.rf.93e0bb1187f0d6f8d7a0a7b6a05b9f0c.jpg": "IMG_4900.JPG",
    "IMG_4901_JPG_jpg.rf.0c1d4e6d5b0f4a6c9a0b6d8e7f1a2b3c.jpg": None,
    "set-2_mp4-0044_jpg.rf.5dc4faceca5a5f0fc2d64081dfa3aca0.jpg": "set-2_mp4-0044.jpg",
    "set-2_mp4-0051_jpg.rf.18c9a4aad4ff1a3d8b381d126145c0c3.jpg": None,
}


def test_roboflow(tmp_path: Path):
    path = roboflow(tmp_path, FILES)
    people = coco_people.load(path)
    assert [person.image.name for person in people] == list(FILES)
    for person in people:
        assert_by_name(person, list(COCO17.joints), absent=(3,))
        assert person.visibility[9] == 1 and person.box.tolist() == [10, 50, 60, 60]
    groups = [person.group for person in people]
    assert groups == ["picture IMG_4900.JPG"] * 2 + ["picture IMG_4901_JPG_jpg"] + ["clip set-2_mp4"] * 2


def test_roboflows_versions_of_a_picture_and_frames_of_a_clip_stay_in_one_part(tmp_path: Path):
    files = {f"{p}_jpg.rf.{v:032d}.jpg": f"{p}.jpg" for p in range(12) for v in range(3)}
    files |= {f"set_mp4-{frame:04d}_jpg.rf.{frame:032d}.jpg": None for frame in range(9)}
    people = LabelledPhotographs(roboflow(tmp_path, files))
    parts = split(people, {"train": 0.5, "test": 0.5})
    groups = [{people[number].group for number in numbers} for numbers in parts.values()]
    assert all(groups) and not groups[0] & groups[1]


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "joint"),
    [
        ("Right Shoulder", "right_shoulder"),
        ("right-shoulder", "right_shoulder"),
        ("RShoulder", "right_shoulder"),
        ("r_shoulder", "right_shoulder"),
        ("shoulder_right", "right_shoulder"),
        ("Shoulder (R)", "right_shoulder"),
        ("leftAnkle", "left_ankle"),
        ("ankle.L", "left_ankle"),
        ("LEFT_EYE", "left_eye"),
        ("Nose", "nose"),
        ("Head top", "head_top"),
        ("left", "left"),
    ],
)
def test_plain_names(name: str, joint: str):
    assert plain_name(name) == joint


def test_pictures_are_looked_for_where_tools_put_them(tmp_path: Path):
    one, other = tmp_path / "one", tmp_path / "other"
    other.mkdir()
    (other / "a.jpg").write_bytes(b"")
    assert picture_file([one, other], "a.jpg") == other / "a.jpg"
    assert picture_file([one, other], "b.jpg") == other / "b.jpg"  # told in the folder that exists
    assert picture_file([one], "b.jpg") == one / "b.jpg"
    assert picture_file([one], str(other / "a.jpg")) == other / "a.jpg"
    assert picture_file([one, other], "http://localhost:8080/data/upload/1/a.jpg") == other / "a.jpg"


def test_other_pictures_have_no_source():
    assert source_of({"file_name": "000000000785.jpg"}) == source_of({"file_name": "set_mp4-0044.jpg"}) == ""
    assert source_of({"file_name": "a.jpg", "extra": {"name": 3}}) == "picture 3"
    assert source_of({"file_name": "a.jpg", "extra": None}) == ""
