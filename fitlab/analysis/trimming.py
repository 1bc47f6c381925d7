"""Where in the clip the exercise is: from before the first repetition to after the last."""

from collections.abc import Sequence

import numpy as np

from fitlab.analysis.results import Repetition

_PAUSE_SECONDS = 0.5
"""Standing still before the first and after the last repetition that belongs to the exercise."""
_STILL = 0.1
"""Share of the repetitions' median top speed below which the drive stands still."""


def trim(drive: np.ndarray, repetitions: Sequence[Repetition], fps: float) -> tuple[int, int]:
    """The frames [start, stop) of the exercise; the whole clip when there are no repetitions.

    Walking in, setting up and walking away are left out: around the repetitions at most half a
    second is kept, and only as long as the drive stands still.

    Parameters
    ----------
    drive : (T,)
        The smoothed drive that the repetitions were found in.
    """
    if not repetitions:
        return 0, len(drive)
    speed = np.abs(np.gradient(drive))
    still = speed < _STILL * np.median([speed[rep.start : rep.stop].max() for rep in repetitions])
    most = round(_PAUSE_SECONDS * fps)
    start, stop = repetitions[0].start, repetitions[-1].stop
    before, after = still[max(0, start - most) : start][::-1], still[stop : stop + most]
    return start - _leading(before), stop + _leading(after)


def _leading(mask: np.ndarray) -> int:
    """How many values at the start of ``mask`` are True."""
    return len(mask) if mask.all() else int(np.argmin(mask))
