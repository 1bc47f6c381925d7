"""Random but plausible motion: exercise-like repetitions, keyed poses and smooth noise on joint angles.

No recorded motion is used, so a lifter trained on it is free of anybody's terms.  A clip composes a
programme for the legs and trunk with one for the arms; each states the ranges of its two extreme
poses, between which a repetition swings.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from fitlab.skeletons import COCO17
from fitlab.training.lifter_body import ANGLES, BODY18, SIDED, Proportions, limits, positions, to_h36m

Range = tuple[float, float]


@dataclass(frozen=True)
class Programme:
    """A family of movements.  Angles are named without side; unstated ones stay near 0.

    ``rest`` and ``peak`` hold the range of every angle in the two extreme poses; an angle absent
    from ``peak`` stays where ``rest`` has it.  ``sides``: how the other side moves, "together", in
    "turns", or "apart", each with ranges of its own.  ``planted``: ``hip_flex`` states how far the shank leans forward;
    the hip then bends as much as pitch and knee ask for, which keeps the feet below the body.
    """

    weight: float
    rest: dict[str, Range]
    peak: dict[str, Range] = field(default_factory=dict)
    sides: Literal["together", "turns", "apart"] = "together"
    planted: bool = False


_STAND = {"hip_flex": (-3, 6), "knee_flex": (0, 12), "hip_abduct": (-4, 18), "hip_rotate": (-5, 25), "pitch": (-5, 12)}
_PRONE = {"pitch": (70, 96), "hip_flex": (-8, 12), "knee_flex": (0, 12), "head_flex": (-40, 5)}
_SUPINE = {"pitch": (-98, -80), "hip_abduct": (0, 20), "head_flex": (-5, 15)}
_ALL_FOURS = {"pitch": (72, 98), "hip_flex": (70, 110), "knee_flex": (70, 110), "head_flex": (-40, 10)}

LEGS: dict[str, Programme] = {
    "stand": Programme(8, _STAND, planted=True),
    "squat": Programme(8, _STAND, {"hip_flex": (8, 42), "knee_flex": (40, 145), "pitch": (5, 55), "hip_abduct": (-8, 35), "spine_flex": (-5, 30)}, planted=True),
    "hinge": Programme(5, _STAND, {"hip_flex": (-8, 12), "knee_flex": (0, 50), "pitch": (30, 110), "spine_flex": (-5, 55)}, planted=True),
    "lunge": Programme(6, _STAND, {"hip_flex": (-5, 90), "knee_flex": (50, 115), "pitch": (-5, 35)}, sides="apart", planted=True),
    "split_squat": Programme(3, {"hip_flex": (-30, 40), "knee_flex": (5, 35), "pitch": (-5, 15)}, {"hip_flex": (-10, 85), "knee_flex": (60, 115), "pitch": (-5, 35)}, sides="apart", planted=True),
    "side_lunge": Programme(4, {**_STAND, "hip_abduct": (5, 40)}, {"hip_flex": (0, 30), "knee_flex": (30, 110), "pitch": (5, 45), "hip_abduct": (0, 40), "roll": (-12, 12)}, sides="apart", planted=True),
    "knee_raise": Programme(5, _STAND, {"hip_flex": (30, 125), "knee_flex": (30, 130), "hip_abduct": (-10, 40), "pitch": (-15, 15)}, sides="turns"),
    "leg_swing": Programme(5, _STAND, {"hip_flex": (-25, 90), "knee_flex": (0, 40), "hip_abduct": (-15, 60), "pitch": (-10, 20), "roll": (-25, 25)}, sides="apart"),
    "gait": Programme(5, {"hip_flex": (-25, -5), "knee_flex": (5, 30), "pitch": (-2, 15)}, {"hip_flex": (20, 70), "knee_flex": (10, 100)}, sides="turns"),
    "jack": Programme(4, _STAND, {"hip_flex": (-5, 15), "knee_flex": (0, 40), "hip_abduct": (15, 45), "pitch": (-5, 10)}, planted=True),
    "sit": Programme(4, {"hip_flex": (70, 105), "knee_flex": (50, 110), "hip_abduct": (-5, 30), "pitch": (-25, 20)}, {"pitch": (-20, 45), "spine_flex": (-10, 40), "spine_twist": (-40, 40), "spine_side": (-25, 25)}),
    "kneel": Programme(2, {"hip_flex": (-5, 30), "knee_flex": (80, 110), "pitch": (-5, 20)}, {"hip_flex": (0, 90), "knee_flex": (80, 150), "pitch": (-10, 60)}),
    "torso": Programme(4, _STAND, {"spine_flex": (-30, 60), "spine_side": (-35, 35), "spine_twist": (-45, 45), "pitch": (-10, 30), "roll": (-10, 10), "head_twist": (-60, 60)}, planted=True),
    "plank": Programme(7, _PRONE, {"pitch": (75, 98), "hip_flex": (-15, 30), "spine_flex": (-20, 20)}),
    "climber": Programme(3, _PRONE, {"hip_flex": (40, 120), "knee_flex": (40, 130)}, sides="turns"),
    "pike": Programme(2, {**_PRONE, "pitch": (95, 130), "hip_flex": (30, 90)}, {"pitch": (90, 150), "hip_flex": (10, 110)}),
    "supine": Programme(4, {**_SUPINE, "hip_flex": (-5, 90), "knee_flex": (0, 110)}, {"hip_flex": (-10, 110), "knee_flex": (0, 120), "spine_flex": (0, 55)}),
    "bridge": Programme(4, {**_SUPINE, "hip_flex": (30, 60), "knee_flex": (70, 120)}, {"pitch": (-130, -95), "hip_flex": (-20, 20), "knee_flex": (60, 110)}),
    "leg_raise": Programme(3, {**_SUPINE, "hip_flex": (-5, 30), "knee_flex": (0, 30)}, {"hip_flex": (40, 115), "knee_flex": (0, 100)}, sides="turns"),
    "sit_up": Programme(3, {**_SUPINE, "hip_flex": (20, 60), "knee_flex": (50, 120)}, {"pitch": (-70, 10), "hip_flex": (50, 120), "spine_flex": (10, 65)}),
    "side_lie": Programme(4, {"roll": (65, 100), "pitch": (-15, 15), "hip_flex": (-5, 40), "knee_flex": (0, 60)}, {"hip_abduct": (-10, 55), "spine_side": (-30, 30), "hip_flex": (-10, 50)}, sides="apart"),
    "all_fours": Programme(5, _ALL_FOURS, {"hip_flex": (-10, 110), "knee_flex": (0, 115), "spine_flex": (-25, 35)}, sides="apart"),
    "inverted": Programme(3, {"pitch": (150, 200), "hip_flex": (-15, 30), "knee_flex": (0, 30), "head_flex": (-50, 10)}, {"pitch": (140, 210), "hip_flex": (-20, 110), "knee_flex": (0, 90), "hip_abduct": (0, 60)}),
    "tumble": Programme(2, {"pitch": (-60, 60), "hip_flex": (0, 110), "knee_flex": (0, 120)}, {"pitch": (200, 420), "hip_flex": (20, 120), "knee_flex": (20, 130), "spine_flex": (0, 60)}),
    "anything": Programme(4, {"pitch": (-180, 180), "roll": (-90, 90), "hip_flex": (-20, 120), "knee_flex": (0, 140), "hip_abduct": (-20, 50), "spine_flex": (-25, 50)}, {"hip_flex": (-20, 120), "knee_flex": (0, 140), "hip_abduct": (-20, 50), "hip_rotate": (-30, 40), "spine_flex": (-25, 60), "spine_twist": (-40, 40), "spine_side": (-30, 30)}, sides="apart"),
}  # fmt: skip
"""What legs and trunk do."""

ARMS: dict[str, Programme] = {
    "hang": Programme(4, {"arm_raise": (-10, 15), "arm_plane": (0, 90), "elbow_flex": (0, 30)}),
    "swing": Programme(4, {"arm_raise": (-40, -5), "elbow_flex": (0, 80)}, {"arm_raise": (10, 70), "elbow_flex": (5, 110)}, sides="turns"),
    "forward": Programme(4, {"arm_raise": (0, 90), "arm_plane": (-20, 20), "elbow_flex": (0, 20)}, {"arm_raise": (60, 180), "elbow_flex": (0, 40)}),
    "sideways": Programme(5, {"arm_raise": (0, 30), "arm_plane": (60, 100), "elbow_flex": (0, 30)}, {"arm_raise": (60, 180), "arm_plane": (20, 100), "shrug": (0, 20)}),
    "press": Programme(4, {"arm_raise": (20, 100), "arm_plane": (0, 110), "elbow_flex": (70, 145), "arm_rotate": (-90, 30)}, {"arm_raise": (80, 180), "elbow_flex": (0, 40)}),
    "curl": Programme(4, {"arm_raise": (-15, 25), "elbow_flex": (0, 30)}, {"arm_raise": (-15, 60), "elbow_flex": (70, 150)}),
    "row": Programme(3, {"arm_raise": (30, 110), "elbow_flex": (0, 30)}, {"arm_raise": (-50, 40), "arm_plane": (0, 90), "elbow_flex": (60, 140)}),
    "support": Programme(6, {"arm_raise": (60, 110), "arm_plane": (-10, 50), "elbow_flex": (0, 20)}, {"arm_raise": (-20, 80), "arm_plane": (0, 90), "elbow_flex": (40, 140)}),
    "held": Programme(5, {"arm_raise": (-20, 90), "arm_plane": (-20, 100), "elbow_flex": (70, 150), "arm_rotate": (-70, 70)}),
    "behind_head": Programme(3, {"arm_raise": (80, 140), "arm_plane": (40, 110), "elbow_flex": (110, 150), "arm_rotate": (-90, -20)}),
    "overhead": Programme(3, {"arm_raise": (140, 180), "arm_plane": (0, 100), "elbow_flex": (0, 40), "shrug": (5, 25)}),
    "circles": Programme(3, {"arm_raise": (-40, 90), "arm_plane": (0, 100)}, {"arm_raise": (90, 180), "arm_plane": (-20, 110)}, sides="turns"),
    "reach": Programme(3, {"arm_raise": (0, 60), "elbow_flex": (0, 60)}, {"arm_raise": (30, 170), "arm_plane": (-40, 110), "elbow_flex": (0, 60)}, sides="apart"),
    "anyhow": Programme(6, {"arm_raise": (-40, 170), "arm_plane": (-40, 110), "elbow_flex": (0, 140), "arm_rotate": (-80, 80)}, {"arm_raise": (-40, 170), "arm_plane": (-40, 110), "elbow_flex": (0, 140), "arm_rotate": (-80, 80)}, sides="apart"),
}  # fmt: skip
"""What the arms do."""

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
    of_arms = torch.tensor([any(part in angle for part in ("arm_", "elbow", "shrug")) for angle in ANGLES], device=seconds.device)
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
        torch.tensor([[_ranges(p.rest), _ranges({**p.rest, **p.peak})] for p in programmes], device=device),
        torch.tensor([float(p.weight) for p in programmes], device=device),
        torch.tensor([p.sides == "apart" for p in programmes], device=device),
        torch.tensor([0.5 if p.sides == "turns" else 0.0 for p in programmes], device=device),
        torch.tensor([p.planted for p in programmes], device=device),
    )


def _ranges(angles: dict[str, Range]) -> list[Range]:
    return [tuple(map(float, angles.get(a.removeprefix("left_").removeprefix("right_"), (0.0, 0.0)))) for a in ANGLES]


def _swing(seconds: Tensor, phase: Tensor, draw: _Draw) -> tuple[Tensor, Tensor]:
    """(B, T) twice, in [0, 1]: where between rest and peak each side is.  Repetitions differ in depth and tempo, and may pause."""
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
    clips, frames = seconds.shape
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
