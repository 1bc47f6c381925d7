"""The smallest task and data that follow the convention of fitlab.training: a line with dropout."""

import os
import signal
from pathlib import Path

import lightning
import numpy as np
import pandas
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fitlab.training.optim import Optim
from fitlab.training.stream import Draw, stream_loader


class ToyTask(lightning.LightningModule):
    monitor = ("val/loss", "min")

    def __init__(
        self,
        optim: Optim,
        width: int = 8,
        dropout: float = 0.3,
        die_at: int | None = None,
        stop_at: int | None = None,
    ):
        super().__init__()
        self.optim = optim
        self.network = nn.Sequential(nn.Linear(4, width), nn.Dropout(dropout), nn.Linear(width, 1))
        self.die_at, self.stop_at = die_at, stop_at
        self.seen: list[list[int]] = []

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> Tensor:
        x, y, index = batch
        if self.global_step == self.die_at:
            raise RuntimeError("killed")
        if self.global_step == self.stop_at:
            os.kill(os.getpid(), signal.SIGINT)
        self.seen.append(index.tolist())
        loss = (self.network(x)[:, 0] - y).square().mean()
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> None:
        x, y, _ = batch
        self.log("val/loss", (self.network(x)[:, 0] - y).square().mean(), batch_size=len(x))

    def configure_optimizers(self) -> dict:
        return self.optim.build(self, self.trainer.max_steps)

    def tables(self, data: "ToyData") -> dict[str, pandas.DataFrame]:
        x, y, _ = next(iter(data.val_dataloader()))
        error = (self.network(x)[:, 0] - y).abs()
        means = [error[::2].mean().item(), error[1::2].mean().item()]
        return {"test": pandas.DataFrame({"mae": means}, index=["even", "odd"])}

    def save_weights(self, path: Path) -> None:
        from safetensors.torch import save_file

        save_file(self.network.state_dict(), path)


class ToySet:
    def __init__(self, seed: int):
        self.seed = seed

    def __len__(self) -> int:
        return 10

    def __getitem__(self, draw: Draw | int) -> tuple[np.ndarray, np.float32, int]:
        if isinstance(draw, int):
            draw = Draw(draw, 0, 0.0)
        x = draw.generator(self.seed).normal(size=4).astype(np.float32)
        return x, np.float32(x @ [1, -2, 0, 3] + 0.5), draw.index


class ToyData(lightning.LightningDataModule):
    def __init__(self, batch_size: int = 3, seed: int = 0, workers: int = 0):
        super().__init__()
        self.batch_size, self.seed, self.workers = batch_size, seed, workers

    def train_dataloader(self) -> DataLoader:
        return stream_loader(
            ToySet(self.seed), batch_size=self.batch_size, seed=self.seed, trainer=self.trainer, workers=self.workers
        )

    def val_dataloader(self) -> DataLoader:
        return DataLoader(ToySet(99), batch_size=10)
