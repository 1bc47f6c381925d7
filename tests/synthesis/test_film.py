import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from fitlab.geometry import Camera
from fitlab.synthesis.body import Body
from fitlab.synthesis.figure import figure
from fitlab.synthesis.film import Film
from fitlab.synthesis.limbs import Motion
from fitlab.synthesis.render import MeshRenderer
from fitlab.synthesis.scene import Passer, draw_scene
from fitlab.synthesis.solids import box
from tests.synthesis.posing import standing

SIZE = (160, 120)
CAMERA = Camera.looking_at((0.4, -3.0, 1.1), (0, 0, 0.85), 150, SIZE)


@pytest.fixture(scope="module")
def motion(body):
    return standing(body, thigh=[3.0, 50, 95], lean=[3.0, 20, 40], hand_out=[0.2, 0.3, 0.4])[0]


@pytest.fixture(scope="module")
def scene(body, motion):
    drawn = draw_scene(np.random.default_rng(0), body, CAMERA, motion)
    return replace(drawn, standing=(), held=(), passer=None, sensor=replace(drawn.sensor, shutter_s=1e-4))


@pytest.fixture(scope="module")
def renderer():
    renderer = MeshRenderer(SIZE)
    yield renderer
    renderer.close()


def shot(body, motion, scene, renderer, frame=1, cameras=CAMERA):
    with Film(body, cameras, np.random.default_rng(5), scene, renderer) as film:
        return film.shoot(motion, frame)


def test_picture_depth_and_mask_agree(body, motion, scene, renderer):
    seen = shot(body, motion, scene, renderer)
    assert seen.image.shape == (120, 160, 3)
    assert seen.image.dtype == np.uint8
    assert (np.isfinite(seen.depth) == seen.person).mean() > 0.995, "there is nobody else"
    assert seen.vertices.shape == (len(figure().vertices), 3)
    # The outline of the mask is that of the vertices.
    pixels = CAMERA.project(seen.vertices)
    rows, columns = np.nonzero(seen.person)
    np.testing.assert_allclose([columns.min(), rows.min()], pixels.min(axis=0), atol=2.5)
    np.testing.assert_allclose([columns.max() + 1, rows.max() + 1], pixels.max(axis=0), atol=2.5)
    # Where the mask is, the depth is that of the nearest vertex thereabouts.
    metres = CAMERA.camera_from_world(seen.vertices)[:, 2]
    for row, column in zip(rows[::199], columns[::199], strict=True):
        near = np.linalg.norm(pixels - (column + 0.5, row + 0.5), axis=1) < 4
        if near.sum() > 5:
            assert metres[near].min() - 0.06 < seen.depth[row, column] < metres[near].max() + 0.06


def test_things_in_front_hide_the_athlete_and_those_behind_do_not(body, motion, scene, renderer):
    alone = shot(body, motion, scene, renderer)
    before = shot(body, motion, replace(scene, standing=(box((1, 0.1, 0.8), (255, 0, 0), (0.1, -1, 0.4)),)), renderer)
    behind = shot(body, motion, replace(scene, standing=(box((1, 0.1, 1.5), (255, 0, 0), (0, 1.5, 0.75)),)), renderer)
    assert 0.2 * alone.person.sum() < before.person.sum() < 0.9 * alone.person.sum()
    np.testing.assert_array_equal(alone.person & before.person, before.person)
    hidden = alone.person & ~before.person
    assert (before.depth[hidden] < alone.depth[hidden]).all()
    assert (alone.person != behind.person).sum() <= 3
    assert np.isfinite(behind.depth).sum() > 1.3 * np.isfinite(alone.depth).sum()


def test_a_passer_by_is_no_athlete(body, motion, scene, renderer):
    alone = shot(body, motion, scene, renderer)
    before = shot(body, motion, replace(scene, passer=Passer(0, (-0.1, -1.0), (1.0, 0.0), 1.0), fps=30.0), renderer)
    assert before.person.sum() < 0.8 * alone.person.sum()
    assert np.isfinite(before.depth).sum() > np.isfinite(alone.depth).sum()


def test_held_things_move_with_the_hands(body, motion, renderer):
    scene = draw_scene(np.random.default_rng(3), body, CAMERA, motion, props=["barbell"])
    scene = replace(scene, standing=(), passer=None)
    with Film(body, CAMERA, np.random.default_rng(5), scene, renderer) as film:
        first, last = film.shoot(motion, 0), film.shoot(motion, 2)
    things = [np.isfinite(s.depth) & ~s.person for s in (first, last)]
    assert things[0].sum() > 50
    assert (things[0] != things[1]).mean() > 0.01


def test_a_long_exposure_blurs_the_movement_but_not_the_labels(body, motion, scene, renderer):
    sharp = shot(body, motion, scene, renderer)
    slow = shot(body, motion, replace(scene, sensor=replace(scene.sensor, shutter_s=1 / 30)), renderer)
    np.testing.assert_array_equal(sharp.person, slow.person)
    np.testing.assert_array_equal(sharp.depth, slow.depth)
    moved = np.abs(sharp.image.astype(int) - slow.image).sum(axis=-1) > 40
    assert moved.sum() > 0.05 * sharp.person.sum()
    rows, _ = np.nonzero(moved)
    assert rows.min() > np.nonzero(sharp.person)[0].min() - 12


def test_a_single_pose_can_be_filmed(body, motion, scene, renderer):
    single = Motion(motion.rotations[1:2], motion.heads[1:2])
    slow = replace(scene, sensor=replace(scene.sensor, shutter_s=1 / 24))
    assert shot(body, single, slow, renderer, frame=0).person.any()


def test_each_frame_has_its_camera(body, motion, scene, renderer):
    moved = Camera.looking_at((0.45, -3.0, 1.1), (0.05, 0, 0.9), 150, SIZE)
    seen = shot(body, motion, scene, renderer, cameras=(CAMERA, moved, CAMERA))
    alone = shot(body, motion, scene, renderer, cameras=moved)
    np.testing.assert_array_equal(seen.person, alone.person)
    np.testing.assert_array_equal(seen.depth, alone.depth)
    assert (seen.person != shot(body, motion, scene, renderer).person).any()


_SCRIPT = """
import hashlib, numpy as np
from tests.synthesis.test_film import digest
print(digest())
"""


def digest():
    """Of a picture of a scene with everything."""
    body = Body()
    motion, _ = standing(body, thigh=[3.0, 50, 95], lean=[3.0, 20, 40])
    scene = draw_scene(np.random.default_rng(4), body, CAMERA, motion, props=["dumbbells", "mat"])
    scene = replace(scene, passer=Passer(1, (-0.5, 1.0), (1.0, 0.0), 1.0))
    with Film(body, CAMERA, np.random.default_rng(1), scene) as film:
        seen = film.shoot(motion, 1)
    return hashlib.sha256(seen.image.tobytes() + seen.depth.tobytes() + seen.person.tobytes()).hexdigest()


def test_the_same_state_makes_the_same_bytes_in_a_new_process():
    assert (
        subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True).stdout.strip()
        == digest()
    )
