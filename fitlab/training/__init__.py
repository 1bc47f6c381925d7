"""Training: one thin LightningModule per task, data modules, and the run that joins them.

The convention that a new task follows (no base class, duck typing over Lightning's own classes)
------------------------------------------------------------------------------------------------
``fitlab train experiment=NAME`` composes ``configs/train.yaml``; Hydra builds ``cfg.task`` and ``cfg.data`` by their
``_target_`` and :func:`fitlab.training.run.train` runs them.  No configuration object enters a class.

A *task* is a ``LightningModule`` (``configs/task/<name>.yaml``) with

- ``training_step``, ``validation_step``, ``configure_optimizers`` as Lightning has them.  Optimiser and schedule come
  as a constructor argument ``optim: fitlab.training.optim.Optim`` (``optim: ${optim}`` in YAML), and
  ``configure_optimizers`` is ``return self.optim.build(self, self.trainer.max_steps)``.
- ``monitor``: (name of a logged validation metric, "min" or "max"); it chooses ``checkpoints/best.ckpt``.
- optional ``tables(data) -> dict[str, pandas.DataFrame]``: ``test`` (index = slices or data sets, columns = metrics)
  and what else was measured, as ``joints``.  The run calls it before training and again with the best weights, prints
  ``test`` of both, and writes ``before.csv``, ``after.csv``, ``joints_before.csv`` ... and ``metrics.json``.
- optional ``save_weights(path)``: writes what the rest of fitlab loads, ``weights<weights_suffix>`` in the run folder.

A *data module* is a ``LightningDataModule`` (``configs/data/<name>.yaml``) whose ``train_dataloader`` returns
:func:`fitlab.training.stream.stream_loader`.  Its order and its augmentation are a pure function of (seed, position),
which makes a resumed run equal to an uninterrupted one: the data set is indexed by a
:class:`fitlab.training.stream.Draw` ``(index, epoch, progress)`` and takes its randomness from
``draw.generator(seed)``.  ``val_dataloader`` is an ordinary one.  ``setup`` may be called more than once.

Length is given in optimiser steps (``steps``); Lightning sees one long epoch; validation comes every
``validate_every`` batches and ``last.ckpt`` every ``save_every`` steps.
"""
