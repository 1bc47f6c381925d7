"""Detectors as something that can be trained: a network with its loss, its decoding and its weights on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

import fitlab
from fitlab.detectors.mmpose import MMPoseDetector, build_model, train_loss
from fitlab.detectors.movenet import decode, normalised
from fitlab.detectors.movenet_detector import VARIANTS, load_movenet, save_movenet
from fitlab.detectors.weights_files import Recipe, save_mmpose
from fitlab.detectors.zoo import weights_file
from fitlab.errors import InputError
from fitlab.skeletons import COCO17, Skeleton
from fitlab.training.centernet import centernet_loss
from fitlab.training.distillation import distillation_loss, trusted

_EMBEDDED = Path(fitlab.__file__).parent / "weights"


class Network(Protocol):
    """A ``torch.nn.Module`` that :class:`fitlab.training.detector_task.DetectorTask` can train.

    Attributes
    ----------
    skeleton : Skeleton
        Names the K joints.
    input_size : (width, height) in pixels
        Of its crops.
    suffix : str
        Of the file that ``save`` writes.
    model : torch.nn.Module
        What is trained and saved.
    """

    model: nn.Module
    skeleton: Skeleton
    input_size: tuple[int, int]
    suffix: str

    def loss(
        self, images: Tensor, keypoints: Tensor, weights: Tensor | None = None, other: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch, and its parts detached.

        Parameters
        ----------
        images : uint8 (B, H, W, 3), RGB
        keypoints : float (B, K, 2)
            Pixels of the crop, NaN where not labelled.
        weights : float (B,), optional
            How much each person's labels count; default: 1.
        other : float (B, K, 2), optional
            Joints of a second person in the crop; NaN without one.
        """
        ...

    def predict(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Positions (B, K, 2) in pixels of the crop and confidence (B, K) in [0, 1]."""
        ...

    def save(self, path: Path) -> None:
        """Writes the weights in the layout from which the detector is loaded."""
        ...


class TrainableMoveNet(nn.Module):
    """MoveNet with CenterNet's losses.

    Parameters
    ----------
    variant : {"movenet_lightning", "movenet_thunder"}
    weights : str or path, optional
        Safetensors to start from, by path or name in the zoo; default: the embedded ones of the variant.
    distil : float
        Weight of the term that keeps what the embedded network says of upright people
        (:mod:`fitlab.training.distillation`); 0 leaves it out.
    """

    skeleton = COCO17
    suffix = ".safetensors"

    def __init__(self, variant: str, weights: str | None = None, distil: float = 0.0) -> None:
        super().__init__()
        path = weights_file(weights) if weights else _EMBEDDED / f"{variant}.safetensors"
        self.model, found = load_movenet(path)
        if found != variant:
            raise InputError(f"weights of model {variant} must be of that variant, got {found} in {path}; name another")
        self.variant = variant
        self.input_size = VARIANTS[variant][1]
        self.distil = distil
        if distil:
            self.original = load_movenet(_EMBEDDED / f"{variant}.safetensors")[0].requires_grad_(False)

    def loss(
        self, images: Tensor, keypoints: Tensor, weights: Tensor | None = None, other: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """See :class:`Network`."""
        heads = self.model(normalised(images))
        loss, parts = centernet_loss(heads, keypoints, _weighed(keypoints, weights), other=other)
        if self.distil:
            with torch.no_grad():
                original = self.original(normalised(images))
                counted = trusted(keypoints, original)
            kept = distillation_loss(heads, original, counted)
            loss, parts = loss + self.distil * kept, parts | {"kept": kept.detach()}
        return loss, parts

    def predict(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """See :class:`Network`."""
        return decode(self.model(normalised(images)))

    def save(self, path: Path) -> None:
        """float16 safetensors, as :func:`fitlab.detectors.movenet_detector.load_movenet` reads them."""
        save_movenet(self.model, self.variant, path)


class TrainableMMPose(nn.Module):
    """A top-down model of MMPose with its own codec and loss.

    Parameters
    ----------
    config : str
        Path below the configurations of the installed mmpose.
    overrides : mapping, optional
        Dotted keys, as of MMPose's ``--cfg-options``.
    checkpoint : str or path, optional
        ``.pth`` to start from, by path or by the name that the user gave it in the zoo; default: random weights.

    Raises
    ------
    InputError
        If the model has other joints than the 17 of COCO, with which people are labelled.
    """

    skeleton = COCO17
    suffix = ".pth"

    def __init__(self, config: str, overrides: Mapping[str, Any] | None = None, checkpoint: str | None = None) -> None:
        super().__init__()
        self.recipe = Recipe(config, dict(overrides or {}), self.skeleton.name)
        model = build_model(config, overrides, weights_file(checkpoint) if checkpoint else None)
        if model.head.out_channels != len(self.skeleton):
            raise InputError(
                f"a model to train must have the {len(self.skeleton)} joints of COCO, got {model.head.out_channels}; "
                "leave model.head.out_channels of the overrides as it is"
            )
        self.model = model.to(memory_format=torch.channels_last)  # as crops lie, which trains faster
        width, height = self.model.head.decoder.input_size
        self.input_size = (int(width), int(height))

    def loss(
        self, images: Tensor, keypoints: Tensor, weights: Tensor | None = None, other: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """See :class:`Network`; a second person is what it is not asked for, and does not count."""
        loss, parts = train_loss(self.model, images.permute(0, 3, 1, 2), keypoints, _weighed(keypoints, weights))
        return loss, {name: part for name, part in parts.items() if name != "loss"}

    def predict(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """See :class:`Network`."""
        detector = MMPoseDetector(self.model, self.skeleton, device=str(images.device))
        positions, confidence = detector(images.cpu().numpy())
        return torch.from_numpy(positions), torch.from_numpy(confidence)

    def save(self, path: Path) -> None:
        """A ``.pth`` that MMPose itself loads, and :func:`fitlab.detectors.load_detector` by its path."""
        save_mmpose(self.model, self.recipe, path)


def _weighed(keypoints: Tensor, weights: Tensor | None) -> Tensor:
    """Weight of every joint (B, K): its person's, 0 where it is not labelled."""
    labelled = keypoints.isfinite().all(-1).float()
    return labelled if weights is None else labelled * weights[:, None]
