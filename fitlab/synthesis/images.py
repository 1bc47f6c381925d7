"""Labelled photographs of people in the middle of an exercise, for training detectors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from fitlab.errors import InputError
from fitlab.geometry import Camera
from fitlab.skeletons import COCO17
from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.checks import number, whole, word
from fitlab.synthesis.clips import checked_backgrounds, checked_size
from fitlab.synthesis.figure import figure
from fitlab.synthesis.film import Film
from fitlab.synthesis.labels import VISIBLE, PersonInPicture, Witness, world_poses
from fitlab.synthesis.motion import Performance, perform
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.render import MeshRenderer
from fitlab.synthesis.scene import draw_scene
from fitlab.synthesis.script import load_motion, motion_files
from fitlab.synthesis.sensor import rough
from fitlab.synthesis.slices import FAST_M_S, POSTURES, postures, speeds

_PICTURES_PER_PERSON = 20  # a new camera, place, light and clothes for each of them
_FPS = 25.0
_MISTAKE_SHARE = 0.3
_ROUGH_SHARE = (
    0.5  # without these BlazePose finds people much more easily than in photographs (experiments/studio_realism)
)
_VIEWS = 3  # out of which the one that hides most is taken


@dataclass(frozen=True, eq=False)
class LabelledImage:
    """A picture of one person.

    Parameters
    ----------
    image : (H, W, 3) uint8 RGB
    person : PersonInPicture
        All 23 keypoints, their visibility and the mask.
    camera : Camera
    coco : (23, 3), h36m : (17, 3)
        World, metres: COCO23 and H36M17.
    exercise, style, phase : str
    mistakes : {mistake: strength}
    posture : str
        See :mod:`fitlab.synthesis.slices`; ``speed`` as well, m/s.
    """

    image: np.ndarray
    person: PersonInPicture
    camera: Camera
    coco: np.ndarray
    h36m: np.ndarray
    exercise: str
    style: str
    phase: str
    mistakes: Mapping[str, float]
    posture: str
    speed: float

    @property
    def keypoints(self) -> np.ndarray:
        """(17, 2) float32 pixels, COCO17."""
        return self.person.keypoints[: len(COCO17)].astype(np.float32)

    @property
    def visible(self) -> np.ndarray:
        """(17,) bool: seen by the camera, neither hidden nor outside."""
        return self.person.visibility[: len(COCO17)] == VISIBLE

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(x, y, width, height) pixels around what is seen of the person."""
        return self.person.box


def make_images(
    n: int,
    seed: int = 0,
    size: tuple[int, int] = (256, 256),
    exercises: str | Sequence[str] | None = "squat",
) -> Iterator[LabelledImage]:
    """Yields ``n`` pictures of random adults at random moments of a repetition, from any side.

    Mistakes of random strength are mixed in.  The same seed yields the same pictures; the first ones
    do not depend on ``n``.

    Parameters
    ----------
    size : (width, height) pixels, at least 64
    exercises : str or sequence of str, optional
        What is done; None for all that the studio performs.

    Raises
    ------
    InputError
        If ``n`` is below 1, ``size`` is below 64 pixels or an exercise is unknown.
    """
    if n < 1:
        raise InputError(f"the number of images must be at least 1, got {n}; ask for more")
    chosen = [exercises] if isinstance(exercises, str) else exercises
    return _closing(ImageSource(seed, size, chosen), n)


def _closing(source: "ImageSource", n: int) -> Iterator[LabelledImage]:
    try:
        yield from source.images(0, n)
    finally:
        source.close()


