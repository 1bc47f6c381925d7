"""Progress bars pass their items on, stay silent on short work, and do not wait for the first item to end."""

import io
import threading
import time
from contextlib import redirect_stderr

import pytest

from fitlab.progress import progress


class Screen(io.StringIO):
    """What standard error shows; ``live``: as a terminal does."""

    def __init__(self, live: bool):
        super().__init__()
        self.live = live

    def isatty(self) -> bool:
        return self.live

    def wait_for(self, text: str) -> bool:
        """Whether ``text`` is there, at the latest in ten seconds."""
        end = time.monotonic() + 10
        while text not in self.getvalue() and time.monotonic() < end:
            time.sleep(0.05)
        return text in self.getvalue()


@pytest.fixture(params=[True, False], ids=["terminal", "file"])
def screen(request) -> Screen:
    return Screen(request.param)


def test_items_pass_and_short_work_is_silent(screen: Screen):
    with redirect_stderr(screen):
        assert list(progress(range(5), "counting")) == [0, 1, 2, 3, 4]
    assert screen.getvalue() == ""
    assert not any(isinstance(thread, threading.Timer) for thread in threading.enumerate())


def test_long_work_is_announced_and_counted(screen: Screen):
    with redirect_stderr(screen):
        for item in progress(iter(range(3)), "slow work", total=3, unit="step"):
            time.sleep(0.6 if item < 2 else 0)
    assert "slow work" in screen.getvalue() and "3/3" in screen.getvalue()


def test_one_long_item_is_announced_while_it_lasts(screen: Screen):
    with redirect_stderr(screen):
        for _ in progress(["a"], "one long item", unit="package"):
            assert screen.wait_for("one long item") and "0/1" in screen.getvalue()
    assert "1/1" in screen.getvalue()


def test_an_item_that_is_long_in_coming_is_announced(screen: Screen):
    with redirect_stderr(screen):
        assert list(progress(map(screen.wait_for, ["slow source"]), "slow source", total=1)) == [True]


def test_work_that_ends_early_ends_its_line(screen: Screen):
    with redirect_stderr(screen):
        assert any(map(screen.wait_for, progress(["trying", "not tried"], "trying", unit="package")))
    assert screen.getvalue().endswith("\n") and "2/2" not in screen.getvalue()
