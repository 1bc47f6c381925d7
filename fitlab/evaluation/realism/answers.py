"""What detectors say of labelled people, and the figures that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fitlab.detectors import Detector
from fitlab.detectors.crops import crop_around, cut
from fitlab.evaluation.realism.examples import BODY, Example
from fitlab.metrics import COCO_SIGMAS, oks, pck
from fitlab.progress import progress
from fitlab.skeletons import COCO17


@dataclass(frozen=True, eq=False)
class Answers:
    """N examples, and what one detector said of them.

    Parameters
    ----------
    examples : sequence of N Example
    positions, confidence : (N, 17, 2) pixels of the picture, (N, 17)
        In the crop around the person's box.
    of_joints : (N, 17, 2)
        In the crop around the box of the labelled joints.
    """

    examples: Sequence[Example]
    positions: np.ndarray
    confidence: np.ndarray
    of_joints: np.ndarray

    def __len__(self) -> int:
        return len(self.examples)

    def of_slice(self, name: str) -> "Answers":
        """What it said of one slice of the studio; there may be nobody in it."""
        which = [k for k, example in enumerate(self.examples) if name in example.slices]
        people = [self.examples[k] for k in which]
        return Answers(people, self.positions[which], self.confidence[which], self.of_joints[which])

    @property
    def oks(self) -> np.ndarray:
        """(N,) object keypoint similarity of the 17 joints, by the area of the mask."""
        return oks(self.positions, self._labels, self._areas)

    @property
    def pck(self) -> np.ndarray:
        """(N,) share of the twelve joints of the body within 0.2 of the torso's longer diagonal."""
        pairs = zip(self.of_joints, self.examples, strict=True)
        return np.array([pck(found[BODY], e.keypoints[BODY], e.torso, 0.2) for found, e in pairs])

    @property
    def sureness(self) -> np.ndarray:
        """(N,) mean confidence in the visible joints."""
        seen = np.stack([example.visible for example in self.examples])
        return np.nanmean(np.where(seen, self.confidence, np.nan), axis=1)

    @property
    def errors(self) -> np.ndarray:
        """(N, 17) distance from the label in spreads of OKS, 2 sigma sqrt(area); NaN where a joint is not visible."""
        seen = np.stack([example.visible for example in self.examples])
        return np.where(seen, np.linalg.norm(self.positions - self._labels, axis=-1), np.nan) / self._spreads

    @property
    def offsets(self) -> np.ndarray:
        """(N, 17, 2) from the label to the detector in spreads: outwards and up.  NaN where a joint is not visible.

        Outwards is away from the same joint of the other side (NaN where that is not labelled); for the nose it is to
        the right of the picture.
        """
        seen = np.stack([example.visible for example in self.examples])
        offset = np.where(seen[..., None], self.positions - self._labels, np.nan) / self._spreads[..., None]
        return np.stack([offset[..., 0] * self._outwards, -offset[..., 1]], axis=-1)

    def visible_only(self) -> "Answers":
        """The same, with the labels of hidden joints left out."""
        seen = [replace(e, keypoints=np.where(e.visible[:, None], e.keypoints, np.nan)) for e in self.examples]
        return replace(self, examples=seen)

    def moved_to_convention(self) -> "Answers":
        """The same, less the median offset of every joint: as if the labels followed the detector's convention."""
        outwards, up = np.nanmedian(self.offsets, axis=0).T  # (17,) each
        shift = np.stack([outwards * self._outwards, np.broadcast_to(-up, self._outwards.shape)], axis=-1)
        moved = self.positions - np.nan_to_num(shift) * self._spreads[..., None]
        return replace(self, positions=moved)

    @property
    def _outwards(self) -> np.ndarray:
        """(N, 17) 1 where outwards is to the right of the picture, -1 where it is to the left."""
        labels = self._labels
        sides = np.sign(labels[..., 0] - labels[:, list(COCO17.mirror), 0])
        sides[:, COCO17.index("nose")] = 1
        return sides

    @property
    def _labels(self) -> np.ndarray:
        return np.stack([example.keypoints for example in self.examples])

    @property
    def _areas(self) -> np.ndarray:
        return np.array([example.area for example in self.examples])

    @property
    def _spreads(self) -> np.ndarray:
        return np.sqrt(self._areas)[:, None] * 2 * COCO_SIGMAS  # (N, 17)


def ask(detector: Detector, groups: Mapping[str, Sequence[Example]]) -> dict[str, Answers]:
    """The detector's COCO joints in every example of every group; the crops are the boxes enlarged by 1.25."""
    everybody = [example for people in groups.values() for example in people]
    found = [_joints(detector, e) for e in progress(everybody, f"asking {detector.name}", len(everybody), "picture")]
    answers, start = {}, 0
    for group, people in groups.items():
        part = found[start : start + len(people)]
        start += len(people)
        if part:
            answers[group] = Answers(people, *(np.stack(values) for values in zip(*part, strict=True)))
    return answers


def _joints(detector: Detector, example: Example) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    joints = [detector.skeleton.index(joint) for joint in COCO17.joints]
    boxes = dict.fromkeys((example.box, example.box_of_joints))  # one where they are the same
    crops = [crop_around(box, detector.input_size) for box in boxes]
    pixels, sure = detector(np.stack([cut(example.picture, crop) for crop in crops]))
    there = [crop.to_image(these[joints]) for crop, these in zip(crops, pixels, strict=True)]
    return there[0], sure[0, joints], there[-1]


def difference(studio: np.ndarray, real: np.ndarray) -> tuple[float, float, float]:
    """mean(studio) - mean(real), and its 95 % bootstrap interval with both resampled."""
    draw = np.random.default_rng(0)
    means = [values[draw.integers(0, len(values), (2000, len(values)))].mean(axis=1) for values in (studio, real)]
    low, high = np.quantile(means[0] - means[1], (0.025, 0.975))
    return float(studio.mean() - real.mean()), float(low), float(high)
