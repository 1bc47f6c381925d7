"""Progress bars for anything that may take longer than two seconds."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def progress(items: Iterable[Item], what: str, total: int | None = None, unit: str = "frame") -> Iterator[Item]:
    """Yields ``items`` and draws a bar named ``what`` on the terminal or in the notebook.

    The bar appears after one second, so that short work stays silent.  Where standard error is a
    file it is redrawn only every ten seconds.
    """
    from tqdm.auto import tqdm

    live = sys.stderr.isatty() or "ipykernel" in sys.modules  # a terminal or a notebook, not a log
    interval = 0.1 if live else 10.0
    bar = tqdm(items, desc=what, total=total, unit=unit, delay=1.0, mininterval=interval, dynamic_ncols=True)
    bar.last_print_t -= interval  # else the first drawing would wait for the interval, too
    yield from bar
