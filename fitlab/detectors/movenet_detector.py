"""MoveNet as a detector, and its weights on disk."""

import io
import os
import warnings
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from fitlab.detectors.movenet import LIGHTNING, THUNDER, Heads, MoveNet, decode, normalised
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
            "write them with fitlab.detectors.save_movenet"
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

    On the CPU the network runs in ONNX Runtime, which is two to three times as fast as PyTorch there; it
    sees the module's weights as they are now, so make a new detector after training.

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
        self.device = device
        if device == "cpu":
            self._heads = onnx_heads(module, input_size)
        else:
            module = module.to(device).to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
            self._heads = lambda crops: module(normalised(torch.from_numpy(crops).to(device)))

    @torch.inference_mode()
    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds the joints of the most central person of every crop; see the protocol."""
        positions, confidence = decode(self._heads(np.ascontiguousarray(crops)))
        return positions.cpu().numpy(), confidence.cpu().numpy()


def onnx_heads(module: MoveNet, input_size: tuple[int, int]) -> Callable[[np.ndarray], Heads]:
    """The network as a function of uint8 crops (B, H, W, 3) that runs in ONNX Runtime on the CPU."""
    width, height = input_size
    example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
    outputs = [field.name for field in fields(Heads)]
    graph = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further package announces its successor
        torch.onnx.export(
            _Exported(module).eval(),
            (example,),
            graph,  # type: ignore[arg-type]  # a buffer is as good as a file
            input_names=["crops"],
            output_names=outputs,
            dynamic_axes={name: {0: "batch"} for name in ["crops", *outputs]},
            opset_version=17,
            dynamo=False,
        )
    session = onnxruntime.InferenceSession(graph.getvalue(), providers=["CPUExecutionProvider"])
    return lambda crops: Heads(*map(torch.from_numpy, session.run(outputs, {"crops": crops})))


class _Exported(nn.Module):
    """Puts the preprocessing into the graph and makes plain tensors of :class:`Heads`."""

    def __init__(self, module: MoveNet) -> None:
        super().__init__()
        self.module = module

    def forward(self, crops: Tensor) -> tuple[Tensor, ...]:
        heads = self.module(normalised(crops))
        return tuple(getattr(heads, field.name) for field in fields(Heads))
