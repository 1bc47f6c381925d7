"""Learning to tell exercises apart: the examples, the mixtures that are none, the regression, the tables."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax

from fitlab.analysis.naming import Namer, known_names, read_names
from fitlab.analysis.postures import JOINTS, axes, body
from fitlab.errors import InputError
from fitlab.evaluation.exercise_names import __main__ as command
from fitlab.evaluation.exercise_names import examples as module
from fitlab.evaluation.exercise_names.examples import (
    CAMERAS,
    HELD,
    KINDS,
    MIXED_ARMS,
    NONE,
    OTHER_ARMS,
    PERFORMED,
    Clip,
    clips,
    examples,
    still,
    with_arms,
    with_leg,
)
from fitlab.evaluation.exercise_names.learning import fit_softmax, learn
from fitlab.evaluation.exercise_names.measuring import (
    Told,
    benchmark,
    held_out,
    mistaken,
    movements,
    real_people,
    shares,
)
from fitlab.evaluation.lifted_measures.observed_files import ErrorsFile
from fitlab.evaluation.readme import END, START
from fitlab.formats import write_poses
from fitlab.synthesis import make_clip

NAMES = ("squat", "biceps_curl", "glute_bridge")


@pytest.fixture(scope="module")
def made():
    """Three people in two rounds for each of three exercises."""
    return [
        Clip(name, number % 2, False, body(world), world.fps)
        for name in NAMES
        for number in range(6)
        for world in [make_clip(name, repetitions=2, seed=700 + number).world]
    ]


@pytest.fixture(scope="module")
def learned_from(made):
    return examples(made)


def bone(positions, side, start, end):
    return positions[:, JOINTS.index(f"{side}_{end}")] - positions[:, JOINTS.index(f"{side}_{start}")]


def test_arms_move_as_those_of_the_other_seen_from_the_trunk(made):
    one, other = made[0].positions, made[6].positions
    mixed = with_arms(one, other)
    stretched = other[np.linspace(0, len(other) - 1, len(one)).round().astype(int)]
    for side in ("left", "right"):
        mine, theirs = (
            np.einsum("tij,tj->ti", axes(person), bone(person, side, "elbow", "wrist")) for person in (mixed, stretched)
        )
        np.testing.assert_allclose(mine, theirs, atol=1e-9)
    rest = [number for number, joint in enumerate(JOINTS) if not joint.endswith(("elbow", "wrist"))]
    np.testing.assert_array_equal(mixed[:, rest], one[:, rest])


def test_one_leg_moves_as_that_of_the_other(made):
    one, other = made[0].positions, made[12].positions
    mixed = with_leg(one, other, "left")
    np.testing.assert_allclose(
        np.linalg.norm(bone(mixed, "left", "hip", "knee"), axis=1).mean(),
        np.linalg.norm(bone(other, "left", "hip", "knee"), axis=1).mean(),
        rtol=0.02,
    )
    changed = np.abs(mixed - one).max(axis=(0, 2)) > 1e-9
    assert {joint for joint, moved in zip(JOINTS, changed, strict=True) if moved} == {"left_knee", "left_ankle"}


def test_who_stands_still_keeps_the_pose_and_the_jitter(made, rng):
    moving = made[0].positions
    held = still(moving, 40, 30.0)
    assert np.ptp(held, axis=0).max() < 0.4 * np.ptp(moving, axis=0).max()
    np.testing.assert_allclose(held.mean(axis=0), moving[40], atol=0.01)
    jitter = rng.normal(0, 0.01, moving.shape)
    shaking = still(moving[40] + jitter, 40, 30.0) - (moving[40] + jitter[40])
    assert shaking.std() == pytest.approx(0.01, rel=0.1)


def test_examples_are_what_they_are_called(learned_from):
    kinds = {example.kind for example in learned_from}
    assert kinds <= set(KINDS) and {PERFORMED, OTHER_ARMS, MIXED_ARMS, HELD} <= kinds
    for example in learned_from:
        assert (example.name == NONE) == example.kind.startswith("none")
        if example.kind == OTHER_ARMS:  # rules look at the arms of curls
            assert example.name in ("squat", "glute_bridge")
    assert len([one for one in learned_from if one.kind == PERFORMED]) == 18


def test_what_lies_as_near_as_an_exercise_does_resembles_it(learned_from):
    performed = [example for example in learned_from if example.kind == PERFORMED]
    like = module._Likeness(performed)
    assert sum(like(example) for example in performed) >= 0.8 * len(performed)  # nine tenths of each
    far = replace(performed[0], columns=performed[0].columns + 3 * like.spread)
    assert not like(far)


def test_what_resembles_an_exercise_is_no_example_of_none(made, monkeypatch):
    unlike = [example.kind for example in examples(made)].count(MIXED_ARMS)
    monkeypatch.setattr(module._Likeness, "__call__", lambda self, example: True)
    kinds = [example.kind for example in examples(made)]
    assert unlike > 0 and not [kind for kind in kinds if kind.startswith("none")]


def test_people_held_out_say_nothing_of_what_an_exercise_looks_like(made, monkeypatch):
    fitted = []
    monkeypatch.setattr(module, "_Likeness", lambda performed: fitted.extend(performed) or (lambda example: False))
    examples(made, held_out=[1])
    assert {example.round for example in fitted} == {0}


def test_examples_are_the_same_in_every_run(made, learned_from):
    again = examples(made)
    assert [example.kind for example in again] == [example.kind for example in learned_from]
    np.testing.assert_array_equal(again[-1].columns, learned_from[-1].columns)


def test_people_held_out_are_named(learned_from):
    namer = learn([example for example in learned_from if example.round == 0])
    assert namer.names == tuple(sorted(NAMES))
    test = [example for example in learned_from if example.round == 1]
    told = held_out(namer, test)
    performed = [one for one in told if one.group.startswith(PERFORMED)]
    assert all(one.named == one.truth for one in performed) and len(performed) == 9
    assert {one.group for one in performed} == {f"{PERFORMED}, exact"}


def test_softmax_is_where_no_step_helps(rng):
    columns, truth = rng.normal(size=(60, 3)), rng.integers(0, 3, 60)

    def loss(weights):
        logs = log_softmax(np.column_stack([columns, np.ones(60)]) @ weights, axis=1)
        return -logs[np.arange(60), truth].sum() + (weights[:-1] ** 2).sum()

    found = fit_softmax(columns, truth, 3, 2.0)
    assert found.shape == (4, 3)
    for _ in range(20):
        assert loss(found + 0.05 * rng.normal(size=found.shape)) > loss(found)


def test_a_take_is_five_clips(tmp_path):
    folder = tmp_path / "00113"
    folder.mkdir()
    (folder / "take.json").write_text(json.dumps({"exercise": "squat"}))
    world = make_clip("squat", repetitions=1, seed=1).world
    for name in ("exact", *(f"lifted_{number}" for number in range(CAMERAS))):
        write_poses(world, folder / f"{name}.npz")
    found = clips([folder])
    assert [clip.lifted for clip in found] == [False] + [True] * CAMERAS
    assert {(clip.exercise, clip.round) for clip in found} == {("squat", 1)}


def test_tables_count_clips():
    told = [
        Told("a", "squat", "squat"),
        Told("a", "squat", NONE),
        Told("a", "squat", "lunge"),
        Told("a", NONE, NONE),
        Told("b", NONE, "lunge"),
    ]
    rows = shares(told).splitlines()[2:]
    assert rows == ["| a | 4 | 50.0% | 25.0% | 25.0% |", "| b | 1 | 0.0% | 0.0% | 100.0% |"]
    assert mistaken(told, most=1).splitlines()[2:] == ["| squat | not named | 1 |"]
    assert movements(told).splitlines()[2] == "| a | squat | 4 | not named 2, squat 1, lunge 1 |"


def test_real_people_are_asked_about_by_their_movements(real_data, monkeypatch):
    monkeypatch.setattr("fitlab.evaluation.exercise_names.measuring._RECORDED", ())

    class Silent(Namer):
        def __call__(self, columns):
            return np.tile([0.0, 1.0], (len(columns), 1))

    told = real_people(Silent(("squat",), np.zeros(1), np.ones(1), np.zeros((2, 2))), real_data)
    assert len(told) == 17 and {one.named for one in told} == {NONE}
    assert {one.truth for one in told if one.group == "CMU Squat"} == {"squat"}
    assert {one.truth for one in told if one.group == "CMU Jog"} == {NONE}


def test_the_command_writes_tables_and_names(made, tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    readme.write_text(f"question\n{START}\nold\n{END}\nverdict\n")
    monkeypatch.setattr(command, "made_takes", lambda *given: [])
    monkeypatch.setattr(command, "observed_errors", lambda *given: ErrorsFile(tmp_path / "errors.npz"))
    monkeypatch.setattr(command, "body_clips", lambda folders: made)
    monkeypatch.setattr(command, "real_data_dir", lambda: tmp_path)
    monkeypatch.setattr(command, "_FOLDER", tmp_path)
    monkeypatch.setattr(command, "NAMES_FILE", tmp_path / "names.npz")
    asked = ["exercise_names", "--write", "--benchmark", str(tmp_path), "--rounds"]
    monkeypatch.setattr("sys.argv", [*asked, "3"])
    command.main()
    assert read_names(tmp_path / "names.npz").names == tuple(sorted(NAMES))
    text = readme.read_text()
    assert text.startswith("question") and text.endswith("verdict\n") and "old" not in text
    assert f"| {PERFORMED}, exact | 9 | 100.0% | 0.0% | 0.0% |" in text
    assert text.index(PERFORMED) < text.index(OTHER_ARMS) and "FitBench" not in text and "Real people" not in text
    monkeypatch.setattr("sys.argv", [*asked, "2"])
    with pytest.raises(InputError, match="rounds must be more than 2"):
        command.main()


def test_clips_of_the_benchmark_are_named_by_camera(tmp_path):
    world = make_clip("squat", repetitions=2, seed=700).world

    class Watching:
        def person(self, name):
            return world, None

    told = benchmark(known_names(), Watching(), ["squat-right/side", "lunge-right/front"], "video")
    assert told == [Told("video, side", "squat", "squat"), Told("video, front", "lunge", "squat")]
