"""Files of poses: one function reads them, one writes them; suffix and content say which kind.  See docs/formats.md.

.npz    fitlab's own, everything a PoseSequence holds; VideoPose3D's 2D detections (read only)
.csv    fitlab's own, one row per frame; MediaPipe landmarks
.json   COCO keypoints; AlphaPose results; one OpenPose frame (read only)
folder  OpenPose, one *_keypoints.json per frame
.trc    OpenSim marker trajectories (3D)
.c3d    motion capture points (3D)
.bvh    bones and their rotations, for animation programs (3D)
.nc     netCDF as the `movement` package has it
"""

import os
from collections.abc import Callable
from pathlib import Path

from fitlab.errors import InputError
from fitlab.files import folder_written_whole, written_whole
from fitlab.formats import bvh, c3d, json_files, netcdf, npz, openpose, tables, trc
from fitlab.formats.hints import UNREADABLE, Hints
from fitlab.poses import PoseSequence, Space
from fitlab.skeletons import Skeleton

__all__ = ["KINDS", "is_pose_file", "read_poses", "write_poses"]

_READERS: dict[str, Callable[[Path, Hints], PoseSequence]] = {
    ".npz": npz.read,
    ".csv": tables.read,
    ".json": json_files.read,
    ".trc": trc.read,
    ".c3d": c3d.read,
    ".bvh": bvh.read,
    ".nc": netcdf.read,
}
_WRITERS: dict[str, tuple[str, Callable[[PoseSequence, Path], None]]] = {
    "npz": (".npz", npz.write),
    "csv": (".csv", tables.write),
    "coco": (".json", json_files.write),
    "trc": (".trc", trc.write),
    "c3d": (".c3d", c3d.write),
    "bvh": (".bvh", bvh.write),
    "netcdf": (".nc", netcdf.write),
    "openpose": ("", openpose.write),
    "alphapose": (".json", json_files.write_alphapose),
    "mediapipe": (".csv", tables.write_landmarks),
}
KINDS = tuple(_WRITERS)
"""The kinds of file that :func:`write_poses` writes; of two with one suffix the first is the default."""


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
    metres_per_unit: float | None = None,
) -> PoseSequence:
    """Reads one person's poses.

    Parameters
    ----------
    path : path
        A file of one of the kinds above, or a folder of OpenPose files.
    fps, skeleton, space, image_size : optional
        What the file does not say (most kinds lack the frame rate); given, they go before what it says.
    clip : str, optional
        Which one, in a file that holds several: ``S1/Walking/0`` (VideoPose3D: subject/action/camera), the name of an
        individual (netCDF).
    metres_per_unit : float, optional
        Of 3D files that do not say their unit, or say a wrong one: 0.0254 for inches.

    Returns
    -------
    sequence : PoseSequence
        Of several people in the picture, the one followed from the first frame's largest.

    Raises
    ------
    InputError
        If the suffix is unknown, the file cannot be read or was cut off, says too little, has a number of joints that
        does not fit, no frames, no position that is not NaN, or a person of impossible size.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"the file of poses must exist, got {path}; check the name")
    hints = Hints(fps, skeleton, space, image_size, clip, metres_per_unit)
    reader: Callable[[Path, Hints], PoseSequence]
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


def write_poses(seq: PoseSequence, path: str | os.PathLike[str], *, kind: str | None = None) -> None:
    """Writes ``seq``, whole or not at all.

    Parameters
    ----------
    seq : PoseSequence
    path : path
        Its suffix says the kind of file.
    kind : str, optional
        One of :data:`KINDS`, where the suffix stands for several: ``"alphapose"`` (.json), ``"mediapipe"`` (.csv); or
        ``"openpose"``, a folder.

    Raises
    ------
    InputError
        If the suffix or the kind is unknown, or that kind of file cannot hold the space or the joints of ``seq``.
    SetupError
        If the folder cannot be written to or the disk is full.
    """
    path = Path(path)
    suffixes = {suffix: name for name, (suffix, _) in reversed(_WRITERS.items()) if suffix}
    kind = kind or suffixes.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(sorted(suffixes))
        raise InputError(
            f"a file of poses must end in {known}, got {path.name!r}; choose one of them, "
            "or kind='openpose' for a folder"
        )
    if kind not in _WRITERS:
        raise InputError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}; correct the name")
    suffix, writer = _WRITERS[kind]
    if path.suffix.lower() != suffix:
        raise InputError(f"a file of kind {kind} must end in {suffix or 'no suffix'}, got {path.name!r}; rename it")
    if not suffix and path.is_dir() and any(not item.name.endswith(openpose.ENDING) for item in path.iterdir()):
        raise InputError(f"a folder of OpenPose files must be new or hold nothing else, got {path}; choose another one")
    with written_whole(path) if suffix else folder_written_whole(path, [f"*{openpose.ENDING}"]) as partial:
        writer(seq, partial)
