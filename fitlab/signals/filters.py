"""Smoothing and changes of frame rate."""

import math

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.signal import butter, savgol_filter, sosfiltfilt

from fitlab.signals.gaps import alike_columns, by_run, runs


def butterworth(values: np.ndarray, fps: float, cutoff_hz: float, order: int = 2) -> np.ndarray:
    """Low-pass Butterworth filter run forwards and backwards, so that nothing is delayed.

    The usual filter of biomechanics (Winter, Biomechanics and Motor Control, section 3.4.4): two
    passes of order 2 make order 4, and the cutoff of each pass is raised by
    (2**(1/2) - 1)**(-1 / (2 * order)) so that the whole has its -3 dB point at ``cutoff_hz``.

    Parameters
    ----------
    values : (T, ...)
        Each run of observed frames is filtered for itself.
    fps : float
    cutoff_hz : float
        Below half of ``fps``; 6 Hz keeps exercise movements and drops the jitter of detectors.
    order : int
        Of one pass.

    Returns
    -------
    smoothed : float64 (T, ...)
    """
    if not 0 < cutoff_hz < fps / 2:
        raise ValueError(f"cutoff_hz must lie between 0 and fps / 2 = {fps / 2:g}, got {cutoff_hz:g}")
    # The bilinear transform warps frequencies; correcting in the warped domain keeps -3 dB exact.
    warped = math.tan(math.pi * cutoff_hz / fps) * (math.sqrt(2) - 1) ** (-1 / (2 * order))
    sections = butter(order, 2 / math.pi * math.atan(warped), output="sos")

    margin = math.ceil(3 * fps / cutoff_hz)

    def smooth(run: np.ndarray) -> np.ndarray:
        # Odd reflection continues the motion beyond both ends; numpy's repeats itself in runs shorter than the margin.
        padded = np.pad(run, ((margin, margin), (0, 0)), mode="reflect", reflect_type="odd")
        return sosfiltfilt(sections, padded, axis=0, padtype=None)[margin:-margin]

    return by_run(values, smooth)


def savitzky_golay(values: np.ndarray, fps: float, window_s: float, degree: int = 3, derivative: int = 0) -> np.ndarray:
    """Least-squares polynomial over a sliding window, or a derivative of it.

    Savitzky and Golay, Analytical Chemistry 36(8), 1964.

    Parameters
    ----------
    values : (T, ...)
        Each run of observed frames is filtered for itself.
    fps : float
    window_s : float, seconds
        Rounded to an odd number of frames, at least degree + 1; shorter in runs shorter than that.
    degree : int
    derivative : int
        0 smooths, 1 gives the velocity, 2 the acceleration.

    Returns
    -------
    result : float64 (T, ...), unit of ``values`` / s**derivative
        A run too short for the polynomial keeps its values (derivative 0) or is NaN.
    """
    if not 0 <= derivative <= degree:
        raise ValueError(f"derivative must lie in 0 to degree = {degree}, got {derivative}")
    smallest = degree + 1 + degree % 2  # the least odd number of frames above the degree
    window = max(2 * round((window_s * fps - 1) / 2) + 1, smallest)

    def fit(run: np.ndarray) -> np.ndarray:
        frames = min(window, len(run) - 1 + len(run) % 2)
        if frames < smallest:
            return run if derivative == 0 else np.full_like(run, np.nan)
        return savgol_filter(run, frames, degree, deriv=derivative, delta=1 / fps, axis=0)

    return by_run(values, fit)


def one_euro(
    values: np.ndarray, fps: float, min_cutoff_hz: float = 1.0, beta: float = 0.5, derivative_cutoff_hz: float = 1.0
) -> np.ndarray:
    """The 1 Euro filter: causal, for live use; the cutoff rises with speed.

    Casiez, Roussel and Vogel, CHI 2012, algorithm 1: cutoff = min_cutoff_hz + beta * |speed|, where
    speed is itself smoothed.  A missing frame stays missing; after a gap the filter takes the longer
    time step into account.

    Parameters
    ----------
    values : (T, ...)
    fps : float
    min_cutoff_hz : float
        Less jitter at rest, more delay, the lower it is.
    beta : float, 1 / unit of ``values``
        Less delay in motion the higher it is; for pixels divide by the person's size first.
    derivative_cutoff_hz : float

    Returns
    -------
    smoothed : float64 (T, ...)
    """
    values = np.asarray(values, np.float64)
    result = np.full_like(values, np.nan)
    smooth = np.full(values.shape[1:], np.nan)
    speed = np.zeros(values.shape[1:])
    elapsed = np.ones(values.shape[1:])  # frames since the last observed one
    for t, value in enumerate(values):
        observed, started = ~np.isnan(value), ~np.isnan(smooth)
        step_s = elapsed / fps
        raw_speed = np.where(started, (value - smooth) / step_s, 0.0)
        share = _exponential_share(derivative_cutoff_hz, step_s)
        new_speed = share * raw_speed + (1 - share) * speed
        share = _exponential_share(min_cutoff_hz + beta * np.abs(new_speed), step_s)
        new_smooth = np.where(started, share * value + (1 - share) * smooth, value)
        smooth, speed = np.where(observed, new_smooth, smooth), np.where(observed, new_speed, speed)
        elapsed = np.where(observed, 1.0, elapsed + 1)
        result[t] = np.where(observed, smooth, np.nan)
    return result


def _exponential_share(cutoff_hz: float | np.ndarray, step_s: np.ndarray) -> np.ndarray:
    """Weight of the new sample in exponential smoothing with this cutoff (their equation 6)."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff_hz * step_s))


def resample(values: np.ndarray, fps_from: float, fps_to: float) -> np.ndarray:
    """The signal at another frame rate; frame 0 stays frame 0.

    Going down, everything above 0.4 * fps_to is filtered out first, so that fast movement does not
    come back as slow movement (aliasing).  Values between frames come from a cubic spline.

    Parameters
    ----------
    values : (T, ...)
        A new frame that falls between an observed and a missing one is missing.
    fps_from, fps_to : float

    Returns
    -------
    resampled : float64 (floor((T - 1) * fps_to / fps_from) + 1, ...)
    """
    if not (fps_from > 0 and fps_to > 0):
        raise ValueError(f"fps must be positive, got {fps_from} and {fps_to}")
    values = np.asarray(values, np.float64)
    if fps_to == fps_from:
        return values.copy()
    if fps_to < fps_from:
        values = butterworth(values, fps_from, 0.4 * fps_to, order=4)
    columns = values.reshape(len(values), -1)  # (T, C)
    places = np.arange(_frames_after(len(values), fps_from, fps_to)) * (fps_from / fps_to)
    resampled = np.full((len(places), columns.shape[1]), np.nan)
    for missing, members in alike_columns(np.isnan(columns)):
        for start, stop in runs(~missing):
            inside = slice(*np.searchsorted(places, [start - 1e-6, stop - 1 + 1e-6]))
            frames = np.arange(start, stop)
            spline = make_interp_spline(frames, columns[start:stop, members], k=min(3, stop - start - 1))
            resampled[inside, members] = spline(np.clip(places[inside], start, stop - 1))
    return resampled.reshape(-1, *values.shape[1:])


def _frames_after(frames: int, fps_from: float, fps_to: float) -> int:
    """How many frames at ``fps_to`` lie between the first and the last of ``frames`` frames, both included."""
    return math.floor((frames - 1) * fps_to / fps_from + 1e-6) + 1
