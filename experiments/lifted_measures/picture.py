"""Draws experiments/lifted_measures/views.png: from where the mistakes of each exercise can be told.

    python experiments/lifted_measures/picture.py

Needs Chromium.
"""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from fitlab.analysis.lifting_errors import read_errors
from fitlab.exercises import find_exercise
from fitlab.lifting import errors_file
from fitlab.pipeline import LIFTER
from fitlab.views.charts import TEMPLATE
from fitlab.views.poster import photograph

HERE = Path(__file__).parent
VIEWS = ("front", "oblique", "side", "oblique,<br>behind", "behind")

if __name__ == "__main__":
    rows = {}
    for name, errors in read_errors(errors_file(LIFTER)).items():
        exercise = find_exercise(name)
        bounds = [
            np.maximum(1.645 * np.array(errors[rule.name].deviation), rule.margin) / abs(rule.severe - rule.threshold)
            for rule in exercise.mistakes
            if rule.name in errors
        ]
        rows[exercise.title] = np.mean(np.minimum(bounds, 1), axis=0)
    names = sorted(rows, key=lambda name: -rows[name].mean())
    figure = go.Figure(
        go.Heatmap(
            z=[rows[name] for name in names],
            x=VIEWS,
            y=names,
            zmin=0.2,
            zmax=1,
            texttemplate="%{z:.2f}",
            colorscale="Blues_r",
            showscale=False,
            xgap=2,
            ygap=2,
        ),
        layout={
            "template": TEMPLATE,
            "title": "How far off a mistake's size may be, in shares of a severe one",
            "width": 760,
            "height": 720,
            "margin": {"l": 150},
        },
    )
    photograph(figure.to_html(include_plotlyjs=True, config={"displayModeBar": False}), HERE / "views.png", (780, 740))
