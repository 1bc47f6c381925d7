"""The port against the graph it was ported from, head by head, on photographs of people."""

from dataclasses import fields
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import torch

from fitlab.datasets import coco_people
from fitlab.detectors.crops import crop_around, cut
from fitlab.detectors.movenet import DISTANCE_OFFSET, LIGHTNING, Heads, MoveNet, decode, normalised
from fitlab.detectors.movenet_detector import VARIANTS, MoveNetDetector, load_movenet, save_movenet
from fitlab.detectors.protocol import Detector
from fitlab.detectors.zoo import EMBEDDED
from fitlab.errors import InputError
from fitlab.training.centernet import centernet_loss

_GRAPH = "StatefulPartitionedCall"
ORACLE_HEADS = {  # of the original graph, NHWC but for the sigmoid ones
    "keypoints": f"{_GRAPH}/kpt_heatmap_0/conv2d_5/BiasAdd:0",
    "centre": f"{_GRAPH}/center_0/conv2d_4/BiasAdd:0",
    "regression": f"{_GRAPH}/kpt_regress_0/conv2d_6/BiasAdd:0",
    "offsets": f"{_GRAPH}/kpt_offset_0/conv2d_7/BiasAdd:0",
}


def photographs(real_data, size) -> list[np.ndarray]:
    """Every photograph of people whole, turned by a quarter, and its middle: at least 20 crops."""
    crops = []
    for path in sorted((real_data / "people").glob("*/*.jpg")):
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        height, width = image.shape[:2]
        middle = image[height // 5 : -height // 5, width // 5 : -width // 5]
        crops += [cv2.resize(piece, size, interpolation=cv2.INTER_AREA) for piece in (image, np.rot90(image), middle)]
    assert len(crops) >= 20
    return crops


class Compared(NamedTuple):
    """What the port and the original say of the same crops."""

    heads: Heads
    positions: np.ndarray
    confidence: np.ndarray
    their_heads: dict[str, np.ndarray]
    their_output: np.ndarray  # (B, 17, 3) y, x as shares of the side, and score
    side: int


@pytest.fixture(scope="module", params=VARIANTS)
def compared(request, reference_weights, real_data):
    onnx = pytest.importorskip("onnx")
    import onnxruntime

    module, variant = load_movenet(EMBEDDED / f"{request.param}.safetensors")
    detector = MoveNetDetector(module, VARIANTS[variant][1], variant)
    graph = onnx.load(reference_weights / f"{variant.replace('_', '-')}.onnx")
    for tensor in ORACLE_HEADS.values():
        graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(tensor))
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    oracle = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
    crops = np.stack(photographs(real_data, VARIANTS[variant][1]))
    theirs = [oracle.run(None, {"input:0": crop[None].astype(np.int32)}) for crop in crops]
    output, *their_heads = (np.concatenate(parts) for parts in zip(*theirs, strict=True))
    with torch.inference_mode():
        heads = module.eval()(normalised(torch.from_numpy(crops)))
    return Compared(
        heads, *detector(crops), dict(zip(ORACLE_HEADS, their_heads, strict=True)), output[:, 0], len(crops[0])
    )


def test_every_head_equals_the_original(compared):
    for name, theirs in compared.their_heads.items():
        ours = getattr(compared.heads, name).numpy()
        np.testing.assert_allclose(ours, theirs, atol=5e-3, rtol=1e-3)  # logits, cells


def test_the_maximum_of_every_heatmap_is_in_the_same_cell(compared):
    ours = compared.heads.keypoints.flatten(2).argmax(2)
    theirs = compared.their_heads["keypoints"]
    np.testing.assert_array_equal(ours, theirs.reshape(*theirs.shape[:2], -1).argmax(2))


def test_the_output_equals_the_original(compared):
    np.testing.assert_allclose(compared.positions / compared.side, compared.their_output[..., 1::-1], atol=1e-3)
    np.testing.assert_allclose(compared.confidence, compared.their_output[..., 2], atol=1e-3)


def slow_decode(heads: Heads) -> tuple[np.ndarray, np.ndarray]:
    """MoveNet's decoding as loops over cells, one image."""

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    centre, keypoints, regression, offsets = (getattr(heads, f.name)[0].double().numpy() for f in fields(Heads))
    joints, rows, columns = keypoints.shape
    cells = [(r, c) for r in range(rows) for c in range(columns)]
    row, column = max(
        cells, key=lambda p: sigmoid(centre[0][p]) / (np.hypot(p[0] - rows / 2, p[1] - columns / 2) + DISTANCE_OFFSET)
    )
    positions, confidence = [], []
    for k in range(joints):
        y, x = row + regression[2 * k, row, column], column + regression[2 * k + 1, row, column]
        best = max(cells, key=lambda p: sigmoid(keypoints[k][p]) / (np.hypot(p[0] - y, p[1] - x) + DISTANCE_OFFSET))
        positions.append((4 * (best[1] + offsets[2 * k + 1][best]), 4 * (best[0] + offsets[2 * k][best])))
        confidence.append(sigmoid(keypoints[k][best]))
    return np.array(positions), np.array(confidence)


