"""Detectors as ONNX files: equal to PyTorch, refused where they are not, and loaded again."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from fitlab.detectors import export, load_detector
from fitlab.detectors.catalogue import EMBEDDED
from fitlab.detectors.export import TOLERANCE, export_onnx
from fitlab.detectors.exported import MOVENET, RTMPOSE
from fitlab.detectors.movenet_detector import load_movenet, save_movenet
from fitlab.detectors.own import OwnWeights
from fitlab.detectors.protocol import Detector
from fitlab.detectors.rtmpose_onnx import MEAN, STD
from fitlab.detectors.weights_files import Recipe, save_mmpose
from fitlab.errors import InputError

RTMPOSE_T = "body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"
HRNET = "body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py"


@pytest.fixture(scope="module")
def fine_tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of MoveNet that are not the embedded ones."""
    module, variant = load_movenet(EMBEDDED / "movenet_lightning.safetensors")
    with torch.no_grad():
        module.keypoints.out.bias += torch.linspace(-1, 1, 17)
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_movenet(module, variant, path)
    return path


@pytest.fixture(scope="module")
def rtmpose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mmpose", reason="the OpenMMLab packages are not installed; run make setup")
    from fitlab.detectors.mmpose import build_model

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("rtmpose") / "weights.pth"
    save_mmpose(build_model(RTMPOSE_T), Recipe(RTMPOSE_T), path)
    return path


def test_movenet_equals_pytorch_and_loads_by_its_path(fine_tuned: Path, tmp_path: Path, rng: np.random.Generator):
    done = export_onnx(fine_tuned, tmp_path / "mine.onnx")
    assert done.path == tmp_path / "mine.onnx" and 0 < done.difference < TOLERANCE
    detector, own = load_detector(done.path), load_detector(fine_tuned)
    assert isinstance(detector, Detector) and detector.name == "mine" and detector.input_size == (192, 192)
    crops = rng.integers(0, 256, (2, 192, 192, 3), dtype=np.uint8)
    for found, expected in zip(detector(crops), own(crops), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-3)
    assert [output.name for output in onnx.load(done.path).graph.output] == ["positions", "confidence"]


def test_rtmpose_equals_mmpose_and_loads_by_its_path(rtmpose: Path, tmp_path: Path, rng: np.random.Generator):
    done = export_onnx(rtmpose, tmp_path / "mine.onnx")
    detector, own = load_detector(done.path), load_detector(rtmpose)
    assert detector.input_size == own.input_size == (192, 256) and detector.skeleton is own.skeleton
    crops = rng.integers(0, 256, (2, 256, 192, 3), dtype=np.uint8)
    found, expected = detector(crops), own(crops)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-5)
    seen = expected[1] > 0  # MMPose moves joints without any peak to -1
    np.testing.assert_allclose(found[0][seen], expected[0][seen], atol=1e-4)
    assert seen.any()
    # As OpenMMLab's own: other programs feed it normalised images.
    session = onnxruntime.InferenceSession(done.path, providers=["CPUExecutionProvider"])
    images = np.ascontiguousarray(((crops - MEAN) / STD).transpose(0, 3, 1, 2))
    x, y = session.run(["simcc_x", "simcc_y"], {"input": images})
    assert x.shape == (2, 17, 384) and y.shape == (2, 17, 512)


def damaged(graph: bytes) -> bytes:
    """The same graph with the weights of its convolutions a hundredth stronger."""
    model = onnx.load_from_string(graph)
    for weights in model.graph.initializer:
        if len(weights.dims) == 4:
            stronger = np.float32(1.01) * numpy_helper.to_array(weights)
            weights.CopyFrom(numpy_helper.from_array(stronger, weights.name))
    return model.SerializeToString()


