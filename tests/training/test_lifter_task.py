"""A run of the lifter's task learns, is repeatable, and leaves weights that load."""

import functools

import pytest
import torch
from lightning.pytorch import Trainer, seed_everything

from fitlab.errors import InputError
from fitlab.lifting import TemporalNetwork, load_lifter, save_network
from fitlab.training.lifter_data import LifterData
from fitlab.training.lifter_task import LifterTask
from fitlab.training.lifter_views import DetectorNoise, RandomCameras
from fitlab.training.optim import Optim
from fitlab.training.run import train

trainer = functools.partial(
    Trainer, accelerator="cpu", devices=1, val_check_interval=1000, check_val_every_n_epoch=None, num_sanity_val_steps=0
)


def task(start=None):
    torch.manual_seed(0)
    return LifterTask(TemporalNetwork(17, 17, (3, 3), 32, dropout=0.0), Optim(rate=3e-3), start)


def data(tmp_path):
    return LifterData((3, 3), 64, RandomCameras(), DetectorNoise(), str(tmp_path / "nowhere"), 1.0, limit=2)


def test_the_loss_falls_on_a_tiny_set():
    module, fixed = task(), data_batch()
    optimizer = torch.optim.AdamW(module.parameters(), 3e-3)
    losses = []
    module.step_log = lambda *_: None
    for _ in range(60):
        loss = module.training_step(fixed, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.25 * losses[0]


def data_batch():
    module = LifterData((3, 3), 8, RandomCameras(), DetectorNoise(clean=1.0), "nowhere", 1.0)
    module.setup()
    return module.on_after_batch_transfer(torch.tensor([1]), 0)


def test_a_run_improves_all_figures_repeats_itself_and_leaves_weights_that_load(tmp_path):
    tables = []
    for name in ("one", "two"):
        seed_everything(1, verbose=False)
        metrics = train(
            task(), data(tmp_path), tmp_path / name, trainer=functools.partial(trainer, max_steps=80), seed=1
        )
        tables.append(metrics)
    assert tables[0]["after"] == tables[1]["after"]
    before, after = tables[0]["before"]["all"], tables[0]["after"]["all"]
    assert set(after) == {"frames", "mpjpe", "p_mpjpe", "n_mpjpe", "mpjve"}
    assert after["mpjpe"] < 0.9 * before["mpjpe"]
    assert after["p_mpjpe"] <= after["n_mpjpe"] <= after["mpjpe"]
    assert len(tables[0]["joints_after"]) == 17
    assert load_lifter(tmp_path / "one" / "weights.safetensors").network.receptive_field == 9


def test_training_starts_from_the_named_weights(tmp_path):
    network = task().network
    save_network(network, tmp_path / "start.safetensors")
    started = task(str(tmp_path / "start.safetensors")).network
    for name, value in network.state_dict().items():
        torch.testing.assert_close(started.state_dict()[name], value, rtol=1e-3, atol=1e-3)


def test_weights_of_another_size_are_refused(tmp_path):
    save_network(TemporalNetwork(17, 17, (3, 3), 16), tmp_path / "small.safetensors")
    with pytest.raises(InputError, match=r"32 channels, got .* and 16"):
        task(str(tmp_path / "small.safetensors"))
