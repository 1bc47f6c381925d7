"""Takes of the studio seen by cameras, lifted, and what that does to the measures of the rules."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from fitlab.analysis.lifting_errors import MeasureError, read_errors
from fitlab.evaluation import lifted_measures
from fitlab.evaluation.lifted_measures import Example, Takes, balance, disturbed, errors_of, table
from fitlab.evaluation.readme import END, START
from fitlab.exercises import find_exercise
from fitlab.geometry import Camera, project_poses
from fitlab.skeletons import COCO17
from fitlab.synthesis import make_clip

CAMERA = Camera.looking_at((0.5, 4.0, 1.2), (0, 0, 0.9), 700.0, (640, 480))


@pytest.fixture(scope="module")
def found():
    return Takes([("squat", "too_shallow")], "fitness").examples(0)


def test_every_rule_is_measured_in_every_view(found):
    exercise = find_exercise("squat")
    names = [rule.name for rule in exercise.mistakes]
    views, repetitions = 4, 2
    assert [example.mistake for example in found] == views * repetitions * names
    for example in found:
        assert 0 <= example.azimuth <= 180
        assert np.isfinite([example.lifted, example.true]).all()
    # What is true does not depend on the camera, up to the frames that count as the bottom.
    true, lifted = (
        np.array([getattr(e, what) for e in found]).reshape(views, repetitions, len(names))
        for what in ("true", "lifted")
    )
    assert np.ptp(true, axis=0).max() < 4
    assert np.ptp(lifted, axis=0).min() > 0
    # One repetition is shallower than the other: that is what was asked for.
    depth = true[:, :, names.index("too_shallow")].mean(axis=0)
    assert abs(depth[0] - depth[1]) > 5


def test_the_same_seed_disturbs_alike_and_by_pixels():
    coco = make_clip("squat", repetitions=1, seed=0).world_coco.to(COCO17)
    exact, one, again, other = (
        project_poses(coco, CAMERA).positions,
        *(disturbed(coco, CAMERA, seed).positions for seed in (1, 1, 2)),
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 1
    assert 0.3 < np.median(np.linalg.norm(one - exact, axis=-1)) < 12


def rows(n: int, mistake: str, mean: float = 0.0) -> list[Example]:
    rng = np.random.default_rng(n)
    true = rng.normal(mean, 10, n)
    return [Example("squat", mistake, t / 2, t, a) for t, a in zip(true, rng.uniform(0, 180, n), strict=True)]


def test_of_mistakes_that_were_hardly_made_nothing_is_known():
    examples = pd.DataFrame([*rows(60, "knees_inward"), *rows(60, "too_shallow", mean=-80.0)])
    errors = errors_of(examples)
    assert list(errors["squat"]) == ["knees_inward"]
    np.testing.assert_allclose(errors["squat"]["knees_inward"].slope, 2.0, atol=0.05)
    assert errors["squat"]["knees_inward"].corrected(3, 90)[0] == pytest.approx(6, abs=0.3)
    assert "| squat | knees_inward | 60 | 1.00 | 1.5 | 2.0" in table(examples, errors)


def test_mistakes_made_and_not_made_count_alike():
    rule = next(rule for rule in find_exercise("squat").mistakes if rule.name == "knees_inward")
    true = np.array([0.0, 1, 2, 1, 0, 2, 9, 12])  # two of eight beyond 3 cm
    weights = balance(true, rule)
    assert weights.mean() == pytest.approx(1)
    assert weights[true > 3].sum() == pytest.approx(weights[true < 3].sum())
    np.testing.assert_array_equal(balance(true[:6], rule), 1)
    few = balance(np.append(np.zeros(99), 9.0), rule)  # one of a hundred: five against a half, not fifty
    assert few[-1] / few[0] == pytest.approx(5 / (0.5 / 0.99))


def test_what_is_not_seen_is_no_answer():
    """Lifted values that say nothing: without balance they would say that nobody makes the mistake."""
    rng = np.random.default_rng(0)
    made = rng.random(400) < 0.15
    true = np.where(made, 10.0, 0.0) + rng.normal(0, 1, 400)
    rows = [Example("squat", "knees_inward", x, t, 90) for x, t in zip(rng.normal(2, 1, 400), true, strict=True)]
    error = errors_of(pd.DataFrame(rows))["squat"]["knees_inward"]
    value, deviation = error.corrected(2.0, 90)
    assert abs(value - 3) < norm.ppf(0.75) * deviation  # three in four is what an answer asks for


def test_the_command_writes_table_and_errors(tmp_path, monkeypatch, capsys):
    (tmp_path / "README.md").write_text(f"Before.\n{START}\n{END}\nAfter.\n")
    monkeypatch.setattr(lifted_measures, "_FOLDER", tmp_path)
    monkeypatch.setattr(lifted_measures, "errors_file", lambda name: tmp_path / f"{name}_errors.json")
    monkeypatch.setattr(lifted_measures, "_all_examples", lambda takes, workers: iter(rows(60, "knees_inward")))
    monkeypatch.setattr("sys.argv", ["lifted_measures", "--write"])
    lifted_measures.main()
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("Before.") and "knees_inward" in text and text.endswith("After.\n")
    (error,) = read_errors(tmp_path / "fitness_errors.json")["squat"].values()
    assert isinstance(error, MeasureError) and error.slope[2] == pytest.approx(2.0, abs=0.05)
