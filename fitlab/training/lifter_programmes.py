"""What random people do: families of movements of legs and arms, as ranges of joint angles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Range = tuple[float, float]


@dataclass(frozen=True)
class Programme:
    """A family of movements.  Angles are named without side; unstated ones stay near 0.

    ``rest`` and ``peak`` hold the range of every angle in the two extreme poses; an angle absent
    from ``peak`` stays where ``rest`` has it.  ``sides``: how the other side moves, "together", in
    "turns", or "apart", each with ranges of its own.  ``planted``: ``hip_flex`` states how far the shank leans forward;
    the hip then bends as much as pitch and knee ask for, which keeps the feet below the body.
    """

    weight: float
    rest: Mapping[str, Range]
    peak: Mapping[str, Range] = field(default_factory=dict)
    sides: Literal["together", "turns", "apart"] = "together"
    planted: bool = False


_STAND = {"hip_flex": (-3, 6), "knee_flex": (0, 12), "hip_abduct": (-4, 18), "hip_rotate": (-5, 25), "pitch": (-5, 12)}
_PRONE = {"pitch": (70, 96), "hip_flex": (-8, 12), "knee_flex": (0, 12), "head_flex": (-40, 5)}
_SUPINE = {"pitch": (-98, -80), "hip_abduct": (0, 20), "head_flex": (-5, 15)}
_ALL_FOURS = {"pitch": (72, 98), "hip_flex": (70, 110), "knee_flex": (70, 110), "head_flex": (-40, 10)}

LEGS: dict[str, Programme] = {
    "stand": Programme(8, _STAND, planted=True),
    "squat": Programme(
        8,
        _STAND,
        {"hip_flex": (8, 42), "knee_flex": (40, 145), "pitch": (5, 55), "hip_abduct": (-8, 35), "spine_flex": (-5, 30)},
        planted=True,
    ),
    "hinge": Programme(
        5,
        _STAND,
        {"hip_flex": (-8, 12), "knee_flex": (0, 50), "pitch": (30, 110), "spine_flex": (-5, 55)},
        planted=True,
    ),
    "lunge": Programme(
        6, _STAND, {"hip_flex": (-5, 90), "knee_flex": (50, 115), "pitch": (-5, 35)}, sides="apart", planted=True
    ),
    "split_squat": Programme(
        3,
        {"hip_flex": (-30, 40), "knee_flex": (5, 35), "pitch": (-5, 15)},
        {"hip_flex": (-10, 85), "knee_flex": (60, 115), "pitch": (-5, 35)},
        sides="apart",
        planted=True,
    ),
    "side_lunge": Programme(
        4,
        {**_STAND, "hip_abduct": (5, 40)},
        {"hip_flex": (0, 30), "knee_flex": (30, 110), "pitch": (5, 45), "hip_abduct": (0, 40), "roll": (-12, 12)},
        sides="apart",
        planted=True,
    ),
    "knee_raise": Programme(
        5,
        _STAND,
        {"hip_flex": (30, 125), "knee_flex": (30, 130), "hip_abduct": (-10, 40), "pitch": (-15, 15)},
        sides="turns",
    ),
    "leg_swing": Programme(
        5,
        _STAND,
        {"hip_flex": (-25, 90), "knee_flex": (0, 40), "hip_abduct": (-15, 60), "pitch": (-10, 20), "roll": (-25, 25)},
        sides="apart",
    ),
    "gait": Programme(
        5,
        {"hip_flex": (-25, -5), "knee_flex": (5, 30), "pitch": (-2, 15)},
        {"hip_flex": (20, 70), "knee_flex": (10, 100)},
        sides="turns",
    ),
    "jack": Programme(
        4, _STAND, {"hip_flex": (-5, 15), "knee_flex": (0, 40), "hip_abduct": (15, 45), "pitch": (-5, 10)}, planted=True
    ),
    "sit": Programme(
        4,
        {"hip_flex": (70, 105), "knee_flex": (50, 110), "hip_abduct": (-5, 30), "pitch": (-25, 20)},
        {"pitch": (-20, 45), "spine_flex": (-10, 40), "spine_twist": (-40, 40), "spine_side": (-25, 25)},
    ),
    "kneel": Programme(
        2,
        {"hip_flex": (-5, 30), "knee_flex": (80, 110), "pitch": (-5, 20)},
        {"hip_flex": (0, 90), "knee_flex": (80, 150), "pitch": (-10, 60)},
    ),
    "torso": Programme(
        4,
        _STAND,
        {
            "spine_flex": (-30, 60),
            "spine_side": (-35, 35),
            "spine_twist": (-45, 45),
            "pitch": (-10, 30),
            "roll": (-10, 10),
            "head_twist": (-60, 60),
        },
        planted=True,
    ),
    "plank": Programme(7, _PRONE, {"pitch": (75, 98), "hip_flex": (-15, 30), "spine_flex": (-20, 20)}),
    "climber": Programme(3, _PRONE, {"hip_flex": (40, 120), "knee_flex": (40, 130)}, sides="turns"),
    "pike": Programme(
        2, {**_PRONE, "pitch": (95, 130), "hip_flex": (30, 90)}, {"pitch": (90, 150), "hip_flex": (10, 110)}
    ),
    "supine": Programme(
        4,
        {**_SUPINE, "hip_flex": (-5, 90), "knee_flex": (0, 110)},
        {"hip_flex": (-10, 110), "knee_flex": (0, 120), "spine_flex": (0, 55)},
    ),
    "bridge": Programme(
        4,
        {**_SUPINE, "hip_flex": (30, 60), "knee_flex": (70, 120)},
        {"pitch": (-130, -95), "hip_flex": (-20, 20), "knee_flex": (60, 110)},
    ),
    "leg_raise": Programme(
        3,
        {**_SUPINE, "hip_flex": (-5, 30), "knee_flex": (0, 30)},
        {"hip_flex": (40, 115), "knee_flex": (0, 100)},
        sides="turns",
    ),
    "sit_up": Programme(
        3,
        {**_SUPINE, "hip_flex": (20, 60), "knee_flex": (50, 120)},
        {"pitch": (-70, 10), "hip_flex": (50, 120), "spine_flex": (10, 65)},
    ),
    "side_lie": Programme(
        4,
        {"roll": (65, 100), "pitch": (-15, 15), "hip_flex": (-5, 40), "knee_flex": (0, 60)},
        {"hip_abduct": (-10, 55), "spine_side": (-30, 30), "hip_flex": (-10, 50)},
        sides="apart",
    ),
    "all_fours": Programme(
        5, _ALL_FOURS, {"hip_flex": (-10, 110), "knee_flex": (0, 115), "spine_flex": (-25, 35)}, sides="apart"
    ),
    "inverted": Programme(
        3,
        {"pitch": (150, 200), "hip_flex": (-15, 30), "knee_flex": (0, 30), "head_flex": (-50, 10)},
        {"pitch": (140, 210), "hip_flex": (-20, 110), "knee_flex": (0, 90), "hip_abduct": (0, 60)},
    ),
    "tumble": Programme(
        2,
        {"pitch": (-60, 60), "hip_flex": (0, 110), "knee_flex": (0, 120)},
        {"pitch": (200, 420), "hip_flex": (20, 120), "knee_flex": (20, 130), "spine_flex": (0, 60)},
    ),
    "anything": Programme(
        4,
        {
            "pitch": (-180, 180),
            "roll": (-90, 90),
            "hip_flex": (-20, 120),
            "knee_flex": (0, 140),
            "hip_abduct": (-20, 50),
            "spine_flex": (-25, 50),
        },
        {
            "hip_flex": (-20, 120),
            "knee_flex": (0, 140),
            "hip_abduct": (-20, 50),
            "hip_rotate": (-30, 40),
            "spine_flex": (-25, 60),
            "spine_twist": (-40, 40),
            "spine_side": (-30, 30),
        },
        sides="apart",
    ),
}
"""What legs and trunk do."""

ARMS: dict[str, Programme] = {
    "hang": Programme(4, {"arm_raise": (-10, 15), "arm_plane": (0, 90), "elbow_flex": (0, 30)}),
    "swing": Programme(
        4,
        {"arm_raise": (-40, -5), "elbow_flex": (0, 80)},
        {"arm_raise": (10, 70), "elbow_flex": (5, 110)},
        sides="turns",
    ),
    "forward": Programme(
        4,
        {"arm_raise": (0, 90), "arm_plane": (-20, 20), "elbow_flex": (0, 20)},
        {"arm_raise": (60, 180), "elbow_flex": (0, 40)},
    ),
    "sideways": Programme(
        5,
        {"arm_raise": (0, 30), "arm_plane": (60, 100), "elbow_flex": (0, 30)},
        {"arm_raise": (60, 180), "arm_plane": (20, 100), "shrug": (0, 20)},
    ),
    "press": Programme(
        4,
        {"arm_raise": (20, 100), "arm_plane": (0, 110), "elbow_flex": (70, 145), "arm_rotate": (-90, 30)},
        {"arm_raise": (80, 180), "elbow_flex": (0, 40)},
    ),
    "curl": Programme(
        4, {"arm_raise": (-15, 25), "elbow_flex": (0, 30)}, {"arm_raise": (-15, 60), "elbow_flex": (70, 150)}
    ),
    "row": Programme(
        3,
        {"arm_raise": (30, 110), "elbow_flex": (0, 30)},
        {"arm_raise": (-50, 40), "arm_plane": (0, 90), "elbow_flex": (60, 140)},
    ),
    "support": Programme(
        6,
        {"arm_raise": (60, 110), "arm_plane": (-10, 50), "elbow_flex": (0, 20)},
        {"arm_raise": (-20, 80), "arm_plane": (0, 90), "elbow_flex": (40, 140)},
    ),
    "held": Programme(
        5, {"arm_raise": (-20, 90), "arm_plane": (-20, 100), "elbow_flex": (70, 150), "arm_rotate": (-70, 70)}
    ),
    "behind_head": Programme(
        3, {"arm_raise": (80, 140), "arm_plane": (40, 110), "elbow_flex": (110, 150), "arm_rotate": (-90, -20)}
    ),
    "overhead": Programme(3, {"arm_raise": (140, 180), "arm_plane": (0, 100), "elbow_flex": (0, 40), "shrug": (5, 25)}),
    "circles": Programme(
        3,
        {"arm_raise": (-40, 90), "arm_plane": (0, 100)},
        {"arm_raise": (90, 180), "arm_plane": (-20, 110)},
        sides="turns",
    ),
    "reach": Programme(
        3,
        {"arm_raise": (0, 60), "elbow_flex": (0, 60)},
        {"arm_raise": (30, 170), "arm_plane": (-40, 110), "elbow_flex": (0, 60)},
        sides="apart",
    ),
    "anyhow": Programme(
        6,
        {"arm_raise": (-40, 170), "arm_plane": (-40, 110), "elbow_flex": (0, 140), "arm_rotate": (-80, 80)},
        {"arm_raise": (-40, 170), "arm_plane": (-40, 110), "elbow_flex": (0, 140), "arm_rotate": (-80, 80)},
        sides="apart",
    ),
}
"""What the arms do."""
