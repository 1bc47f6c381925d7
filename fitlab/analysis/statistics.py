"""Numbers about a set: how many, how long, how fast, how far, how even, and how they change as the set goes on."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import theilslopes

from fitlab.analysis.measures import Curve
from fitlab.analysis.results import Phase, Repetition
from fitlab.poses import PoseSequence
from fitlab.signals import fill_gaps
from fitlab.skeletons import Skeleton

_GRAVITY = 9.81  # m/s^2
_MIDDLE = Skeleton("middle", ("pelvis", "thorax"), (-1, 0))
_LEAST_FOR_TREND = 3  # repetitions


def set_statistics(
    seq: PoseSequence,
    trimmed: tuple[int, int],
    repetitions: Sequence[Repetition],
    curves: Mapping[str, Curve],
    table: Mapping[str, np.ndarray],
) -> dict[str, float]:
    """Statistics of a set; names end with their unit.  Without one: counts, shares, and what is in the drive's
    own unit (``mean_drive_range``) or that per second (``mean_speed``, ``top_speed``).

    Always: ``duration_s`` (of the trimmed clip), ``mean_speed_m_per_s`` (mean over the joints),
    ``known_share`` (of joint positions).  With repetitions: ``half_repetitions``; durations
    (``mean_, best_, sd_``; the best is the shortest full one);
    ``repetitions_per_minute``; seconds per phase (``tempo_out_s`` ...); range and top speed of the
    drive; ``mean_power_w_per_kg`` of lifting the body (see :func:`repetition_table`); and, per measure,
    ``range_<measure>_<unit>`` and, for two-sided ones, ``asymmetry_<measure>_<unit>``: the mean absolute difference of
    left and right.  With three full repetitions or more, how the set tires: ``trend_duration_percent`` and
    ``trend_range_percent``, the change from one repetition to the next in per cent of the mean (slope of Theil and Sen,
    which a single odd repetition does not turn).  ``table`` is that of :func:`repetition_table`.
    """
    clip = seq[trimmed[0] : trimmed[1]]
    found = {
        "duration_s": clip.duration,
        "mean_speed_m_per_s": _mean_speed(clip),
        "known_share": float(1 - clip.missing.mean()),
    }
    if repetitions:
        found |= _of_repetitions(seq, repetitions, table)
        found |= _of_measures(curves, repetitions, table)
    return found


def repetition_table(
    seq: PoseSequence,
    drive: np.ndarray,
    repetitions: Sequence[Repetition],
    phases: Sequence[Phase],
    curves: Mapping[str, Curve],
) -> dict[str, np.ndarray]:
    """One value per repetition and column: number, times, durations, seconds per phase, range, top speed, power.

    ``range`` and ``top_speed`` are of the smoothed ``drive`` (T,).  Every measure has ``range_<measure>_<unit>``, of
    two sides that of their mean, and two-sided ones ``asymmetry_<measure>_<unit>``, the mean absolute difference of
    left and right; NaN where it is not seen.

    ``power_w_per_kg`` is a proxy: gravity x the mean speed at which the body's middle rises from its lowest to its
    highest point of the repetition (after Samozino et al. 2008, J Biomech 41:2940, without acceleration); 0 where the
    body's middle stays level, NaN where it is not seen.
    """
    fps, middle = seq.fps, _middle_height(seq)
    lengths: dict[tuple[int | None, str], int] = {
        (phase.repetition, phase.role): phase.stop - phase.start for phase in phases
    }
    table = {
        "repetition": np.array([rep.index + 1 for rep in repetitions]),
        "start_s": np.array([rep.start / fps for rep in repetitions]),
        "duration_s": np.array([(rep.stop - rep.start) / fps for rep in repetitions]),
        "full": np.array([rep.full for rep in repetitions]),
    }
    for role in ("out", "turn", "back"):
        table[f"{role}_s"] = np.array([lengths.get((rep.index, role), 0) / fps for rep in repetitions])
    spans = [drive[rep.start : rep.stop] for rep in repetitions]
    table["range"] = np.array([np.ptp(span) for span in spans])
    table["top_speed"] = np.array([np.abs(np.gradient(span)).max() * fps if len(span) > 1 else 0.0 for span in spans])
    table["power_w_per_kg"] = np.array([_power(middle[rep.start : rep.stop], fps) for rep in repetitions])
    for name, curve in curves.items():
        table[f"range_{name}_{curve.unit}"] = np.array([_range(curve.mean[r.start : r.stop]) for r in repetitions])
        if curve.values.ndim == 2:
            apart = np.abs(curve.values[:, 0] - curve.values[:, 1])
            table[f"asymmetry_{name}_{curve.unit}"] = np.array([_mean(apart[r.start : r.stop]) for r in repetitions])
    return table


def _middle_height(seq: PoseSequence) -> np.ndarray:
    """Height of the middle of the trunk, (T,) metres."""
    trunk = seq.to(_MIDDLE).positions[:, :, 2].astype(np.float64)
    return fill_gaps(trunk, round(0.5 * seq.fps)).mean(axis=1)


def _power(height: np.ndarray, fps: float) -> float:
    """Gravity x mean speed of the longest rise in ``height``, W/kg."""
    if np.isnan(height).any():
        return np.nan
    low = np.minimum.accumulate(height)
    top = int(np.argmax(height - low))
    bottom = int(np.argmin(height[: top + 1]))
    return _GRAVITY * (height[top] - height[bottom]) * fps / (top - bottom) if top > bottom else 0.0


def _mean_speed(clip: PoseSequence) -> float:
    """Metres per second, mean over joints and frames where both neighbours are known; 0 for a single frame."""
    steps = np.linalg.norm(np.diff(clip.positions.astype(np.float64), axis=0), axis=-1)
    return float(np.nanmean(steps) * clip.fps) if np.isfinite(steps).any() else 0.0


def _of_repetitions(
    seq: PoseSequence, repetitions: Sequence[Repetition], table: Mapping[str, np.ndarray]
) -> dict[str, float]:
    durations = table["duration_s"]
    minutes = (repetitions[-1].stop - repetitions[0].start) / seq.fps / 60
    found = {
        "half_repetitions": float(np.sum(~table["full"])),
        "mean_duration_s": float(durations.mean()),
        "best_duration_s": float(durations[table["full"]].min() if table["full"].any() else durations.min()),
        "sd_duration_s": float(durations.std()),
        "repetitions_per_minute": len(repetitions) / minutes,
        "tempo_out_s": float(table["out_s"].mean()),
        "tempo_turn_s": float(table["turn_s"].mean()),
        "tempo_back_s": float(table["back_s"].mean()),
        "mean_drive_range": float(table["range"].mean()),
        "mean_speed": float(np.mean(2 * table["range"] / durations)),
        "top_speed": float(table["top_speed"].max()),
        "mean_power_w_per_kg": _mean(table["power_w_per_kg"]),
    }
    whole = table["full"]
    if whole.sum() >= _LEAST_FOR_TREND:
        for name, column in (("duration", durations), ("range", table["range"])):
            slope = theilslopes(column[whole], table["repetition"][whole])[0]
            found[f"trend_{name}_percent"] = float(100 * slope / column[whole].mean())
    return found


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def _range(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.ptp(known)) if len(known) else np.nan


def _of_measures(
    curves: Mapping[str, Curve], repetitions: Sequence[Repetition], table: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Means over the repetitions, and over all of their frames; of what is never seen, none."""
    found = {}
    inside = np.concatenate([np.arange(rep.start, rep.stop) for rep in repetitions])
    for name, curve in curves.items():
        found[f"range_{name}_{curve.unit}"] = _mean(table[f"range_{name}_{curve.unit}"])
        if curve.values.ndim == 2:
            found[f"asymmetry_{name}_{curve.unit}"] = _mean(np.abs(curve.values[inside, 0] - curve.values[inside, 1]))
    return {name: value for name, value in found.items() if not np.isnan(value)}
