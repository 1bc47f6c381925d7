"""Which exercise is it: on people of the studio that nothing was learned from, on real people, and on what is none."""

import numpy as np
import pytest

from fitlab.analysis.naming import (
    LEAST_SHARE,
    NAMES_FILE,
    SURE,
    Namer,
    known_names,
    name_exercise,
    naming_of,
    read_names,
    write_names,
)
from fitlab.datasets import cmu
from fitlab.errors import InputError
from fitlab.poses import join
from fitlab.synthesis import make_clip
from fitlab.synthesis.script import motion_files
from tests.motions import mirrored, turned

SEED = 91_000  # not of the takes that names were learned from


def one_column(*probabilities):
    """A namer of squats and lunges whose windows have one column, which chooses among given probabilities (C + 1)."""
    logits = np.log(np.clip(np.array(probabilities), 1e-6, 1))  # (W, 3)

    class Given(Namer):
        def __call__(self, columns):
            chosen = np.exp(logits[columns[:, 0].astype(int)])
            return chosen / chosen.sum(axis=1, keepdims=True)

    return Given(("lunge", "squat"), np.zeros(1), np.ones(1), np.zeros((2, 3)))


@pytest.mark.parametrize(("number", "name"), list(enumerate(motion_files())))
def test_every_exercise_of_the_studio_is_named(number, name):
    found = name_exercise(make_clip(name, repetitions=2, seed=SEED + number).world)
    assert found.exercise == name, found
    assert found.probability >= SURE and found.likely[0] == (name, found.probability)


def test_the_other_side_and_another_heading_are_the_same_exercise():
    world = make_clip("side_lunge", repetitions=2, seed=SEED).world
    expected = name_exercise(world)
    for other in (mirrored(world), turned(world, 77.0, (1.0, 2.0, 0.0))):
        assert name_exercise(other).exercise == expected.exercise == "side_lunge"


def test_who_stands_does_no_exercise():
    world = make_clip("squat", repetitions=1, seed=SEED).world
    still = world.replace("still", positions=np.repeat(world.positions[:1], len(world), axis=0))
    assert name_exercise(still).exercise is None


def test_two_exercises_in_one_clip_are_told_apart():
    squats, jacks = (make_clip(name, repetitions=4, seed=SEED).world for name in ("squat", "jumping_jack"))
    found = name_exercise(join([squats, jacks]))
    long = [span for span in found.spans if span.stop - span.start >= 4 * squats.fps]
    assert [span.exercise for span in long] == ["squat", "jumping_jack"]
    assert abs(long[0].stop - len(squats)) <= 2.5 * squats.fps and abs(long[1].start - len(squats)) <= 2.5 * squats.fps


def test_a_clip_is_named_after_what_fills_most_of_it():
    columns = np.array([[0.0], [0], [1], [2], [2]])
    found = naming_of(one_column((0.9, 0.1, 0), (0.2, 0.8, 0), (0.0, 0.1, 0.9)), columns, [0, 10, 20, 30, 40, 50])
    assert found.exercise == "lunge" and [name for name, _ in found.likely] == ["lunge", "squat"]
    assert found.probability == pytest.approx((0.9 + 0.9 + 0.2) / 3, abs=1e-5)
    assert [(span.exercise, span.start, span.stop) for span in found.spans] == [("lunge", 0, 20), ("squat", 20, 30)]


def test_one_window_among_many_names_nothing_and_doubt_neither():
    namer = one_column((0.9, 0.1, 0), (0.0, 0.1, 0.9), (0.5, 0.45, 0.05))
    many = round(1 / LEAST_SHARE)
    assert naming_of(namer, np.array([[0.0]] + [[1.0]] * (many - 1))).exercise == "lunge"
    assert naming_of(namer, np.array([[0.0]] + [[1.0]] * many)).exercise is None
    doubt = naming_of(namer, np.array([[2.0]]))
    assert doubt.exercise is None and doubt.likely[0][0] == "lunge" and doubt.probability < SURE
    assert naming_of(namer, np.array([[1.0]])).likely == ()


def test_real_people(real_data):
    named = {}
    for trial in cmu.TRIALS:
        whole, segments = cmu.load(real_data, trial)
        for part in segments:
            named.setdefault(part.action, []).append(name_exercise(whole[part.start : part.stop]).exercise)
    assert set(named["Squat"]) <= {"squat", "sumo_squat"} and named["Squat"].count("squat") >= 2
    for other in ("Twist", "ArmCircle", "ToeTouchOneHand", "Jog"):
        assert set(named[other]) == {None}, other


def test_metrics_are_plain_numbers():
    found = naming_of(one_column((0.9, 0.1, 0)), np.zeros((2, 1)), [0, 30, 60])
    assert found.to_metrics(30.0) == {
        "exercise": "lunge",
        "likely": {"lunge": 0.9, "squat": 0.1},
        "spans": [{"exercise": "lunge", "start_s": 0.0, "end_s": 2.0, "probability": 0.9}],
    }


def test_names_come_back_as_they_were_written(tmp_path):
    shipped = known_names()
    write_names(shipped, tmp_path / "names.npz")
    again = read_names(tmp_path / "names.npz")
    assert again.names == shipped.names
    for part in ("centre", "spread", "weights"):
        np.testing.assert_array_equal(getattr(again, part), getattr(shipped, part))


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "names.npz"
    np.savez(path, format="something else")
    with pytest.raises(InputError, match=r"names must be a file of .*names\.npz.*make it again"):
        read_names(path)
    path.write_bytes(NAMES_FILE.read_bytes()[:2000])
    with pytest.raises(InputError, match="make it again"):
        read_names(path)
