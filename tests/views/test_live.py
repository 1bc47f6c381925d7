import plotly.graph_objects as go
import pytest

from fitlab.views.live import live


@pytest.fixture
def opened(monkeypatch):
    """The states that widgets are opened with: all that a notebook draws of them at first."""
    states = []

    class Comm:
        comm_id, kernel, target_name = "1", None, ""

        def __init__(self, **sent):
            states.append(sent["data"]["state"])

        def on_msg(self, callback): ...
        def on_close(self, callback): ...
        def send(self, **sent): ...
        def close(self, **sent): ...

    import comm

    monkeypatch.setattr(comm, "create_comm", Comm)
    return states


def test_a_chart_is_opened_with_what_is_in_it(opened):
    widget = live(go.Figure(go.Scatter(y=[1, 3, 2]), layout={"height": 250}))
    (trace,) = opened[-1]["_widget_data"]
    assert list(trace["y"]) == [1, 3, 2] and opened[-1]["_widget_layout"]["height"] == 250
    assert callable(widget._repr_mimebundle_), "else it is no last line of a cell"
    widget.data[0].y = [5, 6, 7]
    assert list(widget.data[0].y) == [5, 6, 7]
