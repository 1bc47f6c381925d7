"""How well repetitions of recorded people are counted: by name and without, disturbed, and while they go on.

    python -m fitlab.evaluation.repetitions            # prints the tables
    python -m fitlab.evaluation.repetitions --write    # puts them into experiments/repetitions/README.md

Needs the recorded data (``FITLAB_REAL_DATA``, default ``../shared/data``); some ten minutes on one core.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from fitlab.analysis.online import OnlineCounter
from fitlab.analysis.segmentation import segment
from fitlab.datasets import cmu, uiprmd
from fitlab.errors import InputError
from fitlab.evaluation.disturbances import DISTURBANCES
from fitlab.evaluation.readme import publish
from fitlab.exercises import Exercise, exercise_files, find_exercise, load_exercise
from fitlab.metrics import count_mae, count_obo
from fitlab.poses import PoseSequence, join
from fitlab.progress import progress
from fitlab.settings import real_data_dir

_README = Path("experiments/repetitions/README.md")
_MOVEMENTS = Path(__file__).with_name("uiprmd_exercises.yaml")
_CUT = "starts in mid-repetition"
_DISTURBED_EVERY = 3  # every third set, ten times each
_ONLINE_EVERY = {"by name": 8, "without": 32}
_NOT_RECORDED = ("m03", "s03", "vicon")

EXERCISES_OF_CMU = {"JumpJack": "jumping_jack", "Squat": "squat", "KneeRaise": "high_knees"}
COUNTED_BY_EYE = {
    ("13_29", "JumpJack"): 4,  # the segment ends with the arms up in the fourth
    ("13_29", "KneeRaise"): 6,
    ("13_29", "Squat"): 2,
    ("13_30", "JumpJack"): 2,  # it starts with the arms up in the first
    ("13_30", "KneeRaise"): 4,
    ("13_30", "Squat"): 2,
    ("14_14", "JumpJack"): 3,
    ("14_14", "KneeRaise"): 5,
    ("14_14", "Squat"): 2,
}
"""(trial, action) -> repetitions, counted by looking at 26 skeletons and the heights of wrists, knees and hips."""


@dataclass(frozen=True, eq=False)
class RecordedSet:
    """One subject's repetitions of one movement, joined; boundaries (R, 2) in seconds."""

    movement: str
    subject: str
    kind: str
    correct: bool
    poses: PoseSequence
    boundaries: np.ndarray

    @property
    def name(self) -> str:
        """``m01 s02 kinect incorrect``."""
        return f"{self.movement} {self.subject} {self.kind} {'correct' if self.correct else 'incorrect'}"


@dataclass(frozen=True, eq=False)
class Counted:
    """What was found in a set: spans (n, 2) in seconds."""

    recorded: RecordedSet
    spans: np.ndarray

    @property
    def errors_s(self) -> np.ndarray:
        """Seconds between each true start or stop and the nearest one found; empty if nothing was found."""
        if not len(self.spans):
            return np.zeros(0)
        return np.abs(self.recorded.boundaries[:, None] - self.spans[None]).min(axis=1).ravel()


def movement_exercises() -> dict[str, Exercise]:
    """The exercise by which each movement of UI-PRMD is counted when its name is known."""
    anything = yaml.safe_load(exercise_files()["any"].read_text(encoding="utf-8"))
    found = {}
    for movement, told in yaml.safe_load(_MOVEMENTS.read_text(encoding="utf-8")).items():
        if isinstance(told, str):
            found[movement] = _known(told)
            continue
        own = {key: told[key] for key in ("name", "title", "drive")}
        found[movement] = load_exercise({**anything, **own, "measures": {told["drive"]["measure"]: told["measure"]}})
    return found


def recorded_sets(root: Path) -> list[RecordedSet]:
    """Every set that was recorded: ten movements, eight people, Vicon and Kinect, correct and incorrect."""
    found = []
    for movement in progress(list(uiprmd.MOVEMENTS), "reading", unit="movement"):
        for kind in ("vicon", "kinect"):
            for correct in (True, False):
                for subject in uiprmd.SUBJECTS:
                    if (movement, subject, kind) == _NOT_RECORDED:
                        continue
                    seq, frames = uiprmd.joined(root, movement, subject, kind, correct)
                    found.append(RecordedSet(movement, subject, kind, correct, seq, frames / seq.fps))
    return found


