"""Pictures of a dressed person in a place: what a phone records."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from fitlab.geometry import Camera
from fitlab.synthesis.background import Background
from fitlab.synthesis.body import Body
from fitlab.synthesis.clothing import Dressed, dress
from fitlab.synthesis.grips import Grips
from fitlab.synthesis.lights import lit, shade
from fitlab.synthesis.limbs import Motion
from fitlab.synthesis.passer import stranger, walking
from fitlab.synthesis.render import MeshRenderer, Rendering
from fitlab.synthesis.scene import Scene
from fitlab.synthesis.sensor import Development
from fitlab.synthesis.shadows import ShadedPlane
from fitlab.synthesis.skinning import posed, shadow_points
from fitlab.synthesis.solids import Solid, joined

_SHARP_PX, _FAST_PX = (
    2.0,
    8.0,
)  # what moves less while the shutter is open is drawn once, or three instead of five times


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
    vertices : (N, 3) float32, world, metres
        The athlete in clothes, without what hangs from the hair: the vertices of
        :func:`fitlab.synthesis.figure.figure`.
    """

    image: np.ndarray
    depth: np.ndarray
    person: np.ndarray
    vertices: np.ndarray


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
        camera = self._cameras[len(self._cameras) // 2]
        shakes = any(other is not camera for other in self._cameras)
        self._body, self._scene, self._grips = body, scene, Grips(body)
        self._dressed = dress(body, scene.outfit)
        self._background = Background(scene.place, camera, scene.lights, shakes)
        self._development = Development(scene.sensor, camera.size, int(rng.integers(4096)))
        self._standing = joined(scene.standing) if scene.standing else None
        self._standing_colours = lit(scene.lights, self._standing) if self._standing is not None else None
        self._owned = renderer is None
        self._renderer = renderer or MeshRenderer(camera.size)
        self._renderer.athlete.wear(self._dressed.skin, self._dressed.layers, self._dressed.rest, self._dressed.look)
        if scene.passer is not None:
            _, clothes = stranger(scene.passer.number)
            self._renderer.passer.wear(clothes.skin, clothes.layers, clothes.rest, clothes.look)
        self._renderer.show(scene.passer is not None, bool(scene.standing or scene.held))
        self._faces: np.ndarray | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._owned:
            self._renderer.close()

    def shoot(self, motion: Motion, frame: int) -> Shot:
        """The picture of ``motion`` at ``frame``, by that frame's camera; the frame also picks the noise."""
        camera = self._cameras[frame if len(self._cameras) > 1 else 0]
        self._renderer.look(camera)
        rotations, heads = motion.rotations[frame], motion.heads[frame]
        vertices, normals = posed(self._dressed, self._body, rotations, heads)
        things, colours = self._things(rotations, heads)
        passing = self._passing(frame / self._scene.fps, camera)
        image = self._background.seen(camera)
        self._cast_shade(image, camera, vertices, things, passing)

        light = self._lit(vertices, normals, self._body, self._dressed, camera)
        shown = [vertices]
        if passing is not None:
            shown.append(passing)
        if things is not None:
            shown.append(things.vertices)
        low, high = _outline(camera, np.concatenate(shown))
        rendering = self._drawn(vertices, light, things, colours, low, high)
        pixels = self._blurred(motion, frame, camera, rendering, light, low, high)

        part = rendering.part
        uncovered = 255 - pixels[..., 3:].astype(np.uint16)
        image[part] = pixels[..., :3] + ((image[part] * uncovered) // 255).astype(np.uint8)
        depth = np.full(image.shape[:2], np.inf, np.float32)
        person = np.zeros(image.shape[:2], bool)
        depth[part], person[part] = rendering.depth, rendering.person
        skin = vertices[: len(self._dressed.vertices)]
        return Shot(self._development.picture(image, frame), depth, person, skin)

    def _drawn(
        self,
        vertices: np.ndarray,
        light: np.ndarray,
        things: Solid | None,
        colours: np.ndarray | None,
        low: np.ndarray,
        high: np.ndarray,
    ) -> Rendering:
        self._renderer.athlete.pose(vertices, light)
        if things is not None and colours is not None:
            if self._faces is None:
                self._faces = things.faces
                self._renderer.things.show(things.faces, things.vertices, colours)
            elif self._scene.held:
                self._renderer.things.move(things.vertices, colours)
        return self._renderer.render(low, high)

    def _blurred(
        self,
        motion: Motion,
        frame: int,
        camera: Camera,
        sharp: Rendering,
        light: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
    ) -> np.ndarray:
        """The pixels of ``sharp``, or the mean over the time of the shutter where that makes a difference."""
        open_for = self._scene.sensor.shutter_s * self._scene.fps  # frames
        if len(motion) < 2:
            return sharp.pixels
        start, stop = (_between(motion, frame + share * open_for / 2) for share in (-1, 1))
        moved = np.linalg.norm(camera.project(stop[1]) - camera.project(start[1]), axis=1).max()
        if not moved > _SHARP_PX:
            return sharp.pixels
        steps = 3 if moved < _FAST_PX else 5
        total = sharp.pixels.astype(np.uint16)
        for share in np.delete((np.arange(steps) + 0.5) / steps - 0.5, steps // 2):  # the middle one is the sharp one
            rotations, heads = _between(motion, frame + float(share) * open_for)
            vertices, _ = posed(self._dressed, self._body, rotations, heads)
            things, colours = self._things(rotations, heads)
            total += self._drawn(vertices, light, things, colours, low, high).pixels
        return (total // steps).astype(np.uint8)

    def _things(self, rotations: np.ndarray, heads: np.ndarray) -> tuple[Solid | None, np.ndarray | None]:
        """All that stands and is held, and the colours of its vertices in the light."""
        held = [prop.placed(self._grips, rotations, heads) for prop in self._scene.held]
        if not held:
            return self._standing, self._standing_colours
        moving = joined(held)
        colours = lit(self._scene.lights, moving)
        if self._standing is None or self._standing_colours is None:
            return moving, colours
        return joined([self._standing, moving]), np.concatenate([self._standing_colours, colours])

    def _passing(self, seconds: float, camera: Camera) -> np.ndarray | None:
        """Poses the passer-by; returns the vertices."""
        if (passer := self._scene.passer) is None:
            return None
        body, clothes = stranger(passer.number)
        rotations, heads = walking(body, np.array(passer.start), np.array(passer.way), passer.speed * seconds)
        vertices, normals = posed(clothes, body, rotations, heads)
        self._renderer.passer.pose(vertices, self._lit(vertices, normals, body, clothes, camera))
        return vertices

    def _lit(
        self, vertices: np.ndarray, normals: np.ndarray, body: Body, clothes: Dressed, camera: Camera
    ) -> np.ndarray:
        casting, _ = shadow_points(vertices, body)
        return shade(self._scene.lights, vertices, normals, casting, camera.position, clothes.cavity)

    def _cast_shade(
        self, image: np.ndarray, camera: Camera, vertices: np.ndarray, things: Solid | None, passing: np.ndarray | None
    ) -> None:
        """Darkens floor and wall where people and things take their light."""
        bodies = [shadow_points(vertices, self._body)]
        if passing is not None:
            bodies.append(shadow_points(passing, stranger(self._scene.passer.number)[0]))  # type: ignore[union-attr]
        if things is not None:
            bodies.append((things.samples, things.areas))
        points, areas = (np.concatenate(parts) for parts in zip(*bodies, strict=True))
        middle = vertices.mean(axis=0)
        for plane, mask in self._background.shaded(camera):
            offset = float((middle - plane.origin) @ plane.normal)
            if offset < 1.6:
                ShadedPlane(plane, self._scene.lights, middle).shade(points, areas, image, camera, mask)


def _outline(camera: Camera, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest pixel (x, y) of world points; the whole picture if some are beside or behind the camera."""
    seen = camera.camera_from_world(points)
    if seen[:, 2].min() < 0.25:
        return np.zeros(2), np.array(camera.size, float)
    pixels = seen[:, :2] / seen[:, 2:] * camera.focal + camera.centre
    return pixels.min(axis=0), pixels.max(axis=0)


def _between(motion: Motion, frame: float) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (J, 3, 3) and heads (J, 3) between frames; a blend of two near rotations is one to first order."""
    frame = float(np.clip(frame, 0, len(motion) - 1))
    first = min(int(frame), len(motion) - 2)
    share = frame - first
    return (
        (1 - share) * motion.rotations[first] + share * motion.rotations[first + 1],
        (1 - share) * motion.heads[first] + share * motion.heads[first + 1],
    )
