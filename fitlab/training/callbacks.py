"""What happens around the steps of a run: checkpoints, randomness, the bar, a clean stop."""

import io
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint, EarlyStopping, ModelCheckpoint
from tqdm.auto import tqdm

from fitlab.errors import InputError
from fitlab.files import written_whole
from fitlab.progress import redraw_interval_s


def keep_best(folder: Path, monitor: tuple[str, str] | None) -> list[ModelCheckpoint]:
    """Keeps ``folder/best.ckpt`` where there is a metric to ``monitor``.

    ``monitor`` is (name of a logged validation metric, "min" or "max").
    """
    if monitor is None:
        return []
    name, mode = monitor
    shared = {"dirpath": folder, "auto_insert_metric_name": False, "enable_version_counter": False}
    return [ModelCheckpoint(filename="best", monitor=name, mode=mode, **shared)]


def early_stop(monitor: tuple[str, str] | None, patience: int | None) -> list[Callback]:
    """Ends a run after ``patience`` validations in a row that brought no new best of the metric to ``monitor``."""
    if patience is None:
        return []
    if monitor is None or patience < 1:
        raise InputError(
            f"patience must be a positive number of validations of a task with a metric to monitor, got {patience}; "
            "null never stops early"
        )
    name, mode = monitor
    return [EarlyStopping(name, mode=mode, patience=patience, check_on_train_epoch_end=False)]


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint whole or not at all: with a full disk the one before stays."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        content = io.BytesIO()
        torch.save(checkpoint, content)
        with written_whole(path) as partial:
            partial.write_bytes(content.getbuffer())


class SeedEveryBatch(Callback):
    """Makes the randomness inside a network (dropout) a function of (seed, step, batch of the step).

    A resume repeats it; two processes draw what one draws that accumulates two batches.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        within = batch_idx % trainer.accumulate_grad_batches * trainer.world_size + trainer.global_rank
        entropy = (self.seed, 0, trainer.global_step, within)  # 0: one process draws as it always did
        torch.manual_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))


class StepBar(Callback):
    """A progress bar over optimiser steps; redrawn every ten seconds where standard error is a file."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.bar = tqdm(
            total=trainer.max_steps,
            initial=trainer.global_step,
            desc="training",
            unit="step",
            delay=1.0,
            mininterval=redraw_interval_s(),
            dynamic_ncols=True,
            disable=not trainer.is_global_zero,
        )

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        shown = next((name for name in trainer.logged_metrics if name.startswith("train")), None)
        if shown is not None:
            self.bar.set_postfix({shown: f"{trainer.logged_metrics[shown]:.4g}"}, refresh=False)
        self.bar.update(trainer.global_step - self.bar.n)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.bar.close()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        if hasattr(self, "bar"):
            self.bar.close()


class StoppedByUser(Exception):  # not an error
    """The run was asked to stop, and ``last.ckpt`` holds its state."""


class KeepLast(Checkpoint):
    """Saves ``path`` every ``every`` steps, after the last one, and when the user asks to stop.

    Where a validation is due after the same step, it comes first: what it changes (the best so far, how patient the run
    still is) belongs to the checkpoint, else a resumed run would have missed it.  Give this callback last.

    On Ctrl-C or SIGTERM the step is finished and saved, and :class:`StoppedByUser` raised; once more stops at once.
    """

    def __init__(self, path: Path, every: int) -> None:
        self.path, self.every = path, every
        self.asked = self._stop = self._due = False
        self._before: dict[int, Any] = {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return  # in the middle of an optimiser step
        self._stop = trainer.strategy.reduce_boolean_decision(self.asked, all=False)
        over = trainer.global_step >= trainer.max_steps
        self._due = self._stop or over or trainer.global_step % self.every == 0
        validates = trainer.enable_validation and (batch_idx + 1) % trainer.val_check_batch == 0
        if not validates:
            self._save_if_due(trainer)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._due = self._due or trainer.should_stop  # out of patience: this step was the last one
        self._save_if_due(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._restore()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._restore()

    def _save_if_due(self, trainer: Trainer) -> None:
        if self._due:
            self._due = False
            trainer.save_checkpoint(self.path)
            if self._stop:
                raise StoppedByUser

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        print("\nstopping after this step; once more to stop at once", file=sys.stderr)

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
