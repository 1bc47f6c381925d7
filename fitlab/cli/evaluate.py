"""``fitlab evaluate``: the tables of an experiment, measured without training."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from fitlab.errors import InputError

if TYPE_CHECKING:
    from lightning.pytorch import LightningModule
    from omegaconf import DictConfig

WRITTEN = ("*.csv", "metrics.json", "config.yaml")
"""What a folder of tables holds."""


def main(cfg: DictConfig) -> None:
    """Measures ``cfg.task`` on the held-out part of ``cfg.data`` and prints and writes its tables."""
    import torch
    from lightning import seed_everything
    from omegaconf import OmegaConf, open_dict

    from fitlab.cli.sweeps import run_folder
    from fitlab.files import folder_written_whole, require_replaceable, write_text
    from fitlab.training.building import built, checked
    from fitlab.training.results import plain

    with open_dict(cfg):
        checkpoint = cfg.pop("checkpoint")
    cfg = checked(cfg)
    folder = run_folder(cfg.paths.runs, "evaluate", cfg.name)
    require_replaceable(folder, WRITTEN)
    seed_everything(cfg.seed, verbose=False)
    task, data = built(cfg.task), built(cfg.data)
    if checkpoint is not None:
        _load(task, Path(checkpoint))
    getattr(data, "prepare_test", data.prepare_data)()  # what is only trained on may take minutes to make
    data.setup("test")
    task.eval()
    with torch.no_grad():
        tables = task.tables(data)
    with folder_written_whole(folder, WRITTEN) as made:
        for name, table in tables.items():
            table.to_csv(made / f"{name}.csv")
        measured = {name: plain(table) for name, table in tables.items()}
        write_text(made / "metrics.json", json.dumps({"checkpoint": checkpoint, **measured}, indent=2) + "\n")
        write_text(made / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True))
    for table in tables.values():
        print(table.to_string(float_format="%.3f"), end="\n\n")
    print(f"measured: {checkpoint or _before_training(Path(cfg.paths.runs) / 'train' / cfg.name)}")
    print(folder)


def _before_training(run: Path) -> str:
    trained = run / "checkpoints" / "best.ckpt"
    where = trained if trained.exists() else "FILE"
    return f"the weights that training starts from; those of a run: checkpoint={where}"


def _load(task: LightningModule, path: Path) -> None:
    import torch

    if not path.is_file():
        raise InputError(f"checkpoint must be a file that fitlab train wrote, got {path}; see its checkpoints folder")
    try:
        # Checkpoints of Lightning hold more than tensors: load only files of your own.
        task.load_state_dict(torch.load(path, map_location="cpu", weights_only=False)["state_dict"])
    except (EOFError, KeyError, RuntimeError, TypeError, pickle.UnpicklingError) as error:
        first = (str(error) or "a file that is none").splitlines()[0]
        raise InputError(f"checkpoint {path} must hold the model of this experiment, got: {first}") from error
