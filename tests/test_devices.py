"""Which devices are refused, and how."""

import pytest
import torch

from fitlab.devices import require_device
from fitlab.errors import InputError


def test_the_processor_is_always_there():
    require_device("cpu")
    require_device("cpu:0")


@pytest.mark.parametrize("device", ["gpu", "", "cuda:x"])
def test_words_that_pytorch_does_not_know(device):
    with pytest.raises(InputError, match="device must be cpu, cuda or mps"):
        require_device(device)


@pytest.mark.parametrize(("device", "wanted"), [("cuda", 1), ("cuda:0", 1), ("cuda:1", 2)])
@pytest.mark.parametrize("there", [0, 1, 2])
def test_a_gpu_must_be_there(device, wanted, there, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: there)
    if there >= wanted:
        require_device(device)
    else:
        with pytest.raises(InputError, match=f"got '{device}'; leave it out"):
            require_device(device)
