"""Several processes on one machine: the command by which Lightning starts the others."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fitlab


@contextmanager
def relaunchable() -> Iterator[None]:
    """Within, ``sys.argv`` is a command that starts this run again.

    The command line hands Hydra ``["fitlab train", *overrides]``; Lightning's ``ddp`` strategy runs ``sys.argv`` anew
    for every further process.  Elsewhere (notebooks, tests) ``sys.argv`` stays as it is.
    """
    before = sys.argv
    if before[0] == "fitlab train":
        sys.argv = [str(Path(fitlab.__file__).parent / "cli" / "__main__.py"), "train", *before[1:]]
    try:
        yield
    finally:
        sys.argv = before
