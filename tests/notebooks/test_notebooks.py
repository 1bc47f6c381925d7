"""Every notebook runs from top to bottom, as papermill runs it, with small parameters."""

from pathlib import Path

import papermill
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SMALL = {
    "01_video_to_report": {"repetitions": 2, "size": [320, 240], "training_steps": 2},
    "02_studio": {"exercises": ["squat"], "picture_size": [120, 160], "pictures": 6},
    "03_mistakes": {"repetitions": 2},
}


@pytest.mark.parametrize("name", sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")))
def test_notebook_runs(name, tmp_path, monkeypatch):
    monkeypatch.setenv("FITLAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("FITLAB_CACHE", str(tmp_path / "cache"))
    done = papermill.execute_notebook(
        NOTEBOOKS / f"{name}.ipynb", tmp_path / "done.ipynb", SMALL[name], cwd=NOTEBOOKS, progress_bar=False
    )
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs)
