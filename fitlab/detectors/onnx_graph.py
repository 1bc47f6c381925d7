"""PyTorch modules as ONNX graphs, and graphs as sessions of ONNX Runtime."""

import io
import os
import warnings
from collections.abc import Mapping, Sequence

import onnx
import onnxruntime
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # comes with onnx
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf, NoSuchFile
from torch import Tensor, nn

from fitlab.errors import InputError, SetupError

OPSET = 17


def graph_of(module: nn.Module, example: Tensor, input_name: str, output_names: Sequence[str]) -> bytes:
    """A module as an ONNX graph that takes any number of examples at once.

    Parameters
    ----------
    module : Module
        In evaluation mode, on the CPU.
    example : (1, ...)
        What it is called with; the first axis becomes free.
    output_names : sequence of str
        One for each tensor that it returns.
    """
    names, graph = [input_name, *output_names], io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further package announces its successor
        torch.onnx.export(
            module,
            (example,),
            graph,  # type: ignore[arg-type]  # a buffer is as good as a file
            input_names=names[:1],
            output_names=names[1:],
            dynamic_axes={name: {0: "batch"} for name in names},
            opset_version=OPSET,
            dynamo=False,
        )
    return graph.getvalue()


def labelled(graph: bytes, outputs: Sequence[str], about: Mapping[str, str]) -> bytes:
    """The same graph with only these outputs, and with ``about`` as its metadata."""
    model = onnx.load_from_string(graph)
    kept = [output for output in model.graph.output if output.name in outputs]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.helper.set_model_props(model, dict(about))
    return model.SerializeToString()


def read_graph(path: str | os.PathLike[str]) -> onnx.ModelProto:
    """The graph of a file; InputError where it is none."""
    try:
        model = onnx.load(path, load_external_data=False)
    except (OSError, DecodeError) as error:
        raise InputError(f"{path} must be an ONNX model, got a file that cannot be read; export it again") from error
    if not model.graph.output:
        raise InputError(f"{path} must be an ONNX model, got a file without outputs; export it again")
    return model


def session_of(graph: bytes | str, device: str = "cpu") -> onnxruntime.InferenceSession:
    """What runs a graph, or the file of one, on "cpu", or on "cuda" or "cuda:1" where onnxruntime-gpu is installed.

    Raises InputError for a file that ONNX Runtime cannot use, and SetupError where it does not reach the device.
    """
    options = onnxruntime.SessionOptions()
    # A number, as many as PyTorch takes: by default each thread is tied to one core, also while others work there.
    options.intra_op_num_threads = torch.get_num_threads()
    # Threads that spin while they wait would take the processor from the one that decodes the video.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    kind, _, number = device.partition(":")
    provider = f"{kind.upper()}ExecutionProvider"
    if provider not in onnxruntime.get_available_providers():
        raise _unreachable(device)
    name = "the graph" if isinstance(graph, bytes) else graph
    try:
        # What the device cannot do is left to the processor.
        providers = list(dict.fromkeys([provider, "CPUExecutionProvider"]))
        places = [{"device_id": number} if number and name == provider else {} for name in providers]
        session = onnxruntime.InferenceSession(graph, options, providers=providers, provider_options=places)
    except NoSuchFile as error:
        raise InputError(f"{name} must be an ONNX model, got no such file; check the path") from error
    except (Fail, InvalidGraph, InvalidProtobuf) as error:
        raise InputError(f"{name} must be an ONNX model, got one that ONNX Runtime refuses; export it again") from error
    if provider not in session.get_providers():  # it is installed, but a driver or a library is not
        raise _unreachable(device)
    return session


def _unreachable(device: str) -> SetupError:
    return SetupError(
        f"the device of an ONNX model must be one that ONNX Runtime reaches, got {device!r}; "
        "choose device=cpu, or install onnxruntime-gpu in place of onnxruntime for cuda"
    )
