from collections import Counter

import numpy as np
import pytest

from fitlab.synthesis.hair import Hair, person_faces, tuft, tuft_faces
from fitlab.synthesis.kinematics import LEFT, turn

HEAD = np.array([0, 0, 1.6])


def test_a_tuft_is_closed():
    edges = Counter(
        tuple(sorted((int(a), int(b)))) for face in tuft_faces() for a, b in zip(face, np.roll(face, 1), strict=True)
    )
    assert set(edges.values()) == {2}
    assert len(np.unique(person_faces())) == person_faces().max() + 1


@pytest.mark.parametrize("style", ["bald", "short", "afro"])
def test_without_a_tuft_all_is_one_point(body, style):
    vertices, _ = tuft(Hair(style, (0, 0, 0), 0.01, 0.0), body, np.eye(3), HEAD)
    assert (vertices == HEAD.astype(np.float32)).all()


@pytest.mark.parametrize("degrees", [0, 90, 180])
def test_a_ponytail_hangs_down_whichever_way_the_head_is(body, degrees):
    vertices, normals = tuft(Hair("ponytail", (0, 0, 0), 0.01, 0.0), body, turn(LEFT, degrees), HEAD)
    root, tip = vertices[:10].mean(axis=0), vertices[-10:].mean(axis=0)
    assert root[2] - tip[2] > 0.6 * np.linalg.norm(root - tip)
    assert 0.15 < np.linalg.norm(root - tip) < 0.35
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)


def test_hair_stays_above_the_floor(body):
    vertices, _ = tuft(Hair("long", (0, 0, 0), 0.01, 0.0), body, turn(LEFT, 180), np.array([0, 0, 0.15]))
    assert vertices[:, 2].min() > 0
