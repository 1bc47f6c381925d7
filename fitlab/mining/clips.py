"""Clips looked through: the person is followed, then looked at again at moments spread over the clip."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.detectors.crops import Crop
from fitlab.detectors.person import Pose, crop_around
from fitlab.detectors.protocol import Detector
from fitlab.detectors.tracking import ANYWHERE_S, detect_video
from fitlab.errors import InputError
from fitlab.mining.doubts import disagreement, off_path, surest
from fitlab.mining.looks import TURNS_DEG, Looks, look
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.video import probe, read_pictures

PATH_S = 1 / 15
"""Time between neighbours on the path of a joint."""


@dataclass(frozen=True, eq=False)
class Frames:
    """N frames that were looked at; of one clip, or of several joined.

    Parameters
    ----------
    clips : (N,) of Path
    numbers : (N,) int
        Frame of the clip.
    times : (N,) seconds
    sizes : (N, 2) int, width and height in pixels
    positions : (N, K, 2) pixels, confidence : (N, K)
        Of the look that is the surest: with the crop as it is, or turned.
    turns_deg : (N,)
        By how much the crop was turned for it.
    signals : {name: (N,)}
        Signs of errors, large where in doubt; NaN where one cannot be had:

        ``mirror``   joints of the plain look and of the one in the mirror apart, share of the crop
        ``turn``     the same of the plain look and the surest one; 0 where that is the plain one
        ``path``     the same of the followed person and the path through the neighbouring frames
        ``second``   the same of the two detectors
        ``unsure``   1 - mean confidence of the plain look
        ``unknown``  shape distance to the nearest known pose
    """

    clips: np.ndarray
    numbers: np.ndarray
    times: np.ndarray
    sizes: np.ndarray
    positions: np.ndarray
    confidence: np.ndarray
    turns_deg: np.ndarray
    signals: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.numbers)


def look_through(
    path: str | os.PathLike[str], detector: Detector, *, second: Detector | None = None, every_s: float = 0.5
) -> Frames:
    """Follows the athlete of a clip and looks at them again every ``every_s`` seconds.

    Where they are lost for a short time the crop goes on in a straight line; what is before they come, after they go,
    or longer than :data:`fitlab.detectors.tracking.ANYWHERE_S` without them is left out.

    Raises
    ------
    InputError
        If the clip cannot be used or nobody is in it (:func:`fitlab.detectors.detect_video`), or ``every_s`` is not
        positive.
    """
    if not every_s > 0:
        raise InputError(f"every_s must be a positive number of seconds, got {every_s}; 0.5 looks twice a second")
    info = probe(path)
    followed = detect_video(path, detector)
    crops = crops_of(followed, detector.input_size)
    every = max(1, round(every_s * info.fps))
    numbers = np.array([n for n in range(0, len(followed), every) if crops[n] is not None])
    if not len(numbers):
        raise InputError(f"a person must be seen for longer in {info.path}, got too little; take every_s smaller")
    pictures = progress(
        read_pictures(info.path, numbers.tolist()), f"looking again at {info.path.name}", total=len(numbers)
    )
    chosen = [crop for n in numbers if (crop := crops[n]) is not None]
    found = [look(picture, crop, detector, second) for picture, crop in zip(pictures, chosen, strict=True)]
    positions, confidence, turns, signals = judged(found)
    step = max(1, round(PATH_S * info.fps))
    off = off_path(followed.positions, numbers, step)  # (N, K) pixels
    seen = np.where(followed.confidence[numbers] > 0, off, np.nan)
    sizes = np.array([one.size for one in found])
    measured = np.isfinite(seen)
    signals["path"] = np.where(
        measured.any(axis=1), np.nansum(seen, axis=1) / np.maximum(measured.sum(axis=1), 1) / sizes, np.nan
    )
    clips = np.empty(len(numbers), object)
    clips[:] = info.path
    return Frames(
        clips=clips,
        numbers=numbers,
        times=numbers / info.fps,
        sizes=np.tile((info.width, info.height), (len(numbers), 1)),
        positions=positions,
        confidence=confidence,
        turns_deg=turns,
        signals=signals,
    )


def judged(found: Sequence[Looks]) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """The surest look of each person, and what the others say of it.

    Returns
    -------
    positions : (N, K, 2) pixels, confidence : (N, K), turns_deg : (N,)
    signals : {name: (N,)}
        ``mirror``, ``turn``, ``unsure`` and, where there was a second detector, ``second``: see :class:`Frames`.
    """
    turned, sure = (np.stack([getattr(one, name) for one in found]) for name in ("turned", "turned_sure"))
    size = np.array([one.size for one in found])
    best = surest(sure)
    rows = np.arange(len(found))
    positions, confidence = turned[rows, best], sure[rows, best]

    def apart(other: np.ndarray, also_sure: np.ndarray) -> np.ndarray:
        return disagreement(turned[:, 0], other, sure[:, 0], also_sure, size)

    signals = {
        "mirror": apart(np.stack([one.mirrored for one in found]), np.stack([one.mirrored_sure for one in found])),
        "turn": apart(positions, confidence),
        "unsure": 1 - sure[:, 0].mean(axis=1),
    }
    if all(one.second is not None for one in found):
        others = (np.stack([getattr(one, name) for one in found]) for name in ("second", "second_sure"))
        signals["second"] = apart(*others)
    return positions, confidence, np.array(TURNS_DEG)[best], signals


def crops_of(followed: PoseSequence, size: tuple[int, int]) -> list[Crop | None]:
    """The upright crop around the person in every frame, through short gaps in a straight line; None elsewhere."""
    laid = [
        crop_around(Pose(p, c, followed.skeleton), size) if c.any() else None
        for p, c in zip(followed.positions.astype(float), followed.confidence, strict=True)
    ]
    known = [n for n, crop in enumerate(laid) if crop is not None]
    for before, after in zip(known[:-1], known[1:], strict=True):
        if 1 < after - before <= ANYWHERE_S * followed.fps:
            for n in range(before + 1, after):
                laid[n] = _between(laid[before], laid[after], (n - before) / (after - before))
    return laid


def _between(one: Crop | None, other: Crop | None, share: float) -> Crop:
    assert one is not None and other is not None
    centre, extent = (
        (1 - share) * np.array(here) + share * np.array(there)
        for here, there in ((one.centre, other.centre), (one.extent, other.extent))
    )
    return Crop((float(centre[0]), float(centre[1])), (float(extent[0]), float(extent[1])), one.size)


def joined(parts: Sequence[Frames]) -> Frames:
    """The frames of several clips; a signal that one of them lacks is NaN there."""
    names = list(dict.fromkeys(name for part in parts for name in part.signals))
    fields = ("clips", "numbers", "times", "sizes", "positions", "confidence", "turns_deg")

    def signal(part: Frames, name: str) -> np.ndarray:
        return part.signals.get(name, np.full(len(part), np.nan))

    return Frames(
        **{field: np.concatenate([getattr(part, field) for part in parts]) for field in fields},
        signals={name: np.concatenate([signal(part, name) for part in parts]) for name in names},
    )
