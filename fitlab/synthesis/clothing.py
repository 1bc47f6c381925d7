"""Sports clothes, skin and a face for a bare mesh."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from fitlab.synthesis import regions
from fitlab.synthesis.body import Body
from fitlab.synthesis.figure import figure
from fitlab.synthesis.hair import Hair, draw_hair, tuft_vertices

Colour = tuple[int, int, int]

_SKINS = np.array(
    [(245, 212, 186), (232, 190, 156), (208, 160, 122), (176, 124, 88), (140, 94, 64), (104, 68, 48), (72, 48, 36)],
    float,
)
_SHOES: tuple[Colour, ...] = (
    (236, 236, 236),
    (34, 34, 38),
    (150, 40, 40),
    (45, 70, 130),
    (120, 120, 120),
    (235, 120, 60),
)
_SOCKS: tuple[Colour, ...] = ((238, 238, 235), (40, 40, 44), (150, 150, 155))
_DULL: tuple[Colour, ...] = ((32, 33, 38), (236, 235, 232), (92, 96, 102), (38, 46, 74), (160, 162, 165), (70, 62, 56))


@dataclass(frozen=True)
class Outfit:
    """What somebody wears.

    Colours are red, green and blue, 0 to 255.  ``sleeve`` and ``leg`` say how much of the arm and the leg is covered,
    from 0 (none) to 1 (to the wrist, to the ankle); ``sleeve`` below 0 is a tank top.  ``hem`` and ``waist`` are where
    the shirt ends and the trousers begin, from 0 (hip joints) to 1 (neck).  ``loose_m`` is how far shirt and trousers
    stand off the skin, ``patterns`` what they show (numbers of ``clothes.glsl``).
    """

    skin: Colour
    hair: Hair
    shirt: Colour
    trousers: Colour
    shoes: Colour
    sock: Colour
    accent: Colour
    sleeve: float
    hem: float
    neck_m: float
    v_neck: float
    leg: float
    waist: float
    loose_m: tuple[float, float]
    barefoot: bool
    socks_m: float
    patterns: tuple[int, int]
    bands: float
    phase: float


def draw_outfit(rng: np.random.Generator, gender: float = 0.5) -> Outfit:
    """Random sports clothes for somebody whose ``gender`` is 0 (male) to 1 (female)."""
    shirt, trousers, accent = _cloth(rng), _cloth(rng), _cloth(rng)
    if abs(np.mean(shirt) - np.mean(trousers)) < 35:  # mostly one sees where one ends and the other begins
        trousers = _colour(
            np.array(trousers) * (0.35 if np.mean(shirt) > 60 else 1.0) + (0 if np.mean(shirt) > 60 else 90)
        )
    tight = rng.random() < 0.35 + 0.3 * (gender > 0.5)
    cut = rng.random()
    sleeve, hem = (-1.0, 0.06) if cut < 0.25 else (rng.uniform(0.2, 0.45), 0.0) if cut < 0.8 else (0.97, 0.0)
    if gender > 0.5 and cut < 0.12:
        hem = 0.48  # a sports top
    elif gender <= 0.5 and cut < 0.05:
        hem = 2.0  # no shirt at all
    leg = float(rng.choice([rng.uniform(0.18, 0.3), rng.uniform(0.32, 0.47), rng.uniform(0.6, 0.75), 0.97, 0.97]))
    place = rng.uniform(0, len(_SKINS) - 1)
    skin = np.stack([np.interp(place, np.arange(len(_SKINS)), part) for part in _SKINS.T]) * rng.uniform(0.94, 1.05)
    return Outfit(
        skin=_colour(skin),
        hair=draw_hair(rng, gender, dark=place > 2.5),
        shirt=shirt,
        trousers=trousers,
        shoes=_SHOES[rng.integers(len(_SHOES))],
        sock=_SOCKS[rng.integers(len(_SOCKS))],
        accent=accent,
        sleeve=float(sleeve),
        hem=float(hem + rng.uniform(-0.05, 0.08)),
        neck_m=float(rng.uniform(0.062, 0.09) + (0.02 if cut < 0.25 else 0)),
        v_neck=float(rng.choice([0.35, 0.5, 0.9])),
        leg=leg,
        waist=float(rng.uniform(0.14, 0.3)),
        loose_m=(0.003, 0.002) if tight else (float(rng.uniform(0.008, 0.018)), float(rng.uniform(0.006, 0.016))),
        barefoot=bool(rng.random() < 0.2),
        socks_m=float(rng.choice([0.0, 0.03, 0.03, 0.1, 0.16])),
        patterns=(int(rng.choice([0, 0, 0, 1, 2, 3, 4, 5, 6, 7])), int(rng.choice([0, 0, 0, 1, 2, 2, 3]))),
        bands=float(rng.uniform(18, 50)),
        phase=float(rng.uniform(0, 6.28)),
    )


@dataclass(frozen=True, eq=False)
class Dressed:
    """A body in clothes, ready to be skinned and drawn.

    Parameters
    ----------
    vertices, normals : (N, 3) float32
        Rest pose.
    skin : (N + hair, 3) float32 colours, 0 to 255 ; layers : (N + hair, 4) metres ; rest : (N + hair, 3) body heights
        See :class:`fitlab.synthesis.actors.PersonActor`.
    look : mapping
        Colours and numbers for the shader.
    cavity : (N,) float32
        Light that reaches folds and hollows, at most 1.
    """

    vertices: np.ndarray
    normals: np.ndarray
    skin: np.ndarray
    layers: np.ndarray
    rest: np.ndarray
    look: Mapping[str, float | Colour]
    cavity: np.ndarray
    hair: Hair


def dress(body: Body, outfit: Outfit) -> Dressed:
    """Puts clothes on a body: the mesh is lifted and smoothed where cloth lies over it."""
    bare, scale = regions.bare(body), body.height / 1.75
    shirt = regions.shirt_edge(body, outfit.sleeve, outfit.hem, outfit.neck_m, outfit.v_neck)
    trousers = regions.trousers_edge(body, outfit.leg, outfit.waist)
    shoes = np.full_like(shirt, -10.0) if outfit.barefoot else regions.shoe_edge(body, 0.012 * scale)
    hair = regions.hair_edge(body) if outfit.hair.style != "bald" else np.full_like(shirt, -1.0)

    normals, smooth, smoothed = figure().normals(bare), regions.smoother(), bare
    for _ in range(5):
        smoothed = smooth @ smoothed
    hollow = smoothed - bare  # the way from the skin to a cloth that bridges hollows
    # Smoothing shrinks: cloth never sinks below the skin.
    hollow -= np.minimum(np.einsum("vi,vi->v", hollow, normals), 0)[:, None] * normals
    shirt_m, trousers_m = outfit.loose_m
    flare = 1 + 0.8 * np.clip(1 - trousers / 0.25, 0, 1) * (outfit.leg < 0.55)
    creases = 1 + 0.3 * _creases(int(outfit.phase * 100) % _CREASES)
    lift, bridged = np.clip(hair / 0.03, 0, 1) * outfit.hair.volume_m, np.zeros(len(bare), np.float32)
    for edge, metres, share in (
        (trousers, trousers_m * flare, 0.9 if trousers_m > 0.004 else 0.4),
        (shoes, 0.009, 1.0),
        (shirt, shirt_m, 0.95 if shirt_m > 0.004 else 0.4),
    ):
        cover = np.clip(0.5 + edge / 0.03, 0, 1) * (edge > 0)
        lift = np.maximum(lift, cover * metres)
        bridged = np.maximum(bridged, cover * share)
    points = (bare + bridged[:, None] * hollow + (lift * creases)[:, None] * normals).astype(np.float32)
    points[:, 2] = np.maximum(points[:, 2], 0.0)
    normals = figure().normals(points)
    depth = np.einsum("vi,vi->v", smooth @ (smooth @ points) - points, normals)
    cavity = np.clip(1 - 40 * depth, 0.75, 1.08).astype(np.float32)

    layers = np.stack([shirt, trousers, shoes, hair], axis=1)
    rest = bare / body.height
    tuft = tuft_vertices(outfit.hair, body)
    return Dressed(
        vertices=points,
        normals=normals,
        skin=np.concatenate([_painted(outfit), np.full_like(tuft, 0) + outfit.hair.colour]),
        layers=np.concatenate([layers, np.full((len(tuft), 4), (-1, -1, -10, 1))]).astype(np.float32),
        rest=np.concatenate([rest, tuft / body.height]).astype(np.float32),
        look={
            "shirt": outfit.shirt,
            "trousers": outfit.trousers,
            "shoes": outfit.shoes,
            "sole": (222, 222, 216) if sum(outfit.shoes) < 600 else (196, 196, 192),
            "sock": outfit.sock,
            "hair": outfit.hair.colour,
            "accent": outfit.accent,
            "phase": outfit.phase,
            "socks": -20.0 if outfit.barefoot else outfit.socks_m,
            "bands": outfit.bands,
            "shirt_pattern": float(outfit.patterns[0]),
            "trousers_pattern": float(outfit.patterns[1]),
        },
        cavity=cavity,
        hair=outfit.hair,
    )


def _painted(outfit: Outfit) -> np.ndarray:
    """(N, 3) colours of skin, eyes, brows, lips and beard."""
    face, skin, hair = _face(), np.array(outfit.skin, np.float32), np.array(outfit.hair.colour, np.float32)
    colours = skin * face.complexion
    if outfit.hair.beard:
        colours[face.jaw] = (1 - outfit.hair.beard) * colours[face.jaw] + outfit.hair.beard * hair
    colours[face.brows] = 0.3 * skin + 0.65 * hair
    colours[face.lips] = skin * (0.9, 0.7, 0.69)
    colours[face.eyes] = face.eye_colours
    return np.minimum(colours, 255)


@dataclass(frozen=True, eq=False)
class _Face:
    """Indices of vertices, the same on all bodies; ``complexion`` (N, 3) is what cheeks and freckles do to the skin."""

    complexion: np.ndarray
    jaw: np.ndarray
    brows: np.ndarray
    lips: np.ndarray
    eyes: np.ndarray
    eye_colours: np.ndarray


@cache
def _face() -> _Face:
    body = Body()
    points, stems = regions.bare(body), figure().stems
    nose, eye = regions.landmarks(body)
    scale = eye[0] / 0.031  # half the distance of the eyes of an average adult, metres
    front = points[:, 1] < eye[1] + 0.035 * scale
    across, up = np.abs(points[:, 0]) / scale, (points[:, 2] - eye[2]) / scale
    below = (points[:, 2] - nose[2]) / scale
    cheeks = np.exp(-((across - 0.035) ** 2 + (below - 0.005) ** 2) / 0.0003) * front
    grain = np.sin(points @ np.array([91.0, 57.0, 133.0])) * np.sin(points @ np.array([213.0, 171.0, 117.0]))
    on_head = regions.limb_weights()["head"] > 0.5
    jaw = on_head & (below < -0.018) & (below > -0.11) & (points[:, 1] < eye[1] + 0.075 * scale)
    eyes = np.flatnonzero(stems == "eye")
    left = points[eyes, 0] > 0
    middles = np.where(left[:, None], points[eyes][left].mean(axis=0), points[eyes][~left].mean(axis=0))
    away = points[eyes] - middles
    forward = -away[:, 1:2] / np.linalg.norm(away, axis=1, keepdims=True)
    iris = np.where(forward > 0.93, (20, 16, 14), np.where(forward > 0.8, (74, 52, 36), 232))
    return _Face(
        ((1 + 0.035 * grain[:, None]) * (1 + cheeks[:, None] * np.array([0.02, -0.06, -0.06]))).astype(np.float32),
        np.flatnonzero(jaw),
        np.flatnonzero(front & (np.abs(up - 0.021) < 0.0045) & (np.abs(across - 0.031) < 0.019)),
        np.flatnonzero(front & (np.abs(below + 0.038) < 0.006) & (across < 0.022)),
        eyes,
        iris.astype(np.float32),
    )


_CREASES = 6


@cache
def _creases(number: int) -> np.ndarray:
    """(N,) waves of about 5 cm all over the body, in [-1, 1]."""
    points, phase = regions.bare(Body()), 1.3 * number
    return (
        np.sin(points @ np.array([70.0, 55.0, 90.0]) + phase)
        * np.sin(points @ np.array([-45.0, 80.0, 60.0]) + 2 * phase)
    ).astype(np.float32)


def _cloth(rng: np.random.Generator) -> Colour:
    """Half of all sports clothes are black, grey, white or navy; the others have a colour."""
    if rng.random() < 0.5:
        return _colour(np.clip(np.array(_DULL[rng.integers(len(_DULL))]) * rng.uniform(0.9, 1.1), 0, 250))
    hue, grey = rng.uniform(0, 6), rng.uniform(60, 200)
    rainbow = np.clip(np.abs((hue + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    return _colour(np.clip(grey * (1 - rng.uniform(0.3, 0.75)) + rng.uniform(60, 150) * rainbow, 12, 240))


def _colour(values: np.ndarray) -> Colour:
    red, green, blue = (int(value) for value in values)
    return red, green, blue
