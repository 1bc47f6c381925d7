"""A body with the proportions of a recorded person: sliders first, then segments stretched to the recorded lengths."""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import least_squares

from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.synthesis.body import Body
from fitlab.synthesis.first_guess import TRUNK
from fitlab.synthesis.kinematics import unit
from fitlab.synthesis.landmarks import SIDES, anchors_of, known_joints

# Sliders that lengths tell something about, and how far from the middle a person's are.
_SLIDERS = {"height": 0.35, "gender": 0.5, "proportions": 0.25}
_ALIKE = 0.05  # a length of two people of the same sliders differs by this share
_ROUNDS = 4  # joints are not where segments end: stretching is corrected this often

# Measure -> its two ends, each the middle of some joints, and which of the lengths over time is the person's:
# shoulders are widest when the arms hang, a trunk is long when it is straight.
_MIDDLE: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], float]] = {
    "hips": (("left_hip",), ("right_hip",), 0.5),
    "shoulders": (("left_shoulder",), ("right_shoulder",), 0.8),
    "trunk": (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), 0.6),
    "neck": (("left_shoulder", "right_shoulder"), ("head",), 0.5),
}
# The same for both sides; of several pairs of ends the first that is recorded.
_SIDED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "upperarm": (("shoulder", "elbow"),),
    "forearm": (("elbow", "wrist"),),
    "thigh": (("hip", "knee"),),
    "shank": (("knee", "ankle"),),
    "foot": (("heel", "toes"), ("heel", "big_toe"), ("ankle", "toes")),
}
# Largest factor, and 1 / the smallest. Necks and insteps also carry what data sets mean by shoulder, head and ankle.
_MOST = {"neck": 1.1, "foot": 1.2, "instep": 1.25}
_MOST_ELSE = 1.25

# Measure -> bones whose mesh it stretches, and the bone that they lead to, or the axis of the rest pose.
_X, _Y, _Z = np.eye(3)
_STRETCHED: Mapping[str, tuple[tuple[str, ...], str | np.ndarray]] = {
    "hips": (("root", "pelvis"), _X),
    "shoulders": (("clavicle", "shoulder01"), _X),
    "trunk": (("spine05", "spine04", "spine03", "spine02", "spine01"), _Z),
    "neck": (("neck01", "neck02", "neck03"), _Z),
    "upperarm": (("upperarm01", "upperarm02"), "lowerarm01"),
    "forearm": (("lowerarm01", "lowerarm02"), "wrist"),
    "thigh": (("upperleg01", "upperleg02"), "lowerleg01"),
    "shank": (("lowerleg01", "lowerleg02"), "foot"),
    "foot": (("foot",), _Y),
    "instep": (("foot",), _Z),
}


def fit_body(seq: PoseSequence) -> Body:
    """A body as tall and as long in its segments as the recorded person.

    Height, gender and proportions are chosen by the lengths between joints, then trunk, limbs and feet are stretched by
    up to a quarter, the same on both sides.  Joints do not tell weight, muscle and age: these stay in the middle.

    Parameters
    ----------
    seq : PoseSequence in world space
        Best everything that is known of the person, joined; what is never recorded stays as the sliders have it.

    Raises
    ------
    InputError
        If ``seq`` is in another space or lacks hips or shoulders throughout.
    """
    check_person(seq)
    joints = known_joints(seq.skeleton)
    lengths = _lengths({joint: seq[joint].astype(float) for joint in joints})
    telling = [measure for measure in lengths if measure not in ("neck", "instep")]

    def own_lengths(body: Body) -> dict[str, float]:
        anchors = anchors_of(body, seq.skeleton)
        rest = anchors.offsets.sum(axis=1) + anchors.weights @ body.heads  # (K, 3)
        return _lengths({joint: rest[None, k] for k, joint in enumerate(joints)})

    def differences(values: np.ndarray) -> np.ndarray:
        own = own_lengths(Body(dict(zip(_SLIDERS, values, strict=True))))
        told = [np.log(own[measure] / lengths[measure]) / _ALIKE for measure in telling]
        return np.array([*told, *((values - 0.5) / list(_SLIDERS.values()))])

    middle = np.full(len(_SLIDERS), 0.5)
    found = least_squares(differences, middle, bounds=(0, 1), diff_step=[0.02], xtol=1e-3, ftol=1e-3)
    plain = Body({slider: float(value) for slider, value in zip(_SLIDERS, found.x, strict=True)})
    body, factors = plain, dict.fromkeys(lengths, 1.0)
    for _ in range(_ROUNDS):
        own = own_lengths(body)
        for measure in lengths:
            most = _MOST.get(measure, _MOST_ELSE)
            factors[measure] = float(np.clip(factors[measure] * lengths[measure] / own[measure], 1 / most, most))
        body = stretched(plain, factors)
    return body


