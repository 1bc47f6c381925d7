"""The 3D player as a notebook widget; it holds state, the front end under ``player/src`` draws."""

from typing import overload

import anywidget
import traitlets

from fitlab.analysis.report import Report
from fitlab.errors import InputError
from fitlab.poses import PoseSequence
from fitlab.views.payload import poses_payload, report_payload
from fitlab.views.report import player_source


class Player(anywidget.AnyWidget):
    """A person in 3D with play, step, zoom and, of a report, repetitions, mistakes and curves.

    Parameters
    ----------
    shown : Report or PoseSequence
        What to show; poses must be 3D.
    reference, better : PoseSequence, optional
        Beside poses: an athlete, and the person without a mistake, drawn as ghosts, with as many frames.  A report
        brings its own.

    Attributes
    ----------
    frame : int
        The playhead.  Set it to seek; it follows the reader on pause and seek, not while playing.

    Raises
    ------
    InputError
        If the poses are 2D, or a ghost does not go with them.
    """

    _esm = player_source()

    payload = traitlets.Dict().tag(sync=True)
    block = traitlets.Bytes().tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)

    @overload
    def __init__(self, shown: Report) -> None: ...
    @overload
    def __init__(
        self, shown: PoseSequence, reference: PoseSequence | None = None, better: PoseSequence | None = None
    ) -> None: ...
    def __init__(
        self,
        shown: Report | PoseSequence,
        reference: PoseSequence | None = None,
        better: PoseSequence | None = None,
    ) -> None:
        if isinstance(shown, Report):
            if reference is not None or better is not None:
                raise InputError("ghosts must be left out beside a report, got one; the report holds its own")
            payload, block = report_payload(shown)
        else:
            payload, block = poses_payload(shown, reference, better)
        super().__init__(payload=payload, block=block)

    @traitlets.validate("frame")
    def _within(self, proposal: dict[str, int]) -> int:
        return min(max(proposal["value"], 0), self.payload["frames"] - 1)
