"""Draws experiments/detector_unusual_poses/slices.png: the released and the shipped weights on every test slice.

    for size in thunder lightning; do
      measure="fitlab evaluate experiment=detector_movenet model=movenet_$size"
      $measure name=${size}_released
      $measure name=${size}_shipped model.weights=movenet_${size}_fitness
    done
    python experiments/detector_unusual_poses/picture.py

Needs Chromium.
"""

from pathlib import Path

import pandas
from plotly.subplots import make_subplots

from fitlab.settings import runs_dir
from fitlab.views.charts import TEMPLATE
from fitlab.views.poster import photograph

HERE = Path(__file__).parent
SLICES = {
    "lsp_upright": "upright",
    "lsp_horizontal": "horizontal",
    "lsp_inverted": "inverted",
    "lsp_upright_upside_down": "upright, shown<br>upside down",
    "studio": "studio",
}
LOOK = "in_doubt"
SIZE = (900, 420)


def main() -> None:
    """Two panels, a dot and its 95 % interval for each slice and each pair of weights."""
    sizes = ("thunder", "lightning")
    figure = make_subplots(1, 2, subplot_titles=[f"MoveNet {size}" for size in sizes], shared_yaxes=True)
    for column, size in enumerate(sizes, start=1):
        for weights, colour, above in (("released", "#8a94a6", -0.12), ("shipped", TEMPLATE.layout.colorway[0], 0.12)):
            table = pandas.read_csv(runs_dir() / "evaluate" / f"{size}_{weights}" / "test.csv", index_col=0)
            own = table.loc[list(SLICES)]
            pck, low, high = (own[f"{name}_{LOOK}"] for name in ("pck", "low", "high"))
            figure.add_scatter(
                x=pck,
                y=[row + above for row in range(len(SLICES))],
                error_x={"array": high - pck, "arrayminus": pck - low, "thickness": 2, "width": 0},
                mode="markers",
                marker={"size": 11, "color": colour},
                name=weights,
                showlegend=column == 1,
                row=1,
                col=column,
            )
    figure.update_xaxes(range=[0.5, 1], title="PCK@0.2 of the torso, in doubt")
    figure.update_yaxes(
        tickvals=list(range(len(SLICES))), ticktext=list(SLICES.values()), range=[len(SLICES) - 0.5, -0.5]
    )
    figure.update_layout(template=TEMPLATE, width=SIZE[0], height=SIZE[1], margin={"l": 120, "t": 70})
    figure.update_layout(legend={"y": 1.1})
    page = figure.to_html(include_plotlyjs=True, config={"displayModeBar": False})
    photograph(page, HERE / "slices.png", (SIZE[0] + 20, SIZE[1] + 20))


if __name__ == "__main__":
    main()
