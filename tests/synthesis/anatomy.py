"""What no body does: limbs through limbs, joints beyond their ranges, feet that slide, skin below the floor."""

import numpy as np

SIDES = (".L", ".R")
POINT = {"foot": "toe2-1", "hand": "wrist", "elbow": "lowerarm01"}


def winding_numbers(points, vertices, faces):
    """How many times a closed mesh winds around each of (N, 3) points: 1 inside of it, 2 where it overlaps itself.

    Sum of the solid angles of the triangles (van Oosterom & Strackee 1983) over 4 pi.
    """
    found = np.empty(len(points))
    for n, point in enumerate(points):
        ways = (vertices - point).astype(np.float32)
        lengths = np.linalg.norm(ways, axis=1)
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = (ways[corner].T for corner in faces.T)
        la, lb, lc = (lengths[corner] for corner in faces.T)
        triple = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        rest = la * lb * lc + (ax * bx + ay * by + az * bz) * lc
        rest += (bx * cx + by * cy + bz * cz) * la + (cx * ax + cy * ay + cz * az) * lb
        found[n] = np.arctan2(triple, rest).sum(dtype=float) / (2 * np.pi)
    return found


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


def limbs_in_other_parts(body, motion, frames):
    """[(frame, limb)] where the axis of a limb lies inside of another part of the body."""
    found = []
    for frame in frames:
        axes = limb_axes(body, motion.heads[frame].astype(float))
        mesh = body.skin(motion.rotations[frame], motion.heads[frame]).astype(float)
        winding = winding_numbers(np.stack(list(axes.values())), mesh, body.template.faces)
        found += [(frame, name) for name, times in zip(axes, winding, strict=True) if times > 1.5]
    return found


def slides(body, performance):
    """{touching: metres} the most that a planted foot, hand or elbow is away from its place."""
    index, found = body.template.bone_index, {}
    for name, contact in performance.contacts.items():
        if name[:-2] in POINT and (planted := contact.share > 0.999).any():
            point = performance.motion.heads[:, index[POINT[name[:-2]] + name[-2:]]]
            found[name] = float(np.linalg.norm(point - contact.place, axis=1)[planted].max())
    return found


def flexions(body, motion):
    """{joint: (T,) degrees} by the bones on both sides of it; 0 is straight."""
    index, heads = body.template.bone_index, motion.heads.astype(float)

    def way(start, end):
        line = heads[:, index[end]] - heads[:, index[start]]
        return line / np.linalg.norm(line, axis=1, keepdims=True)

    def between(a, b):
        return np.degrees(np.arccos(np.clip(np.sum(a * b, axis=1), -1, 1)))

    found = {}
    for side in SIDES:
        thigh, shank = way(f"upperleg01{side}", f"lowerleg01{side}"), way(f"lowerleg01{side}", f"foot{side}")
        arm, forearm = way(f"upperarm01{side}", f"lowerarm01{side}"), way(f"lowerarm01{side}", f"wrist{side}")
        found[f"knee{side}"], found[f"elbow{side}"] = between(thigh, shank), between(arm, forearm)
        found[f"wrist{side}"] = between(forearm, way(f"wrist{side}", f"finger3-1{side}"))
        pelvis = motion.rotations[:, index["root"]].astype(float)
        local = np.einsum("tji,tj->ti", pelvis, thigh)  # x left, -y forward, z up of the pelvis
        found[f"hip flexion{side}"] = np.degrees(np.arctan2(-local[:, 1], -local[:, 2]))
        foot = motion.rotations[:, index[f"foot{side}"]].astype(float)
        shank_of_foot = np.einsum("tji,tj->ti", foot, -shank)
        found[f"ankle flexion{side}"] = np.degrees(np.arctan2(-shank_of_foot[:, 1], shank_of_foot[:, 2]))
    return found


LIMITS = {  # degrees; Norkin & White, Measurement of Joint Motion, 5th ed. 2016, appendix B, plus 10 for athletes
    "knee": (0, 155), "elbow": (0, 155), "wrist": (0, 100), "hip flexion": (-40, 140), "ankle flexion": (-65, 50),
}  # fmt: skip