def check_person(seq: PoseSequence) -> None:
    """InputError if ``seq`` is not in world space or lacks hips or shoulders throughout."""
    if seq.space != "world":
        raise InputError(
            f"a recording to retarget must be in world space, got {seq.space} space; lift and ground it first"
        )
    lacking = [joint for joint in TRUNK if joint not in seq.skeleton or np.isnan(seq[joint]).all()]
    if lacking:
        raise InputError(
            f"a recording to retarget must have hips and shoulders, got none of {', '.join(lacking)} "
            f"in {len(seq)} frames of {seq.skeleton.name}; choose a clip that shows them"
        )


def stretched(body: Body, factors: Mapping[str, float]) -> Body:
    """``body`` with segments longer by ``factors``, soles at z = 0; skin between two segments is stretched half-way.

    The new body's ``stretch`` and ``phenotype`` make it anew: ``stretched(Body(phenotype), stretch)``.

    Parameters
    ----------
    body : Body
        By sliders alone: of a stretched one nobody could tell how it was made.
    factors : measure -> factor
        Of ``hips``, ``shoulders`` (widths), ``trunk``, ``neck``, ``upperarm``, ``forearm``, ``thigh``, ``shank``,
        ``foot`` (lengths), ``instep`` (height of the foot); missing ones are 1.

    Raises
    ------
    ValueError
        If ``body`` is stretched already, or a measure is unknown.
    """
    if body.stretch:
        raise ValueError(
            f"body must be made by sliders alone, got one stretched by {dict(body.stretch)}; start from Body"
        )
    if unknown := factors.keys() - _STRETCHED.keys():
        raise ValueError(f"factors must be of {', '.join(_STRETCHED)}, got {', '.join(sorted(unknown))}")
    template = body.template
    maps, rest = _maps(body, factors), body.heads.astype(float)
    heads = rest.copy()
    for bone, parent in enumerate(template.parents):
        if parent >= 0:
            heads[bone] = heads[parent] + maps[parent] @ (rest[bone] - rest[parent])
            if template.bones[parent].startswith("foot"):  # toes stay as thick as they are, and on the floor
                heads[bone, 2] += (1 - factors.get("instep", 1.0)) * rest[bone, 2]
    skin = template.skin.tocoo()
    vertex, carrier = skin.coords
    carried = heads[carrier] + np.einsum("nab,nb->na", maps[carrier], body.vertices[vertex] - rest[carrier])
    vertices = np.stack(
        [np.bincount(vertex, skin.data * carried[:, axis], len(body.vertices)) for axis in range(3)], axis=1
    )
    floor = np.array([0.0, 0.0, vertices[:, 2].min()])
    new = Body(body.phenotype)
    new.stretch = {measure: float(factor) for measure, factor in factors.items()}
    new.vertices, new.heads = (vertices - floor).astype(np.float32), (heads - floor).astype(np.float32)
    return new


def _maps(body: Body, factors: Mapping[str, float]) -> np.ndarray:
    """(J, 3, 3) what the way from each bone's head to what it carries is multiplied with."""
    index = body.template.bone_index
    maps = np.tile(np.eye(3), (len(index), 1, 1))
    for measure, (stems, towards) in _STRETCHED.items():
        for bone, row in index.items():
            stem, _, side = bone.partition(".")
            if stem not in stems:
                continue
            axis = towards
            if isinstance(axis, str):
                start, end = (body.heads[index[f"{end}.{side}"]].astype(float) for end in (stems[0], axis))
                axis = unit(end - start)
            maps[row] += (factors.get(measure, 1.0) - 1) * np.outer(axis, axis)
    return maps


def _lengths(joints: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Measures in metres from joints (T, 3), NaN where they are missing; those that are never seen are left out."""
    found: dict[str, float] = {}
    for measure, (starts, ends, share) in _MIDDLE.items():
        if {*starts, *ends} <= joints.keys():
            way = sum(joints[j] for j in starts) / len(starts) - sum(joints[j] for j in ends) / len(ends)
            found[measure] = _quantile(np.linalg.norm(way, axis=-1), share)
    for measure, pairs in _SIDED.items():
        for start, end in pairs:
            sides = [(name + start, name + end) for name in SIDES.values()]
            if all(a in joints and b in joints for a, b in sides):
                found[measure] = (
                    sum(_quantile(np.linalg.norm(joints[a] - joints[b], axis=-1), 0.5) for a, b in sides) / 2
                )
                break
    ankles = [joints[name + "ankle"][:, 2] for name in SIDES.values() if name + "ankle" in joints]
    if ankles:  # of somebody who stands
        found["instep"] = _quantile(np.concatenate(ankles), 0.1)
    return {measure: length for measure, length in found.items() if length > 0}


def _quantile(values: np.ndarray, share: float) -> float:
    known = values[~np.isnan(values)]
    return float(np.quantile(known, share)) if len(known) else np.nan
