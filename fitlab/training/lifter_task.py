"""The task of lifting: what is minimised, and what is measured before and after."""

from pathlib import Path
from typing import Any

import pandas
import torch
from lightning.pytorch import LightningDataModule, LightningModule
from torch import Tensor

from fitlab.errors import InputError
from fitlab.lifting.lifter import Lifter
from fitlab.lifting.scoring import score_lifter
from fitlab.lifting.temporal import TemporalNetwork
from fitlab.lifting.weights import load_network, save_network
from fitlab.training.optim import Optim
from fitlab.training.step_log import StepLog

_MM = 1000.0


class LifterTask(LightningModule):
    """Trains a temporal network on windows of 2D joints.

    Parameters
    ----------
    network : TemporalNetwork
    optim : Optim
    start : str, optional
        Name or path of the lifter whose weights training starts from; it must have the layers of
        ``network``.  None starts from random weights.

    Raises
    ------
    InputError
        If ``start`` is unknown or of another shape.
    """

    monitor = ("val_mpjpe", "min")

    def __init__(self, network: TemporalNetwork, optim: Optim, start: str | None = None) -> None:
        super().__init__()
        self.network, self.optim, self.step_log = network, optim, StepLog()
        if start is not None:
            known = load_network(start)
            if (known.widths, known.channels) != (network.widths, network.channels):
                raise InputError(
                    f"start must have the layers of the model, {list(network.widths)} and {network.channels} channels, "
                    f"got {start!r} with {list(known.widths)} and {known.channels}; choose another model or start"
                )
            self.network.load_state_dict(known.state_dict())

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """Mean distance of the middle frame's joints in metres (Pavllo et al. 2019, section 3)."""
        windows, target = batch  # (B, W, 17, 2), (B, 17, 3)
        loss = _distance(self.network.middle_frame(windows)[:, 0], target)
        self.step_log(self, {"train_mpjpe": loss * _MM}, index)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        """Logs ``val_mpjpe`` in mm."""
        windows, target = batch
        error = _distance(self.network.middle_frame(windows)[:, 0], target)
        self.log("val_mpjpe", error * _MM, prog_bar=True, batch_size=len(windows), sync_dist=True)

    def configure_optimizers(self) -> Any:
        """See :class:`fitlab.training.optim.Optim`."""
        return self.optim.build(self, self.trainer.max_steps)

    def tables(self, data: LightningDataModule) -> dict[str, pandas.DataFrame]:
        """``test`` and ``joints``: errors on the test clips, see :func:`fitlab.lifting.scoring.score_lifter`."""
        scores = score_lifter(Lifter(self.network, name="in training", device=str(self.device)), data.test_clips())
        return {"test": scores.slices, "joints": scores.joints}

    def save_weights(self, path: Path) -> None:
        """Writes what :func:`fitlab.lifting.load_lifter` loads."""
        save_network(self.network, path)


def _distance(predicted: Tensor, target: Tensor) -> Tensor:
    return torch.linalg.vector_norm(predicted - target, dim=-1).mean()
