from pathlib import Path

import numpy as np
import pytest

from fitlab.detectors import athlete
from fitlab.detectors.athlete import find_athlete


@pytest.fixture
def filmed(monkeypatch, picture):
    """Lets pictures that are exact to the pixel stand in for those of a video."""
    monkeypatch.setattr(athlete, "read_pictures", lambda path, frames, threads: map(picture, frames))
    monkeypatch.setattr(athlete, "key_frames", lambda path: np.array([], int))


def test_who_stays_not_who_walks_by(filmed, knowing, standing):
    """The walker is nearer, and there first."""

    def people(moment):
        return [standing(300, 150, 110), standing(40 + 3 * moment, 150, 150)]

    found = find_athlete(Path("set.mp4"), 0, 100, knowing(people))
    assert found.frame == 0
    np.testing.assert_allclose(found.found.pose.positions, people(0)[0], atol=2)


def test_a_walker_who_is_alone_is_the_athlete(filmed, knowing, standing):
    found = find_athlete(Path("walk.mp4"), 0, 100, knowing(lambda moment: [standing(60 + 4 * moment, 150, 110)]))
    np.testing.assert_allclose(found.found.pose.positions, standing(60 + 4 * found.frame, 150, 110), atol=2)


def test_nobody(filmed, knowing):
    assert find_athlete(Path("empty.mp4"), 0, 100, knowing(lambda moment: [])) is None
