"""Takes of the studio seen by cameras, lifted; what that does to measures, and what shows of mistakes nevertheless."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from fitlab.analysis.lifting_errors import AZIMUTHS, MeasureError, read_errors
from fitlab.analysis.recognition import HiddenLayer
from fitlab.analysis.recognition_files import read_recognition
from fitlab.errors import InputError
from fitlab.evaluation.lifted_measures import __main__ as command
from fitlab.evaluation.lifted_measures import recognising, takes
from fitlab.evaluation.lifted_measures.errors import Example, balance, errors_of, examples, table
from fitlab.evaluation.lifted_measures.hidden_layer import Network, fit_network
from fitlab.evaluation.lifted_measures.observed import FOLDS, Expected, ObservedErrors, Rest
from fitlab.evaluation.lifted_measures.observed_files import ErrorsFile, write_observed
from fitlab.evaluation.lifted_measures.performing import performances
from fitlab.evaluation.lifted_measures.recognising import (
    by_measure,
    by_mistake,
    directions,
    folds,
    recognise,
    summary,
    told,
    usable,
    with_others,
)
from fitlab.evaluation.lifted_measures.takes import CAMERAS, ERRORS, Seen, Takes, repetitions
from fitlab.evaluation.readme import END, START
from fitlab.exercises import find_exercise
from fitlab.geometry import Camera

CAMERA = Camera.looking_at((0.5, 4.0, 1.2), (0, 0, 0.9), 700.0, (640, 480))
SQUAT = find_exercise("squat")
RULES = [rule.name for rule in SQUAT.mistakes]


@pytest.fixture(scope="module")
def errors_file(tmp_path_factory):
    """Of a detector that errs by two thousandths of the person, in one photograph of a squat."""
    nothing = Expected(np.zeros(68), np.ones(68), [])
    sizes = ((68, 4), (4, 4), (4, 34))
    nothing = nothing._replace(layers=[(np.zeros(size), np.zeros(size[1])) for size in sizes])
    take = len(performances()) + performances().index(("squat", None))
    rest = Rest(take, 40.0, np.linspace(0, 1.99, 50), np.full((50, 17, 2), 0.002, np.float32), np.full((50, 17), 0.7))
    path = tmp_path_factory.mktemp("errors") / "errors.npz"
    write_observed(ObservedErrors([nothing] * FOLDS, {"squat": [rest]}), path)
    return ErrorsFile(path)


@pytest.fixture(scope="module")
def take(tmp_path_factory, errors_file):
    """A take of shallow squats, as it lies on disk."""
    folder = tmp_path_factory.mktemp("takes") / f"{performances().index(('squat', 'too_shallow')):05d}"
    folder.mkdir()
    Takes("fitness", errors_file).write_part(folder.name, folder, lambda: None)
    return folder


def test_a_round_has_every_mistake_and_right_form():
    made = performances()
    assert len(made) == len(set(made))
    assert {mistake for name, mistake in made if name == "squat"} == {*RULES, None}
    assert len({name for name, _ in made}) == 22


def test_a_take_is_seen_by_every_camera(take):
    seen = repetitions(take)
    assert len(seen) == 2 * CAMERAS
    about = json.loads((take / "take.json").read_text())
    assert max(about["mistakes"][0]["too_shallow"], about["mistakes"][1]["too_shallow"]) >= 0.5
    for number, one in enumerate(seen):
        assert one.exercise == "squat" and one.take == int(take.name)
        assert 0 <= one.azimuth <= 180 and np.isfinite([*one.lifted, *one.true, *one.azimuths]).all()
        assert one.strengths == [about["mistakes"][number % 2].get(rule, 0.0) for rule in RULES]
        assert one.columns.shape == seen[0].columns.shape
    # What is true does not depend on the camera, up to the frames that count as the bottom.
    true, lifted = (
        np.array([getattr(one, what) for one in seen]).reshape(CAMERAS, 2, len(RULES)) for what in ("true", "lifted")
    )
    assert np.ptp(true, axis=0).max() < 4
    assert np.ptp(lifted, axis=0).min() > 0


def test_cameras_take_turns_in_how_they_err(take, errors_file, tmp_path, monkeypatch):
    """Two kinds of errors drawn by chance, then twice those that were observed."""
    used: list[object] = []
    drawn = [lambda *given, kind=kind: used.append(kind) or ERRORS[kind](*given) for kind in range(len(ERRORS))]
    monkeypatch.setattr(takes, "ERRORS", drawn)
    seen = ObservedErrors.seen

    def spied(self, number, coco, repetitions, camera, seed):
        used.append("observed")
        assert number == int(take.name) and len(repetitions) == 2
        return seen(self, number, coco, repetitions, camera, seed)

    monkeypatch.setattr(ObservedErrors, "seen", spied)
    Takes("fitness", errors_file).write_part(take.name, tmp_path, lambda: None)
    assert used == [0, 1, "observed", "observed"] * (CAMERAS // 4)


def test_the_same_take_is_made_again(take, errors_file, tmp_path):
    Takes("fitness", errors_file).write_part(take.name, tmp_path, lambda: None)
    for one, again in zip(repetitions(take), repetitions(tmp_path.rename(tmp_path.with_name(take.name))), strict=True):
        np.testing.assert_array_equal(one.columns, again.columns)
        assert one.lifted == again.lifted


def rows(n: int, mistake: str, mean: float = 0.0) -> list[Example]:
    rng = np.random.default_rng(n)
    true = rng.normal(mean, 10, n)
    return [Example("squat", mistake, t / 2, t, a) for t, a in zip(true, rng.uniform(0, 180, n), strict=True)]


def test_of_mistakes_that_were_hardly_made_nothing_is_known():
    found = pd.DataFrame([*rows(60, "knees_inward"), *rows(60, "too_shallow", mean=-80.0)])
    errors = errors_of(found)
    assert list(errors["squat"]) == ["knees_inward"]
    np.testing.assert_allclose(errors["squat"]["knees_inward"].slope, 2.0, atol=0.05)
    assert errors["squat"]["knees_inward"].corrected(3, 90)[0] == pytest.approx(6, abs=0.3)
    assert "| squat | knees_inward | 60 | 1.00 | 1.5 | 2.0" in table(found, errors)


def test_mistakes_made_and_not_made_count_alike():
    rule = next(rule for rule in SQUAT.mistakes if rule.name == "knees_inward")
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
    found = [Example("squat", "knees_inward", x, t, 90) for x, t in zip(rng.normal(2, 1, 400), true, strict=True)]
    error = errors_of(pd.DataFrame(found))["squat"]["knees_inward"]
    value, deviation = error.corrected(2.0, 90)
    assert abs(value - 3) < norm.ppf(0.75) * deviation  # three in four is what an answer asks for


def seen_squats(rounds: int, joints=("pelvis",)) -> list[Seen]:
    """Repetitions in which the knees' own measure says nothing, and the sum of ten columns tells what was done."""
    rng = np.random.default_rng(5)
    found = []
    for number in range(rounds):
        for take in range(20):
            strengths = [0.0] * len(RULES)
            if take % 2:
                strengths[0] = 0.3 if take == 1 else float(rng.uniform(0.5, 1))
            columns = rng.normal(0, 1, 40)
            columns[:10] += 1.4 * (strengths[0] > 0)
            lifted = rng.normal(2, 1, len(RULES)).tolist()
            found.append(
                Seen("squat", number * len(performances()) + take, 0, lifted, lifted, [60.0] * len(RULES),
                     float(rng.uniform(0, 180)), strengths, columns.astype(np.float32), joints)
            )  # fmt: skip
    return found


