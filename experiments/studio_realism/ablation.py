"""What in the studio's pictures makes them easy or hard for detectors?

    python experiments/studio_realism/ablation.py        # four minutes on two cores

The same people in the same places, drawn again with one thing changed; the changes below "none of them rough" are made
to pictures that are not rough either.
"""

from collections.abc import Callable
from dataclasses import replace
from unittest import mock

import numpy as np

from fitlab.detectors import load_detector
from fitlab.evaluation.realism.__main__ import DETECTORS
from fitlab.evaluation.realism.answers import ask
from fitlab.evaluation.realism.examples import Example, studio
from fitlab.progress import progress
from fitlab.synthesis import images
from fitlab.synthesis.scene import Scene, draw_scene
from fitlab.synthesis.sensor import Sensor

EXERCISES = ("squat", "lunge", "overhead_press", "jumping_jack")
PICTURES = 60
PERFECT = Sensor(gains=(1.0, 1.0, 1.0), vignette=0.0, blur_px=0.0, noise=0.0, shutter_s=1e-4, quality=100)

AS_THEY_ARE = "as they are"
CHANGES: dict[str, Callable[[Scene], Scene]] = {
    AS_THEY_ARE: lambda scene: scene,
    "none of them rough": lambda scene: scene,
    "a perfect sensor": lambda scene: replace(scene, sensor=PERFECT),
    "no noise": lambda scene: replace(scene, sensor=replace(scene.sensor, noise=0.0)),
    "no blur of lens and motion": lambda scene: replace(
        scene, sensor=replace(scene.sensor, blur_px=0.0, shutter_s=1e-4)
    ),
    "a poor phone": lambda scene: replace(
        scene, sensor=replace(scene.sensor, blur_px=1.5, noise=7.0, shutter_s=1 / 24, quality=25)
    ),
    "half the light": lambda scene: replace(
        scene, sensor=replace(scene.sensor, gains=tuple(gain / 2 for gain in scene.sensor.gains))
    ),
    "no props, furniture, passer-by": lambda scene: replace(scene, held=(), standing=(), passer=None),
}


def pictures(change: Callable[[Scene], Scene], rough: float) -> list[Example]:
    """The upright people of the studio, their scenes changed; a share of the pictures is ``rough``."""

    def drawn(*arguments: object, **named: object) -> Scene:
        return change(draw_scene(*arguments, **named))  # type: ignore[arg-type]

    with (
        mock.patch.object(images, "draw_scene", drawn),
        mock.patch.object(images, "_ROUGH_SHARE", rough),
        mock.patch("fitlab.evaluation.realism.examples.motion_files", lambda: EXERCISES),
    ):
        return [person for person in studio(PICTURES) if "upright" in person.slices]


def main() -> None:
    """Prints mean OKS by change and detector."""
    groups = {
        name: pictures(change, images._ROUGH_SHARE if name == AS_THEY_ARE else 0.0)
        for name, change in progress(CHANGES.items(), "changing", len(CHANGES), "change")
    }
    found = {name: ask(load_detector(name), groups) for name in DETECTORS}
    print(f"| OKS | n | {' | '.join(found)} |")
    print("|---" * (2 + len(found)) + "|")
    for group, people in groups.items():
        cells = " | ".join(f"{np.mean(answers[group].oks):.3f}" for answers in found.values())
        print(f"| {group} | {len(people)} | {cells} |")


if __name__ == "__main__":
    main()
