"""BlazePose around a network that we know, and the published one where its weights are at hand."""

import sys

import cv2
import numpy as np
import pytest

from fitlab.datasets import coco_people
from fitlab.detectors import blazepose, load_detector
from fitlab.detectors.blazepose import REGION, BlazePoseDetector
from fitlab.detectors.crops import crop_around, cut
from fitlab.detectors.protocol import Detector
from fitlab.detectors.zoo import ZOO, local_file
from fitlab.errors import InputError, SetupError
from fitlab.metrics import oks
from fitlab.skeletons import BLAZEPOSE33, COCO17

HIPS, RIM = np.array([140.0, 150.0]), np.array([200.0, 150.0])  # in the scene: the person lies, head to the right
LANDMARKS = np.column_stack([np.linspace(90, 190, 33), np.linspace(120, 180, 33)])


def scene() -> np.ndarray:
    """(256, 256, 3): red and green say where a pixel lies, blue is 255 inside."""
    y, x = np.mgrid[:256, :256]
    return np.dstack([x, y, np.full_like(x, 255)]).astype(np.uint8)


class Network:
    """Knows where the person in :func:`scene` is, from the colours of what it is given."""

    def __init__(self, present: float = 1.0, shapes: dict[str, tuple[int, ...]] | None = None):
        self.present = present
        self.shapes = {
            "Identity": (1, 195), "Identity_1": (1, 1), "Identity_2": (1, 256, 256, 1),
            "Identity_3": (1, 64, 64, 39), "Identity_4": (1, 117),
        } | (shapes or {})  # fmt: skip
        self.seen: list[np.ndarray] = []
        self.heatmaps = np.full((64, 64, 39), -20.0)

    def get_input_details(self):
        return [{"index": 0}]

    def get_output_details(self):
        return [{"name": name, "shape": shape, "index": name} for name, shape in self.shapes.items()]

    def set_tensor(self, index, tensor):
        assert index == 0 and tensor.dtype == np.float32 and tensor.shape == (1, 256, 256, 3)
        self.picture = tensor[0] * 255

    def invoke(self):
        rows, columns = np.nonzero(cv2.erode((self.picture[..., 2] > 254).astype(np.uint8), np.ones((5, 5))))
        there = self.picture[rows, columns, :2] + 0.5
        here = np.column_stack([columns + 0.5, rows + 0.5])
        crop_from_scene, *_ = np.linalg.lstsq(np.column_stack([there, np.ones(len(there))]), here, rcond=None)
        points = np.vstack([LANDMARKS, HIPS, RIM, np.zeros((4, 2))])
        self.points = np.column_stack([points, np.ones(39)]) @ crop_from_scene
        self.seen.append(self.points)

    def get_tensor(self, index):
        return {
            "Identity": np.column_stack([self.points, np.zeros((39, 3))]).reshape(1, -1),
            "Identity_1": np.array([[self.present]]),
            "Identity_3": self.heatmaps[None],
            "Identity_4": np.tile([[0.0, -1.0, 0.5]], (39, 1)).reshape(1, -1),  # all one metre above the hips
        }[index]


@pytest.fixture
def detector_with(monkeypatch):
    def make(network):
        monkeypatch.setattr(blazepose, "_interpreter", lambda path: network)
        return BlazePoseDetector("network.tflite")

    return make


def test_is_a_detector(detector_with):
    assert isinstance(detector_with(Network()), Detector)


def test_finds_the_landmarks_through_the_second_look(detector_with):
    network = Network()
    found = detector_with(network).landmarks(np.stack([scene(), scene()]))
    np.testing.assert_allclose(found.positions, [LANDMARKS] * 2, atol=0.1)
    np.testing.assert_allclose(found.confidence, 0.5)  # logits of zero
    assert len(network.seen) == 4


def test_the_second_look_has_the_hips_in_the_middle_and_the_trunk_upright(detector_with):
    network = Network()
    detector_with(network)(scene()[None])
    hips, rim = network.seen[1][33:35]
    np.testing.assert_allclose(hips, (128, 128), atol=0.1)
    np.testing.assert_allclose(rim, (128, 128 - 128 / REGION), atol=0.1)


