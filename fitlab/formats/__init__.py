"""Files of poses: one function reads them, one writes them, the suffix says which kind.

.npz    fitlab's own, everything a PoseSequence holds; VideoPose3D's 2D detections (read only)
.csv    fitlab's own, one row per frame; MediaPipe landmarks (read only)
.json   COCO keypoints; AlphaPose results, OpenPose frames (read only)
.trc    OpenSim marker trajectories (3D)
.c3d    motion capture points (3D)
.nc     netCDF as the `movement` package has it (write only)
folder  OpenPose, one *_keypoints.json per frame (read only)
"""

import os
from pathlib import Path

from fitlab.errors import InputError
from fitlab.files import written_whole
from fitlab.formats import c3d, json_files, netcdf, npz, openpose, tables, trc
from fitlab.formats.hints import UNREADABLE, Hints
from fitlab.poses import PoseSequence, Space
from fitlab.skeletons import Skeleton

__all__ = ["is_pose_file", "read_poses", "write_poses"]

_READERS = {
    ".npz": npz.read,
    ".csv": tables.read,
    ".json": json_files.read,
    ".trc": trc.read,
    ".c3d": c3d.read,
}
_WRITERS = {
    ".npz": npz.write,
    ".csv": tables.write,
    ".json": json_files.write,
    ".trc": trc.write,
    ".c3d": c3d.write,
    ".nc": netcdf.write,
}


def is_pose_file(path: str | os.PathLike[str]) -> bool:
    """Whether :func:`read_poses` is the function for ``path``, by its suffix or by OpenPose files in the folder."""
    path = Path(path)
    return path.suffix.lower() in _READERS or openpose.is_folder(path)


def read_poses(
    path: str | os.PathLike[str],
    *,
    fps: float | None = None,
    skeleton: Skeleton | None = None,
    space: Space | None = None,
    image_size: tuple[int, int] | None = None,
    clip: str | None = None,
) -> PoseSequence:
    """Reads one person's poses.

    Parameters
    ----------
    path : path
        A file of one of the kinds above, or a folder of OpenPose files.
    fps, skeleton, space, image_size : optional
        What the file does not say (most kinds lack the frame rate); given, they go before what it says.
    clip : str, optional
        Which one, in a file that holds several: ``S1/Walking/0`` (VideoPose3D: subject/action/camera).

    Returns
    -------
    sequence : PoseSequence
        Of several people in the picture, the one followed from the first frame's largest.

    Raises
    ------
    InputError
        If the suffix is unknown, the file cannot be read, says too little, has a number of joints that
        does not fit, no frames, or no position that is not NaN.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"the file of poses must exist, got {path}; check the name")
    hints = Hints(fps, skeleton, space, image_size, clip)
    if openpose.is_folder(path):
        reader = openpose.read
    elif path.suffix.lower() in _READERS:
        reader = _READERS[path.suffix.lower()]
    else:
        raise InputError(f"a file of poses must end in {', '.join(_READERS)}, got {path.name!r}; convert it first")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path} must hold poses, got an empty file; check that it was written completely")
    try:
        sequence = reader(path, hints)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{path}: {' '.join(str(error).split())}") from error
    except UNREADABLE as error:
        raise InputError(
            f"{path} must be a readable {path.suffix} file of poses, got {type(error).__name__}: {error}; "
            "check that it is complete and of that kind"
        ) from error
    if sequence.missing.all():
        raise InputError(f"{path} must hold at least one joint position, got only NaN; check how it was made")
    return sequence


def write_poses(seq: PoseSequence, path: str | os.PathLike[str]) -> None:
    """Writes ``seq`` as the kind of file that the suffix of ``path`` names, whole or not at all.

    Raises
    ------
    InputError
        If the suffix is unknown or that kind of file cannot hold the space of ``seq``.
    SetupError
        If the folder cannot be written to or the disk is full.
    """
    path = Path(path)
    if path.suffix.lower() not in _WRITERS:
        raise InputError(f"a file of poses must end in {', '.join(_WRITERS)}, got {path.name!r}; choose one of them")
    with written_whole(path) as partial:
        _WRITERS[path.suffix.lower()](seq, partial)
