"""A decoded picture that becomes RGB only where it is looked at."""

from functools import cached_property

import av
import numpy as np

_HALVED = ("yuv420p", "yuvj420p")
"""Layouts of which a part can be taken: three planes of bytes, colours at half the resolution both ways."""

_GRAIN = 32  # sides of a part grow to a multiple of this: converters work on groups of pixels, and round others apart


class Picture:
    """One upright picture of a video; ``picture[top:bottom, left:right]`` is that part, uint8 (h, w, 3) RGB.

    Somebody who follows a person looks at a tenth of each picture: converting the rest is most of the work.
    ``np.asarray(picture)`` is the whole picture; a part of it equals the part, pixel by pixel.

    Parameters
    ----------
    frame : av.VideoFrame
    rotation_deg : {0, 90, 180, 270}
        How far the stored picture is turned counter-clockwise to stand upright.
    """

    def __init__(self, frame: av.VideoFrame, rotation_deg: int = 0) -> None:
        self._frame = frame
        self._quarters = rotation_deg // 90
        height, width = (frame.height, frame.width) if self._quarters % 2 == 0 else (frame.width, frame.height)
        self.shape = (height, width, 3)

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        return self._whole.astype(dtype or np.uint8, copy=bool(copy))

    def __getitem__(self, window: tuple[slice, slice]) -> np.ndarray:
        height, width, _ = self.shape
        (top, bottom, _), (left, right, _) = window[0].indices(height), window[1].indices(width)
        # Pictures of an odd size go through another converter, which blends colours.
        if self._frame.format.name not in _HALVED or height % 2 or width % 2:
            return self._whole[top:bottom, left:right]
        for _ in range(self._quarters):  # where that part lay one quarter turn before
            top, bottom, left, right = left, right, height - bottom, height - top
            height, width = width, height
        return np.rot90(self._stored(top, bottom, left, right), self._quarters)

    def coloured(self, rows: slice, columns: slice) -> np.ndarray:
        """The whole picture, uint8 (H, W, 3) RGB, of which only this part is filled in: the rest may be anything."""
        whole = np.empty(self.shape, np.uint8)
        whole[rows, columns] = self[rows, columns]
        return whole

    @cached_property
    def _whole(self) -> np.ndarray:
        return np.ascontiguousarray(np.rot90(_converted(self._frame), self._quarters))

    def _stored(self, top: int, bottom: int, left: int, right: int) -> np.ndarray:
        """A part of the picture as it is stored, before it is turned upright."""
        if bottom <= top or right <= left:
            return np.empty((max(bottom - top, 0), max(right - left, 0), 3), np.uint8)
        above, beside = top % 2, left % 2  # one colour covers two rows and columns, from even ones on
        top, left = top - above, left - beside
        rows, columns = -(-(bottom - top) // _GRAIN) * _GRAIN, -(-(right - left) // _GRAIN) * _GRAIN
        part = np.zeros((rows * 3 // 2, columns), np.uint8)  # the layout of yuv420p: brightness, then both colours
        halved = part[rows:].reshape(2, rows // 2, columns // 2)
        for plane, target, step in zip(self._frame.planes, (part[:rows], *halved), (1, 2, 2), strict=True):
            stored = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
            piece = stored[top // step : -(-bottom // step), left // step : -(-right // step)]
            target[: piece.shape[0], : piece.shape[1]] = piece
        frame = av.VideoFrame.from_numpy_buffer(part, format=self._frame.format.name)
        frame.colorspace, frame.color_range = self._frame.colorspace, self._frame.color_range
        return _converted(frame)[above : bottom - top, beside : right - left]


def _converted(frame: av.VideoFrame) -> np.ndarray:
    """(H, W, 3) RGB as it is stored."""
    # One thread: to start others for every picture takes longer than a part does.
    return frame.reformat(format="rgb24", interpolation="FAST_BILINEAR", threads=1).to_ndarray()
