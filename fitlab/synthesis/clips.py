"""Clips: a person who exercises in front of a phone, frame by frame, with every label exact."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from fitlab.errors import InputError
from fitlab.geometry import Camera
from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.checks import frame_rate, mapping, number, numbers, whole, word
from fitlab.synthesis.film import Film
from fitlab.synthesis.labels import VISIBLE, PersonInPicture, Witness, image_poses, world_poses
from fitlab.synthesis.motion import Mistakes, Performance, perform
from fitlab.synthesis.phones import Phone, draw_phone
from fitlab.synthesis.place import find_pictures
from fitlab.synthesis.scene import draw_scene
from fitlab.synthesis.script import load_motion, motion_files
from fitlab.synthesis.slices import postures, speeds


class Clip:
    """A performance seen by a camera.  Labels are at hand at once, frames when asked for.

    :func:`make_clip` makes one; a performance of other origin (:mod:`fitlab.synthesis.retarget`) does as well.

    Parameters
    ----------
    exercise : str
        What is done.  The name of a motion file brings the exercise's props into the picture.
    body : Body
    performance : Performance
        The motion of all bones; ``repetitions`` and ``mistakes`` may be empty.
    cameras : Camera, or one for each frame
    fps : float
    seed : int
        Draws clothes, place, light and sensor.
    backgrounds : path, optional
        Folder of pictures to film in front of instead of made-up places.

    Attributes
    ----------
    camera : Camera
        The first frame's; ``cameras`` holds every frame's.
    size : (width, height)
    world_coco : PoseSequence
        COCO23 (body and feet) in world space.
    world : PoseSequence
        H36M17 in world space.
    image : PoseSequence
        COCO17 in image space; confidence 0 outside of the picture.
    repetitions, phases, mistakes
        See :class:`fitlab.synthesis.motion.Performance`.
    """

    def __init__(
        self,
        exercise: str,
        body: Body,
        performance: Performance,
        cameras: Camera | Sequence[Camera],
        fps: float,
        seed: int,
        backgrounds: str | Path | None = None,
    ) -> None:
        self.exercise, self.body, self.performance, self.fps, self.seed = exercise, body, performance, fps, seed
        motion = performance.motion
        self.cameras = (cameras,) * len(motion) if isinstance(cameras, Camera) else tuple(cameras)
        if len(self.cameras) != len(motion):
            raise InputError(
                f"cameras of {exercise} must be one, or one for each of {len(motion)} frames, got {len(self.cameras)}; "
                "add or remove some"
            )
        self.camera, self.size = self.cameras[0], self.cameras[0].size
        self.backgrounds = checked_backgrounds(backgrounds)
        self.repetitions, self.phases = performance.repetitions, performance.phases
        self.mistakes = performance.mistakes
        keypoints = body.keypoints(motion.rotations, motion.heads)
        self.world_coco, self.world = world_poses(keypoints, body.crowns(motion.rotations, motion.heads), fps)
        self.image = image_poses(self.world_coco, self.cameras)

    def __len__(self) -> int:
        return len(self.performance.motion)

    def __repr__(self) -> str:
        return f"Clip({self.exercise}, {len(self.repetitions)} repetitions, {len(self)} frames at {self.fps:g} fps)"

    @cached_property
    def postures(self) -> np.ndarray:
        """(T,) str: see :func:`fitlab.synthesis.slices.postures`."""
        return postures(self.world_coco.positions, self.body.height)

    @cached_property
    def speeds(self) -> np.ndarray:
        """(T,) m/s: see :func:`fitlab.synthesis.slices.speeds`."""
        return speeds(self.world_coco.positions, self.fps)

    @cached_property
    def _witness(self) -> Witness:
        return Witness(self.body)

    def vertices(self, frame: int) -> np.ndarray:
        """(V, 3) world vertices of the bare body."""
        motion = self.performance.motion
        return self.body.skin(motion.rotations[frame], motion.heads[frame])

    def filmed(self, which: Sequence[int] | None = None) -> Iterator[tuple[np.ndarray, PersonInPicture]]:
        """Yields pictures (H, W, 3) uint8, RGB, and what is where in them, of all frames or of ``which``.

        Every call draws the same.
        """
        motion, rng = self.performance.motion, np.random.default_rng([self.seed, 1])
        props = load_motion(self.exercise).props if self.exercise in motion_files() else ()
        scene = draw_scene(
            rng,
            self.body,
            self.camera,
            motion,
            fps=self.fps,
            props=props,
            contacts=self.performance.contacts,
            backgrounds=self.backgrounds,
        )
        with Film(self.body, self.cameras, rng, scene) as film:
            for frame in range(len(self)) if which is None else which:
                shot = film.shoot(motion, frame)
                joints, camera = self.world_coco.positions[frame], self.cameras[frame]
                yield shot.image, self._witness.saw(shot.vertices, joints, camera, shot.depth, shot.person)

    def frames(self, which: Sequence[int] | None = None) -> Iterator[np.ndarray]:
        """The pictures of :meth:`filmed`."""
        for picture, _ in self.filmed(which):
            yield picture

    def visible_at(self, frame: int) -> np.ndarray:
        """(23,) bool: which joints of ``world_coco`` the camera sees in one frame, which is rendered for it."""
        _, seen = next(self.filmed([frame]))
        return seen.visibility == VISIBLE


_LONGEST_REST_S = 60.0


def make_clip(
    exercise: str = "squat",
    *,
    mistakes: Mistakes | None = None,
    repetitions: int = 5,
    seed: int = 0,
    size: tuple[int, int] = (640, 480),
    fps: float = 30.0,
    azimuth_deg: float | None = None,
    phone: Phone | None = None,
    phenotype: Mapping[str, float] | None = None,
    style: str | None = None,
    rest_s: tuple[float, float] = (1.0, 2.0),
    backgrounds: str | Path | None = None,
) -> Clip:
    """A person who does ``repetitions`` of ``exercise``.

    Parameters
    ----------
    mistakes : mapping, optional
        Mistake -> strength in [0, 1], one number for all repetitions or one for each:
        ``{"knees_inward": [0, 1, 0, 1, 0], "too_shallow": 0.5}``.  Names of ``configs/motion/<exercise>.yaml``.
    repetitions : int, at least 1
    seed : int
        Draws person, clothes, place, tempo and whatever is not given; the same seed makes the same clip.
    size : (width, height) pixels, at least 64
    fps : float, 1 to 240
    azimuth_deg : float, optional
        From where the person is filmed: 0 front, 90 the right-hand side; default: drawn, up to 70 to either side.
    phone : Phone, optional
        The whole placement instead of a drawn one.
    phenotype : mapping, optional
        Sliders of :data:`fitlab.synthesis.body.PHENOTYPES`; default: drawn.
    style : str, optional
        How the arms are held, a style of the motion file; default: drawn.
    rest_s : (low, high) seconds
        How long the person stands before and after.
    backgrounds : path, optional
        Folder of pictures to film in front of instead of made-up places.

    Raises
    ------
    InputError
        For whatever cannot be used.
    """
    width, height = checked_size(size)
    exercise, style = word("exercise", exercise), style and word("style", style)
    seed, fps = whole("seed", seed, 0), frame_rate(fps)
    rest = numbers("rest_s", rest_s, 2, 0, _LONGEST_REST_S)
    if rest[0] > rest[1]:
        raise InputError(f"rest_s must be (low, high) seconds, got {list(rest)}; exchange them")
    if azimuth_deg is not None:
        azimuth_deg = number("azimuth_deg", azimuth_deg, -360, 360)
    if phone is not None and not isinstance(phone, Phone):
        raise InputError(f"phone must be a fitlab.synthesis.Phone, got {phone!r}; leave it out to have one drawn")
    rng = np.random.default_rng([seed, 0])
    body = Body({**draw_phenotype(rng), **mapping("phenotype", phenotype or {})})
    performance = perform(
        body,
        exercise,
        mistakes=mapping("mistakes", mistakes or {}),
        repetitions=whole("repetitions", repetitions, 1),
        fps=fps,
        rng=rng,
        rest_s=(rest[0], rest[1]),
        style=style,
    )
    azimuths = (-70.0, 70.0) if azimuth_deg is None else (azimuth_deg, azimuth_deg)
    drawn = phone or draw_phone(rng, performance.motion.heads, (width, height), azimuths)
    cameras = drawn.cameras((width, height), len(performance.motion), fps, rng)
    return Clip(exercise, body, performance, cameras, fps, seed, backgrounds)


def checked_size(size: Sequence[int]) -> tuple[int, int]:
    """``size`` as (width, height); InputError below 64 pixels."""
    try:
        width, height = (whole("side", side, _SMALLEST) for side in size)
    except (TypeError, ValueError) as error:  # InputError is one
        raise InputError(
            f"size must be [width, height], whole numbers of at least {_SMALLEST} x {_SMALLEST} pixels, got {size!r}; "
            "correct it"
        ) from error
    return width, height


_SMALLEST = 64


def checked_backgrounds(folder: str | Path | None) -> Path | None:
    """``folder``; InputError if it holds no pictures."""
    if folder is None:
        return None
    if not isinstance(folder, str | Path):
        raise InputError(f"backgrounds must be a folder with pictures, got {folder!r}; correct the path")
    find_pictures(Path(folder))
    return Path(folder)
