"""Stick figures that move in closed form: every angle, offset and boundary is known exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fitlab.analysis.results import Repetition
from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17
from tests.oracles import turned_about

SHANK, THIGH, TRUNK = 0.42, 0.44, 0.50
HALF_STANCE = 0.12  # of the ankles and of the hips, so that the legs stay in sagittal planes
ANKLE_HEIGHT = 0.08


@dataclass(frozen=True)
class Squats:
    """Squats of a figure that faces +y (its left is -x), metres and degrees.

    Repetition r begins at ``lead_s + r * (period_s + rest_s)`` and lasts ``period_s``; its depth runs
    as (1 - cos) / 2.  At full depth the shank leans ``shank_deg`` forward, the thigh ``thigh_deg``
    backward, the trunk ``trunk_deg`` forward, and the knees are ``inward_cm`` inside the ankles.
    ``depths`` scales single repetitions.
    """

    repetitions: int = 5
    fps: float = 30.0
    period_s: float = 2.0
    rest_s: float = 0.5
    lead_s: float = 1.0
    shank_deg: float = 30.0
    thigh_deg: float = 85.0
    trunk_deg: float = 35.0
    inward_cm: float = 0.0
    depths: tuple[float, ...] = ()

    @property
    def starts_s(self) -> np.ndarray:
        """(R,) seconds."""
        return self.lead_s + np.arange(self.repetitions) * (self.period_s + self.rest_s)

    @property
    def knee_deg(self) -> float:
        """Knee angle at full depth, exact for knees over the ankles."""
        return 180 - self.shank_deg - self.thigh_deg

    def depth(self) -> np.ndarray:
        """(T,) in [0, 1]."""
        end = self.lead_s + self.repetitions * (self.period_s + self.rest_s) - self.rest_s + self.lead_s
        times = np.arange(round(end * self.fps)) / self.fps
        depth = np.zeros(len(times))
        for start, scale in zip(self.starts_s, self.depths or (1.0,) * self.repetitions, strict=True):
            inside = (times >= start) & (times <= start + self.period_s)
            depth[inside] = scale * (1 - np.cos(2 * np.pi * (times[inside] - start) / self.period_s)) / 2
        return depth

    def poses(self) -> PoseSequence:
        """The figure in world space, H36M17."""
        return figure(self.depth(), self.fps, self.shank_deg, self.thigh_deg, self.trunk_deg, self.inward_cm / 100)


def figure(
    depth: np.ndarray, fps: float, shank_deg: float, thigh_deg: float, trunk_deg: float, inward: float
) -> PoseSequence:
    """The figure at these depths (T,); bone lengths are constant."""
    shank, thigh, trunk = (np.radians(angle) * depth for angle in (shank_deg, thigh_deg, trunk_deg))
    offset = inward * depth
    joints: dict[str, np.ndarray] = {}
    for side, lateral in (("left", -1.0), ("right", 1.0)):
        ankle = np.stack(np.broadcast_arrays(lateral * HALF_STANCE, 0.0, np.full_like(depth, ANKLE_HEIGHT)), axis=1)
        along = np.sqrt(SHANK**2 - offset**2)
        knee = ankle + np.stack([-lateral * offset, along * np.sin(shank), along * np.cos(shank)], axis=1)
        along = np.sqrt(THIGH**2 - offset**2)
        hip = knee + np.stack([lateral * offset, -along * np.sin(thigh), along * np.cos(thigh)], axis=1)
        joints |= {f"{side}_ankle": ankle, f"{side}_knee": knee, f"{side}_hip": hip}
    joints["pelvis"] = (joints["left_hip"] + joints["right_hip"]) / 2
    up = np.stack([np.zeros_like(trunk), np.sin(trunk), np.cos(trunk)], axis=1)
    forward = np.stack([np.zeros_like(trunk), np.cos(trunk), -np.sin(trunk)], axis=1)
    left = np.array([-1.0, 0.0, 0.0])
    joints["thorax"] = joints["pelvis"] + TRUNK * up
    joints["spine"] = joints["pelvis"] + 0.5 * TRUNK * up
    joints["nose"] = joints["thorax"] + 0.18 * up + 0.08 * forward
    joints["head_top"] = joints["thorax"] + 0.30 * up
    for side, sign in (("left", 1.0), ("right", -1.0)):
        joints[f"{side}_shoulder"] = joints["thorax"] + sign * 0.18 * left
        joints[f"{side}_elbow"] = joints[f"{side}_shoulder"] - 0.28 * up + 0.05 * forward
        joints[f"{side}_wrist"] = joints[f"{side}_elbow"] - 0.15 * up + 0.20 * forward
    return PoseSequence(np.stack([joints[name] for name in H36M17.joints], axis=1), fps, H36M17, "world")


def held_squat(seconds: float = 8.0, in_form_s: float = 8.0, inward_cm: float = 9.0, fps: float = 30.0) -> PoseSequence:
    """A squat held for ``seconds`` at the bottom; after ``in_form_s`` of these the knees are ``inward_cm`` inside."""
    way = (1 - np.cos(np.linspace(0, np.pi, round(fps)))) / 2  # a second down
    rest, bottom = np.zeros(round(fps)), np.ones(round(seconds * fps))
    depth = np.concatenate([rest, way, bottom, way[::-1], rest])
    good, bad = (figure(depth, fps, 30, 85, 35, inward).positions for inward in (0.0, inward_cm / 100))
    lost = np.zeros(len(depth), bool)
    lost[2 * round(fps) + round(in_form_s * fps) : 2 * round(fps) + len(bottom)] = True
    return PoseSequence(np.where(lost[:, None, None], bad, good), fps, H36M17, "world")


def turned(seq: PoseSequence, degrees: float = 0.0, shift: tuple[float, float, float] = (0, 0, 0)) -> PoseSequence:
    """Rotated about the vertical and moved."""
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return seq.replace("turned", positions=seq.positions @ matrix.T + np.array(shift))


def mirrored(seq: PoseSequence) -> PoseSequence:
    """The same motion with left and right exchanged."""
    return seq.replace(
        "mirrored", positions=seq.positions[:, seq.skeleton.mirror] * np.array([-1, 1, 1]),
        confidence=seq.confidence[:, seq.skeleton.mirror],
    )  # fmt: skip


def resampled(seq: PoseSequence, at: np.ndarray, fps: float | None = None) -> PoseSequence:
    """The poses at fractional frames ``at`` (n,)."""
    low = np.clip(np.floor(at).astype(int), 0, len(seq) - 2)
    share = (at - low)[:, None, None]
    positions = seq.positions[low] * (1 - share) + seq.positions[low + 1] * share
    confidence = np.minimum(seq.confidence[low], seq.confidence[low + 1])
    return seq.replace("resampled", positions=positions, confidence=confidence, fps=fps)


def bent(seq: PoseSequence, joint: str, degrees: float, axis: str = "x") -> PoseSequence:
    """Everything beyond ``joint`` rotated about it by ``degrees`` about a world axis: one joint changed, no other."""
    beyond = {seq.skeleton.index(joint)}
    while True:
        more = {child for parent, child in seq.skeleton.bones if parent in beyond} | beyond
        if more == beyond:
            break
        beyond = more
    angle, i = np.radians(degrees), "xyz".index(axis)
    j, k = [n for n in range(3) if n != i]
    matrix = np.eye(3)
    matrix[[j, k], [j, k]], matrix[j, k], matrix[k, j] = np.cos(angle), -np.sin(angle), np.sin(angle)
    members = sorted(beyond)
    centre = seq[joint][:, None]
    positions = seq.positions.copy()
    positions[:, members] = (positions[:, members] - centre) @ matrix.T + centre
    return seq.replace(f"bent({joint})", positions=positions)


_BONES = 4


def swinging(rng: np.random.Generator, paces: Sequence[int]) -> tuple[np.ndarray, np.ndarray, tuple[Repetition, ...]]:
    """Directions of bones (T, 3 B) that swing out and back once per pace (frames), their progress and repetitions."""
    shares = [np.sin(np.pi * np.arange(pace) / (pace - 1)) ** 2 for pace in paces]
    axes, phases = rng.normal(size=(_BONES, 3)), rng.uniform(0.5, 1.5, size=_BONES)
    angles = np.concatenate(shares)[:, None] * phases
    bones = np.stack(
        [[turned_about(axis, angle) @ [0, 0, 1] for axis, angle in zip(axes, row, strict=True)] for row in angles]
    )
    edges = np.cumsum([0, *paces])
    reps = tuple(
        Repetition(k, int(a), int(b), int(a + np.argmax(share)))
        for k, (a, b, share) in enumerate(zip(edges, edges[1:], shares, strict=False))
    )
    return bones.reshape(len(bones), -1), np.concatenate(shares), reps
