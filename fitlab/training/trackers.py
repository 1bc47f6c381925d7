"""Where a run's curves go: a csv file in its folder, and Weights & Biases."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas
from lightning.pytorch.loggers import Logger, WandbLogger
from lightning.pytorch.utilities.rank_zero import rank_zero_only

from fitlab.files import written_whole


class CsvTracker(Logger):
    """Appends to ``<folder>/metrics.csv``: one row (step, name, value) per logged value.

    ``pandas.read_csv(path).pivot_table("value", "step", "name")`` has one column per curve.  A resumed run
    replaces the rows that the interrupted one wrote after its last checkpoint.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = Path(folder) / "metrics.csv"
        self._joined = False

    @property
    def name(self) -> str:
        return "csv"

    @property
    def version(self) -> str:
        return ""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        values = {name: float(value) for name, value in metrics.items() if name != "epoch"}
        rows = pandas.DataFrame({"step": step or 0, "name": list(values), "value": list(values.values())})
        if not self._joined:
            self._join(rows)
        rows.to_csv(self.path, mode="a", header=False, index=False)

    @rank_zero_only
    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """``config.yaml`` in the run folder holds them."""

    def _join(self, rows: pandas.DataFrame) -> None:
        """Starts the file, or cuts the old one before the step of the first new ``rows``, which all comes again."""
        old = pandas.read_csv(self.path) if self.path.exists() else rows.iloc[:0]
        with written_whole(self.path) as partial:
            old[old["step"] < rows["step"].min()].to_csv(partial, index=False)
        self._joined = True


def wandb_tracker(folder: Path, *, project: str, offline: bool) -> WandbLogger:
    """A W&B run that keeps every file of its own below ``<folder>/wandb``; offline it opens no connection.

    Send an offline run later with ``wandb sync <folder>/wandb/offline-run-*``.
    """
    import wandb

    home = Path(folder) / "wandb"
    home.mkdir(parents=True, exist_ok=True)
    for kind in ("DIR", "CACHE_DIR", "CONFIG_DIR", "DATA_DIR", "ARTIFACT_DIR"):
        os.environ[f"WANDB_{kind}"] = str(folder if kind == "DIR" else home)
    settings = wandb.Settings(console="off", silent=True, save_code=False)
    return WandbLogger(
        name=Path(folder).name,
        project=project,
        save_dir=folder,
        offline=offline,
        settings=settings,
        reinit="finish_previous",
    )


@rank_zero_only
def record(
    loggers: Sequence[Logger], config: Mapping[str, Any], tables: Mapping[str, pandas.DataFrame], files: Sequence[Path]
) -> None:
    """Gives the W&B runs among ``loggers`` the configuration, the tables, the files as one artifact, and ends them.

    They must end inside the job: runs of a sweep share a process and would otherwise be merged into one.
    """
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            _finish(logger, config, tables, files)


def _finish(
    logger: WandbLogger,
    config: Mapping[str, Any],
    tables: Mapping[str, pandas.DataFrame],
    files: Sequence[Path],
) -> None:
    import wandb  # here: it takes a second, also of runs that do not use it

    run = logger.experiment
    run.config.update(dict(config), allow_val_change=True)
    for name, table in tables.items():
        logger.log_table(name, dataframe=table.reset_index())
    artifact = wandb.Artifact(f"{logger.name or 'run'}-{run.id}", type="model")
    for path in files:
        artifact.add_file(str(path))
    run.log_artifact(artifact)
    run.finish()
