"""Frames of a video, by their number."""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np

from fitlab.errors import InputError
from fitlab.video.index import Index, decoded, index_of, opened
from fitlab.video.picture import Picture


def read_frames(path: str | os.PathLike[str], start: int = 0, stop: int | None = None) -> Iterator[np.ndarray]:
    """Yields frames ``start`` to ``stop`` (half open) as (H, W, 3) uint8 RGB, upright.

    Raises
    ------
    InputError
        As :func:`probe`; if the interval does not lie in the video; if a picture cannot be decoded.
    """
    info = index_of(path).info
    stop = info.frames if stop is None else stop
    if not 0 <= start <= stop <= info.frames:
        raise InputError(
            f"frames must lie in 0 to {info.frames} of {info.path}, got {start} to {stop}; "
            f"the video lasts {info.duration_s:.2f} s at {info.fps:g} fps"
        )
    return map(np.asarray, read_pictures(path, range(start, stop)))


def read_frame(path: str | os.PathLike[str], index: int) -> np.ndarray:
    """Frame ``index`` as (H, W, 3) uint8 RGB, upright; decodes from the key frame before it."""
    return next(read_frames(path, index, index + 1))


def read_pictures(path: str | os.PathLike[str], frames: Sequence[int], *, threads: int = 0) -> Iterator[Picture]:
    """Yields the frames of these numbers, ascending, without converting them; jumps over what lies between them.

    Parameters
    ----------
    threads : int
        Of the decoder; 0: as many as there are cores.  Several decode pictures that nobody asked for ahead.

    Raises
    ------
    InputError
        As :func:`probe`; if a picture cannot be decoded.
    """
    return _pictures(index_of(path), frames, threads)


def _pictures(index: Index, frames: Sequence[int], threads: int) -> Iterator[Picture]:
    info, stamps, keys = index.info, index.stamps, index.keys
    before = -1  # the frame that was read last
    picture = None
    with opened(info.path, threads) as stream:
        pictures = decoded(stream, info.path)
        for number in frames:
            # Containers seek by decoding time, which runs ahead of presentation: name the key frame itself.
            key = max(bisect_right(keys, (stamps[number], np.inf)) - 1, 0)
            if key and number > before + 1 and (before < 0 or keys[key][0] > stamps[before]):
                stream.container.seek(keys[key][1], stream=stream, backward=True)
                pictures, picture = decoded(stream, info.path), None
            # Where the rate varies, a picture may be the nearest one for several frames.
            while picture is None or (picture.pts is not None and picture.pts < stamps[number]):
                picture = next(pictures, None)
                if picture is None:
                    raise InputError(
                        f"the video must be whole, got {info.path}, which can be decoded up to {number / info.fps:.1f} "
                        f"of {info.duration_s:.1f} s; copy it again, or save the readable part as a new file"
                    )
            yield Picture(picture, info.rotation_deg)
            before = number
