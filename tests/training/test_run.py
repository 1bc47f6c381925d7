import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import lightning
import numpy as np
import pandas
import pytest
import torch
from toy import ToyData, ToyTask

from fitlab.errors import InputError, SetupError
from fitlab.training.optim import Optim
from fitlab.training.run import train
from fitlab.training.trackers import CsvTracker

ROOT = Path(__file__).parents[2]
OPTIM = Optim(rate=1e-2, warmup_steps=3)


def toy_run(
    folder: Path,
    *,
    steps: int = 23,
    accumulate: int = 1,
    resume: Path | None = None,
    workers: int = 0,
    optim=OPTIM,
    patience: int | None = None,
    **task,
):
    """Trains the toy task, validated every 7 batches, saved every 5 steps; returns it."""
    trainer = partial(
        lightning.Trainer,
        accelerator="cpu",
        max_steps=steps,
        accumulate_grad_batches=accumulate,
        val_check_interval=7,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        log_every_n_steps=2,
    )
    lightning.seed_everything(3, verbose=False)
    module = ToyTask(optim, **task)
    train(
        module,
        ToyData(workers=workers),
        folder,
        trainer=trainer,
        seed=3,
        save_every=5,
        patience=patience,
        resume=resume,
        loggers=[CsvTracker(folder)],
    )
    return module


def final_state(folder: Path) -> dict:
    return torch.load(folder / "checkpoints" / "last.ckpt", weights_only=False)


