"""The words in which an exercise is told: measures, drive, phases, mistakes, tolerances."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from fitlab.skeletons import SKELETONS

Role = Literal["rest", "out", "turn", "back"]
Direction = Literal["above", "below"]
Sides = Literal["mean", "worst", "best"]


@dataclass(frozen=True)
class Kind:
    """A kind of measure: how many joints it takes, its unit and what it says in one line."""

    joints: int
    unit: str
    meaning: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "joint_angle": Kind(3, "deg", "angle at the second joint; 180 is straight"),
        "inclination": Kind(2, "deg", "angle between the vertical and the segment from the first joint to the second"),
        "elevation": Kind(2, "deg", "angle of the segment from the first joint to the second above the horizontal"),
        "slope": Kind(2, "deg", "angle between the segment and the horizontal, whichever end is higher"),
        "height": Kind(2, "cm", "how far the second joint is above the first"),
        "forward": Kind(2, "cm", "how far the second joint is in front of the first, as the person faces"),
        "inward": Kind(2, "cm", "how far the second joint is nearer to the person's midline than the first"),
        "off_line": Kind(3, "cm", "how far the second joint is inside the line from first to third, from the front"),
        "above_line": Kind(3, "cm", "how far the second joint is above the line from first to third, across that line"),
        "stride": Kind(4, "cm", "how far apart along the trunk the first two joints are, and the last two: the mean"),
    }
)
"""The kinds of measure: name -> :class:`Kind`."""

JOINTS = frozenset(joint for skeleton in SKELETONS.values() for joint in skeleton.joints)
"""Every joint name of every known skeleton."""
SIDED = frozenset(joint.removeprefix("left_") for joint in JOINTS if joint.startswith("left_"))
"""Names without their side of the joints that come in pairs."""


@dataclass(frozen=True)
class Measure:
    """A quantity followed over time.

    ``joints`` without a side (``knee``) stand for both legs or arms: the measure then has a left
    and a right value.
    """

    name: str
    kind: str
    joints: tuple[str, ...]

    @property
    def unit(self) -> str:
        """``deg`` or ``cm``."""
        return KINDS[self.kind].unit

    @property
    def sided_joints(self) -> frozenset[str]:
        """Those of its joints that stand for a left and a right one."""
        return frozenset(self.joints) & SIDED

    @property
    def sided(self) -> bool:
        """Whether it has a left and a right value."""
        return bool(self.sided_joints)


@dataclass(frozen=True)
class Drive:
    """The measure whose going out and coming back makes a repetition.

    ``rest`` says on which side of its range the person rests (``high``: standing, the knee angle of
    a squat is large); ``minimum_range``, in the measure's unit, is the least excursion that can be a
    repetition at all.  ``held_beyond`` makes it an isometric exercise: the position is held, and a clip
    in which nobody takes or leaves it shows it all the time if the measure is beyond this value.
    """

    measure: str
    rest: Literal["high", "low"]
    minimum_range: float
    held_beyond: float | None = None


@dataclass(frozen=True)
class Gesture:
    """What marks the start or the end of the exercise in a clip: a measure beyond a threshold for a while.

    The mean of both sides counts; ``threshold`` is in the measure's unit.  Hands over the head, for instance.
    """

    measure: str
    direction: Direction
    threshold: float
    seconds: float


@dataclass(frozen=True)
class PhaseKind:
    """A named part of the repetition: at ``rest``, on the way ``out``, at the ``turn``, on the way ``back``."""

    name: str
    role: Role


@dataclass(frozen=True)
class Mistake:
    """A rule: the measure's median over a phase lies beyond a threshold.

    Parameters
    ----------
    threshold, margin, severe : float, in the unit of the measure
        Beyond ``threshold + margin`` the answer is yes, within the margin it is *cannot tell*, else
        no.  (With ``direction`` below, the other way round.)  ``severe`` has severity 1.
    sides : {"mean", "worst", "best"}
        Which value counts of a measure with two sides: their mean, the worse or the better one (the
        front knee of a lunge is the one that is less in front of its ankle).
    joint_group : str
        Key of :data:`fitlab.skeletons.GROUPS`: what the player marks.
    advice : str
        Key of the advice text (``fitlab/analysis/advice_en.yaml``), or the words themselves, with a space among them;
        ``{value}`` and ``{repetitions}`` are put in.
    source : str
        Where the threshold comes from.
    """

    name: str
    measure: str
    phase: str
    direction: Direction
    threshold: float
    margin: float
    severe: float
    sides: Sides
    joint_group: str
    advice: str
    source: str


@dataclass(frozen=True)
class Exercise:
    """An exercise; made by :func:`fitlab.exercises.load_exercise`.

    Without a ``drive`` the repetitions are found by what repeats in the motion itself.  With a ``start`` or ``end``
    gesture the exercise lies after the first one and before the last one.
    ``tolerances`` names the joint groups compared with a reference athlete and the mean deviation
    in degrees that each is allowed.
    """

    name: str
    title: str
    drive: Drive | None
    phases: tuple[PhaseKind, ...]
    measures: Mapping[str, Measure]
    mistakes: tuple[Mistake, ...]
    tolerances: Mapping[str, float]
    start: Gesture | None = None
    end: Gesture | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """The joint groups that are compared with a reference."""
        return tuple(self.tolerances)

    @property
    def isometric(self) -> bool:
        """Whether its position is held, as of a plank."""
        return self.drive is not None and self.drive.held_beyond is not None

    def phase_with_role(self, role: Role) -> str:
        """Name of the phase with this role."""
        return next(phase.name for phase in self.phases if phase.role == role)
