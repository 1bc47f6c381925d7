"""What a recipe gives is looked at, and the answer names it."""

import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis.checks import frame_rate, mapping, number, numbers, whole, word


def test_what_is_right_comes_back_as_plain_values():
    assert whole("seed", np.int64(3), 0) == 3
    assert number("azimuth", np.float32(0.5), 0, 1) == 0.5
    assert numbers("rest_s", np.array([1, 2]), 2, 0, 5) == (1.0, 2.0)
    assert frame_rate(30) == 30.0
    assert mapping("mistakes", {"a": 1}) == {"a": 1}
    assert word("style", "plain") == "plain"


@pytest.mark.parametrize(
    ("check", "arguments"),
    [
        *[(whole, (value, 0)) for value in (-1, 1.5, "3", None, True)],
        *[(number, (value, 0, 1)) for value in (-0.1, 1.1, "0.5", None, True, float("nan"), [0.5])],
        *[(numbers, (value, 2, 0, 1)) for value in (0.5, "01", [0.5], [0, 0.5, 1], [0, 2], {0: 1, 1: 2}, None)],
        *[(word, (value,)) for value in (None, 3, ["plain"])],
        *[(mapping, (value,)) for value in (None, 3, "a", ["a"])],
    ],
)
def test_what_is_wrong_is_named(check, arguments):
    with pytest.raises(InputError, match=r"^thing must be .*, got .*; ") as raised:
        check("thing", *arguments)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("fps", [0, 0.5, 241, float("inf"), "thirty"])
def test_frame_rates_that_nobody_films(fps):
    with pytest.raises(InputError, match="fps must be a number from 1 to 240"):
        frame_rate(fps)
