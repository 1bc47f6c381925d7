"""How an exercise's file takes a clip apart and judges it, as plotly figures: the pictures of docs/exercises.md."""

import numpy as np
import plotly.graph_objects as go

from fitlab.analysis.phases import TURN
from fitlab.analysis.repetitions import HALF
from fitlab.analysis.report import Report
from fitlab.analysis.results import Verdict
from fitlab.errors import InputError
from fitlab.exercises import Mistake
from fitlab.views import palette
from fitlab.views.charts import TEMPLATE
from fitlab.views.palette import with_alpha
from fitlab.views.wording import unit_sign, with_unit, words

_C = palette.LIGHT
_ROLES = {"rest": ("quiet", 0.06), "out": ("left", 0.16), "turn": ("right", 0.28), "back": ("reference", 0.18)}
"""Role of a phase -> its colour and how strong."""
_STATES = {"yes": ("mistake", "yes"), "no": ("good", "no"), "cannot_tell": ("unsure", "cannot tell")}
_HEIGHT, _WIDTH = 380, 940


def drive(report: Report) -> go.Figure:
    """The drive over time, its phases as bands, what a repetition and its turn must reach, and what was counted.

    Raises InputError for a report without an exercise's drive or without repetitions.
    """
    if report.exercise is None or report.exercise.drive is None or not report.repetitions:
        raise InputError("report must hold repetitions by a named drive, got none; analyse a clip of an exercise")
    figure = go.Figure()
    names: dict[str, str] = {phase.role: phase.name for phase in report.exercise.phases}
    for role, (colour, strength) in _ROLES.items():
        spans = [(p.start, p.stop) for p in report.phases if p.role == role]
        _bands(figure, report, spans, with_alpha(_C[colour], strength), f"{names[role]} ({role})")
    line = {"color": _C["ink"], "width": 2}
    figure.add_trace(
        go.Scatter(x=report.user.times, y=report.drive, line=line, name=words(report.drive_name), showlegend=False)
    )
    rest, way = _typical_way(report)
    for share, text in (
        (0.0, "at rest"),
        (HALF, f"{100 * HALF:.0f} % of the usual way:<br>less is half"),
        (1.0, "the usual way"),
    ):
        figure.add_hline(rest + share * way, line={"color": with_alpha(_C["ink"], 0.5), "width": 1.2, "dash": "dot"})
        _beside(figure, rest + share * way, text, _C["quiet"])
    for rep in report.repetitions:
        turn = rest + TURN * (float(report.drive[rep.turn]) - rest)
        times = [rep.start / report.fps, rep.stop / report.fps]
        line = {"color": _C["right"], "width": 2.5, "dash": "dash"}
        name, shown = f"{100 * TURN:.0f} % of its own way: it turns", rep.index == 0
        figure.add_trace(go.Scatter(x=times, y=[turn] * 2, mode="lines", line=line, name=name, showlegend=shown))
    for rep in report.repetitions:
        text = f"<b>{rep.index + 1}</b>" + ("" if rep.full else " half")
        _told(figure, rep.turn / report.fps, float(report.drive[rep.turn]), text, _C["accent"], below=way < 0)
    title = f"{report.exercise.title}: counted by {words(report.drive_name).lower()}"
    return _finished(figure, title, f"{words(report.drive_name)} ({unit_sign(report.drive_unit)})", report)


def rule(report: Report, mistake: str) -> go.Figure:
    """A rule's measure over time, its threshold, margin and severe limit, and the verdict on every repetition.

    Of a measure with two sides both are drawn (left dashed), unless the rule judges their mean.  Where a hold was
    broken by the rule, the stretch is red.  Raises InputError for a mistake that the exercise has no rule of, and for
    a report of lifted poses: its verdicts are not told by the curve and the margin.
    """
    rules = report.exercise.mistakes if report.exercise else ()
    asked = next((one for one in rules if one.name == mistake), None)
    if asked is None:
        known = ", ".join(one.name for one in rules) or "nothing without an exercise"
        raise InputError(f"mistake must be one of {known}, got {mistake!r}; see fitlab exercise list")
    found = [finding for finding in report.findings if finding.mistake == mistake]
    if report.lifted:
        raise InputError(
            "report must be of poses that were judged by the rules' margins, got lifted ones, judged by probability; "
            "analyse without a view"
        )
    figure = go.Figure()
    _limits(figure, asked, report.units[asked.measure])
    _bands(figure, report, [(f.start, f.stop) for f in found], with_alpha(_C["right"], 0.2), f"phase: {asked.phase}")
    broken = [(one.start, one.stop) for hold in report.holds for one in hold.breaks if one.mistake == mistake]
    _bands(figure, report, broken, with_alpha(_C["mistake"], 0.22), "form lost")
    values = np.asarray(report.curves[asked.measure], float)
    if values.ndim == 1 or asked.sides == "mean":
        sides = [("", "solid", values if values.ndim == 1 else values.mean(axis=1))]
    else:
        sides = [("left", "dash", values[:, 0]), ("right", "solid", values[:, 1])]
    for name, dash, side in sides:
        line = {"color": _C[name or "accent"], "width": 2, "dash": dash}
        figure.add_trace(go.Scatter(x=report.user.times, y=side, line=line, name=name, showlegend=bool(name)))
    for finding in found:
        _verdict(figure, report, finding)
    unit = unit_sign(report.units[asked.measure])
    title = f"{words(mistake)}: {words(asked.measure).lower()}, median at “{asked.phase}”"
    return _finished(figure, title, f"{words(asked.measure)} ({unit})", report)


