"""Clothes, hair and a face for a bare mesh: regions of the rest pose are coloured and pushed out a little."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import sparse

from fitlab.synthesis.body import Body, load_template, vertex_normals

Colour = tuple[int, int, int]

_SKINS: tuple[Colour, ...] = (
    (244, 208, 177),
    (224, 178, 140),
    (198, 145, 105),
    (158, 105, 70),
    (112, 72, 48),
    (78, 50, 36),
)
_HAIRS: tuple[Colour, ...] = ((28, 22, 20), (58, 38, 26), (98, 66, 38), (158, 120, 70), (120, 118, 116), (90, 40, 22))
_SHOES: tuple[Colour, ...] = ((235, 235, 235), (40, 40, 44), (150, 40, 40), (45, 70, 130), (120, 120, 120))


@dataclass(frozen=True)
class Outfit:
    """Colours (red, green, blue), 0 to 255, and cuts.

    ``sleeve`` and ``leg`` say how much of the arm and the leg is covered, from 0 (none) to 1 (to
    the wrist, to the ankle).  ``pattern`` is what the shirt shows.
    """

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour
    accent: Colour
    sleeve: float
    leg: float
    pattern: str
    hair_length: float


def _colour(values: np.ndarray) -> Colour:
    red, green, blue = (int(value) for value in values)
    return red, green, blue


def draw_outfit(rng: np.random.Generator) -> Outfit:
    """Random sports clothes; shirt and trousers differ in brightness, so that one sees where one ends."""
    shirt, trousers, accent = (_colour(rng.integers(25, 235, 3)) for _ in range(3))
    if abs(np.mean(shirt) - np.mean(trousers)) < 40:
        trousers = _colour(np.array(trousers) // 3)
    vary = rng.uniform(0.92, 1.06)
    return Outfit(
        skin=_colour(np.minimum(255, np.array(_SKINS[rng.integers(len(_SKINS))]) * vary)),
        hair=_HAIRS[rng.integers(len(_HAIRS))],
        shirt=shirt,
        trousers=trousers,
        shoes=_SHOES[rng.integers(len(_SHOES))],
        accent=accent,
        sleeve=float(rng.choice([0.28, 0.4, 0.95])),
        leg=float(rng.choice([0.32, 0.48, 0.95, 0.95])),
        pattern=str(rng.choice(["plain", "stripes", "chest"])),
        hair_length=float(rng.uniform(0.1, 1.0)),
    )


def dress(body: Body, outfit: Outfit) -> tuple[Body, np.ndarray]:
    """The body in its clothes and the (V, 3) uint8 colours of its vertices."""
    where = _places(body)
    points = body.vertices
    shirt = (where.trunk & (points[:, 2] > where.waist)) | (where.arm < outfit.sleeve)
    trousers = (where.trunk & ~shirt) | (where.leg < outfit.leg)
    shoes = where.foot
    hair = where.scalp > 0
    colours = np.empty_like(points)
    colours[:] = outfit.skin
    colours *= (1 + 0.05 * where.grain)[:, None]
    for mask, colour in (
        (shirt, outfit.shirt),
        (trousers, outfit.trousers),
        (shoes, outfit.shoes),
        (hair, outfit.hair),
    ):
        colours[mask] = np.array(colour) * (1 + 0.06 * where.grain[mask, None])
    colours[shoes & (points[:, 2] < 0.022)] = (225, 225, 220)  # the sole
    colours[_decorated(outfit.pattern, shirt, points, body)] = outfit.accent
    _paint_face(colours, body, outfit)

    target = points.copy()
    for mask, rounds, thickness in ((shirt, 12, 0.012), (trousers, 10, 0.010), (shoes, 12, 0.013)):
        target = _wrap(target, mask, rounds, thickness)
    lifted = vertex_normals(target) * (np.clip(where.scalp, 0, 1) * (0.008 + 0.018 * outfit.hair_length))[:, None]
    target = target + lifted * (1 + 0.25 * where.grain[:, None])
    target[:, 2] = np.maximum(target[:, 2], 0.0)
    return body.reshaped(target - points), np.clip(colours, 0, 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class _Places:
    """Where the vertices (V,) are: ``arm`` and ``leg`` are shares of the limb's length (inf elsewhere)."""

    trunk: np.ndarray
    foot: np.ndarray
    arm: np.ndarray
    leg: np.ndarray
    scalp: np.ndarray
    grain: np.ndarray
    waist: float


