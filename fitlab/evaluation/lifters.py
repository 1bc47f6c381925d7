"""Lifters side by side on the protocol, and the publication of a trained one with its card and table."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas
import yaml

from fitlab.errors import InputError
from fitlab.files import write_text
from fitlab.lifting.lifter import Lifter
from fitlab.lifting.scoring import LiftingClip, score_lifter
from fitlab.lifting.weights import load_network, save_network
from fitlab.locations import EMBEDDED

METRICS = {"mpjpe": "MPJPE", "p_mpjpe": "P-MPJPE", "n_mpjpe": "N-MPJPE", "mpjve": "MPJVE"}
"""Columns of a score table, and how the field writes them."""

_TABLE_MARKS = ("<!-- table: begin -->", "<!-- table: end -->")

_DATA = {
    False: "random motion made by `fitlab.training.lifter_motion`: no recording of anybody",
    True: (
        "UI-PRMD (University of Idaho, Vakanski et al. 2018, ODC-PDDL 1.0) subjects s01 to s06, CMU Graphics Lab "
        "Motion Capture Database trials 13_29 and 14_14 (mocap.cs.cmu.edu, created with funding from NSF EIA-0196217), "
        "and random motion made by `fitlab.training.lifter_motion`"
    ),
}


def compare_lifters(lifters: Sequence[Lifter], clips: Sequence[LiftingClip]) -> pandas.DataFrame:
    """The four metrics in mm of every lifter on the same clips; index (slice, lifter)."""
    tables = {lifter.name: score_lifter(lifter, clips).slices for lifter in lifters}
    return pandas.concat(tables, names=["lifter", "slice"]).swaplevel().sort_index(level=0, sort_remaining=False)


def results_table(metrics: Mapping[str, Any]) -> str:
    """Markdown table of a run's ``metrics.json``: before -> after, in mm, one row per slice."""
    before, after = metrics["before"], metrics["after"]
    lines = [f"| slice | frames | {' | '.join(METRICS.values())} |", "|---|---|" + "---|" * len(METRICS)]
    for row, scores in after.items():
        cells = [f"{before[row][column]:.1f} -> {scores[column]:.1f}" for column in METRICS]
        lines.append(f"| {row} | {scores['frames']:.0f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def model_card(name: str, metrics: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """The card (Markdown) of a lifter that a run trained: data, licence, command, metrics."""
    model, data = config["model"], config["data"]
    command = (
        f"fitlab train experiment={config['name']} trainer={config['trainer']['accelerator']} "
        f"steps={metrics['steps']} seed={metrics['seed']}"
    )
    studio = ""
    if data.get("studio"):
        done = ", ".join(data["exercises"]) if data.get("exercises") else "all of its exercises"
        studio = f"; {data['studio']} takes of the studio (`fitlab.synthesis`): {done}"
    chosen = f"data.batch_size={data['batch_size']} optim.rate={config['optim']['rate']}"
    start = config["task"]["start"]
    field = 1
    for width in model["widths"]:
        field *= width
    return f"""# lifter_{name}
Temporal convolution network (Pavllo et al. 2019), {field} frames, {model["channels"]} channels: COCO-17 in the
picture -> Human3.6M-17 in camera space, metres, relative to the pelvis. float16 safetensors.

- **Data**: {_DATA[data["random_share"] < 1]}{studio}. 2D input by virtual cameras with a detector's errors
  imitated; no photograph or video was used.
- **Start**: {f"`lifter_{start}`" if start else "random weights"}.
- **Licence**: that of fitlab; no term of others attaches to the weights (CMU asks for credit, given above where used).
- **Command**: `{command}
  {chosen}` ({metrics["seconds"]:.0f} s of training).
- **Good for**: one person, whole body in the picture, 24 to 60 frames/s. **Not for**: the absolute height of a person
  (unknown to one camera; bodies of 1.4 to 2.05 m were trained on), several people, hands and feet.

Errors in mm (MPJVE: mm per frame) on exact projections of the test part (UI-PRMD subject s08, never trained on, three
protocol cameras per recording), on takes of the studio where it was trained on some, and on held-out random motion;
before training -> after:

{results_table(metrics)}
"""


def publish(run: str | Path, name: str, readme: str | Path | None = None) -> Path:
    """Puts a run's lifter into the package as ``lifter_<name>``, with its card; fills the table of ``readme``.

    Parameters
    ----------
    run : path
        Folder of a run of ``fitlab train``: ``weights.safetensors``, ``metrics.json``, ``config.yaml``.
    name : str
    readme : path, optional
        A page that holds the two marks ``<!-- table: begin -->`` and ``<!-- table: end -->``.

    The errors of measures that the lifter of that name made before are taken away: they are not those of this one.
    Returns the written weights.  Raises InputError when the run is not complete or the page has no marks.
    """
    folder = Path(run)
    missing = [f for f in ("weights.safetensors", "metrics.json", "config.yaml") if not (folder / f).is_file()]
    if missing:
        raise InputError(f"run must be a finished run of fitlab train, got {folder} without {', '.join(missing)}")
    metrics = json.loads((folder / "metrics.json").read_text())
    config = yaml.safe_load((folder / "config.yaml").read_text())
    target = EMBEDDED / f"lifter_{name}.safetensors"
    save_network(
        load_network(folder / "weights.safetensors"), target, {"name": f"lifter_{name}", "run": config["name"]}
    )
    write_text(target.with_suffix(".md"), model_card(name, metrics, config))
    # Those of the lifter before: fitlab.evaluation.lifted_measures --write makes them anew.
    target.with_name(f"{target.stem}_errors.json").unlink(missing_ok=True)
    if readme is not None:
        page = Path(readme).read_text()
        begin, end = (page.find(mark) for mark in _TABLE_MARKS)
        if not 0 <= begin < end:
            raise InputError(f"{readme} must hold {' and '.join(_TABLE_MARKS)}; add them where the table belongs")
        write_text(readme, f"{page[: begin + len(_TABLE_MARKS[0])]}\n{results_table(metrics)}\n{page[end:]}")
    return target


def main(arguments: Sequence[str] | None = None) -> None:
    """``python -m fitlab.evaluation.lifters RUN NAME [--readme PAGE]``: see :func:`publish`."""
    parser = argparse.ArgumentParser(description="Put a trained lifter into the package.")
    parser.add_argument("run")
    parser.add_argument("name")
    parser.add_argument("--readme")
    chosen = parser.parse_args(arguments)
    print(publish(chosen.run, chosen.name, chosen.readme))  # noqa: T201


if __name__ == "__main__":
    main()
