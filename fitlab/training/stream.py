"""The order in which training data is drawn: a pure function of (seed, position), so that a run can be resumed exactly.

Neither the sampler nor the workers hold state: position p of the endless stream lies in epoch p // n and is entry
p % n of that epoch's permutation.  A resumed run starts at the position that its optimiser steps have reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from lightning.pytorch import Trainer
from torch.utils.data import DataLoader, Dataset, Sampler


class Draw(NamedTuple):
    """One sample to draw: what a training data set is indexed by."""

    index: int  # type: ignore[assignment]  # shadows tuple.index, which nobody asks for
    """Which sample, in [0, n)."""
    epoch: int
    """How often the whole set has been passed before."""
    progress: float
    """Share of the run that lies behind, in [0, 1): a curriculum's clock."""

    def generator(self, seed: int) -> np.random.Generator:
        """Randomness of this sample in this epoch, independent of workers and of every other sample."""
        return np.random.default_rng((seed, self.epoch, self.index))


class TrainingSet(Protocol):
    """A data set of known length that is indexed by :class:`Draw`."""

    def __len__(self) -> int: ...
    def __getitem__(self, draw: Draw) -> Any: ...


@dataclass
class Stream(Sampler[list[Draw]]):
    """Batch sampler over the endless, seeded stream of samples.

    Parameters
    ----------
    length : int
        Samples in the data set, n.
    batch_size : int
        Per process.
    seed : int
    batches : int
        Of the whole run, per process.
    start : int
        Batches that the run has behind it.
    rank, world : int
        This process and how many there are.  Process r of w takes batch b w + r of the stream: the same samples per
        optimiser step, at the same points of the run, as one process that accumulates w batches.
    """

    length: int
    batch_size: int
    seed: int
    batches: int
    start: int = 0
    rank: int = 0
    world: int = 1
    _orders: dict[int, np.ndarray] = field(init=False, repr=False, default_factory=dict)

    def __len__(self) -> int:
        return self.batches  # of the whole run: Lightning adds the batches done before a resume to its own count

    def __iter__(self) -> Iterator[list[Draw]]:
        for batch in range(self.start, self.batches):
            number = batch * self.world + self.rank  # among those of all processes
            progress, first = number / (self.batches * self.world), number * self.batch_size
            yield [self.draw(position, progress) for position in range(first, first + self.batch_size)]

    def draw(self, position: int, progress: float) -> Draw:
        """The sample at ``position`` of the stream."""
        epoch, entry = divmod(position, self.length)
        return Draw(int(self._order(epoch)[entry]), epoch, progress)

    def _order(self, epoch: int) -> np.ndarray:
        if epoch not in self._orders:
            self._orders.clear()  # a batch may span two epochs, but never goes back
            self._orders[epoch] = np.random.default_rng((self.seed, epoch)).permutation(self.length)
        return self._orders[epoch]


def stream_loader(
    dataset: TrainingSet,
    *,
    batch_size: int,
    seed: int,
    trainer: Trainer,
    workers: int = 0,
) -> DataLoader[Any]:
    """The loader of a run's remaining batches, for ``train_dataloader`` of a data module.

    Parameters
    ----------
    dataset : TrainingSet
    batch_size : int
        Per process and accumulation step.
    seed : int
        Of the order; give the data set the same one for its augmentations.
    trainer : Trainer
        ``self.trainer`` of the data module; says how long the run is and how much of it is done.
    workers : int
        Processes that load; 0 loads in the training process.
    """
    accumulated = trainer.accumulate_grad_batches
    stream = Stream(
        length=len(dataset),
        batch_size=batch_size,
        seed=seed,
        batches=trainer.max_steps * accumulated,
        start=trainer.global_step * accumulated,
        rank=trainer.global_rank,
        world=trainer.world_size,
    )
    as_torch: Dataset[Any] = dataset  # type: ignore[assignment]  # indexed by Draw instead of int
    return DataLoader(as_torch, batch_sampler=stream, num_workers=workers, persistent_workers=workers > 0)
