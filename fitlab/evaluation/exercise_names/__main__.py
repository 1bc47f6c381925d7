"""See the package."""

import argparse
import os
from pathlib import Path

from fitlab.analysis.naming import NAMES_FILE, write_names
from fitlab.errors import InputError
from fitlab.evaluation.exercise_names.examples import clips as body_clips
from fitlab.evaluation.exercise_names.examples import examples
from fitlab.evaluation.exercise_names.learning import learn
from fitlab.evaluation.exercise_names.measuring import (
    benchmark,
    by_kind,
    held_out,
    mistaken,
    movements,
    real_people,
    shares,
)
from fitlab.evaluation.fitbench.people import EXACT_2D, VIDEO, clips, watch
from fitlab.evaluation.lifted_measures.observed_files import observed_errors
from fitlab.evaluation.lifted_measures.takes import Takes, made_takes
from fitlab.evaluation.readme import publish
from fitlab.pipeline import LIFTER
from fitlab.settings import real_data_dir

_FOLDER = Path("experiments/exercise_names")
_TAKES = Path("experiments/runs/lifted_takes")
_ROUNDS, _HELD_OUT = 20, 2


def main() -> None:
    """Prints the tables, or writes them and what was learned."""
    parser = argparse.ArgumentParser(description="Which exercise a clip shows.")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="takes of every mistake; the last two are held out")
    parser.add_argument("--takes", type=Path, default=_TAKES, help="kept from run to run")
    parser.add_argument("--benchmark", type=Path, default=Path("experiments/runs/synth/benchmark"))
    parser.add_argument("--seen", type=Path, default=Path("experiments/runs/fitbench"), help="people detected so far")
    parser.add_argument("--views", nargs="+", help="of FitBench-S; default: all")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help=f"tables into {_FOLDER}, the names next to the weights")
    arguments = parser.parse_args()

    if arguments.rounds <= _HELD_OUT:
        raise InputError(
            f"rounds must be more than {_HELD_OUT}, which are held out, got {arguments.rounds}; ask for more"
        )
    known = arguments.rounds - _HELD_OUT
    takes = Takes(LIFTER, observed_errors(arguments.takes, arguments.workers))
    made = examples(
        body_clips(made_takes(arguments.takes, takes, arguments.rounds, arguments.workers)),
        held_out=range(known, arguments.rounds),
    )
    told = by_kind(
        held_out(learn([one for one in made if one.round < known]), [one for one in made if one.round >= known])
    )
    namer = learn(made)
    if arguments.write:
        write_names(namer, NAMES_FILE)
    text = ["### People of the studio, held out\n", shares(told), mistaken(told)]

    if any(arguments.benchmark.glob("clips/*-*/*.mp4")):
        names = clips(arguments.benchmark, arguments.views)
        watched = {
            source: watch(arguments.benchmark, source, arguments.seen, names, arguments.workers)
            for source in (EXACT_2D, VIDEO)
        }
        seen = [one for source, people in watched.items() for one in benchmark(namer, people, names, source)]
        text += ["### FitBench-S\n", shares(seen), mistaken(seen)]
    if (real_data_dir() / "uiprmd").is_dir():
        text += ["### Real people\n", movements(real_people(namer, real_data_dir()))]
    publish("\n".join(text), _FOLDER / "README.md", write=arguments.write)


if __name__ == "__main__":
    main()
