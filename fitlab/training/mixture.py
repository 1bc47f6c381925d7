"""Several sources of people as one."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from fitlab.errors import InputError
from fitlab.training.people import People, Person


class Mixture(People):
    """People of several sources, as often as weights say.

    It is as long as it takes for every person to come at least once: people of sources that are small for their weight
    come several times.  Sources with nobody in them, or with weight 0, are left out.

    Parameters
    ----------
    sources : mapping of str to sequence of Person
    weights : mapping of str to float
        Source -> its share of the crops, in any unit.

    Raises
    ------
    InputError
        If ``weights`` does not name the sources or one is negative.
    """

    def __init__(self, sources: Mapping[str, Sequence[Person]], weights: Mapping[str, float]) -> None:
        if set(sources) != set(weights) or any(not weight >= 0 for weight in weights.values()):
            raise InputError(
                f"weights of a mixture must be one for each of {', '.join(sources)}, not negative, got {dict(weights)}"
            )
        self._all, self._weights = sources, weights

    @cached_property
    def sources(self) -> list[Sequence[Person]]:
        """Those that are drawn from."""
        return [source for name, source in self._all.items() if self._weights[name] > 0 and len(source)]

    @cached_property
    def _ends(self) -> np.ndarray:
        """Where each source ends in the mixture."""
        weights = [self._weights[name] for name, source in self._all.items() if self._weights[name] > 0 and len(source)]
        shares = np.divide(weights, sum(weights))
        length = max((len(source) / share for source, share in zip(self.sources, shares, strict=True)), default=0)
        lengths = [max(len(s), round(share * length)) for s, share in zip(self.sources, shares, strict=True)]
        return np.cumsum(lengths)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def _at(self, number: int) -> Person:
        source = int(np.searchsorted(self._ends, number, side="right"))
        entry = number - (int(self._ends[source - 1]) if source else 0)
        return self.sources[source][entry % len(self.sources[source])]


class Spread(People):
    """Some of the people, evenly from the whole sequence: neighbours are often alike.

    Parameters
    ----------
    people : sequence of Person
    count : int, optional
        How many, where there are more; default: all.

    Raises
    ------
    InputError
        If ``count`` is not positive.
    """

    def __init__(self, people: Sequence[Person], count: int | None = None) -> None:
        if count is not None and count < 1:
            raise InputError(f"count of people must be positive, got {count}; null takes all")
        self._people, self._count = people, count

    def __len__(self) -> int:
        return len(self._people) if self._count is None else min(self._count, len(self._people))

    def _at(self, number: int) -> Person:
        return self._people[number * len(self._people) // len(self)]
