"""Skeletons: which joints a pose has, how they are joined, and how one layout becomes another.

Joints carry the same name in every layout (``left_knee`` is ``left_knee`` in COCO and in
Human3.6M), so conversion is by name.  Joints that a layout lacks but that follow from others
(``pelvis`` = midpoint of the hips) are stated once, in :data:`DERIVED`.
"""

from fitlab.skeletons.convert import DERIVED, conversion
from fitlab.skeletons.layouts import (
    BLAZEPOSE33,
    CMU31,
    COCO17,
    COCO23,
    H36M17,
    HALPE26,
    OPENPOSE25,
    SKELETONS,
    UIPRMD22,
    VICON25,
    VICON39,
    skeleton_of,
    skeleton_with_joints,
)
from fitlab.skeletons.skeleton import GROUPS, Skeleton

__all__ = [
    "BLAZEPOSE33",
    "CMU31",
    "COCO17",
    "COCO23",
    "DERIVED",
    "GROUPS",
    "H36M17",
    "HALPE26",
    "OPENPOSE25",
    "SKELETONS",
    "UIPRMD22",
    "VICON25",
    "VICON39",
    "Skeleton",
    "conversion",
    "skeleton_of",
    "skeleton_with_joints",
]