def count(recorded: RecordedSet, exercise: Exercise) -> Counted:
    """The repetitions that the analysis finds in a set."""
    return Counted(recorded, _spans(recorded.poses, exercise))


def counting_table(counted: Sequence[Counted]) -> str:
    """OBO, MAE, exact share and median boundary error by movement, sensor and performance, as Markdown."""
    groups = {
        f"{movement} {title}": [c for c in counted if c.recorded.movement == movement]
        for movement, title in uiprmd.MOVEMENTS.items()
    }
    groups |= {f"all, {kind}": [c for c in counted if c.recorded.kind == kind] for kind in ("vicon", "kinect")}
    groups |= {f"all, performed {how}": [c for c in counted if c.recorded.correct == flag]
               for how, flag in (("correctly", True), ("incorrectly", False))}  # fmt: skip
    groups["**all**"] = list(counted)
    lines = ["| sets | n | OBO | MAE | exact | boundaries, median s |", "|---|---|---|---|---|---|"]
    for name, group in groups.items():
        if not group:
            continue
        found, true = np.array([(len(c.spans), len(c.recorded.boundaries)) for c in group]).T
        errors = np.concatenate([c.errors_s for c in group])
        lines.append(
            f"| {name} | {len(group)} | {count_obo(found, true):.3f} | {count_mae(found, true):.3f} "
            f"| {np.mean(found == true):.3f} | {np.median(errors) if len(errors) else float('nan'):.2f} |"
        )
    wrong = [f"{c.recorded.name}: {len(c.spans)} of {len(c.recorded.boundaries)}"
             for c in counted if abs(len(c.spans) - len(c.recorded.boundaries)) > 1]  # fmt: skip
    return "\n".join([*lines, "", f"Off by more than one: {'; '.join(wrong) or 'none'}.", ""])


def robustness_table(sets: Sequence[RecordedSet], exercises: dict[str, dict[str, Exercise]]) -> str:
    """Per disturbance and way of counting: the share of the sets whose count is what it was undisturbed."""
    unchanged: dict[str, dict[str, list[bool]]] = {
        name: {way: [] for way in exercises} for name in (*DISTURBANCES, _CUT)
    }
    for number, recorded in enumerate(progress(sets, "disturbing", unit="set")):
        disturbed = {
            name: disturb(recorded.poses, np.random.default_rng(number)) for name, disturb in DISTURBANCES.items()
        }
        for way, by in exercises.items():
            before = segment(recorded.poses, by[recorded.movement]).repetitions
            # Each way of counting at the first turn that it found itself: no repetition is lost but half of the first.
            cut = {_CUT: recorded.poses[before[0].turn :]} if before else {}
            for name, poses in (disturbed | cut).items():
                unchanged[name][way].append(len(_spans(poses, by[recorded.movement])) == len(before))
    lines = [f"| disturbance | n | {' | '.join(exercises)} |", "|---" * (2 + len(exercises)) + "|"]
    for name, ways in unchanged.items():
        shares = [f"{np.mean(same):.3f}" for same in ways.values()]
        lines.append(f"| {name} | {len(ways['by name'])} | {' | '.join(shares)} |")
    return "\n".join([*lines, ""])


def online_table(sets: Sequence[RecordedSet], exercises: dict[str, dict[str, Exercise]]) -> str:
    """The count of poses fed one by one against the count of the whole clip, and how late it comes."""
    lines = ["| | n | same count | off by one at most | OBO | delay, median s | longest s |", "|---" * 7 + "|"]
    for way, by in exercises.items():
        offline, online, true, delays = [], [], [], []
        chosen = sets[:: _ONLINE_EVERY[way]]
        for recorded in progress(chosen, f"feeding frames, {way}", unit="set"):
            announced, late = fed(recorded.poses, by[recorded.movement])
            offline.append(len(_spans(recorded.poses, by[recorded.movement])))
            online.append(announced)
            true.append(len(recorded.boundaries))
            delays += late
        apart = np.abs(np.array(online) - offline)
        lines.append(
            f"| {way} | {len(chosen)} | {np.mean(apart == 0):.3f} | {np.mean(apart <= 1):.3f} "
            f"| {count_obo(np.array(online), np.array(true)):.3f} | {np.median(delays):.2f} | {max(delays):.2f} |"
        )
    return "\n".join([*lines, ""])


