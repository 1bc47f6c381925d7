"""The proposed frames as one picture."""

from collections.abc import Sequence

import cv2
import numpy as np

from fitlab.detectors.crops import crop_around, cut
from fitlab.skeletons import Skeleton
from fitlab.views.overlay import draw_skeleton

_SIDE, _CAPTION, _COLUMNS = 200, 20, 6
_PAPER, _INK = 250, (24, 24, 27)


def sheet(
    pictures: Sequence[np.ndarray],
    boxes: Sequence[tuple[float, float, float, float]],
    positions: np.ndarray,
    confidence: np.ndarray,
    skeleton: Skeleton,
    captions: Sequence[str],
) -> np.ndarray:
    """(H, W, 3) uint8 RGB: people with their skeletons and captions, six in a row.

    Parameters
    ----------
    pictures : N of uint8 (H, W, 3) RGB
    boxes : N of (left, top, width, height) pixels around the people
    positions : (N, K, 2) pixels, confidence : (N, K)
    """
    tiles = []
    for n, (picture, box, caption) in enumerate(zip(pictures, boxes, captions, strict=True)):
        crop = crop_around(box, (_SIDE, _SIDE), margin=1.1)
        seen = draw_skeleton(cut(picture, crop), crop.to_crop(positions[n]), confidence[n], skeleton)
        tile = np.full((_SIDE + _CAPTION, _SIDE, 3), _PAPER, np.uint8)
        tile[_CAPTION:] = seen
        cv2.putText(tile, caption, (5, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, _INK, 1, cv2.LINE_AA)
        tiles.append(tile)
    columns = min(_COLUMNS, len(tiles))
    tiles += [np.full_like(tiles[0], _PAPER)] * (-len(tiles) % columns)
    rows = [np.concatenate(tiles[k : k + columns], axis=1) for k in range(0, len(tiles), columns)]
    return np.concatenate(rows)
