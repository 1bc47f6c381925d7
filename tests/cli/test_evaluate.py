"""``fitlab evaluate`` with checkpoints that cannot be used: one line, before anything is measured."""

from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from fitlab.cli import main
from fitlab.training.building import built


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "must be a file that fitlab train wrote"),
        (b"", "must hold the model of this experiment"),
        (b"not a checkpoint", "must hold the model of this experiment"),
        ({"weights": 1}, "must hold the model of this experiment"),
        ({"state_dict": {"network.0.weight": torch.zeros(2)}}, "must hold the model of this experiment"),
    ],
)
def test_checkpoints_that_are_none(content: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "other.ckpt"
    if content is not None:
        path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(SystemExit) as end:
        main(
            [
                *("evaluate", "experiment=detector_debug", f"checkpoint={path}"),
                *(f"paths.runs={tmp_path}/runs", f"paths.cache={tmp_path}/cache"),
            ]
        )
    error = capsys.readouterr().err
    assert end.value.code == 2 and error.count("\n") == 1 and "other.ckpt" in error and message in error
    assert not (tmp_path / "cache").exists()


def test_people_who_are_only_trained_on_are_not_made(tmp_path: Path):
    main(
        [
            *("evaluate", "experiment=detector_debug", "limit=2", "task.looks=[once]"),
            *(f"paths.runs={tmp_path}/runs", f"paths.cache={tmp_path}/cache"),
        ]
    )
    assert (tmp_path / "runs" / "evaluate" / "detector_debug" / "test.csv").exists()
    config = OmegaConf.load(tmp_path / "runs" / "evaluate" / "detector_debug" / "config.yaml")
    assert not built(config.data.train).folder.exists()
