from pathlib import Path

import pytest
from omegaconf import OmegaConf

from fitlab import settings
from fitlab.errors import InputError


def test_folders_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for variable, function in (
        ("FITLAB_REAL_DATA", settings.real_data_dir),
        ("FITLAB_RUNS", settings.runs_dir),
        ("FITLAB_CACHE", settings.cache_dir),
    ):
        monkeypatch.setenv(variable, str(tmp_path / variable))
        assert function() == tmp_path / variable
        monkeypatch.delenv(variable)
        assert function().is_relative_to(Path(__file__).resolve().parents[2])


def test_compose_gives_what_the_command_line_would_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FITLAB_RUNS", str(tmp_path))
    cfg = settings.compose("train", ["experiment=detector_debug", "optim.rate=0.5"])
    assert cfg.optim.rate == 0.5
    assert cfg.name == "detector_debug"
    assert cfg.paths.runs == str(tmp_path)
    assert OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)


@pytest.mark.parametrize(
    ("root", "overrides", "named"),
    [
        ("trane", [], "train"),
        ("train", ["experiment=nonsense"], "detector_debug"),
        ("train", ["model=movenet_thundr"], "movenet_thunder"),
        ("train", ["optm.rate=1"], "optm"),
        ("train", ["optim.rte=1"], "rte"),
        ("train", ["seed=[1"], r"\[1"),
    ],
)
def test_typos_are_told_by_name(root: str, overrides: list[str], named: str):
    with pytest.raises(InputError, match=named):
        settings.compose(root, overrides)


def test_composing_twice_and_after_a_failure_works():
    with pytest.raises(InputError):
        settings.compose("train", ["nonsense=1"])
    assert settings.compose("train") == settings.compose("train")


def test_a_job_of_a_sweep_has_a_folder_that_can_be_made(tmp_path: Path):
    settings.register_resolvers()
    train = OmegaConf.to_container(OmegaConf.load(settings.config_dir() / "train.yaml"))
    for overrides in ("a=1,b=2", ",".join(f"augment.left_out=[part_{number}]" for number in range(30))):
        job = OmegaConf.create({"hydra": {"job": {"override_dirname": overrides}, "sweep": train["hydra"]["sweep"]}})
        (tmp_path / job.hydra.sweep.subdir).mkdir()  # OSError where the name is too long
    assert (tmp_path / "a=1,b=2").is_dir() and len(list(tmp_path.iterdir())) == 2
