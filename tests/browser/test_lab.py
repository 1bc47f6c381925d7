"""Panels in a real JupyterLab: drawn in the notebook, and the kernel hears of what the hand does."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import numpy as np
import pytest

from fitlab.datasets import coco_people
from fitlab.datasets.label_book import LABELS, LabelBook
from tests.datasets.test_label_book import write_predictions

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright")

ROOT = Path(__file__).resolve().parents[2]

pytest.importorskip("jupyterlab", reason="needs the extra [notebook]: pip install 'fitlab[notebook]'")

CELL = """
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("squatting", {path!r})
squatting = module_from_spec(spec)
spec.loader.exec_module(squatting)
from fitlab.views.notebook import show
panel = show(squatting.squat_report(2))
player = panel.children[1]
player.observe(lambda change: open({heard!r}, "w").write(str(change["new"])), "frame")
panel
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """Address of a JupyterLab of its own, with no token, whose folder is ``tmp_path``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    private = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | private | {"PYTHONPATH": path, "IPYTHONDIR": str(tmp_path / "ipython")}
    options = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root", "--expose-app-in-browser"]
    options += ["--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={tmp_path}"]
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, stderr=log, stdout=log
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=20)


def opened(lab: str, chromium: "Browser", tmp_path: Path, cell: str) -> "Page":
    """A notebook with one cell, which was run."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (tmp_path / "panel.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    page = chromium.new_page(viewport={"width": 1300, "height": 900})
    page.set_default_timeout(120_000)
    for _ in range(60):  # until the server listens
        try:
            page.goto(f"{lab}/lab/tree/panel.ipynb")
            break
        except playwright.Error:  # connection refused
            page.wait_for_timeout(500)
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.isReady")
    page.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === 'idle'")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    return page


def closed(page: "Page", picture: str) -> None:
    """Closes the page, after a picture for who asks for one."""
    if os.environ.get("FITLAB_TEST_PICTURES"):
        page.screenshot(path=str(Path(os.environ["FITLAB_TEST_PICTURES"]) / picture))
    page.close()


def wait_until(page: "Page", happens: Callable[[], bool]) -> None:
    """For at most a minute; what is asserted afterwards says what did not happen."""
    for _ in range(600):
        if happens():
            return
        page.wait_for_timeout(100)


def test_the_player_is_drawn_in_a_notebook_and_tells_the_kernel(lab: str, chromium: "Browser", tmp_path: Path) -> None:
    heard = tmp_path / "heard.txt"
    page = opened(
        lab, chromium, tmp_path, CELL.format(path=str(ROOT / "tests" / "views" / "squatting.py"), heard=str(heard))
    )
    page.wait_for_selector('.fl-player[data-ready="true"]')
    page.click('.fl-mark[data-mistake="0"]')
    frame = page.get_attribute(".fl-player", "data-frame")
    assert int(frame) > 0
    wait_until(page, lambda: heard.is_file() and heard.read_text() == frame)
    closed(page, "lab.png")
    assert heard.read_text() == frame


def test_a_joint_dragged_in_a_notebook_is_saved_by_the_kernel(lab: str, chromium: "Browser", tmp_path: Path) -> None:
    folder = write_predictions(tmp_path / "mined")
    cell = f"from fitlab.views.labeller import Labeller\nLabeller({str(folder)!r})"
    page = opened(lab, chromium, tmp_path, cell)
    page.wait_for_selector('circle[data-joint="9"]')
    page.locator(".fl-labeller").scroll_into_view_if_needed()
    wrist = page.locator('circle[data-joint="9"]').bounding_box()
    x, y = wrist["x"] + wrist["width"] / 2, wrist["y"] + wrist["height"] / 2
    scale = page.evaluate("document.querySelector('.fl-stage').getScreenCTM().a")
    before = LabelBook(folder).keypoints(0)[9]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y - 20, steps=5)
    page.mouse.move(x + 60, y - 40)
    page.mouse.up()
    labels = folder / LABELS
    wait_until(page, labels.is_file)
    page.keyboard.press("a")  # which JupyterLab takes for "insert a cell above" outside of the panel
    wait_until(page, lambda: LabelBook(folder).state(0) == "accepted")
    cells = page.locator(".jp-Cell").count()
    closed(page, "labeller_in_lab.png")
    (found,) = coco_people.load(labels)
    np.testing.assert_allclose(found.keypoints[9], before + np.array([60, -40]) / scale, atol=1 / scale + 0.01)
    assert LabelBook(folder).at == 1 and cells == 1
