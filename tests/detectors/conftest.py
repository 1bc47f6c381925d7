"""A detector whose every answer is known: it reads the position of each pixel from the picture's colours."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from fitlab.skeletons import COCO17

WIDTH, HEIGHT = 512, 288

STANDING = np.array(  # COCO17, in body heights: x right, y down, the hips' middle at the origin
    [
        (0.00, -0.44), (0.02, -0.46), (-0.02, -0.46), (0.04, -0.45), (-0.04, -0.45),
        (0.10, -0.30), (-0.10, -0.30), (0.12, -0.13), (-0.12, -0.13), (0.12, 0.02), (-0.12, 0.02),
        (0.06, 0.00), (-0.06, 0.00), (0.06, 0.24), (-0.06, 0.24), (0.06, 0.47), (-0.06, 0.47),
    ]
)  # fmt: skip


def person(x: float, y: float, height: float, turn_deg: float = 0.0) -> np.ndarray:
    """Joints (17, 2) of a standing person with the hips at (x, y), turned clockwise."""
    angle = np.deg2rad(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return STANDING * height @ turn.T + (x, y)


def scene(moment: int = 0) -> np.ndarray:
    """A picture whose red and green say where a pixel lies, and whose blue says which moment it is."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.dstack([x / 2, y / 2, np.full_like(x, moment)]).astype(np.uint8)


class KnowingDetector:
    """Gives the joints of the person nearest to the middle of the crop among ``people(moment)``.

    It works out the crop's place from the colours alone, so that any mistake in cutting or mapping shows.  Like a real
    detector it is less sure of small, cut-off and upside-down people.
    """

    name = "knowing"
    skeleton = COCO17

    def __init__(self, people: Callable[[int], list[np.ndarray]], input_size: tuple[int, int] = (96, 96)):
        self.people = people
        self.input_size = input_size
        self.calls = 0

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert crops.dtype == np.uint8 and crops.shape[1:] == (self.input_size[1], self.input_size[0], 3)
        self.calls += len(crops)
        positions, confidence = zip(*map(self.look, crops), strict=True)
        return np.stack(positions).astype(np.float32), np.stack(confidence).astype(np.float32)

    def rank(self, found: np.ndarray) -> float:
        """The person (17, 2), in pixels of the crop, for whom this is least is who is seen."""
        return float(np.linalg.norm(found[11:13].mean(axis=0) - np.array(self.input_size) / 2))

    def look(self, crop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nobody = np.zeros((17, 2)), np.zeros(17)
        # Only pixels whose surroundings lie inside the picture: black is outside.
        inside = cv2.erode((crop.astype(int).sum(axis=2) > 8).astype(np.uint8), np.ones((7, 7))).astype(bool)
        rows, columns = np.nonzero(inside)
        if len(rows) < 50:
            return nobody
        moment = int(np.median(crop[inside][:, 2]))
        here = np.column_stack([columns + 0.5, rows + 0.5, np.ones(len(rows))])
        there = crop[inside][:, :2].astype(float) * 2 + 0.75  # x // 2 * 2 is 0.25 below the pixel's centre on average
        crop_from_image, *_ = np.linalg.lstsq(
            np.column_stack([there, np.ones(len(rows))]), here[:, :2], rcond=None
        )  # (3, 2)
        best = nobody
        nearest = np.inf
        size = np.array(self.input_size)
        for joints in self.people(moment):
            found = np.column_stack([joints, np.ones(17)]) @ crop_from_image
            away = self.rank(found)
            visible = ((found >= 0) & (found <= size)).all(axis=1)
            tall = np.ptp(found, axis=0).max() / max(size)
            sure = 0.9 * min(1, tall / 0.25) * visible
            if (found[5:7, 1].mean() - found[11:13, 1].mean()) > 0.1 * np.ptp(found, axis=0).max():
                sure = sure * 0.6
            if away < nearest and visible.mean() > 0.3 and tall > 0.08:
                nearest, best = away, (found, sure)
        return best


@pytest.fixture
def knowing():
    """The class itself: ``knowing(people)`` makes a detector."""
    return KnowingDetector


@pytest.fixture
def standing():
    """``standing(x, y, height, turn_deg=0)`` -> joints (17, 2)."""
    return person


@pytest.fixture
def picture():
    """``picture(moment)`` -> the scene, (288, 512, 3)."""
    return scene