def test_metres_are_in_the_axes_of_the_crop(detector_with):
    found = detector_with(Network()).landmarks(scene()[None])
    np.testing.assert_allclose(found.world[0], np.tile([1.0, 0.0, 0.5], (33, 1)), atol=1e-6)  # "up" is to the right


def test_where_nobody_is_there_is_no_second_look_and_no_confidence(detector_with):
    network = Network(present=0.01)
    _, confidence = detector_with(network)(scene()[None])
    np.testing.assert_allclose(confidence, 0.005, atol=1e-6)
    assert len(network.seen) == 1


def test_a_clear_peak_refines_a_landmark(detector_with):
    network = Network(present=0.49)  # one look: crop and network share pixels
    column, row = (LANDMARKS[5] / 4).astype(int)
    network.heatmaps[row, column + 2, 5] = 20.0
    network.heatmaps[row, column + 9, 6] = 20.0  # too far away to count
    positions, _ = detector_with(network)(scene()[None])
    np.testing.assert_allclose(positions[0, 5], (4 * (column + 2), 4 * row), atol=0.01)
    np.testing.assert_allclose(positions[0, 6:], LANDMARKS[6:], atol=0.1)


def test_no_crops_give_no_landmarks(detector_with):
    positions, confidence = detector_with(Network())(np.zeros((0, 256, 256, 3), np.uint8))
    assert positions.shape == (0, 33, 2) and confidence.shape == (0, 33)


def test_other_models_are_refused(detector_with):
    with pytest.raises(InputError, match="BlazePose landmark model"):
        detector_with(Network(shapes={"Identity": (1, 21)}))


def test_files_that_are_no_models_are_refused(tmp_path):
    pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed; run make setup")
    (tmp_path / "a.tflite").write_bytes(b"nothing")
    for path in (tmp_path / "a.tflite", tmp_path / "none.tflite"):
        with pytest.raises(InputError, match="must be a TFLite model"):
            BlazePoseDetector(path)


def test_without_litert_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(SetupError, match=r"pip install 'fitlab\[blazepose\]'"):
        BlazePoseDetector("a.tflite")


@pytest.fixture(scope="module")
def full():
    pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed; run make setup")
    try:
        local_file(ZOO["blazepose_full"])
    except SetupError as error:
        pytest.skip(str(error))
    return load_detector("blazepose_full")


def test_the_published_model_finds_people_in_photographs(full, real_data):
    """Twelve people, boxes of COCO: 0.757 when this was written."""
    similarities = []
    joints = [BLAZEPOSE33.index(joint) for joint in COCO17.joints]
    for person in coco_people.load(real_data / "people" / "coco" / "test_coco.json", min_keypoints=8):
        picture = cv2.imread(str(person.image), cv2.IMREAD_COLOR_RGB)
        crop = crop_around(tuple(person.box), full.input_size)
        positions, confidence = full(cut(picture, crop)[None])
        assert (confidence >= 0).all() and (confidence <= 1).all()
        similarities.append(oks(crop.to_image(positions[0, joints]), person.keypoints, person.area))
    assert len(similarities) == 12 and np.mean(similarities) > 0.73


def test_the_published_model_mirrors_a_mirrored_picture(full, real_data):
    person = coco_people.load(real_data / "people" / "coco" / "test_coco.json", min_keypoints=17)[0]
    picture = cv2.imread(str(person.image), cv2.IMREAD_COLOR_RGB)
    crop = cut(picture, crop_around(tuple(person.box), full.input_size))
    straight, mirrored = (full.landmarks(image[None]) for image in (crop, np.ascontiguousarray(crop[:, ::-1])))
    back = mirrored.positions[0, list(BLAZEPOSE33.mirror)] * (-1, 1) + (256, 0)
    assert np.median(np.linalg.norm(back - straight.positions[0], axis=1)) < 4
    shoulders = straight.world[0, [BLAZEPOSE33.index(f"{side}_shoulder") for side in ("left", "right")]]
    assert 0.2 < np.linalg.norm(shoulders[0] - shoulders[1]) < 0.5  # metres
