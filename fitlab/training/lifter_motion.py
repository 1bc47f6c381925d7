"""Random but plausible motion: exercise-like repetitions, keyed poses and smooth noise on joint angles.

No recorded motion is used, so a lifter trained on it is free of anybody's terms.  A clip composes a
programme for the legs and trunk with one for the arms; each states the ranges of its two extreme
poses, between which a repetition swings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from fitlab.skeletons import COCO17
from fitlab.training.lifter_body import ANGLES, BODY18, SIDED, Proportions, limits, positions, to_h36m
from fitlab.training.lifter_programmes import ARMS, LEGS, Range

_FLOOR_M = 0.06  # ankles and wrists lie about this high above the ground that they rest on


@dataclass(frozen=True)
class RandomMotion:
    """Draws clips of random motion.

    Parameters
    ----------
    frames : int
        T of every clip.
    fps : (float, float)
        Frame rates of the clips, drawn anew for each.
    """

    frames: int
    fps: Range = (24.0, 60.0)

    def __call__(self, clips: int, generator: torch.Generator) -> Tensor:
        """(B, T, 34, 3): COCO's, then Human3.6M's joints; metres, z up, floor at 0; on the generator's device."""
        draw = _Draw(generator)
        seconds = torch.arange(self.frames, device=generator.device) / draw.uniform(*self.fps, clips)[:, None]  # (B, T)
        angles = _angles(clips, seconds, draw)
        body = positions(angles, Proportions.random(clips, generator))
        placed = _placed(body, seconds, draw)
        return torch.cat([placed[:, :, : len(COCO17)], to_h36m(placed)], dim=2)


@dataclass(frozen=True)
class _Draw:
    """Random tensors of one generator."""

    generator: torch.Generator

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.generator, device=self.generator.device)

    def log_uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return low * (high / low) ** self.uniform(0, 1, *shape)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator, device=self.generator.device)

    def chance(self, share: float, *shape: int) -> Tensor:
        return self.uniform(0, 1, *shape) < share

    def wander(self, seconds: Tensor, channels: int, low_hz: float, high_hz: float) -> Tensor:
        """(B, T, channels) smooth noise of unit variance: four sines of random frequency and phase."""
        clips = len(seconds)
        hertz = self.log_uniform(low_hz, high_hz, clips, 1, channels, 4)
        phase = self.uniform(0, 2 * torch.pi, clips, 1, channels, 4)
        return torch.sin(2 * torch.pi * hertz * seconds[..., None, None] + phase).sum(-1) / 2**0.5


def _angles(clips: int, seconds: Tensor, draw: _Draw) -> Tensor:
    """(B, T, A) degrees."""
    legs, arms = _pose_pair("legs", clips, draw), _pose_pair("arms", clips, draw)
    of_arms = torch.tensor(
        [any(part in angle for part in ("arm_", "elbow", "shrug")) for angle in ANGLES], device=seconds.device
    )
    left = torch.tensor([angle.startswith("left_") for angle in ANGLES], device=seconds.device)
    right = torch.tensor([angle.startswith("right_") for angle in ANGLES], device=seconds.device)

    # Arms mostly keep the legs' time, as in exercises; otherwise they have their own.
    leg_swing, leg_other = _swing(seconds, legs[2], draw)
    arm_swing, arm_other = _swing(seconds, arms[2], draw)
    in_time = draw.chance(0.7, clips, 1)
    turns = arms[2][:, None] > 0.25
    arm_swing = torch.where(in_time, leg_swing, arm_swing)
    arm_other = torch.where(in_time & turns, 1 - leg_swing, torch.where(in_time, leg_swing, arm_other))
    # The side that leads is drawn by chance.
    flip = draw.chance(0.5, clips, 1)
    leg_left, leg_right = torch.where(flip, leg_other, leg_swing), torch.where(flip, leg_swing, leg_other)
    arm_left, arm_right = torch.where(flip, arm_swing, arm_other), torch.where(flip, arm_other, arm_swing)
    swing = torch.where(of_arms, torch.where(left, arm_left[..., None], arm_right[..., None]), leg_swing[..., None])
    swing = torch.where(left & ~of_arms, leg_left[..., None], swing)
    swing = torch.where(right & ~of_arms, leg_right[..., None], swing)  # (B, T, A)

    rest = torch.where(of_arms, arms[0], legs[0])[:, None]  # (B, 1, A)
    peak = torch.where(of_arms, arms[1], legs[1])[:, None]
    angles = rest + (peak - rest) * swing

    liveliness = draw.log_uniform(0.3, 3.0, clips, 1, 1) * torch.where(draw.chance(0.25, clips, 1, 1), 3.0, 1.0)
    angles = angles + 3.0 * liveliness * draw.wander(seconds, len(ANGLES), 0.08, 1.2)
    angles = angles + 8.0 * draw.normal(clips, 1, len(ANGLES))  # nobody is quite symmetric
    planted = legs[3][:, None]  # (B, 1)
    angle = dict(zip(ANGLES, angles.unbind(-1), strict=True))
    for side in ("left", "right"):
        balanced = angle["pitch"] + angle[f"{side}_knee_flex"] - angle[f"{side}_hip_flex"]
        angle[f"{side}_hip_flex"] = torch.where(planted, balanced, angle[f"{side}_hip_flex"])
        angle[f"{side}_shrug"] = angle[f"{side}_shrug"] + 0.12 * (angle[f"{side}_arm_raise"] - 40).clamp(min=0)
    turning = torch.where(draw.chance(0.1, clips, 1), draw.uniform(-90, 90, clips, 1), 0.0)
    angle["yaw"] = angle["yaw"] + draw.uniform(-180, 180, clips, 1) + turning * seconds
    lowest, highest = limits().to(seconds.device)
    return torch.stack([angle[name] for name in ANGLES], dim=-1).clamp(lowest, highest)


