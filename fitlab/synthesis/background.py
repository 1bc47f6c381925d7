"""The empty place as a camera sees it: textured planes, or a picture that somebody gave."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from fitlab.errors import InputError
from fitlab.geometry import Camera
from fitlab.synthesis.lights import Lights
from fitlab.synthesis.place import Mat, Place, Plane
from fitlab.synthesis.textures import PLAIN, sample
from fitlab.synthesis.walls import Canvas, furnish_gym, furnish_home, paint_outdoors

_PAD = 0.05  # of a picture's larger side that is drawn around it for a camera that shakes
_CENTRE = 0.5  # OpenCV counts pixels from the middle of the first one, cameras from its corner

Part = tuple[slice, slice]


class Background:
    """The empty place as the camera of each frame sees it.

    Parameters
    ----------
    place : Place
    camera : Camera
        The one that the others differ little from.
    lights : Lights
    shakes : bool
        Whether there are others.
    """

    def __init__(self, place: Place, camera: Camera, lights: Lights, shakes: bool) -> None:
        self._place, self._camera, self._lights = place, camera, lights
        self._pad = round(_PAD * max(camera.size)) if shakes else 0
        wide = _padded(camera, self._pad)
        if place.picture is not None:
            self._still = _filling(place.picture, wide.size)
            nearness = _linear(np.linalg.inv(plane_to_pixels(place.planes[0], wide))[2], *wide.size)
            self._floor = np.where(nearness > 0, 255, 0).astype(np.uint8)  # all below the horizon
        else:
            self._still, self._floor = self._drawn(wide, np.random.default_rng(place.seed))

    def seen(self, camera: Camera) -> np.ndarray:
        """(H, W, 3) uint8: a new array every time."""
        if not self._pad:
            return self._still.copy()
        indoors = self._place.kind in ("home", "gym")
        far = self._moved(self._still, camera, self._place.planes[1] if indoors else None)
        if self._place.picture is not None:
            return far
        floor = self._place.planes[0]
        mask = self._moved(self._floor, camera, floor) > 127
        rows = np.flatnonzero(mask.any(axis=1))
        if len(rows):
            part = slice(rows[0], rows[-1] + 1)
            np.copyto(far[part], self._moved(self._still, camera, floor)[part], where=mask[part, :, None])
        return far

    def shaded(self, camera: Camera) -> list[tuple[Plane, np.ndarray]]:
        """The planes that show shade, and where each is seen: (H, W), not 0."""
        floor = self._place.planes[0]
        mask = self._moved(self._floor, camera, floor) if self._pad else self._floor
        walls = [(self._place.planes[1], 255 - mask)] if self._place.kind in ("home", "gym") else []
        return [(floor, mask), *walls]

    def _moved(self, picture: np.ndarray, camera: Camera, plane: Plane | None) -> np.ndarray:
        """What the first camera saw of a plane (None: of what is far away), moved to where ``camera`` sees it."""
        if plane is None:
            first, now = _lens(self._camera) @ self._camera.rotation, _lens(camera) @ camera.rotation
        else:
            first, now = plane_to_pixels(plane, self._camera), plane_to_pixels(plane, camera)
        way = now @ np.linalg.inv(_shift(self._pad, self._pad) @ first)
        return cv2.warpPerspective(picture, way, camera.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def _drawn(self, camera: Camera, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The picture of the planes (H, W, 3) and where the floor is (H, W), 255 or 0."""
        width, height = camera.size
        ways = [np.linalg.inv(plane_to_pixels(plane, camera)) for plane in self._place.planes]
        # The third coordinate is one over the depth: the largest belongs to the plane that is seen.
        nearness = [_linear(way[2], width, height) for way in ways]
        nearest, index = nearness[0].copy(), np.zeros((height, width), np.uint8)
        for number, near in enumerate(nearness[1:], start=1):
            index[near > nearest] = number
            np.maximum(near, nearest, out=nearest)
        picture = np.zeros((height, width, 3), np.uint8)
        for number, way in enumerate(ways):
            mask = index == number
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            if len(rows):
                part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
                depth = 1 / np.maximum(nearness[number][part], np.float32(1e-3))
                surface = self._surface(number, camera, way, depth, rng, part)
                np.copyto(picture[part], surface, where=mask[part][..., None])
        return cv2.GaussianBlur(picture, (0, 0), 0.6), np.where(index == 0, 255, 0).astype(np.uint8)

    def _surface(
        self,
        number: int,
        camera: Camera,
        way: np.ndarray,
        depth: np.ndarray,
        rng: np.random.Generator,
        part: Part,
    ) -> np.ndarray:
        """(h, w, 3) uint8 of a plane in a part of the picture; ``way`` (3, 3) leads from pixels to metres on it."""
        plane, place = self._place.planes[number], self._place
        # Ceilings are bright: lamps hang below them.
        lit = np.sqrt(self._lights.on(plane.normal) if plane.normal[2] > -0.5 else np.array(self._lights.above))
        x, y = (_linear(row, camera.size[0], camera.size[1], part) * depth for row in way[:2])
        away = float((camera.position - plane.origin) @ plane.normal)
        footprint = depth * np.sqrt(depth) * np.float32(1 / camera.focal[0] / np.sqrt(max(away, 0.01)))
        grey = sample(plane.texture, plane.variant, *((y, x) if plane.turned else (x, y)), footprint)
        if place.kind != "outdoors":  # the light falls off
            off = x * x + (y - np.float32(1.2 if number else 0.0)) ** 2
            grey = cv2.multiply(grey, 1 - np.float32(0.03) * off / (2 + np.float32(0.1) * off), dtype=cv2.CV_8U)
        shown = np.clip(np.arange(256)[:, None] / PLAIN * np.array(plane.colour) * lit, 0, 255).astype(np.uint8)
        picture = cv2.LUT(cv2.merge([grey] * 3), shown[None])
        if number == 0:
            if place.mat is not None:
                _lay(picture, place.mat, camera, part, lit)
        elif number == 1:
            self._hang(picture, self._canvas(x, camera, rng), camera, part, lit)
        return picture

    def _hang(self, picture: np.ndarray, canvas: Canvas, camera: Camera, part: Part, lit: np.ndarray) -> None:
        """Paints over the picture of the wall what the canvas shows."""
        outdoors = self._place.kind == "outdoors"
        way = _shift(-part[1].start, -part[0].start) @ plane_to_pixels(self._place.planes[1], camera) @ canvas.to_metres
        size = picture.shape[1], picture.shape[0]
        border = cv2.BORDER_REPLICATE if outdoors else cv2.BORDER_CONSTANT
        mask = cv2.warpPerspective(canvas.painted, way, size, flags=cv2.INTER_LINEAR, borderMode=border)
        colours = cv2.warpPerspective(
            canvas.colours, way, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        if not outdoors:  # the sky has its own light
            colours = cv2.multiply(colours, (*lit.tolist(), 1.0))
        np.copyto(picture, colours, where=mask[..., None] > 127)

    def _canvas(self, x: np.ndarray, camera: Camera, rng: np.random.Generator) -> Canvas:
        """What is painted on the wall behind, of the part that is seen."""
        seen = np.abs(x[::4, ::4])
        if self._place.kind == "outdoors":
            canvas = Canvas(min(2 * float(seen.max()) + 2, 90), 24, 12)
            paint_outdoors(canvas, rng)
            return canvas
        away = float(np.linalg.norm(np.array(self._place.planes[1].origin) - camera.position))
        canvas = Canvas(
            min(2 * float(seen.max()) + 0.5, 14), 3.0, float(np.clip(1.3 * camera.focal[0] / away, 25, 110))
        )
        (furnish_home if self._place.kind == "home" else furnish_gym)(canvas, rng)
        return canvas


def plane_to_pixels(plane: Plane, camera: Camera) -> np.ndarray:
    """(3, 3) from metres on a plane (x, y, 1) to homogeneous pixels as OpenCV counts them."""
    seen = camera.rotation @ np.stack([plane.along, plane.up, plane.origin], axis=1)
    seen[:, 2] += camera.translation
    return _lens(camera) @ seen


def _lay(picture: np.ndarray, mat: Mat, camera: Camera, part: Part, lit: np.ndarray) -> None:
    """Paints a mat on the floor."""
    along = np.array([np.sin(np.radians(mat.heading_deg)), np.cos(np.radians(mat.heading_deg))])
    across = np.array([along[1], -along[0]])
    for shrink, gain in ((0.0, 0.8), (0.012, 1.0)):  # its edge, its upper side
        sides = np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)]) * (mat.width_m / 2 - shrink, mat.length_m / 2 - shrink)
        corners = np.concatenate([sides @ np.stack([across, along]) + mat.middle, np.zeros((4, 1))], axis=1)
        if camera.camera_from_world(corners)[:, 2].min() < 0.1:
            return
        pixels = camera.project(corners) - (part[1].start + _CENTRE, part[0].start + _CENTRE)
        shade = np.clip(np.array(mat.colour) * gain * lit, 0, 255).tolist()
        cv2.fillConvexPoly(picture, np.round(pixels * 16).astype(np.int32), shade, cv2.LINE_AA, 4)


