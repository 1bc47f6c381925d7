"""The way back to the athlete: who exercises stays where they are, who takes their place in the track walks by."""

from collections import deque
from typing import NamedTuple

import numpy as np

from fitlab.detectors.person import SEEN
from fitlab.detectors.search import Found

LIVES_S, STAYS = 1.5, 0.15
"""Whoever stays for so many seconds within so many sizes of the person of one place, sideways, is at home there."""

AT_HOME = 0.3
"""Sideways distance, in sizes of the person, up to which somebody is at home."""

STRAYED = 0.5
"""The same, from which a track has left home; who walks covers it in a second."""

AWAITED_S = 6.0
"""For so long a track that has left is suspected of having left the athlete behind."""

_ASKED_S = 0.3
_ALIKE = 1.5  # times as large


class Home:
    """Where the person who is followed was last at home, and whether the track has left it.

    Somebody who stood right behind the athlete all along cannot be told from an athlete who was left behind.

    Parameters
    ----------
    fps : float
        Images per second.
    first : Found
        The person who is to be followed, where they are believed to be at home until they stay elsewhere.
    """

    def __init__(self, fps: float, first: Found) -> None:
        self._fps = fps
        self._lately: deque[_Place | None] = deque(maxlen=max(2, round(LIVES_S * fps)))
        self._place: _Place | None = _Place.of(first)
        self._away = 0  # images since the track was last at home

    def left(self, found: Found | None) -> Found | None:
        """Takes in who was followed into the next image; who may still be at home, if that is to be asked now."""
        now = None if found is None else _Place.of(found)
        self._lately.append(now)
        home = self._stayed() or self._place
        if home is not self._place or home is None or (now is not None and now.apart(home) < AT_HOME):
            self._place, self._away = home, 0
            return None
        self._away += 1
        if self._away > AWAITED_S * self._fps:
            self._place = None
            return None
        strayed = now is None or now.apart(home) > STRAYED
        return home.found if strayed and self._away % max(1, round(_ASKED_S * self._fps)) == 0 else None

    def back(self) -> int:
        """Takes in that the person is at home; the number of images before this one that showed somebody else.

        0 if nobody was followed elsewhere in this very image: the person may have been away and have come back.
        """
        strangers = 0 if self._lately[-1] is None else self._away - 1
        self._lately.clear()
        self._away = 0
        return strangers

    def _stayed(self) -> "_Place | None":
        """The person as best seen lately, if they stayed in one place."""
        lately = [place for place in self._lately if place is not None]
        if len(lately) < (self._lately.maxlen or 0):
            return None
        best = max(lately, key=lambda place: place.found.pose.score)
        return best if all(place.apart(best) < STAYS for place in lately) else None


class _Place(NamedTuple):
    """Somebody with their middle from left to right and their size, in image pixels."""

    found: Found
    middle: float
    size: float

    @classmethod
    def of(cls, found: Found) -> "_Place":
        seen = found.pose.positions[found.pose.confidence > SEEN]
        return cls(found, float(np.median(seen[:, 0])), max(float(np.ptp(seen, axis=0).max()), 1.0))

    def apart(self, home: "_Place") -> float:
        """Sideways distance in sizes of ``home``."""
        return abs(self.middle - home.middle) / home.size


def is_at(home: Found, found: Found) -> bool:
    """Whether ``found`` is where ``home`` was, from left to right, and of like size."""
    there, here = _Place.of(home), _Place.of(found)
    return here.apart(there) < AT_HOME and max(here.size, there.size) < _ALIKE * min(here.size, there.size)
