"""The way back to the athlete: who exercises stays where they are, who takes their place in the track walks by."""

from collections import deque

import numpy as np

from fitlab.detectors.person import SEEN
from fitlab.detectors.search import Found

LIVES_S, STAYS = 1.5, 0.15
"""Somebody who moves sideways by less than so many sizes of the person in so many seconds is at home there."""

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

    Parameters
    ----------
    fps : float
        Images per second.
    first : Found
        The person who is to be followed, where they are believed to be at home until they stay elsewhere.
    """

    def __init__(self, fps: float, first: Found) -> None:
        self._fps = fps
        self._lately: deque[Found | None] = deque(maxlen=max(2, round(LIVES_S * fps)))
        self._place: Found | None = first
        self._away: list[Found | None] = []  # who was seen since the track was last at home

    def left(self, found: Found | None) -> Found | None:
        """Takes in who was followed into the next image; who may still be at home, if that is to be asked now."""
        self._lately.append(found)
        home = self._stayed() or self._place
        if home is not self._place or home is None or (found is not None and _apart(found, home) < AT_HOME):
            self._place, self._away = home, []
            return None
        self._away.append(found)
        if len(self._away) > AWAITED_S * self._fps:
            self._place = None
            return None
        strayed = found is None or _apart(found, home) > STRAYED
        return home if strayed and len(self._away) % max(1, round(_ASKED_S * self._fps)) == 0 else None

    def back(self) -> int:
        """Takes in that the person is at home; the number of images before this one that showed somebody else."""
        strangers = len(self._away) - 1
        self._lately.clear()
        self._away = []
        return strangers

    def _stayed(self) -> Found | None:
        """The person as best seen lately, if they stayed in one place."""
        lately = [found for found in self._lately if found is not None]
        if len(lately) < (self._lately.maxlen or 0):
            return None
        best = max(lately, key=lambda found: found.pose.score)
        return best if all(_apart(found, best) < STAYS for found in lately) else None


def is_at(home: Found, found: Found) -> bool:
    """Whether ``found`` is where ``home`` was, and of like size."""
    sizes = _size(home), _size(found)
    return _apart(found, home) < AT_HOME and max(sizes) < _ALIKE * max(min(sizes), 1.0)


def _apart(one: Found, home: Found) -> float:
    """Sideways distance in sizes of ``home``."""
    return abs(_middle(one) - _middle(home)) / max(_size(home), 1.0)


def _middle(found: Found) -> float:
    return float(np.median(found.pose.positions[found.pose.confidence > SEEN, 0]))


def _size(found: Found) -> float:
    return float(np.ptp(found.pose.positions[found.pose.confidence > SEEN], axis=0).max())
