"""A contact sheet of exercises: the right form, and beside it every mistake.

    python -m fitlab.synthesis.gallery docs/pictures/gallery.jpg [exercise ...]

Every mistake is shown at the moment, and every exercise from the side, at which it differs most from the right form.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fitlab.exercises import find_exercise
from fitlab.files import written_whole
from fitlab.progress import progress
from fitlab.synthesis.clips import Clip, make_clip
from fitlab.synthesis.script import load_motion, motion_files

_AZIMUTHS = (20.0, 45.0, 70.0, 90.0)
_FPS = 15.0
_MARGIN, _TITLE, _CAPTION = 6, 22, 18
_PAPER, _INK, _FAINT = (250, 250, 248), (24, 24, 27), (110, 110, 115)


def gallery(
    exercises: Sequence[str] | None = None, *, seed: int = 0, cell: tuple[int, int] = (172, 166), columns: int = 2
) -> np.ndarray:
    """The contact sheet (H, W, 3) uint8 RGB of ``exercises`` (default: all), so many side by side.

    Parameters
    ----------
    cell : (width, height) pixels of each picture
    """
    exercises = list(motion_files()) if exercises is None else list(exercises)
    rows = [_row(name, seed + k, cell) for k, name in enumerate(progress(exercises, "gallery", unit="exercise"))]
    across = max(row.shape[1] for row in rows)
    rows = [_padded(row, across) for row in rows]
    while len(rows) % columns:
        rows.append(np.full_like(rows[0], _PAPER[0]))
    lines = [np.concatenate(rows[k : k + columns], axis=1) for k in range(0, len(rows), columns)]
    return np.concatenate(lines)


def _row(exercise: str, seed: int, cell: tuple[int, int]) -> np.ndarray:
    """One exercise: its title, the right form, the mistakes."""
    made = partial(make_clip, exercise, repetitions=1, seed=seed, size=cell, fps=_FPS, rest_s=(0.3, 0.3))
    right = made()
    wrong = {name: made(mistakes={name: 1.0}) for name in load_motion(exercise).mistakes}
    moments = {name: _moment(right, clip) for name, clip in wrong.items()}
    differing = [[_seen_difference(right, wrong[name], moments[name], side) for name in wrong] for side in _AZIMUTHS]
    side = _AZIMUTHS[int(np.argmax(np.min(differing, axis=1)))] if wrong else _AZIMUTHS[1]
    known = find_exercise(exercise)
    cells = [_cell(made(azimuth_deg=side), _turn(right), "right form")]
    for name, moment in moments.items():
        cells.append(_cell(made(mistakes={name: 1.0}, azimuth_deg=side), moment, name.replace("_", " ")))
    row = np.concatenate(cells, axis=1)
    title = Image.new("RGB", (row.shape[1], _TITLE), _PAPER)
    ImageDraw.Draw(title).text((_MARGIN, 3), known.title if known else exercise, _INK, ImageFont.load_default(15))
    return np.concatenate([np.asarray(title), row])


def _turn(clip: Clip) -> int:
    """The middle of the turn of the repetition."""
    known = find_exercise(clip.exercise)
    turning = known.phase_with_role("turn") if known else ""
    at_turn = [frame for frame, phase in enumerate(clip.phases) if phase == turning]
    return at_turn[len(at_turn) // 2]


def _moment(right: Clip, wrong: Clip) -> int:
    """Frame of ``wrong`` at which the posture differs most from the right form; both keep the same time."""
    frames = min(len(right), len(wrong))
    apart = _posture(wrong)[:frames] - _posture(right)[:frames]
    return int(np.linalg.norm(apart, axis=-1).mean(axis=-1).argmax())


def _posture(clip: Clip) -> np.ndarray:
    """(T, 23, 3) metres from the pelvis."""
    return clip.world_coco.positions - clip.world["pelvis"][:, None]


def _seen_difference(right: Clip, wrong: Clip, frame: int, azimuth_deg: float) -> float:
    """How much of the difference shows from a side, metres: what is along the line of sight does not."""
    apart = _posture(wrong)[frame] - _posture(right)[frame]
    azimuth = np.radians(azimuth_deg)
    across = apart[:, :2] @ (np.cos(azimuth), -np.sin(azimuth))
    return float(np.hypot(across, apart[:, 2]).mean())


def _cell(clip: Clip, frame: int, caption: str) -> np.ndarray:
    picture = next(iter(clip.frames([frame])))
    image = Image.new("RGB", (picture.shape[1] + _MARGIN, picture.shape[0] + _CAPTION), _PAPER)
    image.paste(Image.fromarray(picture), (_MARGIN, 0))
    colour = _INK if caption == "right form" else _FAINT
    ImageDraw.Draw(image).text((_MARGIN + 1, picture.shape[0] + 2), caption, colour, ImageFont.load_default(11))
    return np.asarray(image)


def _padded(row: np.ndarray, across: int) -> np.ndarray:
    return np.pad(row, ((0, _MARGIN), (0, across - row.shape[1] + 2 * _MARGIN), (0, 0)), constant_values=_PAPER[0])


def main(path: Path, exercises: Sequence[str] = ()) -> None:
    """Writes the contact sheet to ``path`` (jpg or png)."""
    sheet = Image.fromarray(gallery(exercises or None))
    with written_whole(path) as partial_path:
        sheet.save(partial_path, quality=86)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
