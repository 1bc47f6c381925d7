"""Charts in a notebook that Python can change while they are seen."""

import plotly.graph_objects as go


def live(figure: go.Figure) -> go.FigureWidget:
    """``figure`` as a widget that shows what is in it.

    Plotly (7.1) fills a widget just after it has been opened, and a busy JupyterLab draws what it was opened with:
    nothing.  So it is opened again.
    """
    widget = go.FigureWidget(figure)
    widget.close()
    del widget._repr_mimebundle_  # closing hides the class's own, without which it is no last line of a cell
    widget.open()
    return widget
