"""Retiming against loops written out: which repetition, and which moment of it."""

from dataclasses import replace

import numpy as np
import pytest

from fitlab.analysis.motion import at
from fitlab.analysis.results import Repetition
from fitlab.analysis.retiming import match_repetitions, retime
from tests import oracles

BONES = 4


def movement(rng, paces):
    """Directions of bones (T, 3 B) that swing out and back once per pace (frames), their progress and repetitions."""
    shares = [np.sin(np.pi * np.arange(pace) / (pace - 1)) ** 2 for pace in paces]
    axes, phases = rng.normal(size=(BONES, 3)), rng.uniform(0.5, 1.5, size=BONES)
    angles = np.concatenate(shares)[:, None] * phases
    bones = np.stack(
        [
            [oracles.turned_about(axis, angle) @ [0, 0, 1] for axis, angle in zip(axes, row, strict=True)]
            for row in angles
        ]
    )
    edges = np.cumsum([0, *paces])
    reps = tuple(
        Repetition(k, int(a), int(b), int(a + np.argmax(share)))
        for k, (a, b, share) in enumerate(zip(edges, edges[1:], shares, strict=False))
    )
    return bones.reshape(len(bones), -1), np.concatenate(shares), reps


def test_interpolation_equals_plain_loops(rng):
    values, moments = rng.normal(size=(10, 3)), np.array([0, 0.25, 3.5, 8.99, 9.0])
    np.testing.assert_allclose(at(values, moments), oracles.stretched(values, moments))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("late", [(0, 0), (8, 0), (8, 7), (0, 9)])
def test_moments_are_the_most_alike_ones_near_the_warped(seed, late):
    """Also where repetitions begin so many frames late, on the way: mine, and that of the reference."""
    rng = np.random.default_rng(seed)
    user, progress, reps = movement(rng, (40, 61))
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
        assert apart == pytest.approx(np.mean(distances))


def test_the_most_alike_repetition_is_that_of_the_least_distance_after_the_best_rotations(rng):
    user, progress, reps = movement(rng, (30, 45, 38))
    other, their_progress, theirs = movement(rng, (50, 33))
    mixed = np.concatenate([other, user[::-1] + 0.1 * rng.normal(size=user.shape)])
    mixed_progress = np.concatenate([their_progress, progress[::-1]])
    edge = len(other)
    candidates = [*theirs, *(Repetition(9, edge + a, edge + b, edge + (a + b) // 2) for a, b in ((0, 38), (38, 83)))]
    found = match_repetitions(user, progress, reps, mixed, mixed_progress, candidates)
    expected = [
        sorted(
            range(len(candidates)),
            key=lambda m: oracles.rotated_distance(user, progress, rep, mixed, mixed_progress, candidates[m]),
        )[:2]
        for rep in reps
    ]
    assert found.tolist() == expected
    to_others = match_repetitions(user, progress, reps, user, progress, reps, to_others=True)
    assert all(rep not in row for rep, row in enumerate(to_others.tolist()))
    assert match_repetitions(user, progress, reps[:2], user, progress, reps[:2], to_others=True).tolist() == [[1], [0]]


def test_what_is_left_is_blind_to_what_a_bone_differs_by_throughout(rng):
    user, progress, reps = movement(rng, (40, 61))
    reference = user.copy()
    reference[:, 3:6] = reference[:, 3:6] @ oracles.turned_about(np.array([1.0, 0, 0]), np.radians(30)).T
    moments, left = retime(user, progress, reps, reference, progress, reps)
    assert max(left) < 1e-4
    for rep, found in zip(reps, moments, strict=True):
        np.testing.assert_allclose(found, np.arange(rep.start, rep.stop), atol=1)
    reference[reps[0].start : reps[0].stop, 6:9] = reference[reps[0].start, 6:9]  # another movement
    _, left = retime(user, progress, reps, reference, progress, reps)
    assert left[0] > 1e-3 and left[1] < 1e-4


def test_where_a_repetition_begins_may_be_found_some_frames_aside(rng):
    user, progress, reps = movement(rng, (60, 60, 60))
    middle = reps[1]
    aside = Repetition(1, middle.start + 4, middle.stop - 3, middle.turn)
    (moments,), _ = retime(user, progress, [middle], user, progress, [aside])
    np.testing.assert_allclose(moments, np.arange(middle.start, middle.stop), atol=1)


def test_nothing_to_retime(rng):
    user, progress, _ = movement(rng, (30,))
    moments, left = retime(user, progress, (), user, progress, ())
    assert moments == [] and len(left) == 0
