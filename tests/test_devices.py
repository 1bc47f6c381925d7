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


@pytest.mark.parametrize("there", [True, False])
def test_a_gpu_must_be_there(there, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    if there:
        require_device("cuda")
    else:
        with pytest.raises(InputError, match="got 'cuda'; leave it out"):
            require_device("cuda")
