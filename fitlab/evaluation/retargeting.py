"""How closely a body follows recorded motion: UI-PRMD (Vicon) and CMU.

    python -m fitlab.evaluation.retargeting               # prints the tables
    python -m fitlab.evaluation.retargeting --write       # puts them into experiments/retargeting/README.md
    python -m fitlab.evaluation.retargeting --every 11    # of every eleventh clip only

Needs the recorded data (``FITLAB_REAL_DATA``, default ``../shared/data``).
"""

import argparse
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fitlab.datasets import cmu, uiprmd
from fitlab.evaluation.readme import publish
from fitlab.poses import PoseSequence, join
from fitlab.progress import progress
from fitlab.settings import real_data_dir
from fitlab.signals import resample_poses
from fitlab.skeletons import COCO23
from fitlab.synthesis.body import Body
from fitlab.synthesis.fit_shape import fit_body
from fitlab.synthesis.retarget import Offsets, Retargeted, fit_offsets, retarget

_README = Path("experiments/retargeting/README.md")
_FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "head", "head_top")
_VICON, _CMU, _KINECT = "UI-PRMD Vicon", "CMU", "UI-PRMD Kinect, arms"
_OF_ARMS = ("m07", "m08", "m09", "m10")
_FPS = 30.0  # of the studio
_SUBJECT_OF_TRIAL = {"13_29": "13", "13_30": "13", "14_14": "14"}


@dataclass(frozen=True, eq=False)
class Clip:
    """A recorded movement, and from what the body and the offsets of its person were fitted."""

    data: str
    person: str
    movement: str
    how: str
    recording: PoseSequence
    calibration: PoseSequence


@dataclass(frozen=True, eq=False)
class Trial:
    """A clip and what came of it; errors in mm.

    Parameters
    ----------
    error : joint -> (T,)
        Body's joint to recorded joint, fitted without offsets.
    residual : joint -> (T,)
        The same of a fit with offsets, without their constant part.
    label : joint -> (T,)
        Keypoint of the mesh (COCO23, what the studio labels) to recorded joint, fitted without offsets.
    slide, sink : float
        Farthest that a standing foot is from its place, and deepest point of the mesh below the floor.
    seconds : (of computing, of motion)
    """

    clip: Clip
    error: Mapping[str, np.ndarray]
    residual: Mapping[str, np.ndarray]
    label: Mapping[str, np.ndarray]
    slide: float
    sink: float
    seconds: tuple[float, float]


def clips(root: Path) -> Iterator[Clip]:
    """The second repetition of everything in UI-PRMD, done well and badly, and every action of CMU, at 30 frames/s.

    Bodies are fitted to the first, correct repetition of all movements, those of CMU to the first trial of a subject.
    Of Kinect, whose legs are wrong once they bend, there are the movements of one arm.
    """
    for subject in uiprmd.SUBJECTS:
        movements = [movement for movement in uiprmd.MOVEMENTS if (movement, subject) != ("m03", "s03")]  # not recorded
        well = {movement: uiprmd.load(root, movement, subject, "vicon") for movement in movements}
        calibration = join([repetitions[0] for repetitions in well.values()])
        for movement, repetitions in well.items():
            badly = uiprmd.load(root, movement, subject, "vicon", correct=False)
            title = f"{movement} {uiprmd.MOVEMENTS[movement]}"
            for how, recording in (("correct", repetitions[1]), ("incorrect", badly[1])):
                yield Clip(_VICON, subject, title, how, resample_poses(recording, _FPS), calibration)
        arms = {movement: uiprmd.load(root, movement, subject, "kinect") for movement in _OF_ARMS}
        calibration = join([repetitions[0] for repetitions in arms.values()])
        for movement, repetitions in arms.items():
            title = f"{movement} {uiprmd.MOVEMENTS[movement]}"
            yield Clip(_KINECT, subject, title, "correct", repetitions[1], calibration)
    calibrations: dict[str, PoseSequence] = {}
    for trial, subject in _SUBJECT_OF_TRIAL.items():
        recording, segments = cmu.load(root, trial)
        calibration = calibrations.setdefault(subject, recording)
        for segment in segments:
            part = resample_poses(recording[segment.start : segment.stop], _FPS)
            yield Clip(_CMU, f"{subject} in {trial}", segment.action, "correct", part, calibration)


def trials(found: Sequence[Clip]) -> Iterator[Trial]:
    """Every clip retargeted, with and without offsets."""
    people: dict[int, tuple[Body, Offsets]] = {}
    for clip in progress(found, "retargeting", unit="clip"):
        key = id(clip.calibration)
        if key not in people:
            body = fit_body(clip.calibration)
            people[key] = body, fit_offsets(clip.calibration, body)
        yield tried(clip, *people[key])


