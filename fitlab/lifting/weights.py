"""Weights of lifters: fitlab's own, published VideoPose3D checkpoints, and checkpoints of training runs."""

import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from fitlab.errors import InputError
from fitlab.files import written_whole
from fitlab.lifting.temporal import TemporalNetwork, network_from_state
from fitlab.locations import weights_file


def load_network(name_or_path: str | Path) -> TemporalNetwork:
    """The temporal network of a name or a file, on the CPU, in evaluation mode.

    Parameters
    ----------
    name_or_path : str or Path
        ``"fitness"``, ``"synthetic"``, or a file: ``.safetensors`` as :func:`save_network` writes
        it, a published VideoPose3D checkpoint (``model_pos`` inside), or a checkpoint of
        ``fitlab train`` (``.ckpt``).

    Raises
    ------
    InputError
        If there is no such lifter or the file holds none.
    """
    path = weights_file(name_or_path)
    try:
        state = load_file(path) if path.suffix == ".safetensors" else _state_in(_unpickled(path))
        return network_from_state(state).eval()
    except (SafetensorError, pickle.UnpicklingError, EOFError, KeyError, ValueError, RuntimeError) as error:
        raise InputError(
            f"lifter {str(path)!r} must hold a temporal network (fitlab's or VideoPose3D's), "
            f"got {str(error).splitlines()[0]}; name a file that fitlab train or VideoPose3D wrote"
        ) from error


def save_network(network: TemporalNetwork, path: str | Path, about: dict[str, str] | None = None) -> None:
    """Writes the weights as float16 safetensors with ``about`` as metadata; :func:`load_network` reads them."""
    tensors = {
        name: (value.half() if value.is_floating_point() else value).detach().cpu().contiguous()
        for name, value in network.state_dict().items()
    }
    with written_whole(path) as partial:
        save_file(tensors, partial, metadata=about or {})
        partial.chmod(0o644)  # safetensors leaves it to its owner alone


class _Ignored:
    """Stands for every object of a checkpoint that is not a tensor: optimisers, random generators."""

    def __init__(self, *_: object, **__: object) -> None: ...
    def __setstate__(self, state: object) -> None: ...
    def __setitem__(self, key: object, value: object) -> None: ...
    def append(self, item: object) -> None: ...
    def extend(self, items: object) -> None: ...


class _TensorsOnly(pickle.Unpickler):
    """Unpickles tensors and plain containers; calls nothing else, so that a checkpoint cannot run code."""

    def find_class(self, module: str, name: str) -> object:
        wanted = (module, name) in _HARMLESS or (module in ("torch", "torch.storage") and name.endswith("Storage"))
        return super().find_class(module, name) if wanted else _Ignored


_HARMLESS = {
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch._utils", "_rebuild_parameter"),
}


def _unpickled(path: Path) -> object:
    def load(file: IO[bytes], **options: Any) -> object:
        return _TensorsOnly(file, **options).load()

    # Checkpoints also hold optimisers and numpy's random generators, which torch's own
    # weights_only mode refuses; they differ in name from version to version of numpy.
    reader = SimpleNamespace(Unpickler=_TensorsOnly, load=load, __name__="tensors_only")
    return torch.load(path, map_location="cpu", pickle_module=reader, weights_only=False)


def _state_in(checkpoint: object) -> dict[str, Tensor]:
    if not isinstance(checkpoint, dict):
        raise ValueError(f"a {type(checkpoint).__name__}")
    if "model_pos" in checkpoint:  # VideoPose3D
        return checkpoint["model_pos"]
    if "state_dict" in checkpoint:  # fitlab train
        prefix = "network."
        return {n.removeprefix(prefix): t for n, t in checkpoint["state_dict"].items() if n.startswith(prefix)}
    return checkpoint
