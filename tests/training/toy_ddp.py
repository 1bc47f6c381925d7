"""A toy run as a program: Lightning's ddp starts its further processes by the command line.

toy_ddp.py FOLDER DEVICES STRATEGY ACCUMULATE
"""

import sys
from functools import partial
from pathlib import Path

import lightning
from toy import ToyData, ToyTask

from fitlab.training.optim import Optim
from fitlab.training.run import train

folder, devices, strategy, accumulate = sys.argv[1:]
lightning.seed_everything(3, verbose=False)
task = ToyTask(Optim(rate=1e-2, warmup_steps=3))
task.network[1].p = 0.0  # every process has dropout masks of its own
trainer = partial(
    lightning.Trainer,
    accelerator="cpu",
    devices=int(devices),
    strategy=strategy,
    max_steps=6,
    accumulate_grad_batches=int(accumulate),
    num_sanity_val_steps=0,
    limit_val_batches=0,
)
train(task, ToyData(), Path(folder), trainer=trainer, seed=3, save_every=6)
