"""The key poses of a performance: their controls, when they are reached, what touches where, and the pelvis of each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fitlab.synthesis.contacts import Contact
from fitlab.synthesis.controls import CONTROLS, SIDES
from fitlab.synthesis.posture import Poser
from fitlab.synthesis.reach import within_reach
from fitlab.synthesis.script import EVERY, Pose, Script, mirrored, mirrored_touching
from fitlab.synthesis.support import Wanted, is_standing, rest_on, stand


@dataclass(frozen=True)
class Key:
    """A pose to be reached after ``seconds``; ``repetition`` is -1 outside of repetitions.

    ``nominal`` are the controls that say where it puts down hands and feet: chance does not, and of mistakes
    only those that put the feet of somebody who stands elsewhere.
    """

    pose: str
    controls: Mapping[str, float]
    nominal: Mapping[str, float]
    touching: frozenset[str]
    steps: frozenset[str]
    seconds: float
    phase: str
    repetition: int
    through: bool
    swapped: bool


def plan(
    script: Script,
    per_repetition: Sequence[Mapping[str, float]],
    style: str,
    at_rest: str,
    rest_s: tuple[float, float],
    swapped: Sequence[bool],
    rng: np.random.Generator,
) -> list[Key]:
    """The key poses of the whole clip in order; ``at_rest`` is the phase outside of repetitions."""
    personal = _personal(script.person, rng)

    def key(
        pose: str,
        seconds: float,
        phase: str,
        number: int,
        mistakes: Sequence[Mapping[str, float]] = (),
        jitter: Mapping[str, float] = {},
    ) -> Key:
        flip = swapped[number]
        named = script.poses[pose]
        own_style = {} if pose == script.start else script.styles[style]
        elsewhere = [_of_feet(extra) for extra in mistakes] if is_standing(named.touching) else []
        plain = _controls(named, own_style, [personal, *elsewhere])
        full = _controls(named, own_style, [personal, *mistakes, jitter])
        return Key(
            pose,
            mirrored(full) if flip else full,
            mirrored(plain) if flip else plain,
            mirrored_touching(named.touching) if flip else named.touching,
            mirrored_touching(named.steps) if flip else named.steps,
            seconds,
            phase,
            -1 if phase == at_rest else number,
            False,
            flip,
        )

    keys = [
        key(script.start, rng.uniform(*rest_s), at_rest, 0),
        key(script.ready, script.ready_s, at_rest, 0),
        key(script.ready, 0.4, at_rest, 0),
    ]
    for number, mistakes in enumerate(per_repetition):
        jitter = {name: rng.normal(0, spread) for name, spread in script.jitter.items()}
        for step in script.cycle:
            tempo = np.exp(rng.normal(0, script.tempo_jitter))
            tired = 1 + script.fatigue * number if step.pose == script.ready else 1.0
            added = [
                {name: strength * value for name, value in script.mistakes[mistake].get(where, {}).items()}
                for mistake, strength in mistakes.items()
                for where in (step.pose, EVERY)
            ]
            chance = {} if step.pose == script.ready else jitter
            made = key(step.pose, step.seconds * tempo * tired, step.phase, number, added, chance)
            keys.append(replace(made, through=step.through))
    last = len(per_repetition) - 1
    keys.append(key(script.start, script.ready_s, at_rest, last))
    keys.append(key(script.start, rng.uniform(*rest_s), at_rest, last))
    return keys


def _of_feet(controls: Mapping[str, float]) -> dict[str, float]:
    places = ("_foot_out", "_foot_forward")
    return {name: value for name, value in controls.items() if name.endswith(places)}


def _personal(ranges: Mapping[str, tuple[float, float]], rng: np.random.Generator) -> dict[str, float]:
    """What a person adds to the controls: much the same on both sides, but nobody is quite symmetric."""
    shared: dict[str, float] = {}
    drawn = {}
    for name, (low, high) in ranges.items():
        limb = name.removeprefix("left_").removeprefix("right_")
        shared.setdefault(limb, rng.uniform(low, high))
        drawn[name] = shared[limb] + (_ASYMMETRY * (high - low) * rng.normal() if limb != name else 0.0)
    return drawn


_ASYMMETRY = 0.08  # deviation of each side, in widths of the range

_ONLY_WHERE_NAMED = frozenset({"thigh", "lean", "round"})
"""Controls whose deviations belong to the poses that name them: who squats deep does not stand less straight."""


def _controls(pose: Pose, style: Mapping[str, float], added: Sequence[Mapping[str, float]]) -> dict[str, float]:
    values = {**CONTROLS, **style, **pose.controls}
    for extra in added:
        for name, value in extra.items():
            values[name] += value if name in pose.controls or name not in _ONLY_WHERE_NAMED else 0.0
    return values


@dataclass(frozen=True, eq=False)
class Stage:
    """What holds the body at N key poses.

    ``controls`` (N,) each, with lean and roll as the contacts ask for; ``contacts`` with shares 0 or 1;
    ``pelvis`` (N, 3) metres; ``stands`` (N,) bool: on feet alone.
    """

    controls: Mapping[str, np.ndarray]
    contacts: Mapping[str, Contact]
    pelvis: np.ndarray
    stands: np.ndarray


def stage(poser: Poser, keys: Sequence[Key], on_stance: bool) -> Stage:
    """Settles the key poses; feet begin where the stance says (``on_stance``) or where the first pose puts them."""
    places = _places(poser, keys, on_stance)
    contacts = {
        name: Contact(
            np.array([float(name in key.touching) for key in keys]),
            np.array([placed.get(name, np.zeros(3)) for placed in places]),
        )
        for name in sorted(frozenset().union(*(key.touching for key in keys)))
    }
    controls = _arrays([key.controls for key in keys])
    stands = np.array([is_standing(key.touching) for key in keys])
    pelvis = np.zeros((len(keys), 3))
    if stands.any():
        # Depth is that of legs which track their toes: a knee that falls inwards does not lift or sink the hips.
        tracking = _at(controls, stands) | {f"{side}_knee_out": np.zeros(stands.sum()) for side in ("left", "right")}
        pelvis[stands] = stand(poser, tracking, _contacts_at(contacts, stands))
    held = ~stands
    if held.any():
        last_stood = np.maximum.accumulate(np.where(stands, np.arange(len(keys)), -1))
        start = np.where(last_stood[:, None] >= 0, pelvis[last_stood], 0.0)[held]
        carries = {name: np.array([_carries(name, key.touching) for key in keys]) for name in contacts}
        wanted = {
            name: Wanted(contact.place[held], np.repeat(carries[name][held, None], 3, axis=1))
            for name, contact in contacts.items()
        }
        in_air = [_foot_height(poser, key) if not key.touching else np.nan for key in keys]
        pelvis[held], lean, roll = rest_on(poser, _at(controls, held), wanted, start, np.array(in_air)[held])
        leaning = _at(controls, held) | {"lean": lean, "roll": roll}
        reaching, pelvis[held] = within_reach(poser, leaning, pelvis[held], _contacts_at(contacts, held))
        controls["lean"][held], controls["roll"][held] = reaching["lean"], reaching["roll"]
    return Stage(controls, contacts, pelvis, stands)


def _carries(name: str, touching: Collection[str]) -> float:
    """1 where ``name`` says how the trunk is held, else 0: where the trunk lies, legs just reach their places."""
    return float(name in touching and not (name.startswith("foot") and {"pelvis", "chest"} & set(touching)))


def _places(poser: Poser, keys: Sequence[Key], on_stance: bool) -> list[dict[str, np.ndarray]]:
    """{touching: (3,)} of each key: what touched before stays, what is new is put down where the pose says.

    A pose that comes again puts it down where it did before.
    """
    known = {f"foot{side}": poser.standing_place(side) for side in SIDES} if on_stance else {}
    found: dict[tuple[str, bool, tuple[float, ...]], dict[str, np.ndarray]] = {}
    places = []
    for key in keys:
        again = (key.pose, key.swapped, tuple(key.nominal.values()))
        if again not in found:
            new = {name for name in key.touching if name not in known or name in key.steps}
            put = known | (_put_down(poser, key, known, new) if new else {})
            found[again] = {name: put[name] for name in key.touching}
        known |= found[again]
        places.append(found[again])
    return places


def _put_down(poser: Poser, key: Key, known: Mapping[str, np.ndarray], new: Collection[str]) -> dict[str, np.ndarray]:
    """Where the pose, held up by what it touches already, puts down what is ``new``."""
    controls, pelvis = _arrays([key.nominal]), np.zeros((1, 3))
    if not is_standing(key.touching):
        free = key.controls["rise"] > 0  # hands hold a bar: it is wherever they are
        wanted = {
            name: Wanted(known[name][None], np.full((1, 3), _carries(name, key.touching)))
            if name not in new
            else Wanted(
                np.array([[0, 0, poser.height_on_floor(controls, name)]]),
                np.array([[0, 0, 0.0 if free else _carries(name, key.touching)]]),
            )
            for name in key.touching
        }
        height = _foot_height(poser, key) if free else np.nan
        pelvis, controls["lean"], controls["roll"] = rest_on(poser, controls, wanted, pelvis, np.array([height]))
    points = poser.free_points(controls, poser.trunk(controls))
    places = {name: (pelvis + points[name])[0] for name in new}
    for name, place in places.items():
        if key.controls["rise"] <= 0:
            place[2] = poser.height_on_floor(controls, name)
    for side in SIDES:  # a forearm that lies down ends where it is long enough
        hand, elbow = f"hand{side}", f"elbow{side}"
        if hand in new and elbow in key.touching:
            way = places[hand] - {**known, **places}[elbow]
            level = np.sqrt(poser.arm[side][1] ** 2 - way[2] ** 2)
            places[hand][:2] += (level / np.linalg.norm(way[:2]) - 1) * way[:2]
    return places


def _foot_height(poser: Poser, key: Key) -> float:
    return poser.height_of["foot.L"] + key.controls["rise"] / 100


def _arrays(controls: Sequence[Mapping[str, float]]) -> dict[str, np.ndarray]:
    return {name: np.array([values[name] for values in controls]) for name in CONTROLS}


def _at(controls: Mapping[str, np.ndarray], which: np.ndarray) -> dict[str, np.ndarray]:
    return {name: values[which] for name, values in controls.items()}


def _contacts_at(contacts: Mapping[str, Contact], which: np.ndarray) -> dict[str, Contact]:
    return {name: Contact(contact.share[which], contact.place[which]) for name, contact in contacts.items()}
