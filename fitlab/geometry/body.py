"""What a pose says about the body: joint angles, bone lengths, and the person's own axes."""

import numpy as np

from fitlab.poses import PoseSequence
from fitlab.skeletons import Skeleton, conversion

_PELVIS = Skeleton("pelvis", ("pelvis",), (-1,))


def joint_angle(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Angle at ``b`` between the directions to ``a`` and to ``c``.

    Parameters
    ----------
    a, b, c : array (..., D), D = 2 or 3, any unit
        For instance hip, knee and ankle, each (T, D).

    Returns
    -------
    angle : float64 (...), degrees in [0, 180]
        NaN where a joint is missing or coincides with ``b``.  Computed as atan2(|u x v|, u . v),
        which keeps full precision near 0 and 180 degrees, where arccos loses half the digits.
    """
    u = np.asarray(a, np.float64) - b
    v = np.asarray(c, np.float64) - b
    dot = np.einsum("...d,...d->...", u, v)
    squares = np.einsum("...d,...d->...", u, u) * np.einsum("...d,...d->...", v, v)
    if u.shape[-1] == 2:
        cross = np.abs(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])
    else:
        cross = np.linalg.norm(np.cross(u, v), axis=-1)
    return np.where(squares > 0, np.degrees(np.arctan2(cross, dot)), np.nan)


def bone_lengths(seq: PoseSequence) -> np.ndarray:
    """Length of every bone, (T, bones) in the unit of ``seq``, in the order of ``seq.skeleton.bones``.

    NaN where an end of the bone is missing.
    """
    parents, children = np.array(seq.skeleton.bones, int).reshape(-1, 2).T
    positions = seq.positions.astype(np.float64)
    bones = positions[:, children] - positions[:, parents]
    return np.sqrt(np.einsum("tbd,tbd->tb", bones, bones))


def pelvis(seq: PoseSequence) -> np.ndarray:
    """The pelvis, (T, D) float64: the joint of that name, or the midpoint of the hips where there is none.

    Raises ValueError if the skeleton has neither.
    """
    weights = conversion(seq.skeleton, _PELVIS)[0]  # (K,)
    used = np.flatnonzero(weights)
    return np.einsum("k,tkd->td", weights[used], seq.positions[:, used].astype(np.float64))


def body_axes(seq: PoseSequence) -> np.ndarray:
    """The person's own axes in every frame.

    Up runs along the trunk from the middle of the hips to the middle of the shoulders; right is the
    hip line (left to right) without its part along the trunk; forward = up x right.  Nothing is
    taken from gravity, so the axes stay with a person who lies, hangs or stands on the hands.

    Parameters
    ----------
    seq : PoseSequence in camera, world or body space, with both hips and both shoulders

    Returns
    -------
    axes : float64 (T, 3, 3)
        Rows are right, forward and up as unit vectors in the space of ``seq``: a rotation, as
        right x forward = up.  ``axes @ v`` gives the body coordinates of a direction v.  NaN where a hip or a
        shoulder is missing, or the trunk has no length, or the hip line runs along it.
    """
    if seq.positions.shape[-1] != 3:
        raise ValueError(f"seq must have three coordinates, got {seq.space} space; lift it to 3D first")
    left_hip, right_hip, left_shoulder, right_shoulder = (
        seq[joint].astype(np.float64) for joint in ("left_hip", "right_hip", "left_shoulder", "right_shoulder")
    )
    up = _unit(left_shoulder + right_shoulder - left_hip - right_hip)
    hip_line = right_hip - left_hip
    right = _unit(hip_line - np.einsum("td,td->t", hip_line, up)[:, None] * up)
    return np.stack([right, np.cross(up, right), up], axis=1)


def to_body(seq: PoseSequence) -> PoseSequence:
    """The poses as the person's own trunk sees them: pelvis at the origin, axes of :func:`body_axes`.

    A frame without axes or pelvis is missing altogether.
    """
    centred = seq.positions - pelvis(seq)[:, None]  # (T, K, 3)
    return seq.replace("to_body()", positions=np.einsum("tij,tkj->tki", body_axes(seq), centred), space="body")


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (T, 3) divided by their length; NaN where that is zero to within rounding."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.where(length > 1e-9, vectors / np.where(length > 1e-9, length, 1), np.nan)