class ImageSource:
    """An endless row of labelled pictures; each is a function of the arguments and its index alone.

    Parameters
    ----------
    seed : int
    size : (width, height) pixels, at least 64
    exercises : sequence of str, optional
        Default: all that the studio performs.
    weights : mapping, optional
        Slice (a posture of :data:`fitlab.synthesis.slices.POSTURES`, or ``fast``) -> how much likelier such a moment is
        than it would be; 1 where nothing is said.  Weights of ``fast`` and of the posture multiply.
    hidden_views : float in [0, 1]
        Share of pictures that are filmed from where few joints are seen.
    backgrounds : path, optional
        Folder of pictures to film in front of instead of made-up places.

    Raises
    ------
    InputError
        For what cannot be used.
    """

    def __init__(
        self,
        seed: int,
        size: Sequence[int] = (256, 256),
        exercises: Sequence[str] | None = None,
        weights: Mapping[str, float] | None = None,
        hidden_views: float = 0.0,
        backgrounds: str | Path | None = None,
    ) -> None:
        self._seed, self._size = whole("seed", seed, 0), checked_size(size)
        self.exercises = known_exercises(exercises)
        self._weights = _checked_weights(weights or {})
        self._hidden_views = number("hidden_views", hidden_views, 0, 1)
        self._backgrounds = checked_backgrounds(backgrounds)
        self._renderer: MeshRenderer | None = None

    def images(self, start: int, stop: int) -> Iterator[LabelledImage]:
        """Yields pictures ``start`` to ``stop``, half open."""
        for person in range(start // _PICTURES_PER_PERSON, -(-stop // _PICTURES_PER_PERSON)):
            first = person * _PICTURES_PER_PERSON
            model = self._model(person)
            for index in range(max(start, first), min(stop, first + _PICTURES_PER_PERSON)):
                yield self._image(model, index, np.random.default_rng([self._seed, 3, index]))

    def close(self) -> None:
        """Frees the window; the next picture opens a new one."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def _model(self, number: int) -> "_Model":
        rng = np.random.default_rng([self._seed, 2, number])
        exercise = str(rng.choice(self.exercises, p=self._shares))
        mistakes = {name: rng.uniform() for name in load_motion(exercise).mistakes if rng.random() < _MISTAKE_SHARE}
        model = _Model(exercise, Body(draw_phenotype(rng)), mistakes, rng)
        model.weigh(self._weights)
        return model

    @cached_property
    def _shares(self) -> np.ndarray:
        """Probability of each exercise: that of its moments together, found on one person who does each once."""
        if not self._weights:
            return np.full(len(self.exercises), 1 / len(self.exercises))
        found = []
        for exercise in self.exercises:
            model = _Model(exercise, Body(), {}, np.random.default_rng(0))
            found.append(model.weigh(self._weights).mean())
        return np.array(found) / np.sum(found)

    def _image(self, model: "_Model", index: int, rng: np.random.Generator) -> LabelledImage:
        motion, performance = model.performance.motion, model.performance
        frame = int(rng.choice(len(motion), p=model.weights / model.weights.sum()))
        vertices = model.body.skin(motion.rotations[frame], motion.heads[frame])[figure().vertices]
        joints = model.joints[frame]
        camera = self._camera(model, vertices, joints, motion.heads[frame], rng)
        scene = draw_scene(
            rng,
            model.body,
            camera,
            motion,
            fps=_FPS,
            props=load_motion(model.exercise).props,
            contacts=performance.contacts,
            backgrounds=self._backgrounds,
        )
        if rng.random() < _ROUGH_SHARE:
            scene = replace(scene, sensor=rough(rng, scene.sensor))
        if self._renderer is None:
            self._renderer = MeshRenderer(self._size)
        with Film(model.body, camera, rng, scene, self._renderer) as film:
            shot = film.shoot(motion, frame)
        return LabelledImage(
            image=shot.image,
            person=model.witness.saw(shot.vertices, joints, camera, shot.depth, shot.person),
            camera=camera,
            coco=joints,
            h36m=model.h36m[frame],
            exercise=model.exercise,
            style=performance.style,
            phase=performance.phases[frame],
            mistakes=performance.mistakes[0],
            posture=str(model.postures[frame]),
            speed=float(model.speeds[frame]),
        )

    def _camera(
        self, model: "_Model", vertices: np.ndarray, joints: np.ndarray, bones: np.ndarray, rng: np.random.Generator
    ) -> Camera:
        views = _VIEWS if rng.random() < self._hidden_views else 1
        cameras = [draw_phone(rng, bones, self._size).camera(self._size) for _ in range(views)]
        if views == 1:
            return cameras[0]
        width, height = self._size
        nothing = np.full((height, width), np.inf), np.zeros((height, width), bool)
        seen = [model.witness.saw(vertices, joints, camera, *nothing) for camera in cameras]
        counts = [int((person.visibility[: len(COCO17)] == VISIBLE).sum()) for person in seen]
        return cameras[int(np.argmin(counts))]


class _Model:
    """One person who does one repetition."""

    def __init__(self, exercise: str, body: Body, mistakes: Mapping[str, float], rng: np.random.Generator) -> None:
        self.exercise, self.body = exercise, body
        self.performance: Performance = perform(
            body, exercise, mistakes=mistakes, repetitions=1, fps=_FPS, rng=rng, rest_s=(0.2, 0.5)
        )
        motion = self.performance.motion
        keypoints = body.keypoints(motion.rotations, motion.heads)
        coco, h36m = world_poses(keypoints, body.crowns(motion.rotations, motion.heads), _FPS)
        self.joints, self.h36m = coco.positions, h36m.positions
        self.postures, self.speeds = postures(self.joints, body.height), speeds(self.joints, _FPS)
        self.weights = np.ones(len(motion))
        self.witness = Witness(body)

    def weigh(self, weights: Mapping[str, float]) -> np.ndarray:
        """Sets and returns ``weights`` (T,): how likely each moment is to be photographed."""
        of_posture = np.array([weights.get(posture, 1.0) for posture in self.postures])
        self.weights = of_posture * np.where(self.speeds > FAST_M_S, weights.get("fast", 1.0), 1.0)
        return self.weights


def known_exercises(chosen: Sequence[str] | None) -> tuple[str, ...]:
    """``chosen``, or all that the studio performs; InputError for an unknown one or none."""
    if isinstance(chosen, str):
        raise InputError(f"exercises must be a list of names, got {chosen!r}; put it into [ ]")
    exercises = tuple(motion_files() if chosen is None else chosen)
    if not exercises:
        raise InputError("exercises must name at least one, got none; null takes all")
    for exercise in exercises:
        load_motion(word("exercise", exercise))
    return exercises


def _checked_weights(weights: Mapping[str, float]) -> dict[str, float]:
    known = (*POSTURES, "fast")
    for name, weight in weights.items():
        if name not in known:
            raise InputError(f"a weight must be that of {', '.join(known)}, got {name!r}; correct the name")
        if not (np.isfinite(weight) and weight > 0):
            raise InputError(f"the weight of {name} must be a positive number, got {weight:g}; 1 changes nothing")
    return dict(weights)
