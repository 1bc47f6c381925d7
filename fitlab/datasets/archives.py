"""Opening the archives of arrays that data sets come in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from fitlab.errors import InputError
from fitlab.formats.hints import UNREADABLE


@contextmanager
def arrays_in(path: Path) -> Iterator[Any]:
    """Opens an ``.npz`` for the block that reads its arrays.

    Raises
    ------
    InputError
        If the file is cut off, of another kind, or lacks an array that the block asks for.
    """
    try:
        with np.load(path) as archive:
            yield archive
    except (*UNREADABLE, ValueError) as error:
        told = " ".join(str(error).split())
        raise InputError(
            f"{path} must be a whole archive of this data set, got {type(error).__name__}: {told}; take the file again"
        ) from error
