"""Charts for notebooks, in the colours of the player: every function returns a plotly figure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fitlab.analysis.measures import measure_curves
from fitlab.analysis.report import Report
from fitlab.errors import InputError
from fitlab.views import palette
from fitlab.views.palette import with_alpha
from fitlab.views.wording import hold_note, unit_sign, words

if TYPE_CHECKING:
    import pandas

_C = palette.LIGHT
TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": "Inter, system-ui, Segoe UI, Roboto, sans-serif", "size": 13, "color": _C["ink"]},
        "colorway": [_C["accent"], _C["right"], _C["reference"], _C["mistake"], _C["quiet"], _C["good"]],
        "paper_bgcolor": _C["card"],
        "plot_bgcolor": _C["card"],
        "xaxis": {"gridcolor": _C["line"], "zerolinecolor": _C["line"], "linecolor": _C["line"], "ticks": ""},
        "yaxis": {"gridcolor": _C["line"], "zerolinecolor": _C["line"], "linecolor": _C["line"], "ticks": ""},
        "margin": {"l": 60, "r": 20, "t": 60, "b": 50},
        "title": {"x": 0.0, "xanchor": "left", "xref": "container", "pad": {"l": 16}},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        "hoverlabel": {"bgcolor": _C["card"]},
    }
)
"""Plotly template of every chart."""

_PHASE_SHADES = (0.25, 0.8, 0.5, 0.1)


def curves(report: Report, measures: Sequence[str] | None = None) -> go.Figure:
    """Measures over time, one row each: left and right, the athlete dashed, repetitions and mistakes as bands.

    Parameters
    ----------
    measures : names of ``report.curves``, optional
        Default: all of them.

    Raises
    ------
    InputError
        If there is no such measure, or none at all.
    """
    names = list(report.curves if measures is None else measures)
    unknown = [name for name in names if name not in report.curves]
    if unknown or not names:
        raise InputError(
            f"measures must be some of {', '.join(report.curves) or 'those of an exercise'}, got {unknown or 'none'}; "
            "analyse with an exercise to have measures"
        )
    athlete = {}
    if report.comparison and report.exercise:
        athlete = measure_curves(report.comparison.reference, report.exercise)
    figure = make_subplots(rows=len(names), shared_xaxes=True, vertical_spacing=0.3 / (len(names) + 4))
    for row, name in enumerate(names, start=1):
        _draw_measure(figure, row, report, name)
        if name in athlete:
            line = {"color": _C["reference"], "width": 1.6, "dash": "dash"}
            _draw_line(figure, row, report, "Athlete", athlete[name].mean, line)
        unit = unit_sign(report.units[name])
        figure.update_yaxes(title_text=f"{words(name)} ({unit})", ticksuffix="°" if unit == "°" else "", row=row, col=1)
    figure.update_xaxes(title_text="time (s)", row=len(names), col=1)
    height = 90 + 190 * len(names)
    return figure.update_layout(template=TEMPLATE, height=height, hovermode="x unified", shapes=_bands(report, names))


def _draw_measure(figure: go.Figure, row: int, report: Report, name: str) -> None:
    values = np.asarray(report.curves[name])
    sides = [("You", "accent")] if values.ndim == 1 else [("Left", "left"), ("Right", "right")]
    for (label, paint), column in zip(sides, values.reshape(len(values), -1).T, strict=True):
        _draw_line(figure, row, report, label, column, {"color": _C[paint], "width": 1.8})


def _draw_line(figure: go.Figure, row: int, report: Report, label: str, values: np.ndarray, line: dict) -> None:
    known = any(trace.name == label for trace in figure.data)
    trace = go.Scatter(
        x=report.user.times, y=values, name=label, line=line, mode="lines", legendgroup=label, showlegend=not known
    )
    figure.add_trace(trace, row=row, col=1)


def _bands(report: Report, names: Sequence[str]) -> list[dict[str, Any]]:
    """The repetitions, by turns lighter, and the mistakes of the rules that look at each row's measure."""
    rules = report.exercise.mistakes if report.exercise else ()
    shapes = []
    for row, name in enumerate(names, start=1):
        looked_at = {rule.name for rule in rules if rule.measure == name}
        lights = [with_alpha(_C["accent"], alpha) for alpha in (0.13, 0.06)]
        spans = [(rep.start, rep.stop, lights[number % 2]) for number, rep in enumerate(report.repetitions)]
        found = [finding for finding in report.mistakes() if finding.mistake in looked_at]
        spans += [(finding.start, finding.stop, with_alpha(_C["mistake"], 0.18)) for finding in found]
        axes = {"xref": f"x{row}" if row > 1 else "x", "yref": f"y{row} domain" if row > 1 else "y domain"}
        look = {"type": "rect", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
        for start, stop, colour in spans:
            shapes.append({"x0": start / report.fps, "x1": stop / report.fps, "fillcolor": colour, **axes, **look})
    return shapes


def comparison(report: Report) -> go.Figure:
    """Mean deviation from the athlete by joint group, red beyond what is allowed.

    That is the exercise's tolerance or, where it is wider, the band between the athlete's own repetitions.

    Raises InputError for a report without a reference.
    """
    if report.comparison is None:
        raise InputError("report must hold a comparison, got none; analyse with a reference athlete")
    groups = report.comparison.groups
    tolerances = report.exercise.tolerances if report.exercise else {}
    allowed = {name: found.allowed_deg(tolerances[name]) for name, found in groups.items() if name in tolerances}
    names = [words(group) for group in groups]
    means = [deviation.mean_deg for deviation in groups.values()]
    over = [mean > allowed.get(group, np.inf) for group, mean in zip(groups, means, strict=True)]
    bars = go.Bar(
        x=means,
        y=names,
        orientation="h",
        marker={"color": [_C["mistake"] if far else _C["reference"] for far in over], "cornerradius": 4},
        text=[f"{mean:.1f}°" for mean in means],
        customdata=[[deviation.max_deg, deviation.mean_mm] for deviation in groups.values()],
        hovertemplate="%{y}: mean %{x:.1f}°, most %{customdata[0]:.1f}°, %{customdata[1]:.0f} mm<extra></extra>",
        name="Mean deviation",
        showlegend=False,
    )
    figure = go.Figure(bars)
    if allowed:
        marks = [allowed.get(group) for group in groups]
        symbol = {"symbol": "line-ns", "size": 20, "line": {"width": 2.5, "color": _C["ink"]}}
        figure.add_trace(go.Scatter(x=marks, y=names, mode="markers", marker=symbol, name="Allowed"))
    figure.update_yaxes(autorange="reversed").update_xaxes(title_text="mean deviation (degrees)", rangemode="tozero")
    return figure.update_layout(template=TEMPLATE, title="Difference from the athlete", height=130 + 42 * len(names))


def repetitions(report: Report) -> go.Figure:
    """Seconds of every repetition, stacked by phase, with the mean as a line.

    Raises InputError for a report without repetitions.
    """
    if not report.repetitions:
        raise InputError("report must hold repetitions, got none; there is nothing to draw")
    numbers = [repetition.index + 1 for repetition in report.repetitions]
    figure = go.Figure()
    names = list(dict.fromkeys(phase.name for phase in report.phases if phase.repetition is not None))
    for i, name in enumerate(names):
        seconds = dict.fromkeys(numbers, 0.0)
        for phase in report.phases:
            if phase.name == name and phase.repetition is not None:
                seconds[phase.repetition + 1] += (phase.stop - phase.start) / report.fps
        marker = {"color": with_alpha(_C["accent"], _PHASE_SHADES[i % len(_PHASE_SHADES)])}
        figure.add_trace(go.Bar(x=numbers, y=list(seconds.values()), name=words(name), marker=marker))
    mean = float(np.mean([(repetition.stop - repetition.start) / report.fps for repetition in report.repetitions]))
    figure.add_hline(mean, line={"dash": "dot", "color": _C["quiet"]}, annotation_text=f"mean {mean:.2f} s")
    figure.update_xaxes(title_text="repetition", dtick=1).update_yaxes(title_text="seconds")
    return figure.update_layout(template=TEMPLATE, title="Repetitions", barmode="stack", bargap=0.35, height=340,
                                legend_traceorder="normal")  # fmt: skip


def holds(report: Report) -> go.Figure:
    """Every hold as a bar of seconds since it began, red where a rule of its form is broken.

    Raises InputError for a report without holds.
    """
    if not report.holds:
        raise InputError("report must hold holds, got none; a turn of at least 3 s is one")
    names = [f"Hold {number}" for number in range(1, len(report.holds) + 1)]
    lengths = [hold.duration_s for hold in report.holds]
    bars = go.Bar(
        x=lengths,
        y=names,
        orientation="h",
        marker={"color": with_alpha(_C["good"], 0.75), "cornerradius": 4},
        text=[f"{hold.duration_s:.1f} s, {hold_note(hold)}" for hold in report.holds],
        textposition="outside",
        cliponaxis=False,
        name="Held",
    )
    figure = go.Figure(bars)
    broken = [(name, hold, one) for name, hold in zip(names, report.holds, strict=True) for one in hold.breaks]
    if broken:
        begun = [(one.start - hold.start) / report.fps for _, hold, one in broken]
        lasted = [(one.stop - one.start) / report.fps for _, _, one in broken]
        figure.add_trace(
            go.Bar(
                x=lasted,
                y=[name for name, _, _ in broken],
                base=begun,
                orientation="h",
                marker={"color": _C["mistake"]},
                customdata=[(words(one.mistake), time) for (_, _, one), time in zip(broken, lasted, strict=True)],
                hovertemplate="%{customdata[0]}: from %{base:.1f} s for %{customdata[1]:.1f} s<extra></extra>",
                name="Form lost",
            )
        )
    figure.update_yaxes(autorange="reversed").update_xaxes(title_text="seconds", range=[0, 1.35 * max(lengths)])
    return figure.update_layout(
        template=TEMPLATE, title="Holds", barmode="overlay", bargap=0.4, height=150 + 46 * len(names)
    )


def table(frame: "pandas.DataFrame", title: str = "", digits: int = 1) -> go.Figure:
    """A table of results, such as lifters or detectors side by side; numbers get ``digits`` decimals."""

    def written(value: object) -> str:
        if isinstance(value, float | np.floating):
            return f"{value:.{digits}f}" if np.isfinite(value) else "–"
        return str(value)

    columns = [[written(value) for value in frame[name]] for name in frame.columns]
    align = ["right" if frame[name].dtype.kind in "iuf" else "left" for name in frame.columns]
    cells = {"align": align, "height": 28, "line_color": _C["line"], "font": {"color": _C["ink"]}}
    heads = [f"<b>{str(name).replace('_', ' ')}</b>" for name in frame.columns]
    figure = go.Figure(
        go.Table(
            header={"values": heads, "fill_color": _C["page"], **cells},
            cells={"values": columns, "fill_color": _C["card"], **cells},
        )
    )
    top = 56 if title else 12
    margin = {"l": 16, "r": 16, "t": top, "b": 12}
    return figure.update_layout(template=TEMPLATE, title=title, margin=margin, height=top + 30 * (len(frame) + 1) + 16)
