"""A real Chromium, offline, for the pages and widgets that fitlab makes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fitlab.errors import SetupError
from fitlab.views.poster import FLAGS, find_browser
from fitlab.views.report import write_report
from tests.views.squatting import squat_report

playwright = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright: pip install playwright")


@pytest.fixture(scope="session")
def chromium() -> Iterator["playwright.Browser"]:
    """The browser; skips with a reason where there is none."""
    try:
        path = find_browser()
    except SetupError as error:
        pytest.skip(str(error))
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Watched:
    """A page with everything it asked for and complained about."""

    def __init__(self, page: "playwright.Page") -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))

    def open(self, path: Path, fragment: str = "") -> "Watched":
        """Opens a report and waits until its first picture is drawn."""
        self.page.goto(path.as_uri() + fragment)
        self.page.wait_for_selector('.fl-player[data-ready="true"]', timeout=60_000)
        return self

    def state(self, name: str) -> str:
        return self.page.get_attribute(".fl-player", f"data-{name}")

    @property
    def frame(self) -> int:
        return int(self.state("frame"))


@pytest.fixture
def watched(chromium: "playwright.Browser") -> Iterator[Watched]:
    """A fresh page without any network."""
    context = chromium.new_context(viewport={"width": 1000, "height": 640}, offline=True)
    context.set_default_timeout(60_000)  # a busy machine is slow, not wrong
    yield Watched(context.new_page())
    context.close()


@pytest.fixture(scope="session")
def report_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a report with a reference and two mistakes."""
    return write_report(squat_report(), tmp_path_factory.mktemp("report") / "report.html")
