"""Clips whose every pixel says where it lies, and a detector with a known weakness that reads it there."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from fitlab.skeletons import COCO17
from fitlab.video import VideoWriter
from tests.detectors.conftest import KnowingDetector, person, scene

FPS = 10
INVERTED = range(40, 80)  # of 120 frames


def upside_down_between(start: int, stop: int) -> Callable[[int], np.ndarray]:
    """Joints (17, 2) of somebody who walks and stands on the head in these frames."""
    return lambda moment: person(180 + moment, 144 + 6 * np.sin(moment / 4), 150, 180.0 * (start <= moment < stop))


def write_scene(path: Path, frames: int = 120) -> Path:
    """A clip of :func:`tests.detectors.conftest.scene`, whose blue is twice the number of the frame."""
    height, width = scene().shape[:2]
    with VideoWriter(path, FPS, (width, height)) as writer:
        for moment in range(frames):
            writer.write(scene(2 * moment + 1))  # compression takes about 1 away
    return path


class UprightOnly:
    """Finds people exactly, but takes whoever is upside down in the crop for somebody upright, and is less sure.

    Its errors are the same in the mirror and from frame to frame: only turning the crop gives them away.
    """

    name = "upright_only"
    skeleton = COCO17

    def __init__(self, joints: Callable[[int], np.ndarray], sure: float = 0.6):
        self.knowing = KnowingDetector(lambda blue: [joints(round(blue / 2))])
        self.input_size = self.knowing.input_size
        self.sure = sure

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # In a mirrored crop the knowing detector finds every joint where it is; a real one would call left right.
        positions, confidence = (np.array(found) for found in self.knowing(crops))
        mirrored = _mirrored(crops)
        positions[mirrored] = positions[mirrored][:, COCO17.mirror]
        upside_down = positions[:, 5:7, 1].mean(axis=1) > positions[:, 11:13, 1].mean(axis=1)
        top, bottom = positions[..., 1].min(axis=1, keepdims=True), positions[..., 1].max(axis=1, keepdims=True)
        positions[..., 1] = np.where(upside_down[:, None], top + bottom - positions[..., 1], positions[..., 1])
        up = (positions[:, 11:13, 1] - positions[:, 5:7, 1]).mean(axis=1) / np.maximum(bottom - top, 1)[:, 0]
        surety = np.where(upside_down, self.sure, np.where(up < 0.15, 0.75, 0.9))
        confidence = np.where(confidence > 0, surety[:, None], 0)
        return positions.astype(np.float32), confidence.astype(np.float32)


def _mirrored(crops: np.ndarray) -> np.ndarray:
    """(B,) bool: red grows along x and green along y in the picture; a mirrored crop turns from one to the other."""
    red, green = (crops[..., channel].astype(float) for channel in (0, 1))
    along = [np.stack([np.gradient(colour, axis=axis).mean(axis=(1, 2)) for axis in (2, 1)]) for colour in (red, green)]
    return along[0][0] * along[1][1] - along[0][1] * along[1][0] < 0
