"""MoveNet as a detector, and its weights on disk."""

import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from fitlab.detectors.movenet import LIGHTNING, THUNDER, MoveNet, decode, normalised
from fitlab.detectors.onnx_graph import graph_of, session_of
from fitlab.errors import InputError
from fitlab.files import written_whole
from fitlab.skeletons import COCO17

VARIANTS = {"movenet_lightning": (LIGHTNING, (192, 192)), "movenet_thunder": (THUNDER, (256, 256))}
"""Channel counts and (width, height) of the crops, by the name that a weights file carries."""


def load_movenet(path: str | os.PathLike[str]) -> tuple[MoveNet, str]:
    """A network with the weights of a safetensors file (as float32), and the key of its kind in :data:`VARIANTS`.

    Raises
    ------
    InputError
        If the file is missing, is no safetensors file, or does not hold a MoveNet.
    """
    try:
        with safe_open(path, framework="pt") as file:
            variant = (file.metadata() or {}).get("model", "")
            names = file.keys()
            state = {name: file.get_tensor(name).float() for name in names}
    except (OSError, SafetensorError) as error:
        raise InputError(f"the weights must be a safetensors file, got {path} ({error}); check the path") from error
    if variant not in VARIANTS:
        raise InputError(
            f"the weights must be of a model in {sorted(VARIANTS)}, got {variant or 'none named'} in {path}; "
            "write them with fitlab.detectors.movenet_detector.save_movenet"
        )
    module = MoveNet(VARIANTS[variant][0])
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise InputError(f"the weights must fit {variant}, got {path} with other tensors; train it again") from error
    return module, variant


def save_movenet(module: MoveNet, variant: str, path: str | os.PathLike[str]) -> None:
    """Writes a network's weights as float16 safetensors that :func:`load_movenet` reads.

    Parameters
    ----------
    variant : key of :data:`VARIANTS`
    """
    if variant not in VARIANTS:
        raise InputError(f"variant must be one of {sorted(VARIANTS)}, got {variant!r}; name the kind of the network")
    state = {name: tensor.detach().cpu().half().contiguous() for name, tensor in module.state_dict().items()}
    with written_whole(path) as partial:
        Path(partial).write_bytes(save(state, {"model": variant}))


class MoveNetDetector:
    """MoveNet as a :class:`fitlab.detectors.protocol.Detector`.

    It keeps the weights as they are now: make a new one after training.  On the CPU network and decoding run in ONNX
    Runtime, which is about twice as fast as PyTorch there.

    Parameters
    ----------
    module : MoveNet
    input_size : (width, height) in pixels, multiples of 32
    name : str
    device : str
        "cpu", "cuda", ...
    """

    skeleton = COCO17

    def __init__(self, module: MoveNet, input_size: tuple[int, int], name: str, device: str = "cpu") -> None:
        self.input_size = input_size
        self.name = name
        whole = _Whole(deepcopy(module)).eval()  # the caller may go on training it
        self._detect = _on_cpu(whole, input_size) if device == "cpu" else _on_device(whole, device)

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds the joints of the most central person of every crop; see the protocol."""
        return self._detect(np.ascontiguousarray(crops))


_Function = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class _Whole(nn.Module):
    """From uint8 crops (B, H, W, 3) to positions (B, K, 2) and confidence (B, K)."""

    def __init__(self, module: MoveNet) -> None:
        super().__init__()
        self.module = module

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        return decode(self.module(normalised(crops)))


def _on_cpu(whole: nn.Module, input_size: tuple[int, int]) -> _Function:
    """A module as a function that runs in ONNX Runtime on the CPU, for any number of crops."""
    width, height = input_size
    outputs = ["positions", "confidence"]
    example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
    session = session_of(graph_of(whole.cpu(), example, "crops", outputs))
    return lambda crops: tuple(session.run(outputs, {"crops": crops}))


def _on_device(whole: nn.Module, device: str) -> _Function:
    whole = whole.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def detect(crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        positions, confidence = whole(torch.from_numpy(crops).to(device))
        return positions.cpu().numpy(), confidence.cpu().numpy()

    return detect
