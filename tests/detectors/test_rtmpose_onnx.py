"""An RTMPose exported here, random weights, against MMPose running the same weights."""

import warnings

import numpy as np
import onnxruntime
import pytest
import torch

from fitlab.detectors.protocol import Detector
from fitlab.detectors.rtmpose_onnx import RTMPoseDetector
from fitlab.errors import InputError, SetupError
from fitlab.skeletons import COCO17, HALPE26

pytest.importorskip("mmpose", reason="the OpenMMLab packages are not installed; run make setup")
CONFIG = "body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"


@pytest.fixture(scope="module")
def model():
    from fitlab.detectors.mmpose import build_model

    torch.manual_seed(0)
    return build_model(CONFIG)


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory):
    """The file as OpenMMLab publishes it: normalised images in, simcc_x and simcc_y out."""

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            return self.model.head(self.model.backbone(images))

    path = tmp_path_factory.mktemp("rtmpose") / "end2end.onnx"
    axes = {name: {0: "batch"} for name in ("input", "simcc_x", "simcc_y")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Plain().eval(),
            (torch.zeros(1, 3, 256, 192),),
            path,
            input_names=["input"],
            output_names=["simcc_x", "simcc_y"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    return path


def test_equals_mmpose(model, exported, rng):
    from fitlab.detectors.mmpose import MMPoseDetector

    crops = rng.integers(0, 256, (3, 256, 192, 3), dtype=np.uint8)
    detector = RTMPoseDetector(exported, COCO17, (192, 256), "rtmpose_t")
    assert isinstance(detector, Detector)
    positions, confidence = detector(crops)
    expected, expected_confidence = MMPoseDetector(model.eval())(crops)
    np.testing.assert_allclose(confidence, expected_confidence, atol=1e-5)
    seen = expected_confidence > 0  # MMPose moves joints without any peak to -1
    np.testing.assert_allclose(positions[seen], expected[seen], atol=1e-4)
    assert seen.any()


def test_its_threads_do_not_spin_while_another_decodes(exported):
    options = RTMPoseDetector(exported, COCO17, (192, 256))._session.get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert options.intra_op_num_threads == torch.get_num_threads()


def test_a_device_that_is_not_there_is_told(exported, monkeypatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(SetupError, match="got 'cuda'"):
        RTMPoseDetector(exported, COCO17, (192, 256), device="cuda")


def test_files_that_are_something_else(exported, tmp_path):
    (tmp_path / "text.onnx").write_text("no model")
    for path in (tmp_path / "text.onnx", tmp_path / "none.onnx"):
        with pytest.raises(InputError, match="must be an ONNX model"):
            RTMPoseDetector(path, COCO17, (192, 256))
    with pytest.raises(InputError, match="26 joints"):
        RTMPoseDetector(exported, HALPE26, (192, 256))
    with pytest.raises(InputError, match="288 x 384"):
        RTMPoseDetector(exported, COCO17, (288, 384))
