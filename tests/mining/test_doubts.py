import numpy as np
import pytest

from fitlab.mining.doubts import borda, disagreement, off_path, ranks, surest
from tests import oracles


def test_disagreement_is_the_mean_over_joints_that_either_sees():
    one = np.zeros((1, 17, 2))
    other = one + (3, 4)
    sure, also_sure = np.zeros((1, 17)), np.zeros((1, 17))
    other[0, 5] += (27, 36)  # 50 pixels, seen by nobody
    sure[0, :2], also_sure[0, 2:4] = 0.9, 0.9
    assert disagreement(one, other, sure, also_sure, np.array([100.0]))[0] == pytest.approx(0.05)
    assert np.isnan(disagreement(one, other, 0 * sure, 0 * sure, np.array([100.0]))[0])


def test_surest_takes_the_first_among_equals():
    confidence = np.zeros((2, 3, 17))
    confidence[1, 2] = 0.4
    assert surest(confidence).tolist() == [0, 2]


def test_cubic_motion_is_on_its_path_and_a_jump_is_not(rng):
    times = np.arange(40)[:, None, None]
    motion = sum(rng.normal(size=(1, 17, 2)) * times**power / 10**power for power in range(4))
    frames = np.arange(6, 34)
    assert off_path(motion, frames, 3) == pytest.approx(0, abs=1e-9)
    motion[20, 4] += (30, 40)
    off = off_path(motion, frames, 3)
    assert off[20 - 6, 4] == pytest.approx(50)
    assert off[20 - 6, 5] == pytest.approx(0, abs=1e-9)


def test_off_path_as_a_fitted_cubic_says(rng):
    motion = rng.normal(size=(30, 17, 2)).cumsum(axis=0)
    frames = np.array([5, 12, 23])
    np.testing.assert_allclose(off_path(motion, frames, 2), oracles.off_cubic(motion, frames, 2), atol=1e-9)


def test_off_path_needs_all_four_neighbours(rng):
    motion = rng.normal(size=(20, 17, 2))
    motion[9, 3] = np.nan
    off = off_path(motion, np.array([0, 1, 10, 19]), 1)
    assert np.isnan(off[[0, 1, 3]]).all()
    assert np.isnan(off[2, 3]) and np.isfinite(off[2, 4])


def test_ranks_share_ties_and_keep_gaps():
    values = np.array([3.0, 1.0, np.nan, 3.0, 2.0])
    np.testing.assert_allclose(ranks(values), [2.5 / 3, 0, np.nan, 2.5 / 3, 1 / 3])
    assert ranks(np.array([np.nan, 7.0]))[1] == 0.5


def test_borda_depends_on_order_alone_and_leaves_out_what_is_missing(rng):
    signals = {"a": rng.random(50), "b": rng.random(50)}
    stretched = {"a": np.exp(9 * signals["a"]), "b": signals["b"] ** 3 - 5}
    np.testing.assert_allclose(borda(signals), borda(stretched))
    signals["b"][:10] = np.nan
    np.testing.assert_allclose(borda(signals)[:10], ranks(signals["a"])[:10])
    assert borda({"a": np.array([np.nan, 1.0, 2.0])})[0] == 0
