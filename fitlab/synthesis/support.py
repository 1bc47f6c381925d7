"""Where the pelvis is: over the feet of somebody who stands, or wherever hands, feet, back and elbows hold it.

Key poses are settled here, all of a clip at once (T poses); between them :mod:`fitlab.synthesis.motion` interpolates.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fitlab.synthesis.contacts import Contacts
from fitlab.synthesis.controls import SIDES, Values
from fitlab.synthesis.posture import Limb, Poser, Rotations

_STEPS = 8  # Gauss-Newton; the residuals are almost linear, four are mostly enough
_SETTLED_M = 1e-5
_PRIOR_M = 0.03  # what a radian of lean or roll weighs against metres between a hand and its place


def is_standing(touching: frozenset[str]) -> bool:
    """Whether somebody whom these hold up stands: on feet alone."""
    return bool(touching) and touching <= {"foot.L", "foot.R"}


def stand(poser: Poser, controls: Values, contacts: Contacts) -> np.ndarray:
    """(T, 3) the pelvis at which the thighs incline by ``thigh`` and the centre of mass is where ``balance`` says.

    Illinois' false position on the height: the lower the pelvis, the more the thighs incline.  The balance of one try
    is where the next one starts.
    """
    trunk, wanted = poser.trunk(controls), controls["thigh"]
    longest = poser.rest["root"][2] * 0.999 + max(0.0, *(c.place[:, 2].max() for c in contacts.values()))
    low, high = np.full(len(wanted), 0.2 * longest), np.full(len(wanted), longest)
    pelvis = np.stack([controls["shift"] / 100 * sum(poser.leg[".L"]), np.zeros_like(high), high], axis=-1)

    def surplus(height: np.ndarray) -> np.ndarray:
        pelvis[:, 2] = height
        pelvis[:], legs = _balanced(poser, controls, trunk, pelvis, contacts, steps=2)
        return _thigh_inclination(poser, legs, contacts) - wanted

    at_low, at_high = surplus(low), surplus(high)  # positive, negative
    middle = high
    for _ in range(9):
        middle = np.where(at_high < 0, (low * at_high - high * at_low) / (at_high - at_low), high)
        at_middle = surplus(middle)
        below = at_middle > 0
        at_high, at_low = np.where(below, at_high / 2, at_middle), np.where(below, at_middle, at_low / 2)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    pelvis[:, 2] = middle
    return _balanced(poser, controls, trunk, pelvis, contacts, steps=4)[0]


def balanced(poser: Poser, controls: Values, pelvis: np.ndarray, contacts: Contacts, share: np.ndarray) -> np.ndarray:
    """(T, 3) the pelvis moved along y by ``share`` (T,) of what puts the centre of mass where ``balance`` says.

    It is lowered where a planted foot would lift off otherwise.  Feet in the air hold nobody up.
    """
    planted = np.max([contact.share for name, contact in contacts.items() if name.startswith("foot")], axis=0)
    moved = _balanced(poser, controls, poser.trunk(controls), pelvis, contacts, steps=4)[0]
    return pelvis + (share * planted)[:, None] * (moved - pelvis)


def _balanced(
    poser: Poser,
    controls: Values,
    trunk: Rotations,
    pelvis: np.ndarray,
    contacts: Contacts,
    steps: int,
) -> tuple[np.ndarray, dict[str, Limb]]:
    """The balanced pelvis and, of the last step but one, the legs."""
    pelvis, height = pelvis.copy(), pelvis[:, 2].copy()
    feet = [contact for name, contact in contacts.items() if name.startswith("foot")]
    weight = sum(contact.share for contact in feet) + 1e-9
    middle = sum(contact.share * contact.place[:, 1] for contact in feet) / weight
    heel, toes = poser.feet.sole
    wanted = middle + heel + controls["balance"] * (toes - heel)
    legs: dict[str, Limb] = {}
    for _ in range(steps):  # moving the pelvis by 1 moves the centre of mass by about 0.8: converges tenfold each time
        mass, legs = poser.centre_of_mass(controls, trunk, pelvis, contacts)
        pelvis[:, 1] += (wanted - mass[:, 1]) / 0.8
        pelvis[:, 2] = np.minimum(height, _reachable(poser, controls, trunk, pelvis, contacts))
    return pelvis, legs


def _thigh_inclination(poser: Poser, legs: Mapping[str, Limb], contacts: Contacts) -> np.ndarray:
    """(T,) degrees from vertical of the thigh, that of the standing leg that bends more."""
    inclinations = []
    for side, leg in legs.items():
        fall = leg.root[:, 2] - leg.middle[:, 2]
        degrees = np.degrees(np.arccos(np.clip(fall / poser.leg[side][0], -1, 1)))
        stands = contacts[f"foot{side}"].share > 0.5 if f"foot{side}" in contacts else np.zeros(len(fall), bool)
        inclinations.append(np.where(stands, degrees, -np.inf))
    return np.max(inclinations, axis=0)


def _reachable(poser: Poser, controls: Values, trunk: Rotations, pelvis: np.ndarray, contacts: Contacts) -> np.ndarray:
    """(T,) the height above which the pelvis would lift a planted foot."""
    highest = np.full(len(pelvis), np.inf)
    for side in SIDES:
        if (contact := contacts.get(f"foot{side}")) is None:
            continue
        longest = sum(poser.leg[side]) * 0.999
        offset = trunk["root"] @ (poser.rest[f"upperleg01{side}"] - poser.rest["root"])
        foot = poser.feet.ankle_of(controls, side, contact.place)
        sideways = np.linalg.norm((pelvis + offset - foot)[:, :2], axis=1)
        top = foot[:, 2] - offset[:, 2] + np.sqrt(np.maximum(longest**2 - sideways**2, 0))
        highest = np.minimum(highest, np.where(contact.share > 0.5, top, np.inf))
    return highest


@dataclass(frozen=True)
class Wanted:
    """Where a point should be: place (T, 3) metres and weights (T, 3), 0 for a coordinate that does not matter."""

    place: np.ndarray
    weight: np.ndarray


def rest_on(
    poser: Poser, controls: Values, wanted: Mapping[str, Wanted], start: np.ndarray, lowest_foot: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pelvis (T, 3), lean (T,) and roll (T,) that bring what touches to its places, by Gauss-Newton.

    Parameters
    ----------
    controls
        With the lean and roll to start from, and to stay near to.
    wanted : {touching: Wanted}
        At least one of them, or a foot in the air, must say how high.
    start : (T, 3)
        Where the pelvis stays as far as nothing asks for another place.
    lowest_foot : (T,) metres
        Height of the ball of the lower foot; NaN where that is not asked for.
    """
    lean, roll, pelvis = controls["lean"].copy(), controls["roll"].copy(), start.copy()
    for _ in range(_STEPS):
        points, by_lean, by_roll = _points(poser, controls, lean, roll)
        normal = np.zeros((len(lean), 5, 5))
        pull = np.zeros((len(lean), 5))
        aims = [(points[name], by_lean[name], by_roll[name], aim) for name, aim in wanted.items()]
        aims.append(_lowest_foot(points, by_lean, by_roll, pelvis, lowest_foot))
        for here, leant, rolled, aim in aims:
            jacobian = np.concatenate(
                [np.broadcast_to(np.eye(3), (len(lean), 3, 3)), (leant - here)[..., None], (rolled - here)[..., None]],
                -1,
            )
            weighted = jacobian * aim.weight[..., None]
            normal += np.swapaxes(weighted, -1, -2) @ jacobian
            pull += (np.swapaxes(weighted, -1, -2) @ (aim.place - pelvis - here)[..., None])[..., 0]
        prior = np.array([1e-3, 1e-3, 1e-3, *2 * [np.radians(_PRIOR_M)]]) ** 2  # towards start, lean and roll
        away = np.concatenate(
            [pelvis - start, (lean - controls["lean"])[:, None], (roll - controls["roll"])[:, None]], axis=1
        )
        step = np.linalg.solve(normal + np.diag(prior), (pull - prior * away)[..., None])[..., 0]
        pelvis, lean, roll = pelvis + step[:, :3], lean + step[:, 3], roll + step[:, 4]
        if np.abs(step * (1, 1, 1, _PRIOR_M, _PRIOR_M)).max() < _SETTLED_M:
            break
    return pelvis, lean, roll


