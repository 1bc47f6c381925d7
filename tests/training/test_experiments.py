"""Every experiment runs for two steps, and everything that the configuration can choose can be built."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas
import pytest
from hydra.utils import instantiate

from fitlab.errors import InputError
from fitlab.settings import compose, config_dir
from fitlab.skeletons import COCO17
from fitlab.training.run import main

EXPERIMENTS = sorted(path.stem for path in (config_dir() / "experiment").glob("*.yaml"))
GROUPS = ("model", "augment", "optim", "trainer", "tracker", "data")
CHOICES = [(group, path.stem) for group in GROUPS for path in sorted((config_dir() / group).glob("*.yaml"))]


@pytest.fixture
def scratch(tmp_path: Path, people_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FITLAB_RUNS", str(tmp_path))
    monkeypatch.setenv("FITLAB_CACHE", str(people_cache))
    monkeypatch.setenv("FITLAB_REAL_DATA", str(tmp_path / "absent"))  # every experiment runs without it, and sooner
    return tmp_path


def own_labels(scratch: Path, data: str) -> list[str]:
    """Labelled frames where ``data`` wants them, and the override that names them."""
    if data not in ("corrections", "labels", "labelled"):
        return []
    folder = scratch / "mine" / "corrections"
    folder.mkdir(parents=True)
    triples = np.c_[np.linspace(5, 70, 17), np.linspace(5, 55, 17), np.full(17, 2)].ravel().tolist()
    person = {"category_id": 1, "iscrowd": 0, "area": 900.0, "bbox": [2, 2, 72, 56], "keypoints": triples}
    numbers = range(1, 21)
    for number in numbers:
        cv2.imwrite(str(folder / f"{number}.png"), np.full((60, 80, 3), 10 * number, np.uint8))
    content = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 80, "height": 60} for n in numbers],
        "annotations": [person | {"id": n, "image_id": n} for n in numbers],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO17.joints)}],
    }
    (folder / "labels.json").write_text(json.dumps(content))
    return [] if data == "corrections" else [f"data.train.sources.mine.people.labels={folder}/labels.json"]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_runs_for_two_steps(experiment: str, scratch: Path, capsys: pytest.CaptureFixture[str]):
    own = own_labels(scratch, experiment.removeprefix("detector_"))
    folder = main(compose("train", [f"experiment={experiment}", "trainer=debug", "data.batch_size=8", *own]))
    assert folder.is_relative_to(scratch)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["steps"] == 2
    assert metrics["before"] and set(metrics["before"]) == set(metrics["after"])
    for name in ("config.yaml", "metrics.csv", "checkpoints/last.ckpt", "checkpoints/best.ckpt"):
        assert (folder / name).stat().st_size > 0
    assert capsys.readouterr().out.splitlines()[-1] == str(folder)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_says_how_it_is_started(experiment: str):
    first, second = (config_dir() / "experiment" / f"{experiment}.yaml").read_text().splitlines()[:2]
    assert first == "# @package _global_"  # Hydra wants its own line first
    assert second.startswith(f"# fitlab train experiment={experiment}")


@pytest.mark.parametrize(("group", "choice"), CHOICES)
def test_every_choice_can_be_built(group: str, choice: str, scratch: Path):
    if choice.startswith("rtmpose"):
        pytest.importorskip("mmpose", reason="install the extra [mmpose] to build its models")
    own = own_labels(scratch, choice)
    lifting = ["task=lifter", "model=tcn_27"] if choice.startswith("lifter") else []
    cfg = compose(
        "train", [*lifting, f"{group}={choice}", "trainer=debug", *own] if group != "trainer" else [f"{group}={choice}"]
    )
    assert instantiate(cfg[group], _convert_="all") is not None


def test_own_labels_are_held_out_and_measured(scratch: Path, capsys: pytest.CaptureFixture[str]):
    overrides = ["experiment=detector_labels", "trainer=debug", "data.batch_size=8", "limit=20"]
    overrides += ["data.train.sources.studio.people=8", "data.validation.studio.people.people=8"]
    overrides += ["data.test.studio.people.people=8", "model=movenet_lightning", "model.weights=null"]
    folder = main(compose("train", [*overrides, *own_labels(scratch, "labels")]))
    assert "mine" in pandas.read_csv(folder / "blends.csv").columns
    assert pandas.read_csv(folder / "after.csv", index_col=0).loc["mine", "people"] == 2


def test_a_repeated_command_loses_nothing(scratch: Path, capsys: pytest.CaptureFixture[str]):
    overrides = ["experiment=lifter_synthetic", "trainer=debug", "data.batch_size=8", "tracker=none"]
    folder = main(compose("train", overrides))
    first = (folder / "checkpoints/last.ckpt").read_bytes()
    assert main(compose("train", overrides)) == folder
    (aside,) = (folder / "earlier").iterdir()
    assert (aside / "checkpoints/last.ckpt").read_bytes() == first
    assert (aside / "metrics.json").exists() and (folder / "metrics.json").exists()


def test_a_slip_of_the_pen_puts_no_run_aside(scratch: Path):
    overrides = ["experiment=lifter_synthetic", "trainer=debug", "data.batch_size=8", "tracker=none"]
    folder = main(compose("train", overrides))
    settings = (folder / "config.yaml").read_text()
    with pytest.raises(InputError):
        main(compose("train", [*overrides, "task.start=nowhere.safetensors"]))
    assert (folder / "checkpoints/last.ckpt").exists() and not (folder / "earlier").exists()
    assert (folder / "config.yaml").read_text() == settings


def test_resume_auto_starts_anew_without_a_checkpoint_and_goes_on_with_one(
    scratch: Path, capsys: pytest.CaptureFixture[str]
):
    overrides = [
        "experiment=lifter_synthetic",
        "trainer=debug",
        "data.batch_size=8",
        "tracker=none",
        "resume=auto",
        "save_every=1",
    ]
    folder = main(compose("train", overrides))
    assert "nothing to resume" in capsys.readouterr().out
    before = (folder / "before.csv").read_text()
    main(compose("train", [*overrides, "trainer.max_steps=4"]))
    assert json.loads((folder / "metrics.json").read_text())["steps"] == 4
    assert (folder / "before.csv").read_text() == before
    assert not (folder / "earlier").exists()


def test_tables_of_before_are_kept_while_the_settings_stay(scratch: Path, capsys: pytest.CaptureFixture[str]):
    """A marked table stands for one that took minutes; with other settings it would be the table of another run."""
    overrides = ["experiment=lifter_synthetic", "trainer=debug", "data.batch_size=8", "tracker=none"]
    table = main(compose("train", overrides)) / "before.csv"
    measured = table.read_text()
    marked = measured.replace(measured.splitlines()[-1].split(",")[0], "marked")
    table.write_text(marked)
    main(compose("train", [*overrides, "resume=auto"]))
    assert table.read_text() == marked
    main(compose("train", [*overrides, "resume=auto", "seed=7"]))
    assert "marked" not in table.read_text()


def test_a_run_inside_another_verbs_job_has_its_own_folder(scratch: Path, monkeypatch: pytest.MonkeyPatch):
    import hydra
    from hydra.core.hydra_config import HydraConfig

    monkeypatch.chdir(scratch)
    monkeypatch.setattr("sys.argv", ["fitlab demo"])
    folders = []

    @hydra.main(config_path=str(config_dir()), config_name="demo", version_base="1.3")
    def job(cfg: object) -> None:
        overrides = ["experiment=lifter_synthetic", "trainer=debug", "data.batch_size=8", "tracker=none"]
        folders.append(main(compose("train", overrides)))
        assert HydraConfig.get().job.config_name == "demo"  # composing left the job whole

    job()
    assert folders == [scratch / "train" / "lifter_synthetic"]
    assert (folders[0] / "config.yaml").exists()
