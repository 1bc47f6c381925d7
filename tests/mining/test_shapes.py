import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fitlab.mining import shapes
from fitlab.mining.shapes import MIN_COMMON, nearest, shape_distances
from fitlab.skeletons import COCO17
from tests import oracles
from tests.detectors.conftest import person


def some_poses(rng, n, missing=0.2):
    poses = rng.normal(size=(n, 17, 2)) * rng.uniform(1, 300, (n, 1, 1)) + rng.uniform(0, 2000, (n, 1, 2))
    poses[rng.random((n, 17)) < missing] = np.nan
    return poses


def test_as_the_oracle_also_with_joints_missing(rng):
    poses, others = some_poses(rng, 30), some_poses(rng, 20)
    slow = [[oracles.shape_distance(a, b) for b in others] for a in poses]
    np.testing.assert_allclose(shape_distances(poses, others), slow, atol=1e-9)


def test_neither_place_nor_size_matters_but_the_direction_does(rng):
    pose = some_poses(rng, 1, missing=0)
    moved = 3.7 * pose + (120, -40)
    assert shape_distances(pose, moved)[0, 0] == pytest.approx(0, abs=1e-6)
    for degrees in (30, 90, 180):
        turn = Rotation.from_euler("z", degrees, degrees=True).as_matrix()[:2, :2]
        # Turned about the mean, every centred point p has p . Rp = |p|^2 cos: so r is the cosine.
        expected = np.sqrt(2 - 2 * np.cos(np.deg2rad(degrees)))
        assert shape_distances(pose, pose @ turn.T)[0, 0] == pytest.approx(expected, abs=1e-6)


def test_the_mirror_image_counts_as_the_same_pose():
    pose = person(0, 0, 100)
    pose[9] += (40, -60)  # one arm raised
    mirrored = pose[list(COCO17.mirror)] * (-1, 1)
    assert shape_distances(pose[None], mirrored[None])[0, 0] > 0.2
    assert shape_distances(pose[None], mirrored[None], COCO17.mirror)[0, 0] == pytest.approx(0, abs=1e-6)


def test_what_cannot_be_compared_is_nan():
    poses = np.full((3, 17, 2), np.nan)
    poses[0] = person(0, 0, 100)
    poses[1, : MIN_COMMON - 1] = poses[0, : MIN_COMMON - 1]
    poses[2] = 5.0  # all joints in one place
    assert np.isnan(shape_distances(poses[1:], poses[:1])).all()
    distances, indices = nearest(poses, poses[:1])
    assert indices.tolist() == [0, -1, -1] and np.isnan(distances[1:]).all()
    assert nearest(poses, poses[:0])[1].tolist() == [-1, -1, -1]


def test_the_nearest_is_found(rng):
    known = some_poses(rng, 400, missing=0.1)
    asked = known[[7, 300]] * 2 + rng.normal(size=(2, 17, 2)) * 1e-3
    assert nearest(asked, known)[1].tolist() == [7, 300]


def test_the_nearest_of_many_is_found_in_blocks_under_a_bar(rng, monkeypatch):
    asked, known = some_poses(rng, 150, missing=0.4), some_poses(rng, 60, missing=0.4)
    asked[[3, 149]] = np.nan
    whole = shape_distances(asked, known, COCO17.mirror)
    rows, bars = [], []

    def counted(poses, *rest):
        rows.append(len(poses))
        return shape_distances(poses, *rest)

    def bar(items, what, **more):
        bars.append(what)
        return items

    monkeypatch.setattr(shapes, "shape_distances", counted)
    monkeypatch.setattr(shapes, "progress", bar)
    distances, indices = nearest(asked, known, COCO17.mirror)
    assert max(rows) < 64 and bars == ["comparing with known poses"]
    incomparable = np.isnan(whole).all(axis=1)
    assert incomparable[[3, 149]].all() and indices[incomparable].tolist() == [-1] * incomparable.sum()
    np.testing.assert_array_equal(indices[~incomparable], np.nanargmin(whole[~incomparable], axis=1))
    np.testing.assert_allclose(distances[~incomparable], np.nanmin(whole[~incomparable], axis=1), atol=1e-9)
    assert np.isnan(distances[incomparable]).all()
