import threading
import time

import pytest

from fitlab.detectors.prefetch import prefetched


def test_gives_everything_in_order():
    assert list(prefetched(range(100), ahead=3)) == list(range(100))
    assert list(prefetched([], ahead=3)) == []


def test_works_ahead_but_not_further():
    made = []

    def items():
        for number in range(20):
            made.append(number)
            yield number

    ready = prefetched(items(), ahead=4)
    next(ready)
    deadline = time.monotonic() + 5
    while len(made) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert 5 <= len(made) <= 6  # one taken, four waiting, one in hand
    ready.close()


def test_errors_arrive_in_their_place():
    def items():
        yield 1
        raise LookupError("in the thread")

    ready = prefetched(items(), ahead=2)
    assert next(ready) == 1
    with pytest.raises(LookupError, match="in the thread"):
        next(ready)


def test_stopping_early_ends_the_thread():
    before = threading.active_count()
    ready = prefetched(iter(range(10**9)), ahead=2)
    assert [next(ready) for _ in range(3)] == [0, 1, 2]
    ready.close()
    assert threading.active_count() == before


def test_works_before_the_first_is_asked_for_and_can_be_closed_then():
    before = threading.active_count()
    made = threading.Event()

    def items():
        made.set()
        yield from range(100)

    ready = prefetched(items(), ahead=2)
    assert made.wait(5)
    ready.close()
    assert threading.active_count() == before
