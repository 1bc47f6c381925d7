"""Signals over time: gaps, filters, changes of frame rate, time warping, and cleaning of poses.

Functions on arrays work along axis 0, frames first, on any number of further axes at once; NaN is
missing and stays missing unless the function's purpose is to fill it.  Memory is linear in the
number of frames; only :func:`dtw` without a window is not.
"""

from fitlab.signals.cleaning import clean, outliers, resample_poses
from fitlab.signals.filters import butterworth, one_euro, resample, savitzky_golay
from fitlab.signals.gaps import bridge_gaps, fill_gaps, runs
from fitlab.signals.warping import Alignment, dtw

__all__ = [
    "Alignment",
    "bridge_gaps",
    "butterworth",
    "clean",
    "dtw",
    "fill_gaps",
    "one_euro",
    "outliers",
    "resample",
    "resample_poses",
    "runs",
    "savitzky_golay",
]
