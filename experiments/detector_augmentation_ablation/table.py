"""The table and the picture of the README from the runs of the sweep.

    python experiments/detector_augmentation_ablation/table.py

Needs Chromium for the picture, effects.png.
"""

from pathlib import Path

import numpy as np
import pandas
import yaml
from plotly.subplots import make_subplots
from scipy import stats

from fitlab.errors import InputError
from fitlab.settings import runs_dir
from fitlab.views.charts import TEMPLATE
from fitlab.views.poster import photograph

HERE = Path(__file__).parent
WHOLE = "nothing"
SLICES = ("studio", "studio_upside_down", "upright", "horizontal", "inverted", "pck")
DRAWN = {"studio": "people of the studio", "studio_upside_down": "the same, upside down", "pck": "mean of five slices"}
TAKEN = 0.6
"""Share of the way from the first to the trained weights at which runs are compared: that of the shipped thunder."""


def main() -> None:
    """Differences from the whole recipe, seed by seed; bold where chance (95 %) does not explain them."""
    effects, limits, wholes = effects_of(measured(runs_dir() / "train" / "detector_augmentation_ablation"))
    _line("without", *SLICES)
    _line(*["---"] * (1 + len(SLICES)))
    _line("nothing", *(f"{value:.3f}" for value in wholes))
    _line("beyond chance from", *(f"{value:.3f}" for value in limits))
    for name, effect in effects.iterrows():
        cells = zip(effect, limits, strict=True)
        _line(str(name), *(f"**{value:+.3f}**" if abs(value) > limit else f"{value:+.3f}" for value, limit in cells))
    _draw(effects, limits)


def measured(folder: Path) -> pandas.DataFrame:
    """PCK by slice (columns) of every run, indexed by what was left out and the seed."""
    rows = {}
    for path in sorted(folder.glob("*/blends.csv")):
        config = yaml.safe_load((path.parent / "config.yaml").read_text(encoding="utf-8"))
        left_out = config["augment"].get("left_out", ["everything"])
        rows[", ".join(left_out) or WHOLE, config["seed"]] = pandas.read_csv(path, index_col="share").loc[TAKEN]
    return pandas.DataFrame.from_dict(rows, orient="index")[list(SLICES)]


def effects_of(runs: pandas.DataFrame) -> tuple[pandas.DataFrame, pandas.Series, pandas.Series]:
    """What leaving each part out changes: a randomised block design whose blocks are the seeds.

    Returns
    -------
    effects : mean difference from the whole recipe by part (row) and slice (column)
    limits : 95 % half width of such a difference, by slice (t, the error pooled over all parts)
    wholes : what the whole recipe reaches, by slice

    Raises
    ------
    InputError
        Where a part lacks a seed, or there is one only.
    """
    by_part = runs.unstack()
    seeds = runs.index.get_level_values(1).nunique()
    if seeds < 2 or by_part.isna().any(axis=None) or WHOLE not in by_part.index:
        raise InputError(f"every part, and {WHOLE}, must have run with the same two seeds or more; see README.md")
    effects, limits, wholes = {}, {}, {}
    for name in SLICES:
        table = by_part[name]  # part x seed
        means = table.mean(axis=1)
        residuals = table.sub(means, axis=0).sub(table.mean(axis=0) - table.to_numpy().mean(), axis=1)
        freedom = (len(table) - 1) * (seeds - 1)
        error = np.sqrt((residuals.to_numpy() ** 2).sum() / freedom * 2 / seeds)
        effects[name], limits[name] = means.drop(WHOLE) - means[WHOLE], stats.t.ppf(0.975, freedom) * error
        wholes[name] = means[WHOLE]
    return pandas.DataFrame(effects).sort_values("pck"), pandas.Series(limits), pandas.Series(wholes)


def _draw(effects: pandas.DataFrame, limits: pandas.Series) -> None:
    figure = make_subplots(1, len(DRAWN), subplot_titles=list(DRAWN.values()), shared_yaxes=True, shared_xaxes="all")
    for column, name in enumerate(DRAWN, start=1):
        figure.add_scatter(
            x=100 * effects[name],
            y=[f"without {part.replace(', ', ',<br>')}" for part in effects.index],
            error_x={"type": "constant", "value": 100 * limits[name], "thickness": 2},
            mode="markers",
            marker={"size": 10, "color": TEMPLATE.layout.colorway[0]},
            showlegend=False,
            row=1,
            col=column,
        )
    figure.add_vline(0, line={"color": "gray", "dash": "dot"})
    figure.update_xaxes(title="change of PCK, points")
    figure.update_yaxes(autorange="reversed")
    height = 140 + 56 * len(effects)
    figure.update_layout(template=TEMPLATE, width=900, height=height, margin={"l": 170, "t": 50})
    page = figure.to_html(include_plotlyjs=True, config={"displayModeBar": False})
    photograph(page, HERE / "effects.png", (920, height + 20))


def _line(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
