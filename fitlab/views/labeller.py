"""A panel to correct labels: drag joints, mark them hidden or absent, accept or reject the frame, undo."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from fitlab.datasets.label_book import LabelBook
from fitlab.errors import InputError, SetupError
from fitlab.views import palette

_FRONT = Path(__file__).parent / "labelling"


def _style() -> str:
    """The style sheet with the colours of :mod:`fitlab.views.palette`, light and dark."""

    def rules(colours: Mapping[str, str]) -> str:
        return ";".join(f"--fl-{name}:{colour}" for name, colour in colours.items())

    light, dark = rules(palette.LIGHT), rules(palette.DARK)
    themes = f""".fl-labeller{{{light}}}
@media (prefers-color-scheme:dark){{.fl-labeller{{{dark}}}}}
[data-jp-theme-light="true"] .fl-labeller{{{light}}}
[data-jp-theme-light="false"] .fl-labeller{{{dark}}}
"""
    return themes + (_FRONT / "labelling.css").read_text(encoding="utf-8")


class Labeller(anywidget.AnyWidget):
    """The frames of a folder that ``fitlab mine`` made, one at a time; every change is saved before it is shown.

    Keys: arrows to the next and the one before, z undo, y redo, h hidden or seen, x absent, a accept, r reject,
    + - 0 zoom.

    Parameters
    ----------
    folder : path, or LabelBook

    Attributes
    ----------
    book : LabelBook
        What is shown; ``book.tally`` says how many frames wait.
    view : dict
        What the front end draws.  ``problem`` says why the last change could not be made; then nothing was changed.

    Raises
    ------
    InputError
        If the folder holds no labels.
    """

    _esm = (_FRONT / "labelling.js").read_text(encoding="utf-8")
    _css = _style()

    view = traitlets.Dict().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)

    def __init__(self, folder: str | os.PathLike[str] | LabelBook) -> None:
        self.book = folder if isinstance(folder, LabelBook) else LabelBook(folder)
        self._shown = -1
        super().__init__()
        self.refresh()
        self.on_msg(lambda widget, told, buffers: self.do(told))

    def refresh(self, problem: str = "") -> None:
        """Draws the book as it is now: call it after you changed it in code."""
        with self.hold_sync():
            if self._shown != self.book.at:
                self.picture = self.book.picture(self.book.at).read_bytes()
                self._shown = self.book.at
            self.view = self._view(problem)

    def do(self, told: Mapping[str, Any]) -> None:
        """Does what the front end asks for: ``{"do": "move", "joint": 9, "x": 10.5, "y": 20}`` and the like."""
        book, at, problem = self.book, self.book.at, ""
        try:
            match told["do"]:
                case "move":
                    book.move(at, int(told["joint"]), (float(told["x"]), float(told["y"])))
                case "mark":
                    book.mark(at, int(told["joint"]), int(told["visibility"]))
                case "decide":
                    book.decide(at, str(told["state"]), look_at=at + 1)
                case "go":
                    book.go(at + int(told["by"]))
                case "undo":
                    book.undo()
                case "redo":
                    book.redo()
                case other:
                    problem = f"the front end asked for {other!r}, which is not known; load the page anew"
        except (InputError, SetupError) as error:
            problem = str(error)
        self.refresh(problem)

    def _view(self, problem: str) -> dict[str, Any]:
        book, at = self.book, self.book.at
        told = book.about(at)
        width, height = book.size(at)
        triples = np.column_stack([np.nan_to_num(book.keypoints(at)), book.visibility(at)])
        where = [str(told[key]) for key in ("clip",) if key in told]
        where += [f"{told['time_s']:.2f} s"] if "time_s" in told else [book.picture(at).name]
        return {
            "number": at,
            "count": len(book),
            "size": [width, height],
            "type": "image/png" if book.picture(at).suffix.lower() == ".png" else "image/jpeg",
            "joints": list(book.joints),
            "bones": [list(bone) for bone in book.bones],
            "keypoints": triples.tolist(),
            "confidence": told.get("confidence", []),
            "state": book.state(at),
            "reasons": told.get("reasons", []),
            "where": " at ".join(where),
            "tally": book.tally,
            "undo": book.can_undo,
            "redo": book.can_redo,
            "file": str(book.path),
            "problem": problem,
        }
