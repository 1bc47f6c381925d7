"""Skeletons: which joints a pose has, how they are joined, and how one layout becomes another.

Joints carry the same name in every layout (``left_knee`` is ``left_knee`` in COCO and in
Human3.6M), so conversion is by name.  Joints that a layout lacks but that follow from others
(``pelvis`` = midpoint of the hips) are stated once, in :data:`DERIVED`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType

import numpy as np

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "head": ("nose", "eye", "ear", "head", "head_top", "neck"),
        "trunk": ("pelvis", "spine", "chest", "thorax", "shoulder"),
        "arms": ("elbow", "wrist", "hand"),
        "hips": ("hip",),
        "knees": ("knee",),
        "feet": ("ankle", "heel", "big_toe", "small_toe", "toes", "foot"),
    }
)
"""Joint groups of the athlete comparison: group -> joint names without their side."""

DERIVED: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        # The pelvis of Human3.6M, COCO-derived sets and VideoPose3D is the midpoint of the hips.
        "pelvis": {"left_hip": 0.5, "right_hip": 0.5},
        "thorax": {"left_shoulder": 0.5, "right_shoulder": 0.5},
        "spine": {"pelvis": 0.5, "thorax": 0.5},
        "neck": {"thorax": 1.0},
        # Ears lie at about 0.65 of the way from the shoulder line to the vertex (Drillis & Contini
        # 1966 as tabulated by Winter, Biomechanics, table 4.1: chin-neck 0.870, ear 0.936, shoulder
        # 0.818 of body height): head_top = thorax + (ears - thorax) * 0.182 / 0.118.
        "head_top": {"left_ear": 0.771, "right_ear": 0.771, "thorax": -0.542},
        "head": {"left_ear": 0.5, "right_ear": 0.5},
    }
)
"""Joints that follow from others: name -> weights, which sum to 1."""


@dataclass(frozen=True)
class Skeleton:
    """Named joints joined into a tree.

    Parameters
    ----------
    name : str
        Short name, the key in :data:`SKELETONS`.
    joints : tuple of str, length K
        Joint names in the order of the position array.  ``left_`` and ``right_`` mean the
        person's own sides.
    parents : tuple of int, length K
        Index of each joint's parent, -1 for a root.  A layout of separate markers may have
        several roots.

    Raises
    ------
    ValueError
        If names repeat, lengths differ, or parents do not form a forest.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if len(set(self.joints)) != len(self.joints):
            twice = sorted({j for j in self.joints if self.joints.count(j) > 1})
            raise ValueError(f"joints of skeleton {self.name!r} must be distinct, got {twice} twice; rename one")
        if len(self.parents) != len(self.joints):
            raise ValueError(
                f"parents of skeleton {self.name!r} must have one entry per joint ({len(self.joints)}), "
                f"got {len(self.parents)}; use -1 for a root"
            )
        for joint in range(len(self.joints)):
            steps, at = 0, joint
            while at != -1:
                if not -1 <= at < len(self.joints) or steps > len(self.joints):
                    raise ValueError(
                        f"parents of skeleton {self.name!r} must form a tree, got {self.parents}; "
                        f"follow the chain of {self.joints[joint]!r}"
                    )
                at, steps = self.parents[at], steps + 1

    def __len__(self) -> int:
        return len(self.joints)

    def __contains__(self, joint: str) -> bool:
        return joint in self._positions

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.joints)}

    def index(self, joint: str) -> int:
        """Index of ``joint``; raises KeyError that lists the joints there are."""
        try:
            return self._positions[joint]
        except KeyError:
            raise KeyError(
                f"joint must be one of skeleton {self.name!r}: {', '.join(self.joints)}; got {joint!r}"
            ) from None

    @cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) index pairs, one per joint that has a parent."""
        return tuple((parent, child) for child, parent in enumerate(self.parents) if parent >= 0)

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """Permutation that swaps left and right: joint k of the mirrored person is joint mirror[k].

        Raises ValueError where a joint has no counterpart (``right_bak`` of the Vicon markers).
        """
        alone = [joint for joint in self.joints if _other_side(joint) not in self]
        if alone:
            raise ValueError(f"skeleton {self.name!r} must have both sides to be mirrored, got {alone} alone")
        return tuple(self.index(_other_side(joint)) for joint in self.joints)

    @cached_property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """Joint indices of each group of :data:`GROUPS` that this skeleton has."""
        found = {
            group: tuple(k for k, joint in enumerate(self.joints) if _without_side(joint) in members)
            for group, members in GROUPS.items()
        }
        return {group: indices for group, indices in found.items() if indices}


def _other_side(joint: str) -> str:
    if joint.startswith("left_"):
        return "right_" + joint.removeprefix("left_")
    if joint.startswith("right_"):
        return "left_" + joint.removeprefix("right_")
    return joint


def _without_side(joint: str) -> str:
    return joint.removeprefix("left_").removeprefix("right_")


def _skeleton(name: str, tree: str) -> Skeleton:
    """Builds a skeleton from 'joint<parent joint<parent ...'; a joint without '<' is a root."""
    pairs = [entry.partition("<")[::2] for entry in tree.split()]
    joints = tuple(joint for joint, _ in pairs)
    return Skeleton(name, joints, tuple(joints.index(parent) if parent else -1 for _, parent in pairs))


_COCO_BODY = """
    nose left_eye<nose right_eye<nose left_ear<left_eye right_ear<right_eye
    left_shoulder<nose right_shoulder<nose left_elbow<left_shoulder right_elbow<right_shoulder
    left_wrist<left_elbow right_wrist<right_elbow left_hip<left_shoulder right_hip<right_shoulder
    left_knee<left_hip right_knee<right_hip left_ankle<left_knee right_ankle<right_knee
