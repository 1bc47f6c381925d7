"""BlazePose from MediaPipe's TFLite files (Bazarevsky et al., BlazePose: On-device Real-time Body Pose Tracking, 2020).

The network wants a person who stands upright in a square around the middle of the hips.  It says itself where that
square is, by two auxiliary points behind the 33 landmarks: the middle of the hips and a point on the circle around the
whole body, on the line from the hips through the shoulders.  MediaPipe lays the crop of the next frame around them,
1.25 times as large (``pose_landmarks_to_roi``); here every crop is looked at twice, the second time so.
On the 12 people of COCO in ``people/``, boxes enlarged by 1.25, that lifts the OKS of *full* from 0.69 to 0.76.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fitlab.detectors.crops import Crop, cut
from fitlab.errors import InputError, SetupError
from fitlab.skeletons import BLAZEPOSE33

SIDE = 256
"""Pixels of the square crops."""

REGION = 1.25
"""Side of the square that is looked at, as a share of the diameter of the circle around the body."""

PRESENT = 0.5
"""Below this the network is not sure that there is a person, and a second look has nowhere to go."""

_POINTS = len(BLAZEPOSE33) + 6  # six auxiliary ones, the first two of which say where the person is
_KERNEL = 7  # cells of the heatmap that refine a landmark
_REFINING = 0.5  # lowest peak that does


class Landmarks(NamedTuple):
    """What BlazePose says of B crops.

    ``positions`` (B, 33, 2) pixels of the crop; ``confidence`` (B, 33) in [0, 1]: that there is a
    person and the landmark can be seen; ``world`` (B, 33, 3) metres from the middle of the hips,
    in the axes of the camera: x right, y down, z forward.
    """

    positions: np.ndarray
    confidence: np.ndarray
    world: np.ndarray


class BlazePoseDetector:
    """One of MediaPipe's pose landmark models as a :class:`fitlab.detectors.protocol.Detector`.  It runs on the CPU.

    Parameters
    ----------
    path : path of the TFLite file
        ``pose_landmark_lite``, ``_full`` or ``_heavy`` of 2021 to 2023: 256 x 256 pixels, 39 points.
    name : str

    Raises
    ------
    InputError
        If the file is no such model.
    SetupError
        If the package ai-edge-litert is not installed.
    """

    skeleton = BLAZEPOSE33
    input_size = (SIDE, SIDE)

    def __init__(self, path: str | os.PathLike[str], name: str = "blazepose") -> None:
        self.name = name
        self._model = _interpreter(Path(path))
        self._input = self._model.get_input_details()[0]["index"]
        outputs = {output["name"]: output for output in self._model.get_output_details()}
        shapes = {name: tuple(map(int, output["shape"])) for name, output in outputs.items()}
        wanted = {
            "Identity": (1, 5 * _POINTS),  # x, y, z in pixels, logits of visible and of present
            "Identity_1": (1, 1),  # whether there is a person
            "Identity_3": (1, SIDE // 4, SIDE // 4, _POINTS),  # logits
            "Identity_4": (1, 3 * _POINTS),  # metres
        }
        if not wanted.items() <= shapes.items():
            raise InputError(f"{path} must be a BlazePose landmark model, got outputs {shapes}; pull it again")
        self._outputs = [outputs[name]["index"] for name in wanted]

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds the landmarks of every crop; see the protocol."""
        found = self.landmarks(crops)
        return found.positions, found.confidence

    def landmarks(self, crops: np.ndarray) -> Landmarks:
        """Finds the landmarks of every crop, also in metres."""
        found = [self._twice(crop) for crop in crops]
        empty = np.zeros((0, len(BLAZEPOSE33), 3), np.float32)
        if not found:
            return Landmarks(empty[..., :2], empty[..., 0], empty)
        return Landmarks(*(np.stack(parts).astype(np.float32) for parts in zip(*found, strict=True)))

    def _twice(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        whole = Crop((SIDE / 2, SIDE / 2), (SIDE, SIDE), self.input_size)
        look = self._look(image)
        region = _region(whole.to_image(look.points)) if look.present >= PRESENT else None
        if region is not None:
            look = self._look(cut(image, region))
        region = region or whole
        joints = slice(len(BLAZEPOSE33))
        world = look.world[joints] @ _turned(region.turn_deg).T
        return region.to_image(look.points)[joints], look.present * look.visible[joints], world

    def _look(self, crop: np.ndarray) -> "_Look":
        self._model.set_tensor(self._input, crop[None].astype(np.float32) / 255)
        self._model.invoke()
        points, present, heatmaps, world = (self._model.get_tensor(index)[0] for index in self._outputs)
        points = points.reshape(_POINTS, 5)
        return _Look(
            points=_refined(points[:, :2].astype(np.float64), heatmaps),
            present=float(present[0]),
            visible=_sigmoid(points[:, 3]),
            world=world.reshape(_POINTS, 3),
        )


class _Look(NamedTuple):
    """One run of the network: ``points`` (39, 2), ``visible`` (39,), ``world`` (39, 3)."""

    points: np.ndarray
    present: float
    visible: np.ndarray
    world: np.ndarray


def _interpreter(path: Path) -> Any:  # ai_edge_litert.interpreter.Interpreter, imported late
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise SetupError(
            f"ai-edge-litert must be installed to run BlazePose, got {error}; run: pip install 'fitlab[blazepose]'"
        ) from error
    try:
        model = Interpreter(model_path=str(path), num_threads=min(4, os.cpu_count() or 1))
        model.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise InputError(f"{path} must be a TFLite model, got a file that cannot be read; pull it again") from error
    return model


def _region(points: np.ndarray) -> Crop | None:
    """The square of which the auxiliary ``points`` (39, 2) speak, the trunk upright in it; None for a spot."""
    hips, rim = points[len(BLAZEPOSE33) : len(BLAZEPOSE33) + 2]
    across, down = rim - hips
    side = 2 * REGION * float(np.hypot(across, down))
    if side < 8:
        return None
    turn_deg = float(np.degrees(np.arctan2(across, -down)))
    return Crop((float(hips[0]), float(hips[1])), (side, side), (SIDE, SIDE), turn_deg)


def _refined(points: np.ndarray, heatmaps: np.ndarray) -> np.ndarray:
    """Points (K, 2) at the centre of mass of the heatmap (H, W, K) around them, where it has a clear peak.

    MediaPipe's RefineLandmarksFromHeatmapCalculator; a cell's index times its size is its place.
    """
    height, width, _ = heatmaps.shape
    cell, reach, refined = SIDE / width, _KERNEL // 2, points.copy()
    for joint, (column, row) in enumerate((points / cell).astype(int)):
        if not (0 <= column < width and 0 <= row < height):
            continue
        rows = np.arange(max(0, row - reach), min(height, row + reach + 1))
        columns = np.arange(max(0, column - reach), min(width, column + reach + 1))
        weights = _sigmoid(heatmaps[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, joint])
        if weights.max() >= _REFINING:
            refined[joint] = (
                cell * np.array([weights.sum(axis=0) @ columns, weights.sum(axis=1) @ rows]) / weights.sum()
            )
    return refined


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(logits, -60, 60)))


def _turned(degrees: float) -> np.ndarray:
    """(3, 3) rotation about the axis of view, clockwise as seen."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
