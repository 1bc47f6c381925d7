"""From motion in the world to what a lifter is trained with: virtual cameras, and a detector's errors."""

from dataclasses import dataclass

import torch
from torch import Tensor

from fitlab.skeletons import COCO17

Range = tuple[float, float]


@dataclass(frozen=True)
class RandomCameras:
    """Pinhole cameras that look at a person from anywhere around.

    Parameters
    ----------
    distance_m, height_m : (low, high)
        From the person's middle, and above the floor.
    focal : (low, high)
        Focal length in image widths.
    roll_deg : float
        Standard deviation of the turn about the viewing direction.
    level : float
        Share of cameras that look straight ahead instead of at the person.
    """

    distance_m: Range = (2.5, 6.0)
    height_m: Range = (0.4, 2.2)
    focal: Range = (0.8, 1.6)
    roll_deg: float = 0.0
    level: float = 0.0

    def __call__(self, joints: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Looks at each clip with a camera of its own.

        Parameters
        ----------
        joints : (B, T, K, 3) metres, z up, floor at 0

        Returns
        -------
        points : (B, T, K, 3) metres in camera space, not relative to the pelvis
        screen : (B, T, K, 2) normalised as VideoPose3D does: half an image width is 1, y down
        """
        clips, device = len(joints), joints.device

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(clips, generator=generator, device=device)

        middle = joints.mean((1, 2))  # (B, 3)
        radius = (joints - middle[:, None, None]).norm(dim=-1).amax((1, 2))
        azimuth = uniform(-torch.pi, torch.pi)
        focal = uniform(*self.focal)
        # Never inside the person, and not so close that most of the clip leaves the picture.
        distance = torch.stack([uniform(*self.distance_m), radius + 0.7, 1.2 * focal * radius]).amax(0)
        aside = distance[:, None] * torch.stack([torch.cos(azimuth), torch.sin(azimuth)], dim=-1)
        position = torch.cat([middle[:, :2] + aside, uniform(*self.height_m)[:, None]], dim=-1)
        # The person is not always in the middle of the picture.
        target = middle + 0.25 * radius[:, None] * torch.randn(clips, 3, generator=generator, device=device)
        straight = uniform(0, 1) < self.level
        target[:, 2] = torch.where(straight, position[:, 2], target[:, 2])
        roll = torch.deg2rad(self.roll_deg * torch.randn(clips, generator=generator, device=device))
        rotation = _looking(position, target, roll)  # (B, 3, 3)
        points = torch.einsum("bij,btkj->btki", rotation, joints - position[:, None, None])
        return points, 2 * focal[:, None, None, None] * points[..., :2] / points[..., 2:].clamp(min=0.3)


def _looking(position: Tensor, target: Tensor, roll: Tensor) -> Tensor:
    """(B, 3, 3) camera from world: rows are right, down and forward of cameras at ``position``."""
    forward = torch.nn.functional.normalize(target - position, dim=-1)
    up = torch.tensor([0.0, 0.0, 1.0], device=position.device).expand_as(forward)
    right = torch.nn.functional.normalize(torch.linalg.cross(forward, up), dim=-1)
    down = torch.linalg.cross(forward, right)
    cos, sin = torch.cos(roll)[:, None], torch.sin(roll)[:, None]
    return torch.stack([cos * right + sin * down, cos * down - sin * right, forward], dim=1)


# How much harder than the average each COCO joint is to place, after the constants of OKS
# (https://cocodataset.org/#keypoints-eval): hips are labelled worst, eyes best.
_HARDNESS = dict(
    zip(
        ("nose", "eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"),
        (0.40, 0.38, 0.53, 1.09, 1.09, 1.00, 1.60, 1.32, 1.35),
        strict=True,
    )
)


@dataclass(frozen=True)
class DetectorNoise:
    """Errors as 2D detectors make them, in shares of the person's size in the picture.

    Parameters
    ----------
    jitter : (low, high)
        Standard deviation of the error that changes from frame to frame, drawn per clip.
    drift : (low, high)
        The same for errors that wander slowly.
    bias : float
        Standard deviation of an error that stays for the whole clip.
    outliers : float
        Chance that a joint of a clip is far off for up to half a second.
    swaps : float
        Chance that left and right of a clip's legs, arms or whole body are taken for each other for a while.
    gaps : float
        Chance that a joint of a clip is lost for a while; it then moves on a straight line, as gap filling makes it.
    clean : float
        Share of clips without any error.
    """

    jitter: Range = (0.001, 0.012)
    drift: Range = (0.002, 0.015)
    bias: float = 0.008
    outliers: float = 0.03
    swaps: float = 0.04
    gaps: float = 0.03
    clean: float = 0.1

    def __call__(self, screen: Tensor, generator: torch.Generator) -> Tensor:
        """Disturbs (B, T, 17, 2) COCO joints; the input stays as it is."""
        clips, frames, joints, _ = screen.shape
        device = screen.device

        def uniform(*shape: int) -> Tensor:
            return torch.rand(shape, generator=generator, device=device)

        def normal(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, device=device)

        def span(longest: int, *shape: int) -> Tensor:
            """(*shape, T) bool: a random stretch of frames."""
            length = 1 + (longest - 1) * uniform(*shape, 1)
            start = uniform(*shape, 1) * (frames + length) - length
            at = torch.arange(frames, device=device)
            return (at >= start) & (at < start + length)

        size = (screen.amax((2,)) - screen.amin((2,))).norm(dim=-1).mean(1)[:, None, None, None]  # (B, 1, 1, 1)
        hardness = torch.tensor([_HARDNESS[j.split("_")[-1]] for j in COCO17.joints], device=device)[:, None]  # (K, 1)
        jitter = _between(*self.jitter, uniform(clips, 1, 1, 1))
        drift = _between(*self.drift, uniform(clips, 1, 1, 1))
        slow = _smooth(normal(clips, frames + 16, joints, 2))[:, 8:-8]
        # Heavy tails: one frame in twenty errs three times as much.
        fast = normal(clips, frames, joints, 2) * torch.where(uniform(clips, frames, joints, 1) < 0.05, 3.0, 1.0)
        error = jitter * fast + drift * slow + self.bias * normal(clips, 1, joints, 2)
        error = error * hardness
        wrong = span(15, clips, joints) & (uniform(clips, joints, 1) < self.outliers)  # (B, K, T)
        error = error + 0.15 * normal(clips, 1, joints, 2) * wrong.transpose(1, 2)[..., None]

        lost = span(30, clips, joints) & (uniform(clips, joints, 1) < self.gaps)
        disturbed = _bridged(screen, lost.transpose(1, 2)) + size * error
        disturbed = _swapped(disturbed, span(20, clips) & (uniform(clips, 1) < self.swaps), uniform(clips, 1))
        keep = uniform(clips, 1, 1, 1) < self.clean
        return torch.where(keep, screen, disturbed)


def _between(low: float, high: float, share: Tensor) -> Tensor:
    """From ``low`` to ``high`` by equal factors; by equal steps from 0, which no factor leads away from."""
    return low * (high / low) ** share if low else high * share


def _smooth(noise: Tensor) -> Tensor:
    """Noise averaged over 17 frames along axis 1, scaled back to unit variance."""
    clips, frames, joints, _ = noise.shape
    rows = noise.permute(0, 2, 3, 1).reshape(-1, 1, frames)  # (2 B K, 1, T)
    kernel = torch.hann_window(17, periodic=False, device=noise.device)
    kernel = (kernel / kernel.norm()).reshape(1, 1, -1)
    rows = torch.nn.functional.conv1d(rows, kernel, padding=8)
    return rows.reshape(clips, joints, 2, frames).permute(0, 3, 1, 2)


def _bridged(screen: Tensor, lost: Tensor) -> Tensor:
    """Replaces lost stretches (B, T, K) by the straight line between the frames on either side.

    A joint that is lost from the first frame to the last has no such line and stays.
    """
    frames = screen.shape[1]
    lost = lost & ~lost.all(1, keepdim=True)
    at = torch.arange(frames, device=screen.device)[None, :, None].expand_as(lost)
    before = torch.where(lost, -1, at).cummax(1).values
    after = torch.where(lost, frames, at).flip(1).cummin(1).values.flip(1)
    before, after = (
        torch.where(before < 0, after.clamp(max=frames - 1), before),
        torch.where(after >= frames, before.clamp(min=0), after),
    )
    weight = (at - before) / (after - before).clamp(min=1)
    start = screen.gather(1, before[..., None].expand_as(screen))
    stop = screen.gather(1, after[..., None].expand_as(screen))
    return torch.where(lost[..., None], start + weight[..., None] * (stop - start), screen)


def _swapped(screen: Tensor, when: Tensor, kind: Tensor) -> Tensor:
    """Exchanges left and right of arms (kind < 0.3), legs (< 0.7) or everything in the frames ``when`` (B, T)."""
    names = [joint.split("_")[-1] for joint in COCO17.joints]
    arms = torch.tensor([name in ("elbow", "wrist") for name in names], device=screen.device)
    legs = torch.tensor([name in ("knee", "ankle") for name in names], device=screen.device)
    everything = torch.ones_like(arms)
    which = torch.where(kind < 0.3, arms, torch.where(kind < 0.7, legs, everything))  # (B, K)
    mirrored = screen[:, :, list(COCO17.mirror)]
    return torch.where((when[:, :, None] & which[:, None])[..., None], mirrored, screen)


def training_pair(
    joints: Tensor, cameras: RandomCameras, noise: DetectorNoise | None, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """What a lifter sees and what it should say.

    Parameters
    ----------
    joints : (B, T, 34, 3) metres in the world, COCO's 17 joints, then Human3.6M's 17

    Returns
    -------
    keypoints : (B, T, 17, 2) COCO joints on the normalised screen
    target : (B, T, 17, 3) Human3.6M joints in camera space, metres relative to the pelvis
    """
    points, screen = cameras(joints, generator)
    keypoints, target = screen[:, :, : len(COCO17)], points[:, :, len(COCO17) :]
    if noise is not None:
        keypoints = noise(keypoints, generator)
    return keypoints, target - target[:, :, :1]
