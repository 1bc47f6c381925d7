"""The detector's own task and data with a network of a few thousand weights, and people made of noise.

tiny_detector.py FOLDER kill STEP | ddp: the same run as a program, which kills itself or has two processes.
"""

import os
import signal
import sys
from functools import partial
from pathlib import Path

import lightning
import numpy as np
import torch
from torch import Tensor, nn

from fitlab.detectors.movenet import MoveNet, decode, normalised
from fitlab.skeletons import COCO17
from fitlab.training.augmentation import Augmentation
from fitlab.training.centernet import centernet_loss
from fitlab.training.detector_data import DetectorData
from fitlab.training.detector_networks import Network
from fitlab.training.detector_task import DetectorTask
from fitlab.training.optim import Optim
from fitlab.training.people import Person, Slice
from fitlab.training.run import train
from fitlab.training.trackers import CsvTracker

SEED = 3
STEPS, ACCUMULATED, SAVED = 6, 2, 2
"""Optimiser steps, batches in each, steps between two checkpoints."""

EVERYTHING = Augmentation(  # with a curriculum that grows to the end
    turn_deg=180, turn_share=0.9, turn_from_deg=20, turn_grown=1.0, scale=(0.8, 1.2), shift=0.1, flip=0.5, tilt_deg=15,
    half_body=0.2, background=0.4, second_person=0.4, pieces=0.3, props=0.3, cut_out=0.3, limb_blur=0.3, shake=0.3,
    colour=0.2, exposure=0.5, noise=8, soft=0.3, jpeg=0.3,
)  # fmt: skip


class TinyMoveNet(nn.Module):
    """MoveNet of the fewest channels, for crops of 64 x 64, with dropout in front."""

    skeleton, input_size, suffix = COCO17, (64, 64), ".pth"

    def __init__(self):
        super().__init__()
        self.model = MoveNet((4,) * 8)
        self.dropout = nn.Dropout(0.2)

    def loss(
        self, images: Tensor, keypoints: Tensor, weights: Tensor | None = None, other: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        labelled = keypoints.isfinite().all(-1).float()
        heads = self.model(self.dropout(normalised(images)))
        return centernet_loss(heads, keypoints, labelled * weights[:, None], other=other)

    def predict(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return decode(self.model(normalised(images)))

    def save(self, path: Path) -> None:
        torch.save(self.model.state_dict(), path)


def people(count: int, seed: int) -> list[Person]:
    """Standing sticks in noise, with outlines."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        keypoints = rng.uniform((20, 10), (60, 90), (17, 2))
        keypoints[[5, 6]], keypoints[[11, 12]] = (40, 0), (40, 99)  # a long torso: PCK counts what is only near
        keypoints[rng.integers(5, size=1)] = np.nan
        outline = np.zeros((100, 80), bool)
        outline[10:90, 20:60] = True
        image = rng.integers(0, 256, (100, 80, 3), dtype=np.uint8)
        made.append(Person(image, keypoints, (20, 10, 40, 80), 3200.0, f"{seed}, {number}", outline))
    return made


class DyingTask(DetectorTask):
    """Dies, in the way of ``die``, before its batch ``at`` has changed anything, or in its validation ``in_round``."""

    def __init__(self, network: Network, die, at: int | None = None, in_round: int | None = None):
        optim = Optim(rate=0.1, warmup_steps=1, relative=True, rates={"network.model.backbone.*": 0.5})
        super().__init__(network, optim, average=0.5)
        self.die, self.at, self.in_round, self.rounds = die, at, in_round, 0

    def training_step(self, batch, index):
        loss = super().training_step(batch, index)
        if index == self.at:
            self.die()
        return loss

    def validation_step(self, batch, index):
        super().validation_step(batch, index)
        self.rounds += index == 0
        if self.rounds == self.in_round:
            self.die()


def tiny_run(
    folder: Path,
    *,
    network: Network | None = None,
    die=lambda: None,
    at: int | None = None,
    in_round: int | None = None,
    resume: bool = False,
    accumulated: int = ACCUMULATED,
    validated: float = SAVED,
    workers: int = 0,
    **trainer,
) -> DyingTask:
    """Trains in ``folder``, validated every so many steps; returns the task."""
    lightning.seed_everything(SEED, verbose=False)
    torch.set_num_threads(1)
    task = DyingTask(network or TinyMoveNet(), die, at, in_round)
    data = DetectorData(
        people(7, 0),
        {"upright": Slice(people(8, 1)), "upside_down": Slice(people(8, 1), 180)},
        {"upright": Slice(people(3, 2))},
        EVERYTHING,
        batch_size=2,
        seed=SEED,
        workers=workers,
    )
    last = folder / "checkpoints" / "last.ckpt"
    built = partial(
        lightning.Trainer,
        accelerator="cpu",
        max_steps=STEPS,
        accumulate_grad_batches=accumulated,
        gradient_clip_val=1.0,
        val_check_interval=int(validated * accumulated),
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        **trainer,
    )
    train(
        task,
        data,
        folder,
        trainer=built,
        seed=SEED,
        save_every=SAVED,
        patience=50,
        resume=last if resume and last.exists() else None,
        loggers=[CsvTracker(folder)],
    )
    return task


if __name__ == "__main__":
    if sys.argv[2] == "kill":
        tiny_run(Path(sys.argv[1]), at=int(sys.argv[3]), die=lambda: os.kill(os.getpid(), signal.SIGKILL))
    else:
        tiny_run(Path(sys.argv[1]), accumulated=1, devices=2, strategy="ddp")
