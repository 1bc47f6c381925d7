"""The committed weights are what the script makes of the npm package."""

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from fitlab.detectors import convert_movenet as subject
from fitlab.detectors.movenet import LIGHTNING, MoveNet
from fitlab.detectors.zoo import EMBEDDED, ZOO
from fitlab.errors import InputError


def fake_package(path: Path, drop: str | None = None) -> dict[str, np.ndarray]:
    """An archive laid out like the real one, with random weights for lightning."""
    rng = np.random.default_rng(0)
    state = MoveNet(LIGHTNING).state_dict()
    entries, blob, theirs = [], b"", {}
    for ours, name in subject.names():
        shape = list(state[ours].shape)
        if len(shape) == 4:
            shape = [shape[2], shape[3], shape[0], 1] if ours.endswith("depthwise.weight") else shape[2:] + shape[1::-1]
        if name == drop:
            shape = [7]
        theirs[name] = rng.normal(size=shape).astype(np.float16)
        quantization = {"dtype": "float16", "original_dtype": "float32"}
        entries.append({"name": name, "shape": shape, "dtype": "float32", "quantization": quantization})
        blob += theirs[name].tobytes()
        entries.append({"name": f"{name}/axis", "shape": [], "dtype": "int32"})  # constants that are no weights
        blob += np.int32(3).tobytes()
    topology = json.dumps({"weightsManifest": [{"weights": entries}]}).encode()
    with tarfile.open(path, "w:gz") as archive:
        for suffix, content in (("json", topology), ("bin", blob)):
            member = tarfile.TarInfo(f"package/models/movenet-lightning.{suffix}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return theirs


def test_every_tensor_lands_in_its_place(tmp_path):
    theirs = fake_package(tmp_path / "package.tgz")
    ours = load(subject.convert(tmp_path / "package.tgz", "lightning"))
    assert set(ours) == set(MoveNet(LIGHTNING).state_dict())
    stem = theirs[dict(subject.names())["backbone.stem.weight"]]  # (H, W, in, out)
    np.testing.assert_array_equal(ours["backbone.stem.weight"][5, 2, 0, 1], stem[0, 1, 2, 5])
    depthwise = theirs[dict(subject.names())["neck.smooth.1.depthwise.weight"]]  # (H, W, C, 1)
    np.testing.assert_array_equal(ours["neck.smooth.1.depthwise.weight"][7, 0, 2, 1], depthwise[2, 1, 7, 0])


def test_the_same_bytes_every_time(tmp_path):
    fake_package(tmp_path / "package.tgz")
    assert subject.convert(tmp_path / "package.tgz", "lightning") == subject.convert(
        tmp_path / "package.tgz", "lightning"
    )


def test_names_are_distinct():
    ours, theirs = zip(*subject.names(), strict=True)
    assert len(set(ours)) == len(set(theirs)) == len(ours)


def test_packages_that_cannot_be_used(tmp_path):
    (tmp_path / "text.tgz").write_text("no archive")
    with pytest.raises(InputError, match="archive of @vladmandic"):
        subject.convert(tmp_path / "text.tgz", "lightning")
    fake_package(tmp_path / "other.tgz", drop=dict(subject.names())["neck.lateral.2.bias"])
    with pytest.raises(InputError, match=r"neck\.lateral\.2\.bias"):
        subject.convert(tmp_path / "other.tgz", "lightning")


@pytest.mark.parametrize("variant", ["lightning", "thunder"])
def test_committed_files_are_the_recorded_ones(variant):
    content = (EMBEDDED / f"movenet_{variant}.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == ZOO[f"movenet_{variant}"].sha256
    assert ZOO[f"movenet_{variant}"].megabytes == round(len(content) / 1e6, 1)
    card = (EMBEDDED / f"movenet_{variant}.md").read_text()
    assert ZOO[f"movenet_{variant}"].sha256 in card and "Apache-2.0" in card


@pytest.mark.skipif("FITLAB_MOVENET_PACKAGE" not in os.environ, reason="set FITLAB_MOVENET_PACKAGE to the npm archive")
@pytest.mark.parametrize("variant", ["lightning", "thunder"])
def test_the_script_makes_the_committed_files(variant):
    package = Path(os.environ["FITLAB_MOVENET_PACKAGE"])
    assert subject.convert(package, variant) == (EMBEDDED / f"movenet_{variant}.safetensors").read_bytes()
