"""What no body does: limbs through limbs, joints beyond their ranges, feet that slide, skin below the floor."""

from typing import NamedTuple

import numpy as np

SIDES = (".L", ".R")
POINT = {"foot": "toe2-1", "hand": "wrist", "elbow": "lowerarm01"}


def winding_numbers(points, vertices, faces):
    """How many times a closed mesh winds around each of (N, 3) points: 1 inside of it, 2 where it overlaps itself.

    Faces that a ray from the point meets from within count 1, those that it meets from without -1.
    """
    turned, targets = vertices @ _ASKEW, points @ _ASKEW  # the rays go along the third axis and meet no edge
    a, b, c = faces.T
    lows, highs = (
        [of(of(line[a], line[b]), line[c]) for line in np.ascontiguousarray(turned[:, :2].T)]
        for of in (np.minimum, np.maximum)
    )
    found = np.empty(len(points))
    for n, target in enumerate(targets):
        near = np.logical_and.reduce([low <= x for low, x in zip(lows, target, strict=False)])
        near &= np.logical_and.reduce([high >= x for high, x in zip(highs, target, strict=False)])
        corners = turned[faces[near]] - target  # (F, 3, 3)
        first, second, third = corners[..., :2].transpose(1, 0, 2)
        areas = np.stack([_area(second, third), _area(third, first), _area(first, second)], axis=-1)  # twice
        whole = areas.sum(axis=-1)
        met = ((areas >= 0).all(axis=-1) | (areas <= 0).all(axis=-1)) & (whole != 0)
        above = np.sum(areas[met] * corners[met, :, 2], axis=-1) / whole[met] > 0
        found[n] = np.sign(whole[met][above]).sum()
    return found


_ASKEW = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
_ASKEW *= np.linalg.det(_ASKEW)  # a rotation: outside stays outside


def _area(a, b):
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def limb_axes(body, heads):
    """{name: (3,)} points in the middle of forearms, hands, shanks and feet, away from the joints that fold."""
    index, points = body.template.bone_index, {}
    for side in SIDES:
        for bone, start, end, shares in (
            ("forearm", "lowerarm01", "wrist", (0.5, 0.75, 1.0)),
            ("hand", "wrist", "finger3-1", (0.6,)),
            ("upper arm", "upperarm01", "lowerarm01", (0.6,)),  # nearer to the elbow it touches the forearm
            ("shank", "lowerleg01", "foot", (0.4, 0.6, 0.8, 1.0)),
            ("foot", "foot", "toe2-1", (0.6,)),
        ):
            first, last = heads[index[start + side]], heads[index[end + side]]
            points |= {f"{bone}{side} at {share}": first + share * (last - first) for share in shares}
    return points


def limbs_in_other_parts(axes, mesh, faces):
    """Names of ``axes`` that lie inside of another part of the body; ``mesh`` (N, 3) is all of its skin."""
    winding = winding_numbers(np.stack(list(axes.values())), mesh.astype(float), faces)
    return [name for name, times in zip(axes, winding, strict=True) if times > 1.5]


def slides(body, performance):
    """{touching: metres} the most that a planted foot, hand or elbow is away from its place."""
    index, found = body.template.bone_index, {}
    for name, contact in performance.contacts.items():
        if name[:-2] in POINT and (planted := contact.share > 0.999).any():
            point = performance.motion.heads[:, index[POINT[name[:-2]] + name[-2:]]]
            found[name] = float(np.linalg.norm(point - contact.place, axis=1)[planted].max())
    return found


def angles(body, motion):
    """{joint: (T,) degrees}; 0 is straight, and negative what bends backwards."""
    index, heads, rest = body.template.bone_index, motion.heads.astype(float), body.heads.astype(float)

    def way(start, end, of=heads):
        line = of[..., index[end], :] - of[..., index[start], :]
        return line / np.linalg.norm(line, axis=-1, keepdims=True)

    def turned(bone):
        return motion.rotations[:, index[bone]].astype(float)

    def about(axis, a, b):
        """From a to b, counterclockwise about the axis."""
        return np.degrees(np.arctan2(np.sum(np.cross(a, b) * axis, axis=1), np.sum(a * b, axis=1)))

    found, pelvis = {}, turned("root")
    for name, base, end in (("trunk", pelvis, turned("spine01")), ("neck", turned("spine01"), turned("head"))):
        left, _, up = np.einsum("tji,tjk->kti", base, end)  # axes of the end, seen from the base
        found[f"{name} bending"] = np.degrees(np.arctan2(-up[:, 1], up[:, 2]))
        found[f"{name} to the side"] = np.degrees(np.arcsin(np.clip(up[:, 0], -1, 1)))
        found[f"{name} turning"] = np.degrees(np.arctan2(left[:, 1], left[:, 0]))
    for side, sign in zip(SIDES, (1, -1), strict=True):
        thigh, shank = way(f"upperleg01{side}", f"lowerleg01{side}"), way(f"lowerleg01{side}", f"foot{side}")
        found[f"knee{side}"] = about(turned(f"upperleg02{side}")[:, :, 0], thigh, shank)
        bones = ("upperarm01", "lowerarm01"), ("lowerarm01", "wrist")
        arm, forearm = (way(start + side, end + side) for start, end in bones)
        hinge = np.cross(*(way(start + side, end + side, rest) for start, end in bones))  # elbows are bent at rest
        found[f"elbow{side}"] = about(turned(f"upperarm02{side}") @ (hinge / np.linalg.norm(hinge)), arm, forearm)
        hand = way(f"wrist{side}", f"finger3-1{side}")
        found[f"wrist{side}"] = np.degrees(np.arccos(np.clip(np.sum(forearm * hand, axis=1), -1, 1)))
        outward, back, up = np.einsum("tji,tj->it", pelvis, thigh) * [[sign], [1], [1]]
        found[f"hip flexion{side}"] = np.degrees(np.arctan2(-back, -up))
        found[f"hip outward{side}"] = np.degrees(np.arcsin(np.clip(outward, -1, 1)))
        # About the thigh, from the axis that is across it and the pelvis' (Grood & Suntay 1983).
        floating = np.cross(pelvis[:, :, 0], -thigh)
        floating /= np.linalg.norm(floating, axis=1, keepdims=True)
        found[f"hip inward turn{side}"] = -sign * about(thigh, -turned(f"upperleg02{side}")[:, :, 1], floating)
        shank_of_foot = np.einsum("tji,tj->ti", turned(f"foot{side}"), -shank)
        found[f"ankle flexion{side}"] = np.degrees(np.arctan2(-shank_of_foot[:, 1], shank_of_foot[:, 2]))
    return found


