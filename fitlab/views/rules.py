"""A panel to write a rule: measure, phase and limit by sliders, and at once what it says of good and bad examples."""

from dataclasses import replace

import ipywidgets
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fitlab.analysis.proposals import RuleExamples
from fitlab.analysis.results import Verdict
from fitlab.exercises import Mistake, rule_yaml
from fitlab.views import palette
from fitlab.views.charts import TEMPLATE
from fitlab.views.live import live
from fitlab.views.palette import with_alpha
from fitlab.views.wording import unit_sign, words

_C = palette.LIGHT
_GOOD, _BAD = "good", "bad"
_STATES = ("yes", "cannot_tell", "no")
_BEYOND = 2.0  # margins from the limit to severity 1, where the bad examples go no further


class RuleEditor(ipywidgets.VBox):
    """Sliders beside a chart of every repetition's value, and a table of what the rule says.

    Parameters
    ----------
    examples : RuleExamples
        Good and bad clips; the measures and phases of their exercise can be chosen.
    rule : Mistake
        Where the sliders start: one of the exercise's own, or of :func:`fitlab.analysis.proposals.propose_rules`.

    Attributes
    ----------
    rule : Mistake
        As the sliders stand.
    counts : DataFrame
        Repetitions by what the rule says (columns) of good and bad examples (rows).
    yaml : str
        The rule as an exercise file holds it.
    """

    def __init__(self, examples: RuleExamples, rule: Mistake) -> None:
        exercise = examples.exercise
        self._examples, self._start = examples, rule
        wide = {"layout": {"width": "330px"}, "style": {"description_width": "78px"}}
        measures = [(words(name), name) for name in exercise.measures]
        phases = [phase.name for phase in exercise.phases]
        self.measure = ipywidgets.Dropdown(options=measures, value=rule.measure, description="measure", **wide)
        self.phase = ipywidgets.Dropdown(options=phases, value=rule.phase, description="phase", **wide)
        self.direction = ipywidgets.Dropdown(
            options=["above", "below"], value=rule.direction, description="wrong is", **wide
        )
        self.sides = ipywidgets.Dropdown(
            options=["mean", "worst", "best"], value=rule.sides, description="sides", **wide
        )
        self.threshold = ipywidgets.FloatSlider(
            rule.threshold, min=-1e3, max=1e3, step=0.1, description="limit", readout_format=".1f", **wide
        )
        self.margin = ipywidgets.FloatSlider(
            rule.margin, min=0, max=30, step=0.1, description="margin", readout_format=".1f", **wide
        )
        self._chart = live(go.Figure(layout={"template": TEMPLATE, "width": 560, "height": 330, "showlegend": True}))
        self._table = ipywidgets.HTML()
        controls = [self.measure, self.phase, self.direction, self.sides, self.threshold, self.margin, self._table]
        column = ipywidgets.VBox(controls, layout={"flex": "0 0 350px"})
        super().__init__([ipywidgets.HBox([column, self._chart])])
        self._scale()
        for control in (self.measure, self.phase, self.direction, self.sides):
            control.observe(lambda change: self._rescale(), "value")
        for slider in (self.threshold, self.margin):
            slider.observe(lambda change: self._show(), "value")
        self._show()

    @property
    def rule(self) -> Mistake:
        """See the class; ``severe`` is where the worst of the bad examples is."""
        sign = 1.0 if self.direction.value == "above" else -1.0
        chosen = replace(
            self._start,
            measure=self.measure.value,
            phase=self.phase.value,
            direction=self.direction.value,
            sides=self.sides.value,
            threshold=self.threshold.value,
            margin=self.margin.value,
        )
        worst = max((sign * value for value in self._values(chosen)[_BAD]), default=-np.inf)
        least = sign * chosen.threshold + max(_BEYOND * chosen.margin, 1.0)
        return replace(chosen, severe=sign * round(max(worst, least), 1))

    @property
    def yaml(self) -> str:
        """See the class."""
        return rule_yaml(self.rule)

    def _verdicts(self, rule: Mistake) -> dict[str, list[Verdict]]:
        found: dict[str, list[Verdict]] = {_GOOD: [], _BAD: []}
        for verdict, bad in zip(self._examples.verdicts(rule), self._examples.truth, strict=True):
            found[_BAD if bad else _GOOD].append(verdict)
        return found

    def _values(self, rule: Mistake) -> dict[str, list[float]]:
        """The values of the repetitions in which the measure could be had."""
        return {
            kind: [verdict.value for verdict in verdicts if np.isfinite(verdict.value)]
            for kind, verdicts in self._verdicts(rule).items()
        }

    def _rescale(self) -> None:
        self._scale()
        self._show()

    def _scale(self) -> None:
        """Lets the sliders span what was measured."""
        values = self._values(replace(self._start, measure=self.measure.value, phase=self.phase.value,
                                      direction=self.direction.value, sides=self.sides.value))  # fmt: skip
        every = [*values[_GOOD], *values[_BAD], *([self._start.threshold] if self._is_own() else [])]
        if not every:
            return
        low, high = np.floor(min(every)) - 5, np.ceil(max(every)) + 5
        slider = self.threshold
        at = slider.value if low <= slider.value <= high else (low + high) / 2
        # A slider moves its value into its range at once: first both ranges, then the value, then its own.
        slider.min, slider.max = min(low, slider.min), max(high, slider.max)
        slider.value = at
        slider.min, slider.max = low, high

    def _is_own(self) -> bool:
        return (self.measure.value, self.phase.value) == (self._start.measure, self._start.phase)

    def _show(self) -> None:
        rule = self.rule
        verdicts = self._verdicts(rule)
        self.counts = pd.DataFrame.from_dict(self._examples.counts(rule), orient="index", columns=list(_STATES))
        self._table.value = _table(self.counts)
        self._draw(rule, verdicts)

    def _draw(self, rule: Mistake, verdicts: dict[str, list[Verdict]]) -> None:
        unit = unit_sign(self._examples.exercise.measures[rule.measure].unit)
        band = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "line": {"width": 0}, "layer": "below"}
        spans = {"y0": rule.threshold - rule.margin, "y1": rule.threshold + rule.margin}
        line = {"color": _C["quiet"], "width": 1.5, "dash": "dash"}
        limit = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": rule.threshold, "y1": rule.threshold}
        with self._chart.batch_update():
            self._chart.data = []
            first = 1
            for kind, paint in ((_GOOD, _C["good"]), (_BAD, _C["mistake"])):
                values = [verdict.value for verdict in verdicts[kind]]
                numbers = list(range(first, first + len(values)))
                first += len(values)
                self._chart.add_scatter(
                    x=numbers, y=values, mode="markers", name=f"{kind} examples", marker={"color": paint, "size": 11}
                )
            self._chart.update_layout(
                title=f"{words(rule.measure)} at {rule.phase!r}",
                shapes=[{**band, **spans, "fillcolor": with_alpha(_C["quiet"], 0.16)}, {**limit, "line": line}],
            )
            self._chart.update_yaxes(title=unit)
            self._chart.update_xaxes(title="repetition", dtick=max(1, (first - 1) // 10))


def _table(counts: pd.DataFrame) -> str:
    """Counts, precision and recall as a small HTML table."""
    made = {
        kind: dict(zip(_STATES, row, strict=True)) for kind, row in zip((_GOOD, _BAD), counts.to_numpy(), strict=True)
    }
    hits, said = made[_BAD]["yes"], made[_BAD]["yes"] + made[_GOOD]["yes"]
    precision = f"{hits / said:.0%}" if said else "–"
    recall = f"{hits / max(sum(made[_BAD].values()), 1):.0%}"
    cell = "style='text-align:right;padding:2px 10px'"
    heads = "".join(f"<th {cell}>{words(state)}</th>" for state in ("", *_STATES))
    rows = "".join(
        f"<tr><td>{kind} examples</td>{''.join(f'<td {cell}>{count}</td>' for count in row.values())}</tr>"
        for kind, row in made.items()
    )
    return f"<table><tr>{heads}</tr>{rows}</table>precision <b>{precision}</b>, recall <b>{recall}</b>"
