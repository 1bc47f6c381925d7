"""A training run: from a task and its data to weights, curves and a table of before and after."""

import hashlib
import json
import logging
import pickle
import shutil
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning
import torch
from hydra.core.hydra_config import HydraConfig
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities.rank_zero import rank_zero_only
from omegaconf import DictConfig, OmegaConf

from fitlab.errors import InputError
from fitlab.files import write_text
from fitlab.training.building import built, checked
from fitlab.training.callbacks import (
    KeepLast,
    SeedEveryBatch,
    StepBar,
    StoppedByUser,
    WholeCheckpoints,
    early_stop,
    keep_best,
)
from fitlab.training.relaunch import relaunchable
from fitlab.training.results import measure, plain, report
from fitlab.training.trackers import record

_LEFT_BY_A_RUN = (
    *("checkpoints", "wandb", "config.yaml", "metrics.json", "metrics.csv", "weights.safetensors", "weights.pth"),
    *("blends.csv", "before.csv", "after.csv", "joints_before.csv", "joints_after.csv"),
)


def main(cfg: DictConfig) -> Path:
    """What ``fitlab train`` runs: builds everything that ``cfg`` names, trains, returns the run folder."""
    folder = _run_folder(cfg)
    cfg = checked(cfg)
    lightning.seed_everything(cfg.seed, verbose=False)  # before networks draw their initial weights
    task, data, trainer, trackers = built(cfg.task), built(cfg.data), built(cfg.trainer), built(cfg.tracker)
    if cfg.resume is None:  # not before everything is built: a slip of the pen must not put a good run aside
        _set_aside(folder)
    resolved = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(resolved, dict)
    measured = cfg.resume is not None and _same_run(folder / "config.yaml", resolved)
    if not measured:  # a run that is stopped while it measures must not find another run's tables
        for table in ("before.csv", "joints_before.csv"):
            rank_zero_only((folder / table).unlink)(missing_ok=True)
    rank_zero_only(write_text)(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(resolved)))

    with relaunchable():
        train(
            task,
            data,
            folder,
            trainer=trainer,
            seed=cfg.seed,
            save_every=cfg.save_every,
            patience=cfg.patience,
            resume=_checkpoint(cfg.resume, folder),
            measured=measured,
            loggers=[tracker(folder=folder) for tracker in trackers.values()],
            config={str(key): value for key, value in resolved.items()},
        )
    return folder