@pytest.mark.parametrize("kind", ["fine_tuned", "rtmpose"])
def test_a_graph_that_differs_is_refused(kind: str, request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source, whole = request.getfixturevalue(kind), export.graph_of
    monkeypatch.setattr(export, "graph_of", lambda *arguments: damaged(whole(*arguments)))
    with pytest.raises(InputError, match=r"must equal PyTorch to 0\.0001 .* nothing was written"):
        export_onnx(source, tmp_path / "mine.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_normalisation_is_noticed(rtmpose: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(export, "MEAN", MEAN + 3)
    with pytest.raises(InputError, match="must equal PyTorch"):
        export_onnx(rtmpose, tmp_path / "mine.onnx")


def test_what_cannot_be_exported(rtmpose: Path, fine_tuned: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"must end in \.onnx, got .*mine\.pt"):
        export_onnx(fine_tuned, tmp_path / "mine.pt")
    with pytest.raises(InputError, match="must be one of movenet_lightning"):
        export_onnx("movenet_thundr", tmp_path / "mine.onnx")
    (tmp_path / "a.onnx").touch()
    with pytest.raises(InputError, match="must be MoveNet"):
        export_onnx(tmp_path / "a.onnx", tmp_path / "mine.onnx")
    from fitlab.detectors.mmpose import build_model

    save_mmpose(build_model(HRNET), Recipe(HRNET), tmp_path / "weights.pth")
    with pytest.raises(InputError, match="must be an RTMPose with 2 cells per pixel"):
        export_onnx(tmp_path / "weights.pth", tmp_path / "mine.onnx")


@pytest.mark.parametrize("outputs", [MOVENET, RTMPOSE])
@pytest.mark.parametrize("axes", [None, [], [1, 2], [1, "height", "width", 3], [1, 3, "height", "width"]])
def test_graphs_that_do_not_say_how_large_crops_are(outputs: tuple, axes: list | None, tmp_path: Path):
    """None: without any input."""
    value = onnx.helper.make_tensor_value_info
    inputs = [] if axes is None else [value("crops", onnx.TensorProto.FLOAT, axes)]
    zero = onnx.helper.make_tensor("zero", onnx.TensorProto.FLOAT, [1], [0.0])
    nodes = [onnx.helper.make_node("Constant", [], [name], value=zero) for name in outputs]
    found = [value(name, onnx.TensorProto.FLOAT, [1]) for name in outputs]
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", inputs, found)), tmp_path / "free.onnx")
    with pytest.raises(InputError, match=r"free\.onnx must say the size of its crops, got input"):
        load_detector(tmp_path / "free.onnx")


def test_files_that_hold_no_detector(tmp_path: Path):
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "empty.onnx").write_bytes(b"")
    for name in ("text.onnx", "empty.onnx", "none.onnx"):
        with pytest.raises(InputError, match=f"{name} must be an ONNX model"):
            load_detector(tmp_path / name)
    value = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "g", [value], [value])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "other.onnx")
    with pytest.raises(InputError, match=r"must have the outputs positions and confidence, .* got y"):
        load_detector(tmp_path / "other.onnx")
    with pytest.raises(InputError, match=r"must be a file, got .*none\.pth"):
        load_detector(tmp_path / "none.pth")
    torch.save({"state_dict": {}}, tmp_path / "foreign.pth")
    with pytest.raises(InputError, match="must say of which model of MMPose it is"):
        load_detector(tmp_path / "foreign.pth")


def test_an_entry_of_ones_own_keeps_its_joints(rtmpose: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    entry = OwnWeights("mine", "mine.pth", "", "mmpose", "halpe26", (192, 256), "", config=RTMPOSE_T)
    monkeypatch.setattr(export, "find_own", lambda name: entry if name == "mine" else None)
    monkeypatch.setattr(export, "weights_file", lambda name: rtmpose)
    found: dict[str, Recipe] = {}

    def stopped(source: Path, recipe: Recipe) -> None:
        found["recipe"] = recipe
        raise InputError("far enough")

    monkeypatch.setattr(export, "_rtmpose", stopped)
    with pytest.raises(InputError, match="far enough"):
        export_onnx("mine", tmp_path / "mine.onnx")
    assert found["recipe"].skeleton == "halpe26"
