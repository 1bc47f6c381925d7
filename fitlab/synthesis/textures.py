"""Tileable grey textures of floors and walls, made when first asked for and kept: how light a surface is where."""

from collections.abc import Callable, Mapping
from functools import cache

import cv2
import numpy as np

TILE_M = 4.0
PLAIN = 200
_PIXELS = 512
_LEVELS = 6
_SCALES = (_PIXELS >> np.arange(_LEVELS)).astype(np.float32)
_TOPS = np.concatenate([[0], np.cumsum(_SCALES[:-1] + 1)]).astype(np.float32)


@cache
def _atlas(name: str, variant: int) -> np.ndarray:
    """The texture at 512, 256 ... 16 pixels one above the other, each with its first row and column repeated."""
    rng = np.random.default_rng([sorted(TEXTURES).index(name), variant])
    v, u = np.meshgrid(*2 * [(np.arange(_PIXELS, dtype=np.float32) + 0.5) * (TILE_M / _PIXELS)], indexing="ij")
    level = np.clip(TEXTURES[name](u, v, rng) * PLAIN, 0, 255).astype(np.uint8)
    atlas = np.zeros((2 * _PIXELS + _LEVELS, _PIXELS + 1), np.uint8)
    for number in range(_LEVELS):
        size, top = _PIXELS >> number, int(_TOPS[number])
        padded = np.pad(cv2.resize(level, (size, size), interpolation=cv2.INTER_AREA), (0, 1), mode="wrap")
        atlas[top : top + size + 1, : size + 1] = padded
    return atlas


def sample(name: str, variant: int, u: np.ndarray, v: np.ndarray, footprint_m: np.ndarray) -> np.ndarray:
    """(H, W) uint8 of the texture at (H, W) float32 metres ``u`` and ``v``; :data:`PLAIN` shows a colour as it is.

    ``footprint_m`` (H, W) is how much of the surface a pixel covers: there, details blur.  Repeats every ``TILE_M``.
    """
    level = np.minimum(np.log2(np.maximum(footprint_m, TILE_M / _PIXELS) * (_PIXELS / TILE_M)) + 0.5, _LEVELS - 1)
    level = level.astype(np.uint8)
    scale = _SCALES[level]
    u, v = u * (1 / TILE_M), v * (1 / TILE_M)
    u -= np.floor(u)
    v -= np.floor(v)
    v *= scale
    v += _TOPS[level]
    return cv2.remap(_atlas(name, variant), u * scale, v, cv2.INTER_LINEAR)


def noise(rng: np.random.Generator, cells: int, octaves: int = 3) -> np.ndarray:
    """(512, 512) smooth tileable noise of mean 0 and deviation 1, ``cells`` bumps across and finer ones on them."""
    total = np.zeros((_PIXELS, _PIXELS), np.float32)
    for octave in range(octaves):
        size = min(cells * 2**octave, _PIXELS)
        coarse = np.pad(rng.standard_normal((size, size)).astype(np.float32), 2, mode="wrap")
        whole = round(_PIXELS * (size + 4) / size)
        edge = (whole - _PIXELS) // 2
        fine = cv2.resize(coarse, (whole, whole), interpolation=cv2.INTER_CUBIC)
        total += fine[edge : edge + _PIXELS, edge : edge + _PIXELS] / 2**octave
    return (total - total.mean()) / total.std()


