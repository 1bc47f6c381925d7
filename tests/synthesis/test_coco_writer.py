import json
from collections import Counter

import cv2
import numpy as np
import pytest

from fitlab.datasets import coco_people
from fitlab.errors import InputError
from fitlab.geometry import Camera
from fitlab.skeletons import COCO17, COCO23
from fitlab.synthesis.coco_writer import merge, write_pictures
from fitlab.synthesis.images import ImageSource
from fitlab.synthesis.picture_set import PictureSet
from fitlab.synthesis.slices import POSTURES, SLICES

SIZE = (128, 96)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Two parts of pictures and the JSON of both, and the pictures themselves."""
    folder = tmp_path_factory.mktemp("coco")
    source = ImageSource(5, SIZE, hidden_views=0.5)
    pictures = list(source.images(0, 24))
    source.close()
    for part in (0, 1):
        place = folder / "images" / f"{part}"
        place.mkdir(parents=True)
        chosen = pictures[12 * part : 12 * part + 12]
        assert len(list(write_pictures(chosen, place, 12 * part, f"{part}/"))) == 12
    merge([folder / "images" / "0", folder / "images" / "1"], folder / "annotations.json")
    return folder, pictures


@pytest.fixture
def labels(written):
    return json.loads((written[0] / "annotations.json").read_text())


def test_pycocotools_reads_it(written):
    from pycocotools.coco import COCO

    folder, pictures = written
    coco = COCO(str(folder / "annotations.json"))
    assert coco.loadCats(1)[0]["keypoints"] == list(COCO23.joints)
    assert coco.loadCats(1)[0]["keypoints"][:17] == list(COCO17.joints)
    assert [image["id"] for image in coco.loadImgs(coco.getImgIds())] == list(range(24))
    for number, picture in enumerate(pictures):
        (annotation,) = coco.loadAnns(coco.getAnnIds(imgIds=number))
        np.testing.assert_array_equal(coco.annToMask(annotation), picture.person.mask)
        assert annotation["area"] == picture.person.mask.sum()
        assert annotation["num_keypoints"] == (np.array(annotation["keypoints"][2::3]) > 0).sum()


def test_coco_people_reads_it(written):
    folder, pictures = written
    people = coco_people.load(folder / "annotations.json", skeleton=COCO23)
    assert len(people) == 24
    for person, picture in zip(people, pictures, strict=True):
        assert person.image_size == SIZE
        assert person.slice == picture.posture
        np.testing.assert_array_equal(person.visibility, picture.person.visibility)
        labelled = person.visibility > 0
        np.testing.assert_allclose(person.keypoints[labelled], picture.person.keypoints[labelled], atol=0.006)
        np.testing.assert_array_equal(person.box, picture.box)
        assert np.abs(cv2.imread(str(person.image))[..., ::-1].astype(int) - picture.image).mean() < 6


def test_joints_project_onto_the_labels(written, labels):
    """From the file alone, by hand: within half a pixel on every sample."""
    cameras = {image["id"]: image["camera"] for image in labels["images"]}
    for annotation in labels["annotations"]:
        camera = cameras[annotation["image_id"]]
        rotation, translation = np.array(camera["rotation"]), np.array(camera["translation"])
        for name, triples in (("coco23", annotation["keypoints"]), ("h36m17", None)):
            seen = np.array(annotation[f"{name}_world"]) @ rotation.T + translation
            np.testing.assert_allclose(seen, annotation[f"{name}_camera"], atol=2e-4)
            if triples:
                pixels = seen[:, :2] / seen[:, 2:] * camera["focal"] + camera["centre"]
                triples = np.array(triples).reshape(-1, 3)
                labelled = triples[:, 2] > 0
                assert np.abs(pixels - triples[:, :2])[labelled].max() < 0.5
                inside = ((pixels >= 0) & (pixels < camera["size"])).all(axis=1)
                np.testing.assert_array_equal(inside, labelled)
        assert tuple(Camera(**camera).size) == SIZE
        assert annotation["slices"][0] == annotation["slice"] in POSTURES
        assert set(annotation["slices"]) <= set(SLICES)


def test_h36m_has_the_same_knees(labels):
    for annotation in labels["annotations"]:
        assert annotation["h36m17_world"][5] == annotation["coco23_world"][COCO23.index("left_knee")]


def test_merged_is_all_parts_in_order(written, labels):
    folder, _ = written
    parts = [json.loads((folder / "images" / part / "labels.json").read_text()) for part in "01"]
    for key in ("images", "annotations"):
        assert labels[key] == parts[0][key] + parts[1][key]
    assert labels["categories"] == parts[0]["categories"]


def test_the_card_counts_what_is_there(written, labels):
    folder, _ = written
    found = PictureSet(pictures=24, size=SIZE).tally(folder / "images" / "0")
    expected = Counter(name for annotation in labels["annotations"][:12] for name in annotation["slices"])
    assert (found.samples, found.slices) == (12, expected)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pictures": 0}, "pictures must be at least 1"),
        ({"per_part": 0}, "per_part must be at least 1"),
        ({"size": (32, 32)}, "64 x 64"),
        ({"exercises": ["squat", "flying"]}, "exercise must be one"),
        ({"exercises": []}, "at least one"),
        ({"weights": {"sitting": 2.0}}, "got 'sitting'"),
        ({"weights": {"floor": -1.0}}, "positive"),
        ({"hidden_views": 1.5}, "from 0 to 1"),
    ],
)
def test_what_cannot_be_made(given, message):
    with pytest.raises(InputError, match=message):
        PictureSet(**{"pictures": 1} | given)
