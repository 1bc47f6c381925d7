"""A detector's run with averaged weights, accumulation and a curriculum: resumed to the bit, shared by processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas
import pytest
import torch
from tiny_detector import ACCUMULATED, SAVED, STEPS, tiny_run

from fitlab.training.detector_networks import TrainableMMPose

ROOT = Path(__file__).parents[2]
RTMPOSE_T = "body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_aic-coco-256x192.py"


class Killed(Exception):
    pass


def killed():
    raise Killed


def program(folder: Path, *words: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(ROOT / "tests/training/tiny_detector.py"), str(folder), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run that nobody stopped."""
    folder = tmp_path_factory.mktemp("whole")
    tiny_run(folder)
    return folder


def curves(folder: Path) -> pandas.DataFrame:
    return pandas.read_csv(folder / "metrics.csv").sort_values(["step", "name"]).reset_index(drop=True)


def assert_same(one: Path, other: Path) -> None:
    """Weights and their average, what the optimiser keeps, curves and tables: to the bit."""
    for name in ("last.ckpt", "best.ckpt"):
        states = [torch.load(f / "checkpoints" / name, weights_only=False) for f in (one, other)]
        assert states[0]["global_step"] == states[1]["global_step"]
        assert states[0]["state_dict"].keys() == states[1]["state_dict"].keys()
        for key, value in states[0]["state_dict"].items():
            assert torch.equal(value, states[1]["state_dict"][key]), f"{name}: {key}"
        kept = [state["optimizer_states"][0]["state"] for state in states]
        for number, values in kept[0].items():
            for key, value in values.items():
                assert torch.equal(torch.as_tensor(value), torch.as_tensor(kept[1][number][key])), (name, number, key)
    pandas.testing.assert_frame_equal(curves(one), curves(other))
    for table in ("before.csv", "after.csv", "joints_after.csv"):
        assert (one / table).read_text() == (other / table).read_text()


@pytest.mark.parametrize("at", range(STEPS * ACCUMULATED))
def test_stopped_in_any_batch_and_resumed(whole: Path, tmp_path: Path, at: int):
    with pytest.raises(Killed):
        tiny_run(tmp_path, at=at, die=killed)
    assert (tmp_path / "checkpoints/last.ckpt").exists() == (at >= SAVED * ACCUMULATED)
    tiny_run(tmp_path, resume=True)
    assert_same(whole, tmp_path)


@pytest.mark.parametrize("in_round", range(1, STEPS // SAVED + 1))
def test_stopped_while_it_is_measured_and_resumed(whole: Path, tmp_path: Path, in_round: int):
    with pytest.raises(Killed):
        tiny_run(tmp_path, in_round=in_round, die=killed)
    tiny_run(tmp_path, resume=True)
    assert_same(whole, tmp_path)


@pytest.mark.parametrize("at", [4, 6, 10])
def test_measured_within_a_step(tmp_path: Path, at: int):
    """Validation after three batches of two that make a step, saved after other ones."""
    tiny_run(tmp_path / "whole", validated=1.5)
    with pytest.raises(Killed):
        tiny_run(tmp_path / "cut", validated=1.5, at=at, die=killed)
    tiny_run(tmp_path / "cut", validated=1.5, resume=True)
    assert_same(tmp_path / "whole", tmp_path / "cut")


def test_the_run_moves_what_is_compared(whole: Path):
    state = torch.load(whole / "checkpoints/last.ckpt", weights_only=False)["state_dict"]
    moved = [name for name in state if name.startswith("network.") and "average" not in name]
    averaged = [name.replace("network.model.", "average.") for name in moved]
    assert all(not torch.equal(state[a], state[b]) for a, b in zip(moved, averaged, strict=True))
    found = curves(whole).pivot_table("value", "step", "name")
    assert found["train/loss"].notna().sum() == STEPS and found["train/loss"].nunique() == STEPS
    assert found["val/pck"].nunique() == found["val/pck"].notna().sum() == STEPS // SAVED


def test_killed_by_the_system_and_resumed(whole: Path, tmp_path: Path):
    done = program(tmp_path, "kill", "9")
    assert done.returncode == -signal.SIGKILL, done.stderr
    tiny_run(tmp_path, resume=True)
    assert_same(whole, tmp_path)


def test_loading_processes_change_nothing_also_when_resumed(whole: Path, tmp_path: Path):
    with pytest.raises(Killed):
        tiny_run(tmp_path, at=7, die=killed, workers=2)
    tiny_run(tmp_path, resume=True, workers=1)
    assert_same(whole, tmp_path)


def test_statistics_of_batch_norm_are_resumed_too(tmp_path: Path):
    pytest.importorskip("mmpose", reason="install the extra [mmpose] to train its models")
    tiny_run(tmp_path / "whole", network=rtmpose())
    with pytest.raises(Killed):
        tiny_run(tmp_path / "cut", network=rtmpose(), at=9, die=killed)
    tiny_run(tmp_path / "cut", network=rtmpose(), resume=True)
    assert_same(tmp_path / "whole", tmp_path / "cut")


def rtmpose() -> TrainableMMPose:
    torch.manual_seed(0)
    return TrainableMMPose(RTMPOSE_T)


def test_two_processes_learn_what_one_learns_with_twice_the_accumulation(whole: Path, tmp_path: Path):
    done = program(tmp_path, "ddp")
    assert done.returncode == 0, done.stderr
    states = [torch.load(f / "checkpoints/last.ckpt", weights_only=False)["state_dict"] for f in (whole, tmp_path)]
    for name, value in states[0].items():
        torch.testing.assert_close(states[1][name], value, rtol=1e-4, atol=1e-6)  # sums in another order
    one, two = (curves(folder).pivot_table("value", "step", "name") for folder in (whole, tmp_path))
    pandas.testing.assert_frame_equal(two, one, rtol=1e-5)
