"""The body as a chain of segments, each turned by joints of three degrees of freedom; positions and their derivatives.

Letters here: S segments, D joints, P points, N = 3 + 3 D degrees of freedom, the first three of which move the pelvis.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from fitlab.synthesis.body import Body
from fitlab.synthesis.landmarks import SIDES, Anchors
from fitlab.synthesis.limbs import Motion

_BUTTOCK_SHARE = 0.6  # as in posture: the upper end of the thigh's skin turns half-way with the pelvis

# Segment -> parent, joint, share of the joint's rotation that it makes, bone at which it turns, stems of its bones.
_Row = tuple[str | None, str | None, float, str, tuple[str, ...]]
_MIDDLE: dict[str, _Row] = {
    "root": (None, "root", 1.0, "root", ("root", "pelvis")),
    "spine05": ("root", "lumbar", 1 / 3, "spine05", ("spine05",)),
    "spine04": ("spine05", "lumbar", 1 / 3, "spine04", ("spine04",)),
    "spine03": ("spine04", "lumbar", 1 / 3, "spine03", ("spine03",)),
    "spine02": ("spine03", "thoracic", 1 / 2, "spine02", ("spine02",)),
    "spine01": ("spine02", "thoracic", 1 / 2, "spine01", ("spine01",)),
    "neck01": ("spine01", "neck", 1 / 4, "neck01", ("neck01",)),
    "neck02": ("neck01", "neck", 1 / 4, "neck02", ("neck02",)),
    "neck03": ("neck02", "neck", 1 / 4, "neck03", ("neck03",)),
    "head": ("neck03", "neck", 1 / 4, "head", ("head", "eye")),
}
_SIDED: dict[str, _Row] = {
    "clavicle": ("spine01", "girdle", 1 / 2, "clavicle", ("clavicle",)),
    "scapula": ("clavicle", "girdle", 1 / 2, "shoulder01", ("shoulder01",)),
    "upperarm": ("scapula", "shoulder", 1.0, "upperarm01", ("upperarm01", "upperarm02")),
    "forearm": ("upperarm", "elbow", 1.0, "lowerarm01", ("lowerarm01", "lowerarm02")),
    "hand": ("forearm", None, 0.0, "wrist", ("wrist", "metacarpal", "finger")),
    "buttock": ("root", "hip", _BUTTOCK_SHARE, "upperleg01", ("upperleg01",)),
    "thigh": ("root", "hip", 1.0, "upperleg01", ("upperleg02",)),
    "shank": ("thigh", "knee", 1.0, "lowerleg01", ("lowerleg01", "lowerleg02")),
    "foot": ("shank", "ankle", 1.0, "foot", ("foot",)),
    "toes": ("foot", "toes", 1.0, "toe2-1", ("toe",)),
}


@dataclass(frozen=True)
class Segment:
    """Bones that move as one."""

    name: str
    parent: int  # -1 for the pelvis
    joint: int  # -1 if it never turns against its parent
    share: float
    origin: str
    bones: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Angles:
    """A posture in T frames.

    Parameters
    ----------
    pelvis : (T, 3) metres
    turns : (T, D, 3)
        Rotation vector of every joint, radians, in the axes of the rest pose.
    """

    pelvis: np.ndarray
    turns: np.ndarray

    def moved(self, step: np.ndarray) -> "Angles":
        """The posture after a ``step`` (T, N): metres, and rotation vectors that are applied before those there are."""
        pelvis, turns = step[:, :3], step[:, 3:].reshape(-1, 3)
        new = Rotation.from_rotvec(self.turns.reshape(-1, 3)) * Rotation.from_rotvec(turns)
        return Angles(self.pelvis + pelvis, new.as_rotvec().reshape(self.turns.shape))


@dataclass(frozen=True, eq=False)
class Placed:
    """Where the segments are: ``rotations`` (T, S, 3, 3) from the rest pose, ``origins`` (T, S, 3) metres."""

    rotations: np.ndarray
    origins: np.ndarray


class Rig:
    """Segments and joints of one body.

    Attributes
    ----------
    joints : tuple of D str
        ``root``, ``lumbar``, ``thoracic``, ``neck`` and, with ``.L`` or ``.R``, ``girdle``, ``shoulder``, ``elbow``,
        ``hip``, ``knee``, ``ankle``, ``toes``.
    """

    def __init__(self, body: Body) -> None:
        self.body = body
        rows = {name: (*row, "") for name, row in _MIDDLE.items()}
        rows |= {name + side: (*row, side) for side in SIDES for name, row in _SIDED.items()}
        names = list(rows)
        joints: list[str] = []
        self.segments: list[Segment] = []
        for name, (parent, joint, share, origin, stems, side) in rows.items():
            sided = parent if parent in _MIDDLE or parent is None else parent + side
            turning = None if joint is None else joint + side
            if turning is not None and turning not in joints:
                joints.append(turning)
            self.segments.append(
                Segment(
                    name=name,
                    parent=-1 if sided is None else names.index(sided),
                    joint=-1 if turning is None else joints.index(turning),
                    share=share,
                    origin=origin + side,
                    bones=tuple(bone for bone in body.template.bones if _belongs(bone, stems, side)),
                )
            )
        self.joints = tuple(joints)
        self.rest = {name: body.heads[index].astype(float) for name, index in body.template.bone_index.items()}
        self._segment_of = {bone: index for index, segment in enumerate(self.segments) for bone in segment.bones}
        self._turning = [index for index, segment in enumerate(self.segments) if segment.joint >= 0]

    @property
    def degrees_of_freedom(self) -> int:
        """N."""
        return 3 + 3 * len(self.joints)

    def index(self, segment: str) -> int:
        """Index of the segment called so."""
        return next(index for index, other in enumerate(self.segments) if other.name == segment)

    @cached_property
    def _below(self) -> np.ndarray:
        """(S, S): 1 where the column's segment hangs on the row's one, or is it."""
        below = np.eye(len(self.segments))
        for index, segment in enumerate(self.segments):  # parents come first
            if segment.parent >= 0:
                below[:, index] += below[:, segment.parent]
        return below

    def place(self, angles: Angles) -> Placed:
        """Forward kinematics."""
        frames = len(angles.pelvis)
        rotations = np.empty((frames, len(self.segments), 3, 3))
        origins = np.empty((frames, len(self.segments), 3))
        scaled = np.stack([s.share * angles.turns[:, s.joint] for s in self.segments], axis=1)
        local = Rotation.from_rotvec(scaled.reshape(-1, 3)).as_matrix().reshape(frames, -1, 3, 3)
        for index, segment in enumerate(self.segments):
            if segment.parent < 0:
                rotations[:, index], origins[:, index] = local[:, index], angles.pelvis
                continue
            above = rotations[:, segment.parent]
            way = self.rest[segment.origin] - self.rest[self.segments[segment.parent].origin]
            origins[:, index] = origins[:, segment.parent] + above @ way
            rotations[:, index] = above if segment.joint < 0 else above @ local[:, index]
        return Placed(rotations, origins)

    def fold(self, anchors: Anchors) -> Anchors:
        """Anchors (P, S, 3), (P, S) by segments instead of bones."""
        offsets = np.zeros((len(anchors.weights), len(self.segments), 3))
        weights = np.zeros(offsets.shape[:2])
        for bone, index in self.body.template.bone_index.items():
            segment = self._segment_of[bone]
            way = self.rest[bone] - self.rest[self.segments[segment].origin]
            offsets[:, segment] += anchors.offsets[:, index] + anchors.weights[:, index, None] * way
            weights[:, segment] += anchors.weights[:, index]
        return Anchors(offsets, weights)

    def points(self, placed: Placed, anchors: Anchors) -> np.ndarray:
        """(T, P, 3) metres of folded ``anchors``."""
        point, _, parts = self._parts(placed, anchors)
        return np.add.reduceat(parts, np.flatnonzero(np.diff(point, prepend=-1)), axis=1)

    def _parts(self, placed: Placed, anchors: Anchors) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points and segments (M,) that have to do with each other, and what each pair adds to the point: (T, M, 3)."""
        point, segment = np.nonzero(anchors.weights)
        offsets, weights = anchors.offsets[point, segment], anchors.weights[point, segment]
        turned = (placed.rotations[:, segment] @ offsets[..., None])[..., 0]
        return point, segment, turned + weights[:, None] * placed.origins[:, segment]

    def jacobian(self, placed: Placed, anchors: Anchors) -> np.ndarray:
        """(T, P, 3, N) derivatives of the points by the step of :meth:`Angles.moved`.

        Segment i turned by omega moves what hangs on it by omega x (point - origin of i), hence the cross products; a
        joint spread over several segments adds up theirs, which is exact where it is not turned, and otherwise close.
        """
        point, segment, parts = self._parts(placed, anchors)
        frames, points = len(parts), len(anchors.weights)
        out = np.zeros((frames, points, 3, self.degrees_of_freedom))
        out[..., :3] = np.eye(3)
        for index in self._turning:
            below = self._below[index, segment]  # (M,)
            moved = np.unique(point[below > 0])
            picked = below * (point == moved[:, None])  # (points moved, M)
            share = (picked * anchors.weights[point, segment]).sum(axis=1)
            arm = picked @ parts - share[:, None] * placed.origins[:, None, index]  # (T, points moved, 3)
            axes = self.segments[index].share * placed.rotations[:, index]  # columns: the step's axes in the world
            at = 3 + 3 * self.segments[index].joint
            x, y, z = np.moveaxis(arm[..., None], 2, 0)  # (T, points moved, 1)
            a, b, c = (axes[:, None, row] for row in range(3))  # (T, 1, 3 axes)
            turned = np.stack([b * z - c * y, c * x - a * z, a * y - b * x], axis=2)
            out[:, moved, :, at : at + 3] += turned
        return out

    def motion(self, placed: Placed) -> Motion:
        """Rotations and heads of all bones."""
        bones = self.body.template.bones
        owner = [self._segment_of[bone] for bone in bones]
        ways = [self.rest[b] - self.rest[self.segments[s].origin] for b, s in zip(bones, owner, strict=True)]
        rotations = placed.rotations[:, owner]
        heads = placed.origins[:, owner] + (rotations @ np.stack(ways)[..., None])[..., 0]
        return Motion(rotations.astype(np.float32), heads.astype(np.float32))


def _belongs(bone: str, stems: tuple[str, ...], side: str) -> bool:
    """Whether ``bone`` is one of ``stems``, digits of fingers and toes left out, on the side ``side``."""
    stem, _, its_side = bone.partition(".")
    if side and side[1:] != its_side:
        return False
    return stem in stems or stem.rstrip("-0123456789") in stems
