"""A panel to cut the exercise out of a recording by hand: the drive, what was counted, and a slider for both ends."""

import ipywidgets
import numpy as np
import plotly.graph_objects as go

from fitlab.analysis.lifted import View
from fitlab.analysis.report import Report, analyse
from fitlab.analysis.trimming import trim_by_hand
from fitlab.errors import InputError
from fitlab.exercises import Exercise
from fitlab.poses import PoseSequence
from fitlab.views import palette
from fitlab.views.charts import TEMPLATE
from fitlab.views.live import live
from fitlab.views.notebook import headline
from fitlab.views.palette import with_alpha
from fitlab.views.wording import unit_sign, words

_C = palette.LIGHT
_WIDTH, _LEFT, _RIGHT = 760, 70, 20  # pixels: of the chart, and of what is beside its axis
_HANDLE = 8  # pixels: half of a handle, by which the slider's track is shorter than the slider


class Trimmer(ipywidgets.VBox):
    """The drive over time, repetitions shaded, above a slider; what lies outside it is not analysed.

    Parameters
    ----------
    user : PoseSequence in world space
    exercise : Exercise
    reference : PoseSequence in world space, optional
    view : View, optional
        Of a lifted user, see :func:`fitlab.analysis.report.analyse`.

    Attributes
    ----------
    span_s : (start, stop) seconds
        What the slider leaves; at first what the analysis itself trimmed to.
    report : Report
        Of the frames within it.
    """

    def __init__(
        self,
        user: PoseSequence,
        exercise: Exercise,
        reference: PoseSequence | None = None,
        view: View | None = None,
    ) -> None:
        self._user, self._exercise, self._reference, self._view = user, exercise, reference, view
        self._whole = analyse(user, exercise)
        start, stop = (frame / user.fps for frame in self._whole.trimmed)
        self.slider = ipywidgets.FloatRangeSlider(
            value=(start, stop),
            min=0,
            max=len(user) / user.fps,
            step=0.05,
            readout=False,
            continuous_update=False,
            # Below the chart's own axis, moment under moment.
            layout={"width": f"{_WIDTH - _LEFT - _RIGHT + 2 * _HANDLE}px", "margin": f"0 0 0 {_LEFT - _HANDLE}px"},
        )
        margin = {"l": _LEFT, "r": _RIGHT, "t": 20, "b": 50}
        chart = go.Figure(
            layout={"template": TEMPLATE, "width": _WIDTH, "height": 260, "showlegend": False, "margin": margin}
        )
        unit = unit_sign(self._whole.drive_unit)
        chart.add_scatter(x=user.times, y=self._whole.drive, mode="lines", line={"color": _C["accent"]})
        chart.update_yaxes(title=f"{words(self._whole.drive_name)} {unit}".strip(), automargin=False)
        chart.update_xaxes(title="time (s)", range=[0, len(user) / user.fps])
        self._chart = live(chart)
        self._note = ipywidgets.HTML()
        self._headline = ipywidgets.VBox([])
        super().__init__([self._chart, self.slider, self._note, self._headline])
        self.slider.observe(lambda change: self._cut(), "value")
        self._cut()

    @property
    def span_s(self) -> tuple[float, float]:
        """See the class."""
        start, stop = self.slider.value
        return float(start), float(stop)

    def _cut(self) -> None:
        try:
            first, last = trim_by_hand(self._user, *self.span_s)
            self.report: Report = analyse(self._user[first:last], self._exercise, self._reference, self._view)
        except InputError as error:  # too short a piece: keep what was found before
            self._note.value = f"<i>{error}</i>"
            return
        start, stop = self.span_s
        counted = "; times of the report count from there" if first else ""
        self._note.value = f"{start:.2f} to {stop:.2f} s of {len(self._user) / self._user.fps:.2f} s{counted}"
        self._headline.children = [headline(self.report)]
        inside = [(first + rep.start, first + rep.stop) for rep in self.report.repetitions]
        spans = [(a, b, with_alpha(_C["accent"], 0.14 if k % 2 else 0.26)) for k, (a, b) in enumerate(inside)]
        spans += [(0, first, with_alpha(_C["quiet"], 0.3)), (last, len(self._user), with_alpha(_C["quiet"], 0.3))]
        self._chart.layout.shapes = [
            {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "x0": float(a / self._user.fps),
             "x1": float(np.maximum(a, b) / self._user.fps), "fillcolor": paint, "line": {"width": 0}, "layer": "below"}
            for a, b, paint in spans
        ]  # fmt: skip
