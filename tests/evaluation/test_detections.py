"""Errors are told apart as they were made; films are made once, and detected people are where the exact ones are."""

from functools import partial

import numpy as np
import pytest

from fitlab.evaluation.lifted_measures import detections
from fitlab.evaluation.lifted_measures.detections import Filming, errors_in, filmed, imitated
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17
from fitlab.synthesis.benchmark import FitBench
from tests.evaluation.making import make_here

FRAMES, FPS = 200, 20.0


@pytest.fixture
def exact(rng):
    """One slow movement of all joints: a single principal component."""
    pose, way = rng.uniform(100, 400, (17, 2)), rng.normal(0, 30, (17, 2))
    swing = np.sin(2 * np.pi * 0.4 * np.arange(FRAMES) / FPS)[:, None, None]
    return PoseSequence((pose + swing * way).astype(np.float32), FPS, COCO17, "image", image_size=(500, 500))


def size_of(poses):
    return np.linalg.norm(np.ptp(poses.positions, axis=1), axis=-1).mean()


def shifted(exact, by):
    return exact.replace("shifted", positions=(exact.positions + by * size_of(exact)).astype(np.float32))


def test_no_error_is_none(exact):
    found = errors_in(exact, exact)
    assert found["far"] == 0
    assert max(found.values()) < 1e-3  # cleaning takes something off the movement


def test_a_constant_error_is_constant(exact):
    found = errors_in(shifted(exact, 0.02), exact)
    assert found["constant"] == pytest.approx(0.02, abs=1e-3)
    assert found["changing"] < 1e-3 and found["far"] == 0


def test_an_error_that_goes_with_the_movement_follows(exact):
    swing = np.sin(2 * np.pi * 0.4 * np.arange(FRAMES) / FPS)[:, None, None]
    found = errors_in(shifted(exact, 0.02 * swing), exact)
    assert found["following"] == pytest.approx(0.02 / np.sqrt(2), rel=0.05)
    assert found["changing"] == pytest.approx(found["following"], rel=0.05)
    assert found["rest"] < 0.1 * found["following"]


def test_an_error_of_its_own_rhythm_is_the_rest(exact):
    wave = np.sin(2 * np.pi * 1.3 * np.arange(FRAMES) / FPS)[:, None, None]
    found = errors_in(shifted(exact, 0.02 * wave), exact)
    assert found["rest"] == pytest.approx(0.02 / np.sqrt(2), rel=0.05)
    assert found["following"] < 0.2 * found["rest"]


def test_a_joint_elsewhere_is_far_and_what_is_missing_is_not_wrong(exact):
    by = np.zeros((FRAMES, 17, 2))
    by[:, COCO17.index("left_knee")] = 0.5
    assert errors_in(shifted(exact, by), exact)["far"] == pytest.approx(1 / 12)
    lost = exact.positions.copy()
    lost[:, COCO17.index("left_knee")] = np.nan
    assert errors_in(exact.replace("lost", positions=lost), exact)["far"] == 0


def test_a_joint_put_onto_the_other_side_is_across(exact):
    knee, other = COCO17.index("left_knee"), COCO17.index("right_knee")
    put = exact.positions.copy()
    put[:, knee] += 0.8 * (put[:, other] - put[:, knee])
    found = errors_in(exact.replace("put", positions=put), exact)
    assert 0.05 < found["across"] <= 1 / 11  # one of at most twelve that lie apart
    assert errors_in(shifted(exact, 0.02), exact)["across"] == 0
    for share, aside in ((1.7, 0), (0.8, 0.1)):  # past the other one, and beside the way
        put[:, knee] = exact.positions[:, knee] + share * (exact.positions[:, other] - exact.positions[:, knee])
        way = exact.positions[:, other] - exact.positions[:, knee]
        put[:, knee] += aside * size_of(exact) * way[:, ::-1] * (1, -1) / np.linalg.norm(way, axis=-1, keepdims=True)
        assert errors_in(exact.replace("put", positions=put), exact)["across"] == 0


def test_a_film_is_made_once_and_shows_where_people_are(tmp_path, monkeypatch):
    made = []

    monkeypatch.setenv("FITLAB_CACHE", str(tmp_path))
    monkeypatch.setattr(detections, "make_parts", make_here(made))
    monkeypatch.setattr(detections, "FitBench", partial(FitBench, exercises=["high_knees"]))  # two seconds long
    [film] = filmed(1, "movenet_lightning", "once", 1)
    assert len(filmed(1, "movenet_lightning", "once", 1)) == len(made) == 1
    assert len(film.detected) == len(film.exact) == len(film.world)
    for seen, exact in ((film.detected, film.exact), imitated(film, 0)):
        assert 0.002 < errors_in(seen, exact)["constant"] < 0.06
    np.testing.assert_allclose(film.exact.positions[0], imitated(film, 0)[1].positions[0], atol=0.5)  # its first frame
    assert Filming("movenet_lightning", "once").folder() != Filming("movenet_lightning", "in_doubt").folder()
