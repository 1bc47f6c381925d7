"""Visibility of every joint in pictures of all exercises, with props and passers-by, against rays."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from fitlab.geometry import Camera
from fitlab.skeletons import COCO17, COCO23
from fitlab.synthesis.body import Body, draw_phenotype
from fitlab.synthesis.figure import figure
from fitlab.synthesis.film import Film, Shot
from fitlab.synthesis.grips import Grips
from fitlab.synthesis.labels import OUTSIDE, VISIBLE, PersonInPicture, Witness, first_skin
from fitlab.synthesis.motion import perform
from fitlab.synthesis.passer import STRANGERS, stranger, walking
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.render import MeshRenderer
from fitlab.synthesis.scene import Passer, draw_scene
from fitlab.synthesis.script import load_motion, motion_files
from fitlab.synthesis.skinning import posed
from tests import oracles
from tests.synthesis.rays import first_hits

SIZE = (256, 256)
FPS = 5
MOMENTS = 3  # of each exercise; somebody walks past in front of the first of them
OWN_M = {"hip": 0.16, "toe": 0.10, "heel": 0.10, "nose": 0.06, "eye": 0.06, "ear": 0.06}  # docs/datasets.md
OWN_FLESH = np.array(
    [next((metres for part, metres in OWN_M.items() if part in name.split("_")), 0.13) for name in COCO23.joints]
)


@dataclass(frozen=True)
class Picture:
    """A picture, what was drawn in it and what the camera is said to see; ``things`` are (vertices, faces)."""

    body: Body
    joints: np.ndarray
    camera: Camera
    things: list
    shot: Shot
    seen: PersonInPicture

    def by_rays(self):
        """(23,) bool: which joints the camera sees; (23,) bool: in front of which a prop or passer-by is first."""
        eye, mesh = self.camera.position, figure()
        skin, faces, weights = first_hits(eye, self.joints, self.shot.vertices, mesh.faces)
        rest = self.body.vertices[mesh.vertices]
        places = np.einsum("kc,kcx->kx", weights, rest[mesh.faces[faces]])  # where that skin is in the rest pose
        own = np.linalg.norm(places - self.body.template.keypoints @ self.body.vertices, axis=1) < OWN_FLESH
        thing = np.full(len(skin), np.inf)
        for solid in self.things:
            thing = np.minimum(thing, first_hits(eye, self.joints, *solid)[0])
        covered = (thing < 1) & (thing < skin)
        return ~covered & (own | (skin >= 1)), covered


def passing(camera, joints, frame, rng):
    """Somebody who is between phone and athlete at ``frame``, on the way from left to right."""
    eye, middle = camera.position[:2], joints.mean(axis=0)[:2]
    ahead = middle - eye
    aside = np.array([ahead[1], -ahead[0]]) / np.linalg.norm(ahead)
    at = eye + ahead * rng.uniform(0.3, 0.6) + aside * rng.uniform(-0.25, 0.25)
    return Passer(int(rng.integers(STRANGERS)), tuple(at - aside * 1.2 * frame / FPS), tuple(aside), 1.2)


def others(scene, body, motion, frame):
    """Meshes of everything but the athlete: furniture, what is held, who walks past."""
    held = [prop.placed(Grips(body), motion.rotations[frame], motion.heads[frame]) for prop in scene.held]
    found = [(solid.vertices, solid.faces) for solid in (*scene.standing, *held)]
    if (passer := scene.passer) is not None:
        other, clothes = stranger(passer.number)
        walked_m = passer.speed * frame / FPS
        pose = walking(other, np.array(passer.start), np.array(passer.way), walked_m)
        found.append((posed(clothes, other, *pose)[0], figure().faces))
    return found


@pytest.fixture(scope="module")
def pictures():
    rng, made, renderer = np.random.default_rng(1), [], MeshRenderer(SIZE)
    for exercise in motion_files():
        body, props = Body(draw_phenotype(rng)), load_motion(exercise).props
        done = perform(body, exercise, mistakes={}, repetitions=1, fps=FPS, rng=rng, rest_s=(0.2, 0.3))
        motion, witness = done.motion, Witness(body)
        keypoints = body.keypoints(motion.rotations, motion.heads)
        for number, frame in enumerate(rng.choice(len(motion), MOMENTS, replace=False)):
            joints, camera = keypoints[frame], draw_phone(rng, motion.heads[frame], SIZE).camera(SIZE)
            scene = draw_scene(rng, body, camera, motion, fps=FPS, props=props, contacts=done.contacts)
            if number == 0:
                scene = replace(scene, passer=passing(camera, joints, frame, rng))
            with Film(body, camera, rng, scene, renderer) as film:
                shot = film.shoot(motion, frame)
            seen = witness.saw(shot.vertices, joints, camera, shot.depth, shot.person)
            made.append(Picture(body, joints, camera, others(scene, body, motion, frame), shot, seen))
    renderer.close()
    return made


def test_the_rays_are_those_of_the_textbook(rng):
    """All at once against one by one, in a heap of triangles that cross each other."""
    vertices, eye, targets = rng.normal(size=(90, 3)), np.array([0, -4.0, 0]), rng.normal(size=(40, 3))
    faces = rng.permutation(90).reshape(30, 3)
    shares, which, weights = first_hits(eye, targets, vertices, faces)
    expected = [oracles.first_hit(eye, target, vertices[faces]) / np.linalg.norm(target - eye) for target in targets]
    np.testing.assert_allclose(shares, expected)
    hit = np.isfinite(shares)
    assert 10 < hit.sum() < 40
    places = np.einsum("kc,kcx->kx", weights, vertices[faces[which]])
    np.testing.assert_allclose(places[hit], (eye + shares[:, None] * (targets - eye))[hit])


def test_visibility_agrees_with_rays(pictures):
    """99 % and more of all joints of both sides, and of those alone that a prop, furniture or a passer-by hides.

    Where their edge runs through the pixel of a joint, the picture and a ray may differ.
    """
    agree, behind = [], []
    for picture in pictures:
        visible, covered = picture.by_rays()
        inside = picture.seen.visibility != OUTSIDE
        agree.append((visible == (picture.seen.visibility == VISIBLE))[inside])
        behind.append(covered[inside])
    agree, behind = np.concatenate(agree), np.concatenate(behind)
    assert len(agree) > 1400 and behind.sum() > 200  # 22 exercises, 3 moments, 23 joints
    assert agree.mean() >= 0.99
    assert agree[~behind].mean() >= 0.995
    assert agree[behind].mean() >= 0.97


def test_visibility_agrees_with_the_depth_picture(pictures):
    """Where the own skin is the first thing seen, it lies where the depth picture has it; edges of limbs aside."""
    agree = []
    for picture in pictures:
        mesh, shot, seen = picture.shot.vertices, picture.shot, picture.seen
        depth, _ = first_skin(mesh, mesh, picture.joints, picture.camera)
        for joint in np.flatnonzero(seen.visibility != OUTSIDE):
            column, row = seen.keypoints[joint].astype(int)
            if shot.person[row, column]:
                agree.append(abs(shot.depth[row, column] - depth[joint]) < 0.05)
    assert len(agree) > 1000
    assert np.mean(agree) > 0.97


def test_joints_that_are_visible_lie_on_the_person(pictures):
    inside = [
        picture.seen.mask[tuple(picture.seen.keypoints[joint].astype(int)[::-1])]
        for picture in pictures
        for joint in np.flatnonzero(picture.seen.visibility[: len(COCO17)] == VISIBLE)
    ]
    assert np.mean(inside) > 0.99
