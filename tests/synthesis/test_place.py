import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.place import draw_place, find_pictures

POINTS = np.random.default_rng(0).uniform((-0.8, -0.3, 0), (0.8, 0.4, 1.9), (200, 3))


def test_walls_stand_behind_movement_and_camera():
    kinds = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        camera = draw_phone(rng, POINTS, (256, 256)).camera((256, 256))
        place = draw_place(rng, camera, POINTS, mat=False)
        kinds.add(place.kind)
        for plane in place.planes:
            np.testing.assert_allclose(np.linalg.norm(plane.normal), 1, atol=1e-6)
            assert ((camera.position - plane.origin) @ plane.normal) > 0.1
            assert ((POINTS - plane.origin) @ plane.normal).min() > -1e-6
        assert place.planes[0].normal[2] == 1
    assert kinds == {"home", "gym", "outdoors"}


def test_a_mat_lies_along_who_lies():
    lying = POINTS[:, [2, 1, 0]] * (1, 1, 0.3) + (0, 0, 0.3)  # along x
    camera = draw_phone(np.random.default_rng(0), lying, (64, 64)).camera((64, 64))
    mat = draw_place(np.random.default_rng(1), camera, lying, mat=True).mat
    assert abs(np.sin(np.radians(mat.heading_deg))) > 0.9
    assert draw_place(np.random.default_rng(1), camera, lying, mat=True) == draw_place(
        np.random.default_rng(1), camera, lying, mat=True
    )


def test_pictures_of_a_folder(tmp_path):
    with pytest.raises(InputError, match=r"backgrounds must be a folder with pictures, got .*nowhere"):
        find_pictures(tmp_path / "nowhere")
    with pytest.raises(InputError, match="at least one"):
        find_pictures(tmp_path)
    for name in ("b.PNG", "a.jpg", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in find_pictures(tmp_path)] == ["a.jpg", "b.PNG"]
