"""The motion of the whole body, and how alike pieces of it are: what repetitions are judged by.

A pose is the directions of its bones, which know neither place nor size.  Pieces of the motion,
stretched to the same length, are compared by correlation: small and large repetitions of one movement
are alike, a step into place or a swing of the arms is not.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from fitlab.poses import PoseSequence
from fitlab.signals import bridge_gaps, fill_gaps, outliers
from fitlab.skeletons import Skeleton

_JOINTS = (
    *("pelvis", "thorax", "head_top"),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle")),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")),
)
_POSE = Skeleton("pose", _JOINTS, (-1,) * len(_JOINTS))
# The short bones count half.
_BONES = (
    ("left_hip", "left_knee", 1.0), ("left_knee", "left_ankle", 1.0), ("right_hip", "right_knee", 1.0),
    ("right_knee", "right_ankle", 1.0), ("pelvis", "thorax", 1.0), ("left_shoulder", "left_elbow", 1.0),
    ("left_elbow", "left_wrist", 1.0), ("right_shoulder", "right_elbow", 1.0), ("right_elbow", "right_wrist", 1.0),
    ("right_hip", "left_hip", 0.5), ("right_shoulder", "left_shoulder", 0.5), ("thorax", "head_top", 0.5),
)  # fmt: skip

# Which bone each becomes when left and right are exchanged, and with which sign.
_MIRROR = np.array([2, 3, 0, 1, 4, 7, 8, 5, 6, 9, 10, 11])
_MIRROR_SIGN = np.array([1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, 1.0])
# Pairs of bones that meet in a joint: trunk, thighs, shanks, arms, head; and the limbs with the lines across.
_HINGES = np.array(
    [(4, 0), (4, 2), (0, 1), (2, 3), (4, 5), (4, 7), (5, 6), (7, 8), (4, 11), (9, 0), (9, 2), (10, 5), (10, 7)]
)
_TRUNK = ("pelvis", "thorax")
# Pairs of bones that point the same way (or, -1, opposite ways) in a body at rest.
_UNFOLDED = tuple(
    pair
    for side in ("left", "right")
    for thigh, upper_arm in [((f"{side}_hip", f"{side}_knee"), (f"{side}_shoulder", f"{side}_elbow"))]
    for pair in (
        (_TRUNK, thigh, -1.0), (thigh, (f"{side}_knee", f"{side}_ankle"), 1.0),
        (_TRUNK, upper_arm, -1.0), (upper_arm, (f"{side}_elbow", f"{side}_wrist"), 1.0),
    )
)  # fmt: skip

RATE = 15.0
"""Hz: enough for repetitions of half a second, and independent of the clip's fps."""
_COMPONENTS = 8
_SPLINED_SECONDS = 0.6
_SAMPLES = 24  # per piece, when pieces are laid over each other
_IRREGULAR = 0.5  # cost of durations that differ by a factor of e


def bridged(values: np.ndarray, fps: float) -> np.ndarray:
    """(T, F) float64 without gaps: splines across short ones, straight lines across long ones, held at the ends.

    A column that is missing altogether stays NaN.
    """
    return bridge_gaps(fill_gaps(values, round(_SPLINED_SECONDS * fps)))  # a straight line would cut off a turn


def without_spikes(values: np.ndarray, fps: float) -> np.ndarray:
    """(T, F): every column's running median over 0.15 s."""
    width = 2 * round(0.075 * fps) + 1
    rows = np.ascontiguousarray(values.reshape(len(values), -1).T)  # along rows it is twice as fast
    # Repeating an end would vote for its spike.
    return median_filter(rows, size=(1, width), mode="mirror").T.reshape(values.shape)


def smooth(values: np.ndarray, fps: float) -> np.ndarray:
    """(T, F) through a Gaussian with a standard deviation of 0.08 s (half power at 1.7 Hz)."""
    return gaussian_filter1d(values, 0.08 * fps, axis=0, mode="nearest")


def trusted(seq: PoseSequence) -> PoseSequence:
    """The poses without the positions that leap out of their joint's path: wrong ones would pass a short median."""
    leaping = outliers(seq)
    if not leaping.any():
        return seq
    return seq.replace("trusted", positions=np.where(leaping[..., None], np.nan, seq.positions))


def steady(seq: PoseSequence) -> PoseSequence:
    """The poses with every gap bridged and without spikes; joints that are never seen stay missing."""
    columns = bridged(seq.positions.reshape(len(seq), -1), seq.fps)
    positions = without_spikes(columns, seq.fps).reshape(seq.positions.shape)
    return PoseSequence(positions, seq.fps, seq.skeleton, seq.space, history=(*seq.history, "steady"))


def pose_features(seq: PoseSequence) -> np.ndarray:
    """:func:`pose_directions`, smoothed."""
    return smooth(pose_directions(seq), seq.fps)


def pose_directions(seq: PoseSequence) -> np.ndarray:
    """Weighted bone directions, (T, 36), of a sequence of any layout and place, no spikes; 0 for what is never seen."""
    directions = bridged(_directions(seq.to(_POSE)), seq.fps)
    return np.nan_to_num(without_spikes(directions, seq.fps))


def _directions(pose: PoseSequence) -> np.ndarray:
    paths = np.ascontiguousarray(pose.positions.transpose(1, 2, 0), dtype=np.float64)  # (K, 3, T)
    rows = []
    for start, end, weight in _BONES:
        bone = paths[pose.skeleton.index(end)] - paths[pose.skeleton.index(start)]
        length = np.sqrt(bone[0] ** 2 + bone[1] ** 2 + bone[2] ** 2)
        rows.append(weight * np.divide(bone, length, out=np.full_like(bone, np.nan), where=length > 1e-6))
    return np.concatenate(rows).T


