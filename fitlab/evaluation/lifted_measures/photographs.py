"""Takes as the default detector sees them: one phone photographs each, six times a second.

Pictures are what costs: a take so seen takes three seconds of one core, and eighteen where every frame is filmed.  What
errors do between two pictures is taken to lie on a straight line.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from fitlab.detectors import load_detector
from fitlab.detectors.crops import cut
from fitlab.detectors.person import Pose, crop_around
from fitlab.detectors.protocol import Detector
from fitlab.detectors.turning import looking
from fitlab.detectors.zoo import weights_file
from fitlab.evaluation.lifted_measures.performing import SEED, performances, performed
from fitlab.geometry import Camera, project_poses
from fitlab.pipeline import DETECTOR, LOOKS
from fitlab.skeletons import COCO17
from fitlab.synthesis.clips import Clip
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.workers import Tick, make_parts
from fitlab.video import VideoWriter, read_pictures

_STRIDE = 5  # frames of 30 a second
_AROUND = 10  # frames before the first repetition and after the last
_SIZES = ((448, 336), (336, 448))
_PHONE = 99  # of its own, so that takes do not depend on photographs
_OFF = 0.012  # of the person's size: how far joints of the frame before are off, around which the crop is laid
_FILE = "photograph.npz"


class Photograph(NamedTuple):
    """A take as a detector saw it in n moments; COCO17.

    Parameters
    ----------
    take : int
    camera : Camera
    frames : (n,)
        Of the take, at 30 a second.
    points : (n, 17, 3) metres
        The exact joints in camera space.
    detected : (n, 17, 2) pixels
    confidence : (n, 17)
    repetitions : (R, 2)
        First frame, and the one after the last.
    azimuth_deg : float in [-180, 180)
        From where the person is seen: 0 the front.
    """

    take: int
    camera: Camera
    frames: np.ndarray
    points: np.ndarray
    detected: np.ndarray
    confidence: np.ndarray
    repetitions: np.ndarray
    azimuth_deg: float

    @property
    def exercise(self) -> str:
        """What is performed."""
        return performances()[self.take % len(performances())][0]


@dataclass(frozen=True)
class Photographing:
    """Photographs takes and detects the person; a :class:`fitlab.synthesis.workers.Maker`."""

    detector: str = DETECTOR
    looks: str = LOOKS

    def digest(self) -> str:
        """Of what a part depends on beside its number, but for changes of the studio and of how crops are cut."""
        weights = hashlib.sha256(weights_file(self.detector).read_bytes()).hexdigest()
        digest = hashlib.sha256(json.dumps([weights, self.looks]).encode())
        for source in ("photographs.py", "performing.py"):
            digest.update(Path(__file__).with_name(source).read_bytes())
        return digest.hexdigest()

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with the photograph of take number ``name``."""
        number = int(name)
        size = _SIZES[(number // len(performances()) + number) % len(_SIZES)]
        rng = np.random.default_rng([SEED, number, _PHONE])
        clip, _ = performed(number, size)
        camera = draw_phone(rng, clip.performance.motion.heads, size).camera(size)
        clip = Clip(clip.exercise, clip.body, clip.performance, camera, clip.fps, clip.seed)
        coco = clip.world_coco.to(COCO17)
        exact = project_poses(coco, camera).positions
        repetitions = np.array(clip.repetitions)
        first, last = max(1, repetitions[0, 0] - _AROUND), min(len(clip), repetitions[-1, 1] + _AROUND)
        frames = np.arange(first, last, _STRIDE)
        poses = []
        for frame, picture in zip(frames, _compressed(clip, frames), strict=True):
            before = exact[frame - 1]
            size_px = np.linalg.norm(np.ptp(before, axis=0))
            known = Pose(before + rng.normal(0, _OFF * size_px, before.shape), np.ones(len(COCO17)), COCO17)
            crop = crop_around(known, self._detector.input_size)
            assert crop is not None  # all joints are seen
            found, confidence = self._detector(cut(picture, crop)[None])
            poses.append((crop.to_image(found[0]), confidence[0]))
        detected, confidence = (np.stack(column).astype(np.float32) for column in zip(*poses, strict=True))
        np.savez(
            folder / _FILE,
            **asdict(camera),
            frames=frames,
            points=camera.camera_from_world(coco.positions[frames].astype(np.float64)),
            detected=detected,
            confidence=confidence,
            repetitions=repetitions,
            azimuth_deg=azimuth_of(coco.positions, camera),
        )
        tick()

    @cached_property
    def _detector(self) -> Detector:  # loaded in the process that looks
        return looking(load_detector(self.detector), self.looks)


def _compressed(clip: Clip, frames: np.ndarray) -> list[np.ndarray]:
    """Pictures of these frames, compressed as those of a video, though they lie farther apart."""
    with TemporaryDirectory() as beside:
        path = Path(beside) / "take.mp4"
        with VideoWriter(path, clip.fps / _STRIDE, clip.size) as video:
            for picture in clip.frames(frames.tolist()):
                video.write(picture)
        return [np.asarray(picture) for picture in read_pictures(path, range(len(frames)))]


def azimuth_of(positions: np.ndarray, camera: Camera) -> float:
    """From where a camera sees the person of (T, 17, 3) COCO17 in world space: degrees in [-180, 180), 0 in front."""
    left = sum(
        (positions[:, COCO17.index(f"left_{joint}")] - positions[:, COCO17.index(f"right_{joint}")]).sum(axis=0)
        for joint in ("shoulder", "hip")
    )
    hips = positions[:, [COCO17.index("left_hip"), COCO17.index("right_hip")], :2].mean(axis=(0, 1))
    way = (-camera.rotation.T @ camera.translation)[:2] - hips
    turned = np.arctan2(way[1], way[0]) - (np.arctan2(left[1], left[0]) - np.pi / 2)
    return float((np.degrees(turned) + 180) % 360 - 180)


def photographed(folder: Path, photographing: Photographing, takes: Sequence[int], workers: int) -> list[Photograph]:
    """The photographs of these takes, made as far as they are not in ``folder`` yet."""
    folder = folder / photographing.digest()[:12]
    targets = {f"{number:05d}": folder / f"{number:05d}" for number in takes}
    missing = {name: 1 for name, target in targets.items() if not target.is_dir()}
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        make_parts(photographing, missing, targets, workers, "photograph")
    return [_photograph(int(name), target) for name, target in targets.items()]


def still_camera(kept: Mapping[str, np.ndarray]) -> Camera:
    """The camera whose fields are among arrays that were kept."""
    focal, centre, size = (tuple(kept[name].tolist()) for name in ("focal", "centre", "size"))
    return Camera(kept["rotation"], kept["translation"], focal, centre, size)


def _photograph(take: int, folder: Path) -> Photograph:
    with np.load(folder / _FILE) as kept:
        camera = still_camera(kept)
        frames, points, detected, confidence, repetitions = (
            kept[name] for name in ("frames", "points", "detected", "confidence", "repetitions")
        )
        azimuth = float(kept["azimuth_deg"])
    return Photograph(take, camera, frames, points, detected, confidence, repetitions, azimuth)