def _filling(path: Path, size: tuple[int, int]) -> np.ndarray:
    """The picture at ``path``, cut and scaled to fill ``size``."""
    raw = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if raw is None:
        raise InputError(f"a background must be a readable picture, got {path}; remove it or correct the path")
    height, width = raw.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    cut = round(size[0] / scale), round(size[1] / scale)
    left, top = (width - cut[0]) // 2, (height - cut[1]) // 2
    part = raw[top : top + cut[1], left : left + cut[0]]
    shrinks = scale < 1
    return cv2.cvtColor(
        cv2.resize(part, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), cv2.COLOR_BGR2RGB
    )


def _padded(camera: Camera, pad: int) -> Camera:
    centre = camera.centre[0] + pad, camera.centre[1] + pad
    return replace(camera, centre=centre, size=(camera.size[0] + 2 * pad, camera.size[1] + 2 * pad))


def _lens(camera: Camera) -> np.ndarray:
    """(3, 3) from camera coordinates to pixels counted as OpenCV does, from the middle of the first one."""
    (fx, fy), (cx, cy) = camera.focal, camera.centre
    return np.array([[fx, 0, cx - _CENTRE], [0, fy, cy - _CENTRE], [0, 0, 1.0]])


def _linear(row: np.ndarray, width: int, height: int, part: Part | None = None) -> np.ndarray:
    """(h, w) float32 of ``row`` (3,) times (x, y, 1) at all pixels, or at those of a part of the picture."""
    rows, columns = part or (slice(0, height), slice(0, width))
    across = row[0] * np.arange(columns.start, columns.stop)
    down = row[1] * np.arange(rows.start, rows.stop) + row[2]
    return across.astype(np.float32)[None, :] + down.astype(np.float32)[:, None]


def _shift(right: float, down: float) -> np.ndarray:
    return np.array([[1, 0, right], [0, 1, down], [0, 0, 1.0]])
