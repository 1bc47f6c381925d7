"""Which exercise is it: on people of the studio that nothing was learned from, on real people, and on what is none."""

import numpy as np
import pytest

from fitlab.analysis.naming import (
    LEAST_WINDOWS,
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
from fitlab.evaluation.lifted_measures.takes import ERRORS
from fitlab.geometry import Camera
from fitlab.lifting import ground, load_lifter
from fitlab.pipeline import lifted
from fitlab.poses import join
from fitlab.skeletons import COCO17
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
    assert found.exercise == ("squat" if len(squats) > len(jacks) else "jumping_jack")
    long = [span for span in found.spans if span.stop - span.start >= 4 * squats.fps]
    assert [span.exercise for span in long] == ["squat", "jumping_jack"]
    assert abs(long[0].stop - len(squats)) <= 2.5 * squats.fps and abs(long[1].start - len(squats)) <= 2.5 * squats.fps


def test_a_clip_is_named_after_what_most_of_its_windows_show():
    namer = one_column((0.9, 0.1, 0), (0.2, 0.8, 0), (0.0, 0.1, 0.9))
    found = naming_of(namer, np.array([[0.0], [0], [1], [2], [2]]), [0, 10, 20, 30, 40, 50])
    assert found.exercise is None  # two windows of five are a moment
    columns = np.array([[0.0]] * 5 + [[2.0]] + [[1.0]] * 4)
    found = naming_of(namer, columns, list(range(0, 110, 10)))
    assert found.exercise == "lunge" and found.likely == (("lunge", found.probability), ("squat", pytest.approx(0.1)))
    assert found.probability == pytest.approx(0.9)
    assert [(span.exercise, span.start, span.stop) for span in found.spans] == [("lunge", 0, 50), ("squat", 60, 100)]


def test_a_set_in_a_long_rest_is_named_and_a_moment_is_not():
    namer = one_column((0.9, 0.1, 0), (0.0, 0.1, 0.9))
    rest = [[1.0]] * 100
    assert naming_of(namer, np.array([*rest, *[[0.0]] * LEAST_WINDOWS, *rest])).exercise == "lunge"
    assert naming_of(namer, np.array([*rest, *[[0.0]] * (LEAST_WINDOWS - 1), *rest])).exercise is None
    assert naming_of(namer, np.array(([[0.0]] + rest[:5]) * 4)).exercise is None  # one here and there
    assert naming_of(namer, np.array([[0.0]])).exercise == "lunge"  # a short clip


def test_doubt_names_nothing():
    doubt = naming_of(one_column((0.5, 0.45, 0.05)), np.zeros((6, 1)))
    assert doubt.exercise is None and doubt.likely[0][0] == "lunge" and doubt.probability < SURE
    assert naming_of(one_column((0, 0.1, 0.9)), np.zeros((6, 1))).likely == ()


@pytest.mark.parametrize("errors", ERRORS)
@pytest.mark.parametrize("name", ["push_up", "jumping_jack", "bent_over_row"])
def test_lifted_people_are_named(name, errors):
    """As a phone sees them, with a detector's errors."""
    clip = make_clip(name, repetitions=2, seed=SEED)
    camera = Camera.looking_at((2.5, -2.8, 1.2), (0, 0, 0.7), 600.0, (640, 480))
    image = errors(clip.world_coco.to(COCO17), camera, 3)
    assert name_exercise(ground(lifted(image, load_lifter("fitness")), image)).exercise == name


@pytest.mark.parametrize("name", ["plank", "side_plank", "handstand"])
def test_a_clip_that_was_cut_to_a_hold_is_named(name):
    world = make_clip(name, repetitions=1, seed=SEED + 1).world
    middle, half = len(world) // 2, round(2 * world.fps)
    assert name_exercise(world[middle - half : middle + half]).exercise == name


def test_joints_that_are_never_seen_are_told():
    world = make_clip("squat", repetitions=1, seed=SEED).world
    positions = world.positions.copy()
    positions[:, world.skeleton.index("left_ankle")] = np.nan
    found = name_exercise(world.replace("hidden", positions=positions))
    assert found.exercise is None and found.hidden == ("left_ankle",)
    assert name_exercise(world[:1]).exercise is None  # one pose is no motion


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
