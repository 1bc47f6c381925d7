"""See the package."""

import argparse
import os
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from fitlab.analysis.lifting_errors import write_errors
from fitlab.analysis.recognition import Recognition
from fitlab.analysis.recognition_files import write_recognition
from fitlab.errors import InputError
from fitlab.evaluation.lifted_measures.errors import errors_of, examples, table
from fitlab.evaluation.lifted_measures.observed_files import observed_errors
from fitlab.evaluation.lifted_measures.recognising import (
    FOLDS,
    by_measure,
    by_mistake,
    directions,
    recognise,
    summary,
    told,
    usable,
    with_others,
)
from fitlab.evaluation.lifted_measures.takes import Seen, Takes, made_takes, repetitions
from fitlab.evaluation.readme import publish
from fitlab.lifting import errors_file, recognition_file
from fitlab.pipeline import LIFTER
from fitlab.progress import progress

_FOLDER = Path("experiments/lifted_measures")
_TAKES = Path("experiments/runs/lifted_takes")
_ROUNDS = 30
MEASURE, WHOLE = "its own measure, corrected", "the whole repetition"


def main() -> None:
    """Prints the tables, or writes them and what was learned."""
    parser = argparse.ArgumentParser(description="What lifting leaves of mistakes, by view.")
    parser.add_argument("--lifter", default=LIFTER, help="name or file")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="takes of every mistake")
    parser.add_argument("--takes", type=Path, default=_TAKES, help="kept from run to run")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help=f"tables into {_FOLDER}, the rest next to the weights")
    arguments = parser.parse_args()
    takes = Takes(arguments.lifter, observed_errors(arguments.takes, arguments.workers))
    seen = taken(arguments.takes, takes, arguments.rounds, arguments.workers)

    measured = examples(seen)
    errors = errors_of(measured)
    recognition, verdicts = learned(seen)
    if arguments.write:
        write_errors(errors, errors_file(arguments.lifter))
        write_recognition(recognition, recognition_file(arguments.lifter))
    text = "\n".join(
        [
            "### People held out\n",
            summary(verdicts),
            "### By mistake, people held out: F1\n",
            by_mistake(verdicts),
            "### Measures\n",
            table(measured, errors),
        ]
    )
    publish(text, _FOLDER / "README.md", write=arguments.write)


def taken(folder: Path, takes: Takes, rounds: int, workers: int) -> list[Seen]:
    """The repetitions of all takes, made as far as they are not in ``folder`` yet; in the order of exercises."""
    if rounds < FOLDS:
        raise InputError(f"rounds must be at least {FOLDS}, so that people can be held out, got {rounds}; ask for more")
    folders = made_takes(folder, takes, rounds, workers)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        parts = pool.map(repetitions, folders, chunksize=8)
        found = [one for part in progress(parts, "measuring", len(folders), "take") for one in part]
    return sorted(found, key=lambda one: one.exercise)


def learned(seen: list[Seen]) -> tuple[dict[str, Recognition], dict[str, pd.DataFrame]]:
    """What is recognised, by exercise; and the verdicts on people held out for every way to tell mistakes."""
    recognition: dict[str, Recognition] = {}
    verdicts: dict[str, list[pd.DataFrame]] = defaultdict(list)
    exercises = [(name, usable(list(own))) for name, own in groupby(seen, lambda one: one.exercise)]
    basis = directions(progress((own for _, own in exercises), "principal directions", len(exercises), "exercise"))
    for name, own in progress(exercises, "learning", unit="exercise"):
        recognition[name], held_out = recognise(own, basis)
        for way, likely, known in ((MEASURE, by_measure(own), None), (WHOLE, held_out, recognition[name])):
            verdicts[way].append(told(own, likely))
            verdicts[f"{way}, and the other one"].append(told(own, with_others(own, likely, known)))
    return recognition, {way: pd.concat(parts, ignore_index=True) for way, parts in verdicts.items()}


if __name__ == "__main__":
    main()
