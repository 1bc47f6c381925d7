"""The report as one HTML file that needs no network, no server and no kernel."""

import base64
import html
import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fitlab.analysis.report import Report
from fitlab.errors import InputError
from fitlab.files import write_text
from fitlab.views import palette
from fitlab.views.ghosts import corrected
from fitlab.views.payload import report_payload

EMBEDDED_VIDEO_MB = 16
"""A video of up to this size travels inside the page; a larger one is linked by its relative path."""

# The policy forbids every request but the linked video's, so that a report cannot call home.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; media-src 'self' blob: file:">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>body{{margin:0;background:{light}}}@media(prefers-color-scheme:dark){{body{{background:{dark}}}}}</style>
</head>
<body>
<noscript>This report draws its charts and the 3D view with JavaScript; please switch it on.</noscript>
<script type="application/json" id="fitlab-payload">{payload}</script>
<script type="text/plain" id="fitlab-block">{block}</script>
{video}<script type="module">{player}</script>
</body>
</html>
"""  # noqa: E501


@cache
def player_source() -> str:
    """The bundled front end, built from ``player/src`` (see ``player/package.json``)."""
    return (Path(__file__).parent / "player" / "player.min.js").read_text(encoding="utf-8")


def report_html(report: Report, *, title: str | None = None, video_href: str | None = None, video: bytes = b"") -> str:
    """The report page as text.

    Parameters
    ----------
    title : str, optional
        Default: the exercise's title.
    video_href, video : str, bytes, optional
        A video beside the page, or an mp4 to carry inside; its frame i is the report's frame i.
    """
    payload, block = report_payload(report, title, corrected(report))
    if video:
        payload["video"] = {"element": "fitlab-video"}
    elif video_href:
        payload["video"] = {"href": quote(video_href)}
    encoded = base64.b64encode(video).decode()
    return _PAGE.format(
        title=html.escape(payload["title"]),
        light=palette.LIGHT["page"],
        dark=palette.DARK["page"],
        payload=json_in_html(payload),
        block=base64.b64encode(block).decode(),
        video=f'<script type="text/plain" id="fitlab-video">{encoded}</script>\n' if video else "",
        player=player_source().replace("</script", "<\\/script"),
    )


def write_report(
    report: Report,
    path: str | os.PathLike[str],
    *,
    video: str | os.PathLike[str] | None = None,
    title: str | None = None,
) -> Path:
    """Writes the report as a self-contained HTML file, whole or not at all, and returns its path.

    Parameters
    ----------
    video : path, optional
        An mp4 of the same frames (the overlay); embedded up to :data:`EMBEDDED_VIDEO_MB`, else linked.

    Raises
    ------
    InputError
        If there is no such video.
    SetupError
        If the file cannot be written.
    """
    target = Path(path)
    href, content = None, b""
    if video is not None:
        film = Path(video)
        if not film.is_file():
            raise InputError(f"video must be an mp4 file, got {str(film)!r}, which is none; check the path")
        if film.stat().st_size <= EMBEDDED_VIDEO_MB * 1e6:
            content = film.read_bytes()
        else:
            href = Path(os.path.relpath(film.resolve(), target.resolve().parent)).as_posix()
    write_text(target, report_html(report, title=title, video_href=href, video=content))
    return target


def json_in_html(value: Any) -> str:
    """JSON that cannot end the script element that holds it, whatever the names in it are."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
