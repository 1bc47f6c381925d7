"""Figures by which predictions are judged: 3D joint errors, 2D keypoints, repetition counts, intervals."""

from fitlab.metrics.counts import bootstrap_interval, count_mae, count_obo
from fitlab.metrics.keypoints import COCO_SIGMAS, average_precision, oks, pck
from fitlab.metrics.positions import joint_errors, mpjpe, mpjve, n_mpjpe, p_mpjpe

__all__ = [
    "COCO_SIGMAS",
    "average_precision",
    "bootstrap_interval",
    "count_mae",
    "count_obo",
    "joint_errors",
    "mpjpe",
    "mpjve",
    "n_mpjpe",
    "oks",
    "p_mpjpe",
    "pck",
]
