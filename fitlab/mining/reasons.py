"""Why a frame is proposed, in words."""

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


def reasons(frames: Frames, number: int) -> list[str]:
    """What speaks for labelling frame ``number``, the strongest reason first; at least one."""
    found = {name: ranks(values)[number] for name, values in frames.signals.items()}
    found = {name: rank for name, rank in found.items() if np.isfinite(rank) and frames.signals[name][number] > 0}
    order = sorted(found, key=lambda name: -found[name])
    strong = [name for name in order if found[name] >= HIGH] or order[:1] or ["unsure"]
    return [_sentence(frames, name, number) for name in strong]


def _sentence(frames: Frames, name: str, number: int) -> str:
    values = frames.signals[name]
    value, median = float(values[number]), float(np.nanmedian(values))
    return _WORDS[name].format(
        value=value, median=median, sure=1 - value, median_sure=1 - median, turn=frames.turns_deg[number]
    )
