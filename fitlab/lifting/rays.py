"""Lifted poses put back onto what the camera saw.

A temporal network draws every pose a little towards those that it has seen most: knees that fall inward come out
straighter than they are.  The 2D joints know better where things are across the picture; depth comes from the network.
"""

import numpy as np

from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.signals import butterworth
from fitlab.skeletons import COCO17, H36M17

_FOCAL = 1.0  # in longer sides of the picture: phones and webcams lie between 0.7 and 1.3
_CUTOFF_HZ = 5.0
_FEWEST = 4  # joints that fix the place of a person
_BELIEVED_M = 0.3  # a joint farther from its ray than this is rather a mistake of the detector
_TRUSTED = 0.2  # confidence from which a joint counts in full: three of four lie where the detector says
_SEEN = [k for k, joint in enumerate(H36M17.joints) if joint in COCO17]
_FOLLOWING = {  # in this order: what a detector does not see goes with what it sees
    "pelvis": ("left_hip", "right_hip"),
    "thorax": ("left_shoulder", "right_shoulder"),
    "spine": ("pelvis", "thorax"),
    "head_top": ("nose",),
}


def on_rays(seq: PoseSequence, image: PoseSequence) -> PoseSequence:
    """Moves every joint to the nearest point of the ray on which the camera saw it.

    Parameters
    ----------
    seq : PoseSequence (camera, H36M17)
        Of a lifter.
    image : PoseSequence (image)
        The 2D poses that were lifted, with ``image_size``.

    Returns
    -------
    PoseSequence (camera, H36M17)
        Relative to the pelvis.  Joints that no detector sees (pelvis, spine, thorax, head_top) go with their
        neighbours.  A joint far from its ray, or of a confidence below 0.2, stays nearer to where the network put it:
        the detector may have erred.

    Raises
    ------
    InputError
        If the spaces or the numbers of frames do not fit, or ``image`` has no ``image_size``.
    """
    if seq.space != "camera" or image.space != "image" or len(seq) != len(image) or image.image_size is None:
        raise InputError(
            f"poses to put on rays must be {len(image)} frames in camera space and their pixels with image_size, "
            f"got {len(seq)} frames in {seq.space} and {image.space} space; pass what was lifted"
        )
    seq = seq.to(H36M17)
    positions = seq.positions.astype(np.float64)
    seen = image.to(H36M17)
    path = camera_path(positions, image)[:, None]
    focal, uv = _rays(seen, image.image_size)
    rays = np.concatenate([uv, np.full_like(uv[..., :1], focal)], axis=-1)  # (T, K, 3)
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    placed = positions + path
    shift = np.einsum("tkc,tkc->tk", placed, rays)[..., None] * rays - placed
    distance = np.linalg.norm(shift, axis=-1, keepdims=True)
    shift *= _trust(seen)[..., None] * np.exp(-((distance / _BELIEVED_M) ** 4))
    moved = np.zeros_like(positions)
    moved[:, _SEEN] = np.nan_to_num(shift[:, _SEEN])
    for joint, leaders in _FOLLOWING.items():
        moved[:, H36M17.index(joint)] = np.mean([moved[:, H36M17.index(leader)] for leader in leaders], axis=0)
    positions = positions + moved
    return seq.replace("on_rays()", positions=positions - positions[:, :1])


def camera_path(relative: np.ndarray, image: PoseSequence) -> np.ndarray:
    """Path of the pelvis (T, 3) in camera space that a pinhole camera has seen, smoothed.

    For every frame the translation t that best solves f (X + t_x) = u (Z + t_z) and
    f (Y + t_y) = v (Z + t_z) over the joints, those of low confidence counting less.  The focal length is a guess:
    it scales the distance, not what happens across the picture.

    Parameters
    ----------
    relative : (T, 17, 3) H36M17 in metres, camera axes, relative to the pelvis
        Frames with a joint missing get their place from those around them.
    image : PoseSequence (image)
        Of the same frames, with ``image_size``.
    """
    assert image.image_size is not None
    keypoints = image.to(H36M17)
    focal, uv = _rays(keypoints, image.image_size)
    weight = np.where(keypoints.missing, 0.0, _trust(keypoints))[..., None]  # (T, K, 1)
    complete = np.isfinite(relative).all(axis=(1, 2))
    uv, relative = np.nan_to_num(uv), np.nan_to_num(relative)
    rows = np.zeros((*uv.shape, 3))  # (T, K, 2, 3)
    rows[..., 0, 0] = rows[..., 1, 1] = focal
    rows[..., 2] = -uv
    right = uv * relative[..., 2:] - focal * relative[..., :2]
    matrix = np.einsum("tkc,tkci,tkcj->tij", weight, rows, rows)
    vector = np.einsum("tkc,tkci,tkc->ti", weight, rows, right)
    known = ((weight[..., 0] > 0).sum(axis=1) >= _FEWEST) & complete
    if not known.any():
        return np.zeros((len(relative), 3))
    solved = np.linalg.solve(matrix[known], vector[known][..., None])[..., 0]
    frames = np.arange(len(relative))
    path = np.stack([np.interp(frames, frames[known], solved[:, d]) for d in range(3)], axis=1)
    return butterworth(path, image.fps, min(_CUTOFF_HZ, 0.4 * image.fps)) if len(path) > 15 else path


def _rays(keypoints: PoseSequence, size: tuple[int, int]) -> tuple[float, np.ndarray]:
    """Focal length in pixels, and pixels (T, K, 2) from the centre of the picture."""
    return _FOCAL * max(size), keypoints.positions.astype(np.float64) - np.array(size) / 2


def _trust(keypoints: PoseSequence) -> np.ndarray:
    """(T, K) in [0, 1].  A detector's confidence says less: joints that it finds surely have between .4 and .9."""
    return np.minimum(keypoints.confidence / _TRUSTED, 1.0)
