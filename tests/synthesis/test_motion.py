import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.exercises import find_exercise
from fitlab.synthesis.body import Body
from fitlab.synthesis.motion import load_motion, perform, strengths

SPEC = load_motion("squat")


@pytest.fixture(scope="module")
def body():
    return Body()


def performed(body, seed=3, **given):
    given = {"mistakes": {}, "repetitions": 2, "fps": 15} | given
    return perform(body, "squat", rng=np.random.default_rng(seed), **given)


def test_words_are_those_of_the_exercise():
    exercise = find_exercise("squat")
    assert set(SPEC.mistakes) == {mistake.name for mistake in exercise.mistakes}
    assert {step["phase"] for step in SPEC.cycle} == {phase.name for phase in exercise.phases}


def test_repetitions_and_phases_agree(body):
    done = performed(body, repetitions=4, fps=30)
    assert len(done.repetitions) == 4
    assert len(done.phases) == len(done.motion)
    inside = np.zeros(len(done.motion), bool)
    for start, stop in done.repetitions:
        assert list(dict.fromkeys(done.phases[start:stop])) == ["going down", "bottom", "going up"]
        inside[start:stop] = True
    assert {done.phases[t] for t in np.flatnonzero(~inside)} == {"standing"}
    starts = [start for start, _ in done.repetitions]
    assert starts == sorted(starts)


def test_the_pelvis_is_lowest_at_the_bottom_and_down_is_slower_than_up(body):
    done = performed(body, repetitions=5, fps=30)
    height = done.motion.heads[:, 0, 2]
    phases = np.array(done.phases)
    for start, stop in done.repetitions:
        assert phases[start + height[start:stop].argmin()] in ("bottom", "going down", "going up")
        bottom = start + np.flatnonzero(phases[start:stop] == "bottom")
        assert height[bottom].max() < height[start:stop].min() + 0.03
    assert (phases == "going down").sum() > 1.1 * (phases == "going up").sum()


def test_people_stand_still_before_and_after(body):
    done = performed(body, fps=30, rest_s=(1.0, 1.0))
    for part in (slice(0, 28), slice(-28, None)):
        assert np.ptp(done.motion.heads[part, 0], axis=0).max() < 0.03


def test_repetitions_differ_a_little(body):
    lengths = [stop - start for start, stop in performed(body, repetitions=6, fps=60).repetitions]
    assert len(set(lengths)) > 3
    assert max(lengths) < 1.5 * min(lengths)


def test_strengths_for_all_or_each():
    assert strengths(SPEC, {"too_shallow": 0.5}, 2) == ({"too_shallow": 0.5}, {"too_shallow": 0.5})
    assert strengths(SPEC, {"knees_inward": [0, 1], "too_shallow": [0.2, 0]}, 2) == (
        {"too_shallow": 0.2},
        {"knees_inward": 1.0},
    )


@pytest.mark.parametrize(
    ("mistakes", "repetitions", "message"),
    [
        ({"elbows_flare": 1}, 2, "must be one of knees_inward, too_shallow, trunk_forward"),
        ({"knees_inward": 1.2}, 2, r"must lie in \[0, 1\]"),
        ({"knees_inward": -0.1}, 2, r"must lie in \[0, 1\]"),
        ({"knees_inward": float("nan")}, 2, r"must lie in \[0, 1\]"),
        ({"knees_inward": [1, 0, 1]}, 2, "one for each of 2 repetitions, got 3"),
        ({}, 0, "at least 1"),
    ],
)
def test_what_cannot_be_performed(mistakes, repetitions, message):
    with pytest.raises(InputError, match=message):
        strengths(SPEC, mistakes, repetitions)


def test_unknown_exercise_and_style(body):
    with pytest.raises(InputError, match="squat"):
        load_motion("underwater_basket_weaving")
    with pytest.raises(InputError, match="arms_forward"):
        performed(body, style="arms_akimbo")


def test_the_same_seed_is_the_same_motion(body):
    first, second, other = performed(body), performed(body), performed(body, seed=4)
    assert first.repetitions == second.repetitions
    assert first.motion.rotations.tobytes() == second.motion.rotations.tobytes()
    assert first.motion.heads.tobytes() == second.motion.heads.tobytes()
    assert other.motion.heads.tobytes() != first.motion.heads.tobytes()
