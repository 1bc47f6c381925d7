"""Why a frame is proposed, in words."""

from collections.abc import Iterable, Mapping

import numpy as np

from fitlab.mining.clips import Frames
from fitlab.mining.doubts import ranks

HIGH = 2 / 3
"""A signal is a reason where at least this share of the other frames has less of it."""

_WORDS = {
    "mirror": "in the mirror the joints are {value:.0%} of the crop elsewhere (median {median:.0%})",
    "turn": "surer when turned by {turn:.0f}°, and then the joints are {value:.0%} of the crop elsewhere",
    "path": "the joints leave their path by {value:.1%} of the crop (median {median:.1%})",
    "second": "the second detector puts the joints {value:.0%} of the crop elsewhere (median {median:.0%})",
    "unsure": "mean confidence {sure:.2f} (median {median_sure:.2f})",
    "unknown": "unlike every known pose: distance {value:.2f} (median {median:.2f})",
}


def reasons(frames: Frames, numbers: Iterable[int]) -> list[list[str]]:
    """What speaks for labelling each frame of ``numbers``, the strongest reason first; at least one."""
    numbers = list(numbers)
    ranked = {name: ranks(values) for name, values in frames.signals.items()}
    strong = [_strong(frames, ranked, number) for number in numbers]
    told = {name for names in strong for name in names}
    medians = {name: float(np.nanmedian(frames.signals[name])) for name in told}
    return [
        [_sentence(frames, name, number, medians[name]) for name in names]
        for number, names in zip(numbers, strong, strict=True)
    ]


def _strong(frames: Frames, ranked: Mapping[str, np.ndarray], number: int) -> list[str]:
    """The signals that are high in a frame, the highest first; where none is, the highest one alone."""
    found = {name: values[number] for name, values in ranked.items()}
    found = {name: rank for name, rank in found.items() if np.isfinite(rank) and frames.signals[name][number] > 0}
    order = sorted(found, key=lambda name: -found[name])
    return [name for name in order if found[name] >= HIGH] or order[:1] or ["unsure"]


def _sentence(frames: Frames, name: str, number: int, median: float) -> str:
    value = float(frames.signals[name][number])
    return _WORDS[name].format(
        value=value, median=median, sure=1 - value, median_sure=1 - median, turn=frames.turns_deg[number]
    )
