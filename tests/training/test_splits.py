from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlab.errors import InputError
from fitlab.training import splits
from fitlab.training.people import Person
from fitlab.training.splits import Part, refuse_leaks, split

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


def person(number: int, group: str = "", slice: str = "", picture: object = None) -> Person:
    if picture is None:
        picture = np.full((4, 4, 3), (number % 256, number // 256, 7), np.uint8)
    return Person(picture, np.ones((17, 2)), (0, 0, 3, 3), 9.0, f"person {number}", None, group, slice)


def crowd(count: int = 300, groups: int | None = None) -> list[Person]:
    rng = np.random.default_rng(0)
    slices = rng.choice(["upright", "horizontal", "inverted"], count, p=[0.6, 0.1, 0.3])
    return [person(n, "" if groups is None else f"clip {n % groups}", str(slices[n])) for n in range(count)]


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), groups=st.one_of(st.none(), st.integers(10, 60)))
def test_everybody_is_in_one_part_and_no_group_in_two(seed: int, groups: int | None):
    people = crowd(groups=groups)
    parts = split(people, SHARES, seed)
    assert sorted(n for numbers in parts.values() for n in numbers) == list(range(len(people)))
    refuse_leaks({name: [people[n] for n in numbers] for name, numbers in parts.items()})


def test_every_slice_is_dealt_by_the_shares():
    people = crowd(1000)
    whole = Counter(p.slice for p in people)
    for name, numbers in split(people, SHARES, 3).items():
        for slice, count in Counter(people[n].slice for n in numbers).items():
            assert abs(count - SHARES[name] * whole[slice]) <= 1


def test_the_split_does_not_depend_on_the_order_and_does_on_the_seed():
    people = crowd(200)
    turned = people[::-1]
    names = {people[n].name for n in split(people, SHARES)["test"]}
    assert {turned[n].name for n in split(turned, SHARES)["test"]} == names
    assert {people[n].name for n in split(people, SHARES, 1)["test"]} != names


def test_the_same_picture_under_two_names_stays_together(tmp_path: Path):
    picture = np.random.default_rng(0).integers(0, 255, (9, 9, 3)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    for seed in range(12):
        people = [*crowd(30), person(1, picture=tmp_path / "a.png"), person(2, picture=tmp_path / "b.png")]
        assert any({30, 31} <= set(numbers) for numbers in split(people, SHARES, seed).values())


def test_groups_that_share_a_picture_stay_together():
    shared = np.full((4, 4, 3), 99, np.uint8)
    for seed in range(12):
        people = [
            *(person(n, "clip a", "upright") for n in range(5)),
            person(100, "clip a", "upright", shared),
            person(101, "clip b", "upright", shared),
            *(person(200 + n, "clip b", "upright") for n in range(5)),
            *crowd(60),
        ]
        assert any(set(range(12)) <= set(numbers) for numbers in split(people, SHARES, seed).values())


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (
            person(1, "clip 7"),
            person(2, "clip 7"),
            r"data\.test must not share people with data\.train, got group 'clip 7'",
        ),
        (person(1), person(1), r"got picture with SHA-256 \w+ in both \(person 1; person 1\)"),
    ],
)
def test_a_leak_is_refused_with_names(one: Person, other: Person, message: str):
    with pytest.raises(InputError, match=message):
        refuse_leaks({"train": [person(5), one], "validation": [person(6)], "test": [other]})


def test_the_same_file_is_a_leak_even_with_another_person(tmp_path: Path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((5, 5, 3), np.uint8))
    one, other = (person(n, picture=tmp_path / "a.png") for n in (1, 2))
    with pytest.raises(InputError, match=r"got file .*a\.png in both \(person 2; person 1\)"):
        refuse_leaks({"train": [one], "validation": [other]})
    refuse_leaks({"validation": [one, other]})  # twice in one part is nobody's leak


def test_comparing_pictures_is_announced(monkeypatch: pytest.MonkeyPatch):
    announced: list[str] = []
    monkeypatch.setattr(splits, "progress", lambda items, what, **_: announced.append(what) or items)
    split(crowd(10), SHARES)
    refuse_leaks({"train": crowd(5), "test": [person(6)]})
    assert announced == ["comparing people", "comparing train", "comparing test"]


def test_a_part_is_a_sequence_and_keeps_to_its_slice():
    people = crowd(200)
    part = Part(people, "test", SHARES, slice="inverted", limit=7)
    assert len(part) == 7 and {p.slice for p in part} == {"inverted"}
    assert [p.name for p in part[:]] == [part[n].name for n in range(7)]
    with pytest.raises(InputError, match="part must be one of train, validation, test, got 'tets'"):
        Part(people, "tets", SHARES)
    assert len(Part([], "test", SHARES)) == 0


def test_a_slice_that_nobody_is_in_is_refused_and_nobody_at_all_is_not():
    with pytest.raises(
        InputError, match=r"\(horizontal, inverted, upright\), got 'invertd' \(first of them: person 0\)"
    ):
        len(Part(crowd(), "train", SHARES, "invertd"))
    with pytest.raises(InputError, match=r"\(they name none\), got 'inverted'"):
        len(Part([person(0), person(1)], "train", SHARES, "inverted"))
    assert len(Part([], "train", SHARES, "inverted")) == 0  # the data are not there


@pytest.mark.parametrize("shares", [{"a": 0.5, "b": 0.6}, {"a": 1.5, "b": -0.5}, {"a": float("nan")}])
def test_shares_that_are_none_are_refused(shares: dict):
    with pytest.raises(InputError, match="shares of a split"):
        split(crowd(10), shares)


def test_photographs_of_sport_split_by_slice(real_data: Path):
    from fitlab.training.people_sources import LabelledPhotographs

    people = LabelledPhotographs(real_data / "lsp" / "train.json")
    parts = split(people, SHARES)
    counts = {name: Counter(people[n].slice for n in numbers) for name, numbers in parts.items()}
    assert counts["test"] == {"upright": 342, "inverted": 292, "horizontal": 105}
    refuse_leaks({name: [people[n] for n in numbers] for name, numbers in parts.items()})
