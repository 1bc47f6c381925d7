"""Exact labels: joints in the world and in the picture, and which of them the camera sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from fitlab.geometry import Camera
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17, COCO23, H36M17
from fitlab.synthesis.body import Body
from fitlab.synthesis.figure import figure

OUTSIDE, HIDDEN, VISIBLE = 0, 1, 2
"""COCO's visibility of a keypoint: not in the picture, in it but behind something, seen."""

_FLESH_M = 0.13
_FLESH_OF_M = {"hip": 0.16, "toe": 0.10, "heel": 0.10, "nose": 0.06, "eye": 0.06, "ear": 0.06}
"""How far a joint's own flesh reaches around it; hips lie deepest, and the far eye of a profile is hidden."""


def world_poses(keypoints: np.ndarray, crowns: np.ndarray, fps: float) -> tuple[PoseSequence, PoseSequence]:
    """COCO23 and H36M17 in world space.

    Joints of one name are the same point in both; what Human3.6M has in addition follows from
    them as :data:`fitlab.skeletons.DERIVED` says, but for the top of the head, which the mesh has.

    Parameters
    ----------
    keypoints : (T, 23, 3) metres ; crowns : (T, 3) metres
    """
    coco = PoseSequence(keypoints, fps, COCO23, "world", history=("synthesis",))
    h36m = coco.to(H36M17)
    positions = np.array(h36m.positions)
    positions[:, H36M17.index("head_top")] = crowns
    return coco, h36m.replace("crown of the mesh", positions=positions)


def image_poses(coco: PoseSequence, cameras: Sequence[Camera]) -> PoseSequence:
    """The first 17 joints (COCO17) of ``coco`` (COCO23, world) in the picture; confidence 0 outside of it.

    ``cameras`` holds one for each of the T frames, all of one size.
    """
    pairs = zip(cameras, coco.positions[:, : len(COCO17)], strict=True)
    pixels = np.stack([camera.project(joints) for camera, joints in pairs])
    inside = in_picture(pixels, cameras[0].size)  # (T, 17)
    history = (*coco.history, "seen by the camera")
    return PoseSequence(pixels, coco.fps, COCO17, "image", inside.astype(np.float32), cameras[0].size, history)


def camera_poses(world: PoseSequence, cameras: Sequence[Camera]) -> np.ndarray:
    """(T, K, 3) metres in the axes of each frame's camera, the camera at the origin: z is the depth."""
    return np.stack([camera.camera_from_world(p) for camera, p in zip(cameras, world.positions, strict=True)])


def in_picture(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(...) bool: which of ``pixels`` (..., 2) lie in a picture of ``size`` (width, height)."""
    return np.all((pixels >= 0) & (pixels < size), axis=-1)


@dataclass(frozen=True, eq=False)
class PersonInPicture:
    """What of a person is where in one picture.

    Parameters
    ----------
    keypoints : (23, 2) pixels, COCO23, x right, y down
        Those outside of the picture keep their coordinates.
    visibility : (23,) uint8
        :data:`OUTSIDE`, :data:`HIDDEN` or :data:`VISIBLE`.
    mask : (H, W) bool
        Where the person is the first thing seen.
    """

    keypoints: np.ndarray
    visibility: np.ndarray
    mask: np.ndarray

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(x, y, width, height) pixels around the mask, as COCO has it; zeros where nothing is seen."""
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        if not len(rows):
            return 0.0, 0.0, 0.0, 0.0
        span = columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]
        return float(columns[0]), float(rows[0]), float(span[0]), float(span[1])

    @property
    def run_lengths(self) -> dict[str, object]:
        """The mask as COCO's compressed run lengths: ``size`` [height, width] and ``counts``, ASCII."""
        from pycocotools import mask as coco_mask

        packed = coco_mask.encode(np.asfortranarray(self.mask.astype(np.uint8)))
        return {"size": [int(side) for side in packed["size"]], "counts": packed["counts"].decode("ascii")}


