"""Clips: a person who exercises in front of a phone, frame by frame, with every label exact."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np

from fitlab.errors import InputError
from fitlab.files import written_whole
from fitlab.geometry import Camera
from fitlab.progress import progress
from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.film import Film
from fitlab.synthesis.labels import image_poses, visible, world_poses
from fitlab.synthesis.motion import Mistakes, Performance, perform
from fitlab.synthesis.phones import Phone, draw_phone
from fitlab.synthesis.scene import draw_scene


class Clip:
    """A performance seen by a camera; made by :func:`make_clip`.  Labels are at hand at once, frames when asked for.

    Attributes
    ----------
    exercise : str ; seed : int ; fps : float ; size : (width, height)
    performance : Performance
        The motion of all bones.
    camera : Camera
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
        self, exercise: str, body: Body, performance: Performance, camera: Camera, fps: float, seed: int
    ) -> None:
        self.exercise, self.body, self.performance = exercise, body, performance
        self.camera, self.fps, self.seed, self.size = camera, fps, seed, camera.size
        self.repetitions, self.phases = performance.repetitions, performance.phases
        self.mistakes = performance.mistakes
        motion = performance.motion
        keypoints = body.keypoints(motion.rotations, motion.heads)
        self.world_coco, self.world = world_poses(keypoints, body.crowns(motion.rotations, motion.heads), fps)
        self.image = image_poses(self.world_coco, camera)

    def __len__(self) -> int:
        return len(self.performance.motion)

    def __repr__(self) -> str:
        return f"Clip({self.exercise}, {len(self.repetitions)} repetitions, {len(self)} frames at {self.fps:g} fps)"

    @cached_property
    def visible(self) -> np.ndarray:
        """(T, 23) bool: which joints of ``world_coco`` the camera sees, see :func:`fitlab.synthesis.labels.visible`."""
        return np.stack([self.visible_at(frame) for frame in range(len(self))])

    def visible_at(self, frame: int) -> np.ndarray:
        """(23,) bool: ``visible`` of one frame."""
        vertices = self.vertices(frame)
        return visible(vertices, self.body.template.faces, self.world_coco.positions[frame], self.camera)

    def vertices(self, frame: int) -> np.ndarray:
        """(V, 3) world vertices of the bare body."""
        motion = self.performance.motion
        return self.body.skin(motion.rotations[frame], motion.heads[frame])

    def frames(self, which: Sequence[int] | None = None) -> Iterator[np.ndarray]:
        """Yields pictures (H, W, 3) uint8, RGB, of all frames or of ``which``; every call draws the same."""
        motion, rng = self.performance.motion, np.random.default_rng([self.seed, 1])
        with Film(self.body, self.camera, rng, draw_scene(rng, self.camera, motion, fps=self.fps)) as film:
            for frame in range(len(self)) if which is None else which:
                yield film.shoot(motion, frame).image


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
) -> Clip:
    """A person who does ``repetitions`` of ``exercise``.

    Parameters
    ----------
    mistakes : mapping, optional
        Mistake -> strength in [0, 1], one number for all repetitions or one for each:
        ``{"knees_inward": [0, 1, 0, 1, 0], "too_shallow": 0.5}``.  Names of ``configs/motion/<exercise>.yaml``.
    repetitions : int, at least 1
    seed : int
        Draws person, clothes, room, tempo and whatever is not given; the same seed makes the same clip.
    size : (width, height) pixels, at least 64
    fps : float, positive
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

    Raises
    ------
    InputError
        For an exercise, mistake, strength, style, size or fps that cannot be used.
    """
    if not (np.isfinite(fps) and fps > 0):
        raise InputError(f"fps must be a positive number, got {fps}; phones film 30")
    if min(size) < 64:
        raise InputError(f"size must be at least 64 x 64 pixels, got {size[0]} x {size[1]}; give (width, height)")
    rng = np.random.default_rng([seed, 0])
    body = Body({**draw_phenotype(rng), **(phenotype or {})})
    performance = perform(
        body, exercise, mistakes=mistakes or {}, repetitions=repetitions, fps=fps, rng=rng, rest_s=rest_s, style=style
    )
    azimuths = (-70.0, 70.0) if azimuth_deg is None else (azimuth_deg, azimuth_deg)
    drawn = draw_phone(rng, performance.motion.heads, size, azimuths)
    return Clip(exercise, body, performance, (phone or drawn).camera((size[0], size[1])), fps, seed)


def write_clip(clip: Clip, folder: str | os.PathLike[str], name: str) -> Path:
    """Writes ``<name>.mp4``, ``<name>.npz`` and ``<name>.json`` and returns the path of the mp4.

    Each appears whole or not at all, the mp4 last: where there is one, its labels are complete.

    The npz is a pose file of fitlab (``formats.read_poses`` gives ``world``: H36M17) that also holds ``world_coco``
    (T, 23, 3), ``image`` (T, 17, 2) with ``image_confidence``, ``camera_joints`` (T, 17, 3; H36M17, metres in camera
    axes from the pelvis) and ``visible`` (T, 23).
    The JSON holds exercise, seed, fps, size, frames, repetitions, phases, mistakes, camera and joint names.

    Raises
    ------
    SetupError
        If ``folder`` cannot be written or the disk is full.
    """
    from fitlab.geometry import view_poses
    from fitlab.video import VideoWriter

    folder = Path(folder)
    path = folder / f"{name}.mp4"
    arrays = {
        "positions": clip.world.positions,
        "fps": clip.fps,
        "space": clip.world.space,
        "skeleton": clip.world.skeleton.name,
        "world_coco": clip.world_coco.positions,
        "image": clip.image.positions,
        "image_confidence": clip.image.confidence,
        "camera_joints": view_poses(clip.world, clip.camera).positions,
    }
    seen = []
    with VideoWriter(path, clip.fps, clip.size) as video:
        for frame, picture in enumerate(progress(clip.frames(), f"rendering {name}", total=len(clip))):
            seen.append(clip.visible_at(frame))
            video.write(picture)
        with written_whole(folder / f"{name}.npz") as partial:
            np.savez_compressed(partial, **arrays, visible=np.stack(seen))  # type: ignore[arg-type]
        with written_whole(folder / f"{name}.json") as partial:
            partial.write_text(json.dumps(_sidecar(clip), indent=1), encoding="utf-8")
    return path


def _sidecar(clip: Clip) -> dict[str, object]:
    return {
        "exercise": clip.exercise,
        "seed": clip.seed,
        "fps": clip.fps,
        "size": list(clip.size),
        "frames": len(clip),
        "style": clip.performance.style,
        "phenotype": clip.body.phenotype,
        "repetitions": [list(bounds) for bounds in clip.repetitions],
        "mistakes": list(clip.mistakes),
        "phases": list(clip.phases),
        "camera": {key: np.asarray(value).tolist() for key, value in asdict(clip.camera).items()},
        "joints": {
            "image": clip.image.skeleton.name,
            "positions": clip.world.skeleton.name,
            "world_coco": clip.world_coco.skeleton.name,
        },
    }
