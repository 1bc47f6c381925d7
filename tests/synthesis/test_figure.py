import numpy as np

from fitlab.synthesis.figure import figure


def test_it_is_lighter_than_the_body_and_close_to_it(body):
    drawn = figure()
    assert len(drawn.faces) < 0.65 * len(body.template.faces)
    from scipy.spatial import cKDTree

    away, _ = cKDTree(body.vertices[drawn.vertices]).query(body.vertices)
    assert away.max() < 0.04
    assert np.quantile(away, 0.95) < 0.015


def test_what_is_not_thinned_keeps_every_face(body):
    drawn, bone = figure(), body.template.main_bone
    thigh = [body.template.bone_index[name] for name in ("upperleg01.L", "upperleg02.L", "lowerleg01.L")]
    of_body = np.isin(bone[body.template.faces[:, 0]], thigh).sum()
    of_figure = np.isin(bone[drawn.vertices[drawn.faces[:, 0]]], thigh).sum()
    assert of_body == of_figure


def test_normals_point_outwards_and_are_one_long(body):
    drawn = figure()
    points = body.vertices[drawn.vertices]
    normals = drawn.normals(points)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-4)
    aligned = np.sum(normals * body.normals[drawn.vertices], axis=1)
    assert np.quantile(aligned, 0.05) > 0.8


def test_shares_of_all_bones_are_one():
    assert np.allclose(figure().share(""), 1, atol=1e-5)
