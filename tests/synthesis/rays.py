"""What a camera sees, by rays against every triangle: exact where the studio uses depth pictures."""

import numpy as np


def first_hits(eye, targets, vertices, faces):
    """The first triangle on the ray from ``eye`` (3,) to each of ``targets`` (K, 3): Moeller & Trumbore 1997.

    Returns shares (K,) of the way to the target, inf for none; the faces that are hit (K,), and where in them: weights
    (K, 3) of the corners.
    """
    a, b, c = vertices[faces].astype(float).transpose(1, 0, 2)  # (F, 3) each
    along, across, away = b - a, c - a, eye - a
    turned = np.cross(away, along)
    ways = (np.asarray(targets, float) - eye).T  # (3, K)
    with np.errstate(divide="ignore", invalid="ignore"):  # triangles of no area and those along the ray are missed
        determinant = np.cross(across, along) @ ways  # (F, K)
        second = np.cross(across, away) @ ways / determinant
        third = turned @ ways / determinant
        shares = np.sum(across * turned, axis=1)[:, None] / determinant
        corners = np.stack([1 - second - third, second, third], axis=-1)  # (F, K, 3)
    shares = np.where((corners >= 0).all(axis=-1) & (shares > 0), shares, np.inf)
    which, ray = shares.argmin(axis=0), np.arange(len(targets))
    return shares[which, ray], which, corners[which, ray]
