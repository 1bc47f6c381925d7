"""Where on a figure its parts are: signed distances, in metres in the rest pose, from which clothes and hair are cut.

Arrays of N are of the vertices of :func:`fitlab.synthesis.figure.figure`.
"""

from functools import cache

import numpy as np
from scipy import sparse

from fitlab.synthesis.body import Body
from fitlab.synthesis.figure import figure

_FAR_M = 0.3


@cache
def limb_weights() -> dict[str, np.ndarray]:
    """Share (N,) of ``arm``, ``leg`` and ``head`` in the movement of the figures of all bodies."""
    return {
        "arm": figure().share("upperarm", "lowerarm", "wrist", "metacarpal", "finger"),
        "leg": figure().share("upperleg", "lowerleg", "foot", "toe"),
        "head": figure().share("head", "eye", "neck02", "neck03"),
    }


def bare(body: Body) -> np.ndarray:
    """(N, 3) float32 the figure's vertices in the rest pose, without clothes."""
    return body.vertices[figure().vertices]


def shirt_edge(body: Body, sleeve: float, hem: float, neck_m: float, v_neck: float) -> np.ndarray:
    """(N,) metres inside a shirt.

    Parameters
    ----------
    sleeve : float
        Share of the arm that is covered; negative: none, and the shoulder is bare, too.
    hem : float
        Height of the lower end above the hip joints in units of the way from there to the neck.
    neck_m : float
        Radius of the opening for the head.
    v_neck : float
        How steeply the opening falls towards the front.
    """
    points, head, weights = bare(body), _heads(body), limb_weights()
    x, scale = np.abs(points[:, 0]), body.height / 1.75
    on_arm, on_head = weights["arm"] > 0.5, weights["head"] > 0.5
    shoulder, wrist, neck = head["upperarm01.L"], head["wrist.L"], head["neck01"]
    if sleeve < 0:
        hole = 0.86 * shoulder[0] + 0.25 * np.maximum(shoulder[2] - points[:, 2], 0)
        inside = np.where(
            on_arm, np.minimum(hole - x, -0.005), np.where(points[:, 2] > shoulder[2] - 0.16 * scale, hole - x, _FAR_M)
        )
    else:
        length = float(np.linalg.norm(wrist - shoulder))
        mirrored = np.stack([x, points[:, 1], points[:, 2]], axis=1)
        along = (mirrored - shoulder) @ ((wrist - shoulder) / length)
        inside = np.where(on_arm, sleeve * length - along, _FAR_M)
    hip = head["upperleg01.L"][2]
    above_hem = points[:, 2] - (hip + hem * (neck[2] - hip))
    inside = np.where(on_arm, inside, np.minimum(inside, above_hem))
    up = np.array([0.0, -v_neck, 1.0]) / np.hypot(v_neck, 1.0)
    over = (points - neck - (0, 0, 0.012 * scale)) @ up + 0.35 * v_neck * np.where(points[:, 1] < neck[1], x, 0)
    aside = np.hypot(points[:, 0], 0.8 * (points[:, 1] - neck[1])) - neck_m * scale
    return np.minimum(inside, np.where(on_head, -np.abs(over) - 0.002, np.maximum(-over, aside))).astype(np.float32)


def trousers_edge(body: Body, leg: float, waist: float) -> np.ndarray:
    """(N,) metres inside trousers that cover the share ``leg`` of the leg.

    ``waist`` is the height of the waistband above the hip joints in units of the way from there to the neck.
    """
    points, head, weights = bare(body), _heads(body), limb_weights()
    hip, ankle = head["upperleg01.L"][2], head["foot.L"][2]
    below = hip + waist * (head["neck01"][2] - hip) - points[:, 2]
    above = points[:, 2] - (hip - leg * (hip - ankle))
    return np.where(weights["arm"] > 0.5, -_FAR_M, np.minimum(below, above)).astype(np.float32)


def shoe_edge(body: Body, ankle_m: float) -> np.ndarray:
    """(N,) metres inside a shoe that ends ``ankle_m`` above the ankle joint; higher up it is the way down to it."""
    top = _heads(body)["foot.L"][2] + ankle_m
    return np.where(limb_weights()["leg"] > 0.5, top - bare(body)[:, 2], -10.0).astype(np.float32)


def hair_edge(body: Body) -> np.ndarray:
    """(N,) metres above the hairline, which rises from the nape to the forehead."""
    points, stems = bare(body), figure().stems
    nose, eye = landmarks(body)
    head = points[stems == "head"]
    crown, back = head[:, 2].max(), head[:, 1].max()
    ear_line = eye[2] + 0.15 * (crown - eye[2])
    depth = (points[:, 1] - nose[1]) / (back - nose[1])
    hairline = np.interp(depth, [0.0, 0.28, 0.45, 0.62, 1.0], [1.0, 0.62, 0.10, -0.45, -0.55])
    above = (points[:, 2] - ear_line) - hairline * (crown - ear_line)
    scalp = (limb_weights()["head"] > 0.5) & (stems != "eye")
    return np.where(scalp, above, -_FAR_M).astype(np.float32)


def landmarks(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Tip of the nose and middle of the left eye in the rest pose, (3,) each."""
    points = body.template.keypoints @ body.vertices
    return points[0], points[1]


@cache
def smoother() -> sparse.csr_array:
    """(N, N) matrix that moves each vertex below the head most of the way to the mean of its neighbours."""
    faces, size = figure().faces, len(figure().vertices)
    rows = np.concatenate([faces.ravel(), np.roll(faces, 1, axis=1).ravel()])
    columns = np.concatenate([np.roll(faces, 1, axis=1).ravel(), faces.ravel()])
    touching = sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(size, size))
    touching.data[:] = 1
    moves = np.where(limb_weights()["head"] < 0.9, 0.8, 0.0)
    mean = sparse.diags_array(moves / touching.sum(axis=1)) @ touching + sparse.diags_array(1 - moves)
    return sparse.csr_array(mean).astype(np.float32)


def _heads(body: Body) -> dict[str, np.ndarray]:
    return {bone: body.heads[index] for bone, index in body.template.bone_index.items()}
