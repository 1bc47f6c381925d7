"""How often and how strongly crops are augmented in training."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from fitlab.errors import InputError
from fitlab.skeletons import COCO17
from fitlab.training.augmentation.appearance import (
    coloured,
    compressed,
    exposed,
    limb_blurred,
    noisy,
    shaken,
    softened,
)
from fitlab.training.augmentation.geometry import (
    HALVES,
    flipped,
    half_body_crop,
    scaled,
    seen,
    shifted,
    tilted,
    upright_crop,
)
from fitlab.training.augmentation.occlusion import cut_out, with_piece, with_prop
from fitlab.training.augmentation.people import before, emptied, with_second_person
from fitlab.training.augmentation.sample import Sample
from fitlab.training.people import Person

_LIMBS = [
    (COCO17.index(f"{side}_{start}"), COCO17.index(f"{side}_{end}"))
    for side in ("left", "right")
    for start, end in (("elbow", "wrist"), ("shoulder", "elbow"), ("knee", "ankle"), ("hip", "knee"))
]

_LOOKED_AT = 8  # people who are asked for an outline before it is done without


@dataclass(frozen=True)
class Augmentation:
    """How crops vary in training; every range is drawn from uniformly.

    The names of shares say which part of the crops is treated so.

    Parameters
    ----------
    turn_deg : float
        Crops are turned by up to this angle either way: 180 is the full circle, which inverts people.
    turn_share : share
    turn_from_deg : float, optional
        A curriculum: the run starts with angles up to this one; default: with all.
    turn_grown : float in [0, 1]
        Share of the run after which all angles are there.
    scale : (low, high)
        Factor on the person's size.
    shift : float
        By up to this share of the crop in both directions.
    flip : share
    tilt_deg : float
        The picture's plane is tilted by up to this angle about both axes.
    half_body : share
        Shown from the hips up or down only.
    background : share
        In front of the emptied picture of another person.  This, ``second_person`` and ``pieces`` need outlines and
        leave crops alone for which there are none.
    second_person : share
    pieces : share
        With a piece of another person in front.
    props, cut_out : share
    limb_blur : share
    shake : share
    colour : float in [0, 1)
        Brightness, contrast and saturation vary by factors within 1 - colour .. 1 + colour.
    exposure : float
        Up to so many stops more or less light.
    noise : float
        Up to this standard deviation, in levels of 255, in half of the crops.
    soft : share
        With up to three times fewer pixels a side.
    jpeg : share
        Of quality 15 to 70.

    Raises
    ------
    InputError
        For a share that is none.
    """

    turn_deg: float = 0.0
    turn_share: float = 1.0
    turn_from_deg: float | None = None
    turn_grown: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    shift: float = 0.0
    flip: float = 0.0
    tilt_deg: float = 0.0
    half_body: float = 0.0
    background: float = 0.0
    second_person: float = 0.0
    pieces: float = 0.0
    props: float = 0.0
    cut_out: float = 0.0
    limb_blur: float = 0.0
    shake: float = 0.0
    colour: float = 0.0
    exposure: float = 0.0
    noise: float = 0.0
    soft: float = 0.0
    jpeg: float = 0.0

    def __post_init__(self) -> None:
        shares = (
            *("turn_share", "turn_grown", "flip", "half_body", "background", "second_person", "pieces", "props"),
            *("cut_out", "limb_blur", "shake", "soft", "jpeg"),
        )
        for name in shares:
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"augment.{name} must be a share from 0 to 1, got {getattr(self, name)}; correct it")

    def turn_limit(self, progress: float) -> float:
        """Degrees up to which crops are turned when this share of the run lies behind."""
        if self.turn_from_deg is None or progress >= self.turn_grown:
            return self.turn_deg
        return self.turn_from_deg + (self.turn_deg - self.turn_from_deg) * progress / self.turn_grown

    def __call__(
        self,
        person: Person,
        size: tuple[int, int],
        mirror: Sequence[int],
        rng: np.random.Generator,
        *,
        progress: float = 0.0,
        others: Sequence[Person] = (),
    ) -> Sample:
        """One random crop of ``person``.

        Parameters
        ----------
        size : (width, height) of the crop
        mirror : permutation of length K
        progress : float in [0, 1)
            Of the run.
        others : sequence of Person
            From whom second people, pieces and backgrounds are taken.
        """
        elsewhere, joined = rng.random() < self.background, rng.random() < self.second_person
        sample = self._placed(person, size, rng, progress, with_mask=elsewhere or joined)
        if elsewhere and sample.mask is not None:
            sample = self._elsewhere(sample, _outlined(others, person, rng), size, rng)
        if joined:
            sample = self._joined(sample, _outlined(others, person, rng), size, rng, progress)
        sample = sample._replace(mask=None)  # nobody asks any more
        if rng.random() < self.pieces:
            sample = self._behind_a_piece(sample, _outlined(others, person, rng), size, rng)
        sample = self._hidden(sample, rng)
        if rng.random() < self.flip:
            sample = flipped(sample, mirror)
        return self._filmed(sample, rng)

    def _turn(self, rng: np.random.Generator, progress: float) -> float:
        limit = self.turn_limit(progress)
        return rng.uniform(-limit, limit) if rng.random() < self.turn_share else 0.0

    def _placed(
        self, person: Person, size: tuple[int, int], rng: np.random.Generator, progress: float, *, with_mask: bool
    ) -> Sample:
        turn = self._turn(rng, progress)
        crop = None
        if rng.random() < self.half_body:
            crop = half_body_crop(person, str(rng.choice(list(HALVES))), size, turn)
        crop = scaled(crop or upright_crop(person, size, turn), rng.uniform(*self.scale))
        crop = shifted(crop, *rng.uniform(-self.shift, self.shift, 2))
        tilt = tilted(size, *rng.uniform(-self.tilt_deg, self.tilt_deg, 2)) if self.tilt_deg else None
        return seen(person, crop, tilt, with_mask=with_mask)

    def _elsewhere(
        self, sample: Sample, place: Person | None, size: tuple[int, int], rng: np.random.Generator
    ) -> Sample:
        if place is None:
            return sample
        wide = scaled(upright_crop(place, size), rng.uniform(0.7, 1.4))
        return before(sample, emptied(seen(place, wide, with_mask=True)))

    def _joined(
        self, sample: Sample, other: Person | None, size: tuple[int, int], rng: np.random.Generator, progress: float
    ) -> Sample:
        """With another person at the edge of the crop."""
        if other is None:
            return sample
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 0.7)
        crop = scaled(upright_crop(other, size, self._turn(rng, progress)), rng.uniform(0.5, 1.0))
        crop = shifted(crop, away * np.cos(angle), away * np.sin(angle))
        return with_second_person(sample, seen(other, crop, with_mask=True), in_front=bool(rng.random() < 0.5))

    def _behind_a_piece(
        self, sample: Sample, other: Person | None, size: tuple[int, int], rng: np.random.Generator
    ) -> Sample:
        if other is None:
            return sample
        source = seen(other, upright_crop(other, size, rng.uniform(-180, 180)), with_mask=True)
        centre = _some_joint(source.keypoints, size, rng)
        at = _some_joint(sample.keypoints, size, rng) + rng.normal(0, 0.04, 2) * size
        return with_piece(sample, source, at, rng.uniform(0.12, 0.4) * min(size), centre, rng)

    def _hidden(self, sample: Sample, rng: np.random.Generator) -> Sample:
        rows, columns = sample.image.shape[:2]
        if rng.random() < self.props:
            for _ in range(rng.integers(1, 3)):
                at = _some_joint(sample.keypoints, (columns, rows), rng) + rng.normal(0, 0.08, 2) * (columns, rows)
                sample = with_prop(sample, at, rng.uniform(0.12, 0.6) * min(columns, rows), rng)
        if rng.random() < self.cut_out:
            width, height = rng.uniform(0.08, 0.4, 2)
            middle = _some_joint(sample.keypoints, (columns, rows), rng) / (columns, rows)
            sample = cut_out(sample, middle[0] - width / 2, middle[1] - height / 2, width, height, rng)
        return sample

    def _filmed(self, sample: Sample, rng: np.random.Generator) -> Sample:
        if rng.random() < self.limb_blur:
            longest = 0.12 * sample.image.shape[1]
            for start, end in rng.permutation(_LIMBS)[: rng.integers(1, 4)]:
                sample = limb_blurred(sample, start, end, rng.uniform(3, longest), across=bool(rng.random() < 0.7))
        image = sample.image
        if self.exposure:
            image = exposed(image, rng.uniform(-self.exposure, self.exposure))
        if self.colour:
            image = coloured(image, *rng.uniform(1 - self.colour, 1 + self.colour, 3))
        if rng.random() < self.shake:
            image = shaken(image, rng.uniform(2, 0.06 * image.shape[1]), rng.uniform(0, 180))
        if rng.random() < self.soft:
            image = softened(image, rng.uniform(1.2, 3))
        if self.noise and rng.random() < 0.5:
            image = noisy(image, rng.uniform(0, self.noise), rng)
        if rng.random() < self.jpeg:
            image = compressed(image, int(rng.integers(15, 71)))
        return sample._replace(image=image)


def without(recipe: Augmentation, left_out: Sequence[str]) -> Augmentation:
    """``recipe`` without some of its parts, for ablations.

    Parameters
    ----------
    recipe : Augmentation
    left_out : sequence of str
        Names of its parameters, which get the value that does nothing.

    Raises
    ------
    InputError
        For a name that is no parameter of the recipe.
    """
    nothing = Augmentation()
    names = [field.name for field in fields(Augmentation)]
    if wrong := [name for name in left_out if name not in names]:
        raise InputError(f"augment.left_out must name parts of the recipe ({', '.join(names)}), got {wrong[0]!r}")
    return replace(recipe, **{name: getattr(nothing, name) for name in left_out})


def _outlined(others: Sequence[Person], person: Person, rng: np.random.Generator) -> Person | None:
    """Another person whose outline is known."""
    for _ in range(min(_LOOKED_AT, len(others))):
        other = others[int(rng.integers(len(others)))]
        if other.outline is not None and other.name != person.name:
            return other
    return None


def _some_joint(keypoints: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(2,) one of the labelled joints inside the crop; any place where there is none."""
    inside = keypoints[((keypoints > 0) & (keypoints < size)).all(-1)]
    if not len(inside):
        return rng.uniform(0, 1, 2) * size
    return inside[rng.integers(len(inside))].astype(float)
