"""What hangs on walls and what is seen beyond a lawn: painted flat, at a few pixels per centimetre."""

import cv2
import numpy as np


class Canvas:
    """A picture in metres: x to the right, y up from the floor.

    Parameters
    ----------
    width_m, height_m : float
        x runs from -width_m / 2 to width_m / 2.
    pixels_per_m : float

    Attributes
    ----------
    colours : (h, w, 3) uint8 ; painted : (h, w) uint8
        255 where something was painted.
    """

    def __init__(self, width_m: float, height_m: float, pixels_per_m: float) -> None:
        self.width_m, self.height_m, self.scale = width_m, height_m, pixels_per_m
        shape = round(height_m * pixels_per_m), round(width_m * pixels_per_m)
        self.colours, self.painted = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8)

    @property
    def to_metres(self) -> np.ndarray:
        """(3, 3) from pixels, counted from the middle of the first one, to metres (x, y, 1)."""
        metres = 1 / self.scale
        return np.array(
            [[metres, 0, metres / 2 - self.width_m / 2], [0, -metres, self.height_m - metres / 2], [0, 0, 1.0]]
        )

    def _at(self, x: float, y: float) -> tuple[int, int]:
        return int((x + self.width_m / 2) * self.scale), int((self.height_m - y) * self.scale)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: np.ndarray) -> None:
        """A filled rectangle."""
        first, second = self._at(x0, y0), self._at(x1, y1)
        cv2.rectangle(self.colours, first, second, colour.tolist(), -1)
        cv2.rectangle(self.painted, first, second, 255, -1)

    def disc(self, x: float, y: float, rx: float, ry: float, colour: np.ndarray) -> None:
        """A filled ellipse."""
        axes, middle = (int(rx * self.scale) + 1, int(ry * self.scale) + 1), self._at(x, y)
        cv2.ellipse(self.colours, middle, axes, 0, 0, 360, colour.tolist(), -1)
        cv2.ellipse(self.painted, middle, axes, 0, 0, 360, 255, -1)

    def polygon(self, corners: np.ndarray, colour: np.ndarray) -> None:
        """A filled polygon with ``corners`` (N, 2)."""
        pixels = np.array([self._at(x, y) for x, y in corners], np.int32)
        cv2.fillPoly(self.colours, [pixels], colour.tolist())
        cv2.fillPoly(self.painted, [pixels], 255)

    def fade(self, x0: float, y0: float, x1: float, y1: float, low: np.ndarray, high: np.ndarray) -> None:
        """A rectangle that goes from the colour ``low`` at the bottom to ``high`` at the top."""
        (left, bottom), (right, top) = self._at(x0, y0), self._at(x1, y1)
        top, left = max(top, 0), max(left, 0)
        part = self.colours[top:bottom, left:right]
        share = np.linspace(1, 0, len(part))[:, None, None]
        part[:] = (np.asarray(low) * (1 - share) + np.asarray(high) * share).astype(np.uint8)
        self.painted[top:bottom, left:right] = 255


def tone(rng: np.random.Generator, low: float, high: float, saturation: float) -> np.ndarray:
    """A random colour (3,) of a brightness between ``low`` and ``high``."""
    return np.clip(rng.uniform(low, high) * (1 + saturation * rng.uniform(-0.5, 0.5, 3)), 5, 250)


def furnish_home(canvas: Canvas, rng: np.random.Generator) -> None:
    """A skirting board, and some of: a window with curtains, pictures, a door, shelves, a radiator, a television."""
    half = canvas.width_m / 2
    skirting = tone(rng, 90, 245, 0.1)
    canvas.box(-half, 0, half, rng.uniform(0.06, 0.14), skirting)
    x = -half + rng.uniform(0, 0.8)
    while x < half - 0.5:
        x += _AT_HOME[rng.integers(len(_AT_HOME))](canvas, rng, x) + rng.uniform(0.15, 1.0)


