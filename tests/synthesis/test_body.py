import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fitlab.errors import InputError
from fitlab.synthesis.body import BODY_FILE, PHENOTYPES, Body, draw_phenotype, load_template
from tests import oracles


def test_adults_have_adult_heights_and_stand_on_the_floor(rng):
    bodies = [Body(draw_phenotype(rng)) for _ in range(10)]
    heights = [body.height for body in bodies]
    assert 1.4 < min(heights) < max(heights) < 2.2
    assert np.ptp(heights) > 0.05
    assert all(abs(body.vertices[:, 2].min()) < 1e-6 for body in bodies)


def test_taller_slider_taller_person():
    heights = [Body({"height": value}).height for value in (0, 0.25, 0.5, 0.75, 1)]
    assert np.all(np.diff(heights) > 0.02)


def test_skinning_equals_loops_over_bones(rng):
    body = Body()
    rotations = Rotation.random(len(body.heads), rng=rng).as_matrix()
    heads = body.heads + rng.normal(0, 0.1, body.heads.shape)
    vertices = body.skin(rotations, heads)
    skin = load_template().skin
    for v in rng.integers(len(vertices), size=60):
        row = skin[[v]]
        expected = oracles.skinned_vertex(body.vertices[v], row.indices, row.data, body.heads, rotations, heads)
        np.testing.assert_allclose(vertices[v], expected, atol=2e-5)


def test_keypoints_are_those_of_the_skinned_mesh(rng):
    body = Body()
    rotations = Rotation.from_rotvec(rng.normal(0, 0.3, (2 * len(body.heads), 3))).as_matrix().reshape(2, -1, 3, 3)
    heads = body.heads + rng.normal(0, 0.05, (2, *body.heads.shape))
    for pose, keypoints in enumerate(body.keypoints(rotations, heads)):
        mesh = body.skin(rotations[pose], heads[pose])
        np.testing.assert_allclose(keypoints, body.template.keypoints @ mesh, atol=1e-4)


def test_normals_point_outwards():
    body = Body()
    faces = body.template.faces
    away = body.vertices - body.vertices.mean(axis=0)
    trunk = body.template.main_bone == body.template.bone_index["spine03"]
    assert (np.sum(body.normals * away, axis=1)[trunk] > 0).mean() > 0.9
    np.testing.assert_allclose(np.linalg.norm(body.normals, axis=1)[np.unique(faces)], 1, atol=1e-4)


@pytest.mark.parametrize("phenotype", [{"beard": 0.5}, {"height": 1.5}, {"age": 0.1}])
def test_unknown_slider_or_value_out_of_range(phenotype):
    with pytest.raises(InputError, match="must"):
        Body(phenotype)


def test_the_compact_body_is_anny(rng):
    """Against the package it was made from; where its cache of 800 MB is not there, that would take minutes."""
    anny = pytest.importorskip("anny", reason="the package anny is not installed")
    from anny.paths import get_anny_cache_path

    if not any(get_anny_cache_path().glob("*/build_compact_model_data_*")):
        pytest.skip("anny has not built its cache; run python -m fitlab.synthesis.convert_anny once")
    import torch

    model = anny.Anny().to(dtype=torch.float32)
    for _ in range(3):
        phenotype = draw_phenotype(rng)
        with torch.no_grad():
            rest = model(pose_parameters=None, phenotype_kwargs=phenotype)["rest_vertices"][0].numpy()
        rest[:, 2] -= rest[:, 2].min()
        np.testing.assert_allclose(Body(phenotype).vertices, rest, atol=1e-3)


def test_every_phenotype_corner_is_stored():
    assert BODY_FILE.stat().st_size < 8e6
    assert load_template().scores.shape[:-1] == tuple(len(corners) for corners in PHENOTYPES.values())
