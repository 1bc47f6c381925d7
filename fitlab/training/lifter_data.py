"""Data for training lifters: motion, recorded or random, seen by a new camera every time it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from fitlab.datasets.lifting_protocol import virtual_cameras
from fitlab.geometry import project_poses, view_poses
from fitlab.lifting.scoring import LiftingClip
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.skeletons import COCO17, H36M17
from fitlab.training.lifter_motion import RandomMotion
from fitlab.training.lifter_recordings import PAIR_MIRROR, Part, Recording, found_recordings, studio_recordings
from fitlab.training.lifter_views import DetectorNoise, RandomCameras, training_pair
from fitlab.training.stream import Draw, stream_loader

_HELD_OUT = 20_250_101  # seed of validation and test, apart from every training seed
_TEST_CAMERAS = 3


class Motion(Protocol):
    """Where clips come from."""

    def __call__(self, clips: int, generator: torch.Generator) -> Tensor:
        """(B, T, 34, 3): COCO's, then Human3.6M's joints; metres, z up, floor at 0; on the generator's device."""


class RecordedMotion:
    """Random stretches of recordings, at random tempo, size and side.

    Parameters
    ----------
    recordings : sequence of Recording
    frames : int
        T of every clip.
    fps : (low, high)
        Frame rates at which the clips are seen, drawn anew for each.
    """

    def __init__(self, recordings: Sequence[Recording], frames: int, fps: tuple[float, float] = (24.0, 60.0)) -> None:
        self.frames, self.fps = frames, fps
        self._lengths = torch.tensor([len(recording.joints) for recording in recordings])
        self._starts = torch.cumsum(self._lengths, 0) - self._lengths
        self._joints = torch.from_numpy(
            np.concatenate([recording.joints for recording in recordings])
        )  # (sum T, 34, 3)
        # Every group counts the same: the few minutes of one data set against the hour of another.
        frames_of = {r.group: 0 for r in recordings}
        for recording in recordings:
            frames_of[recording.group] += len(recording.joints)
        self._odds = torch.tensor([len(r.joints) / frames_of[r.group] for r in recordings])
        self._fps = torch.tensor([r.fps for r in recordings])

    def __call__(self, clips: int, generator: torch.Generator) -> Tensor:
        """See :class:`Motion`.  Before the first and after the last frame the person stands still."""
        device = generator.device
        for name in ("_joints", "_lengths", "_starts", "_odds", "_fps"):  # moves once, then stays
            setattr(self, name, getattr(self, name).to(device))

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(clips, generator=generator, device=device)

        chosen = torch.multinomial(self._odds, clips, replacement=True, generator=generator)
        length = self._lengths[chosen]
        at = uniform(0, 1) * (length - 1)  # the middle frame of the window
        tempo = self._fps[chosen] / uniform(*self.fps) * uniform(0.8, 1.25)
        offsets = torch.arange(self.frames, device=device) - self.frames // 2
        position = (at[:, None] + tempo[:, None] * offsets).clamp(min=0)
        position = torch.minimum(position, (length - 1)[:, None].float())  # (B, T)
        before = position.floor().long()
        after = torch.minimum(before + 1, (length - 1)[:, None])
        start = self._starts[chosen][:, None]
        share = (position - before)[..., None, None]
        joints = (1 - share) * self._joints[start + before] + share * self._joints[start + after]
        joints = joints * uniform(0.88, 1.12)[:, None, None, None]  # short and tall people
        flip = torch.rand(clips, 1, 1, 1, generator=generator, device=device) < 0.5
        other = joints[:, :, list(PAIR_MIRROR)] * joints.new_tensor([-1.0, 1.0, 1.0])
        return torch.where(flip, other, joints)


class MixedMotion:
    """A share of every batch from ``second``, the rest from ``first``."""

    def __init__(self, first: Motion, second: Motion, share: float) -> None:
        self.first, self.second, self.share = first, second, share

    def __call__(self, clips: int, generator: torch.Generator) -> Tensor:
        """See :class:`Motion`."""
        some = round(clips * self.share)
        parts = ((self.first, clips - some), (self.second, some))
        return torch.cat([motion(count, generator) for motion, count in parts if count])  # a small batch may lack one


@dataclass(frozen=True)
class _Seeds:
    """The training set: one seed per batch, from which the batch is made where the network lies."""

    seed: int

    def __len__(self) -> int:
        return 1 << 16

    def __getitem__(self, draw: Draw) -> int:
        return int(draw.generator(self.seed).integers(1 << 62))


