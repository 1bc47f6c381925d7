"""Panels for notebooks: a whole report in one cell."""

from html import escape

import ipywidgets

from fitlab.analysis.report import Report
from fitlab.views import charts
from fitlab.views.live import live
from fitlab.views.widget import Player
from fitlab.views.wording import cards

_CHART = 560  # pixels: two beside each other in JupyterLab on a laptop


def show(report: Report) -> ipywidgets.VBox:
    """The big numbers, the player with advice and curves, and the charts of what was counted and compared.

    ``show(report).children[1]`` is the :class:`fitlab.views.widget.Player`.
    """
    figures = [charts.repetitions(report)] if report.repetitions else []
    if report.holds:
        figures.append(charts.holds(report))
    if report.comparison:
        figures.append(charts.comparison(report))
    row = ipywidgets.GridBox(
        [
            live(figure.update_layout(width=_CHART, height=360)) for figure in figures
        ],  # plotly measures its cell too early
        layout={"grid_template_columns": f"repeat(auto-fit, {_CHART}px)"},
    )
    return ipywidgets.VBox([headline(report), Player(report), *([row] if figures else [])])


def headline(report: Report) -> ipywidgets.HTML:
    """The big numbers of a report in one line."""
    items = "".join(
        f'<span style="white-space:nowrap"><span style="opacity:.7">{escape(card["label"])}</span> '
        f'<b style="font-size:1.5em">{escape(card["value"])}</b> {escape(card["unit"])}</span>'
        for card in cards(report)
    )
    return ipywidgets.HTML(f'<div style="display:flex;flex-wrap:wrap;gap:4px 28px;padding:4px">{items}</div>')
