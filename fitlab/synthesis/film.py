"""Pictures of a dressed person in a place: what a phone records."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from fitlab.geometry import Camera
from fitlab.synthesis.body import Body
from fitlab.synthesis.clothing import dress
from fitlab.synthesis.place import Place
from fitlab.synthesis.limbs import Motion
from fitlab.synthesis.render import MeshRenderer
from fitlab.synthesis.scene import Scene


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture and what is where in it.

    Parameters
    ----------
    image : (H, W, 3) uint8 RGB
    depth : (H, W) float32
        Metres along the optical axis to the first thing that is not background; inf elsewhere.
    person : (H, W) bool
        Where the athlete is the first thing seen: not where props or a passer-by hide the athlete.
    """

    image: np.ndarray
    depth: np.ndarray
    person: np.ndarray


class Film:
    """Clothes, place, light and sensor made once; then one picture per pose.  Use it as a context.

    Parameters
    ----------
    body : Body
    cameras : Camera, or one for each frame of the motion
    rng : numpy Generator
        The same state makes the same pictures.
    scene : Scene
    renderer : MeshRenderer, optional
        One of the cameras' size to use and to leave open; opening a window takes 0.2 s.

    Attributes
    ----------
    body : Body
        In its clothes.
    """

    def __init__(
        self,
        body: Body,
        cameras: Camera | Sequence[Camera],
        rng: np.random.Generator,
        scene: Scene,
        renderer: MeshRenderer | None = None,
    ) -> None:
        self._cameras = (cameras,) if isinstance(cameras, Camera) else tuple(cameras)
        camera = self._cameras[0]
        self.body, colours = dress(body, scene.outfit)
        light, exposure = np.array(scene.key_light), np.array(scene.sensor.gains)
        self._place = Place(camera, rng, light, exposure)
        self._grain = _Grain(camera.size, scene.sensor.noise, rng)
        self._owned = renderer is None
        self._renderer = renderer or MeshRenderer(body.template.faces, len(colours), camera.size)
        self._renderer.set_scene(np.clip(colours * exposure, 0, 255).astype(np.uint8), camera, light, scene.ambient)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._owned:
            self._renderer.close()

    def shoot(self, motion: Motion, frame: int) -> Shot:
        """The picture of ``motion`` at ``frame``, by that frame's camera; the frame also picks the noise."""
        rotations, heads = motion.rotations[frame], motion.heads[frame]
        vertices = self.body.skin(rotations, heads)
        part, pixels, depth = self._renderer.render(vertices, self.body.skin_normals(rotations))
        image = self._place.shaded(vertices)
        uncovered = (255 - pixels[..., 3:]).astype(np.uint16)
        image[part] = pixels[..., :3] + (image[part] * uncovered // 255).astype(np.uint8)
        whole = np.full(image.shape[:2], np.inf, np.float32)
        whole[part] = depth
        return Shot(self._grain.on(image, frame), whole, np.isfinite(whole))


class _Grain:
    """The noise of a small sensor: one bank of Gaussian noise, cut at another place for every frame."""

    def __init__(self, size: tuple[int, int], deviation: float, rng: np.random.Generator) -> None:
        self._size = size
        self._bank = rng.normal(0, deviation, (size[1] + 64, size[0] + 64, 3)).round().astype(np.int16)

    def on(self, picture: np.ndarray, frame: int) -> np.ndarray:
        down, across = (frame * 37) % 64, (frame * 23) % 64
        cut = self._bank[down : down + self._size[1], across : across + self._size[0]]
        return cv2.add(picture, cut, dtype=cv2.CV_8U)
