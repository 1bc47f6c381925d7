"""From poses around a fixed pelvis to a person who stands on a floor."""

import numpy as np
from scipy.ndimage import percentile_filter

from fitlab.errors import InputError
from fitlab.lifting.contacts import contacts, planted, settled, support_height, walked
from fitlab.lifting.gravity import up_direction, world_from_camera
from fitlab.lifting.rays import camera_path
from fitlab.poses import PoseSequence
from fitlab.signals import bridge_gaps
from fitlab.skeletons import H36M17

_AIRBORNE_M = 0.06


def ground(seq: PoseSequence, image: PoseSequence | None = None) -> PoseSequence:
    """Puts root-relative poses onto the floor of a world.

    Up is found by :func:`fitlab.lifting.gravity.up_direction`; the person first faces +y, with the
    pelvis of the first frame above the origin.  The lowest part of the body rests on the floor, so the
    hip sinks in a squat and the whole body lies flat in a plank.  What touches the floor stays on its spot
    (:mod:`fitlab.lifting.contacts`).

    Parameters
    ----------
    seq : PoseSequence (camera)
        Of a lifter.
    image : PoseSequence (image), optional
        The 2D poses that were lifted.  With them jumps are seen: the camera fixes the height of the
        pelvis.  Without them somebody always touches the floor.

    Returns
    -------
    PoseSequence (world, H36M17)
        Metres, z up, floor at z = 0.  Missing joints stay missing.

    Raises
    ------
    InputError
        If ``seq`` is not in camera space, shows nobody, or ``image`` has other frames.
    """
    if seq.space != "camera":
        raise InputError(f"poses to put on a floor must be in camera space, got {seq.space} space; lift them first")
    if image is not None and (len(image) != len(seq) or image.space != "image"):
        raise InputError(
            f"image must hold the 2D poses of the same {len(seq)} frames, got {len(image)} in {image.space} space; "
            "pass what was lifted"
        )
    seq = seq.to(H36M17)
    up = up_direction(seq)
    turn = world_from_camera(seq, up)
    relative = _complete(seq)  # (T, 17, 3)
    relative -= relative[:, :1]
    local = relative @ turn.T
    height = support_height(local)
    if image is not None and image.image_size is not None:
        seen = camera_path(relative, image) @ turn.T
        height = _with_jumps(height, seen[:, 2], seq.fps)
    root = np.concatenate([walked(local, height), height[:, None]], axis=1)
    found = contacts(local, root, seq.fps)
    root = settled(local, root, found)
    root[:, :2] -= root[0, :2]
    world = planted(local + root[:, None], found, seq.fps)
    world[seq.missing] = np.nan
    tilt = np.degrees(np.arccos(np.clip(-up[1], -1, 1)))
    return seq.replace(f"ground(tilt {tilt:.1f} deg, {len(found)} contacts)", positions=world, space="world")


def towards_camera(seq: PoseSequence) -> np.ndarray:
    """Direction (3,) from the person to the camera in the world into which :func:`ground` puts camera-space poses."""
    seq = seq.to(H36M17)
    return world_from_camera(seq, up_direction(seq)) @ np.array([0.0, 0.0, -1.0])


def _complete(seq: PoseSequence) -> np.ndarray:
    """(T, 17, 3) float64 with every gap bridged by a straight line, for the sake of the path."""
    ever_seen = np.any(~seq.missing, axis=0)
    if not ever_seen.all():
        absent = [joint for joint, ever in zip(seq.skeleton.joints, ever_seen, strict=True) if not ever]
        raise InputError(f"poses to put on a floor must have every joint, got no {', '.join(absent)}; check the lifter")
    return bridge_gaps(np.where(seq.missing[..., None], np.nan, seq.positions))


def _with_jumps(support: np.ndarray, seen: np.ndarray, fps: float) -> np.ndarray:
    """Height of the pelvis: ``support`` where the body rests, what the camera saw where it is in the air.

    ``seen`` is right up to a slowly changing offset, which is read off the frames that rest: they
    are the upper edge of support - seen.
    """
    window = max(3, round(1.5 * fps)) | 1
    offset = percentile_filter(support - seen, 75, size=window, mode="nearest")
    free = seen + offset
    return np.where(free - support > _AIRBORNE_M, free, support)
