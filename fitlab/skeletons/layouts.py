"""The layouts of detectors, data sets and motion capture systems."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from fitlab.skeletons.skeleton import Skeleton


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


def skeleton_of(name: str) -> Skeleton:
    """The skeleton called ``name``; raises ValueError that lists the known ones."""
    if name not in SKELETONS:
        raise ValueError(f"skeleton must be one of {', '.join(SKELETONS)}, got {name!r}")
    return SKELETONS[name]


def skeleton_with_joints(names: Sequence[str]) -> Skeleton | None:
    """The known skeleton with exactly these joints in this order, if there is one."""
    return next((s for s in SKELETONS.values() if s.joints == tuple(names)), None)
