"""What whole repetitions tell: the formula, what it refuses to judge, and the shipped file."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from fitlab.analysis.features import Description, describe
from fitlab.analysis.lifting_errors import AZIMUTHS
from fitlab.analysis.recognition import (
    FAMILIES,
    OWN,
    VIEWED,
    HiddenLayer,
    Recogniser,
    Recognition,
    about,
    columns,
    identity,
)
from fitlab.analysis.recognition_files import read_recognition, write_recognition
from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.lifting import recognition_file
from fitlab.skeletons import H36M17
from tests.motions import Squats

SQUAT = find_exercise("squat")
RULE = next(rule for rule in SQUAT.mistakes if rule.name == "knees_inward")
MEASURE = SQUAT.measures[RULE.measure]


@pytest.fixture(scope="module")
def seen() -> Description:
    poses = Squats(repetitions=1).poses()
    return describe(poses)


UNITS = 3


def knowing(seen, rng=None, offset=0.0, **changed) -> Recognition:
    """What recognises knees that sink inward by every column a little, or by nothing but ``offset``."""
    size, seen_from = len(columns(seen)), 1 + 2 * len(AZIMUTHS)

    def drawn(*shape, spread=0.02):
        return np.zeros(shape) if rng is None else rng.normal(0, spread, shape)

    known = Recogniser(
        identity(RULE, MEASURE), drawn(size), drawn(UNITS, spread=0.5), drawn(seen_from), centre=2.0, spread=4.0,
        offset=offset, neutral=0.3,
    )  # fmt: skip
    hidden = HiddenLayer(drawn(size + len(AZIMUTHS), UNITS), drawn(UNITS, spread=1.0))
    fields = {
        "joints": seen.joints, "centre": columns(seen) - 0.1, "spread": np.full(size, 0.2), "limit": 1.0,
        "basis": np.eye(size), "hidden": hidden,
    }  # fmt: skip
    return Recognition(**(fields | changed), recognisers={RULE.name: known})


def likely(known: Recognition, seen: Description, value: float, azimuth: float) -> float | None:
    components = known.components(seen)
    told = None if components is None else known.probability(RULE, MEASURE, components, value, azimuth)
    assert told is None or told[1] == 0.3
    return told and told[0]


def test_the_probability_is_the_logistic_of_a_weighted_sum(seen, rng):
    known = knowing(seen, rng, offset=0.3)
    one = known.recognisers[RULE.name]
    for value, azimuth in ((5.0, 22.5), (-30.0, 180.0)):
        own = max(-5, (value - 2.0) / 4.0)
        total = one.offset + 0.5 * one.weights.sum()  # every column is half a deviation above its centre
        total += OWN * own * one.about[0]
        units = known.hidden.offset + 0.5 * known.hidden.weights[: len(one.weights)].sum(axis=0)
        for number, at in enumerate(AZIMUTHS):
            near = max(0.0, 1 - abs(azimuth - at) / 45)
            total += OWN * own * near * one.about[1 + number] + VIEWED * near * one.about[6 + number]
            units += near * known.hidden.weights[len(one.weights) + number]
        total += sum(unit * norm.cdf(unit) * weight for unit, weight in zip(units, one.hidden, strict=True))
        assert likely(known, seen, value, azimuth) == pytest.approx(expit(total))


def test_components_are_along_the_basis(seen, rng):
    size = len(columns(seen))
    basis = np.linalg.qr(rng.normal(size=(size, 5)))[0]
    known = knowing(seen, basis=basis)
    np.testing.assert_allclose(known.components(seen), 0.5 * basis.sum(axis=0))


def test_an_unknown_measure_is_as_usual(seen, rng):
    known = knowing(seen, rng)
    assert likely(known, seen, np.nan, 60) == likely(known, seen, 2.0, 60)


def test_a_mirrored_person_is_judged_alike(seen, rng):
    mirrored = Description(seen.joints, {family: both[::-1] for family, both in seen.families.items()})
    np.testing.assert_allclose(columns(mirrored), columns(seen))
    parts = [seen.families[family].shape[1] for family in FAMILIES]
    assert len(columns(seen)) == 2 * sum(parts)


def test_azimuths_share_what_lies_between():
    between = about(0.0, 67.5)
    np.testing.assert_allclose(between[6:], VIEWED * np.array([0, 0.5, 0.5, 0, 0]))
    np.testing.assert_allclose(about(1.0, 90)[:6], OWN * np.array([1, 0, 0, 1, 0, 0]))
    assert about(np.zeros(7), np.full(7, 30.0)).shape == (7, 11)


def test_what_it_does_not_judge(seen):
    known = knowing(seen, offset=2.0)
    assert likely(known, seen, 3.0, 0) == pytest.approx(expit(2.0))
    other = next(rule for rule in SQUAT.mistakes if rule is not RULE)
    assert known.probability(other, SQUAT.measures[other.measure], known.components(seen), 3.0, 0) is None
    stricter = replace(RULE, threshold=RULE.threshold - 1)  # edited by its user: learned was another rule
    assert known.probability(stricter, MEASURE, known.components(seen), 3.0, 0) is None
    unlike = knowing(seen, spread=np.full(len(columns(seen)), 0.09))  # 1.1 deviations away on average
    assert unlike.components(seen) is None
    hidden = seen.restricted([joint for joint in seen.joints if joint != "left_wrist"])
    assert known.components(hidden) is None


def test_what_is_written_is_read(seen, rng, tmp_path):
    known = knowing(seen, rng, offset=-0.7)
    write_recognition({"squat": known}, tmp_path / "recognition.npz")
    again = read_recognition(tmp_path / "recognition.npz")["squat"]
    assert (again.joints, again.limit) == (known.joints, known.limit)
    for azimuth in (0, 100):
        expected = likely(known, seen, 6.0, azimuth)
        assert likely(again, seen, 6.0, azimuth) == pytest.approx(expected, abs=0.01)


def test_exercises_share_a_basis_that_is_written_once(seen, rng, tmp_path):
    basis = np.linalg.qr(rng.normal(size=(len(columns(seen)), 7)))[0]
    one, other = (reduced(knowing(seen, rng, offset=offset), basis) for offset in (0.4, -0.8))
    write_recognition({"squat": one, "lunge": other}, tmp_path / "r.npz")
    again = read_recognition(tmp_path / "r.npz")
    for name, known in (("squat", one), ("lunge", other)):
        assert likely(again[name], seen, 6.0, 40) == pytest.approx(likely(known, seen, 6.0, 40), abs=0.01)
    with pytest.raises(ValueError, match="the same basis"):
        write_recognition({"squat": one, "lunge": reduced(one, basis[:, ::-1])}, tmp_path / "r.npz")


def reduced(known: Recognition, basis) -> Recognition:
    """The same with another basis (F, K), and the first K of its weights."""
    size, most = len(known.centre), basis.shape[1]
    rows = [*range(most), *range(len(known.hidden.weights) - len(AZIMUTHS), len(known.hidden.weights))]
    rule = known.recognisers[RULE.name]
    return replace(
        known,
        basis=basis,
        hidden=replace(known.hidden, weights=known.hidden.weights[rows]),
        recognisers={RULE.name: replace(rule, weights=rule.weights[: min(most, size)])},
    )


@pytest.mark.parametrize("content", [b"", b"PK nothing", None])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "recognition.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"recognition\.npz.*make it again"):
        read_recognition(path)


def test_a_damaged_file_is_refused(tmp_path):
    content = bytearray(recognition_file("fitness").read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4000] = bytes(4000)
    (tmp_path / "recognition.npz").write_bytes(content)
    with pytest.raises(InputError, match="make it again"):
        read_recognition(tmp_path / "recognition.npz")


def test_the_shipped_file_knows_all_mistakes_of_the_studio():
    shipped = read_recognition(recognition_file("fitness"))
    for name, known in shipped.items():
        exercise = find_exercise(name)
        assert set(known.joints) <= {*H36M17.joints, "head_top"}
        for rule in exercise.mistakes:
            assert known.recognisers[rule.name].rule == identity(rule, exercise.measures[rule.measure])
    assert len(shipped) == 22


def test_arrays_that_do_not_belong_together_are_refused(seen, tmp_path):
    known = knowing(seen)
    layer = HiddenLayer(known.hidden.weights[:-1], known.hidden.offset)
    for wrong in (replace(known, hidden=layer), replace(known, basis=known.basis[:, :-1])):
        write_recognition({"squat": wrong}, tmp_path / "r.npz")
        with pytest.raises(InputError, match="belong together"):
            read_recognition(tmp_path / "r.npz")


@pytest.mark.parametrize("neutral", [0.0, 1.0, np.nan])
def test_a_neutral_probability_lies_between(neutral, seen, tmp_path):
    known = knowing(seen)
    one = replace(known.recognisers[RULE.name], neutral=neutral)
    write_recognition({"squat": replace(known, recognisers={RULE.name: one})}, tmp_path / "r.npz")
    with pytest.raises(InputError, match="make it again"):
        read_recognition(tmp_path / "r.npz")