class LifterData(LightningDataModule):
    """Windows of 2D joints and the 3D joints of their middle frame, made on the fly on the network's device.

    Parameters
    ----------
    widths : sequence of int
        Filter widths of the network; W is their product.
    batch_size : int
        Windows per step; ``windows_per_clip`` of them come from one clip.
    cameras, noise
        How clips are seen in training.
    recordings : str
        File of recorded motion (:mod:`fitlab.training.lifter_recordings`) or a folder of the real data
        sets.  Where it does not exist, random motion takes its place, and a line says so.
    random_share : float in [0, 1]
        Share of random motion in each training batch; it keeps poses that nobody recorded.  1 trains
        on nothing else, and the recordings only serve the test.
    studio : int
        Takes of the studio to train on; 0 for none.
    exercises : sequence of str, optional
        What is performed in them; default: all that the studio can.
    windows_per_clip : int
    seed : int
    limit : int, optional
        At most so many clips for validation and test.
    """

    def __init__(
        self,
        widths: Sequence[int],
        batch_size: int,
        cameras: RandomCameras,
        noise: DetectorNoise,
        recordings: str,
        random_share: float,
        studio: int = 0,
        exercises: Sequence[str] | None = None,
        windows_per_clip: int = 4,
        seed: int = 0,
        limit: int | None = None,
    ) -> None:
        super().__init__()
        self.receptive_field, self.batch_size, self.windows_per_clip = prod(widths), batch_size, windows_per_clip
        self.cameras, self.noise, self.seed, self.limit = cameras, noise, seed, limit
        self.recordings, self.random_share = recordings, random_share
        self.studio, self.exercises = studio if limit is None else min(studio, limit), exercises
        self._motion: Motion | None = None
        self._recorded: list[Recording] = []
        self._test: list[LiftingClip] = []

    def setup(self, stage: str | None = None) -> None:
        """Reads the recordings, once."""
        if self._motion is not None:
            return
        self._recorded = found_recordings(self.recordings)
        if not self._recorded:
            print(f"no recorded motion at {self.recordings}: training and measuring on synthesised motion instead")  # noqa: T201
        self._recorded += studio_recordings(self.studio, _HELD_OUT, self.exercises)
        # Longer than W, so that the windows of a clip differ.
        frames = self.receptive_field + self.receptive_field // 2
        self._motion = self._mixed("train", frames)

    def train_dataloader(self) -> DataLoader[int]:
        """Seeds of batches; see :meth:`on_after_batch_transfer`."""
        return stream_loader(_Seeds(self.seed), batch_size=1, seed=self.seed, trainer=self.trainer)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        """The same windows every time, with noise."""
        generator = torch.Generator().manual_seed(_HELD_OUT)
        motion = self._mixed("validation", self.receptive_field)
        # In one piece: in several, the same seed would draw other windows, and losses would no longer compare.
        whole = (self._windows(motion, count, 1, generator) for count in [min(self.limit or 4096, 4096)])
        [(windows, target)] = progress(whole, "windows to validate on", total=1, unit="set")
        return DataLoader(TensorDataset(windows, target), batch_size=1024)

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> tuple[Tensor, Tensor]:
        """Turns a training seed, by now on the network's device, into (B, W, 17, 2) and (B, 17, 3)."""
        if not isinstance(batch, Tensor):
            return tuple(batch)
        assert self._motion is not None
        generator = torch.Generator(batch.device).manual_seed(int(batch))
        clips = max(1, self.batch_size // self.windows_per_clip)
        return self._windows(self._motion, clips, self.windows_per_clip, generator)

    def test_clips(self) -> list[LiftingClip]:
        """The test recordings, each seen by ``_TEST_CAMERAS`` of the protocol's cameras, and clips of random motion.

        The 2D joints are exact projections, so that the figures say what lifting itself costs.
        """
        self.setup()
        if not self._test:
            test = [recording for recording in self._recorded if recording.part == "test"][: self.limit]
            self._test = _seen([*test, *_random_recordings(min(self.limit or 40, 40))])
        return self._test

    def _mixed(self, part: Part, frames: int) -> Motion:
        """Recordings of ``part`` and random motion in their shares."""
        recorded = [recording for recording in self._recorded if recording.part == part]
        random = RandomMotion(frames)
        if not recorded or self.random_share == 1:
            return random
        return MixedMotion(RecordedMotion(recorded, frames), random, self.random_share)

    def _windows(self, motion: Motion, clips: int, per_clip: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        keypoints, target = training_pair(motion(clips, generator), self.cameras, self.noise, generator)
        width, frames = self.receptive_field, keypoints.shape[1]
        starts = torch.randint(frames - width + 1, (clips, per_clip), generator=generator, device=keypoints.device)
        rows = torch.arange(clips, device=keypoints.device)[:, None]
        at = starts[..., None] + torch.arange(width, device=keypoints.device)  # (clips, per clip, W)
        windows = keypoints[rows[..., None], at].flatten(0, 1)  # (B, W, 17, 2)
        return windows, target[rows, starts + width // 2].flatten(0, 1)


def _random_recordings(clips: int, frames: int = 243, fps: float = 30.0) -> list[Recording]:
    """People on the spot: the protocol's cameras do not follow, and behind a camera there are no pixels."""
    generator = torch.Generator().manual_seed(_HELD_OUT)
    joints = RandomMotion(frames, (fps, fps))(2 * clips, generator).numpy()
    joints[..., :2] -= joints[..., :2].mean(axis=(1, 2), keepdims=True)
    reach = np.abs(joints[..., :2]).max(axis=(1, 2, 3))
    joints = joints[np.argsort(reach, kind="stable")[:clips]]
    return [Recording(f"random_{n}", "random motion", "test", fps, clip) for n, clip in enumerate(joints)]


def _seen(recordings: Sequence[Recording]) -> list[LiftingClip]:
    cameras = virtual_cameras(_HELD_OUT, _TEST_CAMERAS * len(recordings)) if recordings else []
    clips = []
    for number, camera in enumerate(cameras):
        recording = recordings[number // _TEST_CAMERAS]
        coco = PoseSequence(recording.joints[:, : len(COCO17)], recording.fps, COCO17, "world")
        h36m = PoseSequence(recording.joints[:, len(COCO17) :], recording.fps, H36M17, "world")
        clip = LiftingClip(recording.name, recording.group, project_poses(coco, camera), view_poses(h36m, camera))
        clips.append(clip)
    return clips
