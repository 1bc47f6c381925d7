"""Values that a recipe gives, looked at before anything is made: each answer names the value and what it must be."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from fitlab.errors import InputError

FPS = (1.0, 240.0)
"""Frame rates that the studio films at: the shortest repetition still has a frame, the longest clip ends."""


def whole(name: str, value: Any, least: int) -> int:
    """``value`` as a whole number of at least ``least``; InputError otherwise."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} must be a whole number of at least {least}, got {value!r}; correct it")
    return int(value)


def number(name: str, value: Any, low: float, high: float) -> float:
    """``value`` as a number in [low, high]; InputError otherwise."""
    if not isinstance(value, Real) or isinstance(value, bool) or not low <= float(value) <= high:
        raise InputError(f"{name} must be a number from {low:g} to {high:g}, got {value!r}; correct it")
    return float(value)


def numbers(name: str, value: Any, count: int, low: float, high: float) -> tuple[float, ...]:
    """``value`` as ``count`` numbers in [low, high]; InputError otherwise."""
    if isinstance(value, str | Mapping) or not hasattr(value, "__len__") or len(value) != count:
        raise InputError(f"{name} must be {count} numbers, got {value!r}; give a list")
    return tuple(number(name, one, low, high) for one in value)


def word(name: str, value: Any) -> str:
    """``value`` as a name; InputError otherwise."""
    if not isinstance(value, str):
        raise InputError(f"{name} must be one name, got {value!r}; correct it")
    return value


def mapping(name: str, value: Any) -> Mapping[str, Any]:
    """``value`` as a mapping; InputError otherwise."""
    if not isinstance(value, Mapping):
        raise InputError(f"{name} must be a mapping of names to values, got {value!r}; see docs/studio.md")
    return value


def frame_rate(value: Any) -> float:
    """``value`` as frames per second within :data:`FPS`; InputError otherwise."""
    return number("fps", value, *FPS)
