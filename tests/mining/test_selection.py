import numpy as np
import pytest

from fitlab.mining.selection import apart_in_time, farthest_first, k_medoids
from tests import oracles


def table(points):
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


def test_farthest_first_as_the_oracle(rng):
    distances = table(rng.normal(size=(40, 2)))
    for first in (0, 17):
        assert farthest_first(distances, 12, first).tolist() == oracles.farthest_first(distances, 12, first)


def test_farthest_first_covers_twice_as_well_as_any_choice_at_best(rng):
    """Gonzalez' guarantee: nobody is further from a chosen point than twice the best possible radius."""
    points = rng.normal(size=(12, 2))
    distances = table(points)
    radius = distances[farthest_first(distances, 3, 0)].min(axis=0).max()
    assert radius <= 2 * oracles.best_radius(distances, 3) + 1e-12


def test_farthest_first_takes_everything_once_and_the_unknown_last(rng):
    distances = table(rng.normal(size=(6, 2)))
    distances[3] = distances[:, 3] = np.nan
    order = farthest_first(distances, 99, 0).tolist()
    assert sorted(order) == list(range(6)) and order[-1] == 3


def test_medoids_of_separate_blobs(rng):
    places = ((9, (0, 0)), (20, (60, 0)), (4, (0, 60)))
    distances = table(np.concatenate([rng.normal(size=(n, 2)) + place for n, place in places]))
    medoids, labels = k_medoids(distances, 3)
    assert labels.tolist() == [1] * 9 + [0] * 20 + [2] * 4  # the largest group first
    assert [labels[medoid] for medoid in medoids] == [0, 1, 2]
    for group, part in enumerate((slice(9, 29), slice(0, 9), slice(29, 33))):
        best = oracles.best_medoids(distances[part, part])
        assert distances[medoids[group], part].sum() == pytest.approx(best)


def test_medoids_of_twins_and_of_few_points():
    distances = np.zeros((4, 4))
    medoids, labels = k_medoids(distances, 2)
    assert len(set(medoids)) == 2 and set(labels) == {0, 1}
    assert k_medoids(np.zeros((1, 1)), 6)[1].tolist() == [0]


def test_apart_in_time_keeps_the_most_doubtful():
    clips = np.array(["a", "a", "a", "b"])
    times, doubt = np.array([0.0, 0.2, 0.5, 0.2]), np.array([0.3, 0.9, 0.4, 0.8])
    assert apart_in_time(clips, times, doubt, 0.5).tolist() == [1, 3]
    assert apart_in_time(clips, times, doubt, 0.3).tolist() == [1, 3, 2]


class Clip:
    """A clip that counts how often it is compared, which takes paths a microsecond."""

    def __init__(self):
        self.compared = 0

    def __eq__(self, other):
        self.compared += 1
        return self is other

    __hash__ = object.__hash__


def test_apart_in_time_as_the_oracle_without_comparing_clips_over_and_over(rng):
    names = [Clip(), Clip(), Clip()]
    clips = np.empty(120, object)
    clips[:] = [names[n] for n in rng.integers(3, size=120)]
    times, doubt = rng.uniform(0, 20, 120), rng.random(120).round(1)  # with equals
    found = apart_in_time(clips, times, doubt, 0.5).tolist()
    assert sum(clip.compared for clip in names) <= len(clips)
    assert found == apart_slowly(clips, times, doubt, 0.5) and 10 < len(found) < 120
    for limit in (0, 1, 7, 500):
        assert apart_in_time(clips, times, doubt, 0.5, limit=limit).tolist() == found[:limit]


def apart_slowly(clips, times, doubt, gap_s):
    kept = []
    for at in sorted(range(len(doubt)), key=lambda n: (-doubt[n], n)):
        if all(clips[at] is not clips[n] or abs(times[at] - times[n]) >= gap_s for n in kept):
            kept.append(at)
    return kept
