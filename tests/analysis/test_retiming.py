"""Retiming against loops written out: which moment of a repetition."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.analysis.motion import at
from fitlab.analysis.results import Repetition
from fitlab.analysis.retiming import retime
from tests import oracles
from tests.motions import swinging


def test_interpolation_equals_plain_loops(rng):
    values, moments = rng.normal(size=(10, 3)), np.array([0, 0.25, 3.5, 8.99, 9.0])
    np.testing.assert_allclose(at(values, moments), oracles.stretched(values, moments))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("late", [(0, 0), (8, 0), (8, 7), (0, 9)])
def test_moments_are_the_most_alike_ones_near_the_warped(seed, late):
    """Also where repetitions begin so many frames late, on the way: mine, and that of the reference."""
    rng = np.random.default_rng(seed)
    user, progress, reps = swinging(rng, (40, 61))
    reference = user + 0.05 * rng.normal(size=user.shape)
    reference[:, :3] = (
        reference[:, :3] @ oracles.turned_about(np.array([1.0, 0, 0]), np.radians(20)).T
    )  # one bone differs throughout
    others = [replace(rep, start=rep.start + late[1]) for rep in reps[::-1]]
    reps = [replace(rep, start=rep.start + late[0]) for rep in reps]
    found, left = retime(user, progress, reps, reference, progress, others)
    for rep, other, moments, apart in zip(reps, others, found, left, strict=True):
        assert len(moments) == rep.stop - rep.start
        expected, distances = oracles.retimed(user, progress, rep, reference, progress, other)
        np.testing.assert_allclose(moments, expected, atol=1e-9)
        np.testing.assert_allclose(apart, distances, atol=1e-9)


def test_what_is_left_is_blind_to_what_a_bone_differs_by_throughout(rng):
    user, progress, reps = swinging(rng, (40, 61))
    reference = user.copy()
    reference[:, 3:6] = reference[:, 3:6] @ oracles.turned_about(np.array([1.0, 0, 0]), np.radians(30)).T
    moments, left = retime(user, progress, reps, reference, progress, reps)
    assert max(apart.mean() for apart in left) < 1e-4
    for rep, found in zip(reps, moments, strict=True):
        np.testing.assert_allclose(found, np.arange(rep.start, rep.stop), atol=1)
    reference[reps[0].start : reps[0].stop, 6:9] = reference[reps[0].start, 6:9]  # another movement
    _, left = retime(user, progress, reps, reference, progress, reps)
    assert left[0].mean() > 1e-3 and left[1].mean() < 1e-4


def test_where_a_repetition_begins_may_be_found_some_frames_aside(rng):
    user, progress, reps = swinging(rng, (60, 60, 60))
    middle = reps[1]
    aside = Repetition(1, middle.start + 4, middle.stop - 3, middle.turn)
    (moments,), _ = retime(user, progress, [middle], user, progress, [aside])
    np.testing.assert_allclose(moments, np.arange(middle.start, middle.stop), atol=1)


def test_nothing_to_retime(rng):
    user, progress, _ = swinging(rng, (30,))
    moments, left = retime(user, progress, (), user, progress, ())
    assert moments == [] and len(left) == 0
