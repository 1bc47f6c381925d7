"""The Anny body: a person's shape from a phenotype, skinned by the rotations of its bones.

Anny (Bregier et al., "Human Mesh Modeling for Anny Body", ECCV 2026; Apache-2.0 on CC0 data of MakeHuman), adults only,
as made compact by :mod:`fitlab.synthesis.convert_anny`.  Axes: metres, z up, the person looks along -y with the left
side at +x.  Letters here: V vertices, J bones, K keypoints, T frames.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from numbers import Real
from pathlib import Path

import numpy as np
from scipy import sparse

from fitlab.errors import InputError, SetupError
from fitlab.skeletons import COCO23

BODY_FILE = Path(__file__).with_name("anny_adults.npz")

PHENOTYPES: Mapping[str, tuple[float, ...]] = {
    "gender": (0.0, 1.0),  # male .. female
    "age": (2 / 3, 1.0),  # young adult .. old
    "muscle": (0.0, 0.5, 1.0),
    "weight": (0.0, 0.5, 1.0),
    "height": (0.0, 1.0),
    "proportions": (0.0, 1.0),  # ideal .. uncommon
}
"""Phenotype slider -> its corners; the shape is linear between them."""


@dataclass(frozen=True, eq=False)
class Template:
    """What all bodies share.

    Parameters
    ----------
    shapes : (components, V + J, 3) float16 ; mean : (V + J, 3) ; scores : (one axis per phenotype, components)
        Rest shape = mean + scores @ shapes; vertices first, bone heads after them.
    faces : (F, 3) int
    skin : (V, J) sparse, rows sum to 1
        Weights of linear blend skinning.
    bones, parents : names and parent indices of the J bones; a parent comes before its children
    keypoints : (23, V) sparse, rows sum to 1
        Regresses the joints of :data:`fitlab.skeletons.COCO23` from the vertices.
    """

    shapes: np.ndarray
    mean: np.ndarray
    scores: np.ndarray
    faces: np.ndarray
    skin: sparse.csr_array
    bones: tuple[str, ...]
    parents: tuple[int, ...]
    keypoints: sparse.csr_array

    @cached_property
    def bone_index(self) -> dict[str, int]:
        """Name of a bone -> its index."""
        return {name: index for index, name in enumerate(self.bones)}

    @cached_property
    def main_bone(self) -> np.ndarray:
        """(V,) the bone that moves each vertex most."""
        return self.skin.toarray().argmax(axis=1)


@cache
def load_template() -> Template:
    """The body file of the package; SetupError if it is not there."""
    if not BODY_FILE.exists():
        raise SetupError(f"the body must be at {BODY_FILE}, got none; run python -m fitlab.synthesis.convert_anny")
    with np.load(BODY_FILE) as file:
        data = {name: file[name] for name in file.files}
    bones = len(data["bones"])
    vertices = data["mean"].shape[0] - bones
    weights = data["skin_weights"].astype(np.float32)
    rows = np.repeat(np.arange(vertices), weights.shape[1])
    skin = sparse.csr_array((weights.ravel(), (rows, data["skin_bones"].ravel())), shape=(vertices, bones))
    order = [list(data["keypoints"]).index(joint) for joint in COCO23.joints]
    keypoints = sparse.csr_array(
        (data["keypoint_weights"], (data["keypoint_rows"], data["keypoint_vertices"])), shape=(len(order), vertices)
    )[order]
    return Template(
        shapes=data["basis"],
        mean=data["mean"],
        scores=data["scores"],
        faces=data["faces"].astype(np.int64),
        skin=_rows_sum_to_one(skin),
        bones=tuple(map(str, data["bones"])),
        parents=tuple(map(int, data["parents"])),
        keypoints=_rows_sum_to_one(keypoints),
    )


class Body:
    """One person's body in the rest pose (arms a little spread, soles on the floor) and its skinning.

    Parameters
    ----------
    phenotype : mapping
        Slider -> value between the ends of :data:`PHENOTYPES`; missing sliders take the middle.

    Attributes
    ----------
    vertices : (V, 3) float32, heads : (J, 3) float32
        Rest mesh and bone heads, metres, sole at z = 0.
    stretch : mapping
        What :func:`fitlab.synthesis.fit_shape.stretched` did: measure -> factor; empty for a body by sliders alone.

    Raises
    ------
    InputError
        For an unknown slider or a value out of range.
    """

    def __init__(self, phenotype: Mapping[str, float] | None = None) -> None:
        self.template = load_template()
        self.phenotype = _checked(phenotype or {})
        self.stretch: Mapping[str, float] = {}
        scores = self.template.scores
        for slider, corners in PHENOTYPES.items():  # contracts the first axis that is left: multilinear interpolation
            scores = np.tensordot(_hat_weights(self.phenotype[slider], corners), scores, axes=1)
        shape = self.template.mean + np.tensordot(scores.astype(np.float32), self.template.shapes, axes=1)  # (V + J, 3)
        shape[:, 2] -= shape[:, 2].min()
        bones = len(self.template.bones)
        self.vertices: np.ndarray = shape[:-bones]
        self.heads: np.ndarray = shape[-bones:]

    @property
    def height(self) -> float:
        """Metres from sole to crown."""
        return float(self.vertices[:, 2].max())

    @cached_property
    def normals(self) -> np.ndarray:
        """(V, 3) float32 unit normals of the rest mesh, outwards."""
        return vertex_normals(self.vertices)

    @cached_property
    def _normal_skinning(self) -> sparse.csr_array:
        """(V, 3 J): row v holds w_vj * normal_v."""
        skin = self.template.skin.tocoo()
        vertex, bone = skin.coords
        values = skin.data[:, None] * self.normals[vertex]
        columns = 3 * bone[:, None] + np.arange(3)
        shape = (len(self.vertices), 3 * len(self.heads))
        return sparse.csr_array((values.ravel(), (np.repeat(vertex, 3), columns.ravel())), shape=shape)

    @cached_property
    def _skinning(self) -> sparse.csr_array:
        """(V, 4 J): row v holds w_vj * (v - head_j, 1), so that skinning is one sparse product."""
        skin = self.template.skin.tocoo()
        vertex, bone = skin.coords
        offsets = np.concatenate([self.vertices[vertex] - self.heads[bone], np.ones((len(bone), 1))], axis=1)
        values = (skin.data[:, None] * offsets).astype(np.float32)
        columns = 4 * bone[:, None] + np.arange(4)
        shape = (len(self.vertices), 4 * len(self.heads))
        return sparse.csr_array((values.ravel(), (np.repeat(vertex, 4), columns.ravel())), shape=shape)

    @cached_property
    def _keypoint_skinning(self) -> sparse.csr_array:
        """(23, 4 J): keypoints without the mesh, since both maps are linear."""
        return sparse.csr_array(self.template.keypoints @ self._skinning)

    def crowns(self, rotations: np.ndarray, heads: np.ndarray) -> np.ndarray:
        """(T, 3) world positions of the top of the skull."""
        crown, bone = self._crown, self.template.bone_index["head"]
        return heads[:, bone] + rotations[:, bone] @ (crown - self.heads[bone])

    @cached_property
    def _crown(self) -> np.ndarray:
        return self.vertices[self.vertices[:, 2].argmax()]

    def reshaped(self, offsets: np.ndarray) -> "Body":
        """This body with (V, 3) ``offsets`` added to its rest mesh: clothes, hair.  Keypoints and crown stay."""
        dressed = object.__new__(Body)
        dressed.template, dressed.phenotype, dressed.heads = self.template, self.phenotype, self.heads
        dressed.stretch = self.stretch
        dressed.vertices = (self.vertices + offsets).astype(np.float32)
        dressed.__dict__ |= {"_keypoint_skinning": self._keypoint_skinning, "_crown": self._crown}
        return dressed

    def skin(self, rotations: np.ndarray, heads: np.ndarray) -> np.ndarray:
        """(V, 3) float32 world vertices of one frame; ``rotations`` (J, 3, 3) turn the rest pose, ``heads`` (J, 3)."""
        return self._skinning @ _stacked(rotations, heads)

    def skin_normals(self, rotations: np.ndarray) -> np.ndarray:
        """(V, 3) normals of one frame, for shading: turned like the vertices, not of unit length."""
        return self._normal_skinning @ np.swapaxes(rotations, -1, -2).reshape(-1, 3)  # (J, 3, 3) -> (3 J, 3)

    def keypoints(self, rotations: np.ndarray, heads: np.ndarray) -> np.ndarray:
        """(T, 23, 3) world keypoints (COCO23) of ``rotations`` (T, J, 3, 3) and ``heads`` (T, J, 3)."""
        return np.stack([self._keypoint_skinning @ _stacked(r, h) for r, h in zip(rotations, heads, strict=True)])


def draw_phenotype(rng: np.random.Generator) -> dict[str, float]:
    """A random adult: any gender and age, muscle, weight and height around the middle."""
    age = rng.beta(1.2, 2.5)
    return {
        "gender": float(rng.choice([0.0, 1.0]) * 0.8 + rng.uniform(0.0, 0.2)),
        "age": float(PHENOTYPES["age"][0] + age / 3),
        "muscle": float(np.clip(rng.normal(0.6, 0.15), 0.2, 1.0)),
        "weight": float(np.clip(rng.normal(0.5, 0.15), 0.15, 0.95)),
        "height": float(np.clip(rng.normal(0.5, 0.15), 0.1, 0.95)),
        "proportions": float(rng.uniform(0.0, 0.6)),
    }


def vertex_normals(points: np.ndarray) -> np.ndarray:
    """(V, 3) float32 unit normals, outwards, of the mesh at ``points`` (V, 3): the faces around, by area."""
    faces = load_template().faces
    corners = points[faces]  # (F, 3, 3)
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = _touching() @ areas
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)).astype(np.float32)


@cache
def _touching() -> sparse.csr_array:
    """(V, F): 1 where a face has the vertex as a corner."""
    faces = load_template().faces
    return sparse.csr_array((np.ones(faces.size, np.float32), (faces.ravel(), np.repeat(np.arange(len(faces)), 3))))


def _stacked(rotations: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """(4 J, 3): the transposed rotation of every bone above its head."""
    blocks = np.concatenate([np.swapaxes(rotations, -1, -2), heads[:, None, :]], axis=1)  # (J, 4, 3)
    return blocks.reshape(-1, 3).astype(np.float32)  # (J, 4, 3) -> (4 J, 3)


def _checked(phenotype: Mapping[str, float]) -> dict[str, float]:
    chosen = {slider: (corners[0] + corners[-1]) / 2 for slider, corners in PHENOTYPES.items()}
    for slider, value in phenotype.items():
        if slider not in PHENOTYPES:
            raise InputError(f"phenotype must be one of {', '.join(PHENOTYPES)}, got {slider!r}; correct the name")
        low, high = PHENOTYPES[slider][0], PHENOTYPES[slider][-1]
        if not isinstance(value, Real) or not low - 1e-6 <= value <= high + 1e-6:
            raise InputError(f"phenotype {slider} must lie in [{low:.2f}, {high:g}], got {value!r}; bodies are adults")
        chosen[slider] = float(value)
    return chosen


def _hat_weights(value: float, corners: tuple[float, ...]) -> np.ndarray:
    """Weights of linear interpolation between ``corners``; they sum to 1."""
    return np.array([np.interp(value, corners, row) for row in np.eye(len(corners))])


def _rows_sum_to_one(matrix: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array(sparse.diags_array(1 / matrix.sum(axis=1)) @ matrix).astype(np.float32)
