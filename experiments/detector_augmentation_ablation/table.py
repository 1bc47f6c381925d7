"""The table of the README from the runs of the sweep: python experiments/detector_augmentation_ablation/table.py"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import yaml
from scipy import stats

from fitlab.errors import InputError
from fitlab.settings import runs_dir

SLICES = ("studio", "studio_upside_down", "upright", "horizontal", "inverted", "pck")


def main() -> None:
    """Differences from the whole recipe, bold where seeds do not explain them."""
    runs = pandas.DataFrame(
        [_row(path) for path in sorted(_folder().glob("*/metrics.json"))], columns=["without", *SLICES]
    )
    everything = runs[runs.without == "nothing"]
    means, noise = everything[list(SLICES)].mean(), everything[list(SLICES)].std(ddof=1)
    # Of the difference of one run from the mean of n: t (95 %, n - 1 degrees of freedom).
    count = len(everything)
    if count < 2:
        raise InputError(
            f"the whole recipe must have run with two seeds or more, got {count} in {_folder()}; see README.md"
        )
    limit = stats.t.ppf(0.975, count - 1) * noise * np.sqrt(1 + 1 / count)
    _line("without", *SLICES)
    _line(*["---"] * (1 + len(SLICES)))
    _line(f"nothing, mean of {count} seeds", *(f"{value:.3f}" for value in means))
    _line("differences within", *(f"{value:.3f}" for value in limit))
    for _, run in runs[runs.without != "nothing"].sort_values("pck").iterrows():
        cells = [f"{run[name] - means[name]:+.3f}" for name in SLICES]
        marked = [f"**{c}**" if abs(run[n] - means[n]) > limit[n] else c for n, c in zip(SLICES, cells, strict=True)]
        _line(run.without, *marked)


def _folder() -> Path:
    return runs_dir() / "train" / "detector_augmentation_ablation"


def _row(path: Path) -> dict[str, Any]:
    config = yaml.safe_load((path.parent / "config.yaml").read_text(encoding="utf-8"))
    logged = json.loads(path.read_text(encoding="utf-8"))["last_logged"]
    left_out = config["augment"].get("left_out", ["everything"])
    return {"without": ", ".join(left_out) or "nothing", **{name: logged[f"val/{name}"] for name in SLICES}}


def _line(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
