"""The player in a real JupyterLab: drawn in the notebook, and the kernel hears of a seek."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


def test_the_player_is_drawn_in_a_notebook_and_tells_the_kernel(lab: str, chromium: "Browser", tmp_path: Path) -> None:
    heard = tmp_path / "heard.txt"
    cell = CELL.format(path=str(ROOT / "tests" / "views" / "squatting.py"), heard=str(heard))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (tmp_path / "player.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    page = chromium.new_page(viewport={"width": 1300, "height": 900})
    page.set_default_timeout(120_000)
    for _ in range(60):  # until the server listens
        try:
            page.goto(f"{lab}/lab/tree/player.ipynb")
            break
        except playwright.Error:  # connection refused
            page.wait_for_timeout(500)
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.isReady")
    page.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === 'idle'")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector('.fl-player[data-ready="true"]')
    page.click('.fl-mark[data-mistake="0"]')
    frame = page.get_attribute(".fl-player", "data-frame")
    assert int(frame) > 0
    for _ in range(600):
        if heard.is_file() and heard.read_text() == frame:
            break
        page.wait_for_timeout(100)
    if os.environ.get("FITLAB_TEST_PICTURES"):
        page.screenshot(path=str(Path(os.environ["FITLAB_TEST_PICTURES"]) / "lab.png"))
    page.close()
    assert heard.read_text() == frame
