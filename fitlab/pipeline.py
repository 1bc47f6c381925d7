"""The whole chain, from a video or a pose file to a report: what the command line and notebooks call."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fitlab.analysis.lifted import View
from fitlab.analysis.lifting_errors import Errors, read_errors
from fitlab.analysis.naming import Naming, name_exercise
from fitlab.analysis.recognition import Recognition
from fitlab.analysis.recognition_files import read_recognition
from fitlab.analysis.report import Report, analyse
from fitlab.devices import require_device
from fitlab.exercises import Exercise, find_exercise
from fitlab.files import folder_written_whole, write_text
from fitlab.locations import errors_file, recognition_file
from fitlab.poses import PoseSequence

if TYPE_CHECKING:
    from fitlab.detectors.protocol import Detector
    from fitlab.lifting.lifter import Lifter

Result = TypeVar("Result")

DETECTOR = "movenet_thunder_fitness"
LOOKS = "in_doubt"
LIFTER = "fitness"
WRITTEN = ("metrics.json", "poses.npz", "poses_image.npz", "overlay.mp4", "report.html", "config.yaml")
"""What a folder of an analysis holds."""
AUTO, ANY, NONE = "auto", "any", "none"
"""Instead of an exercise's name: the one that is recognised, whatever repeats, and statistics only."""


@dataclass(frozen=True)
class Person:
    """What is known of one person in one recording.

    Parameters
    ----------
    source : Path
        The video or pose file.
    world : PoseSequence
        World space.
    image : PoseSequence, optional
        Image space, as the detector gave it; None where the file already held 3D poses.
    is_video : bool
    view : View, optional
        From where the person was seen; None where the poses were not lifted by a lifter whose errors are known.
    """

    source: Path
    world: PoseSequence
    image: PoseSequence | None = None
    is_video: bool = False
    view: View | None = None


@dataclass(frozen=True)
class Analysis:
    """A report with the recordings that it rests on.

    ``seconds`` holds the wall-clock time of every stage by name; ``naming`` what the motion was taken for, where the
    exercise was not named, and ``reference_naming`` what the reference's.
    """

    report: Report
    user: Person
    reference: Person | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    naming: Naming | None = None
    reference_naming: Naming | None = None

    @property
    def recognised(self) -> str | None:
        """The exercise that was recognised, in the reference where the user's motion did not tell it; None: none."""
        return _recognised(self.naming, self.reference_naming)

    def write(self, folder: str | Path, *, overlay: bool = True) -> Path:
        """Writes ``metrics.json``, ``poses.npz`` and ``report.html``; of a video also ``overlay.mp4``.

        All files appear together or none does; an older folder of that name is replaced.  Returns
        the folder.  Raises SetupError if it cannot be written, or holds anything else.
        """
        from fitlab.formats import write_poses
        from fitlab.views.report import write_report

        with folder_written_whole(folder, WRITTEN) as made:
            metrics = self.report.to_metrics()
            if self.naming is not None:
                metrics["recognised"] = self.naming.to_metrics(self.report.fps)
            if self.reference_naming is not None and self.reference is not None:
                metrics["reference_recognised"] = self.reference_naming.to_metrics(self.reference.world.fps)
            write_text(made / "metrics.json", json.dumps(metrics, indent=2) + "\n")
            write_poses(self.user.world, made / "poses.npz")
            if self.user.image is not None:
                write_poses(self.user.image, made / "poses_image.npz")
            video = None
            if overlay and self.user.is_video and self.user.image is not None:
                from fitlab.views.overlay import write_overlay

                video = made / "overlay.mp4"
                write_overlay(self.user.source, self.user.image, video)
            write_report(self.report, made / "report.html", video=video, title=self._title)
        return Path(folder)

    @property
    def _title(self) -> str | None:
        """Of the page, where the exercise was recognised; None: the report's own."""
        if self.naming is None or self.recognised is None or self.report.exercise is None:
            return None
        sure = f"recognised, {self.naming.probability:.0%}" if self.naming.exercise else "as the reference shows"
        return f"{self.report.exercise.title} ({sure})"


