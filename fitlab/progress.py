"""Progress bars for anything that may take longer than two seconds."""

import sys
from collections.abc import Iterable, Iterator
from threading import Timer
from typing import Any, TypeVar

Item = TypeVar("Item")

_DELAY_S = 1.0


def progress(items: Iterable[Item], what: str, total: int | None = None, unit: str = "frame") -> Iterator[Item]:
    """Yields ``items`` and draws a bar named ``what`` on the terminal or in the notebook.

    The bar appears after one second, so that short work stays silent, also while the first item is still being made
    or worked on.  Where standard error is a file it is redrawn only every ten seconds.
    """
    from tqdm.auto import tqdm

    interval = redraw_interval_s()
    bar = tqdm(items, desc=what, total=total, unit=unit, delay=_DELAY_S, mininterval=interval, dynamic_ncols=True)
    # By itself tqdm draws only when an item is done, and that may be the end of all work.
    first = Timer(_DELAY_S, _appear, [bar])
    first.daemon = True
    first.start()
    try:
        for item in items:
            yield item
            bar.update()
    finally:
        first.cancel()
        first.join()  # else it might draw once more after the last line
        bar.close()


def redraw_interval_s() -> float:
    """Seconds between two drawings of a bar: few on a terminal or in a notebook, many in a log."""
    return 0.1 if sys.stderr.isatty() or "ipykernel" in sys.modules else 10.0


def _appear(bar: Any) -> None:
    bar.refresh()
    bar.delay = 0  # else tqdm takes it for one that was never drawn, and does not end its line
