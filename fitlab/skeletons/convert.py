"""One layout from another, by joint name."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from fitlab.skeletons.skeleton import Skeleton

DERIVED: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        # The pelvis of Human3.6M, COCO-derived sets and VideoPose3D is the midpoint of the hips.
        "pelvis": {"left_hip": 0.5, "right_hip": 0.5},
        "thorax": {"left_shoulder": 0.5, "right_shoulder": 0.5},
        "spine": {"pelvis": 0.5, "thorax": 0.5},
        "neck": {"thorax": 1.0},
        # Ears lie at about 0.65 of the way from the shoulder line to the vertex (Drillis & Contini
        # 1966 as tabulated by Winter, Biomechanics, table 4.1: chin-neck 0.870, ear 0.936, shoulder
        # 0.818 of body height): head_top = thorax + (ears - thorax) * 0.182 / 0.118.
        "head_top": {"left_ear": 0.771, "right_ear": 0.771, "thorax": -0.542},
        "head": {"left_ear": 0.5, "right_ear": 0.5},
    }
)
"""Joints that follow from others: name -> weights, which sum to 1."""


@cache
def conversion(source: Skeleton, target: Skeleton) -> np.ndarray:
    """Weights that turn joints of ``source`` into joints of ``target``.

    A joint of the same name is copied; one in :data:`DERIVED` is the stated affine combination,
    followed until it rests on joints of ``source``.

    Returns
    -------
    weights : float64 (K_target, K_source), read-only
        Rows sum to 1; the row of a joint that cannot be had is NaN.

    Raises
    ------
    ValueError
        If no joint of ``target`` can be had.
    """
    weights = np.full((len(target), len(source)), np.nan)
    for row, joint in enumerate(target.joints):
        recipe = _recipe(joint, source)
        if recipe is not None:
            weights[row] = 0.0
            for name, weight in recipe.items():
                weights[row, source.index(name)] = weight
    if np.isnan(weights).all():
        raise ValueError(
            f"skeleton {target.name!r} must share joints with {source.name!r}, got none in common; "
            "turn markers into joint centres first"
        )
    weights.setflags(write=False)
    return weights


def _recipe(joint: str, source: Skeleton) -> dict[str, float] | None:
    if joint in source:
        return {joint: 1.0}
    if joint not in DERIVED:
        return None
    total: dict[str, float] = {}
    for part, weight in DERIVED[joint].items():
        inner = _recipe(part, source)
        if inner is None:
            return None
        for name, share in inner.items():
            total[name] = total.get(name, 0.0) + weight * share
    return total
