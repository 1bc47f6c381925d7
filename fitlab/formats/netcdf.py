"""netCDF with the dimensions, units and attributes of a poses data set of the `movement` package."""

from pathlib import Path

from fitlab.poses import PoseSequence


def write(seq: PoseSequence, path: Path) -> None:
    """The data set of ``seq.to_xarray()``."""
    seq.to_xarray().to_netcdf(path, engine="netcdf4")
