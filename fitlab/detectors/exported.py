"""Detectors from ONNX files: as :mod:`fitlab.detectors.export` writes them, and RTMPose as OpenMMLab publishes it."""

import os
from pathlib import Path

import numpy as np
from onnx import ModelProto

from fitlab.detectors.onnx_graph import read_graph, session_of
from fitlab.detectors.protocol import Detector
from fitlab.detectors.rtmpose_onnx import RTMPoseDetector
from fitlab.errors import InputError
from fitlab.skeletons import COCO17, HALPE26, skeleton_of

MOVENET = ("positions", "confidence")
RTMPOSE = ("simcc_x", "simcc_y")
"""Names of the outputs, by which the two kinds are known."""

_BY_COUNT = {len(skeleton): skeleton for skeleton in (COCO17, HALPE26)}  # what RTMPose is published for


class ExportedMoveNet:
    """A MoveNet in an ONNX file as a :class:`fitlab.detectors.protocol.Detector`.

    Parameters
    ----------
    path : path
        Input ``crops``, uint8 (B, H, W, 3); outputs ``positions`` (B, 17, 2) and ``confidence`` (B, 17).
    input_size : (width, height) in pixels
    """

    skeleton = COCO17

    def __init__(
        self, path: str | os.PathLike[str], input_size: tuple[int, int], name: str, device: str = "cpu"
    ) -> None:
        self.name, self.input_size = name, input_size
        self._session = session_of(os.fspath(path), device)

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds the joints of the most central person of every crop; see the protocol."""
        positions, confidence = self._session.run(list(MOVENET), {"crops": np.ascontiguousarray(crops)})
        return positions, confidence


def load_onnx(
    path: str | os.PathLike[str], name: str | None = None, device: str = "cpu", skeleton: str | None = None
) -> Detector:
    """The detector in an ONNX file.

    Parameters
    ----------
    name : str, optional
        Default: that of the file.
    skeleton : str, optional
        Names the joints of an RTMPose; default: what the file says, else coco17 for 17 joints and halpe26 for 26.

    Raises
    ------
    InputError
        If the file holds none, or does not say how large its crops are or how its joints are called.
    SetupError
        If ONNX Runtime does not reach the device.
    """
    model = read_graph(path)
    name = name or Path(path).stem
    outputs = {output.name: _shape(output) for output in model.graph.output}
    about = {entry.key: entry.value for entry in model.metadata_props}
    if set(outputs) >= set(MOVENET):
        return ExportedMoveNet(path, _crop_size(path, model, 1), name, device)
    if set(outputs) >= set(RTMPOSE):
        size = _crop_size(path, model, 2)
        joints = (*outputs["simcc_x"], 0, 0)[1]
        said = skeleton or about.get("fitlab.skeleton")
        layout = skeleton_of(said) if said else _BY_COUNT.get(joints)
        if layout is None:
            raise InputError(
                f"{path} must have joints that can be named, got {joints or 'an unknown number'}; "
                "name them: skeleton=coco17"
            )
        return RTMPoseDetector(path, layout, size, name, device)
    raise InputError(
        f"{path} must have the outputs {' and '.join(MOVENET)}, or {' and '.join(RTMPOSE)}, got "
        f"{', '.join(outputs)}; write it with fitlab zoo export"
    )


def _crop_size(path: str | os.PathLike[str], model: ModelProto, rows: int) -> tuple[int, int]:
    """(width, height) in pixels of what a graph takes, whose axis ``rows`` is the height and the next one the width.

    Raises InputError where the graph leaves them free.
    """
    shape = _shape(model.graph.input[0]) if model.graph.input else ()
    height, width = shape[rows : rows + 2] if len(shape) == 4 else (0, 0)
    if not (width > 0 and height > 0):
        raise InputError(f"{path} must say the size of its crops, got input {shape}; export it with fixed sides")
    return width, height


def _shape(value: object) -> tuple[int, ...]:
    """Sizes of a tensor of a graph, 0 where it leaves them free."""
    return tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim)  # type: ignore[attr-defined]