def _places(body: Body) -> _Places:
    template, points = body.template, body.vertices
    index, owner = template.bone_index, template.main_bone
    names = np.array([bone.split(".")[0].split("-")[0] for bone in template.bones])[owner]
    trunk = np.isin(names, ["root", "pelvis", "clavicle", "shoulder01"]) | np.char.startswith(names, "spine")
    arm, leg = np.full(len(points), np.inf), np.full(len(points), np.inf)
    for side in (".L", ".R"):
        on_side = (points[:, 0] > 0) == (side == ".L")
        for share, bones, names_of in (
            (arm, ("upperarm01", "wrist"), ("upperarm01", "upperarm02", "lowerarm01", "lowerarm02")),
            (leg, ("upperleg01", "foot"), ("upperleg01", "upperleg02", "lowerleg01", "lowerleg02")),
        ):
            start, end = (body.heads[index[bone + side]] for bone in bones)
            mine = np.isin(names, names_of) & on_side
            share[mine] = ((points[mine] - start) @ (end - start)) / ((end - start) @ (end - start))
    toes = np.char.startswith(names, "toe") | (names == "foot")
    head = points[owner == index["head"]]
    nose, eye = _landmarks(body)
    ear_line = eye[2] + 0.15 * (head[:, 2].max() - eye[2])
    # The hairline rises from the nape to the forehead.
    depth = (points[:, 1] - nose[1]) / (head[:, 1].max() - nose[1])
    hairline = np.interp(depth, [0.0, 0.28, 0.45, 0.62, 1.0], [1.0, 0.62, 0.10, -0.45, -0.55])
    above = (points[:, 2] - ear_line) / (head[:, 2].max() - ear_line) - hairline
    scalp = np.where(np.isin(names, ["head", "neck03"]) & (owner != index["eye.L"]), np.clip(above * 5, 0, 1), 0)
    return _Places(
        trunk=trunk,
        foot=toes & (points[:, 2] < body.heads[index["foot.L"]][2] + 0.015),
        arm=arm,
        leg=leg,
        scalp=scalp,
        grain=np.sin(points @ np.array([[91.0], [57.0], [133.0]])).ravel() * np.sin(points @ [213.0, 171.0, 117.0]),
        waist=float(body.heads[index["spine05"]][2] + 0.02),
    )


def _landmarks(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Tip of the nose and middle of the left eye, (3,) each."""
    points = body.template.keypoints @ body.vertices
    return points[0], points[1]


def _decorated(pattern: str, shirt: np.ndarray, points: np.ndarray, body: Body) -> np.ndarray:
    low, high = points[shirt, 2].min(), points[shirt, 2].max()
    height = (points[:, 2] - low) / max(high - low, 1e-6)
    if pattern == "stripes":
        return shirt & (np.mod(height * 7, 1) < 0.35)
    if pattern == "chest":
        return shirt & (np.abs(height - 0.62) < 0.09) & (np.abs(points[:, 0]) < 0.12)
    return np.zeros(len(points), bool)


def _paint_face(colours: np.ndarray, body: Body, outfit: Outfit) -> None:
    points, index = body.vertices, body.template.bone_index
    nose, eye = _landmarks(body)
    scale = eye[0] / 0.031  # half the distance of the eyes of an average adult, metres
    front = points[:, 1] < eye[1] + 0.035 * scale
    across, up = np.abs(points[:, 0]) / scale, (points[:, 2] - eye[2]) / scale
    brow = front & (np.abs(up - 0.021) < 0.0045) & (np.abs(across - 0.031) < 0.019)
    lips = front & (np.abs((points[:, 2] - nose[2]) / scale + 0.036) < 0.009) & (across < 0.024)
    colours[brow] = np.array(outfit.hair) * 0.9
    colours[lips] = np.array(outfit.skin) * (0.86, 0.62, 0.62)
    for side in (".L", ".R"):
        ball = np.flatnonzero(body.template.main_bone == index[f"eye{side}"])
        if not len(ball):
            continue
        away = points[ball] - points[ball].mean(axis=0)
        forward = -away[:, 1] / np.linalg.norm(away, axis=1)
        colours[ball] = np.where(
            forward[:, None] > 0.93, (20, 16, 14), np.where(forward[:, None] > 0.8, (74, 52, 36), 238)
        )


@cache
def _neighbours() -> sparse.csr_array:
    """(V, V) rows that average the neighbours of a vertex."""
    faces = load_template().faces
    size = int(faces.max()) + 1
    rows, columns = np.concatenate([faces, np.roll(faces, 1, axis=1)]).ravel(), np.concatenate(
        [np.roll(faces, 1, axis=1), faces]
    ).ravel()  # fmt: skip
    touching = sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(size, size))
    touching.data[:] = 1
    return sparse.csr_array(sparse.diags_array(1 / np.maximum(touching.sum(axis=1), 1)) @ touching)


def _wrap(points: np.ndarray, mask: np.ndarray, rounds: int, thickness: float) -> np.ndarray:
    """Smooths the masked part of a mesh (a cloth bridges hollows) and lifts it off the skin."""
    average, smooth, soft = _neighbours(), points.copy(), mask.astype(np.float32)
    for _ in range(rounds):
        smooth[mask] = 0.5 * smooth[mask] + 0.5 * (average @ smooth)[mask]
    for _ in range(3):
        soft = np.where(mask, average @ soft, 0)
    normals = vertex_normals(smooth)
    # Smoothing shrinks: never let the cloth sink below the skin.
    sunk = np.maximum(np.sum((points - smooth) * normals, axis=1, keepdims=True), 0)
    return np.where(mask[:, None], smooth + normals * (sunk + thickness * soft[:, None]), points).astype(np.float32)
