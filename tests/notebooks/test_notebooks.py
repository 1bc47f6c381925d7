"""Every notebook runs from top to bottom, as papermill runs it, with small parameters."""

from pathlib import Path

import nbformat
import papermill
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SMALL = {
    "01_video_to_report": {"repetitions": 2, "size": [320, 240], "training_steps": 2},
    "02_studio": {"exercises": ["squat"], "picture_size": [120, 160], "pictures": 6},
    "03_mistakes": {"repetitions": 2},
    "04_labels": {
        "repetitions": 1,
        "size": [200, 200],
        "proposals": 3,
        "pictures": 4,
        "training_steps": 2,
        "exercises": ["handstand"],
    },
}

# What somebody does who moves the sliders, after everything has run.
DRIVEN = {
    "02_studio": """
before = studio._picture.value
studio.exercise.value = "push_up"
studio.mistake.value = "hips_sag"
studio.strength.value = 0.5
studio.moment.value, studio.azimuth.value, studio.seed.value = 0.3, -60, 7
studio.body["height"].value = studio.body["height"].max
made = make_clip(**studio.recipe)
assert made.exercise == studio.clip.exercise == "push_up"
assert made.mistakes == studio.clip.mistakes == ({"hips_sag": 0.5},)
assert (made.world.positions == studio.clip.world.positions).all()
assert studio._picture.value not in (before, studio._labels.value)
""",
}


@pytest.mark.parametrize("name", sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")))
def test_notebook_runs(name, tmp_path, monkeypatch):
    monkeypatch.setenv("FITLAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("FITLAB_CACHE", str(tmp_path / "cache"))
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    if name in DRIVEN:
        notebook.cells.append(nbformat.v4.new_code_cell(DRIVEN[name]))
    nbformat.write(notebook, tmp_path / "driven.ipynb")
    done = papermill.execute_notebook(
        tmp_path / "driven.ipynb", tmp_path / "done.ipynb", SMALL[name], cwd=NOTEBOOKS, progress_bar=False
    )
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs)