def principal_components(values: np.ndarray, count: int, among: np.ndarray | None = None) -> np.ndarray:
    """The first principal components (n, count) of ``values`` (n, F), largest first.

    They are those of the rows ``among``, if given; all rows are projected onto them.
    """
    chosen = values if among is None else values[among]
    centre = chosen.mean(axis=0)
    _, vectors = np.linalg.eigh((chosen - centre).T @ (chosen - centre))
    return (values - centre) @ vectors[:, ::-1][:, :count]


def at(values: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """``values`` (n, F) at fractional indices, linearly between neighbours."""
    low = np.floor(indices).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    share = (indices - low)[:, None]
    return values[low] * (1 - share) + values[high] * share


@dataclass(frozen=True, eq=False)
class Motion:
    """The body's motion at :data:`RATE`.

    Parameters
    ----------
    pose : (n, 36)
        Bone directions, see :func:`pose_features`.
    components : (n, 8)
        Their principal components.
    travelled : (n,)
        How far the pose has moved since the beginning.
    """

    pose: np.ndarray
    components: np.ndarray
    travelled: np.ndarray

    @cached_property
    def unfolded(self) -> np.ndarray:
        """(n,) from -8 to 8: limbs straight and arms and legs along the trunk, as people stand, hang or lie at rest."""
        bones = dict(
            zip([bone[:2] for bone in _BONES], np.moveaxis(self.pose.reshape(-1, len(_BONES), 3), 1, 0), strict=True)
        )
        return sum(np.einsum("nd,nd->n", sign * bones[a], bones[b]) for a, b, sign in _UNFOLDED)

    @cached_property
    def _either_way(self) -> tuple[np.ndarray, np.ndarray]:
        """What neither turning about the vertical nor mirroring changes, (n, 8), and the same of the mirrored body.

        The angles of the joints and with the vertical only change their places when left and right are exchanged.
        """
        bones = self.pose.reshape(-1, len(_BONES), 3)
        bones = bones / np.maximum(np.linalg.norm(bones, axis=2, keepdims=True), 1e-9)
        first, second = _HINGES.T
        features = []
        for body in (bones, bones[:, _MIRROR] * _MIRROR_SIGN[:, None]):
            cosines = np.concatenate([np.einsum("nbd,nbd->nb", body[:, first], body[:, second]), body[..., 2]], axis=1)
            features.append(np.arccos(np.clip(cosines, -1, 1)))
        both = principal_components(np.concatenate(features), _COMPONENTS)
        return both[: len(bones)], both[len(bones) :]

    def likeness(self, starts: np.ndarray, stops: np.ndarray, typical: np.ndarray) -> np.ndarray:
        """How alike pieces [start, stop), in samples, are to the ``typical`` ones among them, (R,) in [-1, 1].

        The correlation of each, or of its mirror image, with the mean of the others: people change sides.
        """
        mine, mirrored = (_pieces(values, starts, stops) for values in self._either_way)
        # Sides are those of the piece that is most like all others.
        alike = np.maximum(mine @ mine[typical].T, mine @ mirrored[typical].T)  # (R, typical)
        model = mine[np.where(typical, np.median(alike, axis=1), -np.inf).argmax()]
        same_side = mine @ model >= mirrored @ model
        turned = np.where(same_side[:, None], mine, mirrored) * typical[:, None]
        others = _unit(turned.sum(axis=0) - turned)
        return np.maximum(np.einsum("nf,nf->n", mine, others), np.einsum("nf,nf->n", mirrored, others))

    def score(self, starts: np.ndarray, stops: np.ndarray, whole: np.ndarray, *, either_way: bool = False) -> float:
        """Likeness of the pieces x share of the motion that they hold - irregularity of their durations.

        Pieces that the clip cuts off (not ``whole``) hold motion, but say nothing of likeness and duration.
        Likeness is the correlation with the mean of the others; ``either_way`` that of :meth:`likeness`.
        """
        durations = np.log(stops[whole] - starts[whole])
        irregular = np.mean(np.abs(durations - np.median(durations)))
        ends = at(self.travelled[:, None], np.clip(np.concatenate([starts, stops - 1]), 0, len(self.travelled) - 1))
        held = np.sum(ends[len(starts) :] - ends[: len(starts)]) / max(self.travelled[-1], 1e-9)
        if either_way:
            likeness = self.likeness(starts[whole], stops[whole], np.ones(int(whole.sum()), bool))
        else:
            pieces = _pieces(self.components, starts[whole], stops[whole])
            likeness = np.einsum("nf,nf->n", pieces, _unit(pieces.sum(axis=0) - pieces))
        return float(likeness.mean() * held - _IRREGULAR * irregular)


def body_motion(seq: PoseSequence) -> Motion:
    """The motion of a sequence of any layout and place."""
    times = np.minimum(sample_times(len(seq), seq.fps), len(seq) - 1)
    features = at(pose_features(seq), times)
    components = principal_components(features, _COMPONENTS)
    travelled = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(features, axis=0), axis=1))])
    return Motion(features, components, travelled)


def sample_times(frames: int, fps: float) -> np.ndarray:
    """The frames (n,), fractional, at which a motion of so many frames is sampled."""
    return np.arange(max(2, round(frames / fps * RATE))) / RATE * fps


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _pieces(values: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Every piece [start, stop) of ``values`` (n, F), stretched to 24 moments, centred, of length 1: (R, 24 F)."""
    steps = starts[:, None] + (stops - 1 - starts)[:, None] * np.linspace(0, 1, _SAMPLES)
    pieces = at(values, np.clip(steps.ravel(), 0, len(values) - 1)).reshape(len(starts), _SAMPLES, -1)
    return _unit((pieces - pieces.mean(axis=1, keepdims=True)).reshape(len(starts), -1))
