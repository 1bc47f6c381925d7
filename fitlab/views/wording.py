"""What the views say: names as words, numbers with units, the cards on top of a report, provenance."""

import math
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import fitlab
from fitlab.analysis.holds import Hold
from fitlab.analysis.report import Report

# Longest first: "m_per_s" must be tried before "s".
_UNITS = {
    "deg_per_s": "°/s", "cm_per_s": "cm/s", "m_per_s": "m/s", "w_per_kg": "W/kg", "percent": "%", "deg": "°",
    "cm": "cm", "mm": "mm", "s": "s",
}  # fmt: skip
_OF_DRIVE = {
    "mean_drive_range": ("mean range", ""),
    "mean_speed": ("mean speed", "/s"),
    "top_speed": ("top speed", "/s"),
}

_LABELS = {
    "half_repetitions": "Half repetitions",
    "mean_duration_s": "Repetition, mean",
    "best_duration_s": "Repetition, shortest full one",
    "sd_duration_s": "Repetition, standard deviation",
    "tempo_out_s": "Way out, mean",
    "tempo_turn_s": "Turn, mean",
    "tempo_back_s": "Way back, mean",
    "mean_speed_m_per_s": "All joints, mean speed",
    "mean_power_w_per_kg": "Lifting the body, mean power",
    "known_share": "Joints seen",
    "trend_duration_percent": "Duration, change per repetition",
    "trend_range_percent": "Range, change per repetition",
}


def words(name: str) -> str:
    """``knees_inward`` -> ``Knees inward``."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def unit_sign(unit: str) -> str:
    """``deg`` -> the degree sign; other units stay."""
    return "°" if unit == "deg" else unit


def with_unit(value: float | None, unit: str, digits: int = 1) -> str:
    """A number with its unit, or a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    sign, value = unit_sign(unit), round(value, digits) + 0.0  # no minus before a nought
    return f"{value:.{digits}f}{sign}" if sign == "°" else f"{value:.{digits}f} {sign}".rstrip()


def statistic(name: str, value: float, drive_name: str = "", drive_unit: str = "") -> tuple[str, str]:
    """``("mean_duration_s", 2.5)`` -> ``("Mean duration", "2.50 s")``; a share becomes a percentage.

    Speeds and ranges of the drive are in the drive's unit and are called by its name.
    """
    if name.endswith("_share"):
        return _LABELS.get(name, words(name)), with_unit(100 * value, "%")
    if name in _OF_DRIVE:
        label, per = _OF_DRIVE[name]
        return f"{words(drive_name)}, {label}", with_unit(value, unit_sign(drive_unit) + per)
    for suffix, sign in _UNITS.items():
        if name.endswith("_" + suffix):
            return _LABELS.get(name, words(name.removesuffix("_" + suffix))), with_unit(value, sign, 2)
    whole = math.isfinite(value) and float(value).is_integer()
    return words(name), with_unit(value, "", 0 if whole else 2)


def subtitle(report: Report) -> str:
    """One line under the title."""
    seconds = report.user.duration
    parts = [f"{seconds:.1f} s of movement, {len(report.user)} frames at {report.fps:g} per second"]
    if report.comparison:
        parts.append("compared with an athlete")
    if report.exercise is None:
        parts.append("no exercise given, so no rules were checked")
    return " · ".join(parts)


def cards(report: Report) -> list[dict[str, Any]]:
    """The big numbers: repetitions, the longest hold, duration, mistakes found, mean deviation from the athlete."""
    start, stop = report.trimmed
    found = [
        _repetitions_card(report),
        _card("Duration", f"{(stop - start) / report.fps:.1f}", "s", _pace(report), "info"),
        _mistakes_card(report),
    ]
    if report.holds:
        found.insert(1, _hold_card(report))
    if report.comparison and report.comparison.groups:
        degrees = np.array([deviation.mean_deg for deviation in report.comparison.groups.values()])
        mean = f"{np.nanmean(degrees):.1f}" if np.isfinite(degrees).any() else "–"
        found.append(_card("Mean deviation", mean, "°", "from the athlete, over the joint groups", "info"))
    return found


def _card(label: str, value: str, unit: str, note: str, tone: str) -> dict[str, Any]:
    return {"label": label, "value": value, "unit": unit, "note": note, "tone": tone}


def _repetitions_card(report: Report) -> dict[str, Any]:
    if not report.repetitions and report.exercise is None:
        return _card("Repetitions", "–", "", "no exercise, not counted", "info")
    half = sum(not repetition.full for repetition in report.repetitions)
    note = f"{half} not full" if half else "all full"
    return _card("Repetitions", str(len(report.repetitions)), "", note if report.repetitions else "none found", "info")


def hold_note(hold: Hold) -> str:
    """Until when a hold was in form, as far as that was seen, and whether the clip cuts it."""
    span = f"for the first {hold.clean_s:.1f} s" if hold.breaks else "all along"
    note = f"in form {span}" if hold.checked else f"form could not be checked {span}"
    return f"{note} (cut by the clip)" if hold.cut else note


def _hold_card(report: Report) -> dict[str, Any]:
    longest = max(report.holds, key=lambda hold: hold.duration_s)
    note = hold_note(longest)
    if longest.breaks:
        note += f", then {words(longest.breaks[0].mistake).lower()}"
    tone = "bad" if longest.breaks else "good" if longest.checked else "info"
    return _card("Longest hold", f"{longest.duration_s:.1f}", "s", note, tone)


def _pace(report: Report) -> str:
    lengths = [(repetition.stop - repetition.start) / report.fps for repetition in report.repetitions]
    if not lengths:
        return f"the whole clip at {report.fps:g} frames per second"
    return f"{np.mean(lengths):.2f} s a repetition ({min(lengths):.2f} to {max(lengths):.2f})"


def _mistakes_card(report: Report) -> dict[str, Any]:
    if report.exercise is None:
        return _card("Mistakes found", "–", "", "no exercise, no rules", "info")
    found = sum(verdict.state == "yes" for verdict in report.verdicts)
    unsure = sum(verdict.state == "cannot_tell" for verdict in report.verdicts)
    where = len({finding.repetition for finding in report.mistakes()})
    notes = [f"in {where} of {len(report.repetitions)} repetitions"] if found else []
    notes += [f"cannot tell {unsure} of {len(report.verdicts)}"] if unsure else []
    tone = "bad" if found else "info" if unsure else "good"
    return _card("Mistakes found", str(found), f"of {len(report.verdicts)} kinds", ", ".join(notes) or "none", tone)


def provenance(report: Report) -> list[tuple[str, str]]:
    """Where the figures come from: the operations, the layouts and the versions."""
    facts = [("Person", repr(report.user)), ("Made by", _chain(report.user.history))]
    if report.comparison:
        facts += [("Athlete, brought to the person's time and place", _chain(report.comparison.reference.history))]
    facts += [
        ("Counted in", f"{words(report.drive_name)} {unit_sign(report.drive_unit)}".strip() or "nothing"),
        ("Exercise", report.exercise.name if report.exercise else "none"),
        ("Versions", ", ".join(f"{name} {_version(name)}" for name in ("fitlab", "numpy", "scipy"))),
    ]
    return facts


def _chain(history: tuple[str, ...]) -> str:
    return " → ".join(history) or "not recorded"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return str(getattr(fitlab, "__version__", "unknown"))
