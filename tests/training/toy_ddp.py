"""A toy run in two processes, as a program: Lightning's ddp starts the second one by the command line.

toy_ddp.py FOLDER
"""

import sys
from functools import partial
from pathlib import Path

import lightning
from toy import ToyData, ToyTask

from fitlab.training.optim import Optim
from fitlab.training.run import train

lightning.seed_everything(3, verbose=False)
trainer = partial(
    lightning.Trainer,
    accelerator="cpu",
    devices=2,
    strategy="ddp",
    max_steps=6,
    check_val_every_n_epoch=None,
    val_check_interval=7,
    num_sanity_val_steps=0,
)
task = ToyTask(Optim(rate=1e-2, warmup_steps=3))
train(task, ToyData(), Path(sys.argv[1]), trainer=trainer, seed=3, save_every=5)
