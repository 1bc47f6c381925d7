"""Where networks compute."""

from fitlab.errors import InputError


def require_device(device: str) -> None:
    """Raises InputError if PyTorch knows no such device, or has none here."""
    if device == "cpu":
        return  # without torch, which takes seconds to import
    import torch

    try:
        wanted = torch.device(device)
    except (RuntimeError, TypeError):
        raise InputError(f"device must be cpu, cuda or mps, got {device!r}; correct the word") from None
    there = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if wanted.type not in there or (wanted.index or 0) >= there[wanted.type]:
        raise InputError(
            f"device must be a cpu, cuda or mps that is here, got {device!r}; leave it out for the processor"
        )