def furnish_gym(canvas: Canvas, rng: np.random.Generator) -> None:
    """A stripe, and some of: racks with dumbbells, wall bars, mirrors, posters, windows, hooks with bands."""
    half = canvas.width_m / 2
    if rng.random() < 0.6:
        top = rng.uniform(0.9, 2.4)
        canvas.box(-half, top - rng.uniform(0.05, 0.6), half, top, tone(rng, 30, 220, 0.9))
    if rng.random() < 0.3:
        canvas.box(-half, 0, half, rng.uniform(0.4, 1.2), tone(rng, 20, 110, 0.4))
    x = -half + rng.uniform(0, 0.8)
    while x < half - 0.5:
        x += _IN_GYMS[rng.integers(len(_IN_GYMS))](canvas, rng, x) + rng.uniform(0.1, 0.9)


def paint_outdoors(canvas: Canvas, rng: np.random.Generator) -> None:
    """Sky, and trees, houses, hills, a fence or a hedge before it."""
    half, top = canvas.width_m / 2, canvas.height_m
    blue, haze = np.array([95, 150, 215]) * rng.uniform(0.7, 1.1), np.array([205, 218, 230]) * rng.uniform(0.85, 1.05)
    grey = rng.uniform(0, 1) ** 2
    blue = blue * (1 - grey) + 205 * grey
    canvas.fade(-half, 0, half, top, np.clip(haze, 0, 250), np.clip(blue, 0, 250))
    for _ in range(rng.integers(0, 5)):
        cloud = np.clip(haze * rng.uniform(1.0, 1.15), 0, 252)
        x, y = rng.uniform(-half, half), rng.uniform(0.5, 1) * top
        for _ in range(12):
            canvas.disc(
                x + rng.normal(0, 3), y + rng.normal(0, 0.5), rng.uniform(0.8, 2.5), rng.uniform(0.3, 0.8), cloud
            )
    height, width = canvas.painted.shape
    small = cv2.blur(cv2.resize(canvas.colours, (width // 4, height // 4), interpolation=cv2.INTER_AREA), (3, 3))
    canvas.colours[:] = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        ridge = np.linspace(-half, half, 30)
        heights = top * (0.12 + 0.12 * np.interp(ridge, np.linspace(-half, half, 7), rng.random(7)))
        canvas.polygon(np.stack([[-half, *ridge, half], [-1, *heights, -1]], -1), haze * 0.75 + (0, 10, 0))
    for _ in range(rng.integers(0, 4)):
        _house(canvas, rng)
    for _ in range(rng.integers(3, 22)):
        _tree(canvas, rng)
    low = rng.random()
    green = np.array([0.55, 0.85, 0.4]) * rng.uniform(70, 130)
    if low < 0.35:
        for x in np.arange(-half, half, 0.5):
            canvas.disc(x, 0.4, 0.6, rng.uniform(0.5, 1.1), green * rng.uniform(0.7, 1.0))
    elif low < 0.6:
        wood = tone(rng, 70, 200, 0.3)
        high = rng.uniform(1.0, 2.0)
        for x in np.arange(-half, half, 0.24):
            canvas.box(x, 0, x + 0.2, high, wood * rng.uniform(0.85, 1.05))


def _nothing(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    return rng.uniform(0.2, 1.5)


def _window(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    width, low, high = rng.uniform(0.8, 2.2), float(rng.choice([0.1, 0.9])), rng.uniform(2.0, 2.4)
    frame = tone(rng, 60, 245, 0.1)
    canvas.box(x, low, x + width, high, frame)
    light, panes = rng.uniform(0.8, 1.0), rng.integers(1, 4)
    step = width / panes
    for pane in range(panes):
        left, right = x + pane * step + 0.05, x + (pane + 1) * step - 0.05
        canvas.fade(
            left, low + 0.06, right, high - 0.06, light * np.array([190, 205, 190]), light * np.array([238, 245, 252])
        )
        for _ in range(rng.integers(0, 5)):
            radius = rng.uniform(0.05, step / 3)
            middle = rng.uniform(left + radius, max(right - radius, left + radius))
            canvas.disc(
                middle, low + 0.06 + radius * rng.uniform(1, 1.8), radius, radius, light * np.array([150, 180, 140])
            )
    if rng.random() < 0.5:
        cloth, wide = tone(rng, 90, 240, 0.4), rng.uniform(0.15, 0.4)
        for start in (x - 0.1, x + width + 0.1 - wide):
            for fold in np.arange(start, start + wide, 0.03):
                canvas.box(fold, 0.05, fold + 0.03, high + 0.12, cloth * (0.88 + 0.12 * np.sin(fold * 55)))
    return width


def _pictures(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    width, height, y = rng.uniform(0.25, 1.1), rng.uniform(0.25, 1.0), rng.uniform(1.0, 1.7)
    canvas.box(x, y, x + width, y + height, tone(rng, 20, 240, 0.3))
    x0, y0, x1, y1 = x + 0.03, y + 0.03, x + width - 0.03, y + height - 0.03
    canvas.fade(x0, y0, x1, y1, tone(rng, 40, 230, 0.8), tone(rng, 40, 240, 0.8))
    for _ in range(rng.integers(1, 7)):
        u, v, a, b = *rng.uniform(0.1, 0.9, 2), *rng.uniform(0.04, 0.35, 2)
        left, right = x0 + (x1 - x0) * np.clip([u - a, u + a], 0, 1)
        low, high = y0 + (y1 - y0) * np.clip([v - b, v + b], 0, 1)
        shape = (
            canvas.box
            if rng.random() < 0.5
            else lambda p, q, r, s, c: canvas.disc((p + r) / 2, (q + s) / 2, (r - p) / 2, (s - q) / 2, c)
        )
        shape(left, low, right, high, tone(rng, 20, 240, 0.9))
    return width


def _door(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    width, colour = rng.uniform(0.8, 1.0), tone(rng, 70, 240, 0.25)
    canvas.box(x - 0.06, 0, x + width + 0.06, 2.1, colour * 0.85)
    canvas.box(x, 0, x + width, 2.03, colour)
    for low, high in ((0.2, 0.9), (1.1, 1.85)):
        canvas.box(x + 0.15, low, x + width - 0.15, high, colour * 0.92)
        canvas.box(x + 0.17, low + 0.02, x + width - 0.17, high - 0.02, colour * 1.02)
    canvas.box(x + width - 0.14, 1.0, x + width - 0.03, 1.03, np.array([120, 120, 118]))
    return width + 0.1


def _shelves(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    width, low, rows = rng.uniform(0.6, 1.6), rng.choice([0.0, 1.2]), rng.integers(2, 6)
    wood, height = tone(rng, 50, 230, 0.3), 0.36
    canvas.box(x, low, x + width, low + rows * height, wood * 0.55)
    for row in range(rows):
        y, at = low + row * height, x + 0.03
        canvas.box(x, y, x + width, y + 0.03, wood)
        while at < x + width - 0.06:
            thick, tall = rng.uniform(0.02, 0.07), rng.uniform(0.18, 0.29)
            if rng.random() < 0.85:
                canvas.box(at, y + 0.03, at + thick, y + 0.03 + tall, tone(rng, 30, 220, 0.8))
            at += thick + (0.005 if rng.random() < 0.85 else 0.15)
    for side in (x, x + width - 0.03):
        canvas.box(side, low, side + 0.03, low + rows * height, wood)
    return width


def _radiator(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    width, white = rng.uniform(0.6, 1.4), np.array([228, 228, 224])
    canvas.box(x, 0.12, x + width, 0.72, white)
    for rib in np.arange(x + 0.1, x + width, 0.1):
        canvas.box(rib, 0.15, rib + 0.02, 0.69, 0.85 * white)
    return width


def _television(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    width = rng.uniform(0.9, 1.4)
    canvas.box(x, 0.85, x + width, 0.85 + 0.58 * width, np.array([22, 22, 24]))
    canvas.fade(x + 0.02, 0.87, x + width - 0.02, 0.83 + 0.58 * width, np.array([24, 26, 30]), tone(rng, 30, 70, 0.2))
    canvas.box(x - 0.2, 0, x + width + 0.2, 0.45, tone(rng, 50, 220, 0.2))
    return width + 0.2


def _rack(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    width, metal, rows = rng.uniform(1.0, 2.4), tone(rng, 30, 90, 0.1), rng.integers(2, 4)
    canvas.box(x, 0, x + width, 0.25 + 0.38 * rows, metal * 0.7 + 30)
    for row in range(rows):
        y = 0.25 + 0.38 * row
        canvas.box(x, y - 0.05, x + width, y, metal)
        size, colour = 0.11 - 0.02 * row, tone(rng, 20, 70, 0.2) if rng.random() < 0.7 else tone(rng, 60, 200, 1.0)
        for at in np.arange(x + size, x + width - size, 2.4 * size):
            canvas.disc(at, y + size, size, size, colour)
            canvas.disc(at, y + size, 0.4 * size, 0.4 * size, np.array([150, 150, 152]))
    return width


def _wall_bars(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    width, wood = rng.uniform(0.8, 1.0), tone(rng, 120, 200, 0.1) * (1.1, 0.95, 0.7)
    for y in np.arange(0.2, 2.5, 0.16):
        canvas.box(x, y, x + width, y + 0.04, wood)
    for side in (x, x + width - 0.06):
        canvas.box(side, 0, side + 0.06, 2.55, wood * 0.9)
    return width


def _mirror(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    width, panes = rng.uniform(0.9, 1.3), rng.integers(1, 4)
    floor, wall = tone(rng, 60, 150, 0.1), tone(rng, 130, 210, 0.1)
    for pane in range(panes):
        left = x + pane * width
        canvas.fade(left, 0.15, left + width - 0.02, 0.9, floor, floor * 0.8 + 20)
        canvas.fade(left, 0.9, left + width - 0.02, 2.2, wall * 0.9, wall)
    for _ in range(rng.integers(1, 5)):
        at, wide = rng.uniform(x + 0.1, x + panes * width - 0.4), rng.uniform(0.08, 0.3)
        canvas.box(at, rng.uniform(0.5, 0.8), at + wide, rng.uniform(1.0, 1.9), tone(rng, 40, 160, 0.3))
    return width * panes


def _bands(canvas: Canvas, rng: np.random.Generator, x: float) -> float:
    for number in range(rng.integers(3, 7)):
        colour, at = tone(rng, 40, 200, 1.2), x + 0.14 * number
        canvas.box(at, 1.0 - rng.uniform(0, 0.4), at + 0.05, 1.8, colour)
        canvas.disc(at + 0.025, 1.8, 0.03, 0.03, np.array([60, 60, 60]))
    return 0.9


def _house(canvas: Canvas, rng: np.random.Generator) -> None:
    x, width, height = rng.uniform(-0.5, 0.5) * canvas.width_m, rng.uniform(5, 14), rng.uniform(3, 9)
    wall = tone(rng, 110, 225, 0.25)
    canvas.box(x, 0, x + width, height, wall)
    canvas.polygon(
        np.array([[x - 0.3, height], [x + width / 2, height + rng.uniform(0, 3)], [x + width + 0.3, height]]),
        tone(rng, 60, 140, 0.4),
    )
    for row in np.arange(1.0, height - 1.2, 2.7):
        for column in np.arange(x + 0.8, x + width - 1.2, 2.2):
            canvas.box(column, row, column + 1.0, row + 1.3, tone(rng, 60, 190, 0.15))


def _tree(canvas: Canvas, rng: np.random.Generator) -> None:
    x, size = rng.uniform(-0.5, 0.5) * canvas.width_m, rng.uniform(1.5, 5.0)
    canvas.box(x - 0.05 * size, 0, x + 0.05 * size, size, np.array([84, 66, 50]) * rng.uniform(0.7, 1.2))
    green = np.array([rng.uniform(0.5, 0.9), 0.9, rng.uniform(0.3, 0.5)]) * rng.uniform(50, 125)
    for _ in range(10):
        lit = rng.uniform(0.75, 1.2)
        canvas.disc(
            x + rng.normal(0, 0.3) * size, size * (1 + rng.normal(0, 0.25)), 0.3 * size, 0.24 * size, green * lit
        )


_AT_HOME = (_window, _pictures, _pictures, _door, _shelves, _radiator, _television, _nothing)
_IN_GYMS = (_rack, _rack, _wall_bars, _mirror, _pictures, _window, _bands, _door, _nothing)
