"""Where networks compute."""

from fitlab.errors import InputError


def require_device(device: str) -> None:
    """Raises InputError if PyTorch knows no such device, or has none here."""
    if device == "cpu":
        return  # without torch, which takes seconds to import
    import torch

    try:
        kind = torch.device(device).type
    except (RuntimeError, TypeError):
        raise InputError(f"device must be cpu, cuda or mps, got {device!r}; correct the word") from None
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(kind, False):
        raise InputError(f"device must be one that PyTorch has here, got {device!r}; leave it out to use the processor")
