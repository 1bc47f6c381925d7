"""The colours of every view: the player, the report page and the charts.

Left and right differ in lightness as well as in hue, so that the sides stay apart for readers who
do not see red and green; red is kept for mistakes.
"""

from collections.abc import Mapping
from types import MappingProxyType

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "page": "#f4f6f9",
        "card": "#ffffff",
        "ink": "#18212f",
        "quiet": "#5a6779",
        "line": "#e2e7ee",
        "accent": "#2563d9",
        "on-accent": "#ffffff",
        "left": "#2f74e6",
        "right": "#e8a01f",
        "middle": "#b9c3d1",
        "reference": "#0d9488",
        "mistake": "#d91f45",
        "good": "#1f8a4c",
        "unsure": "#8a6a00",
        "grid": "#b8c4d4",
        "stage-high": "#ffffff",
        "stage-low": "#e6ecf4",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "page": "#0d1219",
        "card": "#161d28",
        "ink": "#e7ecf3",
        "quiet": "#9aa7b8",
        "line": "#2a3442",
        "accent": "#6ea3ff",
        "on-accent": "#0b1220",
        "left": "#5a98ff",
        "right": "#f2b84b",
        "middle": "#8f9cae",
        "reference": "#2dd4bf",
        "mistake": "#ff5573",
        "good": "#4ccb85",
        "unsure": "#e0bd4a",
        "grid": "#3d4a5c",
        "stage-high": "#222c3b",
        "stage-low": "#10161f",
    }
)


def with_alpha(colour: str, alpha: float) -> str:
    """``#rrggbb`` as ``rgba(...)`` with ``alpha`` in [0, 1]."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"
