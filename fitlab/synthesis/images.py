"""Labelled photographs of people in the middle of an exercise, for training detectors."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from fitlab.errors import InputError
from fitlab.skeletons import COCO17
from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.film import Film
from fitlab.synthesis.labels import visible
from fitlab.synthesis.motion import load_motion, perform
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.render import MeshRenderer
from fitlab.synthesis.scene import draw_scene

_POSES_PER_PERSON = 6  # a new camera, room, light and clothes for each; a new body and repetition for every sixth


class LabelledImage(NamedTuple):
    """A picture of one person.

    ``image`` (H, W, 3) uint8 RGB; ``keypoints`` (17, 2) pixels, COCO17; ``visible`` (17,) bool: seen
    by the camera, neither hidden nor outside; ``box`` (x, y, width, height) pixels around the mesh,
    within the picture.
    """

    image: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray
    box: tuple[float, float, float, float]


def make_images(
    n: int, seed: int = 0, size: tuple[int, int] = (256, 256), exercise: str = "squat"
) -> Iterator[LabelledImage]:
    """Yields ``n`` pictures of random adults at random moments of a repetition, from any side.

    Mistakes of random strength are mixed in.  The same seed yields the same pictures; the first ones
    do not depend on ``n``.

    Raises
    ------
    InputError
        If ``n`` is below 1, ``size`` (width, height) is below 64 pixels or the exercise is unknown.
    """
    if n < 1:
        raise InputError(f"the number of images must be at least 1, got {n}; ask for more")
    if min(size) < 64:
        raise InputError(f"size must be at least 64 x 64 pixels, got {size[0]} x {size[1]}; give (width, height)")
    spec = load_motion(exercise)
    return _images(n, seed, size, exercise, tuple(spec.mistakes))


def _images(
    n: int, seed: int, size: tuple[int, int], exercise: str, mistakes: tuple[str, ...]
) -> Iterator[LabelledImage]:
    renderer: MeshRenderer | None = None
    try:
        for person in range(-(-n // _POSES_PER_PERSON)):
            rng = np.random.default_rng([seed, 2, person])
            body = Body(draw_phenotype(rng))
            drawn = {name: rng.uniform() for name in mistakes if rng.random() < 0.3}
            motion = perform(body, exercise, mistakes=drawn, repetitions=1, fps=10, rng=rng, rest_s=(0.2, 0.5)).motion
            faces = body.template.faces
            renderer = renderer or MeshRenderer(faces, len(body.vertices), size)
            for frame in rng.permutation(len(motion))[: min(_POSES_PER_PERSON, n - person * _POSES_PER_PERSON)]:
                camera = draw_phone(rng, motion.heads, size).camera(size)
                rotations, heads = motion.rotations[frame], motion.heads[frame]
                with Film(body, camera, rng, draw_scene(rng, camera, motion, fps=10), renderer) as film:
                    image = film.shoot(motion, frame).image
                vertices = body.skin(rotations, heads)
                keypoints = body.keypoints(rotations[None], heads[None])[0, : len(COCO17)]
                outline = camera.project(vertices)
                low = np.clip(outline.min(axis=0), 0, size)
                span = np.clip(outline.max(axis=0), 0, size) - low
                yield LabelledImage(
                    image,
                    camera.project(keypoints).astype(np.float32),
                    visible(vertices, faces, keypoints, camera),
                    (float(low[0]), float(low[1]), float(span[0]), float(span[1])),
                )
    finally:
        if renderer is not None:
            renderer.close()
