"""How well the measures of the rules survive lifting, by view; what *cannot tell* rests on.

    python -m fitlab.evaluation.lifted_measures                # prints the table
    python -m fitlab.evaluation.lifted_measures --write        # into experiments/lifted_measures; the errors go next to
                                                               # the lifter's weights

Takes of the studio, some for every mistake, are seen by cameras all around, with the errors of a detector imitated,
and lifted.  What every rule would measure there is compared with what it measures on the exact poses, in the
same repetitions and phases.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from fitlab.analysis.lifting_errors import Errors, MeasureError, View, described, fit_error, write_errors
from fitlab.analysis.measures import facing_left, measure_curves
from fitlab.analysis.mistakes import judge_repetitions
from fitlab.analysis.segmentation import segment
from fitlab.evaluation.readme import publish
from fitlab.exercises import Measure, Mistake, find_exercise
from fitlab.geometry import Camera, project_poses
from fitlab.lifting import Lifter, errors_file, ground, load_lifter, towards_camera
from fitlab.pipeline import LIFTER, lifted
from fitlab.poses import PoseSequence
from fitlab.progress import progress
from fitlab.skeletons import COCO17
from fitlab.synthesis import make_clip
from fitlab.synthesis.phones import draw_phone
from fitlab.synthesis.script import load_motion, motion_files
from fitlab.training.lifter_views import DetectorNoise

SEED = 20_260_401
"""Of people and cameras: neither trained on nor in FitBench-S."""

_FOLDER = Path("experiments/lifted_measures")
_LEAST_MADE = 4  # examples of a mistake without which nothing is known of it
_MOST = 5.0
_TAKES, _CAMERAS = 6, 4  # of every mistake; that see every take
_SIZE = (640, 480)


class Example(NamedTuple):
    """One rule in one repetition: its measure as lifted and as it was, seen from ``azimuth`` degrees off the front."""

    exercise: str
    mistake: str
    lifted: float
    true: float
    azimuth: float


@dataclass(frozen=True)
class Takes:
    """Takes of mistakes, by other people each, and what a lifter makes of them.

    Parameters
    ----------
    made : sequence of (exercise, mistake)
        One take each: two repetitions, one with the mistake at a strength of at least a half, one below.
    lifter : str
        Name or file.
    """

    made: Sequence[tuple[str, str]]
    lifter: str

    def examples(self, number: int) -> list[Example]:
        """Of take ``number``, from all of its cameras."""
        torch.set_num_threads(1)  # the takes are shared out among the processes
        name, mistake = self.made[number]
        rng = np.random.default_rng([SEED, number])
        strengths = rng.permutation([rng.uniform(0.5, 1), rng.uniform(0, 0.5)]).tolist()
        clip = make_clip(
            name, mistakes={mistake: strengths}, repetitions=2, seed=int(rng.integers(1 << 31)), size=_SIZE
        )
        exercise = find_exercise(name)
        assert exercise is not None  # the studio performs none without a file
        exact = measure_curves(clip.world, exercise)
        coco = clip.world_coco.to(COCO17)
        found = []
        for _ in range(_CAMERAS):
            camera = draw_phone(rng, clip.performance.motion.heads, _SIZE).camera(_SIZE)
            image = disturbed(coco, camera, int(rng.integers(1 << 31)))
            in_camera = lifted(image, self._lifter)
            world = ground(in_camera, image)
            parts = segment(world, exercise)
            azimuths = View(towards_camera(in_camera), {}).azimuths(facing_left(world))
            measured, true = (
                judge_repetitions(exercise, curves, parts.repetitions, parts.phases) for curves in (parts.curves, exact)
            )
            found += [
                Example(exercise.name, m.mistake, m.value, t.value, float(np.nanmedian(azimuths[m.start : m.stop])))
                for m, t in zip(measured, true, strict=True)
            ]
        return [example for example in found if np.isfinite(example[2:]).all()]

    @cached_property
    def _lifter(self) -> Lifter:  # loaded in the process that lifts
        return load_lifter(self.lifter)


def disturbed(coco: PoseSequence, camera: Camera, seed: int) -> PoseSequence:
    """What a detector might see of exact (world-space) joints: their pixels with the errors that lifters train with."""
    image = project_poses(coco, camera)
    screen = torch.from_numpy(image.positions / camera.size[0])[None]  # the noise is in shares of the person's size
    noisy = DetectorNoise()(screen, torch.Generator().manual_seed(seed))[0].numpy() * camera.size[0]
    return image.replace("disturbed()", positions=noisy.astype(np.float32))


def errors_of(examples: pd.DataFrame) -> Errors:
    """The fit for every rule whose mistake was made often enough; mistakes count as :func:`balance` says."""
    errors: dict[str, dict[str, MeasureError]] = {}
    for (exercise, mistake), own in examples.groupby(["exercise", "mistake"], sort=True):
        lifted, true, azimuth = (own[name].to_numpy() for name in ("lifted", "true", "azimuth"))
        rule = _rule(str(exercise), str(mistake))
        if min(_made(true, rule).sum(), (~_made(true, rule)).sum()) >= _LEAST_MADE:
            fit = fit_error(lifted, true, azimuth, balance(true, rule))
            fit = replace(fit, rule=described(rule, _measure(str(exercise), rule)))
            errors.setdefault(str(exercise), {})[str(mistake)] = fit
    return errors


def balance(true: np.ndarray, rule: Mistake) -> np.ndarray:
    """Weights (N,) of mean 1 under which the examples beyond the rule's threshold count as much as the others together.

    Most repetitions are right; unbalanced, a view that shows nothing would not say *cannot tell* but *no*.  No example
    counts more than :data:`_MOST` times its share before the mean is brought back to 1, so that a few stay few.
    """
    made = _made(true, rule)
    if made.all() or not made.any():
        return np.ones(len(true))
    weights = np.where(made, 0.5 / made.mean(), 0.5 / (1 - made.mean())).clip(1 / _MOST, _MOST)
    return weights / weights.mean()


def _measure(exercise: str, rule: Mistake) -> Measure:
    known = find_exercise(exercise)
    assert known is not None
    return known.measures[rule.measure]


def _made(true: np.ndarray, rule: Mistake) -> np.ndarray:
    return true > rule.threshold if rule.direction == "above" else true < rule.threshold


def _rule(exercise: str, mistake: str) -> Mistake:
    known = find_exercise(exercise)
    assert known is not None  # the studio performs none without a file
    return next(rule for rule in known.mistakes if rule.name == mistake)


def table(examples: pd.DataFrame, errors: Errors) -> str:
    """A row for every rule, as Markdown: correlation, and by view the slope and the 95 % bound of the error."""
    views = ("front", "oblique", "side", "oblique, behind", "behind")
    lines = [
        f"| exercise | mistake | examples | correlation | margin | {' | '.join(views)} |",
        "|---" * (5 + len(views)) + "|",
    ]
    for name, rules in errors.items():
        for rule, error in rules.items():
            own = examples[(examples.exercise == name) & (examples.mistake == rule)]
            correlation = np.corrcoef(own.lifted, own.true)[0, 1] if own.true.std() > 1e-6 else np.nan
            cells = [f"{s:.2f}, {1.645 * d:.1f}" for s, d in zip(error.slope, error.deviation, strict=True)]
            row = [name, rule, str(len(own)), f"{correlation:.2f}", f"{_rule(name, rule).margin:g}", *cells]
            lines.append(f"| {' | '.join(row)} |")
    return "\n".join([*lines, ""])


def _all_examples(takes: Takes, workers: int) -> Iterator[Example]:
    numbers = range(len(takes.made))
    with ProcessPoolExecutor(workers) as pool:
        for found in progress(pool.map(takes.examples, numbers), "lifting takes", len(numbers), "take"):
            yield from found


def main() -> None:
    """Prints the table, or writes it and the errors."""
    parser = argparse.ArgumentParser(description="How well the measures of the rules survive lifting.")
    parser.add_argument("--lifter", default=LIFTER, help="name or file")
    parser.add_argument("--takes", type=int, default=_TAKES, help="of every mistake")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help=f"table into {_FOLDER}, errors next to the weights")
    arguments = parser.parse_args()
    made = [(name, mistake) for name in motion_files() for mistake in load_motion(name).mistakes]
    takes = Takes(made * arguments.takes, arguments.lifter)
    examples = pd.DataFrame(_all_examples(takes, arguments.workers), columns=Example._fields)
    errors = errors_of(examples)
    if arguments.write:
        write_errors(errors, errors_file(arguments.lifter))
    publish(table(examples, errors), _FOLDER / "README.md", write=arguments.write)


if __name__ == "__main__":
    main()