def analyze(
    video: str | Path,
    *,
    exercise: str | Exercise | None = AUTO,
    reference: str | Path | None = None,
    detector: str | Detector = DETECTOR,
    lifter: str | Path | Lifter = LIFTER,
    device: str = "cpu",
    looks: str = LOOKS,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> Analysis:
    """Analyses one recording, compared with a reference athlete where one is given.

    Parameters
    ----------
    video, reference : path
        A video, or a file of poses that :func:`fitlab.formats.read_poses` reads.
    exercise : str, Exercise or None
        Its name, the path of its file, or itself; "auto": the one that is recognised among those of the studio, in the
        reference where the user's motion does not tell it, else "any", whatever repeats; "none" or None: statistics
        only.
    detector, lifter : str or object
        Names of the zoo, or the objects themselves.  Not loaded where the poses are already 3D.  The errors that a
        lifter makes are known by its name or file; with an object, verdicts take its poses as they are.
    looks : str
        How often the detector looks at each frame: a key of :data:`fitlab.detectors.turning.LOOKS`.
    fps, image_size : optional
        Of pose files that do not say them.

    Raises
    ------
    InputError
        If a file cannot be used, nobody is found in it, or the exercise is unknown.
    """
    named = exercise != AUTO
    known = find_exercise(exercise) if isinstance(exercise, str) and named else exercise  # fail before the slow part
    seconds: dict[str, float] = {}
    models = _Models(detector, lifter, device, looks, fps, image_size)
    user = _person(video, models, seconds)
    athlete = None if reference is None else _person(reference, models, seconds)
    theirs = None if athlete is None else athlete.world
    naming = None if named else _timed(seconds, "recognise", lambda: name_exercise(user.world))
    shown = None if named or theirs is None else _timed(seconds, "recognise", lambda: name_exercise(theirs))
    if naming is not None:
        known = find_exercise(_recognised(naming, shown) or ANY)
    assert not isinstance(known, str)
    report = _timed(seconds, "analyse", lambda: analyse(user.world, known, theirs, user.view))
    return Analysis(report, user, athlete, seconds, naming, shown)


def _recognised(*namings: Naming | None) -> str | None:
    """The exercise of the first that tells one."""
    return next((one.exercise for one in namings if one is not None and one.exercise is not None), None)


def person_in(
    source: str | Path,
    *,
    detector: str | Detector = DETECTOR,
    lifter: str | Path | Lifter = LIFTER,
    device: str = "cpu",
    looks: str = LOOKS,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> Person:
    """The person in a recording, in world space; the first half of :func:`analyze`."""
    return _person(source, _Models(detector, lifter, device, looks, fps, image_size), {})


def lifted(image: PoseSequence, lifter: Lifter) -> PoseSequence:
    """A person's joints in pixels (image space), cleaned, lifted to camera space and put back on the camera's rays."""
    from fitlab.lifting import on_rays
    from fitlab.signals import clean

    cleaned = clean(image)
    return on_rays(lifter(cleaned), cleaned)


def view_of(in_camera: PoseSequence, lifter: str | Path) -> View | None:
    """How a person was seen whom the lifter of this name or file put into camera space.

    None where nothing was learned of that lifter.
    """
    from fitlab.lifting import towards_camera

    known = known_of(lifter)
    return View(towards_camera(in_camera), *known) if any(known) else None


def known_of(lifter: str | Path) -> tuple[Errors, Mapping[str, Recognition]]:
    """What was learned of the lifter of this name or file: its errors, and how mistakes show in what it gives."""
    errors, recognition = errors_file(lifter), recognition_file(lifter)
    return (
        read_errors(errors) if errors.exists() else {},
        read_recognition(recognition) if recognition.exists() else {},
    )


@dataclass
class _Models:
    """The detector and the lifter, loaded when first needed and once for both recordings."""

    detector: str | Detector
    lifter: str | Path | Lifter
    device: str
    looks: str
    fps: float | None
    image_size: tuple[int, int] | None

    def __post_init__(self) -> None:
        self._lifter_name = self.lifter if isinstance(self.lifter, str | Path) else None
        require_device(self.device)

    def read(self, path: Path) -> PoseSequence:
        from fitlab.formats import read_poses

        return read_poses(path, fps=self.fps, image_size=self.image_size)

    def detect(self, video: Path) -> PoseSequence:
        from fitlab.detectors import detect_video, load_detector
        from fitlab.detectors.turning import looking

        if isinstance(self.detector, str):
            self.detector = load_detector(self.detector, device=self.device)
        return detect_video(video, looking(self.detector, self.looks))

    def lift(self, image: PoseSequence) -> PoseSequence:
        from fitlab.lifting import load_lifter

        if isinstance(self.lifter, str | Path):
            self.lifter = load_lifter(self.lifter, device=self.device)
        return lifted(image, self.lifter)

    def view(self, in_camera: PoseSequence) -> View | None:
        return view_of(in_camera, self._lifter_name) if self._lifter_name else None


def _person(source: str | Path, models: _Models, seconds: dict[str, float]) -> Person:
    from fitlab.formats import is_pose_file
    from fitlab.lifting import ground

    path = Path(source)
    if is_pose_file(path):
        poses, is_video = models.read(path), False
    else:
        poses, is_video = _timed(seconds, "detect", lambda: models.detect(path)), True
    image, view = poses if poses.space == "image" else None, None
    if poses.space == "image":
        pixels = poses
        poses = _timed(seconds, "lift", lambda: models.lift(pixels))
        view = models.view(poses)
    if poses.space == "camera":
        in_camera = poses
        poses = _timed(seconds, "ground", lambda: ground(in_camera, image))
    return Person(path, poses, image, is_video, view)


def _timed(seconds: dict[str, float], stage: str, work: Callable[[], Result]) -> Result:
    start = time.perf_counter()
    result = work()
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start
    return result