class Witness:
    """Tells which joints of one body a camera sees.

    A joint lies inside of the body.  It is visible when nothing is in front of it but its own flesh: skin that lies
    within 13 cm of it in the rest pose (16 for hips, 10 for toes and heels, 6 in the face).  Another limb in front has
    its skin elsewhere in the rest pose; a prop has none.  What else than the person stands in front says the depth of
    the picture; the person's own body is searched along the ray to each joint, for at 256 pixels the depth picture is
    too coarse for it: it disagrees with the rays on 1.5 % of the joints, most of them next to the edge of a limb.

    Parameters
    ----------
    body : Body
        The bare one.
    """

    def __init__(self, body: Body) -> None:
        self._rest = body.vertices[figure().vertices]
        self._joints = body.template.keypoints @ body.vertices  # (23, 3)
        self._reach = np.array([_reach(joint) for joint in COCO23.joints])

    def saw(
        self, vertices: np.ndarray, keypoints: np.ndarray, camera: Camera, depth: np.ndarray, person: np.ndarray
    ) -> PersonInPicture:
        """What the camera saw of the body in one pose.

        Parameters
        ----------
        vertices : (N, 3) world, metres
            Of the figure (:func:`fitlab.synthesis.figure.figure`) in its clothes.
        keypoints : (23, 3) world, metres
        depth : (H, W) metres along the optical axis, inf for background; person : (H, W) bool
            As in :class:`fitlab.synthesis.film.Shot`.
        """
        pixels, away = camera.project(keypoints), camera.camera_from_world(keypoints)[:, 2]
        inside = in_picture(pixels, camera.size)
        column, row = np.where(inside[:, None], pixels, 0).astype(int).T
        covered = (depth[row, column] < away) & ~person[row, column]
        first, skin = first_skin(vertices, self._rest, keypoints, camera)
        own = np.linalg.norm(skin - self._joints, axis=-1) < self._reach
        seen = ~covered & (own | (first >= away))
        visibility = np.where(inside, np.where(seen, VISIBLE, HIDDEN), OUTSIDE).astype(np.uint8)
        return PersonInPicture(pixels, visibility, person)


def _reach(joint: str) -> float:
    return next((metres for part, metres in _FLESH_OF_M.items() if part in joint.split("_")), _FLESH_M)


def first_skin(
    vertices: np.ndarray, rest: np.ndarray, keypoints: np.ndarray, camera: Camera
) -> tuple[np.ndarray, np.ndarray]:
    """What the rays from the camera to ``keypoints`` meet first of a figure.

    Parameters
    ----------
    vertices : (N, 3), keypoints : (K, 3)
        World, metres.
    rest : (N, 3)
        Where the vertices are in the rest pose.

    Returns
    -------
    depth : (K,) metres along the optical axis; inf where the ray misses it
    place : (K, 3) where what is hit lies in the rest pose; NaN where there is none
    """
    faces = figure().faces
    seen, targets = camera.camera_from_world(vertices), camera.camera_from_world(keypoints)
    flat, points = seen[:, :2] / seen[:, 2:], targets[:, :2] / targets[:, 2:]  # normalised image coordinates
    left, top, right, bottom = _bounds(flat.astype(np.float32))
    depth, place = np.full(len(keypoints), np.inf), np.full((len(keypoints), 3), np.nan)
    around = []  # of each ray, the faces whose bounds hold it
    for x, y in points.astype(np.float32):
        inside = top <= y
        inside &= y <= bottom
        level = np.flatnonzero(inside)
        around.append(level[(left[level] <= x) & (x <= right[level])])
    ray, near = np.repeat(np.arange(len(points)), [len(found) for found in around]), faces[np.concatenate(around)]
    a, b, c = (flat[near[:, corner]] - points[ray] for corner in range(3))  # (N, 2) each
    # Twice the areas of the triangles that the point makes with each edge: of one sign when it lies inside.
    areas = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)])
    hit = np.flatnonzero(((areas >= 0).all(axis=0) | (areas <= 0).all(axis=0)) & areas.any(axis=0))
    weights = areas[:, hit] / areas[:, hit].sum(axis=0)
    weights = weights / seen[near[hit], 2].T  # perspective: 1 / depth is linear in the picture
    nearness = weights.sum(axis=0)
    for k in np.unique(ray[hit]):
        own = np.flatnonzero(ray[hit] == k)
        first = own[nearness[own].argmax()]
        depth[k] = 1 / nearness[first]
        place[k] = weights[:, first] @ rest[near[hit[first]]] / nearness[first]
    return depth, place


def _bounds(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Left, top, right and bottom (F,) of every face; ``flat`` (N, 2) float32."""
    found = []
    for coordinate in np.ascontiguousarray(flat.T):
        a, b, c = (coordinate[corner] for corner in _corners())
        found += [np.minimum(np.minimum(a, b), c) - _ROUNDING, np.maximum(np.maximum(a, b), c) + _ROUNDING]
    left, right, top, bottom = found
    return left, top, right, bottom


@cache
def _corners() -> np.ndarray:
    """(3, F) the vertices of every face, corner by corner."""
    return np.ascontiguousarray(figure().faces.T)


_ROUNDING = np.float32(1e-6)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
