import numpy as np
import pytest

from fitlab.analysis.lifted import View
from fitlab.analysis.lifting_errors import AZIMUTHS, MeasureError, described, fit_error, read_errors, write_errors
from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.lifting import errors_file

BROKEN = (
    '{"squat": {"shallow": {"slope": [1, 1, 1, 1, NaN], "intercept": [0, 0, 0, 0, 0], "deviation": [1, 1, 1, 1, 1]}}}'
)
EXACT = MeasureError((1.0,) * 5, (0.0,) * 5, (0.0,) * 5)


def examples(rng, n=400, slope=2.0, intercept=3.0, deviation=1.5):
    true = rng.normal(10, 8, n)
    lifted = (true - intercept + rng.normal(0, deviation, n)) / slope
    return lifted, true, rng.uniform(0, 180, n)


def test_the_fit_finds_what_lifting_did(rng):
    error = fit_error(*examples(rng))
    np.testing.assert_allclose(error.slope, 2.0, atol=0.15)
    np.testing.assert_allclose(error.deviation, 1.5, atol=0.4)
    for azimuth in (0, 30, 90, 170):
        value, deviation = error.corrected(4.0, azimuth)
        assert value == pytest.approx(11.0, abs=0.8)
        assert deviation == pytest.approx(1.5, abs=0.4)


def test_every_view_has_its_own_error(rng):
    lifted, true, azimuth = examples(rng, 800, slope=1.0, intercept=0.0, deviation=0.5)
    hidden = azimuth > 90  # from behind nothing is seen: a guess
    lifted = np.where(hidden, rng.normal(10, 4, 800), lifted)
    error = fit_error(lifted, true, azimuth)
    assert error.slope[0] == pytest.approx(1.0, abs=0.1)
    assert error.deviation[0] < 1.5
    assert abs(error.slope[4]) < 0.7
    assert error.deviation[4] == pytest.approx(8.0, abs=1.5)  # that of the truth itself
    assert error.corrected(10.0, 180)[0] == pytest.approx(10.0, abs=1.5)


def test_a_few_examples_change_little(rng):
    true = rng.normal(0, 5, 6)
    error = fit_error(true + rng.normal(0, 5, 6), true, np.full(6, 90.0))
    assert all(0.4 < slope < 1.6 for slope in error.slope)
    assert error.slope[0] == error.slope[2] == error.slope[4]  # nothing was seen from the front: as over all views


def test_between_two_views_it_is_between(rng):
    error = MeasureError((1.0, 2.0, 1.0, 1.0, 1.0), (0.0,) * 5, (1.0, 3.0, 1.0, 1.0, 1.0))
    assert error.corrected(10.0, 22.5) == (15.0, 2.0)
    assert error.corrected(10.0, AZIMUTHS[1]) == (20.0, 3.0)


def test_the_azimuth_is_between_facing_and_camera():
    ahead_y = np.tile([-1.0, 0.0, 0.0], (3, 1))  # left is -x: the person faces +y
    for towards, degrees in (((0, 2, 1), 0), ((3, 0, 0), 90), ((-3, 0, 9), 90), ((0, -1, 0), 180), ((1, 1, 0), 45)):
        np.testing.assert_allclose(View(np.array(towards), {}).azimuths(ahead_y), degrees, atol=1e-5)
    assert np.isnan(View(np.array([1, 0, 0]), {}).azimuths(np.full((1, 3), np.nan))).all()


def test_errors_are_read_as_they_were_written(tmp_path, rng):
    errors = {"squat": {"too_shallow": fit_error(*examples(rng)), "knees_inward": EXACT}, "plank": {"hips_sag": EXACT}}
    write_errors(errors, tmp_path / "errors.json")
    again = read_errors(tmp_path / "errors.json")
    assert {(e, m): fit.corrected(3.0, 50) for e, rules in again.items() for m, fit in rules.items()} == {
        (e, m): fit.corrected(3.0, 50) for e, rules in errors.items() for m, fit in rules.items()
    }


def test_the_errors_that_travel_with_the_package_are_those_of_its_rules():
    """All but rules on heels and toes, which no lifter gives."""
    errors = read_errors(errors_file("fitness"))
    for name in errors:
        exercise = find_exercise(name)
        rules = {rule.name: described(rule, exercise.measures[rule.measure]) for rule in exercise.mistakes}
        assert all(error.rule == rules[mistake] for mistake, error in errors[name].items())
        missing = {measure for m in rules.keys() - errors[name].keys() for measure in rules[m].split(";")[0].split()}
        assert not missing or any("heel" in word or "toe" in word for word in missing)
    assert len(errors) == 22


@pytest.mark.parametrize("content", ["", "[1]", '{"squat": {"too_shallow": {"slope": [1]}}}', '{"squat": 3}', BROKEN])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "errors.json").write_text(content)
    with pytest.raises(InputError, match=r"lifted_measures.*make it again"):
        read_errors(tmp_path / "errors.json")
