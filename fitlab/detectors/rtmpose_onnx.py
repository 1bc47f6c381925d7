"""RTMPose from its published ONNX files (Jiang et al., RTMPose, 2023)."""

import os

import numpy as np
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument

from fitlab.detectors.onnx_graph import session_of
from fitlab.errors import InputError
from fitlab.skeletons import Skeleton

MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)
"""Of RGB in ImageNet, as in the configuration of every RTMPose."""

SPLIT = 2
"""Cells per pixel of the two coordinate axes (simcc_split_ratio)."""


class RTMPoseDetector:
    """An exported RTMPose as a :class:`fitlab.detectors.protocol.Detector`.

    Parameters
    ----------
    path : path of the ONNX file
        Input (B, 3, H, W); outputs simcc_x (B, K, 2 W) and simcc_y (B, K, 2 H).
    skeleton : Skeleton
        Names the K joints.
    input_size : (width, height) in pixels
    device : str
        "cpu", or "cuda" where onnxruntime-gpu is installed.

    Raises
    ------
    InputError
        If the file is no such model.
    SetupError
        If ONNX Runtime does not reach the device.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        skeleton: Skeleton,
        input_size: tuple[int, int],
        name: str = "rtmpose",
        device: str = "cpu",
    ) -> None:
        self.name = name
        self.skeleton = skeleton
        self.input_size = input_size
        self._session = session_of(os.fspath(path), device)
        self._input = self._session.get_inputs()[0].name
        joints, (width, height) = len(skeleton), input_size
        wanted_shapes = {"simcc_x": (1, joints, SPLIT * width), "simcc_y": (1, joints, SPLIT * height)}
        try:  # the file itself may call its sizes by names only
            answer = self._session.run(list(wanted_shapes), {self._input: np.zeros((1, 3, height, width), np.float32)})
            shapes = dict(zip(wanted_shapes, [axis.shape for axis in answer], strict=True))
        except (Fail, InvalidArgument, ValueError) as error:
            shapes = {"none of these names": str(error).splitlines()[0]}
        if shapes != wanted_shapes:
            raise InputError(
                f"{path} must be an RTMPose of {joints} joints for {width} x {height} pixels, "
                f"got outputs {shapes}; name its own skeleton and input size"
            )

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds the joints of every crop; see the protocol.  Confidence is the lower of the two peaks."""
        images = ((crops - MEAN) / STD).transpose(0, 3, 1, 2)  # (B, H, W, 3) -> (B, 3, H, W)
        axes = self._session.run(["simcc_x", "simcc_y"], {self._input: np.ascontiguousarray(images)})
        positions = np.stack([axis.argmax(axis=2) for axis in axes], axis=2) / SPLIT  # (B, K, 2)
        confidence = np.minimum(axes[0].max(axis=2), axes[1].max(axis=2))  # (B, K)
        # MMPose counts from the centre of the first pixel, fitlab from its corner.
        return (positions + 0.5).astype(np.float32), confidence.clip(0.0, 1.0)
