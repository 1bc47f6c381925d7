"""The skeleton drawn over the video it was found in."""

import os

import cv2
import numpy as np

from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.skeletons import Skeleton
from fitlab.video import VideoWriter, probe, read_frames
from fitlab.views.palette import LIGHT

_SUBPIXEL_BITS = 4
"""OpenCV draws at 1 / 16 pixel."""


def write_overlay(
    video: str | os.PathLike[str], poses: PoseSequence, path: str | os.PathLike[str], *, start: int = 0
) -> None:
    """Writes the video with the person's skeleton on it.

    Parameters
    ----------
    video : path
    poses : PoseSequence in image space, in pixels of that video, at its frame rate
    path : path of the mp4 to write
    start : int
        Frame of the video that belongs to the first pose.

    Raises
    ------
    InputError
        If the poses are of another space, picture size, rate or longer than the video.
    """
    info = probe(video)
    _check(poses, (info.width, info.height), info.fps, info.frames - start)
    frames = read_frames(video, start, start + len(poses))
    with VideoWriter(path, info.fps, (info.width, info.height)) as writer:
        for t, frame in enumerate(progress(frames, "drawing the skeleton", total=len(poses))):
            writer.write(draw_skeleton(frame, poses.positions[t], poses.confidence[t], poses.skeleton))


def draw_skeleton(image: np.ndarray, positions: np.ndarray, confidence: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """A copy of ``image`` with one skeleton on it: left and right in their colours, less sure parts fainter.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB
    positions : float (K, 2), pixels; NaN where missing
    confidence : float (K,) in [0, 1]
    """
    drawn = image.copy()
    there = np.isfinite(positions).all(axis=1) & (np.abs(positions) < 4 * max(image.shape)).all(axis=1)
    if not there.any():
        return drawn
    # Thin on small people as well as in small pictures.
    extent = np.ptp(positions[there], axis=0).max()
    thickness = float(np.clip(min(0.004 * np.hypot(*image.shape[:2]), 0.02 * extent), 1.5, 12))
    low = np.floor(np.clip(positions[there].min(axis=0) - 3 * thickness, 0, None)).astype(int)
    high = np.ceil(np.maximum(positions[there].max(axis=0) + 3 * thickness, 0)).astype(int)
    part = drawn[low[1] : high[1] + 1, low[0] : high[0] + 1]
    if part.size == 0:
        return drawn

    ink, cover = part.copy(), np.zeros(part.shape[:2], np.uint8)
    # OpenCV counts from the centre of the first pixel, we from its corner.
    points = np.round((positions - low - 0.5) * (1 << _SUBPIXEL_BITS))
    opacity = np.clip(confidence / 0.6, 0.12, 1.0)  # MoveNet is rarely surer of a joint in sport than 0.6
    for width, outline in ((thickness + max(1.0, 0.5 * thickness), True), (thickness, False)):
        for parent, child in skeleton.bones:
            if there[parent] and there[child]:
                ends = points[[parent, child]].astype(int).tolist()
                colour = _OUTLINE if outline else _colour(skeleton.joints[child], skeleton.joints[parent])
                veil = 255 * min(opacity[parent], opacity[child]) * (0.55 if outline else 1.0)
                _line(ink, ends, colour, width)
                _line(cover, ends, (float(veil),), width)
    for k in np.flatnonzero(there):
        centre, colour = points[k].astype(int).tolist(), _colour(skeleton.joints[k])
        for radius, shade, veil in ((1.1 * thickness, _OUTLINE, 0.55), (0.8 * thickness, colour, 1.0)):
            _disc(ink, centre, shade, radius)
            _disc(cover, centre, (float(255 * opacity[k] * veil),), radius)
    alpha = cover[..., None].astype(np.float32) / 255
    part[:] = np.round(part * (1 - alpha) + ink * alpha).astype(np.uint8)
    return drawn


def _check(poses: PoseSequence, size: tuple[int, int], fps: float, frames: int) -> None:
    if poses.space != "image":
        raise InputError(f"poses drawn on a video must be in image space, got {poses.space}; use the detected ones")
    if poses.image_size not in (None, size):
        raise InputError(f"poses must be in pixels of the video, {size}, got {poses.image_size}; scale them first")
    if abs(poses.fps - fps) > 0.01 * fps or len(poses) > frames:
        raise InputError(
            f"poses must fit the video's {frames} frames at {fps:g} fps, got {len(poses)} at {poses.fps:g}; "
            "draw them on the video in which they were found"
        )


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(float(int(colour[i : i + 2], 16)) for i in (1, 3, 5))


_OUTLINE = _rgb(LIGHT["ink"])


def _colour(joint: str, other: str = "") -> tuple[float, ...]:
    """Of the person's left, right or middle; a bone between two sides is in the middle, one from the nose is not."""
    sides = {name.partition("_")[0] for name in (joint, other) if name not in ("", "nose")}
    side = sides.pop() if len(sides) == 1 else ""
    return _rgb(LIGHT[side if side in ("left", "right") else "middle"])


def _line(layer: np.ndarray, ends: list[list[int]], colour: tuple[float, ...], width: float) -> None:
    cv2.line(layer, ends[0], ends[1], colour, max(1, round(width)), cv2.LINE_AA, _SUBPIXEL_BITS)


def _disc(layer: np.ndarray, centre: list[int], colour: tuple[float, ...], radius: float) -> None:
    cv2.circle(layer, centre, round(radius * (1 << _SUBPIXEL_BITS)), colour, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)