ALL = np.eye(40)


def test_what_shows_elsewhere_is_recognised_in_people_held_out():
    seen = seen_squats(40)
    recognition, held_out = recognise(seen, ALL)
    assert list(recognition.recognisers) == RULES[:1]  # no other mistake was made
    assert (held_out[:, 1:] == 0.5).all()
    made = np.array([one.strengths[0] for one in seen]) >= 0.5
    assert held_out[made, 0].mean() > 0.8 and held_out[~made, 0].mean() < 0.3
    # What is shipped gives about what was held out: it was learned from all.
    known = recognition.recognisers[RULES[0]]
    scores = (np.stack([one.columns for one in seen]) - recognition.centre) / recognition.spread
    value, azimuth = (np.array([getattr(one, name) for one in seen]) for name in ("lifted", "azimuth"))
    components = np.clip(scores, -5, 5)
    again = known(components, recognition.hidden(components, azimuth), value[:, 0], azimuth)
    assert np.corrcoef(again, held_out[:, 0])[0, 1] > 0.95
    assert (scores**2).mean(axis=1).max() < recognition.limit


def test_few_components_are_enough():
    seen = seen_squats(40)
    basis = np.linalg.qr(np.stack([np.repeat([1.0, 0.0], [10, 30]), np.ones(40)], axis=1))[0]
    recognition, held_out = recognise(seen, basis)
    assert recognition.recognisers[RULES[0]].weights.shape == (2,)
    made = np.array([one.strengths[0] for one in seen]) >= 0.5
    assert held_out[made, 0].mean() > 0.8 and held_out[~made, 0].mean() < 0.3


