"""Figures by which predictions are judged: 3D joint errors, 2D keypoints, counts, yes or no, intervals."""

from fitlab.metrics.classification import balanced_accuracy, calibration_error, f1_score, precision_recall, roc_auc
from fitlab.metrics.counts import bootstrap_interval, count_mae, count_obo
from fitlab.metrics.keypoints import COCO_SIGMAS, average_precision, oks, pck
from fitlab.metrics.positions import joint_errors, mpjpe, mpjve, n_mpjpe, p_mpjpe

__all__ = [
    "COCO_SIGMAS",
    "average_precision",
    "balanced_accuracy",
    "bootstrap_interval",
    "calibration_error",
    "count_mae",
    "count_obo",
    "f1_score",
    "joint_errors",
    "mpjpe",
    "mpjve",
    "n_mpjpe",
    "oks",
    "p_mpjpe",
    "pck",
    "precision_recall",
    "roc_auc",
]