def _points(poser: Poser, controls: Values, lean: np.ndarray, roll: np.ndarray) -> list[dict[str, np.ndarray]]:
    """The free points, and those with a degree more lean, and with a degree more roll; in one go, which is cheaper."""
    thrice = {name: np.tile(values, 3) for name, values in controls.items()}
    thrice |= {"lean": np.concatenate([lean, lean + 1, lean]), "roll": np.concatenate([roll, roll, roll + 1])}
    points = poser.free_points(thrice, poser.trunk(thrice))
    frames = len(lean)
    return [{name: at[k * frames : (k + 1) * frames] for name, at in points.items()} for k in range(3)]


def _lowest_foot(
    points: Mapping[str, np.ndarray],
    by_lean: Mapping[str, np.ndarray],
    by_roll: Mapping[str, np.ndarray],
    pelvis: np.ndarray,
    height: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Wanted]:
    left = (points["foot.L"][:, 2] < points["foot.R"][:, 2])[:, None]
    here, leant, rolled = (np.where(left, at["foot.L"], at["foot.R"]) for at in (points, by_lean, by_roll))
    asked = np.isfinite(height)
    place = np.stack([*(pelvis + here).T[:2], np.where(asked, height, 0.0)], axis=-1)
    weight = np.stack([np.zeros_like(height), np.zeros_like(height), asked.astype(float)], axis=-1)
    return here, leant, rolled, Wanted(place, weight)
