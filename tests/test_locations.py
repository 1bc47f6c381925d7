"""Where the configuration is found."""

from pathlib import Path

import pytest

from fitlab.errors import SetupError
from fitlab.locations import config_dir


def test_the_checkout_has_it():
    assert (config_dir() / "exercise" / "squat.yaml").is_file()


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "exercise").mkdir()
    monkeypatch.setenv("FITLAB_CONFIGS", str(tmp_path))
    assert config_dir() == tmp_path


def test_a_folder_without_exercises_is_a_lacking_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("FITLAB_CONFIGS", str(tmp_path))
    with pytest.raises(SetupError, match="FITLAB_CONFIGS"):
        config_dir()
