"""Progress bars pass their items on and stay silent on short work."""

import time

from fitlab.progress import progress


def test_items_pass_and_short_work_is_silent(capfd):
    assert list(progress(range(5), "counting")) == [0, 1, 2, 3, 4]
    assert capfd.readouterr().err == ""


def test_long_work_is_announced(capfd):
    for item in progress(iter(range(3)), "slow work", total=3, unit="step"):
        time.sleep(0.6 if item < 2 else 0)
    assert "slow work" in capfd.readouterr().err