def train(
    task: LightningModule,
    data: LightningDataModule,
    folder: Path,
    *,
    trainer: Callable[..., Trainer],
    seed: int = 0,
    save_every: int = 200,
    patience: int | None = None,
    resume: Path | None = None,
    measured: bool = False,
    loggers: Sequence[Logger] = (),
    config: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Trains ``task`` on ``data``, measures it before and after, and leaves everything in ``folder``.

    Parameters
    ----------
    task, data
        See :mod:`fitlab.training` for what they offer.
    folder : Path
        Gets ``checkpoints/{last,best}.ckpt``, ``metrics.json``, the tables as csv and the weights.
    trainer : callable
        ``functools.partial(lightning.pytorch.Trainer, max_steps=...)``; ``max_steps`` is required.
    seed : int
        Of everything random.
    save_every : int
        Optimiser steps between two ``last.ckpt``.
    patience : int, optional
        Stops after so many validations in a row without a new best; default: never.
    resume : Path, optional
        Checkpoint to go on from.
    measured : bool
        Whether tables of before that lie in ``folder`` are of this very task and data, and need not be made again.
    loggers : sequence of Lightning loggers
    config : mapping, optional
        Recorded with the run.

    Returns
    -------
    metrics : dict
        What ``metrics.json`` holds: steps, seconds, weights, ``before`` and ``after`` as {row: {column: value}}.

    Raises
    ------
    InputError
        If ``resume`` holds another network.
    KeyboardInterrupt
        If the user stopped the run; ``checkpoints/last.ckpt`` is saved.
    """
    _quieten()
    folder = Path(folder)
    last = folder / "checkpoints" / "last.ckpt"
    lightning.seed_everything(seed, verbose=False)
    monitor = getattr(task, "monitor", None)
    keeps_best = keep_best(last.parent, monitor)
    engine = _engine(
        trainer,
        default_root_dir=folder,
        logger=list(loggers),
        callbacks=[
            *(SeedEveryBatch(seed), StepBar()),
            *early_stop(monitor, patience),
            *keeps_best,
            KeepLast(last, save_every),
        ],
        plugins=[WholeCheckpoints()],
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,  # the stream deals out the samples
    )
    if engine.max_steps < 1:
        raise InputError(f"trainer.max_steps must be a positive number of steps, got {engine.max_steps}")
    if resume is not None:
        _check_fits(resume, task)
    data.prepare_data()
    data.setup("fit")
    before = measure(task, data, engine, folder, "before", again=not measured)
    started = time.monotonic()
    try:
        # Not weights only: Lightning keeps the state of its loops and callbacks beside the weights.
        engine.fit(task, datamodule=data, ckpt_path=resume, weights_only=False)
    except StoppedByUser:
        rank_zero_only(print)(f"stopped at step {engine.global_step} and saved; go on with resume=auto ({last})")
        raise KeyboardInterrupt from None
    seconds = time.monotonic() - started

    best = last.with_name("best.ckpt")
    chosen = best.exists() and any(callback.best_model_path for callback in keeps_best)  # by this run, not one before
    if chosen:
        task.load_state_dict(torch.load(best, map_location="cpu", weights_only=False)["state_dict"])
    if getattr(task, "blends", ()):
        settled = task.settle(data)
        rank_zero_only(settled.to_csv)(folder / "blends.csv", index_label="share")
        rank_zero_only(print)(f"kept: {settled.taken.idxmax():.0%} of the way from the first weights (blends.csv)")
    after = measure(task, data, engine, folder, "after")
    metrics: dict[str, Any] = {
        "seed": seed,
        "steps": engine.global_step,
        "seconds": round(seconds, 1),
        "chosen_by": list(monitor) if monitor else None,
        "last_logged": {name: float(value) for name, value in engine.callback_metrics.items()},
        **{name: plain(table) for name, table in (before | after).items()},
    }
    if engine.is_global_zero:
        kept = [path for path in (last, best) if path.exists() and (path == last or chosen)]
        if hasattr(task, "save_weights"):
            weights = folder / f"weights{getattr(task, 'weights_suffix', '.safetensors')}"
            task.save_weights(weights)
            kept.append(weights)
        metrics["sha256"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}
        write_text(folder / "metrics.json", json.dumps(metrics, indent=2))
        record(loggers, {**(config or {}), "sha256": metrics["sha256"]}, before | after, kept)
        report(before, after, metrics, folder)
    return metrics


def _run_folder(cfg: DictConfig) -> Path:
    """The folder that Hydra made for this job of ``fitlab train``, which a sweep names; else that of a single run.

    Another verb (``fitlab demo``) may train inside its own Hydra job, whose folder is not the run's.
    """
    if HydraConfig.initialized() and HydraConfig.get().job.config_name == "train":
        return Path(HydraConfig.get().runtime.output_dir)
    return Path(cfg.paths.runs) / "train" / cfg.name


def _engine(trainer: Callable[..., Trainer], **settings: Any) -> Trainer:
    """Lightning's trainer; InputError in one line where this machine or Lightning does not know what was asked for."""
    try:
        return trainer(**settings)
    except (MisconfigurationException, TypeError, ValueError) as error:
        raise InputError(f"trainer must fit this machine, got: {str(error).splitlines()[0]}") from error


def _same_run(config: Path, resolved: Mapping[Any, Any]) -> bool:
    """Whether ``config`` is of a run that had the same settings, wherever it went on from."""
    if not config.exists():
        return False
    earlier = OmegaConf.to_container(OmegaConf.load(config))
    return isinstance(earlier, dict) and {**earlier, "resume": None} == {**resolved, "resume": None}


def _checkpoint(resume: str | None, folder: Path) -> Path | None:
    if resume is None:
        return None
    path = folder / "checkpoints" / "last.ckpt" if resume == "auto" else Path(resume)
    if path.exists():
        return path
    if resume == "auto":
        print(f"nothing to resume at {path}: starting from the beginning")
        return None
    raise InputError(f"resume must be 'auto' or a checkpoint, got {resume!r}, which does not exist; see {folder}")


@rank_zero_only
def _set_aside(folder: Path) -> None:
    """Moves what an earlier run left in ``folder`` to ``earlier/<its time>``: a repeated command loses nothing."""
    left = [folder / name for name in _LEFT_BY_A_RUN if (folder / name).exists()]
    if left:
        stamp = time.strftime("%Y-%m-%d_%H-%M-%S", time.localtime(max(path.stat().st_mtime for path in left)))
        aside = folder / "earlier" / stamp
        aside.mkdir(parents=True, exist_ok=True)
        for path in left:
            shutil.move(path, aside / path.name)


def _check_fits(path: Path, task: LightningModule) -> None:
    """Raises InputError when the checkpoint's parameters are not those of the task."""
    try:
        # Not weights only: checkpoints of Lightning hold more, so resume from files of your own.
        saved = torch.load(path, map_location="cpu", weights_only=False)["state_dict"]
    except (OSError, RuntimeError, EOFError, KeyError, TypeError, pickle.UnpicklingError) as error:
        raise InputError(
            f"checkpoint {path} must be one that a run wrote (checkpoints/last.ckpt), got a file that is none "
            f"({type(error).__name__}); name another one"
        ) from error
    wanted = task.state_dict()
    wrong = [name for name in wanted.keys() | saved.keys() if _shape(wanted, name) != _shape(saved, name)]
    if wrong:
        name = min(wrong)
        raise InputError(
            f"checkpoint {path} must hold the network that is trained, got {len(wrong)} other parameters: {name} is "
            f"{_shape(saved, name)} there and {_shape(wanted, name)} here; choose the model it was made with"
        )


def _shape(state: Mapping[str, Any], name: str) -> tuple[int, ...] | None:
    return tuple(state[name].shape) if name in state else None


def _quieten() -> None:
    """Lightning's notes on hardware, workers and loggers; errors and our own lines stay."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*LeafSpec.*")  # of Lightning, about PyTorch's own
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*ended before the epoch ended and your dataloader is.*")
    warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists and is not empty.*")
