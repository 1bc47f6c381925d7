"""Photographs of takes; errors learned from them and put onto other people."""

import numpy as np
import pytest

from fitlab.evaluation.lifted_measures import observed, observed_files, photographs
from fitlab.evaluation.lifted_measures.observed import FOLDS, Expected, ObservedErrors, Rest, learn_errors
from fitlab.evaluation.lifted_measures.observed_files import ErrorsFile, observed_errors, read_observed, write_observed
from fitlab.evaluation.lifted_measures.performing import performances, performed
from fitlab.evaluation.lifted_measures.photographs import Photograph, Photographing, azimuth_of, photographed
from fitlab.geometry import Camera, project_poses
from fitlab.skeletons import COCO17
from fitlab.synthesis import make_clip
from tests.evaluation.making import make_here

ROUND = len(performances())
SQUATS = performances().index(("squat", None))
LEFT_KNEE, RIGHT_KNEE = COCO17.index("left_knee"), COCO17.index("right_knee")
SIZE = (640, 480)
FRONT = Camera.looking_at((0.0, -3.5, 1.0), (0, 0, 0.8), 600.0, SIZE)
RIGHT = Camera.looking_at((-3.5, 0.0, 1.0), (0, 0, 0.8), 600.0, SIZE)
LEFT = Camera.looking_at((3.5, 0.0, 1.0), (0, 0, 0.8), 600.0, SIZE)
OBLIQUE = Camera.looking_at((2.5, -2.5, 1.0), (0, 0, 0.8), 600.0, SIZE)


@pytest.fixture(scope="module")
def squat():
    return make_clip("squat", repetitions=2, seed=3)


def photograph(clip, take, camera, error, confidence=0.8):
    """What a detector saw that errs by ``error`` (17, 2) or (n, 17, 2), in shares of the person's size."""
    coco = clip.world_coco.to(COCO17)
    frames = np.arange(clip.repetitions[0][0] - 5, clip.repetitions[-1][1] + 5, 5)
    points = camera.camera_from_world(coco.positions[frames].astype(np.float64))
    exact = project_poses(coco, camera).positions[frames]
    size = np.linalg.norm(np.ptp(exact, axis=1), axis=-1).mean()
    detected = exact + size * np.broadcast_to(error, exact.shape)
    sure = np.full(exact.shape[:2], confidence)
    azimuth = azimuth_of(coco.positions, camera)
    return Photograph(take, camera, frames, points, detected, sure, np.array(clip.repetitions), azimuth)


def errors_of(found, clip, camera):
    exact = project_poses(clip.world_coco.to(COCO17), camera).positions
    return (found.positions - exact) / np.linalg.norm(np.ptp(exact, axis=1), axis=-1).mean()


@pytest.fixture
def quick(monkeypatch):
    """Networks that learn for a moment."""
    monkeypatch.setattr(observed, "_STEPS", 300)
    monkeypatch.setattr(observed, "_UNITS", 32)


def seen(errors: ObservedErrors, clip, camera, take=SQUATS, seed=0):
    return errors.seen(take, clip.world_coco.to(COCO17), clip.repetitions, camera, seed)


def test_azimuths_are_told_from_the_front(squat):
    coco = squat.world_coco.positions[:, :17]
    front, one, other = (azimuth_of(coco, camera) for camera in (FRONT, RIGHT, LEFT))
    assert abs(front) < 15
    assert one == pytest.approx(front - 90, abs=5) and other == pytest.approx(front + 90, abs=5)


