"""Motion of the studio as a detector sees it: rendered, detected, and kept with the true 3D joints.

Pavllo et al. (2019, section 6.1) train their lifter on the output of the detector that it will follow, because a
detector's errors are not noise: much of them follows the pose.  :class:`~fitlab.training.lifter_views.DetectorNoise`
imitates what is noise, these clips hold the rest.
"""

import hashlib
import json
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor

from fitlab.detectors import detect_video, load_detector
from fitlab.detectors.turning import looking
from fitlab.detectors.zoo import weights_file
from fitlab.formats import read_poses, write_poses
from fitlab.lifting.lifter import bridged, mirrored, screen_coordinates
from fitlab.lifting.scoring import LiftingClip
from fitlab.poses import PoseSequence
from fitlab.signals import clean
from fitlab.skeletons import COCO17, H36M17
from fitlab.synthesis.benchmark import VIEWS, FitBench
from fitlab.synthesis.card import studio_digest
from fitlab.synthesis.clip_files import write_clip
from fitlab.synthesis.workers import Tick, make_parts

SLICE = "studio, as detected"
"""What detected clips are counted under."""

_STRIDE = 37  # through the performances, which are sorted by exercise: also a part of a round holds all exercises
_IMAGE, _TARGET = "image.npz", "target.npy"


@dataclass(frozen=True)
class Detections:
    """Clips like those of FitBench-S, of other people: every exercise right and with each mistake.

    Each is one repetition, seen from one view.

    They are made when first asked for, by several processes, and kept in a folder named after all that they depend on.
    A run that was stopped goes on where it was.

    Parameters
    ----------
    clips : int
        The performances of FitBench-S in turns; each round shows other people.
    cache : path
        Folder of caches.
    detector, looks : str
        As of :func:`fitlab.pipeline.analyze`.
    seed : int
        Of the first round; FitBench-S has 2026.
    workers : int
        Processes that make them.
    """

    clips: int
    cache: str | Path
    detector: str
    looks: str
    seed: int = 31_000
    workers: int = 2

    def load(self, limit: int | None = None) -> list[LiftingClip]:
        """All clips, or the first few, cleaned as before lifting; those that are not in the cache are made before."""
        folder = Path(self.cache) / f"detected-{self.fingerprint()[:12]}"
        targets = {name: folder / name for name in self.names()[:limit]}
        missing = {name: 1 for name, target in targets.items() if not target.is_dir()}
        if missing:
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.glob(".writing-*"):  # by a run that was killed
                shutil.rmtree(left, ignore_errors=True)
            make_parts(self, missing, targets, self.workers, "detected clip")
        return [_read(target, name) for name, target in targets.items()]

    def names(self) -> list[str]:
        """Of all clips."""
        return [f"{number:05d}" for number in range(self.clips)]

    def fingerprint(self) -> str:
        """SHA-256 of what a clip depends on, but for its number."""
        weights = hashlib.sha256(weights_file(self.detector).read_bytes()).hexdigest()
        return hashlib.sha256(json.dumps([self.seed, weights, self.looks, studio_digest()]).encode()).hexdigest()

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Films, detects and keeps clip number ``name``."""
        round_number, turn = divmod(int(name), len(FitBench().performances))
        filmed = FitBench(seed=self.seed + round_number, repetitions=1)  # other people teach more than repetitions
        performance = turn * _STRIDE % len(filmed.performances)
        views = list(VIEWS)
        view = views[zlib.crc32(f"{performance:05d} {filmed.seed}".encode()) % len(views)]
        clip = filmed.clips(filmed.performances[performance])[view]
        with TemporaryDirectory() as kept:
            video = write_clip(clip, kept, view, tick=lambda: None)
            image = detect_video(video, looking(load_detector(self.detector), self.looks))
            with np.load(video.with_suffix(".npz")) as labels:
                target = labels["camera_joints"]
        write_poses(image, folder / _IMAGE)
        np.save(folder / _TARGET, target)
        tick()


class DetectedWindows:
    """Random windows of clips, at random tempo, size in the picture and side.

    Parameters
    ----------
    clips : sequence of LiftingClip
        At least one.
    width : int
        Frames W of a window, odd.
    fps : (low, high)
        Frame rates at which the clips are seen, drawn anew for each window.
    """

    def __init__(self, clips: Sequence[LiftingClip], width: int, fps: tuple[float, float] = (18.0, 45.0)) -> None:
        self.width, self.fps = width, fps
        seen = [_on_screen(clip.image) for clip in clips]
        self._keypoints = torch.from_numpy(np.concatenate(seen))  # (sum T, 17, 2)
        self._target = torch.from_numpy(np.concatenate([clip.camera.positions for clip in clips]))  # (sum T, 17, 3)
        self._lengths = torch.tensor([len(part) for part in seen])
        self._starts = torch.cumsum(self._lengths, 0) - self._lengths
        self._fps = torch.tensor([clip.image.fps for clip in clips])

    def __call__(self, windows: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(B, W, 17, 2) COCO joints on the normalised screen, and (B, 17, 3) the true joints of the middle frame.

        The latter are Human3.6M's, in camera space, metres relative to the pelvis.  Before a clip's first and after its
        last frame its joints stay where they are, as the lifter has it.
        """
        device = generator.device
        for name in ("_keypoints", "_target", "_lengths", "_starts", "_fps"):  # moves once, then stays
            setattr(self, name, getattr(self, name).to(device))

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(windows, generator=generator, device=device)

        chosen = torch.multinomial(self._lengths.float(), windows, replacement=True, generator=generator)
        start, last = self._starts[chosen], self._lengths[chosen] - 1
        middle = (uniform(0, 1) * (last + 1)).floor()  # a frame, so that the target needs no interpolation
        tempo = self._fps[chosen] / uniform(*self.fps)
        offsets = torch.arange(self.width, device=device) - self.width // 2
        position = (middle[:, None] + tempo[:, None] * offsets).clamp(min=0)
        position = torch.minimum(position, last[:, None].float())  # (B, W)
        before = position.floor().long()
        after = torch.minimum(before + 1, last[:, None])
        share = (position - before)[..., None, None]
        first, second = (self._keypoints[start[:, None] + at] for at in (before, after))
        keypoints = (first + share * (second - first)) * uniform(0.9, 1.1)[:, None, None, None]  # another focal length
        target = self._target[start + middle.long()]
        flip = (uniform(0, 1) < 0.5)[:, None, None]
        return (
            torch.where(flip[..., None], mirrored(keypoints, COCO17.mirror), keypoints),
            torch.where(flip, mirrored(target, H36M17.mirror), target),
        )


def _on_screen(image: PoseSequence) -> np.ndarray:
    """float32 (T, 17, 2) as the lifter gets them."""
    assert image.image_size is not None  # videos have one
    return screen_coordinates(bridged(image.to(COCO17)), image.image_size).astype(np.float32)


def _read(folder: Path, name: str) -> LiftingClip:
    image = clean(read_poses(folder / _IMAGE))
    camera = PoseSequence(np.load(folder / _TARGET), image.fps, H36M17, "camera")
    return LiftingClip(name, SLICE, image, camera)
