"""netCDF as the `movement` package lays it out: read, written, and broken."""

import numpy as np
import pytest
import xarray

from fitlab.errors import InputError
from fitlab.formats import read_poses, write_poses
from fitlab.skeletons import COCO17, H36M17

NAMES = ["nose", "left hip", "right hip"]


def movement(path, positions, confidence=None, individuals=("id_0",), **attributes):
    """A file as movement 0.15 makes it (`ValidPosesInputs.to_dataset`): positions (T, D, K, I)."""
    frames, axes, _, people = positions.shape
    confidence = np.full((frames, 3, people), np.nan, np.float32) if confidence is None else confidence
    dims = ("time", "space", "keypoints", "individuals")
    fps = attributes.get("fps")
    xarray.Dataset(
        {"position": (dims, positions), "confidence": (dims[:1] + dims[2:], confidence)},
        coords={
            "time": np.arange(frames) / (fps or 1), "space": list("xyz"[:axes]), "keypoints": NAMES,
            "individuals": list(individuals),
        },
        attrs={"source_software": "DeepLabCut", "ds_type": "poses", "time_unit": "seconds" if fps else "frames"}
        | attributes,
    ).to_netcdf(path)  # fmt: skip
    return path


def test_image_size_and_confidence_come_back(image, tmp_path):
    write_poses(image, tmp_path / "a.nc")
    back = read_poses(tmp_path / "a.nc")
    assert (back.skeleton, back.image_size, back.fps, back.space) == (COCO17, (640, 480), 29.97, "image")
    np.testing.assert_array_equal(back.confidence, image.confidence)
    np.testing.assert_array_equal(back.positions, image.positions)


@pytest.mark.parametrize("space", ["camera", "body"])
def test_every_space_comes_back(world, tmp_path, space):
    write_poses(world.replace("said to be", space=space), tmp_path / "a.nc")
    back = read_poses(tmp_path / "a.nc")
    assert back.space == space and back.skeleton is H36M17
    np.testing.assert_array_equal(back.positions, world.positions)


def test_files_of_other_programs(tmp_path, rng):
    positions = rng.uniform(0, 500, size=(12, 2, 3, 1))
    positions[4, :, 1] = np.nan
    seq = read_poses(movement(tmp_path / "a.nc", positions, fps=50.0))
    assert seq.skeleton.joints == ("nose", "left_hip", "right_hip") and (seq.fps, seq.space) == (50, "image")
    np.testing.assert_allclose(seq["left_hip"], positions[:, :, 1, 0], rtol=1e-6)
    np.testing.assert_array_equal(seq.confidence, np.where(seq.missing, 0, 1))  # not known: as good as any
    told = rng.uniform(0, 1.4, size=(12, 3, 1))
    seq = read_poses(movement(tmp_path / "b.nc", positions, told, fps=50.0))
    np.testing.assert_allclose(seq.confidence, np.where(seq.missing, 0, told[..., 0].clip(0, 1)), rtol=1e-6)


def test_one_of_several_individuals(tmp_path, rng):
    positions = rng.uniform(0, 500, size=(5, 2, 3, 2))
    path = movement(tmp_path / "a.nc", positions, individuals=("anna", "ben"), fps=30.0)
    np.testing.assert_allclose(read_poses(path, clip="ben")["nose"], positions[:, :, 0, 1], rtol=1e-6)
    with pytest.raises(
        InputError, match=r"clip must name one of the 2 individuals in .*, got None; choose from anna, ben"
    ):
        read_poses(path)
    with pytest.raises(InputError, match=r"got 'carl'; choose from anna, ben"):
        read_poses(path, clip="carl")


def test_the_rate_may_be_in_the_times_or_nowhere(tmp_path, rng):
    positions = rng.uniform(0, 500, size=(5, 2, 3, 1))
    with pytest.raises(InputError, match="fps must be given for this file"):
        read_poses(movement(tmp_path / "a.nc", positions))
    path = movement(tmp_path / "b.nc", positions, fps=25.0)
    with xarray.open_dataset(path) as file:
        data = file.load()
    del data.attrs["fps"]
    data.to_netcdf(tmp_path / "c.nc")
    assert read_poses(tmp_path / "c.nc").fps == pytest.approx(25)
    data["time"].attrs["units"] = "seconds since 2026-01-01"  # which xarray would take for dates
    data.to_netcdf(tmp_path / "d.nc")
    assert read_poses(tmp_path / "d.nc").fps == pytest.approx(25)


def test_the_space_and_unit_of_3d_are_asked_for_and_guessed(tmp_path, rng):
    positions = rng.uniform(-900, 900, size=(5, 3, 3, 1))
    path = movement(tmp_path / "a.nc", positions, fps=25.0)
    with pytest.raises(InputError, match="space must be given"):
        read_poses(path)
    seq = read_poses(path, space="world")
    assert seq.history == ("read_poses(a.nc, unit=mm)",)
    np.testing.assert_allclose(seq["nose"], positions[:, :, 0, 0] / 1000, rtol=1e-5)
    np.testing.assert_allclose(
        read_poses(path, space="world", metres_per_unit=0.002)["nose"], positions[:, :, 0, 0] / 500, rtol=1e-5
    )
    with pytest.raises(InputError, match=r"must be 0.5 to 3 m large in one of m, cm, mm, got .* units; say read_poses"):
        read_poses(movement(tmp_path / "b.nc", positions / 1e5, fps=25.0), space="world")


def test_files_with_something_else(tmp_path, rng):
    xarray.Dataset({"temperature": (("time",), rng.normal(size=4))}).to_netcdf(tmp_path / "a.nc")
    with pytest.raises(
        InputError, match=r"must hold a variable position with dimensions time, .*, got temperature; write"
    ):
        read_poses(tmp_path / "a.nc")
    xarray.Dataset({"position": (("time", "space"), rng.normal(size=(4, 2)))}).to_netcdf(tmp_path / "b.nc")
    with pytest.raises(InputError, match=r"got position \('time', 'space'\); write it with movement or fitlab"):
        read_poses(tmp_path / "b.nc")
    movement(tmp_path / "c.nc", rng.uniform(0, 500, size=(5, 2, 3, 1)), fps=30.0)
    with pytest.raises(InputError, match="must have 17 joints for skeleton 'coco17', got 3"):
        read_poses(tmp_path / "c.nc", skeleton=COCO17)