def deviation(report: Report, group: str) -> go.Figure:
    """A joint group's angle from the athlete over time, what the athlete varies by and what the exercise allows.

    Raises InputError for a report without an athlete, or a group that was not compared.
    """
    if report.comparison is None or report.exercise is None or group not in report.comparison.groups:
        known = ", ".join(report.comparison.groups) if report.comparison else "none without an athlete"
        raise InputError(f"group must be one of {known}, got {group!r}; analyse with a reference athlete")
    found, allowed = report.comparison.groups[group], report.exercise.tolerances[group]
    figure = go.Figure()
    spans = [(rep.start, rep.stop) for rep in report.repetitions]
    _bands(figure, report, spans, with_alpha(_C["accent"], 0.07), "repetitions")
    if np.isfinite(found.band_deg):
        figure.add_hrect(0, found.band_deg, fillcolor=with_alpha(_C["reference"], 0.25), line_width=0, layer="below")
        _beside(figure, found.band_deg / 2, "band: what the athlete's<br>repetitions differ by", _C["reference"])
    line = {"color": _C["accent"], "width": 2}
    angles = report.comparison.angles[group]
    figure.add_trace(go.Scatter(x=report.user.times, y=angles, line=line, showlegend=False))
    for rep, mean in zip(report.repetitions, report.comparison.per_repetition[group][:, 0], strict=True):
        times = [rep.start / report.fps, rep.stop / report.fps]
        over = mean > found.allowed_deg(allowed)
        colour = _C["mistake" if over else "good"]
        mark = go.Scatter(x=times, y=[mean, mean], mode="lines", line={"color": colour, "width": 3.5}, showlegend=False)
        figure.add_trace(mark)
        _told(figure, float(np.mean(times)), float(mean), f"mean {mean:.0f}°", colour, below=False)
    figure.add_hline(allowed, line={"color": _C["ink"], "width": 1.6})
    _beside(figure, allowed, f"tolerance: a mean<br>of {allowed:g}°", _C["ink"])
    title = f"{words(group)}: degrees from the athlete"
    return _finished(figure, title, "deviation (°)", report).update_yaxes(rangemode="tozero")


def _typical_way(report: Report) -> tuple[float, float]:
    """Where the drive rests, and the usual way from there to the turn, in its unit and with its sign."""
    assert report.exercise is not None and report.exercise.drive is not None
    sign = -1.0 if report.exercise.drive.rest == "high" else 1.0
    outward = sign * report.drive
    rest = float(np.median([min(outward[rep.start], outward[rep.stop - 1]) for rep in report.repetitions]))
    way = float(np.median([outward[rep.turn] - rest for rep in report.repetitions if rep.full] or [np.nan]))
    return sign * rest, sign * way


def _limits(figure: go.Figure, rule: Mistake, unit: str) -> None:
    """The threshold, the margin about it and the severe limit."""
    low, high = rule.threshold - rule.margin, rule.threshold + rule.margin
    figure.add_hrect(low, high, fillcolor=with_alpha(_C["unsure"], 0.22), line_width=0, layer="below")
    for value, text, colour in (
        (rule.threshold, f"threshold {with_unit(rule.threshold, unit)},<br>± {rule.margin:g}: cannot tell", "ink"),
        (rule.severe, f"severe {with_unit(rule.severe, unit)}", "mistake"),
    ):
        figure.add_hline(value, line={"color": _C[colour], "width": 1.6})
        _beside(figure, value, text, _C[colour])


def _verdict(figure: go.Figure, report: Report, finding: Verdict) -> None:
    """The value as a bar over the phase, in the colour of the state."""
    colour, text = _STATES[finding.state]
    times = [finding.start / report.fps, finding.stop / report.fps]
    if np.isfinite(finding.value):
        line = {"color": _C[colour], "width": 4}
        figure.add_trace(go.Scatter(x=times, y=[finding.value] * 2, mode="lines", line=line, showlegend=False))
        text = f"{with_unit(finding.value, finding.unit)}: <b>{text}</b>"
        _told(figure, float(np.mean(times)), finding.value, text, _C[colour], below=False)


def _bands(figure: go.Figure, report: Report, spans: list[tuple[int, int]], colour: str, name: str) -> None:
    """Stretches of frames as bands of one colour, with one entry in the legend."""
    if not spans:
        return
    for start, stop in spans:
        figure.add_vrect(start / report.fps, stop / report.fps, fillcolor=colour, line_width=0, layer="below")
    marker = {"symbol": "square", "size": 13, "color": colour, "line": {"color": _C["quiet"], "width": 0.6}}
    figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=name))


def _beside(figure: go.Figure, value: float, text: str, colour: str) -> None:
    """Words to the right of the plot at the height of ``value``."""
    look = {"showarrow": False, "xanchor": "left", "align": "left", "font": {"size": 12, "color": colour}}
    figure.add_annotation(x=1.01, xref="paper", y=value, text=text, **look)


def _told(figure: go.Figure, time: float, value: float, text: str, colour: str, *, below: bool) -> None:
    look = {"showarrow": False, "yshift": -14 if below else 14, "font": {"size": 13, "color": colour}}
    figure.add_annotation(x=time, y=value, text=text, bgcolor=with_alpha(_C["card"], 0.75), **look)


def _finished(figure: go.Figure, title: str, axis: str, report: Report) -> go.Figure:
    figure.update_xaxes(title_text="time (s)", range=[0, report.user.duration], showgrid=False)
    figure.update_yaxes(title_text=axis, showgrid=False, zeroline=False)
    margin = {"l": 70, "r": 190, "t": 84, "b": 50}  # on the right are the words beside the lines
    return figure.update_layout(template=TEMPLATE, title=title, height=_HEIGHT, width=_WIDTH, margin=margin)