def test_a_rule_of_signs_is_told_by_hidden_units_alone():
    """The mistake is where two columns agree in sign, from behind where they do not: no weighted sum tells it."""
    rng = np.random.default_rng(4)

    def drawn(n):
        components, azimuth = rng.normal(size=(n, 2)) * (4.0, 0.3), rng.choice([0.0, 180.0], n)
        return components, azimuth, ((components.prod(axis=1) > 0) == (azimuth < 90))[:, None]

    taught = drawn(4000)
    network = fit_network(*taught)
    components, azimuth, truth = drawn(500)
    assert ((network(components, azimuth) > 0) == truth).mean() > 0.75
    again = fit_network(*taught)
    np.testing.assert_array_equal(network.weights, again.weights)
    # In another unit of the components the same is learned: their scale is part of the layer, that of the view is not.
    larger = fit_network(7 * taught[0], *taught[1:])
    np.testing.assert_allclose(larger(7 * components, azimuth), network(components, azimuth), atol=1e-3)


def test_what_is_kept_says_what_was_held_out(monkeypatch):
    """Where every fold learns the same, people held out are judged exactly as everybody is later."""
    rng = np.random.default_rng(1)
    seen = seen_squats(12)
    network = Network(HiddenLayer(rng.normal(0, 0.2, (45, 3)), rng.normal(size=3)), rng.normal(size=(3, len(RULES))),
                      rng.normal(size=len(RULES)))  # fmt: skip
    linear = (rng.normal(0, 0.3, 40 + 1 + 2 * len(AZIMUTHS)), 0.7)
    linear[0][:10] += 1
    monkeypatch.setattr(recognising, "fit_network", lambda *given: network)
    monkeypatch.setattr(recognising, "fit_weights", lambda *given: [linear])
    recognition, held_out = recognise(seen, ALL)
    known = recognition.recognisers[RULES[0]]
    table = np.stack([one.columns for one in seen])
    components = np.clip((table - recognition.centre) / recognition.spread, -5, 5)
    value, azimuth = (np.array([getattr(one, name) for one in seen]) for name in ("lifted", "azimuth"))
    again = known(components, recognition.hidden(components, azimuth), value[:, 0], azimuth)
    np.testing.assert_allclose(again, held_out[:, 0], atol=1e-6)
    assert held_out[:, 0].std() > 0.1


def test_nobody_is_judged_by_what_was_learned_from_them(monkeypatch):
    seen = seen_squats(10)
    taught = []

    def fit_here(components, azimuth, truth):
        taught.append(len(components))
        return Network(HiddenLayer(np.zeros((45, 1)), np.zeros(1)), np.zeros((1, len(RULES))), np.zeros(len(RULES)))

    monkeypatch.setattr(recognising, "fit_network", fit_here)
    recognise(seen, ALL)
    assert taught == [len(seen)] + [len(seen) - (folds(seen) == held).sum() for held in range(5)]


