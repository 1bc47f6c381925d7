"""Bodies in clothes moved by their bones."""

from functools import cache

import numpy as np

from fitlab.synthesis.body import Body
from fitlab.synthesis.clothing import Dressed
from fitlab.synthesis.figure import figure
from fitlab.synthesis.hair import tuft

_SHADOW_POINTS = 3000


def posed(dressed: Dressed, body: Body, rotations: np.ndarray, heads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World vertices and normals (not of unit length), (N + hair, 3) float32 each: linear blend skinning."""
    moves = heads - (rotations @ body.heads[..., None])[..., 0]
    bones = np.concatenate([rotations, moves[..., None]], axis=-1).reshape(len(heads), 12).astype(np.float32)
    blended = (figure().skin @ bones).reshape(-1, 3, 4)
    vertices = np.einsum("vij,vj->vi", blended[:, :, :3], dressed.vertices) + blended[:, :, 3]
    normals = np.einsum("vij,vj->vi", blended[:, :, :3], dressed.normals)
    head = body.template.bone_index["head"]
    hair, hair_normals = tuft(dressed.hair, body, rotations[head], heads[head])
    return np.concatenate([vertices, hair]), np.concatenate([normals, hair_normals])


def shadow_points(vertices: np.ndarray, body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Some vertices (N, 3) all over the body, and the square metres (N,) that each stands for."""
    chosen, areas = _spread()
    return vertices[chosen], areas * np.float32(body.height**2)


@cache
def _spread() -> tuple[np.ndarray, np.ndarray]:
    """Vertices in proportion to their share of the surface, and that surface in squares of the height."""
    body = Body()
    points, faces = body.vertices[figure().vertices].astype(float), figure().faces
    corners = points[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    of_vertex = np.bincount(faces.ravel(), weights=np.repeat(area / 3, 3), minlength=len(points))
    each = of_vertex.sum() / _SHADOW_POINTS
    edges = (np.arange(_SHADOW_POINTS) + 0.5) * each
    chosen, times = np.unique(np.searchsorted(np.cumsum(of_vertex), edges), return_counts=True)
    return chosen, (times * each / body.height**2).astype(np.float32)
