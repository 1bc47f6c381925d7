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
from fitlab.errors import InputError
from fitlab.files import written_whole
from fitlab.skeletons import COCO17, Skeleton, skeleton_of
from fitlab.training.centernet import centernet_loss

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
    """

    skeleton: Skeleton
    input_size: tuple[int, int]
    suffix: str

    def loss(self, images: Tensor, keypoints: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch, and its parts detached.

        ``images`` uint8 (B, H, W, 3) RGB; ``keypoints`` float (B, K, 2) in pixels of the crop, NaN where not labelled.
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
    weights : path, optional
        Safetensors to start from; default: the embedded ones of the variant.
    """

    skeleton = COCO17
    suffix = ".safetensors"

    def __init__(self, variant: str, weights: str | None = None) -> None:
        super().__init__()
        path = Path(weights) if weights else _EMBEDDED / f"{variant}.safetensors"
        self.model, found = load_movenet(path)
        if found != variant:
            raise InputError(f"weights of model {variant} must be of that variant, got {found} in {path}; name another")
        self.variant = variant
        self.input_size = VARIANTS[variant][1]

    def loss(self, images: Tensor, keypoints: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """See :class:`Network`."""
        return centernet_loss(self.model(normalised(images)), keypoints, keypoints.isfinite().all(-1))

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
    checkpoint : path, optional
        Local ``.pth`` to start from; default: random weights.
    skeleton : str
        Names the joints that the model is trained on.
    """

    suffix = ".pth"

    def __init__(
        self,
        config: str,
        overrides: Mapping[str, Any] | None = None,
        checkpoint: str | None = None,
        skeleton: str = "coco17",
    ) -> None:
        super().__init__()
        self.skeleton = skeleton_of(skeleton)
        self.model = build_model(config, overrides, checkpoint)
        width, height = self.model.head.decoder.input_size
        self.input_size = (int(width), int(height))

    def loss(self, images: Tensor, keypoints: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """See :class:`Network`."""
        loss, parts = train_loss(self.model, images.permute(0, 3, 1, 2), keypoints, keypoints.isfinite().all(-1))
        return loss, {name: part for name, part in parts.items() if name != "loss"}

    def predict(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """See :class:`Network`."""
        detector = MMPoseDetector(self.model, self.skeleton, device=str(images.device))
        positions, confidence = detector(images.cpu().numpy())
        return torch.from_numpy(positions), torch.from_numpy(confidence)

    def save(self, path: Path) -> None:
        """A ``.pth`` that MMPose itself and :func:`fitlab.detectors.mmpose.build_model` load."""
        with written_whole(path) as partial:
            torch.save({"state_dict": self.model.state_dict()}, partial)
