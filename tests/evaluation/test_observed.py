"""Photographs of takes; errors learned from them and put onto other people."""

import numpy as np
import pytest

from fitlab.evaluation.lifted_measures import observed, observed_files, photographs
from fitlab.evaluation.lifted_measures.observed import ObservedErrors, learn_errors
from fitlab.evaluation.lifted_measures.observed_files import ErrorsFile, observed_errors, read_observed, write_observed
from fitlab.evaluation.lifted_measures.performing import performances, performed
from fitlab.evaluation.lifted_measures.photographs import Photograph, Photographing, azimuth_of, photographed
from fitlab.geometry import Camera, project_poses
from fitlab.skeletons import COCO17
from fitlab.synthesis import make_clip

ROUND = len(performances())
SQUATS = performances().index(("squat", None))
LEFT_KNEE, RIGHT_KNEE = COCO17.index("left_knee"), COCO17.index("right_knee")
SIZE = (640, 480)
FRONT = Camera.looking_at((0.0, -3.5, 1.0), (0, 0, 0.8), 600.0, SIZE)
RIGHT = Camera.looking_at((-3.5, 0.0, 1.0), (0, 0, 0.8), 600.0, SIZE)
LEFT = Camera.looking_at((3.5, 0.0, 1.0), (0, 0, 0.8), 600.0, SIZE)


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
    assert abs(front) < 15 or abs(front) > 165
    assert abs(abs(one) - 90) < 15 and abs(one + other) < 30 and one * other < 0


def test_what_all_err_by_is_expected(squat, quick):
    """Both knees are seen higher than they are, by everybody: a person whom nobody photographed errs likewise."""
    error = np.zeros((17, 2))
    error[[LEFT_KNEE, RIGHT_KNEE], 1] = -0.05
    errors = learn_errors([photograph(squat, SQUATS + n * ROUND, FRONT, error) for n in range(1, 5)])
    start, stop = squat.repetitions[0]
    found = errors_of(seen(errors, squat, FRONT), squat, FRONT)[start:stop]
    np.testing.assert_allclose(found[:, [LEFT_KNEE, RIGHT_KNEE]].mean(axis=(0, 1)), [0, -0.05], atol=0.006)
    assert np.abs(np.delete(found, [LEFT_KNEE, RIGHT_KNEE], axis=1)).mean() < 0.005


def test_the_rest_is_somebody_elses_who_was_seen_from_that_side(squat, quick, monkeypatch):
    """Who is seen from the other side errs in the mirror; the nearest photograph is another round's."""
    monkeypatch.setattr(observed, "_NEAREST", 1)
    own, error = np.full((17, 2), 0.1), np.zeros((17, 2))
    error[LEFT_KNEE] = (0.06, 0.02)
    errors = learn_errors(
        [
            photograph(squat, SQUATS, LEFT, own),
            photograph(squat, SQUATS + ROUND, LEFT, error, 0.6),
            photograph(squat, SQUATS + 2 * ROUND, FRONT, own),
        ]
    )
    nothing = observed.Expected(np.zeros(68), np.ones(68), [(np.zeros((68, 34)), np.zeros(34))])
    errors = ObservedErrors([nothing] * observed.FOLDS, _with_errors(errors, error))
    same, mirrored = (seen(errors, squat, camera) for camera in (LEFT, RIGHT))
    np.testing.assert_allclose(errors_of(same, squat, LEFT).mean(axis=0), error, atol=2e-3)
    reflected = np.zeros((17, 2))
    reflected[RIGHT_KNEE] = (-0.06, 0.02)
    np.testing.assert_allclose(errors_of(mirrored, squat, RIGHT).mean(axis=0), reflected, atol=2e-3)
    np.testing.assert_allclose(same.confidence, 0.6, atol=1e-6)


def _with_errors(errors, error):
    """The rests, the second one exactly ``error``: here it is not the network that is tried."""
    return {
        name: [
            rest._replace(errors=np.broadcast_to(error, rest.errors.shape)) if rest.take == SQUATS + ROUND else rest
            for rest in rests
        ]
        for name, rests in errors.rests.items()
    }


def test_errors_come_at_the_same_share_of_the_repetition(squat, quick):
    """The right knee is lost at the bottom of the second repetition, and only there, by a person of another tempo."""
    quicker = make_clip("squat", repetitions=2, seed=11)
    assert squat.repetitions != quicker.repetitions
    frames = photograph(squat, 0, LEFT, 0).frames
    start, stop = squat.repetitions[1]
    there = np.abs((frames - start) / (stop - start) - 0.5) < 0.15
    error = np.zeros((len(frames), 17, 2))
    error[there, RIGHT_KNEE, 0] = 0.1
    errors = learn_errors([photograph(squat, SQUATS + n * ROUND, LEFT, error) for n in (1, 2)])
    nothing = observed.Expected(np.zeros(68), np.ones(68), [(np.zeros((68, 34)), np.zeros(34))])
    rests = [rest._replace(errors=error) for rest in errors.rests["squat"]]
    found = errors_of(seen(ObservedErrors([nothing] * 5, {"squat": rests}), quicker, LEFT), quicker, LEFT)
    begin, end = quicker.repetitions[1]
    middle = (begin + end) // 2
    assert found[middle, RIGHT_KNEE, 0] == pytest.approx(0.1, abs=0.01)
    assert np.abs(found[: quicker.repetitions[0][1], RIGHT_KNEE, 0]).max() < 0.02
    assert np.abs(found[[begin + 1, end - 1], RIGHT_KNEE, 0]).max() < 0.02


def test_one_round_is_not_enough(squat):
    with pytest.raises(ValueError, match="two rounds"):
        learn_errors([photograph(squat, SQUATS, FRONT, 0)])


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

    def make_here(maker, parts, targets, workers, unit):
        for name in parts:
            made.append(name)
            targets[name].mkdir()
            maker.write_part(name, targets[name], lambda: None)

    monkeypatch.setattr(photographs, "make_parts", make_here)
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
