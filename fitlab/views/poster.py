"""A picture of the report page, for a terminal's user, a README, a merge request."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from fitlab.analysis.report import Report
from fitlab.errors import SetupError
from fitlab.files import write_text, written_whole
from fitlab.views.report import report_html

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 90

# No sandbox: containers forbid it, and the page is one that fitlab wrote and that may request nothing.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def find_browser() -> str:
    """Path of Chromium or Chrome: ``$BROWSER_PATH``, else the first of :data:`BROWSERS`; raises SetupError."""
    found = next(filter(None, map(shutil.which, (os.environ.get("BROWSER_PATH", ""), *BROWSERS))), None)
    if found is None:
        raise SetupError(
            f"a picture of the report must be taken with one of {', '.join(BROWSERS)}, got none of them; "
            "install chromium, or set BROWSER_PATH"
        )
    return found


def poster(report: Report, path: str | os.PathLike[str], *, size: tuple[int, int] = (1280, 790)) -> Path:
    """Writes a PNG of the top of the report page at the first mistake, or in the first repetition.

    Parameters
    ----------
    size : (width, height) in pixels

    Raises
    ------
    SetupError
        If there is no Chromium, or it makes no picture.
    """
    return photograph(report_html(report), path, size, fragment=f"#frame={telling_frame(report)}")


def photograph(html: str, path: str | os.PathLike[str], size: tuple[int, int], *, fragment: str = "") -> Path:
    """Writes a PNG of a page as Chromium shows it; arguments and errors as of :func:`poster`."""
    browser = find_browser()
    target = Path(path)
    with tempfile.TemporaryDirectory() as folder, written_whole(target) as partial:
        page = Path(folder) / "page.html"
        write_text(page, html)
        taken = Path(folder) / "poster.png"
        command = [
            browser,
            *FLAGS,
            "--virtual-time-budget=8000",
            "--run-all-compositor-stages-before-draw",  # else one picture in three comes before WebGL's is in it
            f"--user-data-dir={folder}/profile",
            f"--window-size={size[0]},{size[1]}",
        ]
        try:
            done = subprocess.run(
                [*command, f"--screenshot={taken}", f"{page.as_uri()}{fragment}"],
                capture_output=True,
                timeout=SECONDS,
                text=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SetupError(f"{browser} must take a picture within {SECONDS} s, got none; try again") from None
        if not taken.is_file():
            lines = done.stderr.strip().splitlines() or ["no message"]
            raise SetupError(
                f"{browser} must take a picture, got exit code {done.returncode}: {lines[-1]}; run it alone"
            )
        shutil.move(taken, partial)
    return target


def telling_frame(report: Report) -> int:
    """The frame that shows most at a glance: the worst mistake, else the first turn, else the middle."""
    turns = [repetition.turn for repetition in report.repetitions]
    worst = report.mistakes()
    if worst:
        finding = worst[0]
        turn = turns[finding.repetition] if finding.repetition is not None else -1
        return int(turn if finding.start <= turn < finding.stop else (finding.start + finding.stop) // 2)
    return int(turns[0] if turns else len(report.user) // 2)
