import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.scene import draw_scene
from tests.synthesis.posing import standing

SIZE = (160, 120)


@pytest.fixture(scope="module")
def motion(body):
    return standing(body, thigh=[3.0, 45, 95], lean=[3.0, 20, 40])[0]


def drawn(seed, body, motion, **given):
    rng = np.random.default_rng(seed)
    camera = draw_phone(rng, motion.heads, SIZE).camera(SIZE)
    return draw_scene(rng, body, camera, motion, **given), camera


def test_nothing_stands_where_the_athlete_moves(body, motion):
    points = motion.heads.reshape(-1, 3)
    for seed in range(40):
        scene, camera = drawn(seed, body, motion)
        for solid in scene.standing:
            away = np.linalg.norm(points[:, None, :2] - solid.samples[None, ::7, :2], axis=-1)
            assert away.min() > 0.2
            assert np.linalg.norm(solid.vertices - camera.position, axis=1).min() > 0.1


def test_scenes_have_everything_sometimes(body, motion):
    scenes = [drawn(seed, body, motion)[0] for seed in range(60)]
    assert {scene.place.kind for scene in scenes} == {"home", "gym", "outdoors"}
    assert 3 < sum(scene.passer is not None for scene in scenes) < 30
    assert any(len(scene.standing) > 1 for scene in scenes)
    assert any(not scene.standing for scene in scenes)
    assert any(len(scene.lights.lamps) == 3 for scene in scenes)


def test_what_the_exercise_needs_is_there(body, motion):
    scene, _ = drawn(0, body, motion, props=["barbell", "mat"])
    assert len(scene.held) == 1
    assert scene.place.mat is not None
    with pytest.raises(InputError, match="a prop must be one of"):
        drawn(0, body, motion, props=["trampoline"])


def test_backgrounds(body, motion, tmp_path):
    with pytest.raises(InputError, match=r"folder with pictures, got .*missing"):
        drawn(0, body, motion, backgrounds=tmp_path / "missing")
    (tmp_path / "room.jpg").touch()
    scene, _ = drawn(0, body, motion, backgrounds=tmp_path)
    assert scene.place.kind == "picture"
    assert scene.place.picture == tmp_path / "room.jpg"
