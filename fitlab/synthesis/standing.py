"""Where the feet of a recorded person stand, and which points of a body must not sink into the floor."""

from collections.abc import Mapping

import numpy as np

from fitlab.signals import runs
from fitlab.synthesis.body import Body
from fitlab.synthesis.contacts import Contact
from fitlab.synthesis.first_guess import FRONTS
from fitlab.synthesis.landmarks import SIDES, Anchors, fixed_to

_STILL_M_S, _LOW_M, _SHORTEST_S = 0.12, 0.035, 0.15
_HIGHEST_M = 0.15  # feet that are still, but higher, are held up
_OVER_S = 0.08  # the speed is the mean over this time
_EASE_S = 0.08  # a foot takes this long to come to rest on its place, and to leave it
_TOES = ("toe1-2", "toe3-3", "toe5-3")
_BEYOND_TOES_M = 0.02  # from the last bone's head to the tip of the toes

# What else may meet the floor: bone at whose head it is -> flesh below, metres, of a person of 1.75 m.
_FLESH = {"lowerleg01": 0.050, "lowerarm01": 0.040, "wrist": 0.030, "finger3-1": 0.015}

BALLS = {".L": 1, ".R": 9}
"""Which of :func:`floor_points` is the ball of each foot, that is, where its toes begin."""


def floor_points(body: Body) -> tuple[Anchors, np.ndarray]:
    """Points that may meet the floor, and how high above it each is at least, (P,) metres.

    Heel, ball (the joint of the toes) and three toes of each foot; then the joints of knees, elbows and hands.
    """
    template, rest, flesh = body.template, body.heads.astype(float), body.height / 1.75
    bones, points, heights = [], [], []
    for side in SIDES:
        foot, ball, *toes = (template.bone_index[bone + side] for bone in ("foot", "toe2-1", *_TOES))
        sole = body.vertices[(template.main_bone == foot) & (body.vertices[:, 2] < 0.02)]
        bones += [f"foot{side}", f"toe2-1{side}", *(f"{toe}{side}" for toe in 2 * _TOES)]
        points += [(rest[foot, 0], sole[:, 1].max(), 0.0), rest[ball]]
        points += [(rest[toe, 0], rest[toe, 1] - _BEYOND_TOES_M, 0.0) for toe in toes]
        points += [rest[toe] for toe in toes]
        heights += [0.0, rest[ball, 2], *(0.0 for _ in toes), *(0.8 * rest[toe, 2] for toe in toes)]
    for bone, below in _FLESH.items():
        for side in SIDES:
            bones.append(bone + side)
            points.append(rest[template.bone_index[bone + side]])
            heights.append(below * flesh)
    return fixed_to(body, bones, np.array(points)), np.array(heights)


def stands(tracks: Mapping[str, np.ndarray], name: str, fps: float) -> list[tuple[int, int]]:
    """Frames [start, stop) in which a foot stands: its front is low and does not move.

    Parameters
    ----------
    tracks : joint -> (T, 3) metres, NaN where it is unknown
    name : ``left_`` or ``right_``
    fps : float
    """
    known = [tracks[name + joint] for joint in (*FRONTS, "ankle") if name + joint in tracks]
    track = next((track for track in known if not np.isnan(track).all()), None)
    if track is None:
        return []
    frames = np.arange(len(track))
    half = max(1, round(_OVER_S / 2 * fps))
    ahead, behind = np.minimum(frames + half, len(track) - 1), np.maximum(frames - half, 0)
    speed = np.linalg.norm(track[ahead] - track[behind], axis=1) * fps / np.maximum(ahead - behind, 1)
    low = track[:, 2] < min(np.nanquantile(track[:, 2], 0.05) + _LOW_M, _HIGHEST_M)
    with np.errstate(invalid="ignore"):
        found = runs((speed < _STILL_M_S) & low)
    return [(start, stop) for start, stop in found if stop - start >= _SHORTEST_S * fps]


def planted(balls: np.ndarray, height: float, standing: list[tuple[int, int]], fps: float) -> Contact:
    """A foot held where its ball (T, 3) is on average while it stands, ``height`` above the floor."""
    share, place = np.zeros(len(balls)), balls.copy()
    for start, stop in standing:
        at = np.arange(stop - start)
        ease = np.clip((np.minimum(at, at[::-1]) + 1) / max(1.0, _EASE_S * fps), 0, 1)
        # A recording neither begins nor ends with a step.
        ease[: len(at) // 2] = np.where(start == 0, 1.0, ease[: len(at) // 2])
        ease[len(at) // 2 :] = np.where(stop == len(balls), 1.0, ease[len(at) // 2 :])
        share[start:stop] = ease * ease * (3 - 2 * ease)
        place[start:stop] = (*balls[start:stop, :2].mean(axis=0), height)
    return Contact(share, place)
