"""Hair: a cap on the scalp, and a tuft that hangs from it: bun, ponytail or long hair."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from fitlab.synthesis import regions
from fitlab.synthesis.body import Body
from fitlab.synthesis.figure import figure

Colour = tuple[int, int, int]

HAIRS: tuple[Colour, ...] = (
    (26, 22, 20),
    (48, 34, 26),
    (72, 50, 34),
    (104, 72, 44),
    (150, 116, 74),
    (186, 152, 104),
    (126, 124, 122),
    (190, 188, 186),
    (98, 46, 26),
)
"""The first two are dark."""
_RINGS, _AROUND = 7, 10


@dataclass(frozen=True)
class Hair:
    """``style``: bald, short, afro, bun, ponytail or long; ``beard`` from 0 (none) to 1 (of the hair's colour)."""

    style: str
    colour: Colour
    volume_m: float
    beard: float


def draw_hair(rng: np.random.Generator, gender: float, dark: bool) -> Hair:
    """Random hair for somebody whose ``gender`` is 0 (male) to 1 (female); ``dark`` skin comes with dark hair."""
    styles = (
        ("short", "bun", "ponytail", "long")
        if gender > 0.5
        else ("short", "short", "short", "short", "afro", "bald", "bun")
    )
    style = str(rng.choice(styles))
    colour = HAIRS[rng.integers(2 if dark else len(HAIRS))]
    volume = {"afro": rng.uniform(0.03, 0.055), "bald": 0.0, "short": rng.uniform(0.006, 0.024)}.get(
        style, rng.uniform(0.008, 0.014)
    )
    beard = float(rng.choice([0, 0, 0, 0.25, 0.7, 0.9])) if gender < 0.5 else 0.0
    return Hair(style, colour, float(volume), beard)


@dataclass(frozen=True)
class _Shape:
    """Of a tuft: lengths in metres; ``width`` and ``depth`` are radii from the root to the tip."""

    length: float
    width: tuple[float, ...]
    depth: tuple[float, ...]
    root: float  # height between the ears (0) and the crown (1)
    away: float  # how steeply it leaves the head backwards; the rest is up (bun, ponytail) or down (long hair)
    up: float
    hangs: float  # how much of it follows gravity at the tip


_BUN = (0.012, 0.035, 0.042, 0.042, 0.036, 0.024, 0.008)
_PONYTAIL = (0.016, 0.024, 0.030, 0.031, 0.028, 0.021, 0.006), (0.016, 0.021, 0.024, 0.024, 0.021, 0.016, 0.005)
_LONG = (0.062, 0.078, 0.086, 0.088, 0.084, 0.074, 0.050), (0.030, 0.036, 0.036, 0.034, 0.030, 0.024, 0.008)
_SHAPES = {
    "bun": _Shape(0.075, _BUN, _BUN, root=0.45, away=0.8, up=0.6, hangs=0.0),
    "ponytail": _Shape(0.26, *_PONYTAIL, root=0.35, away=0.9, up=0.3, hangs=0.95),
    "long": _Shape(0.33, *_LONG, root=0.15, away=0.1, up=-1.0, hangs=0.6),
}


@cache
def tuft_faces() -> np.ndarray:
    """(F, 3) faces of a tuft: a tube that is closed at both ends."""
    ring, around = np.meshgrid(np.arange(_RINGS - 1), np.arange(_AROUND), indexing="ij")
    a = ring * _AROUND + around
    b = ring * _AROUND + (around + 1) % _AROUND
    sides = np.concatenate([np.stack([a, b, a + _AROUND], -1), np.stack([b, b + _AROUND, a + _AROUND], -1)])
    fan = np.arange(1, _AROUND - 1)
    root = np.stack([np.zeros_like(fan), fan + 1, fan], -1)
    return np.concatenate([sides.reshape(-1, 3), root, root[:, ::-1] + (_RINGS - 1) * _AROUND])


@cache
def person_faces() -> np.ndarray:
    """(F, 3) faces of a figure with the vertices of a tuft after its own."""
    return np.concatenate([figure().faces, tuft_faces() + len(figure().vertices)])


def tuft(hair: Hair, body: Body, rotation: np.ndarray, head: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The tuft on a head that is turned by ``rotation`` (3, 3) and whose bone begins at ``head`` (3,).

    Returns vertices and normals, (N, 3) each; without a tuft all vertices are one point.
    """
    shape = _SHAPES.get(hair.style)
    if shape is None:
        return np.tile(head, (_RINGS * _AROUND, 1)).astype(np.float32), np.zeros((_RINGS * _AROUND, 3), np.float32)
    root, scale = _root(body, shape)
    step = shape.length * scale / (_RINGS - 1)
    start = rotation @ np.array([0, shape.away, shape.up])
    pull = shape.hangs * np.minimum(1.6 * np.arange(_RINGS) / (_RINGS - 1), 1)[:, None]
    along = (1 - pull) * start + pull * (0, 0, -1.0)
    along /= np.sqrt((along * along).sum(axis=1, keepdims=True))
    centres = head + rotation @ root + step * np.cumsum(along, axis=0)
    across = rotation[:, 0] - along * (along @ rotation[:, 0])[:, None]
    across /= np.maximum(np.sqrt((across * across).sum(axis=1, keepdims=True)), 1e-6)
    deep = along[:, [1, 2, 0]] * across[:, [2, 0, 1]] - along[:, [2, 0, 1]] * across[:, [1, 2, 0]]
    angle = np.arange(_AROUND) * 2 * np.pi / _AROUND
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    width, depth = (scale * np.array(radii)[:, None, None] for radii in (shape.width, shape.depth))
    offsets = width * cosine * across[:, None] + depth * sine * deep[:, None]
    normals = cosine * across[:, None] + sine * deep[:, None]
    vertices = centres[:, None] + offsets
    vertices[..., 2] = np.maximum(vertices[..., 2], 0.005)
    return vertices.reshape(-1, 3).astype(np.float32), normals.reshape(-1, 3).astype(np.float32)


def tuft_vertices(hair: Hair, body: Body) -> np.ndarray:
    """(N, 3) vertices of the tuft in the rest pose."""
    return tuft(hair, body, np.eye(3), body.heads[body.template.bone_index["head"]])[0]


def _root(body: Body, shape: _Shape) -> tuple[np.ndarray, float]:
    """Where the tuft begins, seen from the head bone in the rest pose, and the size of the head."""
    index = body.template.bone_index["head"]
    head = body.vertices[body.template.main_bone == index]
    _, eye = regions.landmarks(body)
    height = eye[2] + shape.root * (head[:, 2].max() - eye[2])
    level = head[np.abs(head[:, 2] - height) < 0.02]
    back = np.array([0.0, level[:, 1].max() - 0.012, height])
    return back - body.heads[index], float(eye[0] / 0.031)
