"""Who is trained on and who is tested with: splits made by a rule, and leaks refused."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from fitlab.errors import InputError
from fitlab.progress import progress
from fitlab.training.people import People, Person


def split(people: Sequence[Person], shares: Mapping[str, float], seed: int = 0) -> dict[str, list[int]]:
    """Deals people out to parts so that no subject, clip, file or picture is in two of them.

    People with the same group, the same file or the same bytes of their picture form a unit.  Within each slice
    (that of most of a unit's people) units are ordered by a hash of the seed and their group (or picture), and cut at
    the shares: every part has its share of every slice, as near as whole units allow.  Neither the order of the labels
    nor the folder matters.  New people move a few units across the cuts; freeze a split by keeping its data apart.

    Parameters
    ----------
    shares : mapping
        Part -> share; they sum to 1.

    Returns
    -------
    numbers : dict of list of int
        Part -> indices of its people, rising.

    Raises
    ------
    InputError
        If the shares do not sum to 1 or are negative.
    """
    if any(not share >= 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-6:
        raise InputError(f"shares of a split must be positive and sum to 1, got {dict(shares)}; correct them")
    strata: dict[str, list[tuple[str, list[int]]]] = defaultdict(list)
    for members in _units(people):
        key = min(people[number].group or people[number].digest for number in members)
        stratum = min(Counter(people[number].slice for number in members).most_common(), key=lambda c: (-c[1], c[0]))
        strata[stratum[0]].append((hashlib.sha256(f"{seed}|{key}".encode()).hexdigest(), members))
    parts: dict[str, list[int]] = {part: [] for part in shares}
    ends = np.cumsum(list(shares.values()))
    for units in strata.values():
        units.sort()
        total, dealt = sum(len(members) for _, members in units), 0
        for _, members in units:
            # The middle of the unit decides, so that a large one goes where most of it belongs.
            part = int(np.searchsorted(ends, (dealt + len(members) / 2) / total))
            parts[list(shares)[min(part, len(shares) - 1)]] += members
            dealt += len(members)
    return {part: sorted(numbers) for part, numbers in parts.items()}


def _units(people: Sequence[Person]) -> list[list[int]]:
    """Indices of people who belong together, directly or through others (union-find)."""
    parent = list(range(len(people)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[str, int] = {}
    for number, person in enumerate(progress(people, "comparing people", unit="person")):
        for sign in _signs(person):
            parent[root(number)] = root(first.setdefault(sign, number))
    units: dict[int, list[int]] = defaultdict(list)
    for number in range(len(people)):
        units[root(number)].append(number)
    return list(units.values())


def _signs(person: Person) -> list[str]:
    """What must not be in two parts, as texts for messages."""
    signs = [f"group {person.group!r}"] if person.group else []
    if not isinstance(person.picture, np.ndarray):
        signs.append(f"file {person.picture.resolve()}")
    return [*signs, f"picture with SHA-256 {person.digest}"]


def refuse_leaks(parts: Mapping[str, Iterable[Person]]) -> None:
    """Raises InputError when a subject, a clip, a file or a picture is in two of the ``parts``; names both people."""
    seen: dict[str, tuple[str, str]] = {}
    for part, people in parts.items():
        here: dict[str, tuple[str, str]] = {}
        for person in progress(people, f"comparing {part}", unit="person"):
            for sign in _signs(person):
                if sign in seen:
                    other, name = seen[sign]
                    raise InputError(
                        f"data.{part} must not share people with data.{other}, got {sign} in both ({person.name}; "
                        f"{name}); make the parts with fitlab.training.splits.Part or take one out"
                    )
                here[sign] = (part, person.name)
        seen |= here


class Part(People):
    """One part of a split, or those in it of one slice.

    Parameters
    ----------
    people : sequence of Person
    part : str
        Key of ``shares``.
    shares : mapping
        See :func:`split`.
    slice : str, optional
        Only people of this slice.
    seed : int
    limit : int, optional
        At most so many people.
    """

    def __init__(
        self,
        people: Sequence[Person],
        part: str,
        shares: Mapping[str, float],
        slice: str | None = None,
        seed: int = 0,
        limit: int | None = None,
    ) -> None:
        if part not in shares:
            raise InputError(f"part must be one of {', '.join(shares)}, got {part!r}; correct its name")
        self.people, self.part, self.shares = people, part, shares
        self.slice, self.seed, self.limit = slice, seed, limit

    @cached_property
    def numbers(self) -> list[int]:
        """Indices of the people of this part; found out when first asked for."""
        known = {person.slice for person in self.people}
        if self.slice is not None and known and self.slice not in known:
            raise InputError(
                f"slice must be one that the labels name ({', '.join(sorted(known - {''})) or 'they name none'}), got "
                f"{self.slice!r} (first of them: {self.people[0].name}); correct it or leave it out"
            )
        dealt = split(self.people, self.shares, self.seed)[self.part]
        return [n for n in dealt if self.slice is None or self.people[n].slice == self.slice][: self.limit]

    def __len__(self) -> int:
        return len(self.numbers)

    def _at(self, number: int) -> Person:
        return self.people[self.numbers[number]]