@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize("dies_at", [1, 5, 7, 12, 14, 19])
def test_a_killed_and_resumed_run_equals_an_uninterrupted_one(tmp_path: Path, dies_at: int, accumulate: int):
    whole = toy_run(tmp_path / "whole", steps=20, accumulate=accumulate)
    with pytest.raises(RuntimeError, match="killed"):
        toy_run(tmp_path / "cut", steps=20, accumulate=accumulate, die_at=dies_at)
    last = tmp_path / "cut" / "checkpoints" / "last.ckpt"
    resumed = toy_run(tmp_path / "cut", steps=20, accumulate=accumulate, resume=last if last.exists() else None)

    done = 5 * accumulate * (dies_at // 5)  # batches before the last checkpoint
    assert resumed.seen == whole.seen[done:]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    curves = [pandas.read_csv(tmp_path / run / "metrics.csv").sort_values(["step", "name"]) for run in ("whole", "cut")]
    pandas.testing.assert_frame_equal(*(curve.reset_index(drop=True) for curve in curves))
    for table in ("before.csv", "after.csv"):
        assert (tmp_path / "whole" / table).read_text() == (tmp_path / "cut" / table).read_text()
    states = [final_state(tmp_path / run) for run in ("whole", "cut")]
    for one, other in zip(*(s["optimizer_states"][0]["state"].values() for s in states), strict=True):
        assert torch.equal(one["exp_avg_sq"], other["exp_avg_sq"])
    assert states[0]["lr_schedulers"][0]["last_epoch"] == states[1]["lr_schedulers"][0]["last_epoch"] == 20


def test_a_finished_run_can_be_made_longer(tmp_path: Path):
    constant = Optim(rate=1e-2, final_share=1.0)
    whole = toy_run(tmp_path / "whole", steps=20, optim=constant)
    toy_run(tmp_path / "cut", steps=13, optim=constant)
    longer = toy_run(tmp_path / "cut", steps=20, optim=constant, resume=tmp_path / "cut/checkpoints/last.ckpt")
    assert longer.seen == whole.seen[13:]
    states = [final_state(tmp_path / run)["state_dict"] for run in ("whole", "cut")]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_a_run_out_of_patience_saves_its_last_step(tmp_path: Path):
    toy_run(tmp_path, optim=Optim(rate=0.0), patience=2)  # validated after 7, 14 and 21 steps, saved every 5
    assert final_state(tmp_path)["global_step"] == 21


def test_the_best_weights_are_those_of_this_run(tmp_path: Path):
    toy_run(tmp_path, steps=14)  # validates, and leaves best.ckpt
    other = toy_run(tmp_path, steps=3)  # does not
    assert torch.equal(final_state(tmp_path)["state_dict"]["network.0.weight"], other.network[0].weight)
    assert set(json.loads((tmp_path / "metrics.json").read_text())["sha256"]) == {"last.ckpt", "weights.safetensors"}


def test_a_run_goes_on_in_another_folder(tmp_path: Path):
    toy_run(tmp_path / "here", steps=14)
    (tmp_path / "here").rename(tmp_path / "there")
    best = torch.load(tmp_path / "there/checkpoints/best.ckpt", weights_only=False)["state_dict"]
    moved = toy_run(tmp_path / "there", steps=16, resume=tmp_path / "there/checkpoints/last.ckpt")
    assert torch.equal(best["network.0.weight"], moved.network[0].weight)
    other = toy_run(tmp_path / "other", steps=18, resume=tmp_path / "there/checkpoints/last.ckpt")
    assert torch.equal(final_state(tmp_path / "other")["state_dict"]["network.0.weight"], other.network[0].weight)


def test_workers_do_not_change_what_is_learnt(tmp_path: Path):
    alone, helped = (toy_run(tmp_path / str(workers), steps=6, workers=workers) for workers in (0, 2))
    assert alone.seen == helped.seen
    assert torch.equal(alone.network[0].weight, helped.network[0].weight)


def test_the_same_seed_gives_the_same_run(tmp_path: Path):
    one, other = (toy_run(tmp_path / name, steps=8) for name in ("one", "other"))
    assert torch.equal(one.network[0].weight, other.network[0].weight)
    assert (tmp_path / "one/metrics.csv").read_text() == (tmp_path / "other/metrics.csv").read_text()


def test_the_folder_holds_what_the_run_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    task = toy_run(tmp_path, steps=21)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["steps"] == 21
    assert set(metrics["before"]) == {"even", "odd"} == set(metrics["after"])
    assert set(metrics["sha256"]) == {"best.ckpt", "last.ckpt", "weights.safetensors"}
    best = torch.load(tmp_path / "checkpoints/best.ckpt", weights_only=False)
    curve = pandas.read_csv(tmp_path / "metrics.csv").query("name == 'val/loss'")
    assert best["global_step"] == curve["step"].iloc[int(np.argmin(curve["value"]))] + 1  # steps are counted from 0
    assert torch.equal(best["state_dict"]["network.0.weight"], task.network[0].weight)  # the best weights remain
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == str(tmp_path)
    assert "before" in "\n".join(out)


def test_ctrl_c_saves_the_step_and_says_how_to_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    whole = toy_run(tmp_path / "whole")
    handler = signal.getsignal(signal.SIGINT)  # ignored where the shell runs the tests in the background
    with pytest.raises(KeyboardInterrupt):
        toy_run(tmp_path / "cut", stop_at=11)
    said = capsys.readouterr().out
    assert "stopped at step 12" in said and "resume=auto" in said
    last = tmp_path / "cut/checkpoints/last.ckpt"
    assert final_state(tmp_path / "cut")["global_step"] == 12
    resumed = toy_run(tmp_path / "cut", resume=last)
    assert resumed.seen == whole.seen[12:]
    assert torch.equal(whole.network[0].weight, resumed.network[0].weight)
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_checkpoint_of_another_network_is_refused_before_training(tmp_path: Path):
    toy_run(tmp_path, steps=5)
    with pytest.raises(InputError, match=r"network\.0\.(weight|bias) is \(8"):
        toy_run(tmp_path, steps=5, width=9, resume=tmp_path / "checkpoints/last.ckpt")


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", {"weights": 1}, [1, 2]])
def test_a_file_that_is_no_checkpoint_is_refused_before_training(tmp_path: Path, content: object):
    path = tmp_path / "other.ckpt"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(InputError, match=r"checkpoint .*other\.ckpt must be one that a run wrote"):
        toy_run(tmp_path / "run", steps=5, resume=path)
    assert not (tmp_path / "run/before.csv").exists()


def test_a_full_disk_keeps_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    toy_run(tmp_path, steps=5)
    before = (tmp_path / "checkpoints/last.ckpt").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SetupError, match="disk full"):
        toy_run(tmp_path, steps=10, resume=tmp_path / "checkpoints/last.ckpt")
    assert (tmp_path / "checkpoints/last.ckpt").read_bytes() == before


def test_a_run_needs_a_length(tmp_path: Path):
    with pytest.raises(InputError, match="max_steps"):
        toy_run(tmp_path, steps=-1)


def test_two_processes_draw_what_one_draws_with_twice_the_accumulation(tmp_path: Path):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(ROOT / "tests/training/toy_ddp.py"), str(tmp_path / "two")]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    toy_run(tmp_path / "one", steps=6, accumulate=2)
    one, two = (final_state(tmp_path / name)["state_dict"] for name in ("one", "two"))
    for name, value in one.items():
        torch.testing.assert_close(value, two[name], rtol=1e-5, atol=1e-6)  # sums in another order
