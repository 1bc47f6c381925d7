"""What is likely of the joints of a body: hinges, human limits, and how far from the rest pose joints usually are."""

from dataclasses import dataclass

import numpy as np

from fitlab.synthesis.kinematics import FORWARD, LEFT, UP, unit
from fitlab.synthesis.landmarks import SIDES
from fitlab.synthesis.rig import Rig

_FREE = 300.0
_NO_LIMITS = ((-np.inf, np.inf),) * 3

Limits = tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Prior:
    """What is likely of one joint's rotation vector.

    Parameters
    ----------
    axes : (3, 3)
        Columns: the axes of the rest pose along which its three components are told.
    deviations : three numbers, degrees
        Of each component from zero, the rest pose.
    limits : three pairs, degrees
        Lowest and highest value of each component.
    """

    axes: np.ndarray
    deviations: tuple[float, float, float]
    limits: Limits = _NO_LIMITS


def joint_priors(rig: Rig) -> dict[str, Prior]:
    """Priors of all joints but the root, which may be anywhere.

    Components are, in this order: of trunk, neck and shoulder girdle forwards, to the side, about their length; of knee
    and elbow their bending, sideways, about the lower bone; of shoulder and hip two of the swing and the turn about the
    upper bone; of ankle and toes downwards, inwards, about the shank.

    Source
    ------
    Limits after Norkin & White, Measurement of Joint Motion (5th ed. 2016), appendix B, rounded outwards: markers move
    on the skin.  Deviations are ours: small where a joint hardly moves, large where recorded positions tell enough.
    """
    upright = np.stack([LEFT, -FORWARD, UP], axis=-1)
    priors = {
        "lumbar": Prior(upright, (25.0, 12.0, 12.0), ((-30, 70), (-35, 35), (-20, 20))),
        "thoracic": Prior(upright, (12.0, 8.0, 12.0), ((-20, 40), (-30, 30), (-35, 35))),
        "neck": Prior(upright, (40.0, 30.0, 40.0), ((-70, 60), (-50, 50), (-85, 85))),
    }
    for side in SIDES:
        upper, fore = _way(rig, "upperarm01", "lowerarm01", side), _way(rig, "lowerarm01", "wrist", side)
        hinge, bent = unit(np.cross(upper, fore)), float(np.degrees(np.arccos(upper @ fore)))  # elbows are bent at rest
        thigh = _way(rig, "upperleg01", "lowerleg01", side)
        elbow_limits = ((-bent - 8, 155 - bent), (-15, 15), (-30, 30))
        priors |= {
            f"girdle{side}": Prior(upright, (20.0, 20.0, 20.0), ((-40, 40), (-50, 50), (-40, 40))),
            f"shoulder{side}": Prior(_about(upper, hinge), (_FREE, _FREE, 50.0)),
            f"elbow{side}": Prior(_about(fore, hinge), (_FREE, 4.0, 8.0), elbow_limits),
            f"hip{side}": Prior(_about(thigh, LEFT), (_FREE, _FREE, 25.0)),
            f"knee{side}": Prior(upright, (_FREE, 3.0, 6.0), ((-10, 155), (-10, 10), (-30, 30))),
            f"ankle{side}": Prior(upright, (25.0, 10.0, 10.0), ((-35, 65), (-25, 25), (-25, 25))),
            f"toes{side}": Prior(upright, (15.0, 2.0, 2.0), ((-75, 20), (-5, 5), (-5, 5))),
        }
    return priors


def _way(rig: Rig, start: str, end: str, side: str) -> np.ndarray:
    """Direction (3,) from one bone to another in the rest pose."""
    return unit(rig.rest[end + side] - rig.rest[start + side])


def _about(bone: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """Axes (3, 3) whose third column is ``bone`` and whose first is close to ``hinge``."""
    across = unit(np.cross(bone, hinge))
    return np.stack([np.cross(across, bone), across, bone], axis=-1)
