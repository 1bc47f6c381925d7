"""Draws the pictures of docs/exercises.md from the files of exercises and takes of the studio.

    python docs/pictures/exercises.py

Needs Chromium.
"""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from fitlab.analysis.report import Report, analyse
from fitlab.exercises import find_exercise
from fitlab.synthesis import make_clip
from fitlab.views import explained
from fitlab.views.poster import photograph

HERE = Path(__file__).parent


def taken(exercise: str, mistakes: dict[str, list[float]], seed: int, *, athlete: bool = False) -> Report:
    """A take of the studio, from exact 3D joints."""
    repetitions = len(next(iter(mistakes.values())))
    clip = make_clip(exercise, mistakes=mistakes, repetitions=repetitions, seed=seed)
    reference = make_clip(exercise, repetitions=4, seed=seed + 1).world if athlete else None
    return analyse(clip.world, find_exercise(exercise), reference)


def sinking_plank() -> Report:
    """A plank in form whose hips sink half-way: one take of the studio goes over into another of the same person."""
    good, bad = (
        make_clip("plank", mistakes={"hips_sag": [strength]}, repetitions=1, seed=3).world for strength in (0.0, 0.6)
    )
    middle = len(good) / 2
    share = np.clip((np.arange(len(good)) - middle) / good.fps, 0, 1)[:, None, None]  # within a second
    return analyse(
        good.replace("sinks", positions=(1 - share) * good.positions + share * bad.positions), find_exercise("plank")
    )


def draw(figure: go.Figure, name: str) -> None:
    """Writes a figure as ``<name>.png`` beside this file."""
    page = figure.to_html(include_plotlyjs=True, config={"displayModeBar": False})
    size = (figure.layout.width + 20, figure.layout.height + 20)
    photograph(page, HERE / f"{name}.png", size)


if __name__ == "__main__":
    draw(explained.drive(taken("squat", {"too_shallow": [0, 0, 1, 0]}, seed=4)), "exercise_drive")
    draw(explained.rule(taken("squat", {"knees_inward": [0, 0.9, 0.4, 0]}, seed=4), "knees_inward"), "exercise_rule")
    compared = taken("squat", {"trunk_forward": [0, 0.9, 0, 0]}, seed=4, athlete=True)
    draw(explained.deviation(compared, "trunk"), "exercise_athlete")
    draw(explained.rule(sinking_plank(), "hips_sag"), "exercise_hold")
