"""See the package."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from fitlab.detectors import Detector, load_detector
from fitlab.errors import SetupError
from fitlab.evaluation.readme import publish
from fitlab.evaluation.realism.answers import ask
from fitlab.evaluation.realism.examples import Example, photographs, studio
from fitlab.evaluation.realism.sheet import sheet
from fitlab.evaluation.realism.tables import PHOTOGRAPHS, STUDIO, UPRIGHT, agreement, by_exercise, by_group, by_joint
from fitlab.files import written_whole
from fitlab.settings import real_data_dir
from fitlab.synthesis.slices import SLICES

DETECTORS = ("movenet_lightning", "movenet_thunder", "blazepose_full")

PICTURES, OF_LEEDS = 352, 100
"""Of the studio, over all exercises, and of each slice of the Leeds photographs."""

_FOLDER = Path("experiments/studio_realism")


def report(detectors: Sequence[Detector], groups: Mapping[str, Sequence[Example]]) -> tuple[str, np.ndarray]:
    """The tables as Markdown, and the sheet of pictures.

    Parameters
    ----------
    groups : {name: people}
        With :data:`tables.PHOTOGRAPHS` and :data:`tables.STUDIO` among them.
    """
    found = {detector.name: ask(detector, groups) for detector in detectors}
    for answers in found.values():
        parts = {f"studio: {name}": answers[STUDIO].of_slice(name) for name in SLICES}
        answers |= {name: part for name, part in parts.items() if len(part)}
    names = list(next(iter(found.values())))
    drawn = [name for name in names if name.startswith("studio")]
    text = [
        "### Upright people\n",
        agreement(found),
        "### By slice\n",
        by_group(found, "OKS", [PHOTOGRAPHS, *drawn], lambda answers: answers.oks),
        "### More photographs\n",
        by_group(found, "PCK@0.2", names, lambda answers: answers.pck),
        "### By joint of upright people, in spreads of OKS (2 sigma sqrt(area))\n",
        by_joint(found),
        "### By exercise\n",
        by_exercise(found),
    ]
    return "\n".join(text), sheet({name: answers[UPRIGHT] for name, answers in found.items()})


def main() -> None:
    """Prints the tables, or writes them and the picture into the experiment's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put tables and picture into {_FOLDER}")
    arguments = parser.parse_args()
    detectors = []
    for name in DETECTORS:
        try:
            detectors.append(load_detector(name))
        except SetupError as error:
            sys.stderr.write(f"without {name}: {error}\n")
    groups = {
        f"photographs: {name}": people for name, people in photographs(real_data_dir(), of_leeds=OF_LEEDS).items()
    }
    groups[STUDIO] = studio(PICTURES)
    text, picture = report(detectors, groups)
    if arguments.write:
        with written_whole(_FOLDER / "detections.jpg") as partial:
            cv2.imwrite(str(partial), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    publish(text, _FOLDER / "README.md", write=arguments.write)


if __name__ == "__main__":
    main()