def random_heads(batch=3, rows=12, columns=10):
    generator = torch.Generator().manual_seed(0)
    shapes = {"centre": 1, "keypoints": 17, "regression": 34, "offsets": 34}
    return Heads(**{n: 2 * torch.randn(batch, c, rows, columns, generator=generator) for n, c in shapes.items()})


def test_decode_equals_loops():
    heads = random_heads()
    positions, confidence = decode(heads)
    for i in range(3):
        one = Heads(*(getattr(heads, field.name)[i : i + 1] for field in fields(Heads)))
        slow_positions, slow_confidence = slow_decode(one)
        np.testing.assert_allclose(positions[i], slow_positions, atol=1e-4)
        np.testing.assert_allclose(confidence[i], slow_confidence, atol=1e-6)


def test_the_most_central_person_is_decoded():
    """Two equal people: the one in the middle wins, and keeps its own joints although the other's peaks are as high."""
    heads = Heads(*(torch.zeros(1, c, 24, 24) for c in (1, 17, 34, 34)))
    heads.centre[:] = heads.keypoints[:] = -9
    for row, column in ((12, 11), (6, 19)):
        heads.centre[0, 0, row, column] = 3
        heads.keypoints[0, :, row, column + 1] = 3
        heads.regression[0, 1::2, row, column] = 1  # every joint one cell to the right of the centre
    positions, confidence = decode(heads)
    np.testing.assert_allclose(positions[0], np.tile((4 * 12, 4 * 12), (17, 1)))
    np.testing.assert_allclose(confidence[0], 1 / (1 + np.exp(-3)), rtol=1e-5)


def test_the_detector_keeps_the_protocol(rng):
    module, variant = load_movenet(EMBEDDED / "movenet_lightning.safetensors")
    detector = MoveNetDetector(module, (192, 192), variant)
    assert isinstance(detector, Detector)
    crops = rng.integers(0, 256, (3, 192, 192, 3), dtype=np.uint8)
    positions, confidence = detector(crops)
    assert positions.shape == (3, 17, 2) and confidence.shape == (3, 17)
    assert positions.dtype == confidence.dtype == np.float32
    assert ((confidence >= 0) & (confidence <= 1)).all()
    for i in range(3):  # a batch is its members
        np.testing.assert_allclose(detector(crops[i : i + 1])[0][0], positions[i], atol=1e-2)


def test_training_lowers_the_loss(real_data):
    """Eight labelled people, twelve steps of the CenterNet losses."""
    people = coco_people.load(real_data / "people" / "coco" / "test_coco.json", min_keypoints=8)[:8]
    crops = [crop_around(tuple(person.box), (96, 96)) for person in people]
    pictures = [cv2.cvtColor(cv2.imread(str(person.image)), cv2.COLOR_BGR2RGB) for person in people]
    images = normalised(torch.from_numpy(np.stack([cut(*pair) for pair in zip(pictures, crops, strict=True)])))
    keypoints = np.stack([crop.to_crop(person.keypoints) for crop, person in zip(crops, people, strict=True)])
    visible = torch.from_numpy(np.stack([person.visibility for person in people]))

    module, _ = load_movenet(EMBEDDED / "movenet_lightning.safetensors")
    optimiser = torch.optim.AdamW(module.train().parameters(), lr=2e-5)
    losses = []
    for _ in range(12):
        loss, _ = centernet_loss(module(images), torch.from_numpy(keypoints).float(), visible)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in module.parameters())


def test_saved_weights_come_back(tmp_path):
    torch.manual_seed(0)
    module = MoveNet(LIGHTNING)
    save_movenet(module, "movenet_lightning", tmp_path / "mine.safetensors")
    again, variant = load_movenet(tmp_path / "mine.safetensors")
    assert variant == "movenet_lightning"
    for ours, theirs in zip(module.parameters(), again.parameters(), strict=True):
        np.testing.assert_allclose(ours.detach(), theirs.detach(), atol=2e-3)


def test_weights_that_cannot_be_used(tmp_path):
    from safetensors.numpy import save_file

    (tmp_path / "text.safetensors").write_text("no weights")
    save_file({"a": np.zeros(3)}, tmp_path / "other.safetensors")
    save_file({"a": np.zeros(3)}, tmp_path / "wrong.safetensors", {"model": "movenet_thunder"})
    for name, message in (
        ("none", "check the path"),
        ("text", "safetensors"),
        ("other", r"none named .* with fitlab\.detectors\.movenet_detector\.save_movenet"),
        ("wrong", "fit"),
    ):
        with pytest.raises(InputError, match=message):
            load_movenet(tmp_path / f"{name}.safetensors")
    with pytest.raises(InputError, match="variant"):
        save_movenet(MoveNet(LIGHTNING), "movenet_storm", tmp_path / "a.safetensors")
