"""Which width of the targets' peaks were MoveNet's released heads trained with?

python experiments/detector_debug/calibration.py        # needs FITLAB_REAL_DATA; half a minute on one core

A network that was trained to the end cannot lower its loss by shifting all its logits: the derivative by a shift is 0.
The labels are the thunder network's confident answers on photographs, for lightning to be measured with.
"""

import numpy as np
import torch

from fitlab.detectors.movenet import Heads, normalised
from fitlab.settings import real_data_dir
from fitlab.training.augmentation import seen, upright_crop
from fitlab.training.centernet import centernet_loss
from fitlab.training.detector_networks import TrainableMoveNet
from fitlab.training.people_sources import LabelledPhotographs

PEOPLE, CONFIDENT = 48, 0.5


def crops_of(network: TrainableMoveNet) -> torch.Tensor:
    """uint8 (P, H, W, 3) at the network's input size."""
    people = LabelledPhotographs(real_data_dir() / "lsp" / "train.json", limit=PEOPLE)
    images = [seen(person, upright_crop(person, network.input_size)).image for person in people]
    return torch.from_numpy(np.stack(images))


def main() -> None:
    """Prints the loss of the joints' heatmaps and its derivative by a shift of all logits, per width."""
    thunder, lightning = TrainableMoveNet("movenet_thunder"), TrainableMoveNet("movenet_lightning")
    with torch.no_grad():
        labels, confidence = thunder.predict(crops_of(thunder))
        heads = lightning.model(normalised(crops_of(lightning)))
    labels = labels * lightning.input_size[0] / thunder.input_size[0]
    print(f"{'sigma':>6} {'loss':>7} {'by a shift':>11}")
    for sigma in (1.0, 1.5, 2.0, 2.5, 3.0):
        shift = torch.zeros((), requires_grad=True)
        moved = Heads(heads.centre, heads.keypoints + shift, heads.regression, heads.offsets)
        loss, parts = centernet_loss(moved, labels, confidence > CONFIDENT, sigma=sigma)
        (slope,) = torch.autograd.grad(loss, shift)
        print(f"{sigma:>6} {parts['keypoints'].item():>7.3f} {slope.item():>+11.3f}")


if __name__ == "__main__":
    main()