def fed(poses: PoseSequence, exercise: Exercise) -> tuple[int, list[float]]:
    """Repetitions announced while ``poses`` are fed frame by frame, and the seconds from each one's end to its word."""
    counter = OnlineCounter(exercise, poses.skeleton, poses.fps)
    late = [
        (frame + 1 - rep.stop) / poses.fps for frame, pose in enumerate(poses.positions) for rep in counter.feed(pose)
    ]
    counter.finish()
    return len(counter.repetitions), late


def cmu_table(root: Path) -> str:
    """Segments of CMU counted by name and without, against the count by eye."""
    lines = ["| trial | action | by eye | by name | of these half | without |", "|---" * 6 + "|"]
    for trial in cmu.TRIALS:
        seq, segments = cmu.load(root, trial)
        for part in segments:
            if part.action not in EXERCISES_OF_CMU:
                continue
            clip = seq[part.start : part.stop]
            named = segment(clip, _known(EXERCISES_OF_CMU[part.action])).repetitions
            free = segment(clip, _known("any")).repetitions
            halves = sum(not rep.full for rep in named)
            eye = COUNTED_BY_EYE[trial, part.action]
            lines.append(f"| {trial} | {part.action} | {eye} | {len(named)} | {halves} | {len(free)} |")
    return "\n".join([*lines, ""])


def speed_line(sets: Sequence[RecordedSet]) -> str:
    """Seconds of processor time for ten minutes of poses at 30 fps."""
    squats = next(s for s in sets if s.movement == "m01" and s.kind == "kinect").poses
    long = join([squats] * int(np.ceil(18000 / len(squats))))[:18000]
    spent = {}
    for way, exercise in (("by name", _known("squat")), ("without", _known("any"))):
        before = time.process_time()
        segment(long, exercise)
        spent[way] = time.process_time() - before
    told = ", ".join(f"{seconds:.2f} s {way}" for way, seconds in spent.items())
    return f"Ten minutes at 30 fps (18,000 frames, measures and phases included), processor time: {told}.\n"


def _spans(poses: PoseSequence, exercise: Exercise) -> np.ndarray:
    """The repetitions found, (n, 2) seconds."""
    found = segment(poses, exercise).repetitions
    return np.array([(rep.start, rep.stop) for rep in found]).reshape(-1, 2) / poses.fps


def _known(name: str) -> Exercise:
    exercise = find_exercise(name)
    assert exercise is not None
    return exercise


def _sections(root: Path) -> Iterator[str]:
    sets = recorded_sets(root)
    exercises = {"by name": movement_exercises(), "without": dict.fromkeys(uiprmd.MOVEMENTS, _known("any"))}
    for way, by in exercises.items():
        counted = [count(recorded, by[recorded.movement]) for recorded in progress(sets, f"counting {way}", unit="set")]
        yield f"### UI-PRMD, {way if way == 'by name' else 'without a name'}\n\n{counting_table(counted)}"
    yield f"### CMU\n\n{cmu_table(root)}"
    yield f"### Speed\n\n{speed_line(sets)}"
    yield f"### While it goes on\n\n{online_table(sets, exercises)}"
    disturbed = robustness_table(sets[::_DISTURBED_EVERY], exercises)
    yield f"### Disturbed: share of the UI-PRMD sets whose count is unchanged\n\n{disturbed}"


def main() -> None:
    """Prints the tables, or writes them into the experiment's README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_README}")
    arguments = parser.parse_args()
    root = real_data_dir()
    if not root.is_dir():
        raise InputError(f"FITLAB_REAL_DATA must be the folder of recorded data, got {root}; see data/README.md")
    tables = "\n".join(_sections(root))
    publish(tables, _README, write=arguments.write)


if __name__ == "__main__":
    main()
