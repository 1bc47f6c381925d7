import numpy as np

from fitlab.synthesis.passer import STRANGERS, stranger, walking
from fitlab.synthesis.skinning import posed


def test_strangers_are_kept_and_differ():
    assert stranger(0)[0] is stranger(0)[0]
    assert len({round(stranger(number)[0].height, 4) for number in range(STRANGERS)}) == STRANGERS


def test_somebody_walks_along_a_line_on_the_floor():
    body, clothes = stranger(1)
    start, way = np.array([1.0, -2.0]), np.array([0.6, 0.8])
    root = body.template.bone_index["root"]
    for walked in (0.0, 0.35, 0.7, 1.2):
        rotations, heads = walking(body, start, way, walked)
        np.testing.assert_allclose(heads[root, :2], start + walked * way, atol=1e-5)
        vertices, _ = posed(clothes, body, rotations, heads)
        assert -0.05 < vertices[:, 2].min() < 0.03
        face = heads[body.template.bone_index["eye.L"]] - heads[body.template.bone_index["head"]]
        assert face[:2] @ way > 0.03, "looks where it goes"
        np.testing.assert_allclose(
            rotations @ np.swapaxes(rotations, -1, -2), np.tile(np.eye(3), (len(heads), 1, 1)), atol=1e-5
        )


def test_legs_take_turns():
    body, _ = stranger(2)
    feet = [body.template.bone_index[f"foot{side}"] for side in (".L", ".R")]
    way = np.array([0.0, -1.0])
    first, second = (walking(body, np.zeros(2), way, walked)[1][feet, 1] for walked in (0.35, 1.05))
    assert (first[0] - first[1]) * (second[0] - second[1]) < 0
    assert abs(first[0] - first[1]) > 0.3