def _pose_pair(part: Literal["legs", "arms"], clips: int, draw: _Draw) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Rest and peak (B, A) of a random programme each; phase of the other side (B,) in turns; planted (B,)."""
    tables = _tables(part, draw.generator.device)
    chosen = torch.multinomial(tables.weight, clips, replacement=True, generator=draw.generator)  # (B,)
    ranges = tables.ranges[chosen]  # (B, 2, A, 2)
    # One draw per angle for both poses and both sides keeps an angle that does not move where it is.
    half, angles = len(SIDED), len(ANGLES)
    share = draw.uniform(0, 1, clips, 2, angles - half)
    share = torch.cat([share[..., :half], share], dim=-1)
    share = torch.where(tables.apart[chosen, None, None], draw.uniform(0, 1, clips, 2, angles), share)
    moved = (ranges[:, 0] != ranges[:, 1]).any(-1)  # (B, A)
    peak_share = torch.where(moved, share[:, 1], share[:, 0])
    rest = ranges[:, 0, :, 0] + (ranges[:, 0, :, 1] - ranges[:, 0, :, 0]) * share[:, 0]
    peak = ranges[:, 1, :, 0] + (ranges[:, 1, :, 1] - ranges[:, 1, :, 0]) * peak_share
    return rest, peak, tables.phase[chosen], tables.planted[chosen]


class _Tables(NamedTuple):
    """The programmes of legs or arms as tensors; P programmes."""

    ranges: Tensor  # (P, 2, A, 2): rest and peak, lowest and highest
    weight: Tensor  # (P,)
    apart: Tensor  # (P,) bool
    phase: Tensor  # (P,) of the other side, in repetitions
    planted: Tensor  # (P,) bool


@cache
def _tables(part: Literal["legs", "arms"], device: torch.device) -> _Tables:
    programmes = (LEGS if part == "legs" else ARMS).values()
    return _Tables(
        torch.tensor(
            [[_ranges(p.rest), _ranges({**p.rest, **p.peak})] for p in programmes], dtype=torch.float32, device=device
        ),
        torch.tensor([float(p.weight) for p in programmes], device=device),
        torch.tensor([p.sides == "apart" for p in programmes], device=device),
        torch.tensor([0.5 if p.sides == "turns" else 0.0 for p in programmes], device=device),
        torch.tensor([p.planted for p in programmes], device=device),
    )


def _ranges(angles: Mapping[str, Range]) -> list[Range]:
    return [angles.get(a.removeprefix("left_").removeprefix("right_"), (0.0, 0.0)) for a in ANGLES]


def _swing(seconds: Tensor, phase: Tensor, draw: _Draw) -> tuple[Tensor, Tensor]:
    """(B, T) twice, in [0, 1]: where between rest and peak each side is.

    Repetitions differ in depth and tempo, and may pause.
    """
    clips = len(seconds)
    period = draw.log_uniform(0.7, 6.0, clips, 1)
    uneven = 0.12 * draw.wander(seconds, 1, 0.05, 0.4)[..., 0]
    cycles = draw.uniform(0, 1, clips, 1) + seconds / period + uneven
    gain = draw.uniform(1.0, 2.2, clips, 1)  # above 1 it holds at the ends
    depth = (draw.uniform(0.6, 1.0, clips, 1) + 0.1 * draw.wander(seconds, 1, 0.1, 0.5)[..., 0]).clamp(0, 1)
    still = draw.chance(0.08, clips, 1)

    def side(offset: Tensor | float) -> Tensor:
        wave = 0.5 - 0.5 * gain * torch.cos(2 * torch.pi * (cycles + offset))
        wave = wave.clamp(0, 1)
        wave = wave * wave * (3 - 2 * wave)
        return depth * torch.where(still, draw_still, wave)

    draw_still = draw.uniform(0, 1, clips, 1)
    return side(0.0), side(phase[:, None])


def _placed(joints: Tensor, seconds: Tensor, draw: _Draw) -> Tensor:
    """Puts the body on the floor; the feet of most stay where they are, some travel or jump."""
    clips = len(seconds)
    ankles = [BODY18.index("left_ankle"), BODY18.index("right_ankle")]
    anchored = draw.chance(0.6, clips, 1, 1)
    middle = joints[:, :, ankles].mean(2)  # (B, T, 3)
    root = -torch.where(anchored, middle, middle.mean(1, keepdim=True)).clone()
    walking = torch.where(draw.chance(0.25, clips, 1), draw.uniform(0, 1.5, clips, 1), 0.0) * seconds
    heading = draw.uniform(0, 2 * torch.pi, clips, 1)
    root[..., 0] = root[..., 0] + walking * torch.cos(heading)
    root[..., 1] = root[..., 1] + walking * torch.sin(heading)
    hop = torch.where(draw.chance(0.15, clips, 1), draw.uniform(0, 0.5, clips, 1), 0.0)
    rate = draw.log_uniform(0.5, 2.0, clips, 1)
    height = hop * torch.sin(torch.pi * rate * seconds).square()
    root[..., 2] = _FLOOR_M - joints[..., 2].amin(2) + height
    return joints + root[:, :, None]
