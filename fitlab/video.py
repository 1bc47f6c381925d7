"""Video in and out: what a file holds, its frames at exact times, and writing one.

Frame ``i`` of a video is the picture that is shown ``i / fps`` seconds after its first one.  Where the rate
is constant that is the i-th picture; where it varies (telephones) the picture nearest in time is taken, so that
poses over time keep their speed.
"""

import os
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from fitlab.errors import InputError
from fitlab.files import written_whole

KEY_FRAME_INTERVAL = 30
"""Frames between key frames of written videos: players and :func:`read_frame` jump to any second at once."""

# sc_threshold 0: no further key frames at cuts.  bf 0: with B-frames x264's look-ahead thread makes the files of equal
# frames differ from run to run.
_ENCODING = {"crf": "20", "preset": "veryfast", "sc_threshold": "0", "bf": "0"}


@dataclass(frozen=True)
class VideoInfo:
    """What a video file holds.

    Attributes
    ----------
    width, height : int
        Pixels of the upright picture, after ``rotation_deg`` was applied.
    fps : float
        Frames per second; the mean where the rate varies.
    frames : int
        How many frames :func:`read_frames` gives.
    duration_s : float
        ``frames / fps``.
    rotation_deg : {0, 90, 180, 270}
        How far the stored picture is turned counter-clockwise to stand upright.
    variable_rate : bool
        Whether pictures come at uneven times.
    """

    path: Path
    width: int
    height: int
    fps: float
    frames: int
    duration_s: float
    rotation_deg: int
    variable_rate: bool


@dataclass(frozen=True)
class _Index:
    """Where everything lies, in units of the stream's time base."""

    info: VideoInfo
    stamps: np.ndarray  # (frames,) int64: when the picture of each frame is presented, not decreasing
    keys: list[tuple[int, int]]  # (presented, decoded) times of the key frames, ascending


def probe(path: str | os.PathLike[str]) -> VideoInfo:
    """Reads what a video holds without decoding more than one picture.

    Raises
    ------
    InputError
        If the file is missing, a folder, empty, not a video, without pictures, or breaks off before its end.
    """
    return _index(path).info


def read_frames(path: str | os.PathLike[str], start: int = 0, stop: int | None = None) -> Iterator[np.ndarray]:
    """Yields frames ``start`` to ``stop`` (half open) as (H, W, 3) uint8 RGB, upright.

    Raises
    ------
    InputError
        As :func:`probe`; if the interval does not lie in the video; if a picture cannot be decoded.
    """
    index = _index(path)
    info = index.info
    stop = info.frames if stop is None else stop
    if not 0 <= start <= stop <= info.frames:
        raise InputError(
            f"frames must lie in 0 to {info.frames} of {info.path}, got {start} to {stop}; "
            f"the video lasts {info.duration_s:.2f} s at {info.fps:g} fps"
        )
    return _decoded(index, start, stop)


def read_frame(path: str | os.PathLike[str], index: int) -> np.ndarray:
    """Frame ``index`` as (H, W, 3) uint8 RGB, upright; decodes from the key frame before it."""
    return next(read_frames(path, index, index + 1))


def key_frames(path: str | os.PathLike[str]) -> np.ndarray:
    """Frames that are decoded without any other, ascending int64: reading one costs a single picture.

    Raises InputError as :func:`probe`.
    """
    index = _index(path)
    presented = np.array([key for key, _ in index.keys], np.int64)
    return np.unique(np.searchsorted(index.stamps, presented).clip(0, index.info.frames - 1))


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


