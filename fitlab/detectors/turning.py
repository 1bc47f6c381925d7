"""Looking again: at a crop turned so that the torso is upright, at its mirror image, at its quarter turns.

Detectors have mostly learned from people who stand.  What is made here is a
:class:`~fitlab.detectors.protocol.Detector` around another one, so it serves single crops and whole videos alike.
"""

from collections.abc import Callable

import numpy as np

from fitlab.detectors.crops import Crop, cut
from fitlab.detectors.person import SEEN
from fitlab.detectors.protocol import Detector
from fitlab.errors import InputError
from fitlab.skeletons import Skeleton

TURNED_DEG = 30.0
"""A torso that leans less is not looked at again: detectors know it."""

AGREE = 0.08
"""Views whose joint is within this share of the crop's longer side of the best view's take part in the mean."""

IN_DOUBT = 0.5
"""Mean confidence below which a first look is not believed.  Measured with MoveNet, experiments/detector_unusual_poses:
quarter turns help hardly anybody above it; a seventh of upright people and most of those upside down fall below."""

NOBODY = 0.15
"""Mean confidence up to which nobody is there: three of four pieces of rooms and gardens without a person, and one of
fifty people."""


def torso_turns(positions: np.ndarray, confidence: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """By how much each crop must be turned for the torso to be upright.

    Parameters
    ----------
    positions : (B, K, 2), confidence : (B, K)
        x right, y down.
    skeleton : Skeleton
        With shoulders and hips.

    Returns
    -------
    turns : (B,) degrees in [-180, 180]
        For :attr:`fitlab.detectors.crops.Crop.turn_deg`: clockwise as seen.  NaN where shoulders or hips are not seen.
    """
    shoulders, hips = (
        [skeleton.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("shoulder", "hip")
    )
    seen = np.where(confidence > SEEN, 1.0, np.nan)[..., None]  # (B, K, 1)
    with np.errstate(invalid="ignore"):
        up = _middle(positions * seen, shoulders) - _middle(positions * seen, hips)  # (B, 2)
    return np.rad2deg(np.arctan2(up[:, 0], -up[:, 1]))


def _middle(positions: np.ndarray, pair: list[int]) -> np.ndarray:
    """(B, 2) mean of those of two joints that are seen; NaN where neither is."""
    one, other = positions[:, pair[0]], positions[:, pair[1]]
    return np.where(np.isnan(one), other, np.where(np.isnan(other), one, (one + other) / 2))


class Realigned:
    """A second pass on a crop turned so that the torso of the first is upright, and laid around its joints.

    That is BlazePose's aligned region (Bazarevsky et al. 2020, section 2.1), found by the detector itself.  The second
    pass counts where it is the surer one.  It costs a second run on people whose torso leans by more than
    :data:`TURNED_DEG`.

    Parameters
    ----------
    detector : Detector
        Its skeleton must have shoulders and hips.
    """

    def __init__(self, detector: Detector) -> None:
        self.detector, self.name = detector, f"{detector.name} realigned"
        self.skeleton, self.input_size = detector.skeleton, detector.input_size

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See :class:`~fitlab.detectors.protocol.Detector`."""
        positions, confidence = (np.array(found) for found in self.detector(crops))
        turns = torso_turns(positions, confidence, self.skeleton)
        again = np.flatnonzero(np.abs(np.nan_to_num(turns)) > TURNED_DEG)
        if not len(again):
            return positions, confidence
        looks = [_around(positions[n], confidence[n], float(turns[n]), self.input_size) for n in again]
        second, sure = self.detector(np.stack([cut(crops[n], look) for n, look in zip(again, looks, strict=True)]))
        for n, look, found, confident in zip(again, looks, second, sure, strict=True):
            if confident.mean() > confidence[n].mean():
                positions[n], confidence[n] = look.to_image(found), confident
        return positions, confidence


def _around(positions: np.ndarray, confidence: np.ndarray, turn_deg: float, size: tuple[int, int]) -> Crop:
    """The turned crop, in pixels of the first one, that holds the joints that were seen."""
    whole = Crop((size[0] / 2, size[1] / 2), (float(size[0]), float(size[1])), size, turn_deg)
    joints = whole.to_crop(positions[confidence > SEEN])
    low, high = joints.min(axis=0), joints.max(axis=0)
    scale = float(np.clip(1.3 * max((high - low) / size), 0.6, 1.5))  # a first look that is wrong misplaces joints
    middle = whole.to_image((low + high) / 2)
    return Crop((float(middle[0]), float(middle[1])), (scale * size[0], scale * size[1]), size, turn_deg)


class Repeated:
    """Every crop looked at several times, turned and mirrored, and the findings joined by their confidence.

    The view with the highest mean confidence leads; each joint is the mean, weighted by squared confidence, over the
    views that put it in about the same place (:data:`AGREE`).  Views that took left for right or head for feet so have
    no say.

    Parameters
    ----------
    detector : Detector
    turns_deg : sequence of float
        Of the views.
    flip : bool
        Whether each view is also looked at in the mirror.
    """

    def __init__(self, detector: Detector, turns_deg: tuple[float, ...] = (0.0,), *, flip: bool = False) -> None:
        self.detector, self.turns_deg, self.flip = detector, turns_deg, flip
        self.name = f"{detector.name} at {len(turns_deg)} turns{' and mirrored' if flip else ''}"
        self.skeleton, self.input_size = detector.skeleton, detector.input_size

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See :class:`~fitlab.detectors.protocol.Detector`."""
        views = [
            _view(self.detector, crops, turn, mirrored=mirrored)
            for turn in self.turns_deg
            for mirrored in (False, True)[: 1 + self.flip]
        ]
        positions, confidence = (np.stack(found) for found in zip(*views, strict=True))
        return fused(positions, confidence, AGREE * max(self.input_size))


class InDoubt:
    """Looks once, and also at the quarter turns of crops in which somebody may be.

    That is where the mean confidence lies between :data:`NOBODY` and :data:`IN_DOUBT`.

    People who stand cost one look, then, and people on the floor and upside down four.  Detectors that are surer than
    MoveNet, as BlazePose, are seldom in doubt and so look once.

    Parameters
    ----------
    detector : Detector
    """

    def __init__(self, detector: Detector) -> None:
        self.detector, self.name = detector, f"{detector.name}, again where in doubt"
        self.skeleton, self.input_size = detector.skeleton, detector.input_size

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See :class:`~fitlab.detectors.protocol.Detector`."""
        positions, confidence = (np.array(found) for found in self.detector(crops))
        sure = confidence.mean(axis=1)
        doubtful = np.flatnonzero((sure > NOBODY) & (sure < IN_DOUBT))
        if len(doubtful):
            turned = [_view(self.detector, crops[doubtful], turn) for turn in (90.0, 180.0, 270.0)]
            views = [(positions[doubtful], confidence[doubtful]), *turned]
            places, trust = (np.stack(part) for part in zip(*views, strict=True))  # (4, B, K, 2) and (4, B, K)
            positions[doubtful], confidence[doubtful] = fused(places, trust, AGREE * max(self.input_size))
        return positions, confidence


def _view(
    detector: Detector, crops: np.ndarray, turn_deg: float, *, mirrored: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """What a detector finds in turned or mirrored crops, in pixels of the crops as they are.

    A square crop keeps its extent whatever the turn, so between quarter turns its corners are out of sight.
    """
    width, height = detector.input_size
    extent = (float(width), float(height))
    if turn_deg % 180:  # a quarter turn of a crop that is not square must hold what it held
        scale = max(width / height, height / width)
        extent = (scale * width, scale * height)
    look = Crop((width / 2, height / 2), extent, detector.input_size, turn_deg)
    seen = crops if turn_deg % 360 == 0 else np.stack([cut(crop, look) for crop in crops])
    if not mirrored:
        positions, confidence = detector(seen)
        return look.to_image(positions), confidence
    mirror = list(detector.skeleton.mirror)
    positions, confidence = (found[:, mirror] for found in detector(np.ascontiguousarray(seen[:, :, ::-1])))
    positions[..., 0] = width - positions[..., 0]
    return look.to_image(positions), confidence


def fused(positions: np.ndarray, confidence: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Several findings as one, see :class:`Repeated`.

    Parameters
    ----------
    positions : (V, B, K, 2), confidence : (V, B, K)
    reach : float
        Pixels within which views agree.

    Returns
    -------
    positions : float32 (B, K, 2)
    confidence : float32 (B, K)
        The mean over the views that agree.
    """
    best = confidence.mean(axis=2).argmax(axis=0)  # (B,)
    leading = positions[best, np.arange(len(best))]  # (B, K, 2)
    agree = np.linalg.norm(positions - leading, axis=-1) <= reach  # (V, B, K)
    weights = agree * np.maximum(confidence, 1e-6) ** 2
    place = (weights[..., None] * positions).sum(axis=0) / weights.sum(axis=0)[..., None]
    sure = (agree * confidence).sum(axis=0) / agree.sum(axis=0)
    return place.astype(np.float32), sure.astype(np.float32)


LOOKS: dict[str, Callable[[Detector], Detector]] = {
    "once": lambda detector: detector,
    "in_doubt": InDoubt,
    "realigned": Realigned,
    "flipped": lambda detector: Repeated(detector, flip=True),
    "quarters": lambda detector: Repeated(detector, (0.0, 90.0, 180.0, 270.0)),
    "quarters_realigned": lambda detector: Realigned(Repeated(detector, (0.0, 90.0, 180.0, 270.0))),
    "eighths": lambda detector: Repeated(detector, tuple(float(turn) for turn in range(0, 360, 45)), flip=True),
    "all": lambda detector: Realigned(Repeated(detector, (0.0, 90.0, 180.0, 270.0), flip=True)),
}
"""Ways to look, by their names in configurations."""


def looking(detector: Detector, how: str) -> Detector:
    """``detector`` that looks as ``how``, a key of :data:`LOOKS`, says.

    Raises InputError for another word.
    """
    if how not in LOOKS:
        raise InputError(f"looks must be one of {', '.join(LOOKS)}, got {how!r}; correct the word")
    return LOOKS[how](detector)
