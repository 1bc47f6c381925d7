"""Detectors as ONNX files, checked number by number against PyTorch before anything is written.

MoveNet becomes a graph from uint8 crops to positions and confidence, the decoding in it.  RTMPose becomes the graph
that OpenMMLab publishes (normalised images in, the two axes of SimCC out), which other programs read as well.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fitlab.detectors.download import sha256_of
from fitlab.detectors.exported import MOVENET, RTMPOSE
from fitlab.detectors.movenet import Heads, MoveNet, decode, normalised
from fitlab.detectors.onnx_graph import graph_of, labelled, session_of
from fitlab.detectors.own import find_own
from fitlab.detectors.rtmpose_onnx import MEAN, SPLIT, STD
from fitlab.detectors.weights_files import Recipe, needed_recipe
from fitlab.detectors.zoo import weights_file
from fitlab.errors import InputError
from fitlab.files import written_whole

TOLERANCE = 1e-4
"""Of the largest value of an output: how far the graph may be from PyTorch."""

CROPS = 3
"""Made-up crops on which both are compared; not one, to see that the graph takes several."""

_HEADS = ("centre", "keypoints", "regression", "offsets")


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    path : Path
    sha256 : str
    difference : float
        Largest difference from PyTorch, as a share of the output's largest value.
    """

    path: Path
    sha256: str
    difference: float


def export_onnx(name: str | os.PathLike[str], target: str | os.PathLike[str], tolerance: float = TOLERANCE) -> Exported:
    """Writes a detector as an ONNX file that :func:`fitlab.detectors.load_detector` reads by its path.

    Parameters
    ----------
    name : str or path
        Weights of MoveNet or a checkpoint of RTMPose, by path or by name in the zoo.
    target : path
        Ends in .onnx.
    tolerance : float
        See :data:`TOLERANCE`.

    Raises
    ------
    InputError
        If the detector is of another kind, or the graph's answers differ from PyTorch's by more than ``tolerance``.
        Nothing is written then.
    """
    if Path(target).suffix != ".onnx":
        raise InputError(f"the exported file must end in .onnx, got {target}; change its name")
    source = weights_file(name)
    if source.suffix == ".safetensors":
        graph, difference = _movenet(source)
    elif source.suffix == ".pth":
        own = find_own(str(name))
        recipe = needed_recipe(source, own.config, own.skeleton) if own else needed_recipe(source)
        graph, difference = _rtmpose(source, recipe)
    else:
        raise InputError(f"what is exported must be MoveNet (.safetensors) or RTMPose (.pth), got {source}")
    if not difference <= tolerance:
        raise InputError(
            f"the graph of {name} must equal PyTorch to {tolerance:g} of each output's largest value, got "
            f"{difference:.2g}; nothing was written, report it with the versions of torch and onnxruntime"
        )
    with written_whole(target) as partial:
        partial.write_bytes(graph)
    return Exported(Path(target), sha256_of(Path(target)), difference)


class _WithHeads(nn.Module):
    """MoveNet from crops to its decoded answer, and the heads that it was decoded from."""

    def __init__(self, module: MoveNet) -> None:
        super().__init__()
        self.module = module

    def forward(self, crops: Tensor) -> tuple[Tensor, ...]:
        heads = self.module(normalised(crops))
        return (*decode(heads), *(getattr(heads, name) for name in _HEADS))


class _Axes(nn.Module):
    """RTMPose from normalised images to the two axes of SimCC."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        model: Any = self.model
        x, y = model.head(model.extract_feat(images))
        return x, y


def _movenet(source: Path) -> tuple[bytes, float]:
    """Graph, and its largest difference.

    Heads are compared with PyTorch's, positions with what PyTorch decodes from the graph's own heads: where two cells
    score alike, a difference in the last digit of a head may choose the other one, and that is no error of the graph.
    """
    from fitlab.detectors.movenet_detector import VARIANTS, load_movenet

    module, variant = load_movenet(source)
    whole, (width, height) = _WithHeads(module).eval(), VARIANTS[variant][1]
    crops = _crops(width, height)
    outputs = [*MOVENET, *_HEADS]
    graph = graph_of(whole, torch.from_numpy(crops[:1]), "crops", outputs)
    found = session_of(graph).run(outputs, {"crops": crops})
    with torch.inference_mode():
        expected = [tensor.numpy() for tensor in whole(torch.from_numpy(crops))[len(MOVENET) :]]
        decoded = [tensor.numpy() for tensor in decode(Heads(*map(torch.from_numpy, found[len(MOVENET) :])))]
    return labelled(graph, MOVENET, {"fitlab.model": variant}), _difference(found, [*decoded, *expected])


def _rtmpose(source: Path, recipe: Recipe) -> tuple[bytes, float]:
    """Graph, and its largest difference; so far as peaks go, also from MMPose's own preprocessing and decoding."""
    from fitlab.detectors.mmpose import MMPoseDetector, build_model

    detector = MMPoseDetector(build_model(recipe.config, recipe.overrides, source), recipe.skeleton)
    codec, (width, height) = detector.model.head.decoder, detector.input_size
    if getattr(codec, "simcc_split_ratio", None) != SPLIT or codec.use_dark:
        raise InputError(
            f"what is exported must be an RTMPose with {SPLIT} cells per pixel, got {recipe.config}; "
            "use MMDeploy for other models of MMPose"
        )
    crops = _crops(width, height)
    images = np.ascontiguousarray(((crops - MEAN) / STD).transpose(0, 3, 1, 2))  # (B, H, W, 3) -> (B, 3, H, W)
    whole = _Axes(detector.model).eval()
    graph = graph_of(whole, torch.from_numpy(images[:1]), "input", RTMPOSE)
    found = session_of(graph).run(list(RTMPOSE), {"input": images})
    with torch.inference_mode():
        expected = [tensor.numpy() for tensor in whole(torch.from_numpy(images))]
    peaks = np.minimum(*(axis.max(axis=2) for axis in found)).clip(0, 1)
    difference = _difference([*found, peaks], [*expected, detector(crops)[1]])
    return labelled(graph, RTMPOSE, {"fitlab.skeleton": recipe.skeleton}), difference


def _difference(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """Largest difference, each output's as a share of its largest value; NaN where one is."""
    pairs = zip(found, expected, strict=True)
    return float(np.max([np.abs(f - e).max() / max(np.abs(e).max(), 1e-9) for f, e in pairs]))


def _crops(width: int, height: int) -> np.ndarray:
    """Made-up pictures (CROPS, height, width, 3) uint8: smooth blobs of colour, and grain."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.uniform(0, 255, (CROPS, 3, 8, 8)))
    smooth = nn.functional.interpolate(coarse, (height, width), mode="bicubic").permute(0, 2, 3, 1).numpy()
    grainy: np.ndarray = (smooth + rng.normal(0, 12, smooth.shape)).clip(0, 255).astype(np.uint8)
    return grainy
