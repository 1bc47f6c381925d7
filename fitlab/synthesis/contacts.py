"""What touches the floor or a bar: where feet stand, what is planted where and how firmly."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

TOUCHING = ("foot.L", "foot.R", "hand.L", "hand.R", "elbow.L", "elbow.R", "pelvis", "chest")
"""What can touch the floor: balls of the feet, wrists above palms, elbows, what is below pelvis and upper back."""


@dataclass(frozen=True)
class Stance:
    """Where feet stand.

    ``width`` is the distance of the ankles in units of the distance of the hips, ``split`` how far the left foot stands
    in front of the right one in leg lengths, ``toe_out`` the angle of each foot in degrees, ``uneven`` how many degrees
    more the left knee points outwards.
    """

    width: float = 1.6
    split: float = 0.0
    toe_out: float = 18.0
    uneven: float = 0.0


@dataclass(frozen=True, eq=False)
class Contact:
    """How much (T,) something touches, 0 to 1, and where (T, 3), metres."""

    share: np.ndarray
    place: np.ndarray


Contacts = Mapping[str, Contact]
"""Some of :data:`TOUCHING` -> :class:`Contact`; what is left out touches nothing."""


def held(free: np.ndarray, contact: Contact | None) -> np.ndarray:
    """(T, 3) where something is that would be at ``free`` (T, 3), drawn to what it touches."""
    return free.copy() if contact is None else free + contact.share[:, None] * (contact.place - free)
