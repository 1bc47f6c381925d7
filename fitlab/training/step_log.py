"""Curves with one point per optimiser step, whatever a step is made of."""

from collections.abc import Mapping

from lightning.pytorch import LightningModule
from torch import Tensor


class StepLog:
    """Logs the mean of values over all batches of an optimiser step: those accumulated, and those of all processes.

    Two processes, and one that accumulates two batches, then draw the same curve.
    """

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}

    def __call__(self, module: LightningModule, values: Mapping[str, Tensor], index: int) -> None:
        """To be called in ``training_step`` with the scalars of batch ``index``; the same names in every batch."""
        accumulated = module.trainer.accumulate_grad_batches
        if index % accumulated == 0:
            self._sums = {}
        self._sums = {name: self._sums.get(name, 0) + value.detach() for name, value in values.items()}
        if (index + 1) % accumulated == 0:
            means = {name: total / accumulated for name, total in self._sums.items()}
            module.log_dict(means, batch_size=1, sync_dist=True)
