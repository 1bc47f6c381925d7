"""Motions whose every joint follows from a formula: what grounding has to give back."""

import numpy as np

from fitlab.poses import PoseSequence
from fitlab.skeletons import H36M17

THIGH, SHANK, TRUNK = 0.45, 0.43, 0.50
ANKLE = 0.08


def squat(frames: int = 180, fps: float = 30.0, depth: float = 0.35, sway: float = 0.0) -> PoseSequence:
    """Three squats on fixed feet, facing +y; the pelvis sinks by ``depth`` metres and backs by ``sway``."""
    phase = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frames) / (frames / 3))
    root = np.stack([0 * phase, -sway * phase, ANKLE + SHANK + THIGH - 0.004 - depth * phase], axis=-1)
    return standing(root, fps)


def standing(root: np.ndarray, fps: float, ankles: np.ndarray | None = None) -> PoseSequence:
    """A person whose pelvis is at ``root`` (T, 3) and whose ankles (T, 2, 3) are given, left first; trunk upright."""
    frames = len(root)
    if ankles is None:
        ankles = np.broadcast_to(np.array([[-0.12, 0.0, ANKLE], [0.12, 0.0, ANKLE]]), (frames, 2, 3))
    at = {"pelvis": root, "thorax": root + [0, 0, TRUNK], "spine": root + [0, 0, TRUNK / 2]}
    at["nose"], at["head_top"] = root + [0, 0.1, TRUNK + 0.15], root + [0, 0, TRUNK + 0.3]
    for n, (side, x) in enumerate((("left", -1), ("right", 1))):
        hip, ankle = root + [x * 0.12, 0, 0], ankles[:, n]
        at[f"{side}_hip"], at[f"{side}_ankle"] = hip, ankle
        at[f"{side}_knee"] = _knee(hip, ankle)
        shoulder = root + [x * 0.18, 0, TRUNK]
        at[f"{side}_shoulder"] = shoulder
        at[f"{side}_elbow"], at[f"{side}_wrist"] = shoulder + [x * 0.05, 0, -0.28], shoulder + [x * 0.05, 0.02, -0.53]
    return PoseSequence(np.stack([at[joint] for joint in H36M17.joints], axis=1), fps, H36M17, "world")


def plank(frames: int = 120, fps: float = 30.0) -> PoseSequence:
    """Push-ups facing +y: wrists and ankles fixed, the straight body swings about the ankles."""
    bend = np.radians(10 + 6 * np.cos(2 * np.pi * np.arange(frames) / 40))[:, None]  # body line above the floor
    along = np.concatenate([0 * bend, np.cos(bend), np.sin(bend)], axis=1)
    ankle = np.array([0.0, -1.2, ANKLE])
    pelvis = ankle + (THIGH + SHANK) * along
    at = {"pelvis": pelvis, "spine": pelvis + 0.5 * TRUNK * along, "thorax": pelvis + TRUNK * along}
    at["nose"], at["head_top"] = pelvis + (TRUNK + 0.2) * along, pelvis + (TRUNK + 0.3) * along
    for side, x in (("left", -1), ("right", 1)):
        out = np.array([x, 0.0, 0.0])
        at[f"{side}_hip"] = pelvis + 0.12 * out
        at[f"{side}_knee"], at[f"{side}_ankle"] = ankle + SHANK * along + 0.12 * out, ankle + 0 * pelvis + 0.12 * out
        shoulder = at["thorax"] + 0.18 * out
        wrist = np.array([x * 0.22, 0.16, 0.05]) + 0 * pelvis
        at[f"{side}_shoulder"], at[f"{side}_wrist"] = shoulder, wrist
        at[f"{side}_elbow"] = (shoulder + wrist) / 2 + 0.15 * out
    return PoseSequence(np.stack([at[joint] for joint in H36M17.joints], axis=1), fps, H36M17, "world")


def walk(frames: int = 150, fps: float = 30.0, stride: float = 0.45) -> PoseSequence:
    """Steps along +y: each foot rests half of the time and swings forward in a sine arch in the other half."""
    cycle = np.arange(frames) / fps  # one second per double step
    feet = []
    for offset, x in ((0.0, -0.12), (0.5, 0.12)):
        whole, part = np.divmod(cycle + offset, 1.0)
        swing = np.clip((part - 0.5) / 0.5, 0, 1)
        forward = 2 * stride * (whole + (swing - np.sin(2 * np.pi * swing) / (2 * np.pi)) - offset)
        feet.append(np.stack([np.full(frames, x), forward, ANKLE + 0.10 * np.sin(np.pi * swing) ** 2], axis=-1))
    ankles = np.stack(feet, axis=1)
    root = np.stack([0 * cycle, ankles[..., 1].mean(axis=1), np.full(frames, 0.92)], axis=-1)
    root[:, 1] -= root[0, 1]
    ankles[..., 1] -= ankles[0, :, 1].mean()
    return standing(root, fps, ankles)


def jump(frames: int = 120, fps: float = 60.0, height: float = 0.3) -> PoseSequence:
    """Two jumps from straight legs: feet and pelvis rise together, weightless in between."""
    t = np.arange(frames) / fps
    flight = 2 * np.sqrt(2 * height / 9.81)
    rise = sum(np.clip(9.81 / 2 * (t - start) * (flight - (t - start)), 0, None) for start in (0.5, 1.25))
    root = np.stack([0 * t, 0 * t, 0.95 + rise], axis=-1)
    ankles = np.broadcast_to(np.array([[-0.12, 0.0, ANKLE], [0.12, 0.0, ANKLE]]), (frames, 2, 3)).copy()
    ankles[..., 2] += rise[:, None]
    return standing(root, fps, ankles)


def _knee(hip: np.ndarray, ankle: np.ndarray) -> np.ndarray:
    """The knee (T, 3) between them, bent towards +y."""
    line = ankle - hip
    distance = np.linalg.norm(line, axis=1, keepdims=True)
    direction = line / distance
    along = (THIGH**2 - SHANK**2 + distance**2) / (2 * distance)
    ahead = np.array([0.0, 1.0, 0.0]) - direction * direction[:, 1:2]
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    return hip + along * direction + np.sqrt(np.maximum(THIGH**2 - along**2, 0)) * ahead