# Degrees, lowest and highest: what the American Academy of Orthopaedic Surgeons calls normal (Norkin & White,
# Measurement of Joint Motion, 5th ed. 2016, appendix B), at most 20 more for who trains, and 30 more for wrists and
# ankles that bear the body.  Knees and elbows do not bend backwards.
LIMITS = {
    "trunk bending": (-35, 80), "trunk to the side": (-35, 35), "trunk turning": (-45, 45),
    "neck bending": (-55, 55), "neck to the side": (-45, 45), "neck turning": (-70, 70),
    "knee": (0, 155), "elbow": (0, 155), "wrist": (0, 100), "ankle flexion": (-65, 50),
    "hip flexion": (-40, 140), "hip outward": (-30, 65), "hip inward turn": (-55, 55),
}  # fmt: skip

FPS = 120
"""Frames per second at which a performance is looked at: what is continuous hardly moves between two of them."""

SLIDE_M = 0.005
BELOW_M = 0.015  # flesh gives way
TRUNK_STEP_DEG, STEP_DEG = 6, 20  # of a bone, from frame to frame
STEP_M = 0.2  # of a joint
THROWN_M_S2, _SHOWN_FPS = 40, 30  # of the pelvis, as a clip shows it: four times what falls


class Fault(NamedTuple):
    """What no body does: ``kind``, the frame, and what exactly."""

    kind: str
    frame: int
    what: str


def faults(body, performance):
    """Everything in a performance at :data:`FPS` that no body does.

    Planted points, joints and steps are looked at in every frame, the floor 30 and limbs 5 times a second.
    """
    found, motion = [], performance.motion
    found += [
        Fault("slide", 0, f"{name} {metres:.4f} m")
        for name, metres in slides(body, performance).items()
        if metres > SLIDE_M
    ]
    for joint, degrees in angles(body, motion).items():
        low, high = LIMITS[joint.partition(".")[0]]
        for frame in (int(degrees.argmin()), int(degrees.argmax())):
            if not low <= degrees[frame] <= high:
                found.append(Fault("limit", frame, f"{joint} {degrees[frame]:.0f} not in {low} to {high}"))
    for frame in range(0, len(motion), FPS // 30):
        mesh = body.skin(motion.rotations[frame], motion.heads[frame])
        if mesh[:, 2].min() < -BELOW_M:
            found.append(Fault("floor", frame, f"skin at {mesh[:, 2].min():.4f} m"))
        if frame % (FPS // 5) == 0:
            axes = limb_axes(body, motion.heads[frame].astype(float))
            found += [Fault("overlap", frame, name) for name in limbs_in_other_parts(axes, mesh, body.template.faces)]
    return found + steps(body, motion)


def steps(body, motion):
    """Faults of a motion that jumps: bones that turn or joints that move too far at once, a pelvis thrown about."""
    found, bones, rotations = [], body.template.bones, motion.rotations
    traces = np.einsum("tbij,tbij->tb", rotations[1:], rotations[:-1], dtype=float)
    turned = np.degrees(np.arccos(np.clip((traces - 1) / 2, -1, 1)))
    moved = np.linalg.norm(np.diff(motion.heads.astype(float), axis=0), axis=2)
    trunk = np.array([bone.startswith(("root", "spine", "neck", "head")) for bone in bones])
    for values, limit in ((turned, np.where(trunk, TRUNK_STEP_DEG, STEP_DEG)), (moved, STEP_M)):
        frame, bone = np.unravel_index((values / limit).argmax(), values.shape)
        if (values > limit).any():
            found.append(Fault("step", int(frame), f"{bones[bone]} {values[frame, bone]:.2f}"))
    pelvis = motion.heads[:: FPS // _SHOWN_FPS, body.template.bone_index["root"]].astype(float)
    thrown = np.linalg.norm(np.diff(pelvis, 2, axis=0), axis=1) * _SHOWN_FPS**2
    if thrown.max(initial=0) > THROWN_M_S2:
        found.append(Fault("thrown", int(thrown.argmax()) * FPS // _SHOWN_FPS, f"pelvis {thrown.max():.0f} m/s2"))
    return found
