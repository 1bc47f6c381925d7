from collections import Counter

import numpy as np
import pytest

from fitlab.errors import InputError
from fitlab.training.mixture import Mixture, Spread
from fitlab.training.people import Person


def people(name: str, count: int) -> list[Person]:
    return [
        Person(np.zeros((2, 2, 3), np.uint8), np.ones((17, 2)), (0, 0, 1, 1), 1.0, f"{name} {n}") for n in range(count)
    ]


@pytest.mark.parametrize(
    ("weights", "shares"), [((1, 1), (0.5, 0.5)), ((3, 1), (0.75, 0.25)), ((0.1, 0.9), (0.1, 0.9))]
)
def test_sources_come_as_often_as_their_weights_and_everybody_at_least_once(weights: tuple, shares: tuple):
    sources = {"studio": people("studio", 60), "photographs": people("photographs", 13)}
    mixture = Mixture(sources, dict(zip(sources, weights, strict=True)))
    names = Counter(person.name for person in mixture)
    for (name, source), share in zip(sources.items(), shares, strict=True):
        drawn = sum(count for key, count in names.items() if key.startswith(name))
        assert drawn / len(mixture) == pytest.approx(share, abs=0.5 / len(mixture) + 1e-9)
        counts = [names[person.name] for person in source]
        assert min(counts) >= 1 and max(counts) - min(counts) <= 1
    assert mixture[-1].name == mixture[len(mixture) - 1].name and len(mixture[2:5]) == 3
    with pytest.raises(IndexError):
        mixture[len(mixture)]


def test_nobody_and_weight_zero_are_left_out():
    sources = {"studio": people("studio", 4), "photographs": [], "own": people("own", 3)}
    mixture = Mixture(sources, {"studio": 1, "photographs": 5, "own": 0})
    assert [person.name for person in mixture] == [person.name for person in sources["studio"]]
    assert len(Mixture({"a": []}, {"a": 1})) == 0


@pytest.mark.parametrize("weights", [{"studio": 1}, {"studio": 1, "lsp": -1}, {"studio": 1, "lsp": float("nan")}])
def test_weights_must_fit_the_sources(weights: dict):
    with pytest.raises(InputError, match="one for each of studio, lsp"):
        Mixture({"studio": people("a", 2), "lsp": people("b", 2)}, weights)


@pytest.mark.parametrize(
    ("count", "numbers"), [(None, range(10)), (12, range(10)), (5, (0, 2, 4, 6, 8)), (3, (0, 3, 6))]
)
def test_some_of_the_people_are_taken_from_all_over(count: int | None, numbers: tuple):
    some = Spread(everybody := people("studio", 10), count)
    assert [person.name for person in some] == [everybody[n].name for n in numbers]
    assert some[-1] is everybody[numbers[-1]] and some[1:] == [everybody[n] for n in numbers][1:]
    with pytest.raises(IndexError):
        some[len(some)]


def test_nobody_spread_is_nobody_and_no_count_is_refused():
    assert len(Spread([], 3)) == 0
    with pytest.raises(InputError, match="count of people must be positive, got 0"):
        Spread(people("studio", 2), 0)
