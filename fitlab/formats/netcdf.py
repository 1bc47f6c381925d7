"""netCDF with the dimensions, units and attributes of a poses data set of the `movement` package.

https://movement.neuroinformatics.dev, "The movement datasets": ``position`` (time, space, keypoints, individuals) and
``confidence`` (time, keypoints, individuals), attributes ``fps`` and ``time_unit``.  In addition fitlab writes
``frame_of_reference``, which is the space, and ``image_size``.
"""

from pathlib import Path
from typing import Any, cast, get_args

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.conventions import in_guessed_metres
from fitlab.formats.hints import Hints, joint_name, needed, skeleton_named
from fitlab.poses import PoseSequence, Space

_DIMENSIONS = ("time", "space", "keypoints", "individuals")


def write(seq: PoseSequence, path: Path) -> None:
    """The data set of ``seq.to_xarray()``."""
    data = seq.to_xarray()
    if seq.image_size is not None:
        data.attrs["image_size"] = list(seq.image_size)
    data.to_netcdf(path, engine="netcdf4")


def read(path: Path, hints: Hints) -> PoseSequence:
    """One individual, which ``hints.clip`` names where there are several; confidence that is not known is 1."""
    import xarray

    try:
        with xarray.open_dataset(path, engine="netcdf4", decode_times=False) as file:
            data = file.load()
    except (OSError, RuntimeError, ValueError, TypeError) as error:  # of the C library and of xarray
        raise InputError(
            f"{path} must be a readable netCDF file, got {' '.join(str(error).split())}; check that it is complete"
        ) from error
    if "position" not in data or set(data["position"].dims) != set(_DIMENSIONS):
        there = f"position {data['position'].dims}" if "position" in data else ", ".join(map(str, data.data_vars))
        raise InputError(
            f"{path} must hold a variable position with dimensions {', '.join(_DIMENSIONS)}, got {there or 'nothing'}; "
            "write it with movement or fitlab"
        )
    person = data.sel(individuals=_individual(data, path, hints))
    positions = person["position"].transpose("time", "keypoints", "space").values
    confidence = np.isfinite(positions).all(axis=-1).astype(float)
    if "confidence" in person:
        told = person["confidence"].transpose("time", "keypoints").values
        confidence = np.where(np.isnan(told), confidence, np.clip(told, 0, 1))
    skeleton, order = skeleton_named([joint_name(str(name)) for name in data["keypoints"].values])
    space, step = _space(data, positions, hints), f"read_poses({path.name})"
    if positions.shape[-1] == 3 and data.attrs.get("source_software") != "fitlab":
        positions, unit = in_guessed_metres(positions, path, hints)
        step = f"read_poses({path.name}, unit={unit})"
    size = np.atleast_1d(data.attrs.get("image_size", ()))
    return PoseSequence(
        positions[:, order],
        needed("fps", hints.fps, _rate(data)),
        hints.skeleton or skeleton,
        space,
        confidence[:, order],
        image_size=hints.image_size or ((int(size[0]), int(size[1])) if len(size) == 2 else None),
        history=(step,),
    )


def _individual(data: Any, path: Path, hints: Hints) -> str:
    names = [str(name) for name in data["individuals"].values]
    name = hints.clip or (names[0] if len(names) == 1 else None)
    if name not in names:
        raise InputError(
            f"clip must name one of the {len(names)} individuals in {path}, got {hints.clip!r}; "
            f"choose from {', '.join(names[:8])}"
        )
    return name


def _space(data: Any, positions: np.ndarray, hints: Hints) -> Space:
    told = data.attrs.get("frame_of_reference")
    told = told if told in get_args(Space) else None
    return cast(Space, needed("space", hints.space, told, "image" if positions.shape[-1] == 2 else None))


def _rate(data: Any) -> float | None:
    """Frames per second as the file says, or from its times where these are seconds."""
    if "fps" in data.attrs:
        return float(data.attrs["fps"])
    times = np.asarray(data["time"].values, float)
    if data.attrs.get("time_unit") != "seconds" or len(times) < 2:
        return None
    return 1 / float(np.median(np.diff(times)))
