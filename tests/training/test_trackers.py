import os
import socket
import sys
from pathlib import Path

import pandas
import pytest

from fitlab.training.trackers import CsvTracker, record, wandb_tracker


def test_the_csv_has_a_row_per_value(tmp_path: Path):
    tracker = CsvTracker(tmp_path)
    tracker.log_metrics({"train/loss": 2.0, "epoch": 0}, step=4)
    tracker.log_metrics({"train/loss": 1.0, "val/pck": 0.5}, step=9)
    curves = pandas.read_csv(tmp_path / "metrics.csv").pivot_table("value", "step", "name")
    assert curves.loc[9].to_dict() == {"train/loss": 1.0, "val/pck": 0.5}
    assert list(curves["train/loss"]) == [2.0, 1.0]


def test_a_resumed_run_replaces_what_came_after_its_checkpoint(tmp_path: Path):
    interrupted = CsvTracker(tmp_path)
    for step in (4, 9, 14):
        interrupted.log_metrics({"train/loss": float(step)}, step=step)
    resumed = CsvTracker(tmp_path)
    for step in (9, 14, 19):
        resumed.log_metrics({"train/loss": 10.0 * step}, step=step)
    rows = pandas.read_csv(tmp_path / "metrics.csv")
    assert list(rows["step"]) == [4, 9, 14, 19]
    assert list(rows["value"]) == [4, 90, 140, 190]


def test_without_wandb_runs_nothing_of_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "wandb", None)  # an import fails
    record([CsvTracker(tmp_path)], {"seed": 1}, {}, [])


def test_wandb_offline_stays_in_the_run_folder_and_opens_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(home / "netrc"))
    dialled = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith("127."):  # type: ignore[index]
            dialled.append(address)
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(b"weights")
    ids = []
    for run in ("one", "two"):  # two jobs of a sweep in one process
        tracker = wandb_tracker(tmp_path / run, project="test", offline=True)
        tracker.log_metrics({"train/loss": 1.0}, step=1)
        ids.append(tracker.experiment.id)
        record([tracker], {"seed": 1}, {"after": pandas.DataFrame({"pck": [0.5]}, index=["knees"])}, [weights])
    assert ids[0] != ids[1]
    for run in ("one", "two"):
        files = list((tmp_path / run / "wandb").glob("offline-run-*/run-*.wandb"))
        assert len(files) == 1 and files[0].stat().st_size > 0
    assert not dialled
    assert not list(home.rglob("*wandb*"))
