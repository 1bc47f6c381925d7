"""Parts of a data set made by several processes; none outlives the one that started it."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import Any, Protocol

from fitlab.errors import SetupError
from fitlab.files import folder_written_whole
from fitlab.progress import progress

Tick = Callable[[], None]
"""Called whenever a sample is finished."""


class Maker(Protocol):
    """Makes the parts of a data set; goes to every process by pickle."""

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills the empty ``folder`` of part ``name``, and calls ``tick`` after every sample."""


def make_parts(maker: Maker, parts: Mapping[str, int], targets: Mapping[str, Path], workers: int, unit: str) -> None:
    """Makes every part as a folder that appears whole or not at all.

    Each process computes with one thread, so that the result does not depend on how many there are; OpenGL does not
    survive a fork, so they are spawned.

    Parameters
    ----------
    parts : {name: how many samples}
    targets : {name: folder}
    workers : int, at least 1
    unit : str
        What the progress bar counts.
    """
    context = get_context("spawn")
    made, stop = context.Value("q", 0), context.Event()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(maker, made, stop))
    try:
        with _one_thread():
            jobs = [pool.submit(_make, name, targets[name]) for name in parts]
        for _ in progress(_ticks(jobs, made), f"making {unit}s", total=sum(parts.values()), unit=unit):
            pass
    except BrokenProcessPool as error:
        raise SetupError(
            "the processes that make the data set must live, got one that ended (out of memory? or in a script without "
            'if __name__ == "__main__"?); run again with fewer workers, or below that line: it goes on where it stopped'
        ) from error
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _ticks(jobs: list["Future[None]"], made: Any) -> Iterator[None]:
    told, pending = 0, set(jobs)
    while pending:
        done, pending = wait(pending, timeout=0.2, return_when=FIRST_EXCEPTION)
        for job in done:
            job.result()
        now = made.value
        yield from [None] * (now - told)
        told = now


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes started inside compute with one thread each."""
    names = (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "LP_NUM_THREADS",
    )  # the last: Mesa's llvmpipe
    before = {name: os.environ.get(name) for name in names}
    os.environ |= dict.fromkeys(names, "1")
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Stopped(Exception):
    """Another part failed."""


_here: dict[str, Any] = {}


def _begin(maker: Maker, made: Any, stop: Any) -> None:
    _here.update(maker=maker, made=made, stop=stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import cv2

    cv2.setNumThreads(1)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _make(name: str, target: Path) -> None:
    def tick() -> None:
        if _here["stop"].is_set():
            raise _Stopped
        with _here["made"].get_lock():
            _here["made"].value += 1

    with folder_written_whole(target) as partial:
        _here["maker"].write_part(name, partial, tick)
