"""The parts of a report: plain values that the analysis makes and the views draw.

Intervals of frames are half open ``[start, stop)`` and count from the first frame of the clip.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fitlab.poses import PoseSequence

State = Literal["yes", "no", "cannot_tell"]


@dataclass(frozen=True)
class Repetition:
    """One repetition.

    Parameters
    ----------
    index : int
        0, 1, 2 ... in order of time; people are shown ``index + 1``.
    start, stop : int, frames
        From leaving rest to being back at rest.
    turn : int, frame
        Of the farthest excursion; of a hold, one in its middle.
    full : bool
        False for a half repetition: it goes less than 60 % of the way that the others go, or the
        clip begins or ends in the middle of it.  A hold that fills the clip is whole.
    """

    index: int
    start: int
    stop: int
    turn: int
    full: bool = True


@dataclass(frozen=True)
class Phase:
    """A part of a repetition, or (``repetition`` None) the rest between two."""

    name: str
    role: Literal["rest", "out", "turn", "back"]
    repetition: int | None
    start: int
    stop: int


@dataclass(frozen=True)
class Verdict:
    """Whether a mistake was made: in one repetition, or (``repetition`` None) in the whole clip.

    Parameters
    ----------
    mistake : str
        Name of the rule.
    state : {"yes", "no", "cannot_tell"}
    reason : str
        In plain words: the value against the threshold, or why it cannot be told.
    value : float, in ``unit``
        What was measured; NaN if nothing could be.  Of lifted poses: what it probably was, given the answer.
    excess : float, in ``unit``
        How far the value is beyond the threshold, negative when within the rule.
    deviation : float, in ``unit``
        Standard deviation of the measurement error: that of which the rule's margin is the one-sided 95 % bound, or
        what lifting leaves open from this view where that is more.
    severity : float in [0, 1]
        0 unless the state is yes; 1 from what the rule calls severe.  Without a value: 2 probability - 1.
    confidence : float in [0, 1]
        Probability that yes (or no) is right.  0 for cannot_tell.
    start, stop : int, frames
        Of the phase that was looked at.
    probability : float in [0, 1]
        That the mistake was made, under that error or by all that a lifted repetition and its fellows show; NaN if
        nothing is known.
    """

    mistake: str
    state: State
    reason: str
    joint_group: str
    phase: str
    unit: str
    repetition: int | None = None
    value: float = float("nan")
    excess: float = float("nan")
    deviation: float = float("nan")
    severity: float = 0.0
    confidence: float = 0.0
    start: int = 0
    stop: int = 0
    probability: float = float("nan")


@dataclass(frozen=True)
class Deviation:
    """How far a joint group is from the reference's: mean and greatest angle, mean distance.

    ``band_deg`` is what the reference's own repetitions differ by from one another (95 % of their frames stay within);
    NaN where it has fewer than three full ones.  ``beyond_deg`` is the mean of what lies outside of it.
    """

    mean_deg: float
    max_deg: float
    mean_mm: float
    band_deg: float = float("nan")
    beyond_deg: float = float("nan")

    def allowed_deg(self, tolerance: float) -> float:
        """What the mean may be: an exercise's tolerance, or more where the reference itself varies more."""
        return max(tolerance, self.band_deg) if self.band_deg == self.band_deg else tolerance


@dataclass(frozen=True, eq=False)
class Comparison:
    """The user against the reference athlete, who was brought to the user's time, place and size.

    Parameters
    ----------
    groups : joint group -> Deviation
        Over all matched repetitions.
    per_repetition : joint group -> (repetitions, 2) array
        Mean degrees and mean millimetres of every repetition; NaN rows where it was not matched.
    angles : joint group -> (T,) degrees
        Deviation in every frame; NaN outside the repetitions.
    distances : joint group -> (T,) millimetres
    reference : PoseSequence
        World space, T frames, on the user's bones, at the user's place: the ghost beside the user.
        NaN outside the repetitions.
    frames : int array (T,)
        Which frame of the reference clip each frame of the user was compared with; -1 for none.
    """

    groups: Mapping[str, Deviation]
    per_repetition: Mapping[str, np.ndarray]
    angles: Mapping[str, np.ndarray]
    distances: Mapping[str, np.ndarray]
    reference: PoseSequence
    frames: np.ndarray


@dataclass(frozen=True)
class Advice:
    """A sentence for the person who trains.

    Parameters
    ----------
    text : str
        In plain words, with the size of the mistake and the repetitions.
    mistake : str or None
        The rule behind it; None for a remark that rests on no mistake.
    joint_group : str or None
    repetitions : tuple of int
        Indices of the repetitions that it is about.
    start, stop : int, frames
        Where to look first.
    weight : float in [0, 1]
        Advice is sorted by it, most important first.
    """

    text: str
    mistake: str | None
    joint_group: str | None
    repetitions: tuple[int, ...]
    start: int
    stop: int
    weight: float
