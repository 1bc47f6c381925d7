"""The panel of a notebook is made of the headline, the player and the charts."""

import plotly.graph_objects as go

from fitlab.views.notebook import show
from fitlab.views.widget import Player
from tests.views.squatting import squat_report


def test_show_has_numbers_player_and_charts() -> None:
    headline, player, charts = show(squat_report()).children
    assert "Repetitions" in headline.value
    assert isinstance(player, Player)
    assert all(isinstance(chart, go.FigureWidget) for chart in charts.children)
    assert len(charts.children) == 2


def test_without_reference_there_is_one_chart() -> None:
    assert len(show(squat_report(exercise=False, athlete=False)).children[2].children) == 1
