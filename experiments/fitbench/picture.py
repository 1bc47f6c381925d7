"""Draws experiments/fitbench/coverage.png: how right the answers are when only the surest are given.

    python experiments/fitbench/picture.py oblique side    # the views; default: all

Needs what ``python -m fitlab.evaluation.fitbench --views oblique side`` left in experiments/runs, and Chromium.
"""

import sys
from pathlib import Path

import plotly.graph_objects as go

from fitlab.evaluation.fitbench.answers import answers
from fitlab.evaluation.fitbench.people import INPUTS, clips, watch
from fitlab.evaluation.fitbench.tables import coverage_curve
from fitlab.views.charts import TEMPLATE
from fitlab.views.poster import photograph

HERE = Path(__file__).parent
BENCHMARK, SEEN = HERE.parent / "runs/synth/benchmark", HERE.parent / "runs/fitbench"

if __name__ == "__main__":
    figure = go.Figure(layout={"template": TEMPLATE, "title": "Answering only the surest", "width": 820, "height": 460})
    names = clips(BENCHMARK, sys.argv[1:] or None)
    for source in INPUTS:
        verdicts, _ = answers(watch(BENCHMARK, source, SEEN, names, workers=2), names)
        covered, _, balanced = coverage_curve(verdicts)
        figure.add_scatter(x=100 * covered, y=balanced, name=source, mode="lines")
    figure.update_xaxes(title="answered, % of rules and repetitions", range=[0, 100])
    figure.update_yaxes(title="balanced accuracy of the answers", range=[0.5, 1.01])
    photograph(
        figure.to_html(include_plotlyjs=True, config={"displayModeBar": False}), HERE / "coverage.png", (840, 480)
    )
