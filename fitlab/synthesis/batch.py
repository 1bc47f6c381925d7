"""Several clips at once, on several processor cores."""

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fitlab.synthesis.clip_files import write_clip
from fitlab.synthesis.clip_set import checked_recipes
from fitlab.synthesis.clips import make_clip


def write_clips(
    recipes: Mapping[str, Mapping[str, Any]], folder: str | os.PathLike[str], workers: int | None = None
) -> dict[str, Path]:
    """Makes and writes a clip for every recipe; returns name -> path of its mp4.

    Parameters
    ----------
    recipes : mapping
        Name of the clip -> arguments of :func:`fitlab.synthesis.clips.make_clip`.
    workers : int, optional
        Processes; default: one per core, at most one per clip.  The result does not depend on it.

    Raises
    ------
    InputError, SetupError
        As :func:`make_clip` and :func:`write_clip` do; recipes are looked at before any is rendered.
    """
    checked_recipes(recipes)
    workers = min(workers or os.cpu_count() or 1, len(recipes))
    if workers <= 1:
        return {name: _write(name, recipe, folder) for name, recipe in recipes.items()}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:  # OpenGL does not survive a fork
        running = {name: pool.submit(_write, name, dict(recipe), folder) for name, recipe in recipes.items()}
        return {name: job.result() for name, job in running.items()}


def _write(name: str, recipe: Mapping[str, Any], folder: str | os.PathLike[str]) -> Path:
    return write_clip(make_clip(**recipe), folder, name)
