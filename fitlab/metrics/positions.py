"""Errors of joint positions in 3D, as reported on Human3.6M.

All take ``predicted`` and ``true`` of shape (..., K, 3) in one unit and give the error in that unit.
They compare positions as they are: MPJPE "protocol 1" wants both with the pelvis at the origin, as
camera space has it.  Joints that are NaN in either do not count; NaN results if none counts.
"""

import warnings

import numpy as np

from fitlab.geometry.alignment import procrustes


def joint_errors(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Distance of every joint from its true place, (..., K); NaN where either is missing."""
    predicted, true = _checked(predicted, true)
    return np.linalg.norm(predicted - true, axis=-1)


def mpjpe(predicted: np.ndarray, true: np.ndarray) -> float:
    """Mean per-joint position error (Ionescu et al., Human3.6M, IEEE PAMI 36(7), 2014, eq. 8)."""
    return _mean(joint_errors(predicted, true))


def p_mpjpe(predicted: np.ndarray, true: np.ndarray) -> float:
    """MPJPE after the best rotation, translation and scale of every pose ("protocol 2").

    Martinez et al., ICCV 2017, section 4.  Poses with fewer than three joints do not count.
    """
    predicted, true = _checked(predicted, true)
    return _mean(joint_errors(procrustes(predicted, true, scale=True).apply(predicted), true))


def n_mpjpe(predicted: np.ndarray, true: np.ndarray) -> float:
    """MPJPE after the best scale of every pose (Rhodin et al., CVPR 2018, section 5)."""
    predicted, true = _checked(predicted, true)
    there = np.isfinite(predicted).all(-1, keepdims=True) & np.isfinite(true).all(-1, keepdims=True)
    p, t = np.where(there, predicted, 0.0), np.where(there, true, 0.0)
    squares = (p * p).sum(axis=(-2, -1), keepdims=True)
    scale = (p * t).sum(axis=(-2, -1), keepdims=True) / np.where(squares > 0, squares, np.nan)
    return _mean(joint_errors(scale * predicted, true))


def mpjve(predicted: np.ndarray, true: np.ndarray, fps: float | None = None) -> float:
    """Mean per-joint velocity error of sequences (..., T, K, 3) (Pavllo et al., VideoPose3D, CVPR 2019).

    In unit per frame, or with ``fps`` in unit per second.
    """
    predicted, true = _checked(predicted, true)
    if predicted.ndim < 3 or predicted.shape[-3] < 2:
        raise ValueError(f"predicted must have shape (..., T, K, 3) with T >= 2, got {predicted.shape}")
    per_frame = _mean(np.linalg.norm(np.diff(predicted - true, axis=-3), axis=-1))
    return per_frame if fps is None else per_frame * fps


def _checked(predicted: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    predicted, true = np.asarray(predicted, np.float64), np.asarray(true, np.float64)
    if predicted.shape != true.shape or predicted.ndim < 2 or predicted.shape[-1] != 3:
        raise ValueError(f"predicted and true must both have shape (..., K, 3), got {predicted.shape} and {true.shape}")
    return predicted, true


def _mean(values: np.ndarray) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing to average: NaN says so
        return float(np.nanmean(values))
