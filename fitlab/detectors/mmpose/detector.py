"""MMPose's models in training and as detectors.

MMPose counts pixels from the centre of the first one, fitlab from its outer corner
(:mod:`fitlab.detectors.protocol`): half a pixel is subtracted on the way in and added on the way out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fitlab.errors import InputError
from fitlab.skeletons import COCO17, Skeleton, skeleton_of

if TYPE_CHECKING:
    from mmpose.models import TopdownPoseEstimator


def train_loss(
    model: "TopdownPoseEstimator", images: Tensor, keypoints: Tensor, visible: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """The training loss of one batch of crops, with the model's own codec and loss.

    It does what mmengine's ``train_step`` does before the optimiser (preprocess, loss, ``parse_losses``), so a MMPose
    model trains inside any loop.

    Parameters
    ----------
    model : TopdownPoseEstimator
        Of :func:`build_model`.
    images : uint8 or float (B, 3, H, W), RGB, 0..255
        Crops of the codec's input size.
    keypoints : float (B, K, 2)
        In pixels of the crop, x right, y down; NaN where unknown.
    visible : bool or float (B, K)
        Weight of each joint, 0 where unknown.

    Returns
    -------
    loss : scalar, the sum of all parts that are losses
    parts : dict of scalars
        ``loss``, ``loss_kpt`` and, where the head gives it, ``acc_pose`` (PCK of the batch); detached.
    """
    codec = model.head.decoder
    points, weights = _as_numpy(keypoints) - 0.5, _as_numpy(visible)
    known = np.isfinite(points).all(axis=-1) & (weights > 0)
    points = np.where(known[..., None], points, 0.0).astype(np.float32)
    weights = np.where(known, weights, 0.0).astype(np.float32)
    samples = [_labelled_sample(codec, p[None], w[None]) for p, w in zip(points, weights, strict=True)]
    batch = _preprocessed(model, images, samples, training=True)
    features = model.extract_feat(batch["inputs"])
    with torch.autocast(images.device.type, enabled=False):  # heads go through numpy, which has no bfloat16
        full = tuple(feature.float() for feature in features)
        loss, parts = model.parse_losses(model.head.loss(full, batch["data_samples"], train_cfg=model.train_cfg))
    return loss, {name: value.detach() for name, value in parts.items()}


class MMPoseDetector:
    """A MMPose model as a :class:`fitlab.detectors.protocol.Detector`.

    Parameters
    ----------
    model : TopdownPoseEstimator
        Of :func:`build_model`.
    skeleton : Skeleton or its name
        Names the K joints that the model was trained on.
    name : str
        For tables and histories.
    flip_test : bool, optional
        Average with the mirrored crop, as MMPose's published figures do; it halves the speed.  Default: what the model
        was built with (:func:`build_model`).
    device : str
        Where the model runs.

    Raises
    ------
    InputError
        If the model has another number of joints than the skeleton.
    """

    def __init__(
        self,
        model: "TopdownPoseEstimator",
        skeleton: Skeleton | str = COCO17,
        name: str = "mmpose",
        flip_test: bool | None = None,
        device: str = "cpu",
    ) -> None:
        self.name = name
        self.skeleton = skeleton_of(skeleton) if isinstance(skeleton, str) else skeleton
        self.model = model.to(device).eval()
        self.input_size: tuple[int, int] = tuple(model.head.decoder.input_size)
        self.flip_test = flip_test
        if model.head.out_channels != len(self.skeleton):
            raise InputError(
                f"skeleton of {name} must have the model's {model.head.out_channels} joints, got "
                f"{self.skeleton.name!r} with {len(self.skeleton)}; name the skeleton the model was trained on"
            )

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds the joints of every crop; shapes and units are the protocol's.

        The confidence is the height of the peak in the model's own output (heatmap or SimCC), cut to [0, 1].
        """
        images = torch.from_numpy(np.ascontiguousarray(crops)).permute(0, 3, 1, 2)  # (B, 3, H, W)
        with torch.inference_mode(), self._flipping():
            batch = _preprocessed(self.model, images, [self._unlabelled_sample() for _ in crops], training=False)
            found = [sample.pred_instances for sample in self.model(**batch, mode="predict")]
        shape = (len(crops), len(self.skeleton))
        positions = np.array([f.keypoints[0] for f in found], np.float32).reshape(*shape, 2) + np.float32(0.5)
        confidence = np.array([f.keypoint_scores[0] for f in found], np.float32).reshape(shape)
        return positions, confidence.clip(0.0, 1.0)

    @contextmanager
    def _flipping(self) -> Iterator[None]:
        """The model flips as this detector says; other detectors of the same model keep to theirs."""
        own = self.model.test_cfg
        if self.flip_test is not None:
            self.model.test_cfg = {**own, "flip_test": self.flip_test}
        try:
            yield
        finally:
            self.model.test_cfg = own

    def _unlabelled_sample(self) -> Any:
        """What ``predict`` reads of a sample: a box equal to the crop, so that its answer stays in crop pixels."""
        from mmengine.structures import InstanceData
        from mmpose.structures import PoseDataSample

        size = np.array(self.input_size, np.float32)
        sample = PoseDataSample(
            metainfo={
                "input_size": self.input_size,
                "input_center": size / 2,
                "input_scale": size,
                "flip_indices": list(self.skeleton.mirror),
            }
        )
        sample.gt_instances = InstanceData(bboxes=np.array([[0, 0, *size]]), bbox_scores=np.ones(1, np.float32))
        return sample


def _labelled_sample(codec: Any, keypoints: np.ndarray, weights: np.ndarray) -> Any:
    """The training target of one crop, packed as MMPose's GenerateTarget and PackPoseInputs do."""
    from mmpose.datasets.transforms import PackPoseInputs

    encoded = codec.encode(keypoints=keypoints, keypoints_visible=weights)
    names = ("field_mapping_table", "instance_mapping_table", "label_mapping_table")
    tables = {name: getattr(codec, name) for name in names if getattr(codec, name)}
    width, height = codec.input_size
    blank = np.empty((height, width, 0), np.uint8)  # the image travels in the batch
    packed = PackPoseInputs(meta_keys=()).transform({"img": blank, **encoded, **tables})
    return packed["data_samples"]


def _preprocessed(
    model: "TopdownPoseEstimator", images: Tensor, samples: list[Any], *, training: bool
) -> dict[str, Any]:
    width, height = model.head.decoder.input_size
    if images.ndim != 4 or tuple(images.shape[1:]) != (3, height, width):
        raise InputError(
            f"images must be (B, 3, {height}, {width}), got {tuple(images.shape)}; cut crops of the model's input size"
        )
    # A module that moves as a part of another one (Lightning) does not tell the preprocessor where it went.
    preprocessor = model.data_preprocessor.to(next(model.parameters()).device)
    bgr = images.flip(1)  # MMPose loads images as BGR; its preprocessor brings them into the order the model wants
    return preprocessor({"inputs": bgr, "data_samples": samples}, training)


def _as_numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().to("cpu", torch.float32).numpy()
