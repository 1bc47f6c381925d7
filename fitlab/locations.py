"""Where the project's own files are: beside the package in a checkout, inside it in a wheel."""

import os
from pathlib import Path

from fitlab.errors import InputError, SetupError

_PACKAGE = Path(__file__).resolve().parent
EMBEDDED = _PACKAGE / "weights"
"""Weights that travel with the package."""


def config_dir() -> Path:
    """The folder of the Hydra tree and the exercises.

    ``$FITLAB_CONFIGS`` if set, else ``configs/`` of the checkout, else the copy inside the wheel.

    Raises
    ------
    SetupError
        If there is no such folder.
    """
    if chosen := os.environ.get("FITLAB_CONFIGS"):
        candidates = [Path(chosen).expanduser().resolve()]
    else:
        candidates = [_PACKAGE.parent / "configs", _PACKAGE / "configs"]
    for folder in candidates:
        if (folder / "exercise").is_dir():
            return folder
    raise SetupError(
        f"the configuration must be in {' or '.join(map(str, candidates))}, got no such folder with 'exercise' in it; "
        "install fitlab again or set FITLAB_CONFIGS"
    )


def embedded_lifters() -> dict[str, Path]:
    """Lifters that travel with the package: name -> file."""
    return {path.stem.removeprefix("lifter_"): path for path in sorted(EMBEDDED.glob("lifter_*.safetensors"))}


def weights_file(name_or_path: str | Path) -> Path:
    """The file of a lifter's name or path; raises InputError if there is none."""
    embedded = embedded_lifters()
    name = str(name_or_path).removeprefix("lifter_")
    if name in embedded:
        return embedded[name]
    path = Path(name_or_path)
    if not path.is_file():
        raise InputError(
            f"lifter must be one of {', '.join(embedded)} or a file, got {str(name_or_path)!r}; check the spelling"
        )
    return path


def errors_file(name_or_path: str | Path) -> Path:
    """Where the errors of the measures lie that a lifter of this name or file makes; the file need not be there."""
    path = weights_file(name_or_path)
    return path.with_name(f"{path.stem}_errors.json")


def recognition_file(name_or_path: str | Path) -> Path:
    """Where it lies how mistakes show in what that lifter gives; the file need not be there."""
    path = weights_file(name_or_path)
    return path.with_name(f"{path.stem}_recognition.npz")
