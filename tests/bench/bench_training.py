"""Training detectors: python -m tests.bench.bench_training [--repeats 5] [--steps 6] [--batch 32]

Optimiser steps of RTMPose-t through fitlab's run (DetectorTask, Lightning) and through mmengine's Runner with mmpose's
own model: the same crops, targets made from keypoints, AdamW, clipped gradients.

One thread. The ratio is images/s of ours to theirs: by the clock, and by processor time, which other work on the
machine disturbs less; medians over repetitions taken in turns.
"""

import argparse
import io
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from lightning.pytorch import Callback, LightningDataModule
from torch.utils.data import DataLoader, Dataset

from fitlab.detectors.mmpose import build_model
from fitlab.settings import compose
from fitlab.training.building import built
from fitlab.training.detector_networks import TrainableMMPose
from fitlab.training.detector_task import DetectorTask
from fitlab.training.run import train
from fitlab.training.stream import stream_loader
from fitlab.training.trackers import CsvTracker
from tests.bench.sides import RTMPOSE_T, Cost, Packing, ReadyCrops, compare, mmpose_config, one_thread, studio_people


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--batch", type=int, default=32)
    chosen = parser.parse_args()
    one_thread()
    steps, batch, people = chosen.steps, chosen.batch, studio_people()
    crops = ReadyCrops(people, (192, 256), min(len(people), batch * steps))
    print(f"RTMPose-t, optimiser steps of {batch} crops, {chosen.repeats} x {steps} steps")
    compare(
        chosen.repeats,
        {"fitlab train": lambda: ours(crops, steps, batch), "mmengine's Runner": lambda: theirs(crops, steps, batch)},
    )


class PackedCrops(Dataset[dict[str, Any]]):
    """Crops as MMPose's own pipeline gives them."""

    def __init__(self, crops: ReadyCrops, codec: Mapping[str, Any]) -> None:
        self.crops, self.packing = crops.crops, Packing(codec)

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self.packing(self.crops[number].image, self.crops[number].keypoints)


class Ready(LightningDataModule):
    def __init__(self, crops: ReadyCrops, batch: int) -> None:
        super().__init__()
        self.crops, self.batch, self.test = crops, batch, {}

    def train_dataloader(self) -> DataLoader[Any]:
        return stream_loader(self.crops, batch_size=self.batch, seed=0, trainer=self.trainer)


class Ticks(Callback):
    """Notes when optimiser steps end."""

    def __init__(self) -> None:
        self.times: list[Cost] = []

    def on_train_batch_end(self, *_: Any) -> None:
        self.times.append((time.perf_counter(), time.process_time()))


def ours(crops: ReadyCrops, steps: int, batch: int) -> Cost:
    """A run of ``fitlab train``, with its trainer, callbacks and curves, from the end of the first step on."""
    cfg, ticks = configured(steps), Ticks()
    trainer = built(cfg.trainer)

    def engine(**given: Any) -> Any:
        return trainer(**{**given, "callbacks": [*given["callbacks"], ticks], "limit_val_batches": 0})

    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        task = DetectorTask(TrainableMMPose(RTMPOSE_T), built(cfg.optim))
        data = Ready(crops, batch)
        train(task, data, Path(folder), trainer=engine, save_every=10**9, loggers=[CsvTracker(Path(folder))])
    return per_image(ticks.times, batch)


def theirs(crops: ReadyCrops, steps: int, batch: int) -> Cost:
    """A run of mmengine's Runner, with its default hooks."""
    from mmengine.hooks import Hook
    from mmengine.runner import Runner

    times: list[Cost] = []

    class Note(Hook):
        priority = "LOWEST"

        def after_train_iter(self, *_: Any, **__: Any) -> None:
            times.append((time.perf_counter(), time.process_time()))

    optim = configured(steps).optim
    with tempfile.TemporaryDirectory() as folder:
        Runner(
            build_model(RTMPOSE_T),
            work_dir=folder,
            train_dataloader={
                "batch_size": batch,
                "num_workers": 0,
                "sampler": {"type": "InfiniteSampler", "shuffle": True},
                "dataset": PackedCrops(crops, mmpose_config().codec),
                "collate_fn": {"type": "pseudo_collate"},
            },
            train_cfg={"by_epoch": False, "max_iters": steps},
            optim_wrapper={
                "optimizer": {"type": "AdamW", "lr": optim.rate, "weight_decay": optim.weight_decay},
                "clip_grad": {"max_norm": 1.0},
            },
            param_scheduler={"type": "CosineAnnealingLR", "T_max": steps, "by_epoch": False},
            custom_hooks=[Note()],
            default_scope="mmengine",  # mmpose.visualization wants torchvision
            log_level="ERROR",
            experiment_name=f"bench-{time.perf_counter_ns()}",
        ).train()
    return per_image(times, batch)


def configured(steps: int) -> Any:
    return compose(
        "train",
        [
            "experiment=detector_debug_rtmpose",
            f"steps={steps}",
            "validate_every=1000000",
            "trainer.log_every_n_steps=1",
        ],
    )


def per_image(times: Sequence[Cost], batch: int) -> Cost:
    clock, processor = np.median(np.diff(times, axis=0), axis=0) / batch
    return float(clock), float(processor)


if __name__ == "__main__":
    main()
