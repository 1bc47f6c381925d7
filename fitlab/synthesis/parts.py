"""The body as a chain of rigid parts: which bones move together, where their heads are, what they weigh."""

from collections.abc import Collection, Mapping
from functools import cached_property

import numpy as np

from fitlab.synthesis.body import Body
from fitlab.synthesis.controls import SIDES
from fitlab.synthesis.kinematics import apply

SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
NECK = ("neck01", "neck02", "neck03", "head")

Rotations = Mapping[str, np.ndarray]
"""Part -> (T, 3, 3) rotations from the rest pose."""
Heads = Mapping[str, np.ndarray]
"""Bone -> (T, 3) where its upper end is, metres."""

# Mass of each segment as a share of the body's, and its centre on the way from the first bone head to the second:
# de Leva 1996 (J Biomech 29:1223), table 4, mean of men and women.  The head's centre is that of its vertices.
_HEAD_MASS = 0.068
_SEGMENTS = {
    ("upperarm01", "lowerarm01"): (0.0263, 0.576),
    ("lowerarm01", "wrist"): (0.0150, 0.457),
    ("wrist", "finger3-1"): (0.0059, 0.79),
    ("upperleg01", "lowerleg01"): (0.1447, 0.385),
    ("lowerleg01", "foot"): (0.0457, 0.444),
    ("foot", "toe2-1"): (0.0133, 0.42),
}
_TRUNK_MASS, _TRUNK_CENTRE = 0.430, 0.415  # from the middle of the shoulders to the middle of the hips

_PART_OF = {
    "pelvis": "root",
    "upperleg02": "upperleg01",
    "lowerleg02": "lowerleg01",
    "upperarm02": "upperarm01",
    "lowerarm02": "lowerarm01",
    "eye": "head",
    **{f"toe{digit}": "toes" for digit in range(1, 6)},
    **{f"metacarpal{digit}": "wrist" for digit in range(1, 5)},
}


def part_of_bone(bone: str) -> str:
    """The rigid part of ``bone``: ``toe3-2.L`` is of ``toes.L``, ``finger2-3.L`` bends as ``finger-3.L``."""
    stem, _, side = bone.partition(".")
    name, _, joint = stem.partition("-")
    if name.startswith("finger"):
        return f"thumb.{side}" if name == "finger1" else f"finger-{joint}.{side}"
    part = _PART_OF.get(name, name)
    return part if not side or part in ("root", "head") else f"{part}.{side}"


class Parts:
    """One body's chain of bones.

    Attributes
    ----------
    rest : {bone: (3,)}
        Bone heads of the rest pose, metres.
    """

    def __init__(self, body: Body) -> None:
        self.body = body
        template = body.template
        self.rest = {name: body.heads[bone].astype(float) for name, bone in template.bone_index.items()}
        parents = {name: template.bones[parent] for name, parent in zip(template.bones, template.parents, strict=True)}
        self._steps = {  # bone -> its parent, the part that carries it, and the way between in the rest pose
            bone: (parents[bone], part_of_bone(parents[bone]), self.rest[bone] - self.rest[parents[bone]])
            for bone in template.bones[1:]
        }
        self.part = {bone: part_of_bone(bone) for bone in template.bones}

    def length(self, start: str, end: str) -> float:
        """Metres between two bone heads of the rest pose."""
        return float(np.linalg.norm(self.rest[end] - self.rest[start]))

    def middle(self, heads: Heads, bone: str) -> np.ndarray:
        """Between the left and the right ``bone``."""
        return (heads[f"{bone}.L"] + heads[f"{bone}.R"]) / 2

    def chain(self, parts: Rotations, pelvis: np.ndarray, bones: tuple[str, ...]) -> dict[str, np.ndarray]:
        """Heads of ``bones``, which lists every parent before its children and begins with ``root``."""
        heads = {"root": pelvis.copy()}
        for bone in bones[1:]:
            parent, part, way = self._steps[bone]
            heads[bone] = heads[parent] + parts[part] @ way
        return heads

    @cached_property
    def _head_centre(self) -> np.ndarray:
        owner = self.body.template.main_bone
        return self.body.vertices[owner == self.body.template.bone_index["head"]].mean(axis=0) - self.rest["head"]

    def centre_of_mass(self, parts: Rotations, heads: Heads) -> np.ndarray:
        """(T, 3) metres; ``heads`` holds the ends of :data:`_SEGMENTS` and the head, ``parts`` its rotation."""
        total = _HEAD_MASS * (heads["head"] + parts["head"] @ self._head_centre)
        shoulders, hips = self.middle(heads, "upperarm01"), self.middle(heads, "upperleg01")
        total = total + _TRUNK_MASS * (shoulders + _TRUNK_CENTRE * (hips - shoulders))
        for (start, end), (mass, centre) in _SEGMENTS.items():
            for side in SIDES:
                first, second = heads[start + side], heads[end + side]
                total = total + mass * (first + centre * (second - first))
        return total

    def outline(self, bones: Collection[str], joint: str) -> np.ndarray:
        """(N, 3) corners of the convex hull of the skin that ``bones`` move, seen from ``joint`` in the rest pose."""
        from scipy.spatial import ConvexHull

        index = self.body.template.bone_index
        mine = self.body.vertices[np.isin(self.body.template.main_bone, [index[bone] for bone in bones])]
        return mine[ConvexHull(mine).vertices].astype(float) - self.rest[joint]

    def across(self, parts: Rotations, bone: str, vector: np.ndarray) -> np.ndarray:
        """(T, 3) ``vector`` (3,) of the rest pose turned as ``bone`` is."""
        return apply(parts[self.part[bone]], vector)


def clearance(outline: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """(T,) metres from a joint down to the lowest of its ``outline`` (N, 3) when turned by ``rotations`` (T, 3, 3)."""
    return -(rotations[..., 2, :] @ outline.T).min(axis=-1)


def _with_sides(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name + side for side in SIDES for name in names)


TRUNK_BONES = (
    "root",
    *_with_sides(("pelvis", "upperleg01")),
    *SPINE,
    *_with_sides(("clavicle", "shoulder01", "upperarm01")),
)
"""What is needed to know where hips and shoulders are."""
