"""How often is a joint where the detector says, by its confidence?

python experiments/lifted_measures/reliance.py        # a minute of one core, and the studio's pictures once

The 200 people of the studio of the validation in configs/data/unusual_poses.yaml: not trained on, but they chose the
weights' share of the way.  Off: by more than a tenth of the person's longer side.
"""

import numpy as np

from fitlab.detectors import load_detector
from fitlab.detectors.turning import looking
from fitlab.pipeline import DETECTOR, LOOKS
from fitlab.settings import cache_dir
from fitlab.training.augmentation import seen, upright_crop
from fitlab.training.people_sources import SynthesisedPeople

WEIGHTS = {"floor": 2.0, "inverted": 6.0, "fast": 3.0}  # as of configs/data/unusual_poses.yaml


def main() -> None:
    """Prints the share of joints in place by confidence, and as a share of that of the surest."""
    detector = looking(load_detector(DETECTOR), LOOKS)
    people = SynthesisedPeople(people=200, seed=210000, cache=cache_dir(), weights=WEIGHTS, hidden_views=0.4)
    confidence, off, known = [], [], []
    for person in people:
        crop = upright_crop(person, detector.input_size)
        (found,), (sure,) = detector(seen(person, crop).image[None])
        size = np.nanmax(np.nanmax(person.keypoints, axis=0) - np.nanmin(person.keypoints, axis=0))
        confidence.append(sure)
        off.append(np.linalg.norm(crop.to_image(found) - person.keypoints, axis=1) / size)
        known.append(np.isfinite(person.keypoints).all(axis=1))
    sure, far, labelled = np.concatenate(confidence), np.concatenate(off), np.concatenate(known)
    edges = np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1.01])
    within = [
        (far[labelled & (sure >= low) & (sure < high)] <= 0.1) for low, high in zip(edges[:-1], edges[1:], strict=True)
    ]
    for low, high, right in zip(edges[:-1], edges[1:], within, strict=True):
        print(f"{low:.1f} to {high:.1f}: {right.mean():.3f} of {len(right)}, {right.mean() / within[-1].mean():.2f}")


if __name__ == "__main__":
    main()