def test_directions_are_those_in_which_repetitions_differ(monkeypatch):
    """Ten columns go together, eight others in a tenth as many repetitions of an exercise with larger numbers."""
    monkeypatch.setattr(recognising, "COMPONENTS", 2)
    rng = np.random.default_rng(3)
    one, *_ = seen_squats(1)
    exercises = [
        [
            one._replace(
                columns=np.where(np.isin(np.arange(40), own), rng.normal(), rng.normal(0, 1, 40)) * scale + offset
            )
            for _ in range(number)
        ]
        for own, number, scale, offset in ((range(10), 2000, 7, 5), (range(20, 28), 200, 90, -30))
    ]
    basis = directions(exercises)
    np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-9)
    assert (basis[:10, 0] ** 2).sum() > 0.9 and (basis[20:28, 1] ** 2).sum() > 0.8
    # The mean of the shares, not of the repetitions: eight columns that go together against a fifth of one each.
    reversed_order = directions(exercises[::-1])
    np.testing.assert_allclose(np.abs(basis.T @ reversed_order), np.eye(2), atol=1e-6)


def test_chance_stays_chance():
    """Columns that know nothing of the mistake: people held out are not told apart."""
    rng = np.random.default_rng(2)
    seen = [one._replace(columns=rng.normal(0, 1, 40).astype(np.float32)) for one in seen_squats(15)]
    _, held_out = recognise(seen, ALL)
    made = np.array([one.strengths[0] for one in seen]) >= 0.5
    assert abs(held_out[made, 0].mean() - held_out[~made, 0].mean()) < 0.04


def test_people_who_show_other_joints_are_left_out():
    seen = seen_squats(1) + [one._replace(azimuth=np.nan) for one in seen_squats(1)[:3]]
    assert len(usable([*seen, *seen_squats(1, ("head",))[:5]])) == 20


def test_verdicts_and_their_figures():
    seen = seen_squats(2)
    likely = np.full((len(seen), len(RULES)), 0.1)
    likely[:, 0] = [0.9 if one.strengths[0] else 0.5 for one in seen]
    verdicts = told(seen, likely)
    assert len(verdicts) == (len(seen) - 2) * len(RULES)  # weak mistakes are left out
    knees = verdicts[verdicts.mistake == RULES[0]]
    assert set(knees.state[knees.strength > 0]) == {"yes"} and set(knees.state[knees.strength == 0]) == {"cannot_tell"}
    assert set(knees.variant[knees.strength == 0]) == {"right"}
    assert f"| all | 1.000 | 0.0 % | {100 * 18 / 38:.1f} % | 1.000 |" in summary({"all": knees})
    assert f"| squat | {RULES[0]} | 1.00 | 0.00 |" in by_mistake({"so": knees, "not": knees.assign(state="no")})


def test_the_other_repetition_of_the_same_camera_has_a_say():
    """Cameras 0 and 1 saw the two repetitions of a take: what is open is told by what the same camera saw."""
    take = [one._replace(take=7, camera=camera) for one, camera in zip(seen_squats(1), (0, 1, 1, 0), strict=False)]
    likely = np.full((4, len(RULES)), 0.5)
    likely[0, 0], likely[2, 0] = 0.9, 0.1
    found = with_others(take, likely)
    assert found[3, 0] > 0.6 and found[1, 0] < 0.4
    np.testing.assert_allclose(found[[0, 2], 0], [0.9, 0.1])  # what is open says nothing of them
    np.testing.assert_array_equal(found[:, 1:], 0.5)
    recognition, _ = recognise(seen_squats(15), ALL)
    neutral = recognition.recognisers[RULES[0]].neutral
    assert neutral == pytest.approx(expit(0.5 * logit(9 / 20)), abs=0.01)  # half-way from the share to even odds
    nothing = with_others(take, np.full((4, len(RULES)), neutral), recognition)
    np.testing.assert_allclose(nothing[:, 0], neutral)