"""

COCO17 = _skeleton("coco17", _COCO_BODY)
COCO23 = _skeleton(
    "coco23",
    _COCO_BODY
    + """left_big_toe<left_ankle left_small_toe<left_ankle left_heel<left_ankle
    right_big_toe<right_ankle right_small_toe<right_ankle right_heel<right_ankle""",
)
HALPE26 = _skeleton(
    "halpe26",
    """
    nose<neck left_eye<nose right_eye<nose left_ear<left_eye right_ear<right_eye
    left_shoulder<neck right_shoulder<neck left_elbow<left_shoulder right_elbow<right_shoulder
    left_wrist<left_elbow right_wrist<right_elbow left_hip<pelvis right_hip<pelvis
    left_knee<left_hip right_knee<right_hip left_ankle<left_knee right_ankle<right_knee
    head_top<neck neck<pelvis pelvis left_big_toe<left_ankle right_big_toe<right_ankle
    left_small_toe<left_ankle right_small_toe<right_ankle left_heel<left_ankle right_heel<right_ankle
    """,
)
H36M17 = _skeleton(
    "h36m17",
    """
    pelvis right_hip<pelvis right_knee<right_hip right_ankle<right_knee
    left_hip<pelvis left_knee<left_hip left_ankle<left_knee
    spine<pelvis thorax<spine nose<thorax head_top<nose
    left_shoulder<thorax left_elbow<left_shoulder left_wrist<left_elbow
    right_shoulder<thorax right_elbow<right_shoulder right_wrist<right_elbow
    """,
)
BLAZEPOSE33 = _skeleton(
    "blazepose33",
    """
    nose left_eye_inner<nose left_eye<left_eye_inner left_eye_outer<left_eye
    right_eye_inner<nose right_eye<right_eye_inner right_eye_outer<right_eye
    left_ear<left_eye_outer right_ear<right_eye_outer left_mouth<nose right_mouth<nose
    left_shoulder<nose right_shoulder<nose left_elbow<left_shoulder right_elbow<right_shoulder
    left_wrist<left_elbow right_wrist<right_elbow left_pinky<left_wrist right_pinky<right_wrist
    left_index<left_wrist right_index<right_wrist left_thumb<left_wrist right_thumb<right_wrist
    left_hip<left_shoulder right_hip<right_shoulder left_knee<left_hip right_knee<right_hip
    left_ankle<left_knee right_ankle<right_knee left_heel<left_ankle right_heel<right_ankle
    left_big_toe<left_ankle right_big_toe<right_ankle
    """,
)
OPENPOSE25 = _skeleton(
    "openpose25",
    """
    nose<neck neck<pelvis right_shoulder<neck right_elbow<right_shoulder right_wrist<right_elbow
    left_shoulder<neck left_elbow<left_shoulder left_wrist<left_elbow
    pelvis right_hip<pelvis right_knee<right_hip right_ankle<right_knee
    left_hip<pelvis left_knee<left_hip left_ankle<left_knee
    right_eye<nose left_eye<nose right_ear<right_eye left_ear<left_eye
    left_big_toe<left_ankle left_small_toe<left_ankle left_heel<left_ankle
    right_big_toe<right_ankle right_small_toe<right_ankle right_heel<right_ankle
    """,
)
# `head` is the last joint of UI-PRMD's chain ("head tip"): some 75 mm below the band around the forehead
# that the Vicon system saw in the same recordings, hence the middle of the skull and not its top.
UIPRMD22 = _skeleton(
    "uiprmd22",
    """
    pelvis spine<pelvis chest<spine thorax<chest neck<thorax head<neck
    left_collar<thorax left_shoulder<left_collar left_elbow<left_shoulder left_wrist<left_elbow
    right_collar<thorax right_shoulder<right_collar right_elbow<right_shoulder right_wrist<right_elbow
    left_hip<pelvis left_knee<left_hip left_ankle<left_knee left_toes<left_ankle
    right_hip<pelvis right_knee<right_hip right_ankle<right_knee right_toes<right_ankle
    """,
)
# CMU names bones and gives the position of each bone's far end: "lclavicle" ends in the shoulder joint,
# "lhumerus" in the elbow, "lradius" in the wrist, "head" in the middle of the skull.  The root lies some
# 10 cm above the line between the hips and is therefore not called pelvis.
CMU31 = _skeleton(
    "cmu31",
    """
    root left_hip<root left_knee<left_hip left_ankle<left_knee left_ball<left_ankle left_toes<left_ball
    right_hip<root right_knee<right_hip right_ankle<right_knee right_ball<right_ankle right_toes<right_ball
    lower_back<root upper_back<lower_back chest<upper_back lower_neck<chest upper_neck<lower_neck head<upper_neck
    left_shoulder<chest left_elbow<left_shoulder left_wrist<left_elbow left_palm<left_wrist
    left_hand<left_palm left_fingers<left_hand left_thumb<left_palm
    right_shoulder<chest right_elbow<right_shoulder right_wrist<right_elbow right_palm<right_wrist
    right_hand<right_palm right_fingers<right_hand right_thumb<right_palm
    """,
)
# Plug-in Gait markers in lower case, the side spelled out.  They sit on the skin, each for itself:
# `fitlab.datasets.uiprmd` estimates joint centres from them.
VICON39 = _skeleton(
    "vicon39",
    """
    left_fhd right_fhd left_bhd right_bhd c7 t10 clav strn right_bak
    left_sho left_upa left_elb left_frm left_wra left_wrb left_fin
    right_sho right_upa right_elb right_frm right_wra right_wrb right_fin
    left_asi right_asi left_psi right_psi
    left_thi left_kne left_tib left_ank left_hee left_toe
    right_thi right_kne right_tib right_ank right_hee right_toe
    """,
)

VICON25 = _skeleton(
    "vicon25",
    """
    pelvis left_hip<pelvis left_knee<left_hip left_ankle<left_knee left_heel<left_ankle left_toes<left_ankle
    right_hip<pelvis right_knee<right_hip right_ankle<right_knee right_heel<right_ankle right_toes<right_ankle
    thorax<pelvis left_shoulder<thorax left_elbow<left_shoulder left_wrist<left_elbow
    right_shoulder<thorax right_elbow<right_shoulder right_wrist<right_elbow
    head<thorax head_top<head nose<head left_eye<nose right_eye<nose left_ear<head right_ear<head
    """,
)

SKELETONS: Mapping[str, Skeleton] = MappingProxyType(
    {s.name: s for s in (COCO17, COCO23, HALPE26, H36M17, BLAZEPOSE33, OPENPOSE25, UIPRMD22, CMU31, VICON39, VICON25)}
)
"""Every layout that fitlab knows, by name."""


@cache
def conversion(source: Skeleton, target: Skeleton) -> np.ndarray:
    """Weights that turn joints of ``source`` into joints of ``target``.

    A joint of the same name is copied; one in :data:`DERIVED` is the stated affine combination,
    followed until it rests on joints of ``source``.

    Returns
    -------
    weights : float64 (K_target, K_source), read-only
        Rows sum to 1; the row of a joint that cannot be had is NaN.

    Raises
    ------
    ValueError
        If no joint of ``target`` can be had.
    """
    weights = np.full((len(target), len(source)), np.nan)
    for row, joint in enumerate(target.joints):
        recipe = _recipe(joint, source)
        if recipe is not None:
            weights[row] = 0.0
            for name, weight in recipe.items():
                weights[row, source.index(name)] = weight
    if np.isnan(weights).all():
        raise ValueError(
            f"skeleton {target.name!r} must share joints with {source.name!r}, got none in common; "
            "turn markers into joint centres first"
        )
    weights.setflags(write=False)
    return weights


def _recipe(joint: str, source: Skeleton) -> dict[str, float] | None:
    if joint in source:
        return {joint: 1.0}
    if joint not in DERIVED:
        return None
    total: dict[str, float] = {}
    for part, weight in DERIVED[joint].items():
        inner = _recipe(part, source)
        if inner is None:
            return None
        for name, share in inner.items():
            total[name] = total.get(name, 0.0) + weight * share
    return total


def skeleton_of(name: str) -> Skeleton:
    """The skeleton called ``name``; raises ValueError that lists the known ones."""
    if name not in SKELETONS:
        raise ValueError(f"skeleton must be one of {', '.join(SKELETONS)}, got {name!r}")
    return SKELETONS[name]


def skeleton_with_joints(names: Sequence[str]) -> Skeleton | None:
    """The known skeleton with exactly these joints in this order, if there is one."""
    return next((s for s in SKELETONS.values() if s.joints == tuple(names)), None)
