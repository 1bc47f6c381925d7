"""Following one person among several."""

import numpy as np

from fitlab.formats.people import Candidate, follow

POSE = np.random.default_rng(0).uniform(0, 100, size=(5, 2))


def someone(x, size=1.0, confidence=0.9):
    return Candidate(POSE * size + (x, 0), np.full(5, confidence))


def test_the_largest_is_chosen_and_kept_whatever_the_order():
    frames = [[someone(3 * t), someone(400, 0.6)][:: 1 if t % 3 else -1] for t in range(30)]
    positions, confidence = follow(frames, 5, 30)
    np.testing.assert_allclose(positions, POSE + 3 * np.arange(30)[:, None, None] * (1, 0))
    assert (confidence == 0.9).all()


def test_a_person_who_hides_is_waited_for():
    frames = [[someone(0), someone(500, 0.7)]] * 5 + [[someone(500, 0.7)]] * 10 + [[someone(500, 0.7), someone(10)]] * 5
    positions, confidence = follow(frames, 5, 30)
    assert np.isnan(positions[5:15]).all() and (confidence[5:15] == 0).all()
    np.testing.assert_allclose(positions[15:], POSE + (10, 0) + np.zeros((5, 1, 1)))


def test_after_a_second_somebody_else_is_followed():
    frames = [[someone(0)]] * 5 + [[someone(500)]] * 40
    positions, _ = follow(frames, 5, 30)
    missing = np.isnan(positions).any(axis=(1, 2))
    assert missing[5:36].all() and not missing[36:].any()


def test_frames_without_people_and_people_without_keypoints():
    nobody = Candidate(np.full((5, 2), np.nan), np.zeros(5))
    positions, confidence = follow([[], [nobody], [someone(0)]], 5, 30)
    assert np.isnan(positions[:2]).all() and np.isfinite(positions[2]).all()
    assert confidence[:2].max() == 0
