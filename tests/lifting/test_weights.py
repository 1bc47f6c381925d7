"""Published checkpoints, our own files and those of training runs load; nothing in a file runs."""

import os

import numpy as np
import pytest
import torch

from fitlab.errors import InputError
from fitlab.lifting import TemporalNetwork, load_network, save_network
from fitlab.locations import embedded_lifters


@pytest.fixture
def network():
    torch.manual_seed(0)
    return TemporalNetwork(17, 17, (3, 3), 16).eval()


def same_output(one, other, **tolerance):
    keypoints = torch.randn(1, 20, 17, 2)
    with torch.no_grad():
        torch.testing.assert_close(one(keypoints), other(keypoints), **tolerance)


def test_a_videopose3d_checkpoint_loads(network, tmp_path):
    """Theirs holds, beside the weights, an optimiser's state and numpy's random generator."""
    checkpoint = {
        "epoch": 80,
        "lr": 1e-3,
        "random_state": np.random.RandomState(1234),
        "optimizer": torch.optim.Adam(network.parameters(), amsgrad=True).state_dict(),
        "model_pos": network.state_dict(),
    }
    torch.save(checkpoint, tmp_path / "pretrained.bin")
    same_output(load_network(tmp_path / "pretrained.bin"), network)


def test_a_checkpoint_in_torchs_old_file_format_loads(network, tmp_path):
    checkpoint = {"random_state": np.random.RandomState(1), "model_pos": network.state_dict()}
    torch.save(checkpoint, tmp_path / "old.bin", _use_new_zipfile_serialization=False)
    same_output(load_network(tmp_path / "old.bin"), network)


def test_a_checkpoint_of_a_training_run_loads(network, tmp_path):
    state = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    torch.save({"state_dict": state, "callbacks": {"any": object()}}, tmp_path / "last.ckpt")
    same_output(load_network(tmp_path / "last.ckpt"), network)


def test_our_own_file_keeps_eleven_bits(network, tmp_path):
    save_network(network, tmp_path / "lifter.safetensors")
    same_output(load_network(tmp_path / "lifter.safetensors"), network, rtol=2e-2, atol=2e-3)


def test_a_checkpoint_cannot_run_code(network, tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    torch.save({"model_pos": network.state_dict(), "more": Trap()}, tmp_path / "trap.bin")
    load_network(tmp_path / "trap.bin")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"not weights", b"\x80\x02."])
@pytest.mark.parametrize("suffix", [".bin", ".safetensors"])
def test_other_files_are_refused_in_one_line(content, suffix, tmp_path):
    path = tmp_path / f"wrong{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match="temporal network") as refused:
        load_network(path)
    assert "\n" not in str(refused.value)


def test_an_unknown_name_lists_the_embedded_lifters():
    with pytest.raises(InputError, match="fitness, synthetic"):
        load_network("fitnes")


@pytest.mark.parametrize("name", ["fitness", "synthetic"])
def test_the_embedded_lifters_have_a_card_and_load(name):
    path = embedded_lifters()[name]
    assert "Licence" in path.with_suffix(".md").read_text()
    network = load_network(name)
    assert network.receptive_field == 81
    assert path.stat().st_size < 8e6
