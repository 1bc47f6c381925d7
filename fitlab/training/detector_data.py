"""Crops for training and measuring 2D detectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader, Dataset
from tqdm.auto import tqdm

from fitlab.errors import InputError
from fitlab.skeletons import Skeleton
from fitlab.training.augmentation import Augmentation, seen, upright_crop
from fitlab.training.people import Person, Slice
from fitlab.training.splits import refuse_leaks
from fitlab.training.stream import Draw, stream_loader


class TrainingCrop(NamedTuple):
    """A crop to train on; batches have the same fields, with one more axis in front."""

    image: Any
    """uint8 (H, W, 3), RGB."""
    keypoints: Any
    """float32 (K, 2), pixels of the crop; NaN where not labelled."""
    other: Any
    """float32 (K, 2): a second person, NaN without one."""
    weight: Any
    """float32 (): how much the labels count."""


class MeasuredCrop(NamedTuple):
    """A crop to measure on; batches likewise."""

    image: Any
    keypoints: Any
    part: Any
    """int: number of its slice."""


@dataclass(frozen=True)
class _AugmentedCrops:
    """Crops as they are drawn in training."""

    people: Sequence[Person]
    augment: Augmentation
    skeleton: Skeleton
    size: tuple[int, int]
    seed: int

    def __len__(self) -> int:
        return len(self.people)

    def __getitem__(self, draw: Draw) -> TrainingCrop:
        person, rng = self.people[draw.index], draw.generator(self.seed)
        sample = self.augment(person, self.size, self.skeleton.mirror, rng, progress=draw.progress, others=self.people)
        other = np.full_like(sample.keypoints, np.nan) if sample.other is None else sample.other
        return TrainingCrop(sample.image, sample.keypoints, other, np.float32(person.weight))


@dataclass(frozen=True)
class _PlainCrops(Dataset[MeasuredCrop]):
    """Crops as they are measured: the upright box of the turned picture."""

    slices: Sequence[Slice]
    size: tuple[int, int]

    def __len__(self) -> int:
        return sum(len(part.people) for part in self.slices)

    def __getitem__(self, number: int) -> MeasuredCrop:
        for place, part in enumerate(self.slices):
            if number < len(part.people):
                person = part.people[number]
                sample = seen(person, upright_crop(person, self.size, part.turn_deg))
                return MeasuredCrop(sample.image, sample.keypoints, place)
            number -= len(part.people)
        raise IndexError(number)


class DetectorData(LightningDataModule):
    """Labelled people, augmented for training and as they are for measuring.

    Crops have the size that the network of the trained task wants.

    Parameters
    ----------
    train : sequence of Person
    validation : mapping of name to Slice
        The mean of their PCK chooses the best weights.
    test : mapping of name to Slice
        The rows of the table; people in neither of the above.  A slice without people is left out.
    augment : Augmentation
    batch_size : int
        Per process and accumulation step.
    seed : int
        Of order and augmentation.
    workers : int
        Loading processes.
    """

    def __init__(
        self,
        train: Sequence[Person],
        validation: Mapping[str, Slice],
        test: Mapping[str, Slice],
        augment: Augmentation,
        batch_size: int,
        seed: int = 0,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.train_people, self.augment = train, augment
        self._validation, self._test = validation, test
        self.batch_size, self.seed, self.workers = batch_size, seed, workers

    @property
    def validation(self) -> dict[str, Slice]:
        """Slices with people in them."""
        return {name: part for name, part in self._validation.items() if len(part.people)}

    @property
    def test(self) -> dict[str, Slice]:
        """Slices with people in them."""
        return {name: part for name, part in self._test.items() if len(part.people)}

    def prepare_data(self) -> None:
        """Makes the pictures that are not in the cache, and checks the parts, before training starts.

        Raises
        ------
        InputError
            If there is nobody to train on or to validate with, or if somebody is in two parts.
        """
        if not len(self.train_people):
            raise InputError("data.train must hold people, got none; check its folder")
        if not self.validation:
            empty = ", ".join(self._validation) or "it"
            raise InputError(f"data.validation must hold people, got none in {empty}; it chooses the best weights")
        for part, slices, used in (("validation", self._validation, self.validation), ("test", self._test, self.test)):
            _say_who_is_left_out(part, slices, used)
        refuse_leaks(
            {
                "train": self.train_people,
                "validation": (person for part in self.validation.values() for person in part.people),
                "test": (person for part in self.test.values() for person in part.people),
            }
        )

    def prepare_test(self) -> None:
        """For who measures and does not train: what is trained on is neither made nor checked.

        Raises
        ------
        InputError
            If nobody is there to be measured.
        """
        _say_who_is_left_out("test", self._test, self.test)
        if not self.test:
            raise InputError(
                f"data.test must hold people, got none in {', '.join(self._test) or 'it'}; check its folder"
            )

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of :class:`TrainingCrop`."""
        network = self._network
        crops = _AugmentedCrops(self.train_people, self.augment, network.skeleton, network.input_size, self.seed)
        return stream_loader(
            crops, batch_size=self.batch_size, seed=self.seed, trainer=self.trainer, workers=self.workers
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """Batches of :class:`MeasuredCrop`: all validation slices, without augmentation."""
        crops = _PlainCrops(list(self.validation.values()), self._network.input_size)
        return DataLoader(crops, batch_size=self.batch_size, num_workers=self.workers)

    @property
    def _network(self) -> Any:
        return self.trainer.lightning_module.network


def _say_who_is_left_out(part: str, slices: Mapping[str, Slice], used: Mapping[str, Slice]) -> None:
    if empty := ", ".join(name for name in slices if name not in used):
        tqdm.write(f"nobody in data.{part}: {empty}: left out")
