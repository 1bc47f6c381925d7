"""The task of 2D detection: one LightningModule for MoveNet and for the models of MMPose."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from fitlab.metrics import oks, pck
from fitlab.training.augment import seen, upright_crop
from fitlab.training.detector_data import DetectorData
from fitlab.training.detector_networks import Network
from fitlab.training.optim import Optim
from fitlab.training.people import Person, Slice, torso_lengths

_MEASURED_AT_ONCE = 16


class DetectorTask(LightningModule):
    """Trains a detector on labelled crops.

    Parameters
    ----------
    network : Network
        A module of :mod:`fitlab.training.detector_networks`.
    optim : Optim
    """

    monitor = ("val/pck", "max")

    def __init__(self, network: Network, optim: Optim) -> None:
        super().__init__()
        self.network, self.optim = network, optim
        self.weights_suffix = network.suffix
        self._measured: list[tuple[np.ndarray, np.ndarray]] = []

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """The network's own loss; logs it with its parts."""
        images, keypoints = batch  # (B, H, W, 3), (B, K, 2)
        loss, parts = self.network.loss(images, keypoints)
        self.log("train/loss", loss.detach(), batch_size=len(images))
        self.log_dict({f"train/{name}": part for name, part in parts.items()}, batch_size=len(images))
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        """Collects positions for the PCK of the whole validation set."""
        images, keypoints = batch
        positions, _ = self.network.predict(images)
        self._measured.append((positions.float().cpu().numpy(), keypoints.cpu().numpy()))

    def on_validation_epoch_end(self) -> None:
        """Logs ``val/pck``: PCK@0.2 of the torso over all validation crops."""
        found, true = (np.concatenate(arrays) for arrays in zip(*self._measured, strict=True))
        self._measured.clear()
        self.log("val/pck", _pck(found, true))

    def configure_optimizers(self) -> Any:
        """See :class:`fitlab.training.optim.Optim`."""
        return self.optim.build(self, self.trainer.max_steps)

    def evaluate_table(self, data: DetectorData) -> pandas.DataFrame:
        """One row per test slice: people, PCK@0.2 of the torso, mean OKS; the crops come from the labelled boxes."""
        rows = {}
        for name, part in data.test.items():
            found, true = self._found(part)
            areas = np.array([person.area for person in part.people])
            rows[name] = {
                "people": len(part.people),
                "pck": _pck(found, true),
                "oks": np.nanmean(oks(found, true, areas)),
            }
        return pandas.DataFrame.from_dict(rows, orient="index")

    def joint_table(self, data: DetectorData) -> pandas.DataFrame:
        """PCK of every joint (row) on every test slice (column)."""
        columns = {}
        for name, part in data.test.items():
            found, true = self._found(part)
            columns[name] = [_pck(found, true, joint) for joint in range(true.shape[1])]
        return pandas.DataFrame(columns, index=list(self.network.skeleton.joints))

    def save_weights(self, path: Path) -> None:
        """Writes what the detector is loaded from."""
        self.network.save(path)

    def _found(self, part: Slice) -> tuple[np.ndarray, np.ndarray]:
        """Predicted and labelled keypoints (P, K, 2) in pixels of the pictures."""
        found = [positions for people in _groups(part.people) for positions in self._positions(people, part.turn_deg)]
        return np.stack(found), np.stack([person.keypoints for person in part.people])

    def _positions(self, people: Sequence[Person], turn_deg: float) -> list[np.ndarray]:
        crops = [upright_crop(person, self.network.input_size, turn_deg) for person in people]
        images = np.stack([seen(person, crop).image for person, crop in zip(people, crops, strict=True)])
        positions, _ = self.network.predict(torch.from_numpy(images).to(self.device))
        return [crop.to_image(p) for crop, p in zip(crops, positions.float().cpu().numpy(), strict=True)]


def _groups(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for start in range(0, len(people), _MEASURED_AT_ONCE):
        yield [people[number] for number in range(start, min(start + _MEASURED_AT_ONCE, len(people)))]


def _pck(found: np.ndarray, true: np.ndarray, joint: int | None = None) -> float:
    """PCK@0.2 of the torso, of all joints or one; people whose torso is not labelled do not count."""
    torso = torso_lengths(true)
    counted = np.isfinite(torso)
    joints = slice(None) if joint is None else slice(joint, joint + 1)
    return pck(found[counted][:, joints], true[counted][:, joints], torso[counted])