def test_a_measure_alone_is_corrected_by_other_people():
    """True values are twice the lifted ones, exactly: the probability is that of the corrected value."""
    rng = np.random.default_rng(0)
    seen = []
    for one in seen_squats(10):
        true = rng.normal(3, 6, len(RULES))
        seen.append(one._replace(lifted=(true / 2).tolist(), true=true.tolist()))
    likely = by_measure(seen)
    true = np.array([one.true[0] for one in seen])
    far = np.abs(true - 3) > 3
    np.testing.assert_array_equal(likely[far, 0] > 0.5, true[far] > 3)
    assert (np.abs(likely[far, 0] - 0.5) > 0.45).all()


def test_examples_are_those_that_were_measured():
    seen = seen_squats(1)
    unknown = seen[0]._replace(lifted=[np.nan] + [1.0] * (len(RULES) - 1))
    found = examples([unknown, seen[1]])
    assert len(found) == 2 * len(RULES) - 1
    assert set(found.mistake) == set(RULES)


def test_the_command_writes_tables_and_what_was_learned(tmp_path, monkeypatch, capsys):
    (tmp_path / "README.md").write_text(f"Before.\n{START}\n{END}\nAfter.\n")
    monkeypatch.setattr(command, "_FOLDER", tmp_path)
    monkeypatch.setattr(command, "errors_file", lambda name: tmp_path / f"{name}_errors.json")
    monkeypatch.setattr(command, "recognition_file", lambda name: tmp_path / f"{name}_recognition.npz")
    rng = np.random.default_rng(0)
    squats = [one._replace(true=rng.normal(3, 6, len(RULES)).tolist()) for one in seen_squats(8)]
    monkeypatch.setattr(command, "taken", lambda *given: squats)
    monkeypatch.setattr(command, "observed_errors", lambda *given: ErrorsFile(tmp_path / "errors.npz"))
    monkeypatch.setattr("sys.argv", ["lifted_measures", "--write"])
    command.main()
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("Before.") and "| the whole repetition | " in text and text.endswith("After.\n")
    assert isinstance(read_errors(tmp_path / "fitness_errors.json")["squat"][RULES[0]], MeasureError)
    known = read_recognition(tmp_path / "fitness_recognition.npz")["squat"].recognisers[RULES[0]]
    assert 0 < expit(known.offset) < 1


def test_takes_are_made_once(tmp_path, take, monkeypatch):
    kept = tmp_path / "takes"
    made = []

    def make_parts(maker, parts, targets, workers, unit):
        made.extend(parts)
        for name, target in targets.items():
            target.mkdir()
            (target / "take.json").write_text(json.dumps({"made_from": maker.made_from(name)}))

    monkeypatch.setattr(takes, "make_parts", make_parts)
    monkeypatch.setattr(takes, "performances", lambda: [("squat", "too_shallow")])
    monkeypatch.setattr(command, "ProcessPoolExecutor", FakePool)
    monkeypatch.setattr(command, "repetitions", lambda folder: [])
    names = [f"{number:05d}" for number in range(5)]
    errors = ErrorsFile(kept / "errors-1.npz")
    for _ in range(2):
        assert command.taken(kept, Takes("fitness", errors), 5, 1) == []
    assert made == names
    command.taken(kept, Takes("synthetic", errors), 5, 1)  # another lifter's are not these
    assert made == names * 2
    command.taken(kept, Takes("synthetic", ErrorsFile(kept / "errors-2.npz")), 5, 1)  # nor those with other errors
    assert made == names * 3
    with pytest.raises(InputError, match="rounds must be at least 5"):
        command.taken(kept, Takes("fitness", errors), 1, 1)


class FakePool:
    """Maps in this process."""

    def __init__(self, workers, mp_context):
        self.workers = workers

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def map(self, do, over, chunksize):
        return map(do, over)
