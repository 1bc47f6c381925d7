"""See the package."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from fitlab.detectors import turning
from fitlab.evaluation.fitbench.answers import answers
from fitlab.evaluation.fitbench.people import INPUTS, VIDEO, clips, watch
from fitlab.evaluation.fitbench.tables import by_exercise, by_mistake, by_view, summary
from fitlab.evaluation.readme import publish
from fitlab.pipeline import DETECTOR, LOOKS

_FOLDER = Path("experiments/fitbench")
_SEEN = {"front": "from the front", "side": "from the side", "behind": "from behind", "oblique": "obliquely"}


def main() -> None:
    """Prints the tables, or writes them into the experiment's folder."""
    parser = argparse.ArgumentParser(description="What the whole chain finds on FitBench-S.")
    parser.add_argument("--benchmark", type=Path, default=Path("experiments/runs/synth/benchmark"))
    parser.add_argument("--seen", type=Path, default=Path("experiments/runs/fitbench"), help="people detected so far")
    parser.add_argument("--inputs", nargs="+", choices=INPUTS, default=INPUTS)
    parser.add_argument("--views", nargs="+", help="of the cameras; default: all")
    parser.add_argument("--detector", default=DETECTOR, help="see fitlab zoo list; default: %(default)s")
    parser.add_argument("--looks", default=LOOKS, choices=list(turning.LOOKS), help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_FOLDER}")
    arguments = parser.parse_args()
    names = clips(arguments.benchmark, arguments.views)
    found = {}
    for source in arguments.inputs:
        watched = watch(
            arguments.benchmark,
            source,
            arguments.seen,
            names,
            arguments.workers,
            detector=arguments.detector,
            looks=arguments.looks,
        )
        found[source] = answers(watched, names)
    last = VIDEO if VIDEO in found else arguments.inputs[-1]
    text = "\n".join(
        [
            f"### {_which(arguments.views)}\n",
            *([f"Video: {arguments.detector}, looks {arguments.looks}.\n"] if VIDEO in found else []),
            summary(found),
            "### By view: macro F1, answered, false alarms\n",
            by_view(found),
            "### By exercise: macro F1, false alarms, counted right\n",
            by_exercise(found),
            f"### Mistakes that were made, from {last}\n",
            by_mistake(found[last][0]),
        ]
    )
    publish(text, _FOLDER / "README.md", write=arguments.write)


def _which(views: Sequence[str] | None) -> str:
    return "All clips" if views is None else f"The clips seen {' and '.join(_SEEN.get(view, view) for view in views)}"


if __name__ == "__main__":
    main()
