"""Sessions of ONNX Runtime: on the device that was asked for, or not at all."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from fitlab.detectors.onnx_graph import graph_of, session_of
from fitlab.errors import InputError, SetupError


@pytest.fixture(scope="module")
def graph() -> bytes:
    return graph_of(torch.nn.Flatten(), torch.zeros(1, 2, 3), "x", ["y"])


def test_a_graph_runs_from_memory_and_from_its_file(graph: bytes, tmp_path: Path):
    (tmp_path / "flat.onnx").write_bytes(graph)
    given = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    for source in (graph, str(tmp_path / "flat.onnx")):
        np.testing.assert_array_equal(session_of(source).run(["y"], {"x": given})[0], given.reshape(2, 6))


def test_what_cannot_run_is_told(tmp_path: Path):
    (tmp_path / "text.onnx").write_text("no graph")
    for source, said in (
        (str(tmp_path / "none.onnx"), r"none\.onnx must be an ONNX model"),
        (str(tmp_path / "text.onnx"), r"text\.onnx must be an ONNX model"),
        (b"no graph", "the graph must be an ONNX model"),
    ):
        with pytest.raises(InputError, match=said):
            session_of(source)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_the_processor_does_not_stand_in_for_another_device(graph: bytes, device: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(SetupError, match=f"got '{device}'"):
        session_of(graph, device)
