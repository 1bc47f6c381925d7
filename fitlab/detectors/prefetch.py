"""Work done ahead in a second thread."""

import queue
import threading
from collections.abc import Generator, Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")

_END = object()


def prefetched(items: Iterable[Item], ahead: int) -> Generator[Item, None, None]:
    """Gives ``items``, of which up to ``ahead`` are made in a thread from now on, while the caller works.

    What the items raise is raised here, in its place.  The thread ends when the caller stops early.
    """
    taken = _taken(items, ahead)
    next(taken)  # to where it waits for the first item: closed before that, it would not end the thread
    return taken


def _taken(items: Iterable[Item], ahead: int) -> Generator[Any, None, None]:
    ready: queue.Queue = queue.Queue(ahead)
    stopped = threading.Event()

    def put(entry: object) -> bool:
        while not stopped.is_set():
            try:
                ready.put(entry, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not put((item, None)):
                    return
            put((_END, None))
        except BaseException as error:  # handed to the caller
            put((_END, error))

    thread = threading.Thread(target=make, name="prefetch", daemon=True)
    thread.start()
    try:
        yield
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stopped.set()
        thread.join()
