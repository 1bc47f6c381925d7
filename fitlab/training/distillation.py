"""Against forgetting: on upright people the network shall go on saying what the original one says.

Learning without forgetting (Li & Hoiem 2016), on the heads of MoveNet.  Only people who are upright in their crop
count, as the original is good at them alone, and of those only joints that it places where the label is.
"""

from torch import Tensor
from torch.nn import functional

from fitlab.detectors.movenet import Heads, decode
from fitlab.skeletons import COCO17

UPRIGHT = 0.7
"""Upwards share of a torso that counts as upright: within 45 degrees."""

RIGHT = 0.3
"""The original is right where it is within this share of the torso of the label."""

_VECTOR_WEIGHT = 0.1  # as in the labelled loss: a vector's error is of the order of ten times an offset's

_SHOULDERS, _HIPS = ([COCO17.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("shoulder", "hip"))


def trusted(keypoints: Tensor, heads: Heads) -> Tensor:
    """Where the original network is to be believed: bool (B, K).

    A joint that is not labelled counts where most of the person's labelled ones are right, so that a data set without
    faces does not make the network forget faces.

    Parameters
    ----------
    keypoints : (B, K, 2)
        Labels, pixels of the crop; NaN where not labelled.
    heads : Heads
        Of the original network.
    """
    up = keypoints[:, _HIPS].mean(1) - keypoints[:, _SHOULDERS].mean(1)  # (B, 2), y down
    torso = up.norm(dim=-1)
    upright = up[:, 1] > UPRIGHT * torso  # False for NaN
    found, _ = decode(heads)
    right = (found - keypoints).norm(dim=-1) < RIGHT * torso[:, None]  # (B, K)
    labelled = keypoints.isfinite().all(-1)
    mostly = right.sum(1) > 0.5 * labelled.sum(1)  # (B,)
    return upright[:, None] & (right | (~labelled & mostly[:, None]))


def distillation_loss(heads: Heads, original: Heads, counted: Tensor) -> Tensor:
    """How far ``heads`` are from ``original``: 0 where they are the same.

    Kullback-Leibler divergence of every heatmap cell, summed over the cells, and the mean error (L1, cells) of vectors
    and offsets where the original reads them.

    Parameters
    ----------
    counted : bool (B, K)
        See :func:`trusted`.
    """
    person = counted.any(1, keepdim=True)  # (B, 1)
    channels, people = counted.sum().clamp(min=1), person.sum().clamp(min=1)
    heat = (_divergence(heads.keypoints, original.keypoints).sum((2, 3)) * counted).sum() / channels
    centre = (_divergence(heads.centre, original.centre).sum((2, 3)) * person).sum() / people
    cells = original.keypoints.flatten(2).argmax(2)  # (B, K)
    offsets = (_at(heads.offsets, cells) - _at(original.offsets, cells)).abs().sum(-1)
    middle = original.centre.flatten(2).argmax(2).expand_as(cells)
    vectors = (_at(heads.regression, middle) - _at(original.regression, middle)).abs().sum(-1)
    fine = ((offsets + _VECTOR_WEIGHT * vectors) * counted).sum() / channels
    return heat + centre + fine


def _divergence(logits: Tensor, original: Tensor) -> Tensor:
    """Of Bernoulli variables, cell by cell."""
    p = original.float().sigmoid()
    own = functional.binary_cross_entropy_with_logits(logits.float(), p, reduction="none")
    return own - functional.binary_cross_entropy_with_logits(original.float(), p, reduction="none")


def _at(maps: Tensor, cells: Tensor) -> Tensor:
    """(B, K, 2) values of maps (B, 2K, h, w) at flat cells (B, K)."""
    batch, joints = cells.shape
    flat = maps.float().reshape(batch, joints, 2, -1)  # (B, 2K, h, w) -> (B, K, 2, h w)
    return flat.gather(3, cells[..., None, None].expand(-1, -1, 2, 1))[..., 0]
