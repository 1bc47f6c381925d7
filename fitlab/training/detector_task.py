"""The task of 2D detection: one LightningModule for MoveNet and for the models of MMPose."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from fitlab.detectors.turning import looking
from fitlab.errors import InputError
from fitlab.metrics import oks
from fitlab.progress import progress
from fitlab.training.augmentation import seen, upright_crop
from fitlab.training.detector_data import DetectorData, MeasuredCrop, TrainingCrop
from fitlab.training.detector_networks import Network
from fitlab.training.detector_scores import joint_pck, mean_pck, pck_interval, right_joints
from fitlab.training.optim import Optim
from fitlab.training.people import Person, Slice
from fitlab.training.step_log import StepLog

_MEASURED_AT_ONCE = 16


class DetectorTask(LightningModule):
    """Trains a detector on labelled crops.

    Parameters
    ----------
    network : Network
        A module of :mod:`fitlab.training.detector_networks`.
    optim : Optim
    average : float in [0, 1)
        Decay per step of the moving average of the weights, which is what is measured and saved; 0: the weights
        themselves.
    looks : sequence of str
        Ways of :data:`fitlab.detectors.turning.LOOKS` in which the table is measured; the first has no name in it.
    blends : sequence of float in [0, 1]
        How far to go from the first weights to the trained ones, see :meth:`settle`; none: all the way.
    forgetting : float, optional
        PCK, 0 to 1, that may be lost on any validation slice on that way; default: the slices' mean decides alone.
    """

    monitor = ("val/pck", "max")

    def __init__(
        self,
        network: Network,
        optim: Optim,
        average: float = 0.0,
        looks: Sequence[str] = ("once",),
        blends: Sequence[float] = (),
        forgetting: float | None = None,
    ) -> None:
        super().__init__()
        self.network, self.optim, self.looks = network, optim, looks
        self.blends, self.forgetting = _shares(blends), forgetting
        if forgetting is not None and not (blends and 0 <= forgetting <= 1):
            raise InputError(
                f"forgetting must be from 0 to 1, and is measured on blends, got {forgetting} and blends {blends}; "
                "e.g. forgetting=0.02 blends=[0.3,0.6,1]"
            )
        self._first = deepcopy(network.model.state_dict()) if blends else {}
        self.weights_suffix = network.suffix
        self.decay = average
        self.average = deepcopy(network.model).requires_grad_(False) if average else None
        self.step_log = StepLog()
        self._measured: list[tuple[np.ndarray, np.ndarray]] = []

    def training_step(self, batch: TrainingCrop, index: int) -> Tensor:
        """The network's own loss; logs it with its parts."""
        loss, parts = self.network.loss(batch.image, batch.keypoints, batch.weight, batch.other)
        self.step_log(self, {"train/loss": loss, **{f"train/{name}": part for name, part in parts.items()}}, index)
        return loss

    def optimizer_step(self, *arguments: Any, **named: Any) -> None:
        """A step of the optimiser, which the average takes in before any checkpoint is written."""
        super().optimizer_step(*arguments, **named)
        if self.average is None:
            return
        # Early steps count in full, else the start would be averaged in for 1 / (1 - decay) steps.
        decay = min(self.decay, (1 + self.global_step) / (10 + self.global_step))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.network.model.parameters(), strict=True):
                mean.lerp_(value, 1 - decay)
            for kept, buffer in zip(self.average.buffers(), self.network.model.buffers(), strict=True):
                kept.copy_(buffer)

    def validation_step(self, batch: MeasuredCrop, index: int) -> None:
        """Collects which joints are right for the PCK of whole slices."""
        # In full precision, as the tables are measured: bfloat16 moves PCK by up to .006.
        with self._averaged(), torch.autocast(self.device.type, enabled=False):
            positions, _ = self.network.predict(batch.image)
        right = right_joints(positions.float().cpu().numpy(), batch.keypoints.cpu().numpy())
        self._measured.append((right, batch.part.cpu().numpy()))

    def on_validation_epoch_end(self) -> None:
        """Logs ``val/pck``, the mean of the slices' PCK@0.2 of the torso, and ``val/<slice>``."""
        right, part = (np.concatenate(arrays) for arrays in zip(*self._measured, strict=True))
        self._measured.clear()
        names = list(self.trainer.datamodule.validation)
        found = {f"val/{names[place]}": mean_pck(right[part == place]) for place in np.unique(part)}
        self.log_dict(found)
        self.log("val/pck", float(np.nanmean(list(found.values()))))

    def configure_optimizers(self) -> Any:
        """See :class:`fitlab.training.optim.Optim`."""
        return self.optim.build(self, self.trainer.max_steps)

    @torch.no_grad()
    def settle(self, data: DetectorData) -> pandas.DataFrame:
        """Takes the weights that do best on the validation slices between the first ones and the trained ones.

        Where ``forgetting`` is set, only weights count that are so little worse than the first on every slice.

        A network that was trained on one kind of pictures forgets of others; weights on the straight way between the
        two know much of both (WiSE-FT: Wortsman et al., CVPR 2022).

        Returns
        -------
        table : DataFrame
            PCK by share of the way (row) and validation slice (column), with their mean ``pck``; what was ``taken``.
        """
        trained = deepcopy((self.average or self.network.model).state_dict())
        rows = {}
        shares = dict.fromkeys((*(() if self.forgetting is None else (0.0,)), *self.blends))
        for share in progress(shares, "how far to go", total=len(shares), unit="share"):
            self._take(trained, share)
            rows[share] = {name: self._pck(part) for name, part in data.validation.items()}
        table = pandas.DataFrame.from_dict(rows, orient="index")
        mean = table.mean(axis=1)
        if self.forgetting is not None:
            mean = mean.where((table.loc[0.0] - table).max(axis=1) <= self.forgetting)
        taken = float(mean.idxmax())  # type: ignore[arg-type]  # shares are floats
        table = table.assign(pck=table.mean(axis=1), taken=table.index == taken)
        self._take(trained, taken)
        return table

    def _take(self, trained: dict[str, Tensor], share: float) -> None:
        """Loads the weights at this share of the way from the first to the ``trained`` ones."""
        blend = {
            name: torch.lerp(self._first[name].to(value.device), value, share) if value.is_floating_point() else value
            for name, value in trained.items()
        }
        for model in (self.network.model, self.average):
            if model is not None:
                model.load_state_dict(blend)

    def _pck(self, part: Slice) -> float:
        true = np.stack([person.keypoints for person in part.people])
        return mean_pck(right_joints(self._found(part, self.looks[0]), true))

    def tables(self, data: DetectorData) -> dict[str, pandas.DataFrame]:
        """What is found on the test slices; the crops come from the labelled boxes.

        Returns
        -------
        test
            A row for each slice.  Columns: ``people``; ``groups``, of which they are so many (performances, or people
            of their own); for each way to look ``pck`` (PCK@0.2 of the torso, mean over joints), ``low`` and ``high``
            (its 95 % bootstrap interval over groups) and ``oks`` (mean).
        joints
            PCK of every joint (row) on every slice (column), looked at in the first way.
        """
        rows, joints = {}, {}
        for name, part in progress(data.test.items(), "measuring", total=len(data.test), unit="slice"):
            people = part.people[:]
            groups = _groups(people)
            row: dict[str, Any] = {"people": len(people), "groups": len(set(groups))}
            true, areas = np.stack([p.keypoints for p in people]), np.array([person.area for person in people])
            for number, look in enumerate(self.looks):
                found = self._found(part, look)
                right = right_joints(found, true)
                low, high = pck_interval(right, groups)
                values = {"pck": mean_pck(right), "low": low, "high": high, "oks": np.nanmean(oks(found, true, areas))}
                row |= {f"{key}_{look}" if number else key: value for key, value in values.items()}
                if not number:
                    joints[name] = joint_pck(right)
            rows[name] = row
        return {
            "test": pandas.DataFrame.from_dict(rows, orient="index"),
            "joints": pandas.DataFrame(joints, index=list(self.network.skeleton.joints)),
        }

    def save_weights(self, path: Path) -> None:
        """Writes what the detector is loaded from."""
        with self._averaged():
            self.network.save(path)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The network has the averaged weights meanwhile, where they are kept."""
        if self.average is None:
            yield
            return
        trained = self.network.model
        self.network.model = self.average
        try:
            yield
        finally:
            self.network.model = trained

    def _found(self, part: Slice, look: str) -> np.ndarray:
        """Predicted keypoints (P, K, 2) in pixels of the pictures."""
        detector = looking(_Untracked(self.network, self.device), look)
        found: list[np.ndarray] = []
        with self._averaged():
            for people in _batches(part.people):
                crops = [upright_crop(person, self.network.input_size, part.turn_deg) for person in people]
                images = np.stack([seen(person, crop).image for person, crop in zip(people, crops, strict=True)])
                positions, _ = detector(images)
                found += [crop.to_image(p) for crop, p in zip(crops, positions, strict=True)]
        return np.stack(found)


def _shares(blends: Sequence[float]) -> tuple[float, ...]:
    shares = tuple(blends) if isinstance(blends, Sequence) and not isinstance(blends, str) else (None,)
    if not all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares):
        raise InputError(f"blends must be a list of shares from 0 to 1, got {blends}; e.g. [0, 0.3, 0.6, 1]")
    return shares


class _Untracked:
    """A network in training as a :class:`fitlab.detectors.protocol.Detector`."""

    name = "network"

    def __init__(self, network: Network, device: torch.device) -> None:
        self.network, self.device = network, device
        self.skeleton, self.input_size = network.skeleton, network.input_size

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        positions, confidence = self.network.predict(torch.from_numpy(np.ascontiguousarray(crops)).to(self.device))
        return positions.float().cpu().numpy(), confidence.float().cpu().numpy()


def _groups(people: Sequence[Person]) -> list[str]:
    """Who must be drawn together, e.g. the frames of a performance; where all are of one group, everybody alone."""
    groups = [person.group or person.name for person in people]
    return groups if len(set(groups)) > 1 else [f"{number:06d}" for number in range(len(people))]


def _batches(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for start in range(0, len(people), _MEASURED_AT_ONCE):
        yield [people[number] for number in range(start, min(start + _MEASURED_AT_ONCE, len(people)))]
