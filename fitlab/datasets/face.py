"""Nose, eyes, ears and vertex of a person whose motion capture knows only where the head is.

Motion capture places a few markers on a band, or one joint inside the skull; detectors see a
face.  What lies between is the shape of an adult head, taken here from the means of the US Army
survey (Gordon et al., 1988 Anthropometric Survey of U.S. Army Personnel, NATICK/TR-89/044, men and
women averaged) and applied to everybody: expect errors of about a centimetre.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, H36M17, Skeleton

OFFSETS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        # From the midpoint of the ears (tragia), metres: left, forward, up with the Frankfurt plane level.
        "nose": (0.0, 0.122, -0.020),
        "left_eye": (0.032, 0.083, 0.022),
        "right_eye": (-0.032, 0.083, 0.022),
        "left_ear": (0.070, 0.0, 0.0),
        "right_ear": (-0.070, 0.0, 0.0),
        "head": (0.0, 0.0, 0.0),
        "head_top": (0.0, 0.0, 0.130),
    }
)
"""Joint -> place in the head's own axes."""


def face_joints(centre: np.ndarray, axes: np.ndarray) -> dict[str, np.ndarray]:
    """The joints of :data:`OFFSETS` on a moving head.

    Parameters
    ----------
    centre : (T, 3) metres
        Midpoint of the ears.
    axes : (T, 3, 3)
        Rows are the head's left, forward and up as unit vectors.

    Returns
    -------
    joints : name -> (T, 3) metres, NaN where the head is unknown
    """
    return {name: centre + np.einsum("d,tdc->tc", np.array(offset), axes) for name, offset in OFFSETS.items()}


def axes_from(up: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Unit axes (T, 3, 3), rows left, forward, up, with ``up`` exact and ``left`` as close as it can be.

    ``up`` and ``left`` are directions (T, 3) of any length.
    """
    up = up / np.linalg.norm(up, axis=-1, keepdims=True)
    left = left - np.einsum("td,td->t", left, up)[:, None] * up
    left = left / np.linalg.norm(left, axis=-1, keepdims=True)
    return np.stack([left, np.cross(left, up), up], axis=1)


def as_coco17(seq: PoseSequence) -> PoseSequence:
    """3D motion capture in COCO's layout; see :func:`with_face` for the face."""
    return with_face(seq).to(COCO17)


def as_h36m17(seq: PoseSequence) -> PoseSequence:
    """3D motion capture in Human3.6M's layout; see :func:`with_face` for nose and vertex."""
    return with_face(seq).to(H36M17)


def with_face(seq: PoseSequence) -> PoseSequence:
    """Adds the joints of :data:`OFFSETS` to a skeleton that has only ``head``, the middle of the skull.

    Where the head looks is not recorded: its up direction is taken from the middle of the shoulders
    to ``head``, and it faces as the shoulders do.  A sequence that has a nose is returned as it is.
    """
    if "nose" in seq.skeleton:
        return seq
    head, left, right = (seq[joint].astype(np.float64) for joint in ("head", "left_shoulder", "right_shoulder"))
    face = face_joints(head, axes_from(up=head - (left + right) / 2, left=left - right))
    new = [name for name in OFFSETS if name not in seq.skeleton]
    parent = seq.skeleton.index("head")
    skeleton = Skeleton(
        f"{seq.skeleton.name}+face", (*seq.skeleton.joints, *new), (*seq.skeleton.parents, *[parent] * len(new))
    )
    positions = np.concatenate([seq.positions, np.stack([face[name] for name in new], axis=1)], axis=1)
    confidence = np.concatenate([seq.confidence, np.repeat(seq.confidence[:, [parent]], len(new), axis=1)], axis=1)
    return seq.replace("with_face()", positions=positions, confidence=confidence, skeleton=skeleton)
