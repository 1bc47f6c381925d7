"""Writing a video that plays everywhere."""

import os
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np

from fitlab.errors import InputError
from fitlab.files import written_whole

KEY_FRAME_INTERVAL = 30
"""Frames between key frames of written videos: players and :func:`read_frame` jump to any second at once."""

# sc_threshold 0: no further key frames at cuts.  bf 0: with B-frames x264's look-ahead thread makes the files of equal
# frames differ from run to run.
_ENCODING = {"crf": "20", "preset": "veryfast", "sc_threshold": "0", "bf": "0"}


class VideoWriter:
    """Writes an H.264 mp4 that plays everywhere; use it as a context.

    The file appears under its name when the block succeeds, and not at all when it fails.  A size with an odd side
    grows by one pixel (the edge repeated), for H.264 halves its colours.

    Parameters
    ----------
    path : path ending in .mp4
    fps : float, positive
    size : (width, height) in pixels
    """

    def __init__(self, path: str | os.PathLike[str], fps: float, size: tuple[int, int]) -> None:
        if not (np.isfinite(fps) and fps > 0):
            raise InputError(f"fps of {path} must be a positive number, got {fps}; give the rate of the recording")
        if min(size) < 1:
            raise InputError(f"the size of {path} must be at least one pixel, got {size}; give (width, height)")
        self.path = Path(path)
        self.size = size
        self._fps = Fraction(fps).limit_denominator(1001)
        self._files = ExitStack()
        self._frames = 0

    def __enter__(self) -> Self:
        width, height = self.size
        partial = self._files.enter_context(written_whole(self.path))
        self._container = av.open(str(partial), "w", format="mp4", options={"movflags": "faststart"})
        self._stream = self._container.add_stream("libx264", self._fps, options=_ENCODING)
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.gop_size = KEY_FRAME_INTERVAL
        return self

    def write(self, rgb: np.ndarray) -> None:
        """Appends one picture, uint8 (H, W, 3) RGB of the writer's size."""
        width, height = self.size
        if rgb.shape != (height, width, 3) or rgb.dtype != np.uint8:
            raise ValueError(f"a frame must be uint8 ({height}, {width}, 3), got {rgb.dtype} {rgb.shape}; resize it")
        if width % 2 or height % 2:
            rgb = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        frame.pts, frame.time_base = self._frames, 1 / self._fps
        self._frames += 1
        self._container.mux(self._stream.encode(frame))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                if not self._frames:
                    raise InputError(f"{self.path} must hold at least one frame, got none; write frames before closing")
                self._container.mux(self._stream.encode(None))
            self._container.close()
        except BaseException as failure:
            kind, error, trace = type(failure), failure, failure.__traceback__
            raise
        finally:
            self._files.__exit__(kind, error, trace)
