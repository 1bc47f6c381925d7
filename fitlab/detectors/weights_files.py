"""Detectors from files of weights, whatever their kind."""

import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitlab.detectors.protocol import Detector
from fitlab.errors import InputError
from fitlab.files import written_whole

if TYPE_CHECKING:
    from torch import nn

SUFFIXES = (".safetensors", ".pth", ".onnx")
"""MoveNet's weights, a checkpoint of MMPose, an exported graph."""


@dataclass(frozen=True)
class Recipe:
    """What a checkpoint of MMPose must be built with.

    Parameters
    ----------
    config : str
        Path below the configurations of the installed mmpose.
    overrides : mapping
        Dotted keys.
    skeleton : str
        Names the joints.
    """

    config: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    skeleton: str = "coco17"


def save_mmpose(model: "nn.Module", recipe: Recipe, path: Path) -> None:
    """Writes a ``.pth`` that MMPose itself loads, and :func:`load_file` without being told the configuration."""
    import torch

    with written_whole(path) as partial:
        torch.save({"state_dict": model.state_dict(), "fitlab": asdict(recipe)}, partial)


def recipe_of(path: Path) -> Recipe | None:
    """The recipe in a checkpoint that fitlab wrote; None where there is none."""
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):  # by MMPose, or no checkpoint: its reader tells
        return None
    found = content.get("fitlab") if isinstance(content, dict) else None
    return Recipe(**found) if found else None


def needed_recipe(path: Path, config: str | None = None, skeleton: str | None = None) -> Recipe:
    """The recipe of a checkpoint, from the file or from what is said; InputError where neither names the config."""
    found = recipe_of(path)
    if config is not None:
        return Recipe(config, skeleton=skeleton or "coco17")
    if found is None:
        if not path.is_file():
            raise InputError(f"the weights must be a file, got {path}; check the path")
        raise InputError(
            f"{path} must say of which model of MMPose it is, got none named; name its configuration: "
            "config=body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"
        )
    return found if skeleton is None else Recipe(found.config, found.overrides, skeleton)


def load_file(
    path: Path, name: str | None = None, device: str = "cpu", *, config: str | None = None, skeleton: str | None = None
) -> Detector:
    """The detector in a file of weights.

    Parameters
    ----------
    path : Path
        With one of :data:`SUFFIXES`.
    name : str, optional
        Default: that of the file.
    config : str, optional
        Of a checkpoint that MMPose wrote: path below its configurations.
    skeleton : str, optional
        Names the joints of a checkpoint or a graph that does not say so.

    Raises
    ------
    InputError
        If the file holds no detector, or nothing says which.
    SetupError
        If a package that runs it is not installed.
    """
    name = name or path.stem
    if path.suffix == ".safetensors":
        from fitlab.detectors.movenet_detector import VARIANTS, MoveNetDetector, load_movenet

        module, variant = load_movenet(path)
        return MoveNetDetector(module, VARIANTS[variant][1], name, device)
    if path.suffix == ".onnx":
        from fitlab.detectors.exported import load_onnx

        return load_onnx(path, name, device, skeleton)
    from fitlab.detectors.mmpose import MMPoseDetector, build_model

    recipe = needed_recipe(path, config, skeleton)
    model = build_model(recipe.config, recipe.overrides, path)
    return MMPoseDetector(model, recipe.skeleton, name, device=device)
