"""The proposed frames as one picture."""

from collections.abc import Sequence

import cv2
import numpy as np

from fitlab.detectors.crops import crop_around, cut
from fitlab.skeletons import Skeleton
from fitlab.views.overlay import draw_skeleton

_SIDE, _CAPTION, _COLUMNS = 200, 20, 6
_ROWS = 250  # 55,000 pixels; JPEG ends at 65,500
_PAPER, _INK = 250, (24, 24, 27)


def tile(
    picture: np.ndarray,
    box: tuple[float, float, float, float],
    positions: np.ndarray,
    confidence: np.ndarray,
    skeleton: Skeleton,
    caption: str,
) -> np.ndarray:
    """(220, 200, 3) uint8 RGB: one person with their skeleton, under a caption.

    Parameters
    ----------
    picture : uint8 (H, W, 3) RGB
    box : (left, top, width, height) pixels around the person
    positions : (K, 2) pixels, confidence : (K,)
    """
    crop = crop_around(box, (_SIDE, _SIDE), margin=1.1)
    made = np.full((_SIDE + _CAPTION, _SIDE, 3), _PAPER, np.uint8)
    made[_CAPTION:] = draw_skeleton(cut(picture, crop), crop.to_crop(positions), confidence, skeleton)
    cv2.putText(made, caption, (5, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, _INK, 1, cv2.LINE_AA)
    return made


def sheet(tiles: Sequence[np.ndarray]) -> np.ndarray:
    """(H, W, 3) uint8 RGB: the tiles, six in a row; more where JPEG could not hold so many rows."""
    columns = min(max(_COLUMNS, -(-len(tiles) // _ROWS)), len(tiles))
    filled = [*tiles, *[np.full_like(tiles[0], _PAPER)] * (-len(tiles) % columns)]
    rows = [np.concatenate(filled[k : k + columns], axis=1) for k in range(0, len(filled), columns)]
    return np.concatenate(rows)