def test_what_all_err_by_in_a_pose_is_expected_of_it(squat, quick):
    """The deeper, the higher both knees are seen: of people and cameras whom nobody photographed, too."""
    photographs = []
    for number in range(1, 7):
        person = make_clip("squat", repetitions=2, seed=20 + number)
        plain = photograph(person, SQUATS + number * ROUND, (LEFT, FRONT, RIGHT)[number % 3], 0)
        photographs.append(plain._replace(detected=plain.detected + _raised(plain, 0.06)))
    errors = without_rests(learn_errors(photographs))
    start, stop = squat.repetitions[0]
    found = errors_of(seen(errors, squat, OBLIQUE), squat, OBLIQUE)[:, [LEFT_KNEE, RIGHT_KNEE], 1].mean(axis=1)
    assert found[(start + stop) // 2] < -0.03 and abs(found[start]) < 0.015
    others = errors_of(seen(errors, squat, OBLIQUE), squat, OBLIQUE)[start:stop, 13:15, 0]
    assert np.abs(others).mean() < 0.01


def _raised(plain, most):
    """(n, 17, 2) pixels by which knees are seen higher: none standing, ``most`` of the person's size at the bottom."""
    hips, ankles = plain.points[:, 11:13, 1].mean(axis=1), plain.points[:, 15:17, 1].mean(axis=1)
    height = ankles - hips
    depth = 1 - (height - height.min()) / np.ptp(height)
    errors = np.zeros(plain.detected.shape)
    errors[:, [LEFT_KNEE, RIGHT_KNEE], 1] = -most * depth[:, None]
    return errors * np.linalg.norm(np.ptp(plain.detected, axis=1), axis=-1).mean()


def test_nothing_is_expected_of_people_that_was_learned_from_them(squat, quick):
    """One fold's people alone err: their own network does not know it, the others' does."""
    error = np.zeros((17, 2))
    error[LEFT_KNEE] = error[RIGHT_KNEE] = (0.0, 0.05)
    photographs = [photograph(squat, SQUATS + n * ROUND, LEFT, error * (n == 3)) for n in range(5)]
    errors = without_rests(learn_errors(photographs))
    start, stop = squat.repetitions[0]
    own, others = (
        errors_of(seen(errors, squat, LEFT, SQUATS + n * ROUND), squat, LEFT)[start:stop, LEFT_KNEE, 1].mean()
        for n in (3, 1)
    )
    assert abs(own) < 0.002 and others > 0.004


def without_rests(errors):
    """With what is expected alone."""
    return ObservedErrors(
        errors.expected,
        {name: [one._replace(errors=np.zeros_like(one.errors)) for one in own] for name, own in errors.rests.items()},
    )


def rest(clip, take, camera, errors, confidence=0.8):
    """Of a photograph, as if nothing had been to be expected; ``errors`` (17, 2) or (n, 17, 2)."""
    shares = observed._shares(np.array(clip.repetitions), photograph(clip, take, camera, 0).frames)
    errors = np.broadcast_to(errors, (len(shares), 17, 2))
    azimuth = azimuth_of(clip.world_coco.to(COCO17).positions, camera)
    return Rest(take, azimuth, shares, errors, np.full((len(shares), 17), confidence))


def only_rests(*rests):
    """Errors of which none is expected."""
    nothing = Expected(np.zeros(68), np.ones(68), [(np.zeros((68, 34)), np.zeros(34))])
    return ObservedErrors([nothing] * FOLDS, {"squat": list(rests)})


def test_the_rest_is_somebody_elses_who_was_seen_from_that_side(squat, monkeypatch):
    """Who is seen from the other side errs in the mirror; photographs of the own round do not count."""
    monkeypatch.setattr(observed, "_NEAREST", 1)
    error = np.zeros((17, 2))
    error[LEFT_KNEE] = (0.06, 0.02)
    errors = only_rests(
        rest(squat, SQUATS, LEFT, np.full((17, 2), 0.1)),
        rest(squat, SQUATS + ROUND, LEFT, error, 0.6),
        rest(squat, SQUATS + 2 * ROUND, FRONT, np.full((17, 2), 0.1)),
    )
    same, mirrored = (seen(errors, squat, camera) for camera in (LEFT, RIGHT))
    np.testing.assert_allclose(errors_of(same, squat, LEFT).mean(axis=0), error, atol=2e-3)
    reflected = np.zeros((17, 2))
    reflected[RIGHT_KNEE] = (-0.06, 0.02)
    np.testing.assert_allclose(errors_of(mirrored, squat, RIGHT).mean(axis=0), reflected, atol=2e-3)
    np.testing.assert_allclose(same.confidence, 0.6, atol=1e-6)


def test_errors_come_at_the_same_share_of_the_repetition(squat):
    """The right knee is lost at the bottom of the second repetition, and only there, by a person of another tempo."""
    quicker = make_clip("squat", repetitions=2, seed=11)
    assert squat.repetitions != quicker.repetitions
    frames = photograph(squat, 0, LEFT, 0).frames
    start, stop = squat.repetitions[1]
    error = np.zeros((len(frames), 17, 2))
    error[np.abs((frames - start) / (stop - start) - 0.5) < 0.15, RIGHT_KNEE, 0] = 0.1
    errors = only_rests(rest(squat, SQUATS + ROUND, LEFT, error))
    found = errors_of(seen(errors, quicker, LEFT), quicker, LEFT)
    begin, end = quicker.repetitions[1]
    assert found[(begin + end) // 2, RIGHT_KNEE, 0] == pytest.approx(0.1, abs=0.01)
    assert np.abs(found[: quicker.repetitions[0][1], RIGHT_KNEE, 0]).max() < 0.02
    assert np.abs(found[[begin + 1, end - 1], RIGHT_KNEE, 0]).max() < 0.02


def test_one_round_or_one_fold_is_not_enough(squat):
    for rounds in ((0,), (0, FOLDS)):
        with pytest.raises(ValueError, match="two rounds"):
            learn_errors([photograph(squat, SQUATS + number * ROUND, FRONT, 0) for number in rounds])


def test_errors_are_the_same_when_read_again(squat, quick, tmp_path):
    errors = learn_errors([photograph(squat, SQUATS + n * ROUND, LEFT, 0.01 * n) for n in range(3)])
    write_observed(errors, tmp_path / "errors.npz")
    one, again = (seen(each, squat, LEFT) for each in (errors, read_observed(tmp_path / "errors.npz")))
    np.testing.assert_array_equal(one.positions, again.positions)
    np.testing.assert_array_equal(
        one.positions, seen(ErrorsFile(tmp_path / "errors.npz").errors, squat, LEFT).positions
    )
    assert np.abs(one.positions - seen(errors, squat, LEFT, seed=1).positions).max() > 0.1


def test_takes_are_photographed_once_and_people_are_found_where_they_are(tmp_path, monkeypatch, quick):
    made = []

    monkeypatch.setattr(photographs, "make_parts", make_here(made))
    photographing = Photographing("movenet_lightning", "once")
    [one] = photographed(tmp_path, photographing, [SQUATS], 1)
    clip, _ = performed(SQUATS, (448, 336))
    assert one.exercise == "squat" and len(one.detected) == len(one.frames) > 20
    np.testing.assert_array_equal(one.repetitions, clip.repetitions)
    inputs, errors = observed._errors(one)
    assert inputs.shape == (len(one.frames), 68)
    assert np.median(np.linalg.norm(errors[:, 5:], axis=-1)) < 0.04
    np.testing.assert_allclose(
        one.points, one.camera.camera_from_world(clip.world_coco.to(COCO17).positions[one.frames].astype(float))
    )

    monkeypatch.setattr(observed_files, "ROUNDS", 1)
    monkeypatch.setattr(observed_files, "performances", lambda: performances()[:0])
    monkeypatch.setattr(observed_files, "learn_errors", lambda given: made.append(len(given)) or ObservedErrors([], {}))
    monkeypatch.setattr(observed_files, "write_observed", lambda errors, path: path.touch())
    for _ in range(2):
        file = observed_errors(tmp_path, 1, photographing)
    assert made == [f"{SQUATS:05d}", 0] and file.path.exists()
    assert observed_errors(tmp_path, 1, Photographing("movenet_lightning", "in_doubt")).path != file.path
