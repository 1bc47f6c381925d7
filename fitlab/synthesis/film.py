"""Pictures of a dressed person in a room: what a phone records."""

from types import TracebackType
from typing import Self

import cv2
import numpy as np

from fitlab.geometry import Camera
from fitlab.synthesis.body import Body
from fitlab.synthesis.clothing import draw_outfit, dress
from fitlab.synthesis.place import Place
from fitlab.synthesis.render import MeshRenderer


class Film:
    """Clothes, room, light and sensor drawn once; then one picture per pose.  Use it as a context.

    Parameters
    ----------
    body : Body
    camera : Camera
    rng : numpy Generator
        The same state makes the same pictures.
    renderer : MeshRenderer, optional
        One of the camera's size to use and to leave open; opening a window takes 0.2 s.
    """

    def __init__(
        self, body: Body, camera: Camera, rng: np.random.Generator, renderer: MeshRenderer | None = None
    ) -> None:
        self._body, colours = dress(body, draw_outfit(rng))
        light = np.array([rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0.9, 2.0)])
        light /= np.linalg.norm(light)
        exposure = rng.uniform(0.85, 1.12) * rng.uniform(0.96, 1.04, 3)  # and white balance
        self._place = Place(camera, rng, light, exposure)
        self._grain = _Grain(camera.size, float(rng.uniform(1.0, 4.0)), rng)
        self._owned = renderer is None
        self._renderer = renderer or MeshRenderer(body.template.faces, len(colours), camera.size)
        self._renderer.set_scene(
            np.clip(colours * exposure, 0, 255).astype(np.uint8), camera, light, float(rng.uniform(0.4, 0.55))
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._owned:
            self._renderer.close()

    def picture(self, rotations: np.ndarray, heads: np.ndarray, frame: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB of the bones' ``rotations`` (J, 3, 3) and ``heads`` (J, 3); ``frame`` picks the noise."""
        vertices = self._body.skin(rotations, heads)
        part, person = self._renderer.render(vertices, self._body.skin_normals(rotations))
        picture = self._place.shaded(vertices)
        uncovered = (255 - person[..., 3:]).astype(np.uint16)
        picture[part] = person[..., :3] + (picture[part] * uncovered // 255).astype(np.uint8)
        return self._grain.on(picture, frame)


class _Grain:
    """The noise of a small sensor: one bank of Gaussian noise, cut at another place for every frame."""

    def __init__(self, size: tuple[int, int], deviation: float, rng: np.random.Generator) -> None:
        self._size = size
        self._bank = rng.normal(0, deviation, (size[1] + 64, size[0] + 64, 3)).round().astype(np.int16)

    def on(self, picture: np.ndarray, frame: int) -> np.ndarray:
        down, across = (frame * 37) % 64, (frame * 23) % 64
        cut = self._bank[down : down + self._size[1], across : across + self._size[0]]
        return cv2.add(picture, cut, dtype=cv2.CV_8U)
