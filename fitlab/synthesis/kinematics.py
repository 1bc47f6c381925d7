"""Rotations and the closed-form inverse kinematics of a limb of two bones.

All arrays carry any leading axes (..., 3); rotations are (..., 3, 3) and turn column vectors.
"""

import numpy as np

LEFT, FORWARD, UP = np.eye(3)[0], -np.eye(3)[1], np.eye(3)[2]
"""The person's axes in the world: Anny looks along -y."""


def turn(axis: np.ndarray, degrees: np.ndarray | float) -> np.ndarray:
    """Rotations (..., 3, 3) by ``degrees`` (...) about the unit vector ``axis`` (3,): Rodrigues' formula."""
    angle = np.radians(np.asarray(degrees, float))[..., None, None]
    x, y, z = axis
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * (skew @ skew)


def apply(rotations: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """``rotations`` (..., 3, 3) times ``vectors`` (..., 3)."""
    return (rotations @ np.asarray(vectors)[..., None])[..., 0]


def unit(vectors: np.ndarray) -> np.ndarray:
    """``vectors`` (..., 3) with length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross products (..., 3); several times faster than numpy's for the short arrays of key poses."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def hinged(direction: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """Frames (..., 3, 3) of bones along ``direction`` that bend about ``hinge``, both (..., 3)."""
    return frame(direction, cross(hinge, direction))


def frame(direction: np.ndarray, pole: np.ndarray) -> np.ndarray:
    """Rotation whose columns are ``direction``, the part of ``pole`` across it, and their cross product."""
    along = unit(direction)
    across = unit(pole - np.sum(pole * along, axis=-1, keepdims=True) * along)
    return np.stack([along, across, cross(along, across)], axis=-1)


def part_of(rotations: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """``share`` (...) in [0, 1] of rotations (..., 3, 3) about their own axes: the geodesic from the identity."""
    from scipy.spatial.transform import Rotation

    turns = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_rotvec().reshape(rotations.shape[:-1])
    partial = np.asarray(share)[..., None] * turns
    return Rotation.from_rotvec(partial.reshape(-1, 3)).as_matrix().reshape(*partial.shape, 3)


def swing(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The smallest rotation that turns the unit vectors ``start`` (3,) into ``end`` (..., 3)."""
    axis = cross(start, end)
    cosine = np.sum(start * end, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(axis, -1, 0)
    zero = np.zeros_like(x)
    skew = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*axis.shape[:-1], 3, 3)
    return np.eye(3) + skew + skew @ skew / np.maximum(1 + cosine, 1e-6)


def two_bones(
    root: np.ndarray, target: np.ndarray, upper: float, lower: float, pole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the middle joint of a limb goes so that its end reaches ``target``.

    Parameters
    ----------
    root, target : (..., 3) metres
        Hip and ankle, or shoulder and wrist.
    upper, lower : float, metres
        Lengths of the two bones.
    pole : (..., 3)
        Direction in which the middle joint bends; its part along the limb does not matter.

    Returns
    -------
    middle, end : (..., 3)
        ``end`` is ``target``, or the nearest point that the limb reaches without snapping straight.
    """
    reach = target - root
    distance = np.linalg.norm(reach, axis=-1, keepdims=True)
    along = reach / distance
    held = np.clip(distance, abs(upper - lower) * 1.02 + 1e-6, (upper + lower) * 0.9995)
    across = unit(pole - np.sum(pole * along, axis=-1, keepdims=True) * along)
    before = (upper**2 - lower**2 + held**2) / (2 * held)  # law of cosines
    middle = root + before * along + np.sqrt(np.maximum(upper**2 - before**2, 0)) * across
    return middle, root + held * along
