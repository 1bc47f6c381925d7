"""A panel to try the studio: exercise, mistake, body and camera by sliders; the picture and its labels at once."""

from collections.abc import Mapping
from typing import Any

import cv2
import ipywidgets
import numpy as np

from fitlab.exercises import find_exercise
from fitlab.skeletons import COCO17
from fitlab.synthesis import Clip, load_motion, make_clip
from fitlab.synthesis.body import PHENOTYPES, Body, draw_phenotype
from fitlab.synthesis.script import motion_files
from fitlab.views.overlay import draw_skeleton

_RIGHT_FORM = "right form"
_BODY = ("gender", "age", "muscle", "weight", "height")
_FPS = 12.0
_HIDDEN = 0.3  # how strongly a joint is drawn that the camera does not see


class Studio(ipywidgets.HBox):
    """Sliders beside a picture of the studio, plain and with its exact labels.

    Parameters
    ----------
    exercise : str
        One of ``configs/motion``.
    seed : int
        Draws the person, clothes and place until sliders say otherwise.
    size : (width, height) pixels of the picture

    Attributes
    ----------
    clip : Clip
        What is shown; one repetition.
    recipe : dict
        Arguments of :func:`fitlab.synthesis.make_clip` that make the clip again, as in a preset of ``fitlab synth``.
    """

    def __init__(self, exercise: str = "squat", seed: int = 0, size: tuple[int, int] = (360, 480)) -> None:
        self._size = size
        wide = {"layout": {"width": "320px"}, "style": {"description_width": "72px"}}
        slow = {**wide, "continuous_update": False}
        self.exercise = ipywidgets.Dropdown(options=_titles(), value=exercise, description="exercise", **wide)
        self.mistake = ipywidgets.Dropdown(description="mistake", **wide)
        self.strength = ipywidgets.FloatSlider(1.0, min=0, max=1, step=0.05, description="strength", **slow)
        self.moment = ipywidgets.FloatSlider(0.5, min=0, max=1, step=0.02, description="moment", **slow)
        self.azimuth = ipywidgets.IntSlider(30, min=-180, max=180, step=5, description="camera °", **slow)
        drawn = Body(draw_phenotype(np.random.default_rng([seed, 0]))).phenotype
        self.body = {
            name: ipywidgets.FloatSlider(
                drawn[name], min=PHENOTYPES[name][0], max=PHENOTYPES[name][-1], step=0.05, description=name, **slow
            )
            for name in _BODY
        }
        self.seed = ipywidgets.BoundedIntText(seed, min=0, max=1 << 31, description="seed", **wide)
        half = {"max_width": "49%", "height": "auto"}  # beside each other in narrow notebooks, too
        self._picture, self._labels = (ipywidgets.Image(format="jpeg", layout=half) for _ in range(2))
        self._caption = ipywidgets.HTML()
        self._offer_mistakes()
        controls = [
            self.exercise,
            self.mistake,
            self.strength,
            self.moment,
            self.azimuth,
            *self.body.values(),
            self.seed,
        ]
        pictures = ipywidgets.HBox([self._picture, self._labels], layout={"align_items": "flex-start"})
        shown = ipywidgets.VBox([pictures, self._caption], layout={"flex": "1 1 0", "min_width": "0"})
        super().__init__([ipywidgets.VBox(controls, layout={"flex": "0 0 340px"}), shown])
        self.exercise.observe(lambda change: self._offer_mistakes(), "value")
        self.moment.observe(lambda change: self._show(), "value")
        for control in (self.exercise, self.mistake, self.strength, self.azimuth, *self.body.values(), self.seed):
            control.observe(lambda change: self._perform(), "value")
        self._perform()

    @property
    def recipe(self) -> dict[str, Any]:
        """See the class."""
        mistakes = {} if self.mistake.value == _RIGHT_FORM else {self.mistake.value: self.strength.value}
        return {
            "exercise": self.exercise.value,
            "mistakes": mistakes,
            "repetitions": 1,
            "seed": self.seed.value,
            "size": self._size,
            "fps": _FPS,
            "azimuth_deg": float(self.azimuth.value),
            "phenotype": {name: slider.value for name, slider in self.body.items()},
        }

    def _offer_mistakes(self) -> None:
        names = (_RIGHT_FORM, *load_motion(self.exercise.value).mistakes)
        self.mistake.options = [(_words(name), name) for name in names]
        self.mistake.value = _RIGHT_FORM

    def _perform(self) -> None:
        self.clip: Clip = make_clip(**self.recipe)
        self._show()

    def _show(self) -> None:
        start, stop = self.clip.repetitions[0]
        frame = start + round(self.moment.value * (stop - 1 - start))
        picture = next(iter(self.clip.frames([frame])))
        seen = self.clip.visible_at(frame)
        sure = np.where(seen[: len(COCO17)], 1.0, _HIDDEN)
        drawn = draw_skeleton(picture, self.clip.image.positions[frame], sure, COCO17)
        self._picture.value, self._labels.value = _jpeg(picture), _jpeg(drawn)
        self._caption.value = _caption(self.clip, frame, seen)


def _titles() -> list[tuple[str, str]]:
    known: Mapping[str, Any] = {name: find_exercise(name) for name in motion_files()}
    return [(exercise.title, name) for name, exercise in known.items()]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _caption(clip: Clip, frame: int, seen: np.ndarray) -> str:
    mistakes = ", ".join(f"{_words(name)} {strength:.0%}" for name, strength in clip.mistakes[0].items())
    return (
        f"<b>{_words(clip.phases[frame])}</b> · {mistakes or _RIGHT_FORM} · "
        f"{int(seen.sum())} of {len(seen)} joints in sight · frame {frame} of {len(clip)}"
    )


def _jpeg(picture: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
