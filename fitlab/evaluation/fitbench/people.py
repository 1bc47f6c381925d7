"""The person of every clip as the chain sees them, kept on disk: detecting takes an hour or two."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from fitlab.analysis.lifted import View
from fitlab.analysis.lifting_errors import Errors
from fitlab.analysis.recognition import Recognition
from fitlab.detectors.zoo import weights_file as detector_file
from fitlab.errors import InputError
from fitlab.formats import read_poses, write_poses
from fitlab.lifting import weights_file
from fitlab.pipeline import DETECTOR, LIFTER, LOOKS, known_of, lifted
from fitlab.poses import PoseSequence
from fitlab.skeletons import COCO17
from fitlab.synthesis.workers import Maker, Tick, make_parts

EXACT_3D, EXACT_2D, VIDEO = "exact 3D", "exact 2D", "video"
INPUTS = (EXACT_3D, EXACT_2D, VIDEO)

_STAMP = "made_from.sha256"


def clips(benchmark: Path, views: Sequence[str] | None = None) -> tuple[str, ...]:
    """``<exercise>-<variant>/<view>`` of every clip in a benchmark's folder, or of some of its views.

    Raises
    ------
    InputError
        If there is none.
    """
    found = sorted(benchmark.glob("clips/*-*/*.mp4"))
    names = tuple(f"{clip.parent.name}/{clip.stem}" for clip in found if views is None or clip.stem in views)
    if not names:
        seen = "" if views is None else f" from {', '.join(views)}"
        raise InputError(
            f"the folder must hold FitBench-S, got no clips{seen} in {benchmark / 'clips'}; "
            "run: fitlab synth preset=benchmark"
        )
    return names


@dataclass(frozen=True)
class Finding:
    """Detects the person of a clip; a :class:`fitlab.synthesis.workers.Maker` of ``image.npz``."""

    benchmark: Path
    detector: str = DETECTOR
    looks: str = LOOKS

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with the person in clip ``name``."""
        from fitlab.detectors import detect_video, load_detector
        from fitlab.detectors.turning import looking

        detector = looking(load_detector(self.detector), self.looks)
        write_poses(detect_video(_clip(self.benchmark, name), detector), folder / "image.npz")
        tick()


@dataclass(frozen=True)
class Lifting:
    """Lifts the person of a clip; a :class:`fitlab.synthesis.workers.Maker`.

    Writes ``world.npz``, and ``towards_camera.npy`` (3,): where the camera is in that world.

    Parameters
    ----------
    benchmark : Path
    found : Path, optional
        What :class:`Finding` left; None: the exact joints of the labels.
    """

    benchmark: Path
    found: Path | None
    lifter: str = LIFTER

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        """Fills ``folder`` with the person in clip ``name``."""
        from fitlab.lifting import ground, load_lifter, towards_camera

        if self.found is None:
            image = exact_image(_clip(self.benchmark, name))
        else:
            image = read_poses(self.found / name / "image.npz")
        in_camera = lifted(image, load_lifter(self.lifter))
        write_poses(ground(in_camera, image), folder / "world.npz")
        np.save(folder / "towards_camera.npy", towards_camera(in_camera))
        tick()


@dataclass(frozen=True)
class Watched:
    """The people of clips as they come out of one input.

    Parameters
    ----------
    benchmark : Path
        With the clips and their labels.
    folder : Path, optional
        Of the lifted people, see :class:`Lifting`; None: the exact 3D joints.
    """

    benchmark: Path
    folder: Path | None

    def person(self, name: str) -> tuple[PoseSequence, View | None]:
        """The world-space poses of clip ``name``, and how they were seen if they were lifted."""
        if self.folder is None:
            return exact_world(_clip(self.benchmark, name)), None
        view = View(np.load(self.folder / name / "towards_camera.npy"), *self._known)
        return read_poses(self.folder / name / "world.npz"), view

    @cached_property
    def _known(self) -> tuple[Errors, Mapping[str, Recognition]]:
        return known_of(LIFTER)


def watch(
    benchmark: Path,
    source: str,
    seen: Path,
    names: Iterable[str],
    workers: int,
    *,
    detector: str = DETECTOR,
    looks: str = LOOKS,
) -> Watched:
    """Detects and lifts the people of the named clips, or goes on where a run was stopped.

    Parameters
    ----------
    source : one of :data:`INPUTS`
    detector, looks : str
        For video: as of :func:`fitlab.pipeline.analyze`.
    seen : Path
        Where detected and lifted people are kept; what another detector or lifter made, or the same from other clips,
        is not mixed in. After a change of this package's own detecting or lifting, delete it.
    """
    if source == EXACT_3D:
        return Watched(benchmark, None)
    found, lifter = None, _digest(weights_file(LIFTER))[:8]
    folder = seen / f"{source.replace(' ', '_')}-{lifter}"
    if source == VIDEO:
        found = seen / f"detected-{Path(detector).stem}-{_digest(detector_file(detector))[:8]}-{looks}"
        _make(Finding(benchmark, detector, looks), found, {name: _clip(benchmark, name) for name in names}, workers)
        folder = seen / f"{found.name.removeprefix('detected-')}-lifted-{lifter}"
    rests_on = {
        name: _clip(benchmark, name).with_suffix(".npz") if found is None else found / name / "image.npz"
        for name in names
    }
    _make(Lifting(benchmark, found), folder, rests_on, workers)
    return Watched(benchmark, folder)


def _make(maker: Maker, folder: Path, rests_on: Mapping[str, Path], workers: int) -> None:
    """Makes the parts that are not there or were made from another file than the one they rest on now."""
    missing = []
    for name, file in rests_on.items():
        stamp = folder / name / _STAMP
        if not stamp.exists() or stamp.read_text(encoding="ascii") != _digest(file):
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            missing.append(name)
    if missing:
        stamped = _Stamped(maker, {name: _digest(rests_on[name]) for name in missing})
        make_parts(stamped, dict.fromkeys(missing, 1), {name: folder / name for name in missing}, workers, "clip")


@dataclass(frozen=True)
class _Stamped:
    """A maker whose parts tell what they were made from."""

    maker: Maker
    digests: Mapping[str, str]

    def write_part(self, name: str, folder: Path, tick: Tick) -> None:
        self.maker.write_part(name, folder, tick)
        (folder / _STAMP).write_text(self.digests[name], encoding="ascii")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _clip(benchmark: Path, name: str) -> Path:
    return benchmark / "clips" / f"{name}.mp4"


def exact_image(clip: Path) -> PoseSequence:
    """The labelled joints in pixels, (T, 17, 2) COCO17, of the clip at ``clip`` (its mp4)."""
    with np.load(clip.with_suffix(".npz")) as labels:
        size = json.loads(clip.with_suffix(".json").read_text(encoding="utf-8"))["size"]
        return PoseSequence(
            labels["image"], float(labels["fps"]), COCO17, "image", confidence=labels["image_confidence"],
            image_size=(size[0], size[1]),
        )  # fmt: skip


def exact_world(clip: Path) -> PoseSequence:
    """The labelled joints in world space, (T, 17, 3) H36M17, of the clip at ``clip`` (its mp4)."""
    return read_poses(clip.with_suffix(".npz"))