def _per_cell(rng: np.random.Generator, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """A random number, about normal, for each pair of whole numbers."""
    table = rng.standard_normal((64, 64)).astype(np.float32)
    return table[row.astype(int) % 64, column.astype(int) % 64]


def _joint(position: np.ndarray, width: float) -> np.ndarray:
    """1 near whole numbers, 0 elsewhere."""
    return np.clip(1.5 - np.abs(position - np.round(position)) / width, 0, 1)


def _plain(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 1 + 0.025 * noise(rng, 3) + 0.012 * noise(rng, 100, 2)


def _plaster(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 1 + 0.03 * noise(rng, 5) + 0.05 * noise(rng, 90, 2)


def _concrete(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    seams = np.maximum(_joint(u / 2, 0.004), _joint(v / 4 * 3, 0.004))
    return 0.95 + 0.07 * noise(rng, 4, 5) + 0.04 * noise(rng, 60) - 0.2 * seams


def _bricks(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    row = np.floor(v / 0.08)
    along = u / 0.25 + 0.5 * (row % 2)
    mortar = np.maximum(_joint(v / 0.08, 0.08), _joint(along, 0.03))
    return (0.85 + 0.09 * _per_cell(rng, row, np.floor(along) % 16) + 0.05 * noise(rng, 90)) * (
        1 - mortar
    ) + 1.1 * mortar


def _panels(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    width = (0.125, 0.25, 0.5)[rng.integers(3)]
    return (
        1
        - 0.35 * _joint(u / width, 0.012 / width)
        + 0.03 * _per_cell(rng, np.floor(u / width), 0 * u)
        + 0.02 * noise(rng, 30)
    )


def _wood(u: np.ndarray, v: np.ndarray, rng: np.random.Generator, width: float, length: float) -> np.ndarray:
    board = np.floor(u / width)
    along = v / length + 0.37 * (board % 8)
    tone = 0.065 * _per_cell(rng, board, np.floor(along) % 8)
    grain = np.sin(2 * np.pi * (6 * u / width) + 1.5 * noise(rng, 6) + 9 * tone)
    fibres = cv2.GaussianBlur(noise(rng, 170, 2), (0, 0), sigmaX=0.5, sigmaY=7)
    joints = np.maximum(_joint(u / width, 0.012), _joint(along, 0.002))
    return 0.95 + tone + 0.035 * grain + 0.06 * fibres / fibres.std() - 0.4 * joints


def _planks(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _wood(u, v, rng, (0.125, 0.2)[rng.integers(2)], (1.0, 2.0)[rng.integers(2)])


def _parquet(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    flip = (np.floor(u / 0.5) + np.floor(v / 0.5)) % 2 == 0
    wood = _wood(u, v, rng, 0.1, 0.5)
    return np.where(flip, wood, wood.T)


def _tiles(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    size = (0.25, 0.5, 0.8)[rng.integers(3)]
    joint = np.maximum(_joint(u / size, 0.006 / size), _joint(v / size, 0.006 / size))
    return 1 + 0.03 * _per_cell(rng, np.floor(u / size), np.floor(v / size)) + 0.02 * noise(rng, 12, 4) - 0.28 * joint


def _carpet(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 0.95 + 0.03 * noise(rng, 5) + 0.06 * noise(rng, 256, 2)


def _rubber(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    specks = np.clip(noise(rng, 256, 1) - 1.4, 0, 1.2)
    seams = np.maximum(_joint(u, 0.004), _joint(v, 0.004)) * (rng.random() < 0.6)
    return 0.85 + 0.03 * noise(rng, 6) + 0.45 * specks - 0.2 * seams


def _grass(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 0.9 + 0.08 * noise(rng, 5, 4) + 0.13 * noise(rng, 180, 2)


def _asphalt(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 0.93 + 0.05 * noise(rng, 4, 4) + 0.08 * noise(rng, 512, 1)


def _paving(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    row = np.floor(v / 0.1)
    along = u / 0.2 + 0.5 * (row % 2)
    joint = np.maximum(_joint(v / 0.1, 0.05), _joint(along, 0.025))
    return 0.95 + 0.07 * _per_cell(rng, row, np.floor(along) % 20) + 0.05 * noise(rng, 100, 2) - 0.35 * joint


def _wallpaper(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.5:
        return 1 - 0.08 * (np.floor(u / 0.125) % 2) + 0.012 * noise(rng, 60)
    return 1 - 0.07 * (np.sin(8 * np.pi * u) * np.sin(8 * np.pi * v) > 0.45) + 0.012 * noise(rng, 60)


TEXTURES: Mapping[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]] = {
    "plain": _plain,
    "plaster": _plaster,
    "concrete": _concrete,
    "bricks": _bricks,
    "panels": _panels,
    "planks": _planks,
    "parquet": _parquet,
    "tiles": _tiles,
    "carpet": _carpet,
    "rubber": _rubber,
    "grass": _grass,
    "asphalt": _asphalt,
    "paving": _paving,
    "wallpaper": _wallpaper,
}
VARIANTS = 4
