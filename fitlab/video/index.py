"""What a video file holds and where its pictures lie."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

from fitlab.errors import InputError


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
class Index:
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
    return index_of(path).info


def key_frames(path: str | os.PathLike[str]) -> np.ndarray:
    """Frames that are decoded without any other, ascending int64: reading one costs a single picture.

    Raises InputError as :func:`probe`.
    """
    index = index_of(path)
    presented = np.array([key for key, _ in index.keys], np.int64)
    return np.unique(np.searchsorted(index.stamps, presented).clip(0, index.info.frames - 1))


def index_of(path: str | os.PathLike[str]) -> Index:
    """Where the pictures of a file lie; read anew when the file changes.  Raises InputError as :func:`probe`."""
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
def _read_index(path: Path, changed_ns: int, size: int) -> Index:
    """Reads the time stamps of all packets; cached until the file changes."""
    with opened(path) as stream:
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
    with opened(path) as stream:
        rate = float(stream.average_rate or stream.guessed_rate or 0)
        picture = next(decoded(stream, path))
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
    return Index(info, stamps, keys)


@contextmanager
def opened(path: Path, threads: int = 0) -> Iterator[VideoStream]:
    """The video stream of a file, whose pictures are decoded by so many threads; 0: as many as there are cores."""
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
        stream.thread_type, stream.thread_count = "AUTO", threads
        yield stream


def decoded(stream: VideoStream, path: Path) -> Iterator[av.VideoFrame]:
    """Pictures from where the stream stands; raises InputError where one cannot be decoded."""
    try:
        yield from stream.container.decode(stream)
    except av.error.FFmpegError as error:
        raise InputError(
            f"the video must be whole, got {path} with a picture that cannot be decoded ({error.strerror}); "
            "copy or convert it again"
        ) from error
