"""Surfaces and shapes made by rule: what props are made of."""

import cv2
import numpy as np

from fitlab.training.augmentation.sample import Part


def noise(size: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth random values in about [-1, 1], float32 (H, W), that change over ``cell`` pixels (value noise)."""
    width, height = size
    grid = rng.uniform(-1, 1, (max(2, round(height / cell) + 2), max(2, round(width / cell) + 2))).astype(np.float32)
    values: np.ndarray = cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)
    return values


_WHOLE: Part = np.s_[:, :]


def surface(size: tuple[int, int], rng: np.random.Generator, part: Part = _WHOLE) -> np.ndarray:
    """A random lit surface, uint8 (H, W, 3): plain, striped, chequered or cloudy in two colours, with shading.

    Of a surface of ``size`` only ``part`` is made, the same as in the whole.
    """
    width, height = size
    one, other = rng.uniform(0, 255, (2, 3))
    if rng.random() < 0.5:  # most things in a gym are dark, grey or white
        one, other = (rng.uniform(0, 255) + rng.uniform(-15, 15, (2, 3))).clip(0, 255)
    kind = rng.integers(4)
    x, y = np.arange(width, dtype=np.float32)[part[1]], np.arange(height, dtype=np.float32)[part[0], None]
    if kind == 0:
        share: np.ndarray = np.zeros((len(y), len(x)), np.float32)
    elif kind == 1:
        angle, period = rng.uniform(0, np.pi), rng.uniform(4, 30)
        phase = (x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))) / np.float32(period)
        share = (phase - np.floor(phase) < rng.uniform(0.2, 0.8)).astype(np.float32)
    elif kind == 2:
        period = rng.uniform(6, 30)
        share = ((x // period + y // period) % 2).astype(np.float32)
    else:
        share = 0.5 + 0.5 * noise(size, rng.uniform(4, 40), rng)[part].clip(-1, 1)
    slope = rng.uniform(-0.5, 0.5, 2)
    across, down = np.float32(slope[0]) * (x / width - 0.5), np.float32(slope[1]) * (y / height - 0.5)
    light = 1 + across + down + np.float32(rng.uniform(0, 0.15)) * noise(size, rng.uniform(2, 12), rng)[part]
    colours = cv2.merge([light * (np.float32(a) + share * np.float32(b - a)) for a, b in zip(one, other, strict=True)])
    return cv2.convertScaleAbs(colours.clip(0, 255))


def ball(radius: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A shaded ball: (uint8 (S, S, 3), opacity float32 (S, S)), S = 2 radius."""
    side = 2 * radius
    y, x = (np.mgrid[:side, :side].astype(np.float32) + 0.5 - radius) / radius
    away = np.hypot(x, y)
    towards = rng.uniform(-0.7, 0.7, 2)
    z = np.sqrt((1 - away**2).clip(0))
    light = 0.45 + 0.55 * ((x * towards[0] + y * towards[1] + z) / np.hypot(1, np.hypot(*towards))).clip(0)
    colours = (surface((side, side), rng) * light[..., None]).clip(0, 255).astype(np.uint8)
    return colours, ((1 - away) * radius).clip(0, 1).astype(np.float32)


def polygon(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Opacity float32 (H, W) of a filled polygon (P, 2) in pixels, with smooth edges."""
    filled = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(filled, [np.round((points - 0.5) * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return filled / np.float32(255)


def bar(start: np.ndarray, end: np.ndarray, width: float, size: tuple[int, int]) -> np.ndarray:
    """Opacity float32 (H, W) of a straight bar between two points (2,), ``width`` pixels wide."""
    along = end - start
    across = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6) * width / 2
    return polygon(np.stack([start + across, end + across, end - across, start - across]), size)
