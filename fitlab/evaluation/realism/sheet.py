"""A picture of pictures: where each detector is best and worst."""

from collections.abc import Mapping

import cv2
import numpy as np

from fitlab.detectors.crops import crop_around, cut
from fitlab.evaluation.realism.answers import Answers
from fitlab.evaluation.realism.examples import Example
from fitlab.skeletons import COCO17

_SIDE, _CAPTION, _EACH = 240, 22, 3
_SUBPIXEL_BITS = 4  # OpenCV draws at 1 / 16 pixel, and counts from the centre of the first one
_FOUND, _LABEL, _INK = (240, 60, 50), (60, 230, 90), (255, 255, 255)


def sheet(found: Mapping[str, Answers]) -> np.ndarray:
    """(H, W, 3) uint8 RGB: a row per detector, its three best pictures by OKS, then its three worst.

    Red lines are what the detector found, green rings the labels.
    """
    rows = []
    for name, answers in found.items():
        values = answers.oks
        order = np.argsort(-values)
        chosen = [*order[:_EACH], *order[-_EACH:]]
        tiles = [_tile(answers.examples[k], answers.positions[k], f"{name} {values[k]:.2f}") for k in chosen]
        rows.append(np.concatenate(tiles, axis=1))
    return np.concatenate(rows, axis=0)


def _tile(example: Example, positions: np.ndarray, caption: str) -> np.ndarray:
    crop = crop_around(example.box, (_SIDE, _SIDE))
    tile = np.ascontiguousarray(cut(example.picture, crop))
    for child, parent in COCO17.bones:
        ends = [_subpixels(crop.to_crop(positions[joint])) for joint in (child, parent)]
        cv2.line(tile, *ends, _FOUND, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
    for label in example.keypoints[np.isfinite(example.keypoints).all(axis=1)]:
        cv2.circle(tile, _subpixels(crop.to_crop(label)), 3 << _SUBPIXEL_BITS, _LABEL, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
    tile[:_CAPTION] //= 3
    cv2.putText(tile, caption, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, _INK, 1, cv2.LINE_AA)
    return tile


def _subpixels(point: np.ndarray) -> tuple[int, int]:
    x, y = np.round((np.clip(point, -4 * _SIDE, 4 * _SIDE) - 0.5) * (1 << _SUBPIXEL_BITS)).astype(int)
    return int(x), int(y)
