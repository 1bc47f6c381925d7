"""Where the project's own files are: beside the package in a checkout, inside it in a wheel."""

import os
from pathlib import Path

from fitlab.errors import SetupError

_PACKAGE = Path(__file__).resolve().parent


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
