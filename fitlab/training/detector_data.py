"""Crops for training and measuring 2D detectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader, Dataset

from fitlab.errors import InputError
from fitlab.skeletons import Skeleton
from fitlab.training.augment import Augmentation, Sample, seen, upright_crop
from fitlab.training.people import Person, Slice
from fitlab.training.stream import Draw, stream_loader


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

    def __getitem__(self, draw: Draw) -> Sample:
        rng = draw.generator(self.seed)
        return self.augment(self.people[draw.index], self.size, self.skeleton.mirror, rng)


@dataclass(frozen=True)
class _PlainCrops(Dataset[Sample]):
    """Crops as they are measured: the upright box of the turned picture."""

    slices: Sequence[Slice]
    size: tuple[int, int]

    def __len__(self) -> int:
        return sum(len(part.people) for part in self.slices)

    def __getitem__(self, number: int) -> Sample:
        for part in self.slices:
            if number < len(part.people):
                person = part.people[number]
                return seen(person, upright_crop(person, self.size, part.turn_deg))
            number -= len(part.people)
        raise IndexError(number)


class DetectorData(LightningDataModule):
    """Labelled people, augmented for training and as they are for measuring.

    Crops have the size that the network of the trained task wants.

    Parameters
    ----------
    train : sequence of Person
    validation : mapping of name to Slice
        Their mean PCK chooses the best weights.
    test : mapping of name to Slice
        The rows of the table; people in neither of the above.  A slice without people is left out.
    augment : Augmentation
    batch_size : int
        Per process and accumulation step.
    seed : int
        Of order and augmentation.
    workers : int
        Loading processes.

    Raises
    ------
    InputError
        If there is nobody to train on or to validate with.
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
        if not len(train):
            raise InputError("data.train must hold people, got none; check its folder")
        if not any(len(part.people) for part in validation.values()):
            raise InputError("data.validation must hold people, got none; it chooses the best weights")
        self.train_people, self.augment = train, augment
        self.validation, self.test = validation, {name: part for name, part in test.items() if len(part.people)}
        self.batch_size, self.seed, self.workers = batch_size, seed, workers

    def prepare_data(self) -> None:
        """Makes the pictures that are not in the cache, in one process and before training starts."""
        slices = [*self.validation.values(), *self.test.values()]
        for people in (self.train_people, *(part.people for part in slices if len(part.people))):
            people[0]

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of (images uint8 (B, H, W, 3), keypoints float32 (B, K, 2))."""
        network = self._network
        crops = _AugmentedCrops(self.train_people, self.augment, network.skeleton, network.input_size, self.seed)
        return stream_loader(
            crops, batch_size=self.batch_size, seed=self.seed, trainer=self.trainer, workers=self.workers
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """The crops of all validation slices, without augmentation."""
        crops = _PlainCrops(list(self.validation.values()), self._network.input_size)
        return DataLoader(crops, batch_size=self.batch_size, num_workers=self.workers)

    @property
    def _network(self) -> Any:
        return self.trainer.lightning_module.network
