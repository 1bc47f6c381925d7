"""MMPose's top-down models as ordinary PyTorch modules, from its own configurations and checkpoints."""

import importlib
import importlib.util
import pickle
import sys
import warnings
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fitlab.detectors.stand_ins import NotCompiled, for_mmpretrain
from fitlab.errors import InputError, SetupError

if TYPE_CHECKING:
    from mmpose.models import TopdownPoseEstimator


def build_model(
    config: str, overrides: Mapping[str, Any] | None = None, checkpoint: str | Path | None = None
) -> "TopdownPoseEstimator":
    """A top-down model of MMPose from its own configuration file.

    Parameters
    ----------
    config : str
        Path below ``mmpose/.mim/configs`` of the installed package, such as
        ``"body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"``, or the absolute path of a file.
    overrides : mapping, optional
        Changes to the configuration with dotted keys, as of MMPose's ``--cfg-options``:
        ``{"model.head.out_channels": 23}``.
    checkpoint : path, optional
        A local ``.pth`` of MMPose.  Tensors and mmengine's own records are read, no other code is run.  It must
        hold every tensor of the model; those of the head that have another shape (other joints) are left at their
        random start, with a warning.  Without it the weights are random: the addresses in MMPose's
        configurations are never followed.

    Returns
    -------
    model : TopdownPoseEstimator, an nn.Module
        On the CPU, in training mode.  Test-time flipping is off unless the overrides turn it on.

    Raises
    ------
    InputError
        If there is no such configuration, or the checkpoint is none or does not fit.
    SetupError
        If the OpenMMLab packages are not installed.
    """
    _prepare()
    from mmengine.config import Config
    from mmengine.logging import MMLogger
    from mmengine.registry import DefaultScope
    from mmpose.registry import MODELS

    cfg = Config.fromfile(_config_path(config))
    _forget_downloads(cfg.model)
    cfg.merge_from_dict({"model.test_cfg.flip_test": False, **(overrides or {})})
    MMLogger.get_current_instance().setLevel("WARNING")  # else a line for every tensor
    with DefaultScope.overwrite_default_scope("mmpose"), for_mmpretrain():
        model = MODELS.build(cfg.model)
    model.init_weights()
    if checkpoint is not None:
        _load_checkpoint(model, Path(checkpoint))
    return model


def _config_path(config: str) -> Path:
    import mmpose

    root = Path(mmpose.__file__).parent / ".mim" / "configs"
    path = root / config  # an absolute path stays itself
    if not path.is_file():
        known = [str(file.relative_to(root)) for file in root.rglob("*.py") if "_base_" not in file.parts]
        near = get_close_matches(config, known, n=1, cutoff=0.3) or ["one of the files there"]
        raise InputError(f"config must be a file below {root}, got {config!r}; did you mean {near[0]}?")
    return path


def _forget_downloads(node: dict[str, Any]) -> None:
    """Drops every ``init_cfg`` that would download weights, so that each class falls back to its own start."""
    start = node.get("init_cfg")
    if isinstance(start, dict) and start.get("type") == "Pretrained":
        del node["init_cfg"]
    for child in node.values():
        if isinstance(child, dict):
            _forget_downloads(child)


def _load_checkpoint(model: "TopdownPoseEstimator", path: Path) -> None:
    try:
        with torch.serialization.safe_globals(_log_types()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise InputError(
            f"checkpoint must be a .pth file with tensors and MMPose's own records only, got {path} "
            f"({type(error).__name__}); name another file"
        ) from error
    state = content.get("state_dict", content) if isinstance(content, dict) else {}
    state = {name.removeprefix("module."): value for name, value in state.items()}
    own = model.state_dict()
    absent = sorted(own.keys() - state.keys())
    foreign = [n for n in own if n in state and state[n].shape != own[n].shape]
    if absent or any(not name.startswith("head.") for name in foreign):
        raise InputError(
            f"checkpoint must fit the model, got {path} with {len(absent)} tensors missing and {len(foreign)} of "
            f"another shape, first {[*absent, *foreign][0]!r}; name the checkpoint of this configuration"
        )
    if foreign:
        warnings.warn(f"{path.name} has other joints: {', '.join(foreign)} start at random", stacklevel=3)
    model.load_state_dict({name: own[name] if name in foreign else state[name] for name in own})


def _log_types() -> list[Any]:
    """What mmengine's checkpoints hold beside tensors: its log, that is numpy arrays and scalars in HistoryBuffers."""
    from mmengine.logging import HistoryBuffer

    def method_of_log(owner: object, name: str) -> str:
        if owner is not HistoryBuffer:
            raise pickle.UnpicklingError(f"getattr({owner!r}, {name!r}) is no record of mmengine")
        return name

    array = np._core.multiarray
    numbers = [np.ndarray, np.dtype, *(type(np.dtype(kind)) for kind in ("f4", "f8", "i4", "i8", "?"))]
    for package in ("numpy._core", "numpy.core"):  # numpy 2 and 1 write the same functions under two names
        numbers += [(getattr(array, name), f"{package}.multiarray.{name}") for name in ("_reconstruct", "scalar")]
    return [HistoryBuffer, (method_of_log, "builtins.getattr"), *numbers]


@cache
def _prepare() -> None:
    """Makes mmpose importable with the packages that need no compiler; docs/mmpose.md has the reasons."""
    absent = [name for name in ("mmpose", "mmcv", "mmengine", "mmdet") if importlib.util.find_spec(name) is None]
    if absent:
        names = ", ".join(absent)
        raise SetupError(f"mmpose must have its companions, got no {names}; run 'make setup' or see docs/mmpose.md")
    warnings.filterwarnings("ignore", category=FutureWarning, module="mmdet")  # torch.cuda.amp.autocast
    if importlib.util.find_spec("mmcv._ext") is None:
        sys.modules["mmcv._ext"] = NotCompiled("mmcv._ext")
    if importlib.util.find_spec("xtcocotools") is None:
        # A fork of pycocotools with the same reading of COCO files; only its CocoMetric has other arguments.
        for part in ("", ".coco", ".cocoeval", ".mask"):
            sys.modules["xtcocotools" + part] = importlib.import_module("pycocotools" + part)