def tried(clip: Clip, body: Body, offsets: Offsets) -> Trial:
    """One clip retargeted, with and without offsets."""
    started = time.process_time()
    plain = retarget(clip.recording, body, {})
    seconds = time.process_time() - started
    shifted = retarget(clip.recording, body, offsets)
    motion = plain.performance.motion
    keypoints = body.keypoints(motion.rotations, motion.heads)
    label = {
        joint: 1000 * np.linalg.norm(keypoints[:, COCO23.index(joint)] - clip.recording[joint], axis=-1)
        for joint in plain.joints
        if joint in COCO23
    }
    return Trial(
        clip=clip,
        error=dict(zip(plain.joints, plain.error_mm.T, strict=True)),
        residual=dict(zip(shifted.joints, shifted.residual_mm.T, strict=True)),
        label=label,
        slide=max(_slides_mm(plain), default=0.0),
        sink=_sink_mm(plain),
        seconds=(seconds, clip.recording.duration),
    )


def _slides_mm(result: Retargeted) -> list[float]:
    """How far the ball of each foot that stands is from its place at most."""
    motion, slides = result.performance.motion, []
    for side in (".L", ".R"):
        contact = result.performance.contacts[f"foot{side}"]
        ball = motion.heads[:, result.body.template.bone_index[f"toe2-1{side}"]]
        away = np.linalg.norm(ball - contact.place, axis=-1)[contact.share == 1]
        slides += [1000 * float(away.max())] if len(away) else []
    return slides


def _sink_mm(result: Retargeted) -> float:
    motion = result.performance.motion
    some = range(0, len(motion), 5)
    return -1000 * min(0.0, *(float(result.body.skin(motion.rotations[f], motion.heads[f])[:, 2].min()) for f in some))


Errors = Callable[[Trial], Mapping[str, np.ndarray]]
_KINDS: dict[str, Errors] = {
    "without offsets": lambda trial: trial.error,
    "with offsets": lambda trial: trial.residual,
    "labels": lambda trial: trial.label,
}


def _cells(group: Sequence[Trial], joints: Collection[str] | None = None) -> str:
    """Median / mean / 95th percentile of each kind of error, over frames and joints (default: all but the face)."""
    cells = []
    for errors in _KINDS.values():
        values = [v for t in group for j, v in errors(t).items() if (j not in _FACE if joints is None else j in joints)]
        known = np.concatenate(values) if values else np.zeros(0)
        known = known[~np.isnan(known)]
        three = (np.median(known), known.mean(), np.quantile(known, 0.95)) if len(known) else None
        cells.append(" / ".join(f"{value:.0f}" for value in three) if three else "")
    return " | ".join(cells)


def _table(title: str, first: str, rows: Mapping[str, str]) -> list[str]:
    """One table of errors."""
    head = [first, *_KINDS]
    return ["", f"**{title}**", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|",
            *(f"| {name} | {cells} |" for name, cells in rows.items())]  # fmt: skip


def _grouped(trials: Sequence[Trial], by: Callable[[Trial], str]) -> dict[str, list[Trial]]:
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(by(trial), []).append(trial)
    return groups


def tables(done: Sequence[Trial]) -> str:
    """All tables as Markdown."""
    data = _grouped(done, lambda trial: trial.clip.data)
    everything = {joint for trial in done for joint in trial.error}
    rows = {f"{name} ({len(group)} clips)": _cells(group) for name, group in data.items()}
    rows |= {f"{name}, the face counted too": _cells(group, everything) for name, group in data.items()}
    lines = ["Millimetres: median / mean / 95th percentile over frames and joints."]
    lines += _table("All", "data", rows)
    for name in [name for name in (_VICON, _CMU) if name in data]:
        group = data[name]
        for title, by in (
            ("by movement", lambda trial: trial.clip.movement),
            ("by person", lambda trial: trial.clip.person),
            ("by performance", lambda trial: trial.clip.how),
        ):
            found = _grouped(group, by)
            if len(found) > 1:
                lines += _table(f"{name}, {title}", title[3:], {key: _cells(mine) for key, mine in found.items()})
        joints = dict.fromkeys(joint for trial in group for joint in trial.error)
        cells = {joint.replace("_", " "): _cells(group, [joint]) for joint in joints}
        lines += _table(f"{name}, by joint", "joint", cells)
    return "\n".join([*lines, *_quality(data), ""])


def _quality(data: Mapping[str, Sequence[Trial]]) -> list[str]:
    """The table of what else can go wrong."""
    lines = ["", "**Feet, floor and time** (per clip, without offsets; mm)", "",
             "| data | standing feet off their places, median / largest | skin under the floor, median / 95th "
             "percentile / largest | computing, seconds per second of motion |", "|---|---|---|---|"]  # fmt: skip
    for name, group in data.items():
        slide, sink = np.array([(trial.slide, trial.sink) for trial in group]).T
        computing, motion = np.sum([trial.seconds for trial in group], axis=0)
        lines.append(
            f"| {name} | {np.median(slide):.1f} / {slide.max():.1f} | {np.median(sink):.1f} / "
            f"{np.quantile(sink, 0.95):.1f} / {sink.max():.1f} | {computing / motion:.2f} |"
        )
    return lines


def main() -> None:
    """Prints the tables, or writes them into the experiment's README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_README}")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth clip (default: all)")
    arguments = parser.parse_args()
    if arguments.every < 1:
        parser.error(f"--every must be at least 1, got {arguments.every}; 1 takes all clips")
    root = real_data_dir()
    text = tables(list(trials(list(clips(root))[:: arguments.every])))
    publish(text, _README, write=arguments.write)


if __name__ == "__main__":
    main()