def _index(path: str | os.PathLike[str]) -> _Index:
    file = Path(path)
    if not file.exists():
        raise InputError(f"the video must exist, got {file}; check the path")
    if file.is_dir():
        raise InputError(f"the video must be a file, got the folder {file}; name the file in it")
    status = file.stat()
    if status.st_size == 0:
        raise InputError(f"the video must hold pictures, got {file}, which is empty (0 bytes); copy it again")
    return _read_index(file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _read_index(path: Path, changed_ns: int, size: int) -> _Index:
    """Reads the time stamps of all packets; cached until the file changes."""
    with _opened(path) as stream:
        declared, time_base = stream.frames, stream.time_base
        packets = [packet for packet in stream.container.demux(stream) if packet.size and not packet.is_discard]
        stamps = np.sort([packet.pts if packet.pts is not None else packet.dts or 0 for packet in packets])
    if not len(stamps):
        raise InputError(f"the video must hold at least one frame, got {path} with none; record it again")
    seconds = (stamps - stamps[0]) * float(time_base)
    if len(packets) < declared or any(packet.is_corrupt for packet in packets):
        raise InputError(
            f"the video must be whole, got {path}, which breaks off after {seconds[-1]:.1f} s "
            f"({len(stamps)} of {declared} frames); copy it again, or save the readable part as a new file"
        )
    steps = np.diff(seconds)
    mean = 1 / steps.mean() if len(steps) and steps.mean() > 0 else 0.0
    variable = bool(len(steps) and steps.max() - steps.min() > 0.5 * np.median(steps))
    with _opened(path) as stream:
        rate = float(stream.average_rate or stream.guessed_rate or 0)
        picture = next(_pictures(stream, path))
        turned = round(picture.rotation / 90) * 90 % 360
        width, height = (picture.height, picture.width) if turned % 180 else (picture.width, picture.height)
    fps = mean if variable or not rate or abs(rate - mean) > 0.01 * mean > 0 else rate
    if not fps:
        raise InputError(f"the video must have a frame rate, got {path} with one frame and none; record it again")
    if variable:  # the picture nearest in time to each i / fps
        wanted = np.arange(round(seconds[-1] * fps) + 1) / fps
        stamps = stamps[np.searchsorted((seconds[1:] + seconds[:-1]) / 2, wanted)]
    info = VideoInfo(path, width, height, fps, len(stamps), len(stamps) / fps, turned, variable)
    keys = sorted((p.pts, p.pts if p.dts is None else p.dts) for p in packets if p.is_keyframe and p.pts is not None)
    return _Index(info, stamps, keys)


@contextmanager
def _opened(path: Path) -> Iterator[VideoStream]:
    """The video stream of a file; pictures are decoded by several threads."""
    try:
        # Only files: a playlist must not make us fetch what it names.
        container = av.open(str(path), options={"protocol_whitelist": "file"})
    except av.error.FFmpegError as error:
        raise InputError(
            f"the video must be readable, got {path} ({error.strerror}); it is no video, or a recording "
            "that broke off before its index was written: copy or record it again"
        ) from error
    with container:
        if container.format.name.endswith("_pipe") or container.format.name in ("image2", "tty"):
            raise InputError(f"the video must have moving pictures, got {path} ({container.format.long_name}); film it")
        if not container.streams.video:
            raise InputError(f"the video must hold pictures, got {path} with sound or data only; choose another file")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        yield stream


def _pictures(stream: VideoStream, path: Path) -> Iterator[av.VideoFrame]:
    try:
        yield from stream.container.decode(stream)
    except av.error.FFmpegError as error:
        raise InputError(
            f"the video must be whole, got {path} with a picture that cannot be decoded ({error.strerror}); "
            "copy or convert it again"
        ) from error


def _decoded(index: _Index, start: int, stop: int) -> Iterator[np.ndarray]:
    if start == stop:
        return
    info, wanted = index.info, index.stamps[start:stop]
    reformatter = VideoReformatter()  # keeps its tables from picture to picture
    done = 0
    with _opened(info.path) as stream:
        # Containers seek by decoding time, which runs ahead of presentation: name the key frame itself.
        key = max(bisect_right(index.keys, (wanted[0], np.inf)) - 1, 0)
        if key:
            stream.container.seek(index.keys[key][1], stream=stream, backward=True)
        for picture in _pictures(stream, info.path):
            if picture.pts is not None and picture.pts < wanted[done]:
                continue
            rgb = reformatter.reformat(picture, format="rgb24", interpolation="FAST_BILINEAR").to_ndarray()
            rgb = np.ascontiguousarray(np.rot90(rgb, info.rotation_deg // 90))
            # Where the rate varies, a picture may be the nearest one for several frames.
            while done < len(wanted) and (picture.pts is None or picture.pts >= wanted[done]):
                yield rgb
                done += 1
            if done == len(wanted):
                return
    raise InputError(
        f"the video must be whole, got {info.path}, which can be decoded up to {(start + done) / info.fps:.1f} of "
        f"{info.duration_s:.1f} s; copy it again, or save the readable part as a new file"
    )
