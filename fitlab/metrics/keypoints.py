"""How good 2D keypoints are: PCK, object keypoint similarity, COCO average precision."""

import contextlib
import copy
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

COCO_SIGMAS = np.array(
    [
        0.026,
        0.025,
        0.025,
        0.035,
        0.035,
        0.079,
        0.079,
        0.072,
        0.072,
        0.062,
        0.062,
        0.107,
        0.107,
        0.087,
        0.087,
        0.089,
        0.089,
    ]
)
"""Spread of human labels of the 17 COCO keypoints, relative to the root of the person's area (COCO evaluation page)."""
COCO_SIGMAS.setflags(write=False)


def pck(predicted: np.ndarray, true: np.ndarray, size: np.ndarray | float, threshold: float = 0.2) -> float:
    """Percentage of correct keypoints, in [0, 1].

    Yang and Ramanan, IEEE PAMI 35(12), 2013.

    Parameters
    ----------
    predicted, true : (..., K, D)
        NaN in ``true``: not labelled, does not count.  NaN in ``predicted``: not found, counts as wrong.
    size : (...) or float, same unit
        What the error is compared with: torso length (PCK), head size (PCKh), box size.
    threshold : float
        Correct means an error of at most threshold * size.
    """
    predicted, true = np.asarray(predicted, np.float64), np.asarray(true, np.float64)
    if predicted.shape != true.shape:
        raise ValueError(f"predicted and true must have the same shape, got {predicted.shape} and {true.shape}")
    labelled = np.isfinite(true).all(-1)  # (..., K)
    error = np.linalg.norm(predicted - true, axis=-1)
    correct = error <= threshold * np.asarray(size, np.float64)[..., None]  # NaN compares as False
    return float(correct[labelled].mean()) if labelled.any() else float("nan")


def oks(
    predicted: np.ndarray, true: np.ndarray, area: np.ndarray | float, sigmas: np.ndarray = COCO_SIGMAS
) -> np.ndarray:
    """Object keypoint similarity in [0, 1], as the COCO keypoint evaluation defines it.

    Mean over labelled keypoints of exp(-d**2 / (2 * area * (2 * sigma)**2)).

    Parameters
    ----------
    predicted, true : (..., K, 2) pixels
        NaN in ``true``: not labelled.  NaN in ``predicted``: similarity 0.
    area : (...) or float, pixels**2
        Of the person's segment (COCO's ``area``).
    sigmas : (K,)

    Returns
    -------
    similarity : float64 (...), NaN where nothing is labelled
    """
    predicted, true = np.asarray(predicted, np.float64), np.asarray(true, np.float64)
    if predicted.shape != true.shape or predicted.shape[-2] != len(sigmas):
        raise ValueError(
            f"predicted and true must both have shape (..., {len(sigmas)}, 2), got {predicted.shape} and {true.shape}; "
            "give the sigmas of your keypoints"
        )
    labelled = np.isfinite(true).all(-1)  # (..., K)
    squares = ((predicted - true) ** 2).sum(-1)
    spread = 2 * np.asarray(area, np.float64)[..., None] * (2 * sigmas) ** 2
    similarity = np.where(labelled, np.nan_to_num(np.exp(-squares / spread), nan=0.0), 0.0)
    count = labelled.sum(-1)
    return np.where(count > 0, similarity.sum(-1) / np.maximum(count, 1), np.nan)


def average_precision(
    truth: Mapping[str, Any], results: Sequence[Mapping[str, Any]], sigmas: np.ndarray = COCO_SIGMAS
) -> dict[str, float]:
    """COCO keypoint average precision and recall, computed by pycocotools.

    Parameters
    ----------
    truth : mapping
        A COCO keypoint data set as read from its JSON: images, annotations, categories.
    results : sequence of mappings
        In COCO's result layout: image_id, category_id, keypoints (3 K numbers), score.
    sigmas : (K,)

    Returns
    -------
    figures : AP, AP50, AP75, AP_medium, AP_large, AR, AR50, AR75, AR_medium, AR_large in [0, 1]
        -1 where no person of that kind is labelled.  All 0 for no results.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    names = ("AP", "AP50", "AP75", "AP_medium", "AP_large", "AR", "AR50", "AR75", "AR_medium", "AR_large")
    if not results:
        return dict.fromkeys(names, 0.0)
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
        coco = COCO()
        coco.dataset = copy.deepcopy(dict(truth))
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes([dict(result) for result in results]), "keypoints")
        evaluation.params.kpt_oks_sigmas = np.asarray(sigmas)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {name: float(value) for name, value in zip(names, evaluation.stats, strict=True)}
