"""The tables of a run: measured before and after, written, printed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas
import torch
from lightning.pytorch import LightningDataModule, LightningModule, Trainer

from fitlab.files import written_whole


def measure(
    task: LightningModule, data: LightningDataModule, engine: Trainer, folder: Path, when: str, again: bool = True
) -> dict[str, pandas.DataFrame]:
    """The task's tables: ``test`` as ``<when>``, others as ``<name>_<when>``; also written as csv files of these names.

    With ``again=False`` those on disk if they are.  Of several processes the first alone measures.
    """
    if not (hasattr(task, "tables") and engine.is_global_zero):
        return {}
    if not again and (folder / f"{when}.csv").exists():
        paths = [*sorted(folder.glob(f"*_{when}.csv")), folder / f"{when}.csv"]
        return {path.stem: pandas.read_csv(path, index_col=0) for path in paths}
    task.to(engine.strategy.root_device).eval()
    with torch.no_grad():
        measured = task.tables(data)
    task.train()
    tables = {f"{name}_{when}": table for name, table in measured.items() if name != "test"}
    tables[when] = measured["test"]  # written last: where it is, all are
    for name, table in tables.items():
        with written_whole(folder / f"{name}.csv") as partial:
            table.to_csv(partial)
    return tables


def report(
    before: Mapping[str, pandas.DataFrame],
    after: Mapping[str, pandas.DataFrame],
    metrics: Mapping[str, Any],
    folder: Path,
) -> None:
    """Prints how it went, the table of before and after, and the run folder last."""
    print(f"{metrics['steps']} steps in {metrics['seconds']:.0f} s")
    if "before" in before and "after" in after:
        print(_side_by_side(before["before"], after["after"]).to_string(float_format="%.3f"))
    print(folder)


def _side_by_side(before: pandas.DataFrame, after: pandas.DataFrame) -> pandas.DataFrame:
    """Columns (metric, before) and (metric, after); how many samples there are does not change and comes once."""
    columns = {}
    for name in before.columns:
        if pandas.api.types.is_integer_dtype(before[name]):
            columns[name, ""] = before[name]
        else:
            columns[name, "before"], columns[name, "after"] = before[name], after[name]
    return pandas.DataFrame(columns)


def plain(table: pandas.DataFrame) -> dict[str, dict[str, float | None]]:
    """``table`` as JSON has it: {row: {column: value, null where there is none}}."""
    return {
        str(row): {str(column): None if pandas.isna(value) else float(value) for column, value in values.items()}
        for row, values in table.iterrows()
    }
